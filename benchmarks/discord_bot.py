"""The bot as a process of its own, against a Discord on the loopback.

    python -m benchmarks.discord_bot ADDRESS TOKEN CORPUS DATA [LLM]

LLM is where a language model answers in OpenAI's protocol.

It runs as `embassy-bot run` does, with its default settings, until it is told to end by SIGTERM.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot.client import EmbassyBot
from bot.config import load_bot_settings
from bot.run import serve
from bot.state import FILE, State
from retrieval.config import LlmSettings
from retrieval.library import Library
from tests.conftest import ROOT
from tests.discord.server import discord_at


def main(address: str, token: str, corpus: Path, data: Path, llm: str = "") -> None:
    """Serve until the end."""
    settings = load_bot_settings(ROOT / "config.example.toml", corpus=corpus, data=data)
    if llm:
        model = LlmSettings(provider="openai-like", model="scripted", base_url=llm)
        settings = settings.model_copy(update={"llm": model})
    with Library(settings, command="run") as library, State(settings.data.path / FILE) as state, discord_at(address):
        library.update()
        asyncio.run(serve(EmbassyBot(settings, library, state), token))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]), *sys.argv[5:])
