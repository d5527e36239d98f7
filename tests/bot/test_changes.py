"""Changes of the index as messages: within Discord's limits and harmless, whatever is in them; and how far a run is."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot import changes, ledger, render
from bot.desk import Doing, Proposal, Run
from bot.render import GREEN
from bot.text import units
from retrieval.errors import Broken, CanaryReport
from retrieval.models import (
    AuditEntry,
    Difference,
    IndexReport,
    Phase,
    Plan,
    Progress,
    Skipped,
    Status,
    Version,
)
from tests.bot.test_hostile import TEXTS, assert_harmless
from tests.bot.world import buttons, components, text

ASKER = 123_456_789_012_345_678
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def plan_of(words: str, many: int = 1, action: str = "update") -> Plan:
    differences = tuple(Difference(words, words, 3) for _ in range(many))
    skipped = tuple(Skipped(words, words) for _ in range(many))
    return Plan(action, 1, differences, differences, differences, 5, skipped, {}, (words,) * many, 2_740, True)


def proposal_of(words: str, many: int = 1, action: str = "update") -> Proposal:
    return Proposal("0123456789ab", ASKER, f"{words} ({ASKER})", words, plan_of(words, many, action), 0.0)


def report_of(words: str) -> IndexReport:
    return IndexReport(
        2, (words,), (words,), (words,), 5, (Skipped(words, words),), {}, 1_000_000, 9_999_999, 12_345, 98.7, "update"
    )


def version_of(words: str, number: int = 1) -> Version:
    return Version(number, NOW, words, "update", words, "", "", 1, 2, 3, 4, 5, words)


def status_of(words: str) -> Status:
    entries = tuple(AuditEntry(NOW, words, words, words, words) for _ in range(5))
    return Status(2, NOW, words, 10, 20, 3, 4, 5_000, 6_000_000, 7_000_000_000, True, entries)


@pytest.mark.parametrize("many", [1, 400])
@pytest.mark.parametrize("words", [*TEXTS[::7], "*_~`" * 500], ids=lambda words: words[:12])
def test_every_message_is_within_the_limits_and_harmless(words: str, many: int) -> None:
    proposal = proposal_of(words, many)
    run = Run(proposal)
    broken = tuple(Broken(words, words, words) for _ in range(many))
    for view in (
        changes.planned(proposal),
        changes.progress(run),
        changes.done(proposal, report_of(words)),
        changes.failed(proposal, "Cancelled", "Nothing was changed."),
        changes.held(proposal, CanaryReport(many, broken)),
        ledger.status(status_of(words), None),
        ledger.history([version_of(words, number) for number in range(many, 0, -1)], version_of(words)),
        changes.told_channel(proposal, changes.result_line(report_of(words)), GREEN),
    ):
        shown = text(view)
        assert units(shown) <= render.TEXT_UNITS
        assert len(list(components(view))) <= render.COMPONENTS
        # Whoever asked is named by the bot itself, and pinged by nothing; so are the times.
        for own in (f"<@{ASKER}>", f"<t:{int(run.began)}:R>", f"<t:{int(NOW.timestamp())}:f>"):
            shown = shown.replace(own, "")
        assert_harmless(render.told(shown.replace("`/index", "`/x").replace("rollback`", "x`").replace(" x`", "`")))
    assert 0 < len(ledger.version_label(version_of(words))) <= 100


@pytest.mark.parametrize("action", ["update", "rebuild", "add", "remove", "rollback"])
def test_every_action_has_its_words(action: str) -> None:
    proposal = proposal_of("x", action=action)

    assert text(changes.planned(proposal)).startswith("### What ")
    assert set(buttons(changes.planned(proposal))) == {"Confirm", "Cancel"}
    assert text(changes.progress(Run(proposal))).startswith("### ")


def test_what_would_change_nothing_has_nothing_to_confirm() -> None:
    nothing = replace(plan_of("x", 0), changes_anything=False)
    view = changes.planned(replace(proposal_of("x"), plan=nothing))

    assert "Nothing would change" in text(view)
    assert buttons(view) == {}


def test_somebody_of_discord_is_mentioned_and_somebody_at_a_terminal_named() -> None:
    shown = text(ledger.history([version_of(f"Alice ({ASKER})", 2), version_of("root")], version_of("root")))

    assert f"update by <@{ASKER}>" in shown
    assert "update by root · **answers now**" in shown
    assert "Alice" in ledger.version_label(version_of(f"Alice ({ASKER})"))
    assert str(ASKER) not in ledger.version_label(version_of(f"Alice ({ASKER})"))


def test_the_bar_rises_through_all_phases() -> None:
    run = Run(proposal_of("x"))
    shares = [run.share]
    for phase in (Phase.EMBEDDING, Phase.VECTORS, Phase.LEXICON, Phase.COMMITTING, Phase.COMMITTED, Phase.SWEEPING):
        for done in (0, 5, 10):
            run.note(Progress(phase, done, 10))
            shares.append(run.share)

    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_the_rate_and_the_time_left_are_told_of_what_is_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    run = Run(proposal_of("x"))
    for done in (0, 50, 100):
        run.note(Progress(Phase.EMBEDDING, done, 2_740))

    assert "Embedding passages · 100 of 2,740 · 50 a second · about 53 s left" in text(changes.progress(run))
    run.cancelled_by = 1
    assert "Stopping" in text(changes.progress(run))


def test_who_comes_second_is_told_who_is_at_it() -> None:
    told = changes.busy(Doing(ASKER, "rebuild", 1_000.0, "https://discord.com/channels/1/2/3"))

    assert told == (
        f"<@{ASKER}> is running an index rebuild, begun <t:1000:R>. "
        "[See how it goes](https://discord.com/channels/1/2/3)"
    )
