"""`/report`: what readers of a server could not find, to those who manage it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot import reports
from bot.asking import Interaction, acknowledge, reporting, respond
from bot.errors import Told
from bot.gaps import as_csv

if TYPE_CHECKING:
    from bot.client import EmbassyBot

DAYS = 30
FILE = "asked-in-vain.csv"


class Reporting(commands.Cog):
    """Tells what the articles lack."""

    def __init__(self, bot: EmbassyBot) -> None:
        self.bot = bot

    @app_commands.command(name="report")
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(days="How many days back (default: 30)")
    async def report(self, interaction: Interaction, days: app_commands.Range[int, 1, 365] = DAYS) -> None:
        """See what was asked here in vain: questions without an answer, or with a thumbs-down."""
        async with reporting(interaction, "/report"):
            # A server's settings can give the command to others.
            if not interaction.permissions.manage_guild:
                raise Told("Only those who manage the server are told what was asked in vain.")
            await acknowledge(interaction, private=True, thinking=True)
            service = self.bot.service
            found = await service.gaps(days, interaction.guild_id or 0)
            titles = {one.id: one.title for one in (await service.catalogue()).articles}
            await respond(interaction, reports.shown(found, titles, days), private=True)
            if found:
                file = discord.File(io.BytesIO(as_csv(found).encode("utf-8")), FILE)
                await interaction.followup.send(file=file, ephemeral=True)
