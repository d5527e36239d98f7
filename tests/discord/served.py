"""The bot as a process of its own, for tests that end it by signals.

python -m tests.discord.served ADDRESS TOKEN CORPUS DATA GUILD
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot import managing
from bot.run import serve
from bot.state import FILE, State
from retrieval.library import Library
from tests.conftest import settings_for
from tests.discord.bots import QuickBot, bot_settings
from tests.discord.server import discord_at

PAUSE = 0.2


def main(address: str, token: str, corpus: str, data: str, guild: str) -> None:
    """Serve until a signal."""
    managing.PROGRESS_SECONDS = PAUSE
    with (
        discord_at(address),
        Library(settings_for(Path(corpus), Path(data))) as library,
        State(Path(data) / FILE) as state,
    ):
        asyncio.run(serve(QuickBot(bot_settings(admin_guilds=(int(guild),)), library, state), token))


if __name__ == "__main__":
    main(*sys.argv[1:])
