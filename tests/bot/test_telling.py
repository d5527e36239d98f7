"""Who asked in vain is told once the articles answer: once, where it was asked, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import discord
import pytest

from bot.cogs.telling import Telling
from bot.state import MOST_WAITS
from retrieval.library import Library
from tests.bot.world import World, acted, buttons, library_of, text, world

FERRY = "The ferry Morning Star sank off Aldaboro on Tuesday. About 120 people were on it."
NEWS = "A lighthouse keeper of Cape Dune found a whale on Sunday; the whale of Cape Dune was eleven metres long."
WHALE = "How long was the whale of Cape Dune?"
TELL_ME = "Tell me when they do"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A library over one article, to change."""
    with library_of(tmp_path, {"ferry": FERRY}) as opened:
        yield opened


def add(library: Library, name: str, body: str) -> None:
    """Bring one more article into the index."""
    (library.settings.corpus.path / f"{name}.txt").write_text(body, encoding="utf-8")
    library.update()


async def looked(w: World) -> None:
    """Have the bot look whether the articles have changed, as it does every few seconds."""
    cog = cast(Telling, w.bot.cogs["Telling"])
    with w.env._bot_scope():
        await cog.look()
    await w.env.settle()


async def wants_to_know(w: World, who: Any, shown: Any) -> str:
    """Press the button of an answer; return what is said to who pressed it."""
    pressed = await who.click(shown, label=TELL_ME)
    assert pressed.ephemeral
    return text(pressed)


@acted
async def test_those_who_wait_are_told_once_in_a_reply_to_the_question(library: Library) -> None:
    async with world(library) as w:
        await looked(w)
        asked = await w.ask(WHALE)
        assert "### Not in the articles" in text(asked)
        question = w.channel.history()[-2]
        assert "reply here and mention you once they answer this" in await wants_to_know(w, w.reader, asked)
        await wants_to_know(w, w.moderator, asked)

        add(library, "bridge", "The bridge of Varn was opened again on Monday, two years late.")
        await looked(w)
        assert w.channel.last_message.id == asked.id

        add(library, "whale", NEWS)
        await looked(w)
        told = w.channel.last_message
        assert told.reference.message_id == question.id
        assert "🔔 **The articles answer this now**" in text(told)
        assert "the whale of Cape Dune was eleven metres long" in text(told)
        assert {one.id for one in told.mentions} == {w.reader.id, w.moderator.id}
        assert TELL_ME not in buttons(told)
        opened = await w.reader.click(told, label="Read in context")
        assert "eleven metres" in text(opened)

        add(library, "harbour", "The harbour of Port Lissa was closed on Friday because of a storm.")
        await looked(w)
        assert w.channel.last_message.id == told.id


@acted
async def test_what_was_asked_in_private_is_told_in_private(library: Library) -> None:
    async with world(library) as w:
        await looked(w)
        asked = await w.reader.slash(w.channel, "ask", question=WHALE, private=True)
        assert "send you a direct message once they answer this" in await wants_to_know(w, w.reader, asked.response)
        before = len(w.channel.history())
        add(library, "whale", NEWS)
        await looked(w)

        assert len(w.channel.history()) == before
        told = w.said(w.reader.user.dm_channel)[-1]
        assert "The articles answer this now" in text(told)
        assert "eleven metres long" in text(told)


@acted
async def test_it_can_be_taken_back_and_goes_with_the_question(library: Library) -> None:
    async with world(library) as w:
        await looked(w)
        asked = await w.ask(WHALE)
        await wants_to_know(w, w.reader, asked)
        assert "Taken back" in await wants_to_know(w, w.reader, asked)
        assert w.state.waited(-1) == []

        await wants_to_know(w, w.reader, asked)
        assert "1 question of which you want to be told" in text(await w.reader.slash(w.channel, "privacy"))
        w.state.forget_user(w.reader.id)
        assert w.state.waited(-1) == []

        again = await w.ask(WHALE)
        await wants_to_know(w, w.moderator, again)
        await w.happens("raw_message_delete", _deleted(w, w.channel.history()[-2].id))
        assert w.state.waited(-1) == []
        before = w.channel.last_message.id
        add(library, "whale", NEWS)
        await looked(w)
        assert w.channel.last_message.id == before


