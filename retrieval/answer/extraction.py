"""The sentences of the found passages that answer a question, quoted exactly."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from operator import mul

from retrieval.answer.coverage import Coverage
from retrieval.answer.prepared import PreparedArticle
from retrieval.answer.questions import asks_for, asks_of_now, offers
from retrieval.answer.wanted import lacks
from retrieval.corpus.asked_dates import AskedDate
from retrieval.corpus.dates import ResolvedDate
from retrieval.index.lexicon import terms
from retrieval.models import Article, SearchHit, Span
from retrieval.search.spelling import spoken
from retrieval.weights import Signs, Weights

PASSAGES_READ = 8
"""How many passages are read sentence by sentence."""
MAX_QUOTES = 3
MAX_QUOTE_WORDS = 60
MARGIN = 1.6
"""A further sentence is quoted where its score is at most so much below the best one's."""
COMPARED, READ = 10, 6
"""How many sentences have their cosine taken, the best by all that costs nothing, and how many of these, the best by
then, the reader reads: the two take most of an answer's time."""
MAX_NEXT_WORDS, MAX_WORDS_OF_TWO = 25, 50
"""A sentence is quoted with the one that follows it in its paragraph, where that is short and so are both together:
there stands what came of it, or what is meant ("Nobody was hurt.")."""
NAMES_COUNTED = 4
AS_GOOD, ALL_COVERED = 0.5, 0.9
"""Of a question about now, a newer article's sentence goes before the best one where its merit is at most so much less,
and both have at least this share of the question's words."""
SAME = 0.8
"""Two sentences say much the same where the shorter one has this share of its words in common with the other."""
OF_THE_TIME = 0.5
"""What an article of the month or year asked about counts, beside 1 for a sentence that names a day of it."""

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
    """A sentence, what would be quoted of it, what speaks for it, what each of these signs counts, and the sentence
    that follows in its paragraph."""

    article: Article
    paragraph: int
    span: Span
    quoted: Span
    signs: Signs
    weights: Signs
    after: Span | None = None

    @property
    def text(self) -> str:
        """The sentence's exact words."""
        return self.article.text[self.span.start : self.span.end]

    @property
    def quote(self) -> str:
        """The exact words that would be quoted."""
        return self.article.text[self.quoted.start : self.quoted.end]

    @property
    def merit(self) -> float:
        """What speaks for it, weighed; compares sentences of one question only."""
        merit: float = sum(map(mul, self.weights, self.signs))
        return merit


def candidates(
    question: str,
    hits: Sequence[SearchHit],
    articles: Mapping[str, PreparedArticle],
    coverage: Coverage,
    similarity: Scores,
    reader: Scores,
    days: Sequence[AskedDate],
    weights: Weights,
) -> list[Candidate]:
    """Return the sentences of the first `PASSAGES_READ` hits, best first.

    `articles` holds the hits' articles by id, `similarity` gives texts' cosines to the question, `reader` says how well
    texts answer it, and `days` are asked about.
    """
    kind = asks_for(question)
    found: dict[tuple[str, int], Candidate] = {}
    for hit in hits[:PASSAGES_READ]:
        prepared = articles[hit.passage.article]
        article = prepared.article
        for one in prepared.sentences(hit.passage):
            if (article.id, one.span.start) in found:
                continue  # it stands in a better passage too
            text = article.text[one.span.start : one.span.end]
            fit = date_fit(article.published, prepared.dates(one.span), days) if days else 0.0
            signs = Signs(
                coverage=coverage(one.spoken, fit),
                passage=hit.score,
                kind=float(
                    offers(text, kind, question)
                    and not lacks(question, text, surroundings(article, one.paragraph, one.span.end))
                ),
                names=min(_new_names(text, question), NAMES_COUNTED) / NAMES_COUNTED,
                date=fit,
            )
            quoted = self_contained(article.text, one.span, one.before) or quote_span(
                article.text, one.span, lambda part: coverage(spoken(part))
            )
            found[article.id, one.span.start] = Candidate(
                article, one.paragraph, one.span, quoted, signs, weights.signs, one.after
            )
    compared = _with(list(found.values()), COMPARED, "cosine", lambda one: one.text, similarity)
    # Those that are further behind than any sentence that is quoted need no reading.
    near = sum(one.merit >= compared[0].merit - MARGIN for one in compared[:READ])
    read = [_with_next(one) for one in _with(compared, near, "reader", lambda one: one.quote, reader)]
    return read if days or not asks_of_now(question) else _newest_first(read)


def _newest_first(found: list[Candidate]) -> list[Candidate]:
    """Put the newest article's sentence first, of those that are about as good as the best and say all that is asked.

    Who is mayor now, the newest article knows best.
    """
    as_good = [
        one
        for one in found
        if one.merit >= found[0].merit - AS_GOOD
        and one.signs.coverage >= ALL_COVERED
        and one.signs.kind >= found[0].signs.kind
    ]
    if found[0] not in as_good or not all(one.article.published for one in as_good):
        return found
    newest = max(as_good, key=lambda one: one.article.published or date.min)
    return [newest, *(one for one in found if one is not newest)]


