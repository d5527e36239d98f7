"""Questions asked while the connection was lost for good: read from the history of the channels that ask.

A session that is resumed brings what was missed by itself. One that Discord has given up does not: the channels in
which the bot was asked before, and those where every question is answered, are then read from just before the loss.
What was answered already is known by its claim.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

if TYPE_CHECKING:
    from bot.client import EmbassyBot

_log = logging.getLogger(__name__)

CHANNELS = 500
MESSAGES = 100
"""How many channels are read, and how many messages of each."""
MARGIN = timedelta(seconds=90)
"""A connection may be dead for as long before it is noticed: two heartbeats."""
LONGEST = timedelta(minutes=15)
"""Nobody waits longer for an answer."""


class CatchingUp(commands.Cog):
    """Notes where questions are asked, and when each shard lost its connection."""

    def __init__(self, bot: EmbassyBot) -> None:
        self.bot = bot
        self._asked_in: OrderedDict[int, None] = OrderedDict()
        self._lost: dict[int, datetime] = {}

    @commands.Cog.listener()
    async def on_question(self, message: discord.Message) -> None:
        """Note a channel in which the bot is asked."""
        self._asked_in[message.channel.id] = None
        self._asked_in.move_to_end(message.channel.id)
        if len(self._asked_in) > CHANNELS:
            self._asked_in.popitem(last=False)

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
        for id in [*self._asked_in, *(one for one in self.bot.open_channels if one not in self._asked_in)]:
            channel = self.bot.get_channel(id)
            if isinstance(channel, discord.abc.Messageable) and self._is_of(channel, shard):
                await self._read(channel, since)

    def _is_of(self, channel: discord.abc.Messageable, shard: int) -> bool:
        guild = getattr(channel, "guild", None)
        return (guild.shard_id if guild is not None else 0) == shard

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
