"""What goes wrong, in one sentence for the person who meets it, and with its traceback in the log.

The sentence never has a path, a token or words of a library; the id in it is the one under which the log has the rest.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import aiohttp
import discord
from discord import app_commands

from bot.logs import question_id
from bot.service import Changed, Gone, Removed
from bot.worker import QueueFull
from retrieval.errors import (
    CorpusError,
    ModelError,
    QuestionError,
    StorageBusy,
    StorageError,
    StorageFull,
    UnknownArticle,
)

_log = logging.getLogger(__name__)


class Told(Exception):
    """Something the user did or may not do: the text says it, in one sentence; the log needs nothing of it."""


class TryAgain(Told):
    """A limit was met; `seconds` from now it is over."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, round(seconds + 0.5))
        super().__init__(f"That is a lot of questions at once. Try again in {self.seconds} s.")


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure as a person is told of it. `id` is empty where the log has nothing to add."""

    sentence: str
    id: str = ""


_PERMISSION = "I lack a permission that this needs here. A moderator can see which with `/permissions`."
_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (StorageBusy, "The articles are being indexed right now. Try again in a minute."),
    (StorageFull, "The disk is full, so that nothing was changed. An operator has to make room."),
    (StorageError, "The index of the articles cannot be read."),
    (CorpusError, "There are no articles to answer from yet."),
    (ModelError, "The model that reads questions cannot be used."),
    (discord.Forbidden, "Discord does not allow me to do that here."),
    (discord.NotFound, "What this belongs to is no longer there."),
    (discord.HTTPException, "Discord did not take my answer."),
    (aiohttp.ClientError, "Discord could not be reached."),
    (OSError, "Discord could not be reached."),
)
_UNKNOWN = "Something went wrong that should not."


def explain(error: BaseException, doing: str) -> Failure:
    """Return what to tell of an error. What is no one's mistake is logged, as met when `doing` something."""
    if isinstance(error, app_commands.CommandInvokeError | app_commands.TransformerError) and error.__cause__:
        error = error.__cause__
    if sentence := _of_use(error):
        return Failure(sentence)
    id = question_id()
    _log.error("%s failed, told as %s", doing, id, exc_info=(type(error), error, error.__traceback__))
    sentence = next((words for kind, words in _SENTENCES if isinstance(error, kind)), _UNKNOWN)
    return Failure(sentence, id)


def _of_use(error: BaseException) -> str:
    """Return the sentence for what a user can mend alone, or the empty text."""
    match error:
        case Told():
            return str(error)
        case QueueFull():
            return "Too many questions are waiting already. Ask again in a moment."
        case Gone():
            return "This answer is too old for its buttons: what they need is no longer kept. Ask it again."
        case Changed():
            return "The articles have changed since then. `/help` shows what can be asked now."
        case Removed():
            return "That article was removed since then. `/sources` shows those that are there."
        case QuestionError():
            return str(error).partition(" Ask, for example")[0]
        case UnknownArticle():
            return "There is no such article. Choose one from the list that appears while you type."
        case app_commands.CommandOnCooldown():
            return str(TryAgain(error.retry_after))
        case app_commands.MissingPermissions() | app_commands.CheckFailure():
            return "This command is for moderators."
        case app_commands.TransformerError():
            return "That is not a value this option takes."
    return ""
