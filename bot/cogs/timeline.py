"""`/timeline`: what happened when, by dated quotes, in a message and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot import timelines
from bot.asking import Interaction, accept, reporting, respond
from bot.service import Asked
from retrieval.models import MAX_DAY

if TYPE_CHECKING:
    from bot.client import EmbassyBot

MAX_TOPIC = 200


class Timelines(commands.Cog):
    """Tells what happened when."""

    def __init__(self, bot: EmbassyBot) -> None:
        self.bot = bot

    @app_commands.command(name="timeline")
    @app_commands.rename(from_="from")
    @app_commands.describe(
        topic="What it is about (default: the newest events)",
        from_="Not before this day, month or year: 2019-12-31, December 2019",
        to="Not after this day, month or year",
        private="Show it to you alone (default: no)",
    )
    async def timeline(
        self,
        interaction: Interaction,
        topic: app_commands.Range[str, 1, MAX_TOPIC] = "",
        from_: app_commands.Range[str, 1, MAX_DAY] | None = None,
        to: app_commands.Range[str, 1, MAX_DAY] | None = None,
        private: bool = False,
    ) -> None:
        """See what happened when, by the articles' exact words."""
        async with reporting(interaction, "/timeline"):
            await accept(interaction, private=private)
            async with self.bot.busy():
                channel = interaction.channel_id or 0
                asked = Asked(topic.strip(), interaction.user.id, interaction.guild_id, channel, private=private)
                service = self.bot.service
                found, id = await service.timeline(asked, from_, to)
                picture = await service.picture(found) if found.events else None
                view = timelines.shown(found, id, picture=picture is not None)
                files = {timelines.PICTURE: picture} if picture else None
                await respond(interaction, view, private=private, files=files)
