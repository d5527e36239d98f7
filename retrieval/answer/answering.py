"""Passages to an answer: the verdict, the quotes, and what to say when there are none."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from retrieval.answer.citing import cite, days_of
from retrieval.answer.counting import counted_phrase
from retrieval.answer.coverage import Coverage, stems_of_days
from retrieval.answer.extraction import (
    PASSAGES_READ,
    Candidate,
    Scores,
    candidates,
    choose,
    date_fit,
    rerank,
    surroundings,
)
from retrieval.answer.figures import differing, told_apart
from retrieval.answer.meaning import covers, has_synonym
from retrieval.answer.prepared import PreparedArticle
from retrieval.answer.questions import Asks, asks_for
from retrieval.answer.wanted import deed_asked, lacks
from retrieval.corpus.asked_dates import AskedDate
from retrieval.index.lexicon import Lexicon, terms
from retrieval.models import Answer, Article, Citation, SearchHit, Span, Verdict
from retrieval.search.spelling import Spelled, spoken
from retrieval.weights import WEIGHTS, Weights

MODE = "extractive"

ANSWERED_FROM, CLOSEST_FROM = 0.7, 0.2
"""How sure it has to be, of up to `FEW` passages, that they speak of a question's matter: to answer, to be shown."""
FEW = 10
BY_CHANCE = 0.65
"""By how much the logits of both bounds rise with each tenfold of the passages: the best of more are likelier alike by
chance."""
LOOKED_AT, SAYS_ENOUGH = 20, 0.6
"""How many sentences are looked at for a count that none of those to be quoted has, and the share of the question's
words that the one which has it needs."""
RARE = 0.34
"""Share of the passages. A name that more of them have may go without saying in an answer."""
PREPARED = 256
"""Articles that stay ready to be read: some ten megabytes."""
_SHORTENED = re.compile(r"\b([A-Z][a-z]{1,4})\.")
"""How titles are written before a name: Gen. for General."""
_EITHER = re.compile(r"\b([A-Z][\w'’-]+),? or ([A-Z][\w'’-]+)")
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_]+")
SAME_DEED = 0.46
"""The cosine of a verb and of a word, or a sentence, that tells of the same: "arrested" and "detained" have .71,
"killed" and "fled" .43."""
SHORTEST_NAME = 4
"""Letters that two forms of a name have in common."""

NOT_FOUND = "The articles do not speak of this."
CLOSEST = "The articles do not seem to say this. The closest passages:"
OPEN = "Nothing found answers "


@dataclass(frozen=True, slots=True)
class Signals:
    """What the verdict rests on: the cosine of the question to its best passage, and the shares of the question's
    words (rare ones counting more) in the best passage and in the best sentence."""

    passage_similarity: float
    passage_coverage: float
    sentence_coverage: float


def relatedness(given: Signals) -> float:
    """Return how surely the articles speak of a question's matter, in [0, 1].

    A logistic regression of three signals. On pairs of encyclopaedia articles it parts questions about them from
    questions about something else: benchmarks/verdicts.py fits it anew and prints how well it does.
    """
    weights = (12.1, 6.3, 6.1)
    values = (given.passage_similarity, given.passage_coverage, given.sentence_coverage)
    return 1 / (1 + math.exp(7.9 - sum(weight * value for weight, value in zip(weights, values, strict=True))))


def bound(few: float, passages: int) -> float:
    """Return the bound of so many passages that is `few` where they are few."""
    logit = math.log(few / (1 - few)) + BY_CHANCE * math.log10(max(passages, FEW) / FEW)
    return 1 / (1 + math.exp(-logit))