def _with(
    found: Sequence[Candidate], count: int, sign: str, text: Callable[[Candidate], str], scores: Scores
) -> list[Candidate]:
    """Return the sentences, best first, the best `count` of them with one more sign from the scores of their texts.

    The others count as no better than the worst of these.
    """
    ordered = sorted(found, key=_order)
    known = list(scores([text(one) for one in ordered[:count]]))
    known += [min(known, default=0.0)] * (len(ordered) - len(known))
    return sorted(
        (replace(one, signs=one.signs._replace(**{sign: score})) for one, score in zip(ordered, known, strict=True)),
        key=_order,
    )


def _with_next(one: Candidate) -> Candidate:
    """Return a sentence that is quoted whole and alone with the short one behind it."""
    if one.after is None or one.quoted != one.span:
        return one
    both = Span(one.span.start, one.after.end)
    following = len(one.article.text[one.after.start : one.after.end].split())
    words = len(one.article.text[both.start : both.end].split())
    fits = following <= MAX_NEXT_WORDS and words <= MAX_WORDS_OF_TWO
    return replace(one, quoted=both) if fits else one


def _order(one: Candidate) -> tuple[float, str, int]:
    return -one.merit, one.article.id, one.span.start


def surroundings(article: Article, paragraph: int, end: int) -> str:
    """Return the title, the paragraph before a quote, and its own up to the quote's end, where a pronoun's name may
    stand. What is named only later, the quote is not about."""
    first = article.paragraphs[max(0, paragraph - 2)]
    return f"{article.title}\n{article.text[first.start : end]}"


def _new_names(text: str, question: str) -> int:
    asked = question.lower()
    return len({name for name in _NAME.findall(text) if name.lower() not in asked})


def date_fit(published: date | None, named: Iterable[ResolvedDate], days: Sequence[AskedDate]) -> float:
    """Return how well the days that a text names fit those that are asked about, in [0, 1].

    What names no day was news of the time in which its article was published.
    """
    of_the_time = OF_THE_TIME if any(day.is_period_of(published) for day in days) else 0.0
    return max([of_the_time, *(day.fits(one) for day in days for one in named)])


def self_contained(text: str, span: Span, before: Span | None, max_words: int = MAX_QUOTE_WORDS) -> Span | None:
    """Return a sentence that points back together with the one before it, which says who is meant; None for others.

    In the news the one before is often a paragraph of its own.
    """
    if before is None or not _POINTS_BACK.match(text, span.start, span.end):
        return None
    words = len(text[before.start : span.end].split())
    return Span(before.start, span.end) if words <= max_words else None


def rerank(hits: Sequence[SearchHit], found: Sequence[Candidate], weights: Weights) -> list[SearchHit]:
    """Order the hits by their own score and their best sentence's merit; scores stay in [0, 1]."""
    least = min((one.merit for one in found), default=0.0)
    best: dict[str, float] = {}
    for hit in hits:
        passage = hit.passage
        for one in found:
            if one.article.id == passage.article and one.span.start < passage.end and one.span.end > passage.start:
                best[passage.key] = max(one.merit, best.get(passage.key, least))

    def worth(hit: SearchHit) -> float:
        return weights.own * hit.score + best.get(hit.passage.key, least)

    scored = [replace(hit, score=1 / (1 + math.exp(-worth(hit)))) for hit in hits]
    return sorted(scored, key=lambda hit: (-hit.score, hit.passage.key))


def choose(found: Sequence[Sequence[Candidate]], limit: int = MAX_QUOTES) -> list[Candidate]:
    """Return the sentences to quote, from the candidates for each part of a question, best first.

    First the best one of each part; of a question with one part, also those nearly as good that add to it, in the order
    in which they were published and stand in their articles.
    """
    chosen: list[Candidate] = []
    leading = [part[0] for part in found if part]
    nearly = [one for one in found[0] if one.merit >= leading[0].merit - MARGIN] if len(found) == 1 else []
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


def _same(one: Candidate, other: Candidate) -> bool:
    """Say whether two quotes overlap, or say much the same in nearly the same words."""
    if one.article.id == other.article.id:
        overlap = min(one.quoted.end, other.quoted.end) - max(one.quoted.start, other.quoted.start)
        if overlap > 0:
            return True
        return say_the_same(one.text, other.text)
    # Of another article, what little is new may be what became of it.
    return say_the_same(one.text, other.text) and _alike(set(terms(one.text)), set(terms(other.text)))


def say_the_same(one: str, other: str) -> bool:
    """Say whether two texts say much the same in nearly the same words."""
    words, others = (set(re.findall(r"\w+", text.lower())) for text in (one, other))
    return _alike(words, others)


def _alike(words: Set[str], others: Set[str]) -> bool:
    return len(words & others) >= SAME * min(len(words), len(others))
