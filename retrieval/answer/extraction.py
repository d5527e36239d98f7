"""The sentences of the found passages that answer a question, quoted exactly."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from retrieval.answer.coverage import Coverage
from retrieval.answer.questions import asks_for, offers
from retrieval.corpus.asked_dates import AskedDate
from retrieval.corpus.dates import resolve_dates
from retrieval.corpus.sentences import split_sentences
from retrieval.models import Article, SearchHit, Span

PASSAGES_READ = 8
"""How many passages are read sentence by sentence."""
MAX_QUOTES = 3
MAX_QUOTE_WORDS = 60
MARGIN = 1.2
"""A further sentence is quoted where its score is at most so much below the best one's."""

READER_WEIGHT = 0.4
COSINE_WEIGHT = 2.0
COVERAGE_WEIGHT = 1.0
KIND_WEIGHT = 0.5
NAMES_WEIGHT = 0.5
DATE_WEIGHT = 0.5
PASSAGE_WEIGHT = 1.0
"""What makes a sentence worth quoting: what the reader says of it, its cosine to the question, the share of the
question's words that it has, offering the kind of thing that is asked for, naming names that the question does not,
speaking of the day that is asked about, and its passage's score."""
COMPARED, READ = 16, 8
"""How many sentences have their cosine taken, the best by all that costs nothing, and how many of these, the best by
then, the reader reads: the two take most of an answer's time."""
NAMES_COUNTED = 4
OWN_WEIGHT = 2.0
"""What a passage's own score counts beside the merit of its best sentence, in ordering passages."""

_WORD = re.compile(r"\S+")
_CLAUSE_END = re.compile(r"[,;:—–][\"'”’)]*\s|\s[—–-]\s")
_SEMICOLON = re.compile(r";[\"'”’)]*\s+")
_NAME = re.compile(r"(?<=[\w,;] )[“\"'(]?([A-Z][\w’'-]+)")
_POINTS_BACK = re.compile(
    r"[“\"']?(?:He|She|They|It|His|Her|Their|Its|This|That|These|Those)\b"
    r"|[^“”\"]*[“\"][^“”\"]*[,”\"]+\s+(?:he|she|they)\s+(?:said|says|added|told|wrote|explained|asked|replied)\b"
)
"""How a sentence begins that cannot be understood alone: with a pronoun, or with a quotation whose speaker is one."""


Scores = Callable[[Sequence[str]], Sequence[float]]
"""Gives each of some texts a number."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence, and what would be quoted of it.

    `coverage` is the share, in [0, 1], of the question's words that it has, rare words counting more; `merit` joins it
    with what the sentence offers, and `score` adds the passage's own.
    """

    article: Article
    paragraph: int
    span: Span
    quoted: Span
    coverage: float
    merit: float
    score: float

    @property
    def text(self) -> str:
        """The sentence's exact words."""
        return self.article.text[self.span.start : self.span.end]

    @property
    def quote(self) -> str:
        """The exact words that would be quoted."""
        return self.article.text[self.quoted.start : self.quoted.end]

    def raised(self, by: float) -> Candidate:
        """Return the candidate with this added to its merit."""
        return replace(self, merit=self.merit + by, score=self.score + by)


def candidates(
    question: str,
    hits: Sequence[SearchHit],
    articles: Mapping[str, Article],
    coverage: Coverage,
    similarity: Scores,
    reader: Scores,
    days: Sequence[AskedDate] = (),
) -> list[Candidate]:
    """Return the best `COMPARED` sentences of the first `PASSAGES_READ` hits, best first.

    `articles` holds the hits' articles by id, `similarity` gives texts' cosines to the question, `reader` says how well
    texts answer it (see reader.py), and `days` are asked about.
    """
    places: dict[tuple[str, int], tuple[Article, int, Span, Span | None, float]] = {}
    for hit in hits[:PASSAGES_READ]:
        article = articles[hit.passage.article]
        for number, span, before in _sentences(article, hit):
            places.setdefault((article.id, span.start), (article, number, span, before, hit.score))
    kind = asks_for(question)
    found = []
    for article, number, span, before, passage_score in places.values():
        text = article.text[span.start : span.end]
        fit = date_fit(article, span, days)
        covered = coverage(text, fit)
        merit = COVERAGE_WEIGHT * covered + KIND_WEIGHT * offers(text, kind, question) + DATE_WEIGHT * fit
        merit += NAMES_WEIGHT * min(_new_names(text, question), NAMES_COUNTED) / NAMES_COUNTED
        quoted = self_contained(article.text, span, before) or quote_span(article.text, span, coverage)
        score = merit + PASSAGE_WEIGHT * passage_score
        found.append(Candidate(article, number, span, quoted, covered, merit, score))
    found = sorted(found, key=_order)[:COMPARED]
    cosines = similarity([one.text for one in found])
    found = sorted((one.raised(COSINE_WEIGHT * by) for one, by in zip(found, cosines, strict=True)), key=_order)
    read = reader([one.quote for one in found[:READ]])
    # Those that are not read count as no better than the worst that is.
    read = [*read, *[min(read, default=0.0)] * (len(found) - len(read))]
    return sorted((one.raised(READER_WEIGHT * by) for one, by in zip(found, read, strict=True)), key=_order)


