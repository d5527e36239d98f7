"""The bot's budget of requests, over the wire: it holds for what leaves, not for what is asked for."""

from __future__ import annotations

import asyncio

import discord
import pytest

from bot.metrics import Metrics
from bot.sending import Sender, is_counted
from tests.discord.clients import Quick, connected
from tests.discord.conftest import Scene
from tests.discord.limits import LimitSettings
from tests.discord.server import loopback

RATE = 20


def test_messages_that_were_held_back_for_their_channel_leave_within_the_budget() -> None:
    """Three channels take fewer messages than the bot may send, so that many wait and are let go together."""

    async def run() -> None:
        limits = LimitSettings(window=1.0, per_second=RATE)
        async with loopback(limits=limits) as server:
            scene, world = Scene.on(server), server.world
            names = [world.channel(scene.guild, f"channel-{number}").id for number in range(3)]
            sender = Sender(RATE, Metrics().rate_limits.inc)
            client = Quick(http_trace=sender.trace())
            async with connected(client, server):
                channels = [client.get_partial_messageable(name) for name in names]

                async def send(channel: discord.PartialMessageable, number: int) -> None:
                    await sender.attempt(lambda: channel.send(str(number)))

                await asyncio.gather(*(send(channel, number) for number in range(20) for channel in channels))
            assert [len(world.channels[name].messages) for name in names] == [20, 20, 20]
            assert server.rest.count(429) == 0

    asyncio.run(run())


@pytest.mark.parametrize(
    ("path", "counted"),
    [
        ("/api/v10/channels/1/messages", True),
        ("/api/v10/channels/1/messages/2", True),
        ("/api/v10/users/@me", True),
        ("/api/v10/channels/1/typing", False),
        ("/api/v10/interactions/1/token/callback", False),
        ("/api/v10/webhooks/1/token/messages/@original", False),
        ("/gateway", False),
        ("/", False),
    ],
)
def test_what_discord_counts_takes_a_turn(path: str, counted: bool) -> None:
    assert is_counted(path) is counted
