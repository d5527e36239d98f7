"""Questions asked while the connection was lost for good: read from the history of the channels that ask.

A session that is resumed brings what was missed by itself. One that Discord has given up does not: it begins with the
last message of every channel, and where that is later than the loss, the channel is read from just before it. Direct
channels it does not begin with: those in which the bot was asked before are read. What was answered already is known
by its claim.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from bot.permissions import lacking

if TYPE_CHECKING:
    from bot.client import EmbassyBot

_log = logging.getLogger(__name__)

CHANNELS = 500
MESSAGES = 100
"""How many channels are read, the latest first, and how many messages of each."""
UNREADABLE = frozenset({"view_channel", "read_message_history"})
MARGIN = timedelta(seconds=90)
"""A connection may be dead for as long before it is noticed: two heartbeats."""
LONGEST = timedelta(minutes=15)
"""Nobody waits longer for an answer."""


class CatchingUp(commands.Cog):
    """Notes when each shard lost its connection, and in which direct channels questions are asked."""

    def __init__(self, bot: EmbassyBot) -> None:
        self.bot = bot
        self._direct: OrderedDict[int, None] = OrderedDict()
        self._lost: dict[int, datetime] = {}

    @commands.Cog.listener()
    async def on_question(self, message: discord.Message) -> None:
        """Note a direct channel in which the bot is asked."""
        if message.guild is not None:
            return
        self._direct[message.channel.id] = None
        self._direct.move_to_end(message.channel.id)
        if len(self._direct) > CHANNELS:
            self._direct.popitem(last=False)

    @commands.Cog.listener()
    async def on_shard_disconnect(self, shard: int) -> None:
        """Note when a connection was lost; of several tries the first counts."""
        self._lost.setdefault(shard, discord.utils.utcnow())

    @commands.Cog.listener()
    async def on_shard_resumed(self, shard: int) -> None:
        """Forget a loss that Discord made good."""
        self._lost.pop(shard, None)

    @commands.Cog.listener()
    async def on_shard_ready(self, shard: int) -> None:
        """Read what was missed where a session began anew."""
        lost = self._lost.pop(shard, None)
        if lost is None:
            return
        since = max(lost - MARGIN, discord.utils.utcnow() - LONGEST)
        spoken_in = sorted(self._spoken_in(shard, since), key=lambda one: one[0], reverse=True)
        for _, channel in spoken_in[:CHANNELS]:
            await self._read(channel, since)

    def _spoken_in(self, shard: int, since: datetime) -> Iterator[tuple[int, discord.abc.Messageable]]:
        """Yield the shard's channels in which something was said since, and may be read, with their last message."""
        first = discord.utils.time_snowflake(since)
        for guild in self.bot.guilds:
            if guild.shard_id != shard:
                continue
            for channel in (*guild.channels, *guild.threads):
                last = getattr(channel, "last_message_id", None) or 0
                if last < first or not isinstance(channel, discord.abc.Messageable):
                    continue
                if not UNREADABLE.intersection(lacking(channel)):
                    yield last, channel
        # Direct messages come with the first shard.
        for id in self._direct if shard == 0 else ():
            yield id, self.bot.get_partial_messageable(id)

    async def _read(self, channel: discord.abc.Messageable, since: datetime) -> None:
        async def missed() -> list[discord.Message]:
            return [one async for one in channel.history(limit=MESSAGES, after=since, oldest_first=True)]

        try:
            messages = await self.bot.sender.attempt(missed)
        except discord.HTTPException as error:
            _log.warning("the history of a channel could not be read (code %s)", error.code)
            return
        for message in messages:
            self.bot.dispatch("message", message)
