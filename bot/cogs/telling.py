"""After a change of the articles: what was asked in vain, and somebody wants to hear of, is asked again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from discord.ext import commands, tasks

from bot import logs
from bot.telling import tell

if TYPE_CHECKING:
    from bot.client import EmbassyBot

_log = logging.getLogger(__name__)

LOOK_SECONDS = 15.0
"""How often it is seen whether the articles have changed: also by another process, or while the bot was away."""
NOTE = "told of version"


class Telling(commands.Cog):
    """Asks again what was asked in vain, once for each version of the index."""

    def __init__(self, bot: EmbassyBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Begin to look."""
        self.look.change_interval(seconds=LOOK_SECONDS)
        self.look.start()

    async def cog_unload(self) -> None:
        """Stop looking."""
        self.look.cancel()

    @tasks.loop(seconds=LOOK_SECONDS)
    async def look(self) -> None:
        """Ask again where the version is another than last time."""
        try:
            await self._ask_again()
        except Exception:
            # The loop would end with it, and nobody be told any more.
            _log.exception("those who wait for an answer were not told; it is tried again")

    async def _ask_again(self) -> None:
        service = self.bot.service
        state = service.state
        version = str(await service.version() or "")
        if version == await service.kept(state.note, NOTE):
            return
        for kept in await service.kept(state.waited):
            if self.bot.stopping:
                return
            with logs.question():
                given = await service.ask_again(kept)
                if given is not None:
                    await tell(self.bot, kept, given)
        await service.kept(state.set_note, NOTE, version)

    @look.before_loop
    async def _connected(self) -> None:
        await self.bot.wait_until_ready()
