"""What moderators do: retract an answer, open a channel to every question, and see what permissions are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot import render
from bot.asking import Interaction, acknowledge, reporting, respond, withdraw
from bot.errors import Told
from bot.permissions import lacking, named

if TYPE_CHECKING:
    from bot.client import EmbassyBot

RETRACT = "Retract answer"


class Moderation(commands.Cog):
    """Commands that Discord shows only to those who manage messages or the server."""

    def __init__(self, bot: EmbassyBot) -> None:
        self.bot = bot
        self._retract = app_commands.ContextMenu(name=RETRACT, callback=self.retract)
        self._retract.default_permissions = discord.Permissions(manage_messages=True)
        self._retract.guild_only = True

    async def cog_load(self) -> None:
        """Add the command of messages, which a cog does not add by itself."""
        self.bot.tree.add_command(self._retract)

    async def cog_unload(self) -> None:
        """Take it away again."""
        self.bot.tree.remove_command(RETRACT, type=discord.AppCommandType.message)

    async def retract(self, interaction: Interaction, message: discord.Message) -> None:
        """Delete an answer of the bot, with what is kept of it."""
        async with reporting(interaction, "retracting an answer"):
            if not interaction.permissions.manage_messages:
                raise Told("Only those who manage messages here can retract an answer.")
            me = self.bot.user
            if me is None or message.author.id != me.id:
                raise Told("That is no message of mine.")
            await acknowledge(interaction, private=True, thinking=True)
            service = self.bot.service
            kept = await service.kept(service.state.by_message, message.id)
            await withdraw(self.bot, message.channel.id, message.id, kept.id if kept else 0)
            await respond(interaction, render.told("The answer is retracted."), private=True)

    @app_commands.command(name="answer-everything")
    @app_commands.describe(channel="The channel", answer="Whether every question in it is answered")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def answer_everything(self, interaction: Interaction, channel: discord.TextChannel, answer: bool) -> None:
        """Have every question of a channel answered, without a mention, or no longer."""
        async with reporting(interaction, "/answer-everything"):
            if not interaction.permissions.manage_guild:
                raise Told("Only those who manage the server can change this.")
            if answer and not self.bot.settings.discord.message_content:
                raise Told(
                    "For that I have to read messages that do not mention me. An operator first turns on the Message "
                    "Content intent in Discord's Developer Portal, and `message_content` in my config."
                )
            await acknowledge(interaction, private=True, thinking=True)
            service = self.bot.service
            await service.kept(service.state.open_channel, interaction.guild_id or 0, channel.id, answer)
            self.bot.open_channels = await service.kept(service.state.open_channels)
            said = (
                f"I now answer every message in {channel.mention} that ends as a question."
                if answer
                else f"In {channel.mention} I now answer only where I am mentioned."
            )
            await respond(interaction, render.told(said, colour=render.GREEN), private=True)

    @app_commands.command(name="permissions")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def permissions(self, interaction: Interaction) -> None:
        """See whether I have the permissions that I need in this channel."""
        async with reporting(interaction, "/permissions"):
            absent = named(lacking(interaction.channel))
            if absent:
                said = (
                    f"Here I lack {' and '.join(f'**{one}**' for one in absent)}. Grant it in the channel's settings."
                )
                view = render.told(said, colour=render.AMBER)
            else:
                view = render.told("I have every permission that I need here.", colour=render.GREEN)
            await respond(interaction, view, private=True)
