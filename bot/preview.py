"""The real bot in a simulated Discord, as a page in the local browser. Nothing leaves this machine."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import discord
import simcord
from simcord.backend.errors import SetupError

from bot.client import EmbassyBot
from bot.cogs.lookup import welcome
from bot.config import BotSettings
from bot.state import State
from retrieval.errors import UsageError
from retrieval.library import Library

SERVER = "Newsroom"
SERVER_ID = 1_000_000_000_000_000_000
"""The simulated server is one of the admins', so that `/index` is there for its moderator."""
CHANNEL = "ask-the-articles"
NAME = "embassy-bot"
READER = "Reader"
MODERATOR = "Moderator"
SETTLE_SECONDS = 60.0
"""How long one action of the page may take; the first question opens the model."""
TICK_SECONDS = 2.0


async def preview(
    settings: BotSettings,
    library: Library,
    say: Callable[[str], None],
    *,
    port: int | None = None,
    browse: bool = True,
) -> None:
    """Serve the page until it is closed. `say` is given its address. Raises UsageError where the port is taken."""
    # Every preview begins anew: its messages go with it, and so does what is kept of them.
    with State(None) as state:
        # The page's composer makes no mentions, so every question of the channel is answered.
        bot = EmbassyBot(_hearing(settings), library, state, download=from_simulation)
        async with _simulated(bot) as env:
            guild = env.create_guild(SERVER, id=SERVER_ID)
            channel = guild.create_text_channel(CHANNEL)
            moderators = guild.create_role("Moderators", permissions=_moderation())
            reader = guild.add_member(env.create_user("reader", global_name=READER))
            moderator = guild.add_member(env.create_user("moderator", global_name=MODERATOR), roles=[moderators])
            bot.open_channels[channel.id] = guild.id
            await _greet(bot, channel.id)
            await env.settle()
            page = env.preview(channel, viewers=[reader, moderator], layout="channel", port=port)
            try:
                async with page:
                    say(page.url)
                    if browse:
                        await asyncio.to_thread(webbrowser.open, page.url)
                    clock = asyncio.create_task(_tick(env))
                    try:
                        await page.wait_closed()
                    finally:
                        clock.cancel()
            except SetupError as error:
                raise UsageError(f"The preview could not be served: {error}. Try another --port.") from error


@asynccontextmanager
async def _simulated(bot: EmbassyBot) -> AsyncIterator[simcord.Env]:
    """Run the bot in a simulated Discord of today, under its own name."""
    env = simcord.Env(bot, settle_timeout=SETTLE_SECONDS, check_errors=False)
    env.backend.bot_user.name = NAME
    # Its clock begins on a fixed day.
    env.backend.clock.advance((datetime.now(UTC) - env.now()).total_seconds())
    await env.start()
    try:
        with env.time_context():
            yield env
    finally:
        await env.shutdown()


async def from_simulation(attachment: discord.Attachment, limit: int) -> bytes:
    """Read an attachment of the simulated Discord, which is not on the network."""
    return await attachment.read()


async def _greet(bot: EmbassyBot, channel: int) -> None:
    target = bot.get_channel(channel)
    assert isinstance(target, discord.TextChannel)
    await target.send(view=await welcome(bot))


async def _tick(env: simcord.Env) -> None:
    """Let the simulated clock follow the real one, so that cooldowns end and messages get their times."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        # While the page does something, the clock waits for its next turn.
        with suppress(SetupError, TimeoutError):
            await env.advance_time(TICK_SECONDS)


def _hearing(settings: BotSettings) -> BotSettings:
    limits = settings.discord
    heard = limits.model_copy(
        update={
            "message_content": True,
            "shards": 1,
            "admin_guilds": (SERVER_ID,),
            "audit_channel": 0,
            # There is one reader, who tries it out; and the direct message that asks for patience is on no page.
            "user_questions": max(limits.user_questions, limits.channel_questions),
        }
    )
    return settings.model_copy(update={"discord": heard})


def _moderation() -> discord.Permissions:
    return discord.Permissions(manage_messages=True, manage_guild=True)
