"""Articles made ready to be read sentence by sentence. Each paragraph is taken apart once, when it is first needed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, zip_longest

from retrieval.answer.citing import paragraph_at
from retrieval.corpus.dates import ResolvedDate, resolve_dates
from retrieval.corpus.sentences import split_sentences
from retrieval.models import Article, Passage, Span
from retrieval.search.spelling import spoken


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article: its paragraph's number, its place, its neighbours' places, and its stems.

    `before` is None at the article's beginning and behind boilerplate.
    """

    paragraph: int
    span: Span
    before: Span | None
    after: Span | None
    spoken: str


class PreparedArticle:
    """An article, and its sentences. Threads may share it: at worst two of them take a paragraph apart."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self._paragraphs: dict[int, tuple[Sentence, ...]] = {}
        self._dates: dict[int, list[ResolvedDate]] = {}

    def paragraph(self, number: int) -> tuple[Sentence, ...]:
        """Return the sentences of a paragraph, counted from 1; none of boilerplate, nor of one that is not there."""
        known = self._paragraphs.get(number)
        if known is None:
            known = self._paragraphs[number] = self._taken_apart(number)
        return known

    def sentences(self, passage: Passage) -> list[Sentence]:
        """Return the sentences that a passage of this article touches.

        One that it cuts is taken whole, but of one that is longer than the passage only what the passage has of it.
        """
        first, last = passage.paragraphs
        touched = [
            one
            for number in range(first, last + 1)
            for one in self.paragraph(number)
            if one.span.start < passage.end and one.span.end > passage.start
        ]
        return [one if len(one.span) <= len(passage.text) else self._cut(one, passage) for one in touched]

    def dates(self, span: Span) -> list[ResolvedDate]:
        """Return the date expressions that begin in a span of this article, with the days that they stand for."""
        first, last = paragraph_at(self.article, span.start), paragraph_at(self.article, span.end - 1)
        named = chain.from_iterable(self._dates_of(number) for number in range(first, last + 1))
        return [one for one in named if span.start <= one.start < span.end]

    def _dates_of(self, number: int) -> list[ResolvedDate]:
        known = self._dates.get(number)
        if known is None:
            here = self.article.paragraphs[number - 1]
            known = resolve_dates(self.article.text, self.article.published, here.start, here.end)
            self._dates[number] = known
        return known

    def _taken_apart(self, number: int) -> tuple[Sentence, ...]:
        article = self.article
        if not 1 <= number <= len(article.paragraphs) or article.paragraphs[number - 1].boilerplate:
            return ()
        here = article.paragraphs[number - 1]
        before = self._last_sentence(number - 1)
        found = []
        spans = split_sentences(article.text, here.start, here.end)
        for span, after in zip_longest(spans, spans[1:]):
            found.append(Sentence(number, span, before, after, spoken(article.text[span.start : span.end])))
            before = span
        return tuple(found)

    def _last_sentence(self, number: int) -> Span | None:
        """Return the last sentence of a paragraph: in the news the one before is often a paragraph of its own."""
        if number < 1 or self.article.paragraphs[number - 1].boilerplate:
            return None
        paragraph = self.article.paragraphs[number - 1]
        return next(reversed(split_sentences(self.article.text, paragraph.start, paragraph.end)), None)

    def _cut(self, one: Sentence, passage: Passage) -> Sentence:
        span = Span(max(one.span.start, passage.start), min(one.span.end, passage.end))
        return Sentence(one.paragraph, span, one.before, None, spoken(self.article.text[span.start : span.end]))
