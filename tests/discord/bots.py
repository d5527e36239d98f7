"""The real bot over the loopback server, as these tests and the benchmark run it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.client import EmbassyBot
from bot.config import BotSettings, load_bot_settings
from bot.state import State
from retrieval.library import Library
from tests.conftest import ROOT
from tests.discord.clients import connected
from tests.discord.server import Loopback

UNHURRIED = {"user_questions": 100_000, "channel_questions": 100_000, "queue": 10_000}
"""No cooldown: one reader of the tests asks what many would."""


class QuickBot(EmbassyBot):
    """The bot, identifying again at once where discord.py would wait five seconds."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for nothing."""


def bot_settings(**discord: object) -> BotSettings:
    """Return the default settings without cooldowns, and with these in the [discord] table."""
    settings = load_bot_settings(ROOT / "config.example.toml")
    return settings.model_copy(update={"discord": settings.discord.model_copy(update={**UNHURRIED, **discord})})


@asynccontextmanager
async def running(
    server: Loopback, library: Library, state: Path, *, kind: type[EmbassyBot] = EmbassyBot, **discord: object
) -> AsyncIterator[EmbassyBot]:
    """Run the bot against a server until its first session is ready; its state is the file at `state`."""
    with State(state) as kept:
        bot = kind(bot_settings(**discord), library, kept)
        async with connected(bot, server):
            yield bot
