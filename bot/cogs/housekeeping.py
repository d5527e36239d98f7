"""What goes when its question goes: deleted messages, servers left behind, and what is too old to be kept."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import discord
from discord.ext import commands, tasks

from bot.asking import withdraw

if TYPE_CHECKING:
    from bot.client import EmbassyBot

_log = logging.getLogger(__name__)


class Housekeeping(commands.Cog):
    """Keeps nothing longer than it is needed."""

    def __init__(self, bot: EmbassyBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Begin to look for what is too old, at once and daily."""
        self.prune.start()

    async def cog_unload(self) -> None:
        """Stop looking."""
        self.prune.cancel()

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Delete the answer to a deleted question, and what is kept of either."""
        await self._gone(event.channel_id, event.message_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """The same for many."""
        for message in event.message_ids:
            await self._gone(event.channel_id, message)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget a server that the bot was removed from."""
        service = self.bot.service
        await service.kept(service.state.forget_guild, guild.id)
        self.bot.open_channels = await service.kept(service.state.open_channels)

    async def _gone(self, channel: int, message: int) -> None:
        self.bot.note_deleted(message)
        service = self.bot.service
        for kept in await service.kept(service.state.all_by_message, message):
            if kept.question_message == message and kept.answer_message is not None:
                try:
                    await withdraw(self.bot, channel, kept.answer_message, kept.id)
                except discord.HTTPException as error:
                    _log.warning("the answer to a deleted question could not be deleted (code %s)", error.code)
            else:
                await service.kept(service.state.forget, [kept.id])

    @tasks.loop(hours=24)
    async def prune(self) -> None:
        """Delete what is older than config allows."""
        service = self.bot.service
        if gone := await service.kept(service.state.prune, self.bot.settings.discord.retention_days):
            _log.info("deleted %d answers that were too old to be kept", gone)
