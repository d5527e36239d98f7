"""`/search`, `/source`, `/sources` and `/help`: the articles themselves, with no answer engine in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot import reading, render
from bot.admins import is_admin
from bot.asking import Interaction, acknowledge, reporting, respond
from bot.catalogue import key_of, label
from bot.errors import Told
from bot.service import Asked
from bot.text import name
from bot.views import passages_page
from retrieval.library import MAX_QUESTION
from retrieval.models import MAX_DAY

if TYPE_CHECKING:
    from bot.client import EmbassyBot

Choice = app_commands.Choice[str]


class LookingUp(commands.Cog):
    """Shows passages and articles, to whoever asks alone."""

    def __init__(self, bot: EmbassyBot) -> None:
        self.bot = bot

    @app_commands.command(name="search")
    @app_commands.describe(
        query="Words to look for",
        publisher="Only articles of this publisher",
        after="Only articles of this day, month or year, or later: 2019-12-31, December 2019",
        before="Only articles of this day, month or year, or earlier",
    )
    async def search(
        self,
        interaction: Interaction,
        query: app_commands.Range[str, 1, MAX_QUESTION],
        publisher: app_commands.Range[str, 1, 100] | None = None,
        after: app_commands.Range[str, 1, MAX_DAY] | None = None,
        before: app_commands.Range[str, 1, MAX_DAY] | None = None,
    ) -> None:
        """Find the passages that fit best, word for word."""
        async with reporting(interaction, "/search"):
            if not query.strip():
                raise Told("There is nothing to search for in that.")
            self.bot.limits.take(interaction.user.id, interaction.channel_id or 0)
            await acknowledge(interaction, private=True, thinking=True)
            await self._check_publisher(publisher)
            asked = Asked(query, interaction.user.id, interaction.guild_id, interaction.channel_id or 0, private=True)
            found, degraded = await self.bot.service.search(asked, publisher, after, before)
            if not found:
                nothing = "No passage fits. Try other words, or fewer filters."
                await respond(
                    interaction, render.told(f"{nothing}\n-# {degraded}" if degraded else nothing), private=True
                )
                return
            await respond(interaction, await passages_page(interaction, found, 0, degraded), private=True)

    @search.autocomplete("publisher")
    async def _publishers(self, interaction: Interaction, typed: str) -> list[Choice]:
        return [
            app_commands.Choice(name=one[:100], value=one[:100]) for one in await self.bot.service.publishers(typed)
        ]

    @app_commands.command(name="source")
    @app_commands.describe(article="Words of its title, publisher, date or beginning", paragraph="Where to begin")
    async def source(
        self,
        interaction: Interaction,
        article: app_commands.Range[str, 1, 200],
        paragraph: app_commands.Range[int, 1, 100_000] = 1,
    ) -> None:
        """Read an article."""
        async with reporting(interaction, "/source"):
            await acknowledge(interaction, private=True, thinking=True)
            service = self.bot.service
            key = article
            if key not in (await service.catalogue()).keys:
                # What is typed without a choice from the list is looked up as the list would.
                matching = await service.matching(article)
                if not matching:
                    raise Told("There is no such article. Choose one from the list that appears while you type.")
                key = key_of(matching[0].id)
            found = await service.article(key)
            if paragraph > len(found.paragraphs):
                raise Told(f"That article has {len(found.paragraphs)} paragraphs; there is no {paragraph}.")
            await respond(interaction, reading.article(found, paragraph, facts=True), private=True)

    @source.autocomplete("article")
    async def _articles(self, interaction: Interaction, typed: str) -> list[Choice]:
        matching = await self.bot.service.matching(typed)
        return [app_commands.Choice(name=label(one), value=key_of(one.id)) for one in matching]

    @app_commands.command(name="sources")
    async def sources(self, interaction: Interaction) -> None:
        """List all articles, newest first."""
        async with reporting(interaction, "/sources"):
            await acknowledge(interaction, private=True, thinking=True)
            await respond(interaction, reading.sources(await self.bot.service.catalogue(), 0), private=True)

    @app_commands.command(name="help")
    async def help(self, interaction: Interaction) -> None:
        """See what can be asked, with questions to try."""
        async with reporting(interaction, "/help"):
            await acknowledge(interaction, private=True, thinking=True)
            admin = interaction.guild_id in self.bot.settings.discord.admin_guilds and is_admin(interaction)
            await respond(interaction, await welcome(self.bot, admin=admin), private=True)

    async def _check_publisher(self, publisher: str | None) -> None:
        known = {
            (one.publisher or "").casefold(): one.publisher for one in (await self.bot.service.catalogue()).articles
        }
        if publisher is not None and publisher.casefold() not in known:
            there = ", ".join(sorted(name(one, 60) for one in known.values() if one)[:5]) or "none known"
            raise Told(f"There is no publisher “{name(publisher, 60)}”. There is {there}.")


async def welcome(bot: EmbassyBot, *, admin: bool = False) -> discord.ui.LayoutView:
    """Return what can be asked, with questions to try."""
    catalogue = await bot.service.catalogue()
    newest = max((one.published for one in catalogue.articles if one.published), default=None)
    me = bot.user
    assert me is not None
    return reading.welcome(await bot.service.examples(), len(catalogue.articles), newest, me.mention, admin=admin)
