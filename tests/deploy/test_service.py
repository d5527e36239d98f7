"""The commands of docs/deploy.md for systemd, done below a folder, and the unit's own command: is the bot ready?"""

from __future__ import annotations

import asyncio
import configparser
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.deploy.test_image import HERE, TO_THE_INDEX, started
from tests.discord.test_health import free_port

SECTION = re.compile(r"^## As a systemd service\n\n(.*?)\n\n", re.MULTILINE | re.DOTALL)
BELOW = re.compile(r"(?<![\w./])/(?=(?:opt|etc|var)/)")
"""Where a path of the whole machine begins."""
LEFT_OUT = ("useradd", "systemctl", "curl")
"""What takes another user, or a running systemd."""


class Unit(configparser.RawConfigParser):
    """A unit file, in which a name may come several times; the case of names counts."""

    def optionxform(self, optionstr: str) -> str:
        """Return a name as it is."""
        return optionstr


def commands(base: Path) -> list[str]:
    """Return the commands of the section, in order, as they are done below a folder."""
    found = SECTION.search((ROOT / "docs" / "deploy.md").read_text("utf-8"))
    assert found is not None
    whole = found[1].replace("sudo ", "").replace("git clone …", f"git clone -q {ROOT}").replace("-o embassy-bot ", "")
    lines = [line.strip() for line in BELOW.sub(f"{base}/", whole).splitlines()]
    return [line for line in lines if shlex.split(line)[0] not in LEFT_OUT]


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_the_service_is_ready_after_the_commands_of_its_page(tmp_path: Path) -> None:
    began, port = time.monotonic(), free_port()
    for folder in ("opt", "etc/systemd/system", "var/lib", "var/cache", "start"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "start" / "sitecustomize.py").write_text(HERE, "utf-8")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "python"], check=True)
    passed = {name: value for name, value in os.environ.items() if TO_THE_INDEX.match(name)}
    path = f"{tmp_path / 'python' / 'bin'}:/usr/local/bin:/usr/bin:/bin"
    env = {**passed, "HOME": str(tmp_path), "PATH": path, "LANG": "C.UTF-8"}
    subprocess.run(["sh", "-euc", "\n".join(commands(tmp_path))], cwd=tmp_path, env=env, check=True)
    for config in (tmp_path / "etc" / "embassy-bot").glob("*.toml"):
        config.write_text(BELOW.sub(f"{tmp_path}/", config.read_text("utf-8")).replace("8090", str(port)), "utf-8")

    text = BELOW.sub(f"{tmp_path}/", (tmp_path / "etc/systemd/system/embassy-bot.service").read_text("utf-8"))
    settings = re.findall(r"^Environment=(\w+)=(.*)$", text, re.MULTILINE)
    unit = Unit(strict=False)
    unit.read_string(text)
    service = unit["Service"]
    assert Path(service["EnvironmentFile"]).read_text("utf-8").startswith("DISCORD_TOKEN=")

    async def test() -> None:
        env = {"PATH": path, "HOME": str(tmp_path), "PYTHONPATH": str(tmp_path / "start"), **dict(settings)}
        async with started(shlex.split(service["ExecStart"]), Path(service["WorkingDirectory"]), env, port):
            pass

    asyncio.run(test())
    print(f"systemd: installed, started, ready and stopped in {time.monotonic() - began:.0f} s")
