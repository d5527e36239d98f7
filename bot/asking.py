"""One question from a message or an interaction to its answer in Discord, whatever way it came."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import discord

from bot import logs, render
from bot.errors import Failure, Told, TryAgain, explain
from bot.followups import Heard
from bot.service import Asked
from bot.state import Kept
from bot.writing import write

if TYPE_CHECKING:
    from bot.client import EmbassyBot

_log = logging.getLogger(__name__)

Interaction = discord.Interaction["EmbassyBot"]

STOPPING = "I am being restarted. Ask again in a minute."
ALREADY_ACKNOWLEDGED = 40060
"""Discord's code for an interaction that was responded to before."""
PROMISED = "promised"
"""Under this an interaction keeps whether a message was promised, where discord.py does not know of it."""
NOTICE_SECONDS = 30.0
"""How long a notice in a channel stays that could not be given in private."""


@asynccontextmanager
async def reporting(interaction: Interaction, doing: str) -> AsyncIterator[None]:
    """Tell the user of whatever goes wrong inside, in private and in one sentence, and the log of the rest.

    discord.py only logs what a button's callback raises, and nobody would hear of it.
    """
    with logs.question():
        try:
            yield
        except Exception as error:
            failure = explain(error, doing)
            try:
                await respond(interaction, _shown(failure), private=True)
            except discord.HTTPException as lost:
                _log.warning("the user was not told of it (%s, code %s)", type(lost).__name__, lost.code)


@asynccontextmanager
async def reporting_by_message(bot: EmbassyBot, message: discord.Message) -> AsyncIterator[None]:
    """The same for what a message began: its author is told in a reply, or where that is not taken in private."""
    with logs.question():
        try:
            yield
        except Exception as error:
            await _sent(bot, message, _shown(explain(error, "reading a message")))


async def acknowledge(interaction: Interaction, *, private: bool = False, thinking: bool = False) -> None:
    """Promise a response within Discord's three seconds: a new message with `thinking`, else a change of the old one.

    It is tried again where the connection broke. Discord refuses a second promise, which then was kept the first time.
    """

    async def promise() -> None:
        try:
            await interaction.response.defer(ephemeral=private, thinking=thinking)
        except discord.HTTPException as error:
            if error.code != ALREADY_ACKNOWLEDGED:
                raise
            interaction.extras[PROMISED] = thinking

    await interaction.client.sender.attempt(promise)


async def respond(
    interaction: Interaction, view: discord.ui.LayoutView, *, private: bool, files: Mapping[str, bytes] | None = None
) -> discord.Message | None:
    """Send a view as the response: the first one, what a deferral promised, or one more. Return what was sent.

    `files` are those that the view shows, by their names.
    """

    def attached() -> list[discord.File]:
        # Anew for each attempt, since discord.py closes them after it.
        made = [discord.File(io.BytesIO(content), name) for name, content in (files or {}).items()]
        return made or discord.utils.MISSING

    response = interaction.response
    promised = interaction.extras.get(PROMISED)
    if not response.is_done() and promised is None:
        await response.send_message(view=view, ephemeral=private, files=attached())
        return None
    if promised or response.type is discord.InteractionResponseType.deferred_channel_message:
        return await interaction.client.sender.attempt(
            lambda: interaction.edit_original_response(view=view, attachments=attached())
        )
    return await interaction.followup.send(view=view, ephemeral=private, wait=True, files=attached())


async def turn(interaction: Interaction, view: discord.ui.LayoutView) -> None:
    """Show a view in place of the message whose button was pressed, after a deferral."""
    await interaction.client.sender.attempt(lambda: interaction.edit_original_response(view=view))


async def answer_interaction(interaction: Interaction, question: str, *, private: bool, parent: Kept | None) -> None:
    """Answer a question asked by command, form or button. Raises what `errors.explain` explains."""
    await accept(interaction, private=private)
    await answer_accepted(interaction, question, private=private, parent=parent)


async def accept(interaction: Interaction, *, private: bool) -> None:
    """Promise an answer. Raises Told where there will be none; that can then still be told in private."""
    bot = interaction.client
    bot.limits.take(interaction.user.id, interaction.channel_id or 0)
    if bot.stopping:
        raise Told(STOPPING)
    await acknowledge(interaction, private=private, thinking=True)


