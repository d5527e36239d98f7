"""Which messages are questions to the bot, and which earlier ones belong to them. Pure, but for reading the state."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from enum import Enum

import discord

from bot.state import Kept, State

DM_MEMORY = 1800
"""Seconds. After that a direct message begins a new conversation."""
_QUESTION_END = re.compile(r"[?？؟][\s\"'”’)\]*_~|]*\Z")

_WRITTEN = frozenset({discord.MessageType.default, discord.MessageType.reply})


class Way(Enum):
    """How a message reaches the bot."""

    ASKED = "asked"
    """It is for the bot."""
    EMPTY = "empty"
    """It is for the bot, but Discord hides its text: nobody was mentioned."""
    GREETED = "greeted"
    """The bot was mentioned, and nothing asked."""
    OVERHEARD = "overheard"
    """It is not for the bot."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as it concerns the bot: the question in it, and the answers before it, oldest first."""

    way: Way
    question: str = ""
    before: tuple[Kept, ...] = ()


def concerns(message: discord.Message, me: discord.abc.User, *, is_open: bool) -> bool:
    """Say whether a message may be for the bot at all, without a look at the state: most are not."""
    if message.author.bot or message.webhook_id or message.type not in _WRITTEN:
        return False
    return (
        is_open
        or message.guild is None
        or message.reference is not None
        or isinstance(message.channel, discord.Thread)
        or is_mentioned(message, me)
    )


def hear(message: discord.Message, me: discord.abc.User, state: State, *, is_open: bool) -> Heard:
    """Say what a message is to the bot. `is_open` where every question of its channel is answered. Reads the state."""
    mentioned = is_mentioned(message, me)
    question = _without_mention(message, me)
    before = _before(message, state)
    in_thread = isinstance(message.channel, discord.Thread)
    for_bot = mentioned or message.guild is None
    if not for_bot and message.reference is not None:
        # A reply to another person in the same thread is none to the bot.
        for_bot = before != () and _is_reply_to_answer(message, before)
        if not for_bot:
            return Heard(Way.OVERHEARD)
    if question:
        asks = for_bot or ((is_open or (in_thread and before)) and bool(_QUESTION_END.search(question)))
        return Heard(Way.ASKED, question, before) if asks else Heard(Way.OVERHEARD)
    if mentioned or (message.guild is None and not _has_other_content(message)):
        return Heard(Way.GREETED)
    hidden = not _has_other_content(message) and (for_bot or (in_thread and before != ()))
    return Heard(Way.EMPTY) if hidden else Heard(Way.OVERHEARD)


def _before(message: discord.Message, state: State) -> tuple[Kept, ...]:
    """Return the answers that a message goes on from: those it replies to, else those of its thread or its DM."""
    if message.reference is not None and message.reference.message_id is not None:
        replied = state.by_message(message.reference.message_id)
        return tuple(state.chain(replied.id)) if replied and not replied.private else ()
    if isinstance(message.channel, discord.Thread):
        # A thread has the id of the message that it began from.
        root = state.by_message(message.channel.id)
        began = state.chain(root.id) if root and not root.private else []
        return (*began, *state.in_channel(message.channel.id))
    if message.guild is None:
        return tuple(state.in_channel(message.channel.id, since=time.time() - DM_MEMORY))
    return ()


def _is_reply_to_answer(message: discord.Message, before: tuple[Kept, ...]) -> bool:
    reference = message.reference.message_id if message.reference else None
    return reference is not None and any(one.answer_message == reference for one in before)


def is_mentioned(message: discord.Message, me: discord.abc.User) -> bool:
    """Say whether the bot is mentioned: itself, its role, or at the head of the text by its name alone."""
    return me in message.mentions or _role_of(message, me) or _name_at_head(message, me) is not None


def _name_at_head(message: discord.Message, me: discord.abc.User) -> re.Match[str] | None:
    """Return where a text begins with the bot's name, as where a client did not make a mention of it."""
    return re.match(rf"@{re.escape(me.display_name)}(?!\w)", message.content, re.IGNORECASE)


def _role_of(message: discord.Message, me: discord.abc.User) -> bool:
    """Say whether the role is mentioned that Discord made for the bot, which people take for the bot itself."""
    return any(role.tags is not None and role.tags.bot_id == me.id for role in message.role_mentions)


def _without_mention(message: discord.Message, me: discord.abc.User) -> str:
    text = re.sub(rf"<@!?{me.id}>", " ", message.content)
    for role in message.role_mentions:
        if role.tags is not None and role.tags.bot_id == me.id:
            text = text.replace(role.mention, " ")
    if named := _name_at_head(message, me):
        text = text[named.end() :]
    # Others are named as people see them.
    for user in message.mentions:
        text = re.sub(rf"<@!?{user.id}>", f"@{user.display_name}", text)
    return text.strip(" \t\r\n,:")


def _has_other_content(message: discord.Message) -> bool:
    return bool(message.attachments or message.stickers or message.embeds or message.poll)
