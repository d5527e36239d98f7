"""Connections that break at random moments: each question is answered exactly once all the same."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from retrieval.library import Library
from tests.discord.bots import QuickBot, running
from tests.discord.clients import Echo, connected
from tests.discord.conftest import Scene
from tests.discord.entities import Json
from tests.discord.limits import LimitSettings
from tests.discord.server import Loopback, loopback
from tests.discord.storm import Storm

QUESTION = "How many U.S. troops are stationed in Iraq?"
CHANNELS = 20
LIMITS = LimitSettings(window=0.5)
"""Discord's own window would have the bot wait more than the connections break."""

OFTEN = 0.05
SELDOM = 3.0
"""Seconds between the breaks of a gateway connection: a new session is only ready after two."""


def asking(server: Loopback) -> Callable[[], Json]:
    """Return what asks a question, in one channel after another."""
    scene = Scene.on(server)
    channels = itertools.cycle([server.world.channel(scene.guild, f"channel-{number}") for number in range(CHANNELS)])
    return lambda: server.world.say(scene.reader, next(channels), f"{server.world.bot.mention} {QUESTION}")


async def endure(server: Loopback, ask: Callable[[], Json], storm: Storm) -> None:
    """Let it rage, ask once more in every channel, and hold that each question has one answer."""
    await storm.rage(ask)
    assert storm.dropped + storm.reset >= storm.count
    for _ in range(CHANNELS):
        storm.questions.append(ask())
    for question in storm.questions:
        await server.world.reply(question)
    print(f"{storm.dropped} gateway and {storm.reset} REST connections broken, {len(storm.questions)} questions")
    assert storm.answers() == {1: len(storm.questions)}


def test_a_plain_client_hears_every_event_once_however_often_it_is_resumed() -> None:
    async def run() -> None:
        async with loopback(limits=LIMITS) as server:
            ask = asking(server)
            async with connected(Echo(), server):
                await endure(server, ask, Storm(server, random.Random(5), 50, OFTEN, resumable=True, rest=False))
            assert server.gateway.identified == 1
            assert server.gateway.resumed == 50

    asyncio.run(run())


def weather(library: Library, state: Path, count: int, pause: float, *, resumable: bool) -> None:
    """Run the bot through a storm."""

    async def run() -> None:
        async with loopback(limits=LIMITS) as server:
            ask = asking(server)
            async with running(server, library, state, kind=QuickBot):
                # The bot reads again only where it was asked before.
                for question in [ask() for _ in range(CHANNELS)]:
                    await server.world.reply(question)
                await endure(server, ask, Storm(server, random.Random(count), count, pause, resumable=resumable))
            assert (server.gateway.identified == 1) is resumable

    asyncio.run(run())


def test_the_bot_answers_once_through_resumed_sessions(seeds: Library, tmp_path: Path) -> None:
    weather(seeds, tmp_path / "state.sqlite3", 25, OFTEN, resumable=True)


def test_the_bot_answers_once_through_lost_sessions(seeds: Library, tmp_path: Path) -> None:
    weather(seeds, tmp_path / "state.sqlite3", 3, SELDOM, resumable=False)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_the_bot_answers_once_through_many_resumed_sessions(seeds: Library, tmp_path: Path) -> None:
    weather(seeds, tmp_path / "state.sqlite3", 900, OFTEN, resumable=True)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_the_bot_answers_once_through_many_lost_sessions(seeds: Library, tmp_path: Path) -> None:
    weather(seeds, tmp_path / "state.sqlite3", 100, SELDOM, resumable=False)
