"""The bot on Discord: what is checked before it connects, and how it stops."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Iterable

import aiohttp
import discord

from bot import logs
from bot.checks import PORTAL, application, invite, token_problem
from bot.client import EmbassyBot
from bot.config import BotSettings
from bot.health import serving
from bot.metrics import CountingErrors, Metrics
from bot.permissions import lacking, named
from bot.state import FILE, State
from retrieval.errors import ConfigError, CorpusError, EmbassyError
from retrieval.library import Library

_log = logging.getLogger(__name__)

CHANNELS_TOLD = 10


class Unreachable(EmbassyError):
    """Discord cannot be reached, or does not let the bot in."""


def run(settings: BotSettings, library: Library) -> None:
    """Run the bot until it is stopped. Raises EmbassyError where it cannot start, in one sentence with the fix."""
    if problem := token_problem(settings):
        raise ConfigError(problem)
    if library.version is None or not library.version.articles:
        raise CorpusError("There is no article to answer from. Put some into the corpus folder, and start again.")
    metrics = Metrics()
    logs.configure(settings.log, CountingErrors(metrics))
    # The bot does not speak, so that nobody needs to hear what speaking lacks.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    id = application(settings)
    assert id is not None
    _log.info("to add the bot to a server, open %s", invite(id))
    with State(settings.data.path / FILE) as state:
        bot = EmbassyBot(settings, library, state, metrics=metrics)
        asyncio.run(serve(bot, os.environ[settings.discord.token_env]))


async def serve(bot: EmbassyBot, token: str) -> None:
    """Connect, and stay until SIGTERM or SIGINT; answers under way are then finished. Raises EmbassyError."""

    async def on_ready() -> None:
        report_permissions(bot)

    bot.add_listener(on_ready)
    with_signals = _stopping(bot)
    try:
        async with bot, serving(bot, bot.settings.health) as address:
            if address:
                _log.info("health and metrics are at %s", address)
            await bot.start(token)
    except discord.LoginFailure as error:
        raise ConfigError(f"Discord does not know this token. Make a new one in {PORTAL}.") from error
    except discord.PrivilegedIntentsRequired as error:
        raise ConfigError(
            "Discord refuses the Message Content intent. Turn it on in the Developer Portal, under Bot, or set "
            "message_content = false in [discord]."
        ) from error
    except (aiohttp.ClientError, discord.GatewayNotFound, OSError) as error:
        raise Unreachable("Discord cannot be reached. Check the network, and start again.") from error
    except discord.HTTPException as error:
        raise Unreachable(f"Discord refused the bot with status {error.status}. Start it again in a while.") from error
    finally:
        for number in with_signals:
            asyncio.get_running_loop().remove_signal_handler(number)


async def stop(bot: EmbassyBot) -> None:
    """Finish the answers under way, and leave."""
    _log.info("stopping; answers under way are finished first")
    await bot.drain()
    await bot.close()


def report_permissions(bot: EmbassyBot) -> None:
    """Write to the log where the bot may not do what it needs."""
    short = [(channel, absent) for channel in _text_channels(bot) if (absent := lacking(channel))]
    for channel, absent in short[:CHANNELS_TOLD]:
        _log.warning("channel %d: %s missing; no answers there", channel.id, ", ".join(named(absent)))
    if len(short) > CHANNELS_TOLD:
        _log.warning("and %d more channels without all permissions", len(short) - CHANNELS_TOLD)


def _text_channels(bot: EmbassyBot) -> Iterable[discord.TextChannel]:
    # A channel that the bot may not see at all is closed to it on purpose.
    return (
        channel
        for guild in bot.guilds
        for channel in guild.text_channels
        if guild.me is not None and channel.permissions_for(guild.me).view_channel
    )


def _stopping(bot: EmbassyBot) -> list[signal.Signals]:
    """Stop the bot at the signals that ask for it; a second one ends the process at once."""
    loop = asyncio.get_running_loop()
    numbers = [signal.SIGTERM, signal.SIGINT]
    tasks: list[asyncio.Task[None]] = []

    def begin() -> None:
        if tasks:
            raise SystemExit(1)
        tasks.append(loop.create_task(stop(bot)))

    if sys.platform == "win32":
        return []
    for number in numbers:
        loop.add_signal_handler(number, begin)
    return numbers
