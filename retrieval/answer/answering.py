"""Passages to an answer: the verdict, the quotes, and what to say when there are none."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from retrieval.answer.extraction import PASSAGES_READ, Candidate, candidates, choose, quote_span, rerank
from retrieval.index.lexicon import Lexicon, terms
from retrieval.models import Answer, Article, Citation, SearchHit, Verdict
from retrieval.search.hybrid import HybridRetriever, Vector

MODE = "extractive"

ANSWERED_FROM = 0.6
CLOSEST_FROM = 0.2

NOT_FOUND = "The articles do not speak of this."
CLOSEST = "The articles do not seem to say this. The closest passages:"


@dataclass(frozen=True, slots=True)
class Signals:
    """What the verdict rests on: cosines of the question to its best passage and best sentence, and the shares of
    the question's words (rare ones counting more) in the best passages together and in the best sentence."""

    passage_similarity: float
    sentence_similarity: float
    passage_coverage: float
    sentence_coverage: float


class Coverage:
    """How much of a question a text speaks of, by the stems that both have."""

    def __init__(self, question: str, lexicon: Lexicon) -> None:
        size = lexicon.size
        self._weights = {
            word: math.log(1 + (size + 1) / (lexicon.document_frequency(word) + 0.5))
            for word in dict.fromkeys(terms(question))
        }
        self._total = sum(self._weights.values())

    def __call__(self, text: str) -> float:
        """Return the share in [0, 1]; 0 for a question without any word to look for."""
        if not self._total:
            return 0.0
        present = set(terms(text))
        return sum(weight for word, weight in self._weights.items() if word in present) / self._total


def relatedness(given: Signals) -> float:
    """Return how surely the articles speak of a question's matter, in [0, 1].

    A logistic regression of four signals. On pairs of encyclopaedia articles it parts questions about them from
    questions about something else: benchmarks/verdicts.py fits it anew and prints how well it does.
    """
    weights = (7.3, 7.8, 4.2, 6.5)
    values = (
        given.passage_similarity,
        given.sentence_similarity,
        given.passage_coverage,
        given.sentence_coverage,
    )
    return 1 / (1 + math.exp(8.9 - sum(weight * value for weight, value in zip(weights, values, strict=True))))


def judge(given: Signals) -> Verdict:
    """Return what can be claimed."""
    sure = relatedness(given)
    if sure >= ANSWERED_FROM:
        return Verdict.ANSWERED
    return Verdict.CLOSEST if sure >= CLOSEST_FROM else Verdict.NOT_FOUND


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading the passages brought: the hits in their new order, the sentences by merit, and the signals."""

    hits: list[SearchHit]
    found: list[Candidate]
    signals: Signals


class Answerer:
    """Answers from passages of one version. `article` returns an article of that version by its id."""

    def __init__(self, retriever: HybridRetriever, lexicon: Lexicon, article: Callable[[str], Article]) -> None:
        self._retriever = retriever
        self._lexicon = lexicon
        self._article = article

    def read(self, question: str, vector: Vector, hits: Sequence[SearchHit]) -> Reading:
        """Read the passages found, sentence by sentence. `vector` is the question's, of unit length."""
        coverage = Coverage(question, self._lexicon)
        articles = {hit.passage.article: self._article(hit.passage.article) for hit in hits[:PASSAGES_READ]}
        found = candidates(question, hits, articles, vector, self._retriever.embed_texts, coverage)
        ordered = rerank(hits, found)
        best = found[0] if found else None
        signals = Signals(
            passage_similarity=max((hit.similarity for hit in ordered[:PASSAGES_READ]), default=0.0),
            sentence_similarity=best.similarity if best else 0.0,
            passage_coverage=max((coverage(hit.passage.text) for hit in ordered[:PASSAGES_READ]), default=0.0),
            sentence_coverage=best.coverage if best else 0.0,
        )
        return Reading(ordered, found, signals)

    def answer(self, question: str, vector: Vector, hits: Sequence[SearchHit]) -> Answer:
        """Answer from the passages found; the answer's hits are in their new order."""
        reading = self.read(question, vector, hits)
        verdict = judge(reading.signals)
        if verdict is Verdict.NOT_FOUND or not reading.found:
            return Answer(question, Verdict.NOT_FOUND, MODE, NOT_FOUND, (), tuple(reading.hits))
        citations = tuple(_citation(number, one) for number, one in enumerate(choose(reading.found), start=1))
        quotes = " ".join(f"{_one_line(citation.quote)} [{citation.number}]" for citation in citations)
        text = quotes if verdict is Verdict.ANSWERED else f"{CLOSEST} {quotes}"
        return Answer(question, verdict, MODE, text, citations, tuple(reading.hits))


def _citation(number: int, one: Candidate) -> Citation:
    article = one.article
    span = quote_span(article.text, one.span)
    return Citation(
        number=number,
        article=article.id,
        title=article.title,
        publisher=article.publisher,
        published=article.published,
        url=article.url,
        paragraph=one.paragraph,
        quote=article.text[span.start : span.end],
        start=span.start,
        end=span.end,
    )


def _one_line(quote: str) -> str:
    return " ".join(quote.split())
