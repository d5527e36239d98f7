"""What readers could not find, as moderators and operators are told of it."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from bot import reports
from bot.cogs.reporting import Reporting
from bot.gaps import Gap, as_csv, gaps
from bot.state import DAY, FILE, Kept, Place, State
from retrieval.library import Library
from retrieval.models import Verdict
from tests.bot.conftest import MILITARY_TIMES, WASHINGTON_TIMES, Bot
from tests.bot.world import GUILD, acted, text, world

FERRY = "When does the ferry to Karsk leave?"
FERRY_TOO = "At what time does the Karsk ferry leave?"
WIMBLEDON = "Who won the Wimbledon final?"
TROOPS = "How many U.S. troops are stationed in Iraq?"


def kept(question: str, verdict: Verdict = Verdict.NOT_FOUND, *, guild: int | None = 1, private: bool = False) -> Kept:
    places = (Place(MILITARY_TIMES, 0, 9, 1, 1, "x"), Place(WASHINGTON_TIMES, 0, 9, 1, 1, "x"))
    return Kept(7, guild, 3, question, verdict, passages=places, private=private)


def fill(state: State) -> None:
    for question in (FERRY, FERRY_TOO, FERRY, WIMBLEDON):
        state.keep(kept(question))
    state.keep(kept(TROOPS, Verdict.ANSWERED))
    disliked = state.keep(kept("Who said so?", Verdict.ANSWERED))
    state.vote(disliked.id, 8, False)
    state.keep(kept("What is my secret?", private=True))
    state.keep(kept("What is my other secret?", guild=None))
    state.keep(kept("Where is Karsk?", guild=2))
    old = state.keep(kept("Who was it then?"))
    state._db.execute("UPDATE answers SET made = made - ? WHERE id = ?", (40 * DAY, old.id))


def test_what_was_asked_in_vain_is_found_and_nothing_that_was_private(seeds: Library) -> None:
    with State(None) as state:
        fill(state)
        here = state.missed(30, 1)
        assert {one.asked for one in here} == {FERRY, FERRY_TOO, WIMBLEDON, "Who said so?"}
        assert {one.asked for one in state.missed(30)} == {one.asked for one in here} | {"Where is Karsk?"}
        assert "Who was it then?" in {one.asked for one in state.missed(60, 1)}
        found = gaps(here, seeds.alike)
        state.forget_user(7)
        assert state.missed(30) == []

    first, *others = found
    assert (first.questions, first.asked, first.not_found, first.disliked) == ((FERRY, FERRY_TOO), 3, 3, 0)
    assert first.articles == (MILITARY_TIMES,)
    assert {(one.questions, one.asked, one.not_found, one.disliked) for one in others} == {
        ((WIMBLEDON,), 1, 1, 0),
        (("Who said so?",), 1, 0, 1),
    }


def test_a_spreadsheet_gets_no_formula_from_a_question() -> None:
    gap = Gap(("=cmd|calc", 'a, "b"\nc'), 2, 2, 0, date(2020, 1, 1), date(2020, 1, 2), ("x",))
    head, row = csv.reader(io.StringIO(as_csv([gap])))

    assert head[:2] == ["question", "asked"]
    assert row == ["'=cmd|calc", "2", "2", "0", "2020-01-01", "2020-01-02", 'a, "b" c', "x"]


@pytest.mark.parametrize("count", [0, 1, 11, 400])
def test_the_message_has_room_for_any_number(count: int) -> None:
    one = Gap(("@everyone " * 40, "x"), 5, 4, 1, date(2020, 1, 1), date(2020, 1, 2), ("a",))
    shown = text(reports.shown([one] * count, {"a": "T" * 300}, 30))

    assert len(shown) <= 4_000
    assert "in vain" in shown
    assert "@everyone" not in shown.replace("\\@", "")


@acted
async def test_those_who_manage_a_server_are_told_what_was_asked_there(seeds: Library) -> None:
    async with world(seeds) as w:
        await w.ask(WIMBLEDON)
        run = await w.moderator.slash(w.channel, "report")

        assert WIMBLEDON in text(run)
        assert w.state.missed(30, GUILD)


@acted
async def test_nobody_else_is_told_though_a_server_gives_them_the_command(
    seeds: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reporting.report, "default_permissions", None)
    async with world(seeds) as w:
        await w.ask(WIMBLEDON)
        run = await w.reader.slash(w.channel, "report")

        assert text(run) == "Only those who manage the server are told what was asked in vain."


def test_the_command_line_tells_it_too_and_writes_a_file(seeded: Bot, tmp_path: Path) -> None:
    seeded.here("report").assert_told(2, "has not run with this data folder")
    with State(seeded.data / FILE) as state:
        fill(state)
    try:
        ran = seeded.here("report", "--csv", tmp_path / "out.csv")
        assert ran.code == 0, ran.err
        assert FERRY in ran.out
        assert "secret" not in ran.out
        rows = list(csv.reader((tmp_path / "out.csv").read_text("utf-8").splitlines()))
        assert rows[1][:2] == [FERRY, "3"]
        found = seeded.here("report", "--json", "--days", "60").object
        assert found["questions"][0]["questions"] == [FERRY, FERRY_TOO]
        seeded.here("report", "--csv", tmp_path).assert_told(2, "cannot be written")
    finally:
        (seeded.data / FILE).unlink()
