"""What was asked while the session was lost is answered once it is back, and nothing is answered twice."""

from __future__ import annotations

import discord

from retrieval.library import Library
from tests.bot.world import World, acted, world

TROOPS = "How many U.S. troops are stationed in Iraq?"


def missing_it(w: World) -> None:
    """Keep the next question from the bot, as a lost connection does."""
    w.env.backend.subscribers.clear()


@acted
async def test_a_question_asked_while_the_session_was_lost_is_answered_after_it(seeds: Library) -> None:
    async with world(seeds) as w:
        await w.ask(TROOPS)
        heard = list(w.env.backend.subscribers)
        await w.happens("shard_disconnect", 0)
        missing_it(w)
        missed = await w.reader.send(w.channel, f"{w.mention} {TROOPS}")
        w.env.backend.subscribers.extend(heard)
        assert len(w.said()) == 1

        # A new session begins with the last message of each channel.
        channel = w.bot.get_channel(w.channel.id)
        assert isinstance(channel, discord.TextChannel)
        channel.last_message_id = missed.id

        await w.happens("shard_ready", 0)
        assert len(w.said()) == 2


@acted
async def test_a_resumed_session_reads_no_history(seeds: Library) -> None:
    async with world(seeds) as w:
        await w.ask(TROOPS)
        for event in ("shard_disconnect", "shard_resumed", "shard_ready"):
            await w.happens(event, 0)

        assert len(w.said()) == 1
        assert not [one for one in w.env.http_requests if one.method == "GET" and one.path.endswith("/messages")]