def judge(given: Signals, passages: int) -> Verdict:
    """Return what can be claimed from the best of so many passages."""
    sure = relatedness(given)
    if sure >= bound(ANSWERED_FROM, passages):
        return Verdict.ANSWERED
    return Verdict.CLOSEST if sure >= bound(CLOSEST_FROM, passages) else Verdict.NOT_FOUND


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, or one part of it, with the passages found for it among `searched`, and the days that it asks about.

    `similarity` gives texts' cosines to it, `reader` the reader's scores of sentences as answers to it, and `likeness`
    texts' cosines to a word. `weights` are what each sign counts.
    """

    spelled: Spelled
    hits: Sequence[SearchHit]
    searched: int
    similarity: Scores
    reader: Scores
    likeness: Callable[[str, Sequence[str]], Sequence[float]]
    days: Sequence[AskedDate] = ()
    weights: Weights = WEIGHTS


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading the passages brought: the hits in their new order, the sentences by merit, and the signals."""

    hits: list[SearchHit]
    found: list[Candidate]
    signals: Signals
    coverage: Coverage


class Answerer:
    """Answers from passages of one version. `article` returns an article of that version by its id."""

    def __init__(self, lexicon: Lexicon, article: Callable[[str], Article]) -> None:
        self._lexicon = lexicon
        self.prepared = lru_cache(PREPARED)(lambda id: PreparedArticle(article(id)))

    def read(self, asked: Asked) -> Reading:
        """Read the passages found, sentence by sentence."""
        coverage = Coverage(asked.spelled, self._lexicon, asked.days)
        read = asked.hits[:PASSAGES_READ]
        articles = {hit.passage.article: self.prepared(hit.passage.article) for hit in read}
        question, days, weights = asked.spelled.text, asked.days, asked.weights
        found = candidates(question, read, articles, coverage, asked.similarity, asked.reader, days, weights)
        ordered = rerank(asked.hits, found, weights)

        def covered(hit: SearchHit) -> float:
            prepared = articles[hit.passage.article]
            # Of the title too: an article about a parade may not say so again.
            spoken_there = " ".join(
                [spoken(prepared.article.title), *(one.spoken for one in prepared.sentences(hit.passage))]
            )
            span = Span(hit.passage.start, hit.passage.end)
            fit = date_fit(prepared.article.published, prepared.dates(span), asked.days) if asked.days else 0.0
            return coverage(spoken_there, fit)

        signals = Signals(
            passage_similarity=max((hit.similarity for hit in read), default=0.0),
            passage_coverage=max(map(covered, read), default=0.0),
            sentence_coverage=found[0].signs.coverage if found else 0.0,
        )
        return Reading(ordered, found, signals, coverage)

    def _settled(self, asked: Asked, reading: Reading, *, alone: bool) -> tuple[Verdict, Reading]:
        """Return what can be claimed from the sentences that would be quoted, of a part of a question the best one.

        Where something is to be counted and none of them does so, one further behind may: it is put first.
        """
        verdict = judge(reading.signals, asked.searched) if reading.found else Verdict.NOT_FOUND
        shown = choose([reading.found]) if alone else reading.found[:1]
        if verdict is not Verdict.ANSWERED or any(self._fits(asked, reading, one) for one in shown):
            return verdict, reading
        for one in reading.found[:LOOKED_AT] if counted_phrase(asked.spelled.text) else ():
            if reading.coverage(spoken(one.quote)) >= SAYS_ENOUGH and self._fits(asked, reading, one):
                others = [other for other in reading.found if other is not one]
                return verdict, replace(reading, found=[one, *others])
        return Verdict.CLOSEST, reading

    def _fits(self, asked: Asked, reading: Reading, one: Candidate) -> bool:
        """Say whether a sentence has what the question plainly wants, and stands where its names do.

        "How many troops are in Syria?" is not answered by how many are in Iraq, however alike the sentences are, and
        not better where another quote speaks of Syria.
        """
        question, around = asked.spelled, surroundings(one.article, one.paragraph, one.quoted.end)
        deed = deed_asked(question.text)
        if lacks(question.text, one.quote, around) or (deed and not _tells(deed, one.quote, asked.likeness)):
            return False
        words = {stem: word for word in _WORD.findall(question.text) for stem in terms(word)}
        stems = spoken(around)
        shortened = {
            short.lower() for hit in reading.hits[:PASSAGES_READ] for short in _SHORTENED.findall(hit.passage.text)
        }
        missing = {
            name
            for name in question.names - stems_of_days(question, asked.days)
            if self._lexicon.document_frequency(name) <= max(1, RARE * self._lexicon.size)
            and not question.is_in(name, stems)
            and not _is_part(name, stems)
            and not has_synonym(words.get(name, name), around)
            and not name.startswith(tuple(shortened))
        }
        # "Shi'ite or Sunni?": one of the two is the answer.
        for pair in _EITHER.finditer(question.text):
            either = {stem for word in pair.groups() for stem in terms(word)}
            if not either <= missing:
                missing -= either
        return not missing

    def answer(self, question: str, asked: Sequence[Asked]) -> Answer:
        """Answer a question from what was found for each of its parts; its hits are in their new order.

        Of a question that asks several things, each that has an answer gets its sentence, and the others are named.
        """
        readings = [self.read(part) for part in asked]
        hits = _merged([reading.hits for reading in readings])
        alone = len(asked) == 1
        settled = [self._settled(part, reading, alone=alone) for part, reading in zip(asked, readings, strict=True)]
        verdicts = [verdict for verdict, _ in settled]
        readings = [reading for _, reading in settled]
        for verdict in (Verdict.ANSWERED, Verdict.CLOSEST):
            speaking = [reading for reading, its in zip(readings, verdicts, strict=True) if its is verdict]
            if speaking:
                break
        else:
            return Answer(question, Verdict.NOT_FOUND, MODE, NOT_FOUND, (), hits, note=NOT_FOUND)
        chosen = choose([reading.found for reading in speaking])
        figures = differing(asked[0].spelled.text, speaking[0].found) if alone else []
        if figures:
            chosen = [one for one, _ in figures]
        when = asks_for(question) is Asks.TIME
        citations = tuple(_citation(number, one, dated=when) for number, one in enumerate(chosen, start=1))
        quotes = " ".join(
            " ".join([_one_line(one.quote), f"[{one.number}]", *(f"({day})" for day in one.days)]) for one in citations
        )
        if verdict is Verdict.CLOSEST:
            return Answer(question, verdict, MODE, f"{CLOSEST} {quotes}", citations, hits, note=CLOSEST)
        left = [part.spelled.text for part, its in zip(asked, verdicts, strict=True) if its is not verdict]
        note = OPEN + "; ".join(f"“{part.rstrip('?')}?”" for part in left) if left else ""
        if figures:
            note = told_apart(figures)
        return Answer(question, verdict, MODE, f"{quotes} {note}".strip(), citations, hits, note=note)


