"""A change of the index from its proposal to its result in Discord: shown, decided on, followed, told."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot import changes, render, uploads
from bot.admins import Person
from bot.asking import STOPPING
from bot.desk import Busy, Proposal, Run
from bot.errors import Told, explain
from bot.permissions import missing
from bot.render import AMBER, GREEN, GREY
from bot.text import escaped, one_line
from bot.uploads import Known
from retrieval.errors import (
    Cancelled,
    CorpusError,
    EmbassyError,
    Held,
    NotAnArticle,
    StalePlan,
    UnknownArticle,
    UnknownVersion,
    UsageError,
)
from retrieval.models import Add, Change, IndexReport

if TYPE_CHECKING:
    from bot.client import EmbassyBot

_log = logging.getLogger(__name__)

PROGRESS_SECONDS = 3.0
"""Between two looks at a run's message."""
RUN_NOTE = "index run"
"""The bot's note of the message that shows a run: one that was killed is told of at the next start."""
PLAN_GONE = "That plan is gone: it is over an hour old, or I was restarted since. Ask for it and look at it anew."
STALE = "The index has changed since this was worked out, so that nothing was done. Ask for it again."

Outcome = tuple[discord.ui.LayoutView, str, discord.Colour]
"""The message in place of the progress, and what the audit channel is told, with its colour."""


def named(person: Person) -> str:
    """Return a person as the audit log has them."""
    return f"{one_line(person.display_name)[:60]} ({person.id})"


async def propose(bot: EmbassyBot, person: Person, change: Change, why: str = "") -> discord.ui.LayoutView:
    """Work a change out; return what it would do, with the buttons to decide on it. Raises Told, and StorageError."""
    if bot.stopping:
        raise Told(STOPPING)
    who, action = named(person), type(change).__name__.lower()
    try:
        proposal = await bot.service.desk.propose(change, person.id, who, why)
    except Busy as error:
        raise Told(changes.busy(error.doing)) from error
    except (UsageError, CorpusError, Cancelled) as error:
        if isinstance(error, NotAnArticle | CorpusError):
            await bot.service.record(who, f"index {action}", "", f"{type(error).__name__}: {error}")
        raise Told(_refusal(error)) from error
    return changes.planned(proposal)


async def propose_files(
    bot: EmbassyBot, person: Person, files: Sequence[discord.Attachment], known: Known, why: str = ""
) -> discord.ui.LayoutView:
    """Do the same for files to add. Raises Told, and StorageError."""
    # Before anything is read, or written beside the run.
    if (doing := bot.service.desk.doing) is not None:
        raise Told(changes.busy(doing))
    try:
        read = await uploads.read(files, known, bot.service.max_upload, bot.download)
    except Told as refused:
        names = ", ".join(one_line(one.filename)[:80] for one in files)
        await bot.service.record(named(person), "index add", names, f"refused: {refused}")
        raise
    return await propose(bot, person, Add(read), why)


def _refusal(error: EmbassyError) -> str:
    match error:
        case UnknownArticle():
            return "There is no such article any more. Choose one from the list that appears while you type."
        case UnknownVersion():
            return "That version is no longer kept. `/index history` shows those that are."
        case CorpusError():
            return "The corpus folder cannot be read, or has no article in it. Nothing was changed."
    return escaped(str(error))


async def article_meant(bot: EmbassyBot, typed: str) -> str:
    """Return the id of the article that a person means, by the short key of a choice or by words. Raises Told."""
    if (id := (await bot.service.catalogue()).keys.get(typed)) is not None:
        return id
    if not (matching := await bot.service.matching(typed)):
        raise Told("There is no such article. Choose one from the list that appears while you type.")
    return matching[0].id


def proposal_of(bot: EmbassyBot, id: str) -> Proposal:
    """Return a proposal that waits for a decision. Raises Told."""
    if (found := bot.service.desk.proposal(id)) is None:
        raise Told(PLAN_GONE)
    return found


async def carry_out(
    bot: EmbassyBot, proposal: Proposal, channel: discord.abc.Messageable, *, shown: int = 0, force: bool = False
) -> str:
    """Begin to carry a change out; return the address of the message that shows how it goes.

    The message is a new one in the channel, or the one with the id `shown`. Raises Told.
    """
    if bot.stopping:
        raise Told(STOPPING)
    if lacking := missing(channel):
        raise Told(f"To show here how it goes I lack {' and '.join(f'**{one}**' for one in lacking)}.")
    desk = bot.service.desk
    try:
        run = desk.begin(proposal)
    except Busy as error:
        raise Told(changes.busy(error.doing)) from error
    try:
        if shown:
            message = bot.get_partial_messageable(_id(channel)).get_partial_message(shown)
            await _show(bot, message, changes.progress(run))
        else:
            sent = await bot.sender.reply(channel, changes.progress(run), None, secrets.randbits(60))
            message = bot.get_partial_messageable(sent.channel.id).get_partial_message(sent.id)
            run.link = sent.jump_url
        note = json.dumps({"channel": message.channel.id, "message": message.id})
        await bot.service.kept(bot.service.state.set_note, RUN_NOTE, note)
    except BaseException:
        desk.abandon(run)
        raise
    bot.index_run = asyncio.create_task(_follow(bot, run, message, force=force))
    return run.link


