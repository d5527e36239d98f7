"""Small discord.py clients for the tests of the loopback server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord

from tests.discord.server import Loopback, discord_at


class Quick(discord.Client):
    """A client that identifies again at once, where discord.py would wait five seconds."""

    def __init__(self, *, message_content: bool = False, **options: Any) -> None:
        intents = discord.Intents(guilds=True, messages=True, message_content=message_content)
        super().__init__(intents=intents, guild_ready_timeout=0, **options)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for nothing."""


class Echo(Quick):
    """Replies to every mention with its text, once for each event."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.heard: list[str] = []
        self.failed: list[Exception] = []

    async def on_message(self, message: discord.Message) -> None:
        """Reply; note what cannot be sent."""
        if message.author == self.user:
            return
        self.heard.append(message.content)
        if self.user not in message.mentions:
            return
        try:
            await message.reply(f"You said: {message.clean_content}", nonce=message.id, mention_author=False)
        except (discord.HTTPException, OSError) as error:
            self.failed.append(error)


@asynccontextmanager
async def connected(client: discord.Client, server: Loopback) -> AsyncIterator[None]:
    """Run a client against a server, from its first session there on."""
    with discord_at(server.address):
        before = server.gateway.identified
        running = asyncio.create_task(client.start(server.world.token))
        running.add_done_callback(lambda task: server.world.changes.note())
        try:
            await server.world.changes.until(lambda: running.done() or server.gateway.identified > before)
            if running.done():
                running.result()
            await client.wait_until_ready()
            yield
        finally:
            await client.close()
            await asyncio.gather(running, return_exceptions=True)