async def answer_accepted(interaction: Interaction, question: str, *, private: bool, parent: Kept | None) -> None:
    """Give the answer that was promised. Raises what `errors.explain` explains."""
    bot = interaction.client
    async with bot.busy():
        chain = await bot.service.kept(bot.service.state.chain, parent.id) if parent else []
        asked = Asked(
            question=question,
            asker=interaction.user.id,
            guild=interaction.guild_id,
            channel=interaction.channel_id or 0,
            parent=parent.id if parent else None,
            private=private,
            history=tuple(one.turn for one in chain),
        )
        given = await bot.service.ask(asked)
        name = interaction.user.display_name
        sent = await respond(interaction, render.answer(given, asked_by=name), private=private)
        if sent is not None:
            await bot.service.kept(bot.service.state.sent, given.id, sent.id)
            if given.is_draft:
                await write(bot, asked, given, partial(_edit, bot, sent), asked_by=name)


async def answer_message(bot: EmbassyBot, message: discord.Message, heard: Heard) -> None:
    """Answer a question that a message asks; tell its author of whatever goes wrong."""
    try:
        bot.limits.take(message.author.id, message.channel.id)
    except TryAgain as error:
        await _tell_privately(bot, message, error)
        return
    if bot.stopping:
        await bot.sender.reply(message.channel, render.told(STOPPING), message, message.id)
        return
    async with bot.busy():
        asked = Asked(
            question=heard.question,
            asker=message.author.id,
            guild=message.guild.id if message.guild else None,
            channel=message.channel.id,
            message=message.id,
            parent=heard.before[-1].id if heard.before else None,
            history=tuple(one.turn for one in heard.before),
        )
        typing = asyncio.create_task(bot.sender.typing(message.channel))
        try:
            given = await bot.service.ask(asked)
        except Exception as error:
            # Whatever it is, the one who asked hears of it.
            await _sent(bot, message, _shown(explain(error, "answering a message")))
            return
        finally:
            typing.cancel()
        sent = await _sent(bot, message, render.answer(given))
        if sent is None:
            return
        await bot.service.kept(bot.service.state.sent, given.id, sent.id)
        if bot.was_deleted(message.id):
            await withdraw(bot, message.channel.id, sent.id, given.id)
        elif given.is_draft:
            await write(bot, asked, given, partial(_edit, bot, sent))


async def _edit(bot: EmbassyBot, message: discord.Message, view: discord.ui.LayoutView) -> None:
    await bot.sender.attempt(lambda: message.edit(view=view))


async def _sent(bot: EmbassyBot, message: discord.Message, view: discord.ui.LayoutView) -> discord.Message | None:
    try:
        return await bot.sender.reply(message.channel, view, message, message.id)
    except Exception as error:
        # There is no better place left to tell it.
        failure = explain(error, f"sending an answer to channel {message.channel.id}")
        with suppress(discord.HTTPException):
            await message.author.send(view=_shown(failure))
        return None


async def withdraw(bot: EmbassyBot, channel: int, message: int, id: int) -> None:
    """Delete an answer and what is kept of it."""
    if id:
        await bot.service.kept(bot.service.state.forget, [id])
    partial = bot.get_partial_messageable(channel).get_partial_message(message)
    with suppress(discord.NotFound):
        await bot.sender.attempt(partial.delete)


async def _tell_privately(bot: EmbassyBot, message: discord.Message, error: TryAgain) -> None:
    """Tell someone in a direct message to slow down, once for each wait; where that is closed, in passing."""
    if not bot.notices.first(message.author.id, error.seconds):
        return
    view = render.told(str(error))
    try:
        await bot.sender.attempt(lambda: message.author.send(view=view))
    except discord.Forbidden:
        sent = await _sent(bot, message, view)
        if sent is not None:
            await sent.delete(delay=NOTICE_SECONDS)


def _shown(failure: Failure) -> discord.ui.LayoutView:
    return render.failure(failure.sentence, failure.id) if failure.id else render.told(failure.sentence)
