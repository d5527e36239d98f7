"""An answer that is shown already, while a language model writes it: the message grows with what is borne out."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot import render
from bot.render import WRITING
from bot.service import UNUSABLE, Asked, Given, unwritten
from retrieval.errors import Cancelled

if TYPE_CHECKING:
    from bot.client import EmbassyBot

_log = logging.getLogger(__name__)

MOST_SECONDS = 600.0
"""After which an answer is written no further: Discord lets those to commands be changed for fifteen minutes."""
EDIT_SECONDS = 1.2
"""Between two changes of a message: Discord allows five in five seconds, and a reader no more."""

Edit = Callable[[discord.ui.LayoutView], Awaitable[object]]


async def write(bot: EmbassyBot, asked: Asked, draft: Given, edit: Edit, *, asked_by: str = "") -> None:
    """Have the language model write an answer, and change the message that shows it, until it stays as it is.

    Whatever goes wrong, the answer that is there stays, and no longer says that more is to come. The writing ends
    where the question or the answer was deleted, or the bot is stopped.
    """
    stop = threading.Event()
    shown = latest = draft
    end = asyncio.get_running_loop().time() + MOST_SECONDS

    def grown(given: Given) -> None:
        nonlocal latest
        latest = given

    async def show(given: Given) -> None:
        nonlocal shown
        # Its buttons find what is kept, so that comes first.
        await bot.service.keep(asked, draft, given)
        await edit(render.answer(given, asked_by=asked_by))
        shown = given

    writing = asyncio.create_task(bot.service.write(asked, draft, grown, stop.is_set))
    try:
        while True:
            # One at a time, and this long between any two of them.
            await asyncio.sleep(EDIT_SECONDS)
            if writing.done():
                break
            if asked.message is not None and bot.was_deleted(asked.message):
                return
            if bot.stopping or asyncio.get_running_loop().time() > end:
                stop.set()
                break
            if latest is not shown and bot.sender.is_idle:
                with _forgiving():
                    await show(latest)
        with _forgiving():
            await show(await _ended(writing, draft))
    except discord.NotFound:
        _log.info("an answer was deleted while it was written")
    finally:
        stop.set()
        await asyncio.wait({writing})
        await bot.service.kept(bot.service.state.end_draft, draft.id)


async def settle(bot: EmbassyBot) -> None:
    """Where a process before this one was killed while it wrote, have its messages no longer say that more is to come.

    Begin with it, before anything is written here.
    """
    state = bot.service.state
    for kept in await bot.service.kept(state.drafts):
        # A message to one alone cannot be changed by another process.
        if kept.answer_message is not None and not kept.private:
            with suppress(discord.NotFound), _forgiving():
                await _settle(bot, bot.get_partial_messageable(kept.channel).get_partial_message(kept.answer_message))
        await bot.service.kept(state.end_draft, kept.id)


async def _settle(bot: EmbassyBot, message: discord.PartialMessage) -> None:
    found = await bot.sender.attempt(message.fetch)
    view = discord.ui.LayoutView.from_message(found, timeout=None)
    assert isinstance(view, discord.ui.LayoutView)
    for item in view.walk_children():
        if isinstance(item, discord.ui.TextDisplay):
            item.content = item.content.replace(f" · {WRITING}", "")
    view.stop()
    await bot.sender.attempt(lambda: message.edit(view=view))


@contextmanager
def _forgiving() -> Iterator[None]:
    """Go on where a change of the message fails: what it shows is an answer all the same."""
    try:
        yield
    except discord.NotFound:
        raise
    except Exception as error:
        _log.warning("what was written could not be shown (%s)", type(error).__name__)


async def _ended(writing: asyncio.Task[Given], draft: Given) -> Given:
    """Return what became of the answer: what was written, or else what was there before."""
    try:
        return await writing
    except Cancelled:
        return replace(draft, is_draft=False)
    except Exception:
        _log.exception("an answer could not be written")
        return unwritten(draft, UNUSABLE)
