"""The bot: what it asks of Discord, and its parts put together. Nothing is opened here: all is handed in."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.asking import reporting
from bot.change_buttons import BUTTONS as CHANGE_BUTTONS
from bot.cogs import asking, catching_up, checking, housekeeping, index, lookup, moderation, privacy, telling, timeline
from bot.cogs import reporting as reports
from bot.config import BotSettings
from bot.limits import Limits, Notices
from bot.metrics import Metrics
from bot.sending import Sender
from bot.service import Service
from bot.state import State
from bot.uploads import Download, download
from bot.views import BUTTONS
from bot.writing import settle
from retrieval.library import Library

_log = logging.getLogger(__name__)

DELETED_KEPT = 1_000
"""How many deleted messages are remembered, for answers under way to them."""
COMMANDS_NOTE = "commands"
GUILDS_NOTE = "admin guilds"
COGS = (
    asking.Asking,
    lookup.LookingUp,
    checking.Checking,
    timeline.Timelines,
    privacy.Privacy,
    moderation.Moderation,
    reports.Reporting,
    index.Index,
    housekeeping.Housekeeping,
    telling.Telling,
    catching_up.CatchingUp,
)


def intents(settings: BotSettings) -> discord.Intents:
    """Return what the bot asks the gateway for: servers, messages, and their text only where config says so."""
    wanted = discord.Intents.none()
    wanted.guilds = wanted.guild_messages = wanted.dm_messages = True
    wanted.message_content = settings.discord.message_content
    return wanted


class Tree(app_commands.CommandTree["EmbassyBot"]):
    """The commands, with the one place where what no command handles is told."""

    async def on_error(self, interaction: discord.Interaction[EmbassyBot], error: app_commands.AppCommandError) -> None:
        """Tell the user of an error."""
        async with reporting(interaction, "a command"):
            raise error


class EmbassyBot(commands.AutoShardedBot):
    """Answers questions in Discord from a library. `library` and `state` stay open until the bot is closed."""

    def __init__(
        self,
        settings: BotSettings,
        library: Library,
        state: State,
        *,
        download: Download = download,
        metrics: Metrics | None = None,
    ) -> None:
        self.metrics = metrics or Metrics()
        self.sender = Sender(settings.discord.requests_per_second, limited=self.metrics.rate_limits.inc)
        super().__init__(
            # There are no commands in messages; the parent wants a prefix all the same.
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=intents(settings),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            # Messages and members are looked up in no cache.
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            shard_count=settings.discord.shards or None,
            http_trace=self.sender.trace(),
        )
        self.settings = settings
        self.service = Service(settings, library, state, self.metrics)
        limits = settings.discord
        self.limits = Limits(limits.user_questions, limits.channel_questions, met=self.metrics.cooldowns.inc)
        self.notices = Notices()
        self.open_channels: dict[int, int] = {}
        self.download = download
        self.index_run: asyncio.Task[None] | None = None
        self.stopping = False
        self._busy = 0
        self._idle = asyncio.Event()
        self._deleted: OrderedDict[int, None] = OrderedDict()

    async def setup_hook(self) -> None:
        """Load the parts, and tell Discord of the commands where they have changed."""
        for cog in COGS:
            await self.add_cog(cog(self))
        self.add_dynamic_items(*BUTTONS, *CHANGE_BUTTONS)
        self.open_channels = await self.service.kept(self.service.state.open_channels)
        await self.service.prepare()
        await settle(self)
        await self._sync()

    async def _sync(self) -> None:
        """Tell Discord of the commands: those of everywhere, and those of the admins' servers."""
        if (synced := await self._sync_in(None)) is not None:
            _log.info("told Discord of %d commands", synced)
        state, wanted = self.service.state, self.settings.discord.admin_guilds
        note = await self.service.kept(state.note, GUILDS_NOTE)
        known = json.loads(note) if note else []
        # Where config no longer has a server, its commands are taken away.
        for guild in {*known, *wanted}:
            await self.sync_guild(guild)
        await self.service.kept(state.set_note, GUILDS_NOTE, json.dumps(sorted(wanted)))

    async def sync_guild(self, guild: int) -> None:
        """Tell Discord of the commands of a server, where the bot is in it."""
        try:
            if (synced := await self._sync_in(discord.Object(guild))) is not None:
                _log.info("told Discord of %d commands for admins in server %d", synced, guild)
        except (discord.Forbidden, discord.NotFound):
            _log.warning("the commands for admins are not in server %d: I am not in it", guild)

    async def _sync_in(self, guild: discord.Object | None) -> int | None:
        """Tell Discord of the commands of a server or of everywhere; return how many, None where it knows these
        already: it allows few changes a day."""
        payload: list[Any] = [command.to_dict(self.tree) for command in self.tree.get_commands(guild=guild)]
        text = json.dumps([self.application_id, payload], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        state, note = self.service.state, f"{COMMANDS_NOTE}:{guild.id}" if guild else COMMANDS_NOTE
        if await self.service.kept(state.note, note) == digest:
            return None
        synced = await self.tree.sync(guild=guild)
        await self.service.kept(state.set_note, note, digest)
        return len(synced)

    async def on_message(self, message: discord.Message, /) -> None:
        """Do nothing: the parts listen to messages, and there are no commands in them."""

    async def on_ready(self) -> None:
        """Note that the bot is there."""
        _log.info("ready in %d servers", len(self.guilds))

    # Answers under way

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        """Count an answer as under way."""
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    async def drain(self) -> None:
        """Take no more questions, stop a change of the index, and wait for the answers under way, as long as config
        allows."""
        self.stopping = True
        self.service.desk.stop()
        try:
            async with asyncio.timeout(self.settings.discord.stop_seconds):
                if self._busy:
                    self._idle.clear()
                    await self._idle.wait()
        except TimeoutError:
            _log.warning("%d answers were not finished in time", self._busy)

    def note_deleted(self, message: int) -> None:
        """Remember that a message was deleted, for an answer to it that may be under way."""
        self._deleted[message] = None
        if len(self._deleted) > DELETED_KEPT:
            self._deleted.popitem(last=False)

    def was_deleted(self, message: int) -> bool:
        """Say whether a message was deleted lately."""
        return message in self._deleted

    async def close(self) -> None:
        """Leave Discord, and wait for what the threads are doing; a change of the index is told of before."""
        self.service.desk.stop()
        if self.index_run is not None:
            await asyncio.wait({self.index_run}, timeout=self.settings.discord.stop_seconds)
        await super().close()
        await asyncio.to_thread(self.service.close)
