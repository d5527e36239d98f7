"""Telling those who asked in vain, once the articles answer: what is said of it, and to whom it goes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord

from bot import render
from bot.render import GREEN
from bot.sending import LIMITED
from bot.service import Given
from bot.state import MOST_WAITS, Kept
from bot.text import count, fit

if TYPE_CHECKING:
    from bot.client import EmbassyBot

_log = logging.getLogger(__name__)

ASKED_UNITS = 200


def noted(waits: bool | None, days: int, *, private: bool) -> discord.ui.LayoutView:
    """Return what is said to whoever presses the button: whether they wait now, None where they may not."""
    if waits is None:
        return render.told(
            f"A person may wait for {MOST_WAITS} answers, and {MOST_WAITS} people for one. "
            "Press the button of one that you wait for to take it back."
        )
    if not waits:
        return render.told("Taken back: you will not be told.")
    how = "send you a direct message" if private else "reply here and mention you"
    return render.told(
        f"I look again whenever the articles change, and {how} once they answer this. "
        f"After {count(days, 'day')} I forget it; press the button again to take it back.",
        colour=GREEN,
    )


async def tell(bot: EmbassyBot, kept: Kept, given: Given) -> None:
    """Tell those who wait of the answer that there is now to a question that was asked in vain, and each only once.

    It is a reply to the question that mentions them; where that was asked in private, a direct message to each. Raises
    what may pass by, and then they wait on: Discord's own failures, and those of the connection.
    """
    state, keep = bot.service.state, bot.service.kept
    users = await keep(state.waiting, kept.id)
    if kept.private:
        for user in users:
            await _tell_privately(bot, kept, given, user)
            await keep(state.told, kept.id, [user])
    elif users:
        await _reply(bot, kept, given, users)
        await keep(state.told, kept.id, users)


async def _reply(bot: EmbassyBot, kept: Kept, given: Given, users: Sequence[int]) -> None:
    state, channel = bot.service.state, bot.get_partial_messageable(kept.channel)
    message = kept.question_message or kept.answer_message
    to = channel.get_partial_message(message) if message else None
    try:
        # The id of the answer before it as a nonce: sent again within minutes, it is posted once.
        sent = await bot.sender.reply(channel, render.answer(given, news=news(kept, users)), to, kept.id, users)
    except discord.HTTPException as error:
        _note(error, f"those who wait for an answer in channel {kept.channel} cannot be told")
        await bot.service.kept(state.forget, [given.id])
    else:
        await bot.service.kept(state.sent, given.id, sent.id)


async def _tell_privately(bot: EmbassyBot, kept: Kept, given: Given, user: int) -> None:
    async def channel() -> discord.DMChannel:
        return await bot.create_dm(discord.Object(user))

    try:
        await bot.sender.reply(await bot.sender.attempt(channel), render.answer(given, news=news(kept)), None, kept.id)
    except discord.HTTPException as error:
        _note(error, "one who waits for an answer takes no direct messages")


def _note(error: discord.HTTPException, what: str) -> None:
    """Note that Discord refuses something for good; raise what may pass by."""
    if error.status >= 500 or error.status == LIMITED:
        raise error
    _log.info("%s (code %s)", what, error.code)


def news(kept: Kept, users: Sequence[int] = ()) -> str:
    """Return the line above an answer that there was none to when it was asked for."""
    to = " ".join(f"<@{user}>" for user in users)
    return f"🔔 **The articles answer this now**{f' — {to}' if to else ''}\n-# {fit(kept.asked, ASKED_UNITS)}"