def _id(channel: discord.abc.Messageable) -> int:
    found = getattr(channel, "id", None)
    assert isinstance(found, int)
    return found


async def _follow(bot: EmbassyBot, run: Run, message: discord.PartialMessage, *, force: bool) -> None:
    """Carry a run out, show how it goes, and tell what came of it."""
    work = asyncio.create_task(bot.service.desk.carry_out(run, force=force))
    seen = run.progress
    while not (await asyncio.wait({work}, timeout=PROGRESS_SECONDS))[0]:
        if run.progress != seen:
            seen = run.progress
            await _show(bot, message, changes.progress(run))
    view, told, colour = _outcome(run, work)
    try:
        await _show(bot, message, view)
        await bot.service.kept(bot.service.state.set_note, RUN_NOTE, "")
        await tell(bot, changes.told_channel(run.proposal, told, colour))
        # Whoever looks something up next does not wait for the list of a new version.
        await bot.service.catalogue()
    except Exception:
        # Nobody waits for this task, and the change is made or not whatever is told of it.
        _log.exception("what came of an index run was not told")


def _outcome(run: Run, work: asyncio.Task[IndexReport]) -> Outcome:
    proposal = run.proposal
    try:
        report = work.result()
    except Cancelled:
        by = "I am being restarted" if run.stopped else f"<@{run.cancelled_by}> cancelled it"
        said = f"{by}. Nothing was changed: the version before answers."
        return changes.failed(proposal, "Cancelled", said, colour=GREY), said, GREY
    except Held as error:
        broken = f"Held: {len(error.canary.broken)} of {error.canary.asked} canary questions are answered worse."
        return changes.held(proposal, error.canary), broken, AMBER
    except StalePlan:
        return changes.failed(proposal, "Nothing was changed", STALE), STALE, AMBER
    except Exception as error:
        failure = explain(error, f"an index {proposal.plan.action}")
        id = f"\n-# The log has it under `{failure.id}`" if failure.id else ""
        said = f"{failure.sentence} The version before answers.{id}"
        return changes.failed(proposal, "The change failed", said, colour=changes.RED), said, changes.RED
    return changes.done(proposal, report), changes.result_line(report), GREEN if report.wrote else GREY


async def discard(bot: EmbassyBot, proposal: Proposal, person: Person) -> discord.ui.LayoutView:
    """Give up a change that canary questions held up; return the message in its place."""
    bot.service.desk.drop(proposal.id)
    said = f"<@{person.id}> discarded it after canary questions broke. The version before answers."
    detail, action = changes.summary(proposal.plan), f"index {proposal.plan.action}"
    await bot.service.record(named(person), action, detail, "discarded after canary questions broke")
    await tell(bot, changes.told_channel(proposal, said, GREY))
    return changes.failed(proposal, "Discarded", said, colour=GREY)


async def tell(bot: EmbassyBot, view: discord.ui.LayoutView) -> None:
    """Tell the audit channel, where config names one."""
    if not (id := bot.settings.discord.audit_channel):
        return
    try:
        await bot.sender.reply(bot.get_partial_messageable(id), view, None, secrets.randbits(60))
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        _log.warning("the audit channel was not told of a change (%s)", error)


async def tell_of_interrupted(bot: EmbassyBot) -> None:
    """Mark the message of a run that a process before this one did not bring to its end."""
    note = await bot.service.kept(bot.service.state.note, RUN_NOTE)
    if not note or (bot.index_run is not None and not bot.index_run.done()):
        return
    place = json.loads(note)
    message = bot.get_partial_messageable(place["channel"]).get_partial_message(place["message"])
    view = render.told(
        "I was stopped while I changed the index. It is whole: either the change is in it or none of it is, as "
        "`/index history` shows. Nothing is lost by asking for it again.",
        heading="Interrupted",
        colour=AMBER,
    )
    await _show(bot, message, view)
    await bot.service.kept(bot.service.state.set_note, RUN_NOTE, "")


async def _show(bot: EmbassyBot, message: discord.PartialMessage, view: discord.ui.LayoutView) -> None:
    """Change a message; one that was deleted, or cannot be reached, is no reason to stop a run."""
    try:
        await bot.sender.attempt(lambda: message.edit(view=view))
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        _log.warning("the message of an index run was not changed (%s)", error)
