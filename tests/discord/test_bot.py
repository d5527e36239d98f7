"""The real bot over the wire: each question answered exactly once, whatever breaks on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from retrieval.library import Library
from tests.discord.bots import running
from tests.discord.conftest import Scene
from tests.discord.contract import Contract
from tests.discord.entities import Json, Permission
from tests.discord.faults import SEND, Failing, Fault, Held, Reset, TooMany
from tests.discord.interactions import CALLBACK, ORIGINAL
from tests.discord.limits import LimitSettings
from tests.discord.messages import COMPONENTS_V2, EPHEMERAL, buttons_of, text_of
from tests.discord.server import loopback

TROOPS = "How many U.S. troops are stationed in Iraq?"
KNOWN = "5,000"
"""What the answer to that has in it."""

Test = Callable[[Scene], Awaitable[None]]
Run = Callable[[Test], None]


@pytest.fixture
def with_bot(seeds: Library, contract: Contract | None, tmp_path: Path) -> Run:
    """Run a test with the bot connected to a server."""

    def run(test: Test) -> None:
        async def whole() -> None:
            async with loopback(contract=contract) as server:
                scene = Scene.on(server)
                async with running(server, seeds, tmp_path / "state.sqlite3"):
                    await test(scene)

        asyncio.run(whole())

    return run


def answers(scene: Scene, question: Json) -> list[str]:
    """Return what the bot has replied to a message."""
    return [text_of(message) for message in scene.server.world.replies(question)]


async def after_another(scene: Scene, question: Json) -> list[str]:
    """Return the replies to a question once a later one, in another channel, is answered too."""
    world = scene.server.world
    await world.reply(question)
    later = world.channel(scene.guild, "later")
    await world.reply(world.say(scene.reader, later, f"{world.bot.mention} {TROOPS}"))
    return answers(scene, question)


def test_a_mention_is_answered_with_quotes_and_pings_nobody(with_bot: Run) -> None:
    async def test(scene: Scene) -> None:
        question = scene.ask(TROOPS)
        assert KNOWN in await scene.server.world.reply(question)
        (message,) = scene.server.world.replies(question)
        assert message["flags"] & COMPONENTS_V2
        assert (message["mentions"], message["mention_everyone"]) == ([], False)
        assert message["nonce"]

    with_bot(test)


def test_threads_direct_messages_and_pinging_replies_are_answered(with_bot: Run) -> None:
    async def test(scene: Scene) -> None:
        world = scene.server.world
        asked = f"{world.bot.mention} {TROOPS}"
        assert KNOWN in await world.reply(world.say(scene.reader, world.direct(scene.reader), TROOPS))
        assert KNOWN in await world.reply(world.say(scene.reader, world.thread(scene.channel, "a thread"), asked))
        question = scene.ask(TROOPS)
        await world.reply(question)
        (answer,) = world.replies(question)
        followed = world.say(scene.reader, scene.channel, "And who said so?", reply_to=answer)
        assert await world.reply(followed)

    with_bot(test)


@pytest.mark.parametrize("private", [False, True])
def test_a_command_is_acknowledged_and_answered(with_bot: Run, private: bool) -> None:
    async def test(scene: Scene) -> None:
        hands = scene.server.interactions
        run = hands.command(scene.reader, scene.channel, "ask", question=TROOPS, private=private)
        shown = await scene.server.world.changes.until(lambda: run.shown if run.shown and text_of(run.shown) else None)
        assert KNOWN in text_of(shown)
        assert bool(shown["flags"] & EPHEMERAL) is private

    with_bot(test)


def test_a_citation_opens_privately(with_bot: Run) -> None:
    async def test(scene: Scene) -> None:
        question = scene.ask(TROOPS)
        await scene.server.world.reply(question)
        (answer,) = scene.server.world.replies(question)
        first = buttons_of(answer)[0]["custom_id"]
        pressed = scene.server.interactions.press(scene.reader, answer, first)
        shown = await scene.server.world.changes.until(
            lambda: pressed.shown if pressed.shown and text_of(pressed.shown) else None
        )
        assert KNOWN in text_of(shown)
        assert shown["flags"] & EPHEMERAL

    with_bot(test)


def test_an_event_that_is_repeated_is_answered_once(with_bot: Run) -> None:
    async def test(scene: Scene) -> None:
        question = scene.ask(TROOPS)
        for _ in range(3):
            scene.server.world.tell_of(scene.channel, question)
        await scene.server.world.reply(question)
        scene.server.world.tell_of(scene.channel, question)
        assert len(await after_another(scene, question)) == 1

    with_bot(test)


@pytest.mark.parametrize("moment", ["before", "during", "after"])
def test_a_question_around_a_dropped_gateway_is_answered_once(with_bot: Run, moment: str) -> None:
    async def test(scene: Scene) -> None:
        world, gateway = scene.server.world, scene.server.gateway
        if moment == "before":
            gateway.drop()
        question = scene.ask(TROOPS)
        if moment == "during":
            await world.changes.until(lambda: world.typing)
            gateway.drop()
        if moment == "after":
            await world.reply(question)
            gateway.drop()
        assert len(await after_another(scene, question)) == 1
        assert (gateway.identified, gateway.resumed) == (1, 1)

    with_bot(test)


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([TooMany(0.3)], id="429"),
        pytest.param([TooMany(0.3, everywhere=True)], id="429 everywhere"),
        pytest.param([TooMany(0.05)] * 6, id="429 six times"),
        pytest.param([Failing(502, stored=True)], id="5xx after it was stored"),
        pytest.param([Failing(500, stored=False)], id="5xx before it was stored"),
        pytest.param([Failing(503, stored=True)], id="503 after it was stored"),
        pytest.param([Reset(stored=False)] * 2, id="reset before it was stored"),
        pytest.param([Reset(stored=True)] * 2, id="reset after it was stored"),
    ],
)
def test_an_answer_gets_through_once(with_bot: Run, faults: list[Fault]) -> None:
    async def test(scene: Scene) -> None:
        scene.server.faults.plan(SEND, *faults)
        question = scene.ask(TROOPS)
        await scene.server.world.changes.until(lambda: statuses(scene, SEND)[-1:] == [200])
        assert [KNOWN in text for text in await after_another(scene, question)] == [True]

    with_bot(test)


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("route", [("POST", CALLBACK), ("PATCH", ORIGINAL)], ids=["acknowledgement", "answer"])
def test_a_command_is_answered_though_the_socket_is_reset(with_bot: Run, route: tuple[str, str], stored: bool) -> None:
    async def test(scene: Scene) -> None:
        scene.server.faults.plan(route, Reset(stored=stored))
        run = scene.server.interactions.command(scene.reader, scene.channel, "ask", question=TROOPS)
        await scene.server.world.changes.until(lambda: run.shown and KNOWN in text_of(run.shown))
        assert len(scene.channel.messages) == 1

    with_bot(test)


def test_a_response_that_takes_more_than_three_seconds_holds_nobody_up_and_posts_once(with_bot: Run) -> None:
    async def test(scene: Scene) -> None:
        world, release = scene.server.world, asyncio.Event()
        scene.server.faults.plan(SEND, Held(release))
        asyncio.get_running_loop().call_later(3.2, release.set)
        question = scene.ask(TROOPS)
        await world.reply(question)
        other = world.channel(scene.guild, "other")
        await world.reply(world.say(scene.reader, other, f"{world.bot.mention} {TROOPS}"))
        assert not release.is_set()
        await release.wait()
        assert len(await after_another(scene, question)) == 1

    with_bot(test)


def test_many_questions_at_once_stay_within_the_limit_over_all_and_lose_none(
    seeds: Library, contract: Contract | None, tmp_path: Path
) -> None:
    """Three channels take fewer answers than the bot may send, so that those which wait for a channel bunch up.

    The bot's own budget is below the limit, as by default: whatever holds up a request brings it nearer to the next.
    """

    async def run() -> None:
        limits = LimitSettings(window=1.0, per_second=20)
        async with loopback(contract=contract, limits=limits) as server:
            scene, world = Scene.on(server), server.world
            channels = [world.channel(scene.guild, f"channel-{number}") for number in range(3)]
            async with running(server, seeds, tmp_path / "state.sqlite3", requests_per_second=15):
                asked = f"{world.bot.mention} {TROOPS}"
                questions = [world.say(scene.reader, channel, asked) for channel in channels for _ in range(16)]
                for question in questions:
                    await world.reply(question)
            assert [len(world.replies(question)) for question in questions] == [1] * len(questions)
            assert server.rest.refused_everywhere == 0

    asyncio.run(run())


@pytest.mark.parametrize("readable", [True, False])
def test_what_was_asked_while_a_session_was_lost_is_caught_up_where_history_may_be_read(
    with_bot: Run, readable: bool
) -> None:
    async def test(scene: Scene) -> None:
        world, gateway = scene.server.world, scene.server.gateway
        denied = 0 if readable else Permission.READ_MESSAGE_HISTORY
        channel = world.channel(scene.guild, "news", denied=denied)
        asked = f"{world.bot.mention} {TROOPS}"
        # Nobody asked anything in this channel before, and in another one everything was answered.
        await world.reply(world.say(scene.reader, scene.channel, asked))
        gateway.lose()
        missed = world.say(scene.reader, channel, asked)
        await world.changes.until(lambda: gateway.identified == 2)
        if readable:
            assert KNOWN in await world.reply(missed)
        await world.reply(world.say(scene.reader, scene.channel, asked))
        assert len(channel.messages) == (2 if readable else 1)
        # Two questions and their answers.
        assert len(scene.channel.messages) == 4

    with_bot(test)


def test_what_was_asked_in_a_conversation_of_two_while_a_session_was_lost_is_caught_up(with_bot: Run) -> None:
    async def test(scene: Scene) -> None:
        world, gateway = scene.server.world, scene.server.gateway
        direct = world.direct(scene.reader)
        await world.reply(world.say(scene.reader, direct, TROOPS))
        gateway.lose()
        missed = world.say(scene.reader, direct, TROOPS)
        await world.changes.until(lambda: gateway.identified == 2)
        assert KNOWN in await world.reply(missed)
        assert len(direct.messages) == 4

    with_bot(test)


def statuses(scene: Scene, route: tuple[str, str]) -> list[int]:
    """Return how the requests to a route were answered."""
    return [logged.status for logged in scene.server.rest.log if logged.route == route]
