"""How long a quote may be, and where a long sentence is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answer.extraction import MAX_QUOTE_WORDS, quote_span, self_contained
from retrieval.models import Span


def _quoted(text: str) -> str:
    span = quote_span(text, Span(0, len(text)))
    return text[span.start : span.end]


def test_a_sentence_within_the_limit_is_quoted_whole() -> None:
    text = " ".join(["word"] * MAX_QUOTE_WORDS)

    assert _quoted(text) == text


def test_a_long_sentence_is_cut_at_the_end_of_a_clause() -> None:
    text = f"{' '.join(['one'] * 40)}, {' '.join(['two'] * 40)}."

    assert _quoted(text) == " ".join(["one"] * 40)


def test_a_long_sentence_without_clauses_is_cut_at_the_end_of_a_word() -> None:
    text = " ".join(["word"] * 100)

    assert _quoted(text) == " ".join(["word"] * MAX_QUOTE_WORDS)


def test_of_a_long_sentence_the_clauses_that_are_worth_most_are_quoted() -> None:
    text = f"{' '.join(['one'] * 40)}; {' '.join(['two'] * 40)}, which the ferry carried."
    span = quote_span(text, Span(0, len(text)), lambda part: float("ferry" in part))

    assert text[span.start : span.end] == f"{' '.join(['two'] * 40)}, which the ferry carried."


def test_no_quote_begins_behind_words_that_may_deny_it() -> None:
    text = f"Officials denied {' '.join(['one'] * 40)}, that {' '.join(['two'] * 40)} and the ferry sank."
    span = quote_span(text, Span(0, len(text)), lambda part: float("ferry" in part))

    assert text[span.start : span.end].startswith("Officials denied")


def test_a_text_without_spaces_is_cut_all_the_same() -> None:
    assert len(_quoted("字" * 5000)) == MAX_QUOTE_WORDS * 12


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("Ada Brandt drew the bridge.", "She never saw it."),
        ("Ada Brandt drew the bridge.", "“It was my first,” she said on Monday."),
        ("The bridge was drawn in 1931.", "This took two years."),
    ],
)
@pytest.mark.parametrize("between", [" ", "\n\n"])
def test_a_sentence_that_points_back_is_quoted_with_the_one_before(before: str, sentence: str, between: str) -> None:
    text = f"{before}{between}{sentence}"
    start = len(before) + len(between)

    assert self_contained(text, Span(start, len(text)), Span(0, len(before))) == Span(0, len(text))


@pytest.mark.parametrize(
    "sentence",
    [
        "Ada Brandt never saw it.",
        "“Mine was the first,” Brandt said.",
        "The king said that she drew it.",
        "Thistles grow.",
    ],
)
def test_a_sentence_that_says_who_is_meant_is_quoted_alone(sentence: str) -> None:
    text = f"Ada Brandt drew the bridge. {sentence}"
    start = text.index(sentence)

    assert self_contained(text, Span(start, len(text)), Span(0, start - 1)) is None


def test_what_would_be_too_long_together_is_quoted_alone() -> None:
    before = f"Ada Brandt drew {'and drew ' * 60}the bridge."
    text = f"{before} She never saw it."

    assert self_contained(text, Span(len(before) + 1, len(text)), Span(0, len(before))) is None
    assert self_contained(text, Span(0, len(text)), None) is None


@given(st.text(min_size=1, max_size=2000))
def test_a_quote_is_the_beginning_of_its_sentence_and_never_too_long(text: str) -> None:
    quote = _quoted(text)

    assert text.startswith(quote)
    assert quote
    assert len(quote.split()) <= MAX_QUOTE_WORDS
