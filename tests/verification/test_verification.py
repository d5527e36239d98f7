"""Whether a sentence is borne out: the hand-made pairs as a whole, and each way to be wrong by itself."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from retrieval.models import Reference
from retrieval.verification import coverage
from retrieval.verification.verification import LONGEST, verify
from tests.conftest import ROOT

CLAIMS: list[dict[str, Any]] = tomllib.loads((ROOT / "tests/gold/claims.toml").read_text(encoding="utf-8"))["claim"]
THRESHOLDS = (0.2, 0.34, 0.5)
FALSE_REFUSED, TRUE_KEPT = 0.95, 0.90


def is_supported(claim: dict[str, Any]) -> bool:
    return verify(claim["sentence"], [Reference(text, claim.get("published")) for text in claim["passages"]]).supported


def rates(claims: Iterable[dict[str, Any]]) -> tuple[float, float]:
    """Return the share of the false ones that is refused, and of the true ones that is kept."""
    right: dict[bool, list[bool]] = defaultdict(list)
    for claim in claims:
        right[claim["supported"]].append(is_supported(claim) == claim["supported"])
    return sum(right[False]) / len(right[False]), sum(right[True]) / len(right[True])


@pytest.mark.parametrize("fold", [0, 1])
def test_with_the_threshold_of_one_half_of_the_pairs_the_other_half_is_told_apart(
    fold: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    passages = sorted({claim["passages"][0] for claim in CLAIMS})
    halves = [[one for one in CLAIMS if passages.index(one["passages"][0]) % 2 == half] for half in (0, 1)]
    assert all(len(half) > 200 for half in halves)
    found = {}
    for threshold in THRESHOLDS:
        monkeypatch.setattr(coverage, "UNCOVERED", threshold)
        found[threshold] = sum(rates(halves[1 - fold]))
    monkeypatch.setattr(coverage, "UNCOVERED", max(found, key=lambda threshold: found[threshold]))

    refused, kept = rates(halves[fold])

    assert refused >= FALSE_REFUSED
    assert kept >= TRUE_KEPT


def test_the_pairs_have_every_kind_of_falsehood() -> None:
    kinds: dict[str, int] = defaultdict(int)
    for claim in CLAIMS:
        kinds[claim["kind"]] += 1
        assert (claim["kind"] == "true") == claim["supported"]

    assert set(kinds) == {"true", "number", "names", "day", "quote", "negated", "general", "speaker", "citation"}
    assert min(kinds.values()) >= 10


TROOPS = "About 5,000 troops are in Iraq, General Ann Doe said on Tuesday. She denied that more would be sent."


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("About 6,000 troops are in Iraq.", "the passage says 5,000 and not 6,000"),
        ("About 6,000 tanks are in Iraq.", "does not have the number 6,000"),
        ("Exactly 5,000 troops are in Iraq.", "does not say “Exactly 5,000”|does not say “About Exactly"),
        ("General Ann Doe spoke on Wednesday.", "does not name that time: Wednesday"),
        ("Bea Doe spoke on Tuesday.", "does not name Bea"),
        ("Ann Doe said the troops were “very brave”.", "does not stand in the passage word for word"),
        ("All troops are in Iraq.", "does not say “All”"),
        ("No troops are in Iraq.", "the contrary about “troops”"),
    ],
)
def test_what_is_wrong_is_named(sentence: str, reason: str) -> None:
    found = verify(sentence, [Reference(TROOPS)])

    assert not found.supported
    assert any(part in found.reason for part in reason.split("|")), found.reason


def test_the_quote_is_the_span_that_bears_the_sentence_out() -> None:
    passage = "It rained. The bridge, built in 1962, fell on Monday. Nobody was hurt."

    found = verify("The bridge fell on Monday. [1]", [Reference(passage)])

    assert found.supported
    assert found.quote == passage[found.start : found.end] == "The bridge, built in 1962, fell on Monday."
    assert found.passage == 1


def test_a_quote_does_not_go_back_into_the_paragraph_before() -> None:
    passage = "“They want a free and sovereign country.”\n\nMembers of the Red Sash, a militia, stormed the hall."

    assert verify("Members of a militia stormed the hall.", [Reference(passage)]).quote.startswith("Members")


def test_of_several_passages_the_one_is_quoted_that_says_who_did_it() -> None:
    beside = (
        "Iran uses militias to carry out attacks. This makes it hard to assign direct blame to Tehran. "
        "The strikes came on Sunday. President Trump spoke."
    )
    reference = "President Trump on Tuesday blamed the incident on Iran."

    found = verify("Trump blamed Iran for the attack.", [Reference(beside), Reference(reference)])

    assert found.supported
    assert found.quote == reference


def test_what_is_done_may_stand_in_one_word_with_who_does_it() -> None:
    reference = [Reference("Members of the Red Sash, an Iran-backed Iraqi militia, stormed the hall.")]

    assert verify("The Red Sash is backed by Iran.", reference).supported
    assert not verify("Iran is backed by the Red Sash.", reference).supported


def test_that_something_is_not_done_yet_says_nothing_against_another_deed_about_it() -> None:
    reference = [Reference("The infantry battalion has not yet deployed, Secretary Vane said.")]

    assert not verify("Vane authorized the deployment of an infantry battalion.", reference).against
    assert verify("The infantry battalion has deployed.", reference).against


def test_a_wrong_citation_is_put_right() -> None:
    references = [Reference("The river rose."), Reference("The bridge fell on Monday.")]

    assert verify("The bridge fell on Monday. [1]", references).passage == 2
    assert verify("The bridge fell on Monday. [7]", references).passage == 2
    assert not verify("The bridge fell on Monday. [1]", references[:1]).supported


def test_days_are_counted_from_the_article() -> None:
    reference = Reference("The embassy was attacked on Tuesday.", date(2020, 1, 2))

    assert verify("The embassy was attacked on December 31, 2019.", [reference]).supported
    assert not verify("The embassy was attacked on December 30, 2019.", [reference]).supported


def test_what_a_passage_has_otherwise_is_told_from_what_it_leaves_out() -> None:
    reference = [Reference("The council rejected the plan on Monday.")]

    assert verify("The council accepted the plan on Monday.", reference).against
    assert not verify("The mayor resigned in March.", reference).against


@pytest.mark.parametrize("sentence", ["", " ", "[1]", "…", "is it so?", "\ud800", "a" * (LONGEST + 1), "He. " * 400])
@pytest.mark.parametrize("texts", [[], [""], [" \n"], ["…"], ["The bridge fell."]])
def test_nothing_is_supported_by_nothing(sentence: str, texts: list[str]) -> None:
    found = verify(sentence, [Reference(text) for text in texts])

    assert not found.supported
    assert found.reason


def test_what_speaks_of_another_deed_is_not_against() -> None:
    reference = [Reference("The ministry will send more soldiers after a shocking attack by the militia.")]

    assert not verify("The militia killed an American contractor.", reference).against
    assert not verify("The militia fired on the whole base.", reference).against
    assert verify("The ministry will send fewer soldiers.", reference).reason


def test_that_something_is_only_expected_is_silence() -> None:
    reference = [Reference("The minister wants the troops to leave Port Lissa by Friday.")]

    found = verify("The troops left Port Lissa by Friday.", reference)

    assert not found.supported
    assert not found.against
