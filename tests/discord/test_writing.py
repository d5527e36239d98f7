"""Answers that a language model writes, over the wire: the quotes at once, then what is borne out of what it says."""

from __future__ import annotations

import asyncio
import copy
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot import writing
from bot.client import EmbassyBot
from bot.writing import EDIT_SECONDS
from retrieval.config import LlmSettings
from retrieval.library import Library
from tests.discord.bots import QuickBot, running
from tests.discord.conftest import Scene
from tests.discord.contract import Contract
from tests.discord.endpoints import MESSAGE
from tests.discord.entities import Json
from tests.discord.faults import SEND, Failing, Fault, Reset, TooMany
from tests.discord.interactions import ORIGINAL
from tests.discord.messages import buttons_of, text_of
from tests.discord.server import loopback
from tests.writing.models import Reply, configured, serving

TROOPS = "How many U.S. troops are stationed in Iraq?"
QUOTE = "The U.S. has about 5,000 troops currently stationed in Iraq."
FIRST = "About 5,000 U.S. troops are stationed in Iraq [1]."
LIE = " There are 90,000 troops in Mosul [1]."
LONG_LIE = (
    " There are 90,000 troops in Mosul, and as many again in Kirkuk, where they guard the fields and the bridges "
    "over the river until the year ends [1]."
)
SECOND = " President Trump blamed Iran for the attack [1]."
WRITING = "a language model is writing"
EDIT = ("PATCH", MESSAGE)
SENT: list[dict[str, Any]] = []
"""What the language model of the test under way was sent."""

Test = Callable[[Scene, EmbassyBot], Awaitable[None]]
Run = Callable[..., None]


