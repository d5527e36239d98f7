"""`/privacy`: what is kept about a user, and the button that deletes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot import reading
from bot.asking import Interaction, acknowledge, reporting, respond

if TYPE_CHECKING:
    from bot.client import EmbassyBot


class Privacy(commands.Cog):
    """Shows users what is kept about them."""

    def __init__(self, bot: EmbassyBot) -> None:
        self.bot = bot

    @app_commands.command(name="privacy")
    async def privacy(self, interaction: Interaction) -> None:
        """See what is kept about you, and delete it."""
        async with reporting(interaction, "/privacy"):
            await acknowledge(interaction, private=True, thinking=True)
            service = self.bot.service
            kept = await service.kept(service.state.kept_of, interaction.user.id)
            await respond(interaction, reading.privacy(kept, self.bot.settings.discord.retention_days), private=True)
