"""`/index`: what the bot knows, changed by those whom config trusts with it, in the servers that config names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot import ledger, managing
from bot.admins import is_admin, require_admin
from bot.asking import Interaction, acknowledge, reporting, respond
from bot.catalogue import key_of, label
from bot.change_buttons import AddForm, day_of
from bot.uploads import Known
from retrieval.models import Change, Rebuild, Remove, Rollback, Update

if TYPE_CHECKING:
    from bot.client import EmbassyBot

Text = app_commands.Range[str, 1, 200]
MAX_VERSION = (1 << 53) - 1
"""The largest number that Discord takes."""
WHY = "Why; kept with the version"


class Index(commands.Cog):
    """Puts `/index` into the servers that config names. Elsewhere it is not there: all servers share one corpus."""

    def __init__(self, bot: EmbassyBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Add the commands."""
        if guilds := [discord.Object(id) for id in self.bot.settings.discord.admin_guilds]:
            self.bot.tree.add_command(IndexCommands(self.bot), guilds=guilds)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Tell of a run that was interrupted."""
        await managing.tell_of_interrupted(self.bot)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Tell Discord of the commands of a server that the bot is only now in."""
        if guild.id in self.bot.settings.discord.admin_guilds:
            await self.bot.sync_guild(guild.id)


class IndexCommands(app_commands.Group):
    """The commands."""

    def __init__(self, bot: EmbassyBot) -> None:
        super().__init__(
            name="index",
            description="Change what I know",
            guild_only=True,
            default_permissions=discord.Permissions(manage_guild=True),
        )
        self._bot = bot

    @app_commands.command(name="status")
    async def status(self, interaction: Interaction) -> None:
        """See how the index stands: articles, model, disk, and what was done last."""
        async with reporting(interaction, "/index status"):
            await self._begin(interaction)
            view = ledger.status(await self._bot.service.index_status(), self._bot.service.desk.doing)
            await respond(interaction, view, private=True)

    @app_commands.command(name="update")
    @app_commands.describe(why=WHY)
    async def update(self, interaction: Interaction, why: Text | None = None) -> None:
        """Take up what changed in the corpus folder."""
        await self._change(interaction, Update(), why)

    @app_commands.command(name="rebuild")
    @app_commands.describe(why=WHY)
    async def rebuild(self, interaction: Interaction, why: Text | None = None) -> None:
        """Read every file again, and make the search indexes anew."""
        await self._change(interaction, Rebuild(), why)

    @app_commands.command(name="add")
    @app_commands.describe(
        file="A .txt, .md or .html file; without one a form opens for the text",
        title="Its title, of a single file",
        publisher="Who published it",
        date="When it was published, as 2020-01-02",
        url="Where it stands, of a single file",
        why=WHY,
    )
    async def add(
        self,
        interaction: Interaction,
        file: discord.Attachment | None = None,
        title: Text | None = None,
        publisher: Text | None = None,
        date: app_commands.Range[str, 1, 20] | None = None,
        url: app_commands.Range[str, 1, 500] | None = None,
        why: Text | None = None,
        file2: discord.Attachment | None = None,
        file3: discord.Attachment | None = None,
        file4: discord.Attachment | None = None,
        file5: discord.Attachment | None = None,
        file6: discord.Attachment | None = None,
        file7: discord.Attachment | None = None,
        file8: discord.Attachment | None = None,
        file9: discord.Attachment | None = None,
        file10: discord.Attachment | None = None,
    ) -> None:
        """Add articles that are not in the corpus folder, as files or as text."""
        async with reporting(interaction, "/index add"):
            require_admin(interaction)
            given = (file, file2, file3, file4, file5, file6, file7, file8, file9, file10)
            files = [one for one in given if one is not None]
            if not files:
                await interaction.response.send_modal(AddForm(why or ""))
                return
            known = Known(title, publisher, day_of(date), url)
            await acknowledge(interaction, private=True, thinking=True)
            view = await managing.propose_files(self._bot, interaction.user, files, known, why or "")
            await respond(interaction, view, private=True)

    @app_commands.command(name="remove")
    @app_commands.describe(article="Words of its title, publisher, date or beginning", why=WHY)
    async def remove(self, interaction: Interaction, article: Text, why: Text | None = None) -> None:
        """Remove an article. One from the corpus folder stays out until its file changes."""
        async with reporting(interaction, "/index remove"):
            await self._begin(interaction)
            id = await managing.article_meant(self._bot, article)
            view = await managing.propose(self._bot, interaction.user, Remove(id), why or "")
            await respond(interaction, view, private=True)

    @remove.autocomplete("article")
    async def _articles(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        if not is_admin(interaction):
            return []
        matching = await self._bot.service.matching(typed)
        return [app_commands.Choice(name=label(one), value=key_of(one.id)) for one in matching]

    @app_commands.command(name="history")
    async def history(self, interaction: Interaction) -> None:
        """See the versions of the index: who made each, when and why."""
        async with reporting(interaction, "/index history"):
            await self._begin(interaction)
            await respond(interaction, ledger.history(*await self._bot.service.versions()), private=True)

    @app_commands.command(name="rollback")
    @app_commands.describe(version="The version to go back to", why=WHY)
    async def rollback(
        self, interaction: Interaction, version: app_commands.Range[int, 1, MAX_VERSION], why: Text | None = None
    ) -> None:
        """Go back to a version: its articles and its answers. Nothing is embedded again."""
        await self._change(interaction, Rollback(version), why)

    @rollback.autocomplete("version")
    async def _versions(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[int]]:
        if not is_admin(interaction):
            return []
        kept, live = await self._bot.service.versions()
        others = [one for one in kept if live is None or one.id != live.id]
        choices = [app_commands.Choice(name=ledger.version_label(one), value=one.id) for one in others]
        wanted = str(typed).casefold().strip()
        return [one for one in choices if wanted in one.name.casefold()][: ledger.HISTORY]

    async def _begin(self, interaction: Interaction) -> None:
        require_admin(interaction)
        await acknowledge(interaction, private=True, thinking=True)

    async def _change(self, interaction: Interaction, change: Change, why: str | None) -> None:
        async with reporting(interaction, f"/index {type(change).__name__.lower()}"):
            await self._begin(interaction)
            view = await managing.propose(self._bot, interaction.user, change, why or "")
            await respond(interaction, view, private=True)
