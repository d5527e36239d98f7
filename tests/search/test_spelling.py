"""The question's words in the corpus's own spelling."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.embedding.minilm import common_words
from retrieval.index.lexicon import Lexicon, build, lexical_form, terms
from retrieval.search.spelling import Speller

TEXTS = [
    "Supporters of Hizbollah marched through Teheran on Tuesday, while paratroopers landed in Kuwait.",
    "The group Hezbollah denied it, and Tehran was silent. The embassy would not comment.",
    "Rockets were fired at the compound; a racket of drums was heard. Mr. Milley spoke of the military.",
]


@pytest.fixture(scope="module")
def speller(tmp_path_factory: pytest.TempPathFactory) -> Speller:
    folder: Path = tmp_path_factory.mktemp("lexicon")
    build(folder, "v", ((str(number), "", text, None) for number, text in enumerate(TEXTS)))
    return Speller(Lexicon.open(folder, "v"), common_words())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("embasy", "embassy"),
        ("kuwayt", "kuwait"),
        ("paratropers", "paratroopers"),
        ("rokets", "rockets"),
        ("Hizballah", "hizbollah"),
        ("millitary", "military"),
    ],
)
def test_a_typo_becomes_the_corpuss_word(speller: Speller, typed: str, meant: str) -> None:
    assert speller.spell(f"about {typed} again").text == f"about {meant} again"


@pytest.mark.parametrize("word", ["world", "embassies", "compounds", "fired", "the", "iron", "xqzt", "2019", "drum"])
def test_a_right_word_stays_as_it_is(speller: Speller, word: str) -> None:
    assert speller.spell(f"about {word} again").text == f"about {word} again"


def test_a_name_brings_its_other_spellings(speller: Speller) -> None:
    assert speller.spell("Where is Hezbollah?").variants == {"hezbollah": frozenset({"hizbollah"})}
    assert speller.spell("Hizballah").variants == {"hizbollah": frozenset({"hezbollah"})}
    assert "teheran" in speller.spell("in tehran").query


def test_an_ordinary_word_brings_none(speller: Speller) -> None:
    assert speller.spell("Who fired rockets at the compound?").variants == {}


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("the U.S. Army", "the US Army"),
        ("Kata’ib and Kata'ib", "Kataib and Kataib"),
        ("Iraq’s 5,000 troops", "Iraq 5000 troops"),
        ("on Dec. 29 that", "on December 29 that"),
        ("on 27 Dec.", "on 27 December"),
        ("in May", "in May"),
        ("1,000,000", "1000000"),
        ("1,2 and 3", "1,2 and 3"),
    ],
)
def test_what_is_written_in_many_ways_has_one_form(written: str, form: str) -> None:
    assert lexical_form(written) == form


def test_a_question_is_searched_without_the_words_it_is_put_with() -> None:
    assert terms("How many of the troops were in Iraq?") == ["troop", "iraq"]
