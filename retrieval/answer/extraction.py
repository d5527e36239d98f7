"""The sentences of the found passages that answer a question, quoted exactly."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from retrieval.answer.questions import Asks, asks_for, offers
from retrieval.corpus.sentences import split_sentences
from retrieval.models import Article, SearchHit, Span

PASSAGES_READ = 8
"""How many passages are read sentence by sentence."""
MAX_QUOTES = 3
MAX_QUOTE_WORDS = 60
MARGIN = 0.85
"""A further sentence is quoted where its score reaches this share of the best one's."""

COVERAGE_WEIGHT = 0.5
PASSAGE_WEIGHT = 0.2
KIND_WEIGHTS = {
    Asks.TIME: 0.3,
    Asks.NUMBER: 0.2,
    Asks.WORDS: 0.2,
    Asks.PLACE: 0.12,
    Asks.PERSON: 0.09,
    Asks.REASON: 0.06,
    Asks.OTHER: 0.0,
}
SENTENCE_WEIGHT = 2.0
"""What counts beside a sentence's cosine: its coverage, its passage's score, and offering the kind of thing that is
asked for, by how much more often right sentences do than wrong ones; and in ordering passages, the best sentence.
Chosen on news questions, where they raise the right passage in the first three from .66 to .71 and the right
sentence first from .21 to .24; benchmarks/news.py measures both."""

_WORD = re.compile(r"\S+")
_CLAUSE_END = re.compile(r"[,;:—–][\"'”’)]*\s|\s[—–-]\s")
_SEMICOLON = re.compile(r";[\"'”’)]*\s+")

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence, and the part of it that would be quoted.

    `similarity` is its cosine to the question; `coverage` the share, in [0, 1], of the question's words that it has,
    rare words counting more; `merit` joins these with the kind of thing asked for, and `score` adds the passage's own.
    """

    article: Article
    paragraph: int
    span: Span
    quoted: Span
    similarity: float
    coverage: float
    merit: float
    score: float

    @property
    def text(self) -> str:
        """The sentence's exact words."""
        return self.article.text[self.span.start : self.span.end]


def candidates(
    question: str,
    hits: Sequence[SearchHit],
    articles: Mapping[str, Article],
    vector: Vector,
    embed: Callable[[Sequence[str]], Vector],
    coverage: Callable[[str], float],
) -> list[Candidate]:
    """Return the sentences of the first `PASSAGES_READ` hits, best first. `articles` holds the hits' articles by id."""
    places: dict[tuple[str, int], tuple[Article, int, Span, float]] = {}
    for hit in hits[:PASSAGES_READ]:
        article = articles[hit.passage.article]
        for number, span in _sentences(article, hit):
            places.setdefault((article.id, span.start), (article, number, span, hit.score))
    texts = [article.text[span.start : span.end] for article, _, span, _ in places.values()]
    similarities = (embed(texts) @ vector).tolist() if texts else []
    kind = asks_for(question)
    found = []
    for (article, number, span, passage_score), text, similarity in zip(
        places.values(), texts, similarities, strict=True
    ):
        covered = coverage(text)
        merit = similarity + COVERAGE_WEIGHT * covered
        if offers(text, kind, question):
            merit += KIND_WEIGHTS[kind]
        score = merit + PASSAGE_WEIGHT * passage_score
        quoted = quote_span(article.text, span, coverage)
        found.append(Candidate(article, number, span, quoted, similarity, covered, merit, score))
    return sorted(found, key=lambda one: (-one.score, one.article.id, one.span.start))


def rerank(hits: Sequence[SearchHit], found: Sequence[Candidate]) -> list[SearchHit]:
    """Order the hits by their own score and their best sentence's merit; scores stay in [0, 1]."""
    merits: dict[str, float] = {}
    for hit in hits[:PASSAGES_READ]:
        passage = hit.passage
        merits[passage.key] = max(
            (
                one.merit
                for one in found
                if one.article.id == passage.article and one.span.start < passage.end and one.span.end > passage.start
            ),
            default=0.0,
        )
    highest = 1 + SENTENCE_WEIGHT * (1 + COVERAGE_WEIGHT + max(KIND_WEIGHTS.values()))
    scored = [
        replace(hit, score=max(0.0, hit.score + SENTENCE_WEIGHT * merits.get(hit.passage.key, 0.0)) / highest)
        for hit in hits
    ]
    return sorted(scored, key=lambda hit: (-hit.score, hit.passage.key))


def choose(found: Sequence[Sequence[Candidate]], limit: int = MAX_QUOTES) -> list[Candidate]:
    """Return the sentences to quote, from the candidates for each part of a question, best first.

    First the best one of each part; of a question with one part, also those nearly as good that add to it.
    """
    chosen: list[Candidate] = []
    leading = [part[0] for part in found if part]
    nearly = [one for one in found[0] if one.score >= MARGIN * leading[0].score] if len(found) == 1 else []
    for one in leading + nearly:
        if len(chosen) < limit and not any(_same(one.text, other.text) for other in chosen):
            chosen.append(one)
    return chosen


def quote_span(
    text: str, span: Span, worth: Callable[[str], float] = lambda part: 0.0, max_words: int = MAX_QUOTE_WORDS
) -> Span:
    """Return the part of a sentence that is quoted: all of it, its beginning, or what follows a semicolon.

    Whichever is worth most, of equal parts the first one. Elsewhere no quote begins inside a sentence: what stands
    before may deny it ("Officials denied what was reported, that ...").

    Cut at the last clause end within `max_words`, at a word's end where there is none;
    in a text without spaces, at twelve characters a word.
    """
    whole = _cut(text, span, max_words)
    if whole == span:
        return span
    starts = [match.end() for match in _SEMICOLON.finditer(text, span.start, span.end)]
    parts = [whole, *(_cut(text, Span(start, span.end), max_words) for start in starts if start < span.end)]
    return max(parts, key=lambda part: worth(text[part.start : part.end]))


def _cut(text: str, span: Span, max_words: int) -> Span:
    """Return the longest beginning that may be quoted."""
    limit = min(span.end, span.start + max_words * 12)
    words = list(_WORD.finditer(text, span.start, min(span.end, limit + 1)))
    end = words[max_words - 1].end() if len(words) > max_words else span.end
    if end <= limit and end == span.end:
        return span
    end = min(end, limit)
    clauses = [match.start() for match in _CLAUSE_END.finditer(text, span.start, end)]
    if clauses and clauses[-1] - span.start > (end - span.start) / 3:
        return Span(span.start, clauses[-1])
    whole = [word.end() for word in words if word.end() <= end]
    return Span(span.start, whole[-1] if whole else end)


def _sentences(article: Article, hit: SearchHit) -> list[tuple[int, Span]]:
    """Return the passage's sentences with their paragraphs' numbers.

    Those that it cuts are taken whole, but of one that is longer than the passage only what it has of it.
    """
    first, last = hit.passage.paragraphs
    start, end = hit.passage.start, hit.passage.end
    return [
        (number, span if span.end - span.start <= end - start else Span(max(span.start, start), min(span.end, end)))
        for number in range(first, last + 1)
        for paragraph in [article.paragraphs[number - 1]]
        if not paragraph.boilerplate
        for span in split_sentences(article.text, paragraph.start, paragraph.end)
        if span.start < end and span.end > start
    ]


def _same(text: str, other: str) -> bool:
    words, others = (set(re.findall(r"\w+", one.lower())) for one in (text, other))
    return len(words & others) >= 0.8 * min(len(words), len(others))
