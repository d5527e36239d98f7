"""Articles taken apart for reading: sentences where they stand, each with the one before it."""

from __future__ import annotations

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
