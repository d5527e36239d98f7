"""How the running bot says that it is well, and what it counts; over real sockets, with the real bot."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import logs
from bot.client import EmbassyBot
from bot.config import HealthSettings, LogSettings
from bot.errors import explain
from bot.health import serving
from bot.metrics import CountingErrors, Metrics
from retrieval.errors import ConfigError
from retrieval.library import Library
from tests.discord.bots import running
from tests.discord.conftest import Scene
from tests.discord.contract import Contract
from tests.discord.faults import SEND, TooMany
from tests.discord.server import loopback

TROOPS = "How many U.S. troops are stationed in Iraq?"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def healthy(
    seeds: Library, contract: Contract | None, state: Path
) -> AsyncIterator[tuple[Scene, EmbassyBot, aiohttp.ClientSession]]:
    """Run the bot against the loopback Discord, and its pages; yield a session with their address."""
    async with (
        loopback(contract=contract) as server,
        running(server, seeds, state) as bot,
        serving(bot, HealthSettings(port=free_port())) as address,
        aiohttp.ClientSession(address) as session,
    ):
        yield Scene.on(server), bot, session


async def page(session: aiohttp.ClientSession, path: str) -> tuple[int, str]:
    async with session.get(path) as response:
        return response.status, await response.text()


def test_it_is_ready_while_it_can_answer_and_not_while_the_gateway_is_gone(
    seeds: Library, contract: Contract | None, tmp_path: Path
) -> None:
    async def test() -> None:
        async with healthy(seeds, contract, tmp_path / "state") as (_, bot, session):
            assert json.loads((await page(session, "/healthz"))[1]) == {"status": "ok"}
            status, text = await page(session, "/readyz")
            there = {"gateway": True, "index": True, "vectors": True, "taking_questions": True}
            assert (status, json.loads(text)) == (200, {"ready": True, **there})
            bot.stopping = True
            status, text = await page(session, "/readyz")
            assert (status, json.loads(text)["taking_questions"]) == (503, False)
            bot.stopping = False
            await bot.close()
            status, text = await page(session, "/readyz")
            assert (status, json.loads(text)["gateway"]) == (503, False)
            assert (await page(session, "/healthz"))[0] == 200

    asyncio.run(test())


def samples(text: str) -> dict[str, float]:
    """Return the metrics by name and labels."""
    found = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in found}


def test_what_happens_is_counted_and_nothing_of_a_person_is_in_it(
    seeds: Library, contract: Contract | None, tmp_path: Path
) -> None:
    async def test() -> None:
        async with healthy(seeds, contract, tmp_path / "state") as (scene, _, session):
            scene.server.faults.plan(SEND, TooMany(0.1))
            await scene.server.world.reply(scene.ask(TROOPS))
            run = scene.server.interactions.command(scene.reader, scene.channel, "ask", question="Who won Wimbledon?")
            await scene.server.world.changes.until(lambda: run.shown and run.shown.get("components"))
            status, text = await page(session, "/metrics")
            assert status == 200
            found = samples(text)
            assert found['embassy_bot_questions_total{verdict="answered",way="message"}'] == 1
            assert found['embassy_bot_questions_total{verdict="not_found",way="command"}'] == 1
            assert found['embassy_bot_answer_seconds_count{stage="total"}'] == 2
            assert found["embassy_bot_discord_rate_limits_total"] == 1
            assert found["embassy_bot_index_articles"] == 2
            assert found["embassy_bot_index_version"] >= 1
            assert found['embassy_bot_ready{part="gateway"}'] == 1
            for secret in (str(scene.reader.id), str(scene.guild.id), str(scene.channel.id), "Reader", "troops"):
                assert secret not in text

    asyncio.run(test())


def test_a_port_that_is_taken_is_told(seeds: Library, tmp_path: Path) -> None:
    async def test() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with pytest.raises(ConfigError, match="cannot be served on"):
                async with serving(None, HealthSettings(port=taken.getsockname()[1])):  # type: ignore[arg-type]
                    pass

    asyncio.run(test())


def test_without_a_port_nothing_is_served() -> None:
    async def test() -> None:
        async with serving(None, HealthSettings()) as address:  # type: ignore[arg-type]
            assert address == ""

    asyncio.run(test())


# The log


@pytest.fixture
def log() -> Iterator[None]:
    """Put the log back as it was."""
    root, bot = logging.getLogger(), logging.getLogger("bot")
    before = root.handlers[:], bot.level
    yield
    for handler in root.handlers:
        if handler not in before[0]:
            handler.close()
    root.handlers[:] = before[0]
    bot.setLevel(before[1])


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("questions", [False, True])
def test_all_that_is_logged_of_a_question_has_its_id_and_its_text_only_where_config_says_so(
    seeds: Library, contract: Contract | None, tmp_path: Path, log: None, questions: bool
) -> None:
    async def test() -> None:
        async with loopback(contract=contract) as server, running(server, seeds, tmp_path / "state") as bot:
            bot.service._log = LogSettings(questions=questions)
            scene = Scene.on(server)
            await server.world.reply(scene.ask(TROOPS))
            await server.world.reply(scene.ask("Who won the Wimbledon final?"))

    file = tmp_path / "bot.log"
    logs.configure(LogSettings(file=str(file)))
    asyncio.run(test())
    answered = [one for one in lines(file) if one["event"] == "answered"]
    assert [one["verdict"] for one in answered] == ["answered", "not_found"]
    assert all({"at", "level", "logger", "ms", "way"} <= set(one) for one in answered)
    assert len({one["question"] for one in answered}) == 2
    assert ("Wimbledon" in file.read_text(encoding="utf-8")) is questions


def test_a_failure_is_told_under_the_id_of_its_question_and_counted(tmp_path: Path, log: None) -> None:
    metrics = Metrics()
    logs.configure(LogSettings(file=str(tmp_path / "bot.log")), CountingErrors(metrics))
    with logs.question() as id:
        try:
            raise ValueError("x")
        except ValueError as error:
            failure = explain(error, "testing")

    (line,) = lines(tmp_path / "bot.log")
    assert failure.id == line["question"] == id
    assert "Traceback" in line["exc_info"]
    assert samples(metrics.text().decode())['embassy_bot_errors_total{kind="ValueError"}'] == 1


def test_a_full_file_is_put_aside(tmp_path: Path, log: None, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "bot.log"
    logs.configure(LogSettings(file=str(file), keep=2, max_mb=1, format="text"))
    for _ in range(40):
        logging.getLogger("bot.test").info("x" * 100_000)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["bot.log", "bot.log.1", "bot.log.2"]


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, log: None) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        logs.configure(LogSettings(file=str(tmp_path / "nowhere" / "bot.log")))


def test_a_line_for_a_person_has_what_is_known_of_the_event() -> None:
    record = logging.LogRecord("bot.service", logging.INFO, "x", 1, "answered", None, None)
    record.__dict__[logs.FIELDS] = {"verdict": "answered", "ms": 12}

    assert logs.Lines("%(levelname)s %(name)s: %(message)s").format(record) == (
        "INFO bot.service: answered verdict=answered ms=12"
    )