def _tells(deed: str, quote: str, likeness: Callable[[str, Sequence[str]], Sequence[float]]) -> bool:
    """Say whether a quote tells of a deed, in whatever words: who was detained was arrested."""
    words = [word for word in dict.fromkeys(_WORD.findall(quote)) if terms(word)]
    return any(covers(deed, word) for word in words) or max(likeness(deed, [*words, quote]), default=0.0) >= SAME_DEED


def _is_part(name: str, stems: str) -> bool:
    """Say whether a name begins with one of these words, or one with it: Iran and Iranian, Kuwait and Kuwaiti."""
    return any(
        min(len(name), len(stem)) >= SHORTEST_NAME and (name.startswith(stem) or stem.startswith(name))
        for stem in stems.split()
    )


def _merged(lists: Sequence[Sequence[SearchHit]]) -> tuple[SearchHit, ...]:
    """Return the hits of all lists, best first, each passage once, as many as the longest list has."""
    best: dict[str, SearchHit] = {}
    for hit in (hit for hits in lists for hit in hits):
        known = best.get(hit.passage.key)
        if known is None or hit.score > known.score:
            best[hit.passage.key] = hit
    ordered = sorted(best.values(), key=lambda hit: (-hit.score, hit.passage.key))
    return tuple(ordered[: max(map(len, lists), default=0)])


def _citation(number: int, one: Candidate, *, dated: bool) -> Citation:
    return cite(number, one.article, one.quoted, days_of(one.article, one.quoted) if dated else ())


def _one_line(quote: str) -> str:
    return " ".join(quote.split())
