"""Telling those who asked in vain, once the articles answer: what is said of it, and to whom it goes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord

from bot import render
from bot.render import GREEN
from bot.service import Given
from bot.state import MOST_WAITS, Kept
from bot.text import count, fit

if TYPE_CHECKING:
    from bot.client import EmbassyBot

_log = logging.getLogger(__name__)

ASKED_UNITS = 200
MOST_NAMED = 20
"""How many people a message mentions."""


def noted(waits: bool | None, days: int, *, private: bool) -> discord.ui.LayoutView:
    """Return what is said to whoever presses the button: whether they wait now, None where they may not."""
    if waits is None:
        return render.told(
            f"You wait for {MOST_WAITS} answers already; press the button of one of them to take it back."
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

    It is a reply to the question that mentions them; where that was asked in private, a direct message to each.
    """
    state, keep = bot.service.state, bot.service.kept
    users = await keep(state.waiting, kept.id)
    if kept.private:
        for user in users:
            await _tell_privately(bot, kept, given, user)
    else:
        await _reply(bot, kept, given, users)
    await keep(state.told, kept.id)


async def _reply(bot: EmbassyBot, kept: Kept, given: Given, users: Sequence[int]) -> None:
    channel = bot.get_partial_messageable(kept.channel)
    message = kept.question_message or kept.answer_message
    to = channel.get_partial_message(message) if message else None
    view = render.answer(given, news=news(kept, users))
    try:
        # Sent again after a restart, it is still posted once: the answer that it takes the place of has one id.
        sent = await bot.sender.reply(channel, view, to, kept.id, mentioned=users)
    except discord.HTTPException as error:
        _log.warning("those who wait for an answer in channel %d were not told (code %s)", kept.channel, error.code)
    else:
        await bot.service.kept(bot.service.state.sent, given.id, sent.id)


async def _tell_privately(bot: EmbassyBot, kept: Kept, given: Given, user: int) -> None:
    async def channel() -> discord.DMChannel:
        return await bot.create_dm(discord.Object(user))

    try:
        await bot.sender.reply(await bot.sender.attempt(channel), render.answer(given, news=news(kept)), None, kept.id)
    except discord.HTTPException as error:
        _log.info("one who waits for an answer takes no direct messages (code %s)", error.code)


def news(kept: Kept, users: Sequence[int] = ()) -> str:
    """Return the line above an answer that there was none to when it was asked for."""
    to = " ".join(f"<@{user}>" for user in users[:MOST_NAMED])
    return f"🔔 **The articles answer this now**{f' — {to}' if to else ''}\n-# {fit(kept.asked, ASKED_UNITS)}"
