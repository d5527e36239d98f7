"""The image's own commands, run in a clean folder: install, build the models in, start, and be ready."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.conftest import ROOT, SEEDS
from tests.discord.server import gateway_url, loopback
from tests.discord.test_health import free_port

DOCKERFILE = ROOT / "Dockerfile"
HERE = """
import os
if address := os.environ.get("DISCORD_ON_LOOPBACK"):
    import discord.gateway, discord.http, yarl
    discord.http.Route.BASE = f"http://{address}/api/v10"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY_ON_LOOPBACK"])
"""
"""Python runs this as it starts: Discord is then found on the loopback."""
READY_SECONDS = 120.0
TO_THE_INDEX = re.compile("PIP_|UV_|SSL_|HTTPS?_|NO_|https?_|no_")
"""Variables that say how packages are found."""


def instructions(stage: int) -> Iterator[tuple[str, str]]:
    """Yield the instructions of a stage of the Dockerfile."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    for line in re.split(r"^FROM .*$", text, flags=re.MULTILINE)[stage].splitlines():
        name, _, rest = line.strip().partition(" ")
        if name:
            yield name, rest.strip()


@dataclass(frozen=True)
class Installed:
    """The folder that stands for the image's /app, and the environment of its commands."""

    app: Path
    env: Mapping[str, str]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Do what the first stage says."""
    base = tmp_path_factory.mktemp("image")
    app, python = base / "app", base / "python"
    subprocess.run([sys.executable, "-m", "venv", python], check=True)
    passed = {name: value for name, value in os.environ.items() if TO_THE_INDEX.match(name)}
    env = {**passed, "HOME": str(base), "PATH": f"{python / 'bin'}:/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    for name, rest in instructions(1):
        if name == "ENV":
            env |= dict(one.split("=", 1) for one in shlex.split(rest))
        elif name == "WORKDIR":
            app.mkdir()
        elif name == "COPY":
            *sources, target = rest.split()
            for source in sources:
                copy(ROOT / source, app / target if len(sources) == 1 and target != "./" else app / source)
        else:
            assert name == "RUN"
            subprocess.run(["sh", "-euc", rest], cwd=app, env=env, check=True)
    final = dict(instructions(2))
    env |= dict(one.split("=", 1) for one in shlex.split(final["ENV"].replace("$PATH", env["PATH"])))
    env = {name: value.replace("/app/", f"{app}/") for name, value in env.items()}
    (base / "start").mkdir()
    (base / "start" / "sitecustomize.py").write_text(HERE, "utf-8")
    return Installed(app, {**env, "PYTHONPATH": str(base / "start")})


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, target)


@contextmanager
def chroma(folder: Path, port: int) -> Iterator[None]:
    """Run a Chroma server, as the second service of the compose file is."""
    program = str(Path(sys.executable).with_name("chroma"))
    command = [program, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        server.terminate()
        server.wait()


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("config", ["container.toml", "compose.toml"])
def test_the_image_is_ready_after_its_own_commands(installed: Installed, tmp_path: Path, config: str) -> None:
    began, port, chroma_port = time.monotonic(), free_port(), free_port()
    shutil.copytree(SEEDS, tmp_path / "articles")
    text = (ROOT / "deploy" / config).read_text("utf-8")
    for before, after in (
        ('"/articles"', f'"{tmp_path / "articles"}"'),
        ('"/data"', f'"{tmp_path / "data"}"'),
        ("8090", str(port)),
        ("http://chroma:8000", f"http://127.0.0.1:{chroma_port}"),
    ):
        text = text.replace(before, after)
    (installed.app / "config.toml").write_text(text, "utf-8")
    final = dict(instructions(2))
    command = [*json.loads(final["ENTRYPOINT"]), *json.loads(final["CMD"])]
    check = json.loads(final["HEALTHCHECK"].partition(" CMD ")[2].replace(":8090/", f":{port}/"))

    async def test() -> None:
        async with started(command, installed.app, installed.env, port):
            # What the image's health check runs.
            checked = await asyncio.create_subprocess_exec(*check, cwd=installed.app, env=installed.env)
            assert await checked.wait() == 0

    with chroma(tmp_path / "chroma", chroma_port):
        asyncio.run(test())
    print(f"{config}: started, ready and stopped in {time.monotonic() - began:.0f} s")


@asynccontextmanager
async def started(command: Sequence[str], folder: Path, env: Mapping[str, str], port: int) -> AsyncIterator[None]:
    """Run the bot against a loopback Discord from when it is ready on; it ends with 0 when it is told to."""
    async with loopback() as server:
        whole = {
            **env,
            "DISCORD_TOKEN": server.world.token,
            "DISCORD_ON_LOOPBACK": server.address,
            "GATEWAY_ON_LOOPBACK": gateway_url(server.address),
        }
        bot = await asyncio.create_subprocess_exec(*command, cwd=folder, env=whole)
        try:
            async with aiohttp.ClientSession() as session, asyncio.timeout(READY_SECONDS):
                while not await is_ready(session, port):
                    assert bot.returncode is None
                    await asyncio.sleep(0.2)
            yield
        finally:
            if bot.returncode is None:
                bot.terminate()
            assert await bot.wait() == 0


async def is_ready(session: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with session.get(f"http://127.0.0.1:{port}/readyz") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False