def _order(one: Candidate) -> tuple[float, str, int]:
    return -one.score, one.article.id, one.span.start


def _new_names(text: str, question: str) -> int:
    asked = question.lower()
    return len({name for name in _NAME.findall(text) if name.lower() not in asked})


def date_fit(article: Article, span: Span, days: Sequence[AskedDate]) -> float:
    """Return how well a sentence's own days fit those that are asked about, in [0, 1]."""
    if not days:
        return 0.0
    resolved = resolve_dates(article.text, article.published, span.start, span.end)
    return max((day.fits(one) for day in days for one in resolved), default=0.0)


def self_contained(text: str, span: Span, before: Span | None) -> Span | None:
    """Return a sentence that points back together with the one before it, which says who is meant; None for others.

    In the news the one before is often a paragraph of its own.
    """
    if before is None or not _POINTS_BACK.match(text, span.start, span.end):
        return None
    words = len(text[before.start : span.end].split())
    return Span(before.start, span.end) if words <= MAX_QUOTE_WORDS else None


def rerank(hits: Sequence[SearchHit], found: Sequence[Candidate]) -> list[SearchHit]:
    """Order the hits by their own score and their best sentence's merit; scores stay in [0, 1]."""
    least = min((one.merit for one in found), default=0.0)

    def worth(hit: SearchHit) -> float:
        start, end = hit.passage.start, hit.passage.end
        inside = [
            one.merit
            for one in found
            if one.article.id == hit.passage.article and one.span.start < end and one.span.end > start
        ]
        return OWN_WEIGHT * hit.score + max(inside, default=least)

    scored = [replace(hit, score=1 / (1 + math.exp(-worth(hit)))) for hit in hits]
    return sorted(scored, key=lambda hit: (-hit.score, hit.passage.key))


def choose(found: Sequence[Sequence[Candidate]], limit: int = MAX_QUOTES) -> list[Candidate]:
    """Return the sentences to quote, from the candidates for each part of a question, best first.

    First the best one of each part; of a question with one part, also those nearly as good that add to it, in the order
    in which they were published and stand in their articles.
    """
    chosen: list[Candidate] = []
    leading = [part[0] for part in found if part]
    nearly = [one for one in found[0] if one.score >= leading[0].score - MARGIN] if len(found) == 1 else []
    for one in leading + nearly:
        if len(chosen) < limit and not any(_same(one, other) for other in chosen):
            chosen.append(one)
    if len(found) == 1:
        chosen[1:] = sorted(chosen[1:], key=in_order)
    return chosen


def in_order(one: Candidate) -> tuple[date, str, int]:
    """Return what sentences are sorted by to be in the order of their articles' dates, undated ones last."""
    return one.article.published or date.max, one.article.id, one.span.start


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


def _sentences(article: Article, hit: SearchHit) -> list[tuple[int, Span, Span | None]]:
    """Return the passage's sentences, each with its paragraph's number and the sentence before it in the article.

    Those that the passage cuts are taken whole, but of one that is longer than the passage only what it has of it.
    """
    first, last = hit.passage.paragraphs
    start, end = hit.passage.start, hit.passage.end
    found: list[tuple[int, Span, Span | None]] = []
    before = _last_sentence(article, first - 1)
    for number in range(first, last + 1):
        paragraph = article.paragraphs[number - 1]
        if paragraph.boilerplate:
            before = None
            continue
        for span in split_sentences(article.text, paragraph.start, paragraph.end):
            if span.start < end and span.end > start:
                whole = span.end - span.start <= end - start
                kept = span if whole else Span(max(span.start, start), min(span.end, end))
                found.append((number, kept, before))
            before = span
    return found


def _last_sentence(article: Article, number: int) -> Span | None:
    """Return the last sentence of a paragraph, or None where there is no such paragraph or it is boilerplate."""
    if number < 1 or article.paragraphs[number - 1].boilerplate:
        return None
    paragraph = article.paragraphs[number - 1]
    return next(reversed(split_sentences(article.text, paragraph.start, paragraph.end)), None)


def _same(one: Candidate, other: Candidate) -> bool:
    """Say whether two quotes overlap, or say much the same in nearly the same words."""
    if one.article.id == other.article.id:
        overlap = min(one.quoted.end, other.quoted.end) - max(one.quoted.start, other.quoted.start)
        if overlap > 0:
            return True
    words, others = (set(re.findall(r"\w+", given.text.lower())) for given in (one, other))
    return len(words & others) >= 0.8 * min(len(words), len(others))
