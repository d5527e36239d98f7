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

ANSWERED_FROM = 0.8
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


def signals(hits: Sequence[SearchHit], found: Sequence[Candidate], coverage: Coverage) -> Signals:
    """Gather what the verdict rests on, from the hits and the sentences in their order of merit."""
    best = found[0] if found else None
    return Signals(
        passage_similarity=max((hit.similarity for hit in hits[:PASSAGES_READ]), default=0.0),
        sentence_similarity=best.similarity if best else 0.0,
        passage_coverage=max((coverage(hit.passage.text) for hit in hits[:PASSAGES_READ]), default=0.0),
        sentence_coverage=best.coverage if best else 0.0,
    )


def relatedness(given: Signals) -> float:
    """Return how surely the articles speak of a question's matter, in [0, 1].

    A logistic regression of four signals. On pairs of encyclopaedia articles it parts questions about them from
    questions about something else: benchmarks/verdicts.py fits it anew and prints how well it does.
    """
    weights = (6.3, 7.1, 5.9, 5.7)
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


def answer(
    question: str,
    vector: Vector,
    hits: Sequence[SearchHit],
    retriever: HybridRetriever,
    lexicon: Lexicon,
    article: Callable[[str], Article],
) -> Answer:
    """Answer from the passages found. `article` returns an article of the same version by its id."""
    coverage = Coverage(question, lexicon)
    articles = {hit.passage.article: article(hit.passage.article) for hit in hits[:PASSAGES_READ]}
    found = candidates(question, hits, articles, vector, retriever.embed_texts, coverage)
    hits = rerank(hits, found)
    verdict = judge(signals(hits, found, coverage))
    if verdict is Verdict.NOT_FOUND or not found:
        return Answer(question, Verdict.NOT_FOUND, MODE, NOT_FOUND, (), tuple(hits))
    citations = tuple(_citation(number, one) for number, one in enumerate(choose(found), start=1))
    quotes = " ".join(f"{_one_line(citation.quote)} [{citation.number}]" for citation in citations)
    text = quotes if verdict is Verdict.ANSWERED else f"{CLOSEST} {quotes}"
    return Answer(question, verdict, MODE, text, citations, tuple(hits))


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