@pytest.fixture
def with_model(seeds: Library, contract: Contract | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a test with the bot connected to a server, and with a language model that replies as scripted."""

    def run(test: Test, *replies: Reply, between: float = 0.2, **llm: object) -> None:
        monkeypatch.setattr(writing, "EDIT_SECONDS", between)

        async def whole() -> None:
            async with loopback(contract=contract) as server:
                async with running(server, seeds, tmp_path / "state.sqlite3") as bot:
                    await test(Scene.on(server), bot)
                assert server.rest.violations == []

        SENT.clear()
        with serving(*replies, into=SENT) as (url, _):
            common = {"provider": "openai-like", "model": "scripted", "base_url": url, "retries": 0, "timeout_s": 5.0}
            with configured(seeds, LlmSettings.model_validate({**common, **llm})):
                asyncio.run(whole())

    return run


async def shown(scene: Scene, question: Json, *words: str) -> str:
    """Return the text of the answer to a question once it has all these words, and no other is to come."""
    world = scene.server.world

    def there() -> str | None:
        replies = [text_of(one) for one in world.replies(question)]
        return replies[0] if replies and all(word in replies[0] for word in words) else None

    return await world.changes.until(there)


async def settled(scene: Scene, question: Json) -> str:
    """Return the text of the answer to a question once it stays as it is."""
    world = scene.server.world

    def there() -> str | None:
        replies = [text_of(one) for one in world.replies(question)]
        return replies[0] if replies and WRITING not in replies[0] else None

    return await world.changes.until(there)


def test_the_quotes_are_there_at_once_and_give_way_to_what_is_borne_out(with_model: Run) -> None:
    async def test(scene: Scene, bot: EmbassyBot) -> None:
        question = scene.ask(TROOPS)
        first = await shown(scene, question, QUOTE, WRITING)
        assert "Mosul" not in first
        growing = await shown(scene, question, "About 5,000 U.S. troops are stationed in Iraq. **[1]**", WRITING)
        assert "Trump blamed" not in growing
        told.set()
        last = await settled(scene, question)
        assert "President Trump blamed Iran for the attack. **[2]**" in last
        assert "90,000" not in last
        assert "each sentence checked · 1 sentence left out that the articles do not bear out" in last
        assert "2 of 2 quotes verified word for word" in last
        (message,) = scene.server.world.replies(question)
        assert message["mentions"] == []
        times = [one.at for one in scene.server.rest.log if one.route == EDIT]
        assert len(times) >= 2
        posted = [one.at for one in scene.server.rest.log if one.route == SEND]
        assert all(later - earlier >= EDIT_SECONDS for earlier, later in pairwise([posted[-1], *times]))
        pressed = scene.server.interactions.press(scene.reader, message, buttons_of(message)[1]["custom_id"])
        opened = await scene.server.world.changes.until(
            lambda: pressed.shown if pressed.shown and text_of(pressed.shown) else None
        )
        assert "blamed the incident on Iran" in text_of(opened)

    told = threading.Event()
    with_model(test, [FIRST, LONG_LIE, told, SECOND], timeout_s=60.0, between=EDIT_SECONDS)


@pytest.mark.parametrize(
    ("reply", "note"),
    [
        pytest.param(429, "The language model takes no more questions now", id="limited"),
        pytest.param([FIRST, LONG_LIE, 1.5], "The language model took too long", id="slow"),
        pytest.param(LIE, "What the language model wrote is not borne out, and left out", id="lying"),
    ],
)
def test_a_model_that_fails_leaves_the_quotes_and_a_note(with_model: Run, reply: Reply, note: str) -> None:
    async def test(scene: Scene, bot: EmbassyBot) -> None:
        question = scene.ask(TROOPS)
        last = await settled(scene, question)
        assert f"> **{QUOTE}**" in last
        assert note in last.splitlines()[-1]
        assert "written by" not in last

    with_model(test, reply, timeout_s=1.0)


def test_a_day_that_is_used_up_leaves_the_quotes_and_a_note(with_model: Run) -> None:
    async def test(scene: Scene, bot: EmbassyBot) -> None:
        last = await settled(scene, scene.ask(TROOPS))
        assert "budget for today is used up" in last
        assert f"> **{QUOTE}**" in last

    with_model(test, FIRST, daily_tokens=10)


def test_a_follow_up_is_understood_as_the_model_puts_it(with_model: Run) -> None:
    async def test(scene: Scene, bot: EmbassyBot) -> None:
        world = scene.server.world
        first = scene.ask("Whom did President Trump blame for the incident?")
        await settled(scene, first)
        (answer,) = world.replies(first)
        asked = world.say(scene.reader, scene.channel, f"{world.bot.mention} and when did he do that?", reply_to=answer)
        assert "Understood as: When did President Trump blame Iran for the incident?" in await settled(scene, asked)

    with_model(
        test, "President Trump blamed Iran [1].", "When did President Trump blame Iran for the incident?", SECOND
    )


def test_nobody_waits_for_a_model_that_reads_what_is_checked(with_model: Run) -> None:
    async def test(scene: Scene, bot: EmbassyBot) -> None:
        said = "Kataeb Hezbollah is backed by Iran. It was blamed for the killing of an American contractor."
        checked = scene.server.interactions.command(scene.reader, scene.channel, "check", text=said)
        async with asyncio.timeout(20):
            while not SENT:
                await asyncio.sleep(0.02)
        assert QUOTE in await shown(scene, scene.ask(TROOPS))
        assert not checked.shown or not text_of(checked.shown)
        told.set()
        until = scene.server.world.changes.until
        found = await until(lambda: checked.shown and text_of(checked.shown))
        assert "Kataeb Hezbollah was blamed for the killing of an American contractor." in str(found)

    told = threading.Event()
    put = [told, "2. Kataeb Hezbollah was blamed for the killing of an American contractor."]
    with_model(test, put, FIRST, timeout_s=60.0)


def test_killed_while_it_writes_the_next_process_says_no_more_that_it_does(
    with_model: Run, seeds: Library, tmp_path: Path
) -> None:
    async def test(scene: Scene, bot: EmbassyBot) -> None:
        world = scene.server.world
        question = scene.ask(TROOPS)
        assert WRITING in await shown(scene, question)
        (answer,) = world.replies(question)
        left = copy.deepcopy(answer)
        state = bot.service.state
        while not [one for one in await bot.service.kept(state.drafts) if one.answer_message]:
            await asyncio.sleep(0.02)
        # What a kill would leave: the state and the message as they are now.
        with sqlite3.connect(tmp_path / "state.sqlite3") as now, sqlite3.connect(tmp_path / "left.sqlite3") as then:
            now.backup(then)
        held.set()
        assert WRITING not in await settled(scene, question)
        scene.channel.messages[int(left["id"])] = left
        async with running(scene.server, seeds, tmp_path / "left.sqlite3", kind=QuickBot):
            (after,) = world.replies(question)
            assert WRITING not in text_of(after)
            assert QUOTE in text_of(after)
            assert [one["custom_id"] for one in buttons_of(after)] == [one["custom_id"] for one in buttons_of(left)]

    held = threading.Event()
    with_model(test, [held, FIRST], timeout_s=60.0)


def test_a_command_is_written_too(with_model: Run) -> None:
    async def test(scene: Scene, bot: EmbassyBot) -> None:
        run = scene.server.interactions.command(scene.reader, scene.channel, "ask", question=TROOPS)
        until = scene.server.world.changes.until
        await until(lambda: run.shown and WRITING in text_of(run.shown))
        last = await until(lambda: run.shown and "About 5,000" in text_of(run.shown) and text_of(run.shown))
        assert "Reader asked: How many" in str(last)

    with_model(test, FIRST)


@pytest.mark.parametrize(
    ("faults", "by_command"),
    [
        pytest.param([TooMany(0.3)], False, id="429"),
        pytest.param([Failing(502, stored=True)], True, id="5xx"),
        pytest.param([Reset(stored=False)] * 2, False, id="reset"),
    ],
)
def test_what_was_written_gets_through(with_model: Run, faults: Sequence[Fault], by_command: bool) -> None:
    async def test(scene: Scene, bot: EmbassyBot) -> None:
        if by_command:
            run = scene.server.interactions.command(scene.reader, scene.channel, "ask", question=TROOPS)
            await scene.server.world.changes.until(lambda: run.shown and WRITING in text_of(run.shown))
            scene.server.faults.plan(("PATCH", ORIGINAL), *faults)
            await scene.server.world.changes.until(lambda: run.shown and "About 5,000" in text_of(run.shown))
        else:
            scene.server.faults.plan(EDIT, *faults)
            assert "About 5,000" in await settled(scene, scene.ask(TROOPS))

    with_model(test, FIRST)


@pytest.mark.parametrize("of", ["question", "answer"])
def test_an_answer_that_is_deleted_is_written_no_further(with_model: Run, of: str) -> None:
    async def test(scene: Scene, bot: EmbassyBot) -> None:
        world = scene.server.world
        question = scene.ask(TROOPS)
        await shown(scene, question, WRITING)
        (answer,) = world.replies(question)
        while not SENT:
            await asyncio.sleep(0.05)
        gone = question if of == "question" else answer
        world.delete(scene.channel, int(gone["id"]))
        await world.changes.until(lambda: not world.replies(question))
        if of == "answer":
            told.set()
        # The second is written only when the first is not any more.
        assert "About 5,000" in await settled(scene, scene.ask(TROOPS))

        def tried() -> list[int]:
            edits = [one for one in scene.server.rest.log if one.route == EDIT]
            return [one.status for one in edits if one.path["message_id"] == answer["id"]]

        if of == "question":
            assert tried() == []
        else:
            assert await world.changes.until(tried) == [404]

    told = threading.Event()
    with_model(test, [FIRST, told, SECOND], FIRST, at_once=1, timeout_s=60.0)


def test_others_are_answered_while_the_model_writes(with_model: Run) -> None:
    async def test(scene: Scene, bot: EmbassyBot) -> None:
        world = scene.server.world
        channels = [world.channel(scene.guild, f"channel-{number}") for number in range(6)]
        asked = [world.say(scene.reader, one, f"{world.bot.mention} {TROOPS}") for one in channels]
        for question in asked:
            assert QUOTE in await shown(scene, question)
        told.set()
        # One is written at a time, and two wait; the others are told that there is no turn for them.
        texts = [await settled(scene, question) for question in asked]
        assert sum("too many answers to write" in one for one in texts) == 3
        assert sum("About 5,000" in one for one in texts) == 3

    told = threading.Event()
    with_model(test, [FIRST, told], at_once=1, timeout_s=60.0)


def test_a_bot_that_is_stopped_leaves_the_quotes(with_model: Run) -> None:
    async def test(scene: Scene, bot: EmbassyBot) -> None:
        question = scene.ask(TROOPS)
        await shown(scene, question, WRITING)
        await bot.drain()
        told.set()
        last = text_of(scene.server.world.replies(question)[0])
        assert WRITING not in last
        assert f"> **{QUOTE}**" in last

    told = threading.Event()
    with_model(test, [FIRST, told, LIE], timeout_s=60.0)


@pytest.mark.parametrize("fault", [Failing(403, stored=True), Failing(403, stored=False)])
def test_the_buttons_open_what_the_message_shows_though_its_changes_fail(with_model: Run, fault: Fault) -> None:
    async def test(scene: Scene, bot: EmbassyBot) -> None:
        world = scene.server.world
        question = scene.ask(TROOPS)
        await shown(scene, question, WRITING)
        scene.server.faults.plan(EDIT, *[fault] * 100)
        told.set()
        await world.changes.until(lambda: any(one.route == EDIT for one in scene.server.rest.log))
        (message,) = world.replies(question)
        wanted = "blamed the incident on Iran" if "Trump blamed" in text_of(message) else "5,000 troops currently"
        pressed = scene.server.interactions.press(scene.reader, message, buttons_of(message)[0]["custom_id"])
        until = world.changes.until
        opened = str(await until(lambda: pressed.shown and text_of(pressed.shown)))
        assert f"**{wanted}" in opened or wanted in opened.split("**")[1]

    told = threading.Event()
    with_model(test, [told, f"{SECOND.strip()} {FIRST}"], timeout_s=60.0)
