"""discord.py as it is, over the loopback server: sessions, and sending when the wire breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import discord
import pytest

from tests.discord.clients import Echo, Quick, connected
from tests.discord.conftest import Scene
from tests.discord.contract import Contract
from tests.discord.faults import SEND, Failing, Held, Reset, TooMany
from tests.discord.limits import LimitSettings
from tests.discord.server import discord_at, loopback

Test = Callable[[Scene, Echo], Awaitable[None]]


def with_echo(contract: Contract | None, test: Test, **options: float | LimitSettings) -> None:
    """Run a test with a connected client."""

    async def run() -> None:
        async with loopback(contract=contract, **options) as server:  # type: ignore[arg-type]
            scene, client = Scene.on(server), Echo()
            async with connected(client, server):
                await test(scene, client)

    asyncio.run(run())


def test_a_client_identifies_and_sees_its_guild(contract: Contract | None) -> None:
    async def test(scene: Scene, client: Echo) -> None:
        assert client.user is not None
        assert client.user.id == scene.server.world.bot.id
        assert [guild.name for guild in client.guilds] == ["News"]
        assert client.get_channel(scene.channel.id) is not None
        assert scene.server.gateway.identified == 1

    with_echo(contract, test)


def test_a_wrong_token_is_refused(contract: Contract | None) -> None:
    async def run() -> None:
        async with loopback(contract=contract) as server, Echo() as client:
            with discord_at(server.address), pytest.raises(discord.LoginFailure):
                await client.login("no-token")

    asyncio.run(run())


def test_an_intent_that_was_not_granted_is_refused(contract: Contract | None) -> None:
    async def run() -> None:
        async with loopback(contract=contract) as server:
            with pytest.raises(discord.PrivilegedIntentsRequired):
                async with connected(Quick(message_content=True), server):
                    pass

    asyncio.run(run())


def test_heartbeats_keep_the_connection(contract: Contract | None) -> None:
    async def test(scene: Scene, client: Echo) -> None:
        gateway = scene.server.gateway
        await scene.server.world.changes.until(lambda: gateway.heartbeats > 5)
        assert (gateway.identified, gateway.resumed, gateway.connected) == (1, 0, 1)
        assert client.latency < float("inf")

    with_echo(contract, test, heartbeat=0.1)


def test_a_mention_is_answered_once(contract: Contract | None) -> None:
    async def test(scene: Scene, client: Echo) -> None:
        question = scene.ask("who signed it?")
        assert await scene.server.world.reply(question) == "You said: @Embassy Bot who signed it?"
        assert len(scene.server.world.replies(question)) == 1
        assert len(scene.channel.messages) == 2

    with_echo(contract, test)


def test_a_dropped_connection_is_resumed_and_what_was_missed_is_told_again(contract: Contract | None) -> None:
    async def test(scene: Scene, client: Echo) -> None:
        world, gateway = scene.server.world, scene.server.gateway
        await world.reply(scene.ask("before"))
        gateway.drop()
        missed = [scene.ask(f"missed {number}") for number in range(3)]
        for question in missed:
            await world.reply(question)
        assert (gateway.identified, gateway.resumed) == (1, 1)
        assert [len(world.replies(question)) for question in missed] == [1, 1, 1]
        assert client.heard == [
            f"{world.bot.mention} {text}" for text in ("before", "missed 0", "missed 1", "missed 2")
        ]

    with_echo(contract, test)


@pytest.mark.parametrize("how", ["reconnect", "invalid but resumable", "closed"])
def test_a_client_told_to_come_again_resumes(contract: Contract | None, how: str) -> None:
    async def test(scene: Scene, client: Echo) -> None:
        world, gateway = scene.server.world, scene.server.gateway
        if how == "reconnect":
            gateway.ask_to_reconnect()
        elif how == "closed":
            gateway.close(4000)
        else:
            gateway.invalidate(resumable=True)
        question = scene.ask()
        await world.changes.until(lambda: gateway.resumed)
        await world.reply(question)
        assert (gateway.identified, len(world.replies(question))) == (1, 1)

    with_echo(contract, test)


@pytest.mark.parametrize("how", ["told so", "found so on resuming"])
def test_an_invalid_session_is_begun_anew_and_what_was_missed_is_not_told(contract: Contract | None, how: str) -> None:
    async def test(scene: Scene, client: Echo) -> None:
        world, gateway = scene.server.world, scene.server.gateway
        if how == "told so":
            gateway.invalidate(resumable=False)
        else:
            gateway.lose()
        missed = scene.ask("missed")
        await world.changes.until(lambda: gateway.identified == 2)
        question = scene.ask("after")
        await world.reply(question)
        assert client.heard == [f"{world.bot.mention} after"]
        assert world.replies(missed) == []

    with_echo(contract, test)


def test_a_client_that_reads_the_headers_draws_no_429(contract: Contract | None) -> None:
    async def test(scene: Scene, client: Echo) -> None:
        questions = [scene.ask(f"{number}") for number in range(12)]
        for question in questions:
            await scene.server.world.reply(question)
        assert scene.server.rest.count(429) == 0
        assert len(scene.channel.messages) == 24

    with_echo(contract, test, limits=LimitSettings(window=0.3))


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_429_is_waited_out(contract: Contract | None, everywhere: bool) -> None:
    """The server refuses whoever comes back too early, so one 429 says that the wait was kept."""

    async def test(scene: Scene, client: Echo) -> None:
        scene.server.faults.plan(SEND, TooMany(0.4, everywhere))
        question = scene.ask()
        await scene.server.world.reply(question)
        assert sent(scene) == [429, 200]
        assert len(scene.server.world.replies(question)) == 1

    with_echo(contract, test)


def test_a_5xx_after_the_message_was_stored_is_tried_again_and_the_nonce_keeps_it_one(
    contract: Contract | None,
) -> None:
    async def test(scene: Scene, client: Echo) -> None:
        scene.server.faults.plan(SEND, Failing(502, stored=True))
        question = scene.ask()
        await scene.server.world.changes.until(lambda: len(sent(scene)) == 2)
        assert sent(scene) == [502, 200]
        assert len(scene.server.world.replies(question)) == 1

    with_echo(contract, test)


@pytest.mark.parametrize("stored", [False, True])
def test_a_reset_socket_is_an_error_to_the_client_and_a_nonce_makes_another_try_safe(
    contract: Contract | None, stored: bool
) -> None:
    async def test(scene: Scene, client: Echo) -> None:
        scene.server.faults.plan(SEND, Reset(stored=stored))
        channel = text_channel(client, scene)
        with pytest.raises(OSError):  # noqa: PT011  # the errno depends on where the reset is noticed
            await channel.send("once", nonce=7)
        assert len(scene.channel.messages) == stored
        message = await channel.send("once", nonce=7)
        assert list(scene.channel.messages) == [message.id]
        assert sent(scene) == [0, 200]

    with_echo(contract, test)


def test_a_slow_response_holds_nothing_else_up(contract: Contract | None) -> None:
    async def test(scene: Scene, client: Echo) -> None:
        world, release = scene.server.world, asyncio.Event()
        scene.server.faults.plan(SEND, Held(release))
        slow = scene.ask("slow")
        await world.reply(slow)
        other = world.channel(scene.guild, "other")
        await world.reply(world.say(scene.reader, other, f"{world.bot.mention} quick"))
        assert sent(scene) == [200]
        release.set()
        await world.changes.until(lambda: len(sent(scene)) == 2)
        assert len(world.replies(slow)) == 1

    with_echo(contract, test)


def test_other_peoples_words_come_empty_without_the_intent(contract: Contract | None) -> None:
    async def test(scene: Scene, client: Echo) -> None:
        world = scene.server.world
        question = scene.ask()
        await world.reply(question)
        answer = world.replies(question)[0]
        world.say(scene.reader, scene.channel, "not for the bot")
        world.say(scene.reader, scene.channel, "a quiet reply", reply_to=answer, ping=False)
        await world.reply(world.say(scene.reader, scene.channel, "a reply that pings", reply_to=answer))
        await world.reply(world.say(scene.reader, world.direct(scene.reader), f"{world.bot.mention} direct"))
        mention = world.bot.mention
        assert client.heard == [f"{mention} what happened?", "", "", "a reply that pings", f"{mention} direct"]

    with_echo(contract, test)


def sent(scene: Scene) -> list[int]:
    """Return how the requests to send a message were answered."""
    return [logged.status for logged in scene.server.rest.log if logged.route == SEND]


def text_channel(client: discord.Client, scene: Scene) -> discord.TextChannel:
    """Return the channel as the client knows it."""
    channel = client.get_channel(scene.channel.id)
    assert isinstance(channel, discord.TextChannel)
    return channel
