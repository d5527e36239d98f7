"""After a change of the articles: what was asked in vain, and somebody wants to hear of, is asked again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from discord.ext import commands, tasks

from bot import logs
from bot.state import Kept
from bot.telling import tell
from bot.worker import QueueFull

if TYPE_CHECKING:
    from bot.client import EmbassyBot

_log = logging.getLogger(__name__)

LOOK_SECONDS = 15.0
"""How often it is seen whether the articles have changed: also by another process, or while the bot was away."""


class Telling(commands.Cog):
    """Asks again what was asked in vain and somebody waits for, once for each version of the index."""

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
        """Ask again what was not asked yet with the version of the index that answers now."""
        service = self.bot.service
        try:
            version = await service.version() or 0
            for kept in await service.kept(service.state.waited, version):
                if self.bot.stopping:
                    return
                with logs.question():
                    await self._ask_again(kept, version)
        except QueueFull:
            _log.info("too many questions wait; those who wait for an answer are looked after later")
        except Exception:
            # The loop would end with it, and nobody be told any more.
            _log.exception("it could not be seen who waits for an answer; it is tried again")

    async def _ask_again(self, kept: Kept, version: int) -> None:
        service = self.bot.service
        given = None
        try:
            given = await service.ask_again(kept)
            if given is None:
                await service.kept(service.state.looked, kept.id, version)
            else:
                await tell(self.bot, kept, given)
        except QueueFull:
            raise
        except Exception as error:
            # Others wait as well.
            _log.warning("who waits for an answer was not told (%s); it is tried again", type(error).__name__)
            if given is not None:
                await service.kept(service.state.forget, [given.id])

    @look.before_loop
    async def _connected(self) -> None:
        await self.bot.wait_until_ready()
