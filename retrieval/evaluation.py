"""Gold questions and anything that answers them, to metrics."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from retrieval.config import Section
from retrieval.errors import UsageError
from retrieval.models import Answer, Article, SearchHit, Verdict

RECALL_AT = (1, 3, 5)
MRR_AT = 10


class Support(Section):
    """A place that holds an answer: words that stand in an article, letter for letter."""

    article: str
    contains: Annotated[str, Field(min_length=1)]


class GoldQuestion(Section):
    """A question and what is right. For `answered`, one of `support` must be found, or with `all` every one.

    `closest` stands for a question near the articles' matter that they do not answer: `closest` and `not_found`
    are both right.
    """

    id: str
    question: str
    kind: str
    verdict: Verdict
    support: tuple[Support, ...] = ()
    all: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question. `rank` counts from 1; None where no passage among those found supports it."""

    gold: GoldQuestion
    answer: Answer
    rank: int | None
    right_quote: bool
    right_verdict: bool


@dataclass(frozen=True, slots=True)
class Metrics:
    """Rates in [0, 1]. Passage and quote metrics are over the answerable questions.

    Verdicts: precision is the share of answers given as `answered` whose question is answerable, recall the share
    of answerable questions answered so; and likewise for saying that there is no answer.
    """

    questions: int
    answerable: int
    recall: dict[int, float]
    mrr: float
    exact_quotes: float
    right_quote_first: float
    right_quote: float
    words_quoted: float
    answered_precision: float
    answered_recall: float
    refused_precision: float
    refused_recall: float
    foreign_not_found: float


def load_gold(path: Path) -> list[GoldQuestion]:
    """Read gold questions. Raises UsageError, naming the entry that is wrong."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("question", [])
        questions = TypeAdapter(list[GoldQuestion]).validate_python(entries)
    except OSError as error:
        raise UsageError(f"The gold questions {path} cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The gold questions {path} are not TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ", ".join(str(part) for part in first["loc"]) or "question"
        raise UsageError(f"{path.name}, [[question]] {where}: {first['msg']}.") from error
    if not questions:
        raise UsageError(f"{path} holds no [[question]].")
    for gold in questions:
        if (gold.verdict is Verdict.ANSWERED) != bool(gold.support):
            raise UsageError(f"{path.name}, {gold.id}: an answered question has support, and no other has.")
    return questions


def check_gold(questions: Sequence[GoldQuestion], article: Callable[[str], Article]) -> None:
    """Check that every supporting text stands in its article. Raises UsageError, or UnknownArticle."""
    for gold in questions:
        for support in gold.support:
            if support.contains not in article(support.article).text:
                raise UsageError(f"{gold.id}: {support.contains!r} does not stand in {support.article}.")


def evaluate(
    questions: Sequence[GoldQuestion],
    ask: Callable[[str], Answer],
    article: Callable[[str], Article],
    progress: Callable[[int], None] | None = None,
) -> list[Outcome]:
    """Ask every question; `article` gives the text that quotes are held against."""
    outcomes = []
    for number, gold in enumerate(questions, start=1):
        outcomes.append(_outcome(gold, ask(gold.question), article))
        if progress:
            progress(number)
    return outcomes


def measure(outcomes: Sequence[Outcome], article: Callable[[str], Article]) -> Metrics:
    """Summarise outcomes."""
    answerable = [one for one in outcomes if one.gold.verdict is Verdict.ANSWERED]
    foreign = [one for one in outcomes if one.gold.verdict is Verdict.NOT_FOUND]
    answered = [one for one in outcomes if one.answer.verdict is Verdict.ANSWERED]
    refused = [one for one in outcomes if one.answer.verdict is not Verdict.ANSWERED]
    refusable = [one for one in outcomes if one.gold.verdict is not Verdict.ANSWERED]
    citations = [citation for one in outcomes for citation in one.answer.citations]
    quoting = [one for one in outcomes if one.answer.citations]
    return Metrics(
        questions=len(outcomes),
        answerable=len(answerable),
        recall={k: _rate([one.rank is not None and one.rank <= k for one in answerable]) for k in RECALL_AT},
        mrr=_rate([1 / one.rank if one.rank is not None and one.rank <= MRR_AT else 0.0 for one in answerable]),
        exact_quotes=_rate([article(c.article).text[c.start : c.end] == c.quote for c in citations]),
        right_quote_first=_rate([_supported(one.gold, _quotes(one.answer)[:1]) for one in answerable]),
        right_quote=_rate([one.right_quote for one in answerable]),
        words_quoted=_rate([sum(len(c.quote.split()) for c in one.answer.citations) for one in quoting]),
        answered_precision=_rate([one.gold.verdict is Verdict.ANSWERED for one in answered]),
        answered_recall=_rate([one.answer.verdict is Verdict.ANSWERED for one in answerable]),
        refused_precision=_rate([one.gold.verdict is not Verdict.ANSWERED for one in refused]),
        refused_recall=_rate([one.answer.verdict is not Verdict.ANSWERED for one in refusable]),
        foreign_not_found=_rate([one.answer.verdict is Verdict.NOT_FOUND for one in foreign]),
    )


def _outcome(gold: GoldQuestion, answer: Answer, article: Callable[[str], Article]) -> Outcome:
    if gold.verdict is Verdict.ANSWERED:
        right = answer.verdict is Verdict.ANSWERED
    elif gold.verdict is Verdict.CLOSEST:
        right = answer.verdict is not Verdict.ANSWERED
    else:
        right = answer.verdict is Verdict.NOT_FOUND
    return Outcome(gold, answer, _rank(gold, answer.hits, article), _supported(gold, _quotes(answer)), right)


def _rank(gold: GoldQuestion, hits: Sequence[SearchHit], article: Callable[[str], Article]) -> int | None:
    """Return the rank of the first supporting passage; with `all`, the rank by which every place is found."""
    ranks = [
        next((rank for rank, hit in enumerate(hits, start=1) if _holds(hit, support)), None) for support in gold.support
    ]
    found = [rank for rank in ranks if rank is not None]
    if gold.all:
        # Places in two articles cannot all be first: the last of n counts as first where it is n-th.
        return max(1, max(found) - len(ranks) + 1) if found and len(found) == len(ranks) else None
    return min(found, default=None)


def _holds(hit: SearchHit, support: Support) -> bool:
    return hit.passage.article == support.article and support.contains in hit.passage.text


def _quotes(answer: Answer) -> list[tuple[str, str]]:
    return [(citation.article, citation.quote) for citation in answer.citations]


def _supported(gold: GoldQuestion, quotes: Sequence[tuple[str, str]]) -> bool:
    held = [
        any(article == support.article and support.contains in quote for article, quote in quotes)
        for support in gold.support
    ]
    return all(held) if gold.all else any(held)


def _rate(values: Sequence[float | bool]) -> float:
    return fmean(values) if values else 0.0