@acted
async def test_what_was_told_goes_with_its_question_as_well(library: Library) -> None:
    async with world(library) as w:
        await looked(w)
        asked = await w.ask(WHALE)
        question = w.channel.history()[-2]
        await wants_to_know(w, w.reader, asked)
        add(library, "whale", NEWS)
        await looked(w)
        assert len(w.said()) == 2

        await w.happens("raw_message_delete", _deleted(w, question.id))
        assert w.said() == []
        assert w.answers() == 0


@acted
async def test_nobody_waits_for_more_than_so_many(library: Library) -> None:
    async with world(library) as w:
        asked = await w.ask(WHALE)
        (kept,) = w.state._answers("asked = ?", (WHALE,))  # type: ignore[arg-type]
        for _ in range(MOST_WAITS):
            w.state.wait(w.state.keep(kept).id, w.reader.id)
        said = await wants_to_know(w, w.reader, asked)
        assert said.startswith(f"A person may wait for {MOST_WAITS} answers")
        assert "reply here" in await wants_to_know(w, w.moderator, asked)

        for user in range(2 * MOST_WAITS):
            w.state.wait(kept.id, user + 1)
        assert len(w.state.waiting(kept.id)) == MOST_WAITS
        assert w.state.wait(12345, 1) is True, "it is gone, and nothing is noted"
        assert w.state.waiting(12345) == []


@acted
async def test_who_presses_it_late_is_told_too(library: Library) -> None:
    async with world(library) as w:
        asked = await w.ask(WHALE)
        add(library, "whale", NEWS)
        await looked(w)
        assert w.channel.last_message.id == asked.id
        await wants_to_know(w, w.reader, asked)
        await looked(w)
        assert "The articles answer this now" in text(w.channel.last_message)


@acted
async def test_one_that_fails_keeps_nobody_else_waiting_and_is_tried_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(library) as w:
        other = "Who opened the bridge of Varn again?"
        for question in (WHALE, other):
            await wants_to_know(w, w.reader, await w.ask(question))
        add(library, "whale", NEWS)
        add(library, "bridge", "The bridge of Varn was opened again by Mayor Ines Quoll on Monday.")
        sending, fails = w.bot.sender.reply, True

        async def reply(channel: Any, view: Any, *args: Any, **options: Any) -> Any:
            if fails and "eleven metres" in text(view):
                raise OSError("the connection was reset")
            return await sending(channel, view, *args, **options)

        monkeypatch.setattr(w.bot.sender, "reply", reply)
        await looked(w)
        assert "Mayor Ines Quoll" in text(w.channel.last_message)
        assert [one.asked for one in w.state.waited(-1)] == [WHALE]
        kept = w.answers()
        fails = False
        await looked(w)
        assert "eleven metres" in text(w.channel.last_message)
        assert w.state.waited(-1) == []
        assert w.answers() == kept + 1


@acted
async def test_what_is_forgotten_while_it_is_asked_again_is_not_told(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(library) as w:
        asked = await w.ask(WHALE)
        await wants_to_know(w, w.reader, asked)
        add(library, "whale", NEWS)
        answering = w.bot.service._ask

        def ask(*args: Any) -> Any:
            given = answering(*args)
            w.state.forget_user(w.reader.id)
            return given

        monkeypatch.setattr(w.bot.service, "_ask", ask)
        await looked(w)
        assert w.channel.last_message.id == asked.id
        assert w.answers() == 0


@acted
async def test_an_answer_has_no_such_button(library: Library) -> None:
    async with world(library) as w:
        assert TELL_ME not in buttons(await w.ask("How many people were on the ferry Morning Star?"))


def _deleted(w: World, message: int) -> discord.RawMessageDeleteEvent:
    data = {"id": str(message), "channel_id": str(w.channel.id), "guild_id": str(w.guild.id)}
    return discord.RawMessageDeleteEvent(data)  # type: ignore[arg-type]
