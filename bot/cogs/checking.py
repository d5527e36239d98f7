"""`/check` and *Check against the articles*: what the articles say to a text, to whoever asks alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot import claims
from bot.asking import Interaction, acknowledge, reporting, respond
from bot.errors import Told
from bot.service import Asked

if TYPE_CHECKING:
    from bot.client import EmbassyBot

CHECK = "Check against the articles"
MAX_TEXT = 4_000


class Checking(commands.Cog):
    """Holds texts against the articles."""

    def __init__(self, bot: EmbassyBot) -> None:
        self.bot = bot
        self._check_message = app_commands.ContextMenu(name=CHECK, callback=self.check_message)

    async def cog_load(self) -> None:
        """Add the command of messages, which a cog does not add by itself."""
        self.bot.tree.add_command(self._check_message)

    async def cog_unload(self) -> None:
        """Take it away again."""
        self.bot.tree.remove_command(CHECK, type=discord.AppCommandType.message)

    async def check_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Hold a message against the articles."""
        async with reporting(interaction, "checking a message"):
            if not message.content.strip():
                raise Told("There is no text in that message to check.")
            await self._check(interaction, message.content)

    @app_commands.command(name="check")
    @app_commands.describe(text="What somebody says about the matter of the articles")
    async def check(self, interaction: Interaction, text: app_commands.Range[str, 1, MAX_TEXT]) -> None:
        """See what the articles say for or against a text, statement by statement."""
        async with reporting(interaction, "/check"):
            await self._check(interaction, text)

    async def _check(self, interaction: Interaction, text: str) -> None:
        self.bot.limits.take(interaction.user.id, interaction.channel_id or 0)
        await acknowledge(interaction, private=True, thinking=True)
        asked = Asked(text, interaction.user.id, interaction.guild_id, interaction.channel_id or 0, private=True)
        found, id, degraded = await self.bot.service.check(asked)
        await respond(interaction, claims.checked(found, id, degraded), private=True)
