"""Which words mean the same, and which the opposite."""

from __future__ import annotations

import pytest

from retrieval.search.wordnet import is_broader, opposite, same


@pytest.mark.parametrize(
    ("one", "other"),
    [("lawyer", "attorney"), ("U.S.", "American"), ("Spanish", "Spain"), ("dismiss", "fire"), ("decision", "decide")],
)
def test_words_that_mean_the_same(one: str, other: str) -> None:
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [("gold", "bronze"), ("Iran", "Iraq"), ("pear", "apple"), ("north", "south")]
)
def test_words_of_a_kind_do_not_mean_the_same(one: str, other: str) -> None:
    assert not same(one, other)
    assert not is_broader(one, other)


def test_a_broader_word_covers_a_narrower_one_and_not_the_other_way_round() -> None:
    assert is_broader("ship", "freighter")
    assert not is_broader("freighter", "ship")


@pytest.mark.parametrize(("one", "other"), [("accept", "reject"), ("strong", "weaken"), ("rise", "fall")])
def test_opposites(one: str, other: str) -> None:
    assert opposite(one, other)
    assert opposite(other, one)


def test_what_is_no_word_means_nothing() -> None:
    assert not same("", "x")
    assert not is_broader("qwzx", "ship")
    assert not opposite("", "")
