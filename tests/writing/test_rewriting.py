"""What a language model makes of a follow-up and of claims that point back: only words that were there."""

from __future__ import annotations

import pytest

from retrieval.library import Library
from retrieval.models import ClaimCheck, Stand
from tests.writing.models import Reply
from tests.writing.test_writing import TROOPS, TRUE, scripted


@pytest.fixture
def library(seeds: Library) -> Library:
    return seeds


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        pytest.param("When did President Trump blame Iran for the attack?", True, id="whole"),
        pytest.param("Rewritten: “When did President Trump blame Iran for the attack?”", True, id="with a label"),
        pytest.param("When did President Trump blame Iran for the attack on Paris?", False, id="another place"),
        pytest.param("When did President Obama blame Iran for the attack?", False, id="another name"),
        pytest.param("Who is President Trump?", False, id="another question"),
        pytest.param("When did President Trump not blame Iran for the attack?", False, id="turned round"),
        pytest.param("He blamed Iran on Tuesday.", False, id="an answer"),
        pytest.param("@everyone https://evil.example ?", False, id="no question"),
        pytest.param("\n", False, id="nothing"),
        pytest.param(500, False, id="failing"),
    ],
)
def test_a_follow_up_is_understood_by_the_model_where_it_only_says_what_was_said(
    library: Library, said: Reply, understood: bool
) -> None:
    asked = "Whom did President Trump blame for the attack?"
    with scripted(library, said, TRUE) as (asking, requests):
        history = [asking.ask(asked).turn]
        plain = asking.ask("and when did he do that?", history=history)
        answer = asking.write(plain, history=history)

    assert asked in requests[0]["messages"][1]["content"]
    if understood:
        assert answer.understood == "When did President Trump blame Iran for the attack?"
    else:
        assert answer.understood == plain.understood
    assert answer.question == "and when did he do that?"


def test_a_question_that_stands_alone_is_not_rewritten(library: Library) -> None:
    with scripted(library, TRUE) as (asking, requests):
        history = [asking.ask("Whom did President Trump blame for the attack?").turn]
        answer = asking.ask(TROOPS, history=history, write=True)

    assert answer.is_written
    assert answer.understood == ""
    assert len(requests) == 1


SAID = "Kataeb Hezbollah is backed by Iran. It was blamed for the killing of an American contractor."
WHOLE = "Kataeb Hezbollah was blamed for the killing of an American contractor."


def test_a_claim_that_points_back_is_checked_as_the_model_puts_it(library: Library) -> None:
    with scripted(library, f"1. Kataeb Hezbollah is backed by Iran.\n2. {WHOLE}") as (asking, _):
        first, second = asking.check(SAID)

    assert second.claim == WHOLE
    assert (first.stand, second.stand) == (Stand.SUPPORTED, Stand.SUPPORTED)


@pytest.mark.parametrize(
    "put",
    [
        "2. Ansar al-Islam was blamed for the killing of an American contractor.",
        "2. Kataeb Hezbollah was blamed.",
        "2. Kataeb Hezbollah was not blamed for the killing of an American contractor.",
        "2. An American contractor was blamed for the killing of Kataeb Hezbollah.",
        "Sure! Here are the statements.",
        500,
    ],
)
def test_a_claim_is_checked_as_it_stands_where_the_model_brings_in_something(library: Library, put: Reply) -> None:
    with scripted(library, put) as (asking, _):
        found = asking.check(SAID)
    plain = library.check(SAID)

    assert [one.claim for one in found] == [one.claim for one in plain]


def test_claims_that_do_not_point_back_ask_no_model(library: Library) -> None:
    with scripted(library, "1. Nothing.") as (asking, requests):
        found: list[ClaimCheck] = asking.check("President Trump blamed Iran. Protesters threw stones at the guards.")

    assert len(found) == 2
    assert requests == []
