"""Articles taken apart for reading: sentences where they stand, each with the one before it."""

from __future__ import annotations

from datetime import date

from retrieval.answer.extraction import surroundings
from retrieval.answer.prepared import PreparedArticle
from retrieval.corpus.articles import build_article
from retrieval.corpus.metadata import Metadata
from retrieval.models import Passage, Span

TEXT = "Ada drew the bridge. She was 20.\n\nSign up for Daily Newsletters\n\nIt opened in 1931.\n\nThe king came."


def _prepared(text: str = TEXT) -> PreparedArticle:
    return PreparedArticle(build_article("bridge", text, Metadata()))


def _passage(prepared: PreparedArticle, start: int, end: int) -> Passage:
    text = prepared.article.text
    inside = [n for n, one in enumerate(prepared.article.paragraphs, start=1) if one.start < end and one.end > start]
    return Passage("key", "bridge", 0, (inside[0], inside[-1]), text[start:end], start, end)


def test_each_sentence_knows_the_one_before_it_also_of_the_paragraph_before() -> None:
    prepared = _prepared()
    (king,) = prepared.paragraph(4)

    first, second = prepared.paragraph(1)
    assert (first.before, second.before) == (None, first.span)
    assert king.before == prepared.paragraph(3)[0].span


def test_boilerplate_has_no_sentences_and_is_never_the_one_before() -> None:
    prepared = _prepared()

    assert prepared.paragraph(2) == ()
    assert prepared.paragraph(3)[0].before is None


def test_a_passage_has_the_whole_sentences_that_it_touches() -> None:
    prepared = _prepared()
    cut = TEXT.index("She was")

    found = prepared.sentences(_passage(prepared, cut - 5, len(TEXT)))

    assert [TEXT[one.span.start : one.span.end] for one in found] == [
        "Ada drew the bridge.",
        "She was 20.",
        "It opened in 1931.",
        "The king came.",
    ]


def test_of_a_sentence_longer_than_the_passage_there_is_what_the_passage_has() -> None:
    endless = "riders gallop " * 100
    prepared = _prepared(endless)

    (found,) = prepared.sentences(_passage(prepared, 70, 140))

    assert found.span == Span(70, 140)
    assert found.spoken.split() == ["rider", "gallop"] * 5


def test_what_is_not_there_has_no_sentences() -> None:
    assert _prepared().paragraph(0) == ()
    assert _prepared().paragraph(99) == ()


def test_the_days_of_a_span_are_those_that_begin_in_it() -> None:
    text = "It opened on 3 May 1931. It burned on 4 June 1940.\n\nIt was sold on 5 July 1950."
    prepared = _prepared(text)
    first, second = prepared.paragraph(1)

    assert [one.first for one in prepared.dates(second.span)] == [date(1940, 6, 4)]
    assert [one.first.year for one in prepared.dates(Span(first.span.start, len(text)))] == [1931, 1940, 1950]


def test_what_a_quote_is_about_is_named_up_to_its_end() -> None:
    text = "A fire broke out.\n\nIt burned the roof. Halden lost its church."
    article = _prepared(text).article
    burned = text.index(" Halden")

    assert "fire broke out" in surroundings(article, 2, burned)
    assert "Halden" not in surroundings(article, 2, burned)
