"""Passages are found by the days that they speak of, however they write them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from retrieval.corpus.asked_dates import AskedDate
from retrieval.index.lexicon import Lexicon, build
from tests.index.runs import one_article

ROWS = [
    ("flood", "", "The river burst its banks on Tuesday, officials said.", date(2019, 12, 31)),
    ("fire", "", "A warehouse burned over the weekend.", date(2019, 12, 31)),
    ("count", "", "The council counted 31 bridges and 29 roads for its December list.", date(2019, 12, 20)),
    ("vote", "", "The council voted Thursday, and the river was calm.", date(2020, 1, 2)),
    ("undated", "", "On Nov. 5, 2018, the mill closed. The fair is on March 4.", None),
]


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    folder: Path = tmp_path_factory.mktemp("lexicon")
    build(folder, "v", one_article(ROWS))
    return Lexicon.open(folder, "v")


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What happened on December 31, 2019?", "flood"),
        ("What happened on New Year's Eve 2019?", "flood"),
        ("What happened on 2019-12-31?", "flood"),
        ("What happened on 5.11.2018?", "undated"),
        ("What is on at 4 March?", "undated"),
        ("What happened on December 29?", "fire"),
        ("What happened on December 28, 2019?", "fire"),
        ("What happened on January 2?", "vote"),
        ("What happened in January 2020?", "vote"),
        ("What happened on 1/2?", "vote"),
        ("What happened last Tuesday?", "flood"),
    ],
)
def test_a_day_finds_the_passage_that_speaks_of_it(lexicon: Lexicon, question: str, first: str) -> None:
    assert lexicon.query(question, 5)[0][0] == first


def test_a_day_of_another_year_does_not_find_it(lexicon: Lexicon) -> None:
    assert "flood" not in dict(lexicon.query("2017-12-31", 5))


def test_days_may_be_asked_for_beside_the_words(lexicon: Lexicon) -> None:
    day = date(2019, 12, 31)

    assert lexicon.query("the river", 5)[0][0] == "vote"
    assert lexicon.query("the river", 5, [AskedDate(0, 0, day, day)])[0][0] == "flood"


def test_the_newest_day_of_publication_is_kept(lexicon: Lexicon, tmp_path: Path) -> None:
    assert lexicon.newest == date(2020, 1, 2)
    build(tmp_path, "v", one_article([("undated", "", "The mill closed last week.", None)]))
    assert Lexicon.open(tmp_path, "v").newest is None
