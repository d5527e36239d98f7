"""Gold questions and anything that answers them, to metrics."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from statistics import fmean
from typing import Annotated, Protocol

from pydantic import Field, ValidationError

from retrieval.config import Section
from retrieval.corpus.sentences import split_sentences
from retrieval.errors import UsageError
from retrieval.library import WORDS_ALONE
from retrieval.models import Answer, Article, Kind, Reference, SearchHit, Verdict

RECALL_AT = (1, 3, 5)
MRR_AT = 10
RESAMPLES = 2_000
CONFIDENCE = 0.95
SEED = 20

Articles = Callable[[str], Article]
"""Gives an article by its exact id."""


class Ask(Protocol):
    """Answers a question as on a day, as `Library.ask` does."""

    def __call__(self, question: str, /, *, today: date | None) -> Answer: ...


class Support(Section):
    """A place that holds an answer: words that stand in an article, letter for letter."""

    article: str
    contains: Annotated[str, Field(min_length=1)]


class GoldQuestion(Section):
    """A question and what is right. For `answered`, one of `support` must be found, or with `all` every one.

    `closest` stands for a question near the articles' matter that they do not answer: `closest` and `not_found`
    are both right. It is asked as if on the day `asked`.
    """

    id: str
    question: str
    kind: str
    verdict: Verdict
    support: tuple[Support, ...] = ()
    all: bool = False
    asked: date | None = None


class _GoldFile(Section):
    """What a file of gold questions holds; `asked` is the day of those that name none."""

    asked: date | None = None
    question: tuple[GoldQuestion, ...] = ()


class Failure(StrEnum):
    """What went wrong with a question, the worst of it; of an unanswerable one only the verdict can."""

    VERDICT = "wrong verdict"
    QUOTE = "right passage, wrong quote"
    """A supporting passage is among the first five, and yet no quote has the words."""
    PASSAGE = "passage not found"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question. `rank` counts from 1; None where no passage among those found supports it."""

    gold: GoldQuestion
    answer: Answer
    rank: int | None
    right_quote_first: bool
    right_quote: bool
    right_verdict: bool

    @property
    def answerable(self) -> bool:
        """Whether the articles answer the question."""
        return self.gold.verdict is Verdict.ANSWERED

    @property
    def answered(self) -> bool:
        """Whether it was said to be answered."""
        return self.answer.verdict is Verdict.ANSWERED

    @property
    def failure(self) -> Failure | None:
        """What went wrong, or None."""
        if not self.right_verdict:
            return Failure.VERDICT
        if self.right_quote or not self.answerable:
            return None
        return Failure.QUOTE if self.within(RECALL_AT[-1]) else Failure.PASSAGE

    def within(self, k: int) -> bool:
        """Say whether what supports the answer is among the first `k` passages."""
        return self.rank is not None and self.rank <= k


@dataclass(frozen=True, slots=True)
class Metrics:
    """Rates in [0, 1]. Passage and quote metrics are over the answerable questions.

    Verdicts: precision is the share of answers given as `answered` whose question is answerable, recall the share
    of answerable questions answered so; and likewise for saying that there is no answer. `answerable_lost` is the
    share of answerable questions that were not `answered`, `refused_recall` that of the others.
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
    answerable_lost: float


@dataclass(frozen=True, slots=True)
class Written:
    """What a language model made of the answers.

    Citation recall and precision are those of ALCE (Gao et al. 2023), with this project's verifier as the judge in the
    place of its entailment model, and over the answers in which the model wrote anything: `drafted` for what it wrote
    with the passages that it named, `shown` for what was kept with the quotes it is bound to. Rates are in [0, 1];
    times in milliseconds, over all answers that the model was asked for.
    """

    asked: int
    written: int
    failed: int
    drafted_recall: float
    drafted_precision: float
    shown_recall: float
    shown_precision: float
    sentences: int
    dropped: float
    first_paint_p50: float
    first_paint_p95: float
    full_p50: float
    full_p95: float


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % confidence interval of a rate, both ends included."""

    low: float
    high: float


def load_gold(path: Path) -> list[GoldQuestion]:
    """Read gold questions, which the file may say a common day for. Raises UsageError, naming what is wrong."""
    try:
        file = _GoldFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        asked = {"asked": file.asked}
        questions = [gold if gold.asked else gold.model_copy(update=asked) for gold in file.question]
    except OSError as error:
        raise UsageError(f"The gold questions {path} cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The gold questions {path} are not TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        section, *within = map(str, first["loc"])
        where = f"[[question]] {', '.join(within)}".rstrip() if section == "question" else section
        raise UsageError(f"{path.name}, {where}: {first['msg']}.") from error
    if not questions:
        raise UsageError(f"{path} holds no [[question]].")
    seen: set[str] = set()
    for gold in questions:
        if gold.id in seen:
            raise UsageError(f"{path.name}, {gold.id}: two questions have this id.")
        seen.add(gold.id)
        if (gold.verdict is Verdict.ANSWERED) != bool(gold.support):
            raise UsageError(f"{path.name}, {gold.id}: an answered question has support, and no other has.")
    return questions


def check_gold(questions: Sequence[GoldQuestion], article: Articles) -> None:
    """Check that every supporting text stands in its article. Raises UsageError, or UnknownArticle."""
    for gold in questions:
        for support in gold.support:
            if support.contains not in article(support.article).text:
                raise UsageError(f"{gold.id}: {support.contains!r} does not stand in {support.article}.")


def evaluate(
    questions: Sequence[GoldQuestion],
    ask: Ask,
    article: Articles,
    progress: Callable[[int], None] | None = None,
) -> list[Outcome]:
    """Ask every question; `article` gives the text that quotes are held against."""
    outcomes = []
    for number, gold in enumerate(questions, start=1):
        outcomes.append(_outcome(gold, ask(gold.question, today=gold.asked), article))
        if progress:
            progress(number)
    return outcomes


def measure(outcomes: Sequence[Outcome], article: Articles) -> Metrics:
    """Summarise outcomes."""
    answerable = [one for one in outcomes if one.answerable]
    foreign = [one for one in outcomes if one.gold.verdict is Verdict.NOT_FOUND]
    answered = [one for one in outcomes if one.answered]
    refused = [one for one in outcomes if not one.answered]
    unanswerable = [one for one in outcomes if not one.answerable]
    citations = [citation for one in outcomes for citation in one.answer.citations]
    quoting = [one for one in outcomes if one.answer.citations]
    return Metrics(
        questions=len(outcomes),
        answerable=len(answerable),
        recall={k: _rate([one.within(k) for one in answerable]) for k in RECALL_AT},
        mrr=_rate([_reciprocal_rank(one) for one in answerable]),
        exact_quotes=_rate([article(c.article).text[c.start : c.end] == c.quote for c in citations]),
        right_quote_first=_rate([one.right_quote_first for one in answerable]),
        right_quote=_rate([one.right_quote for one in answerable]),
        words_quoted=_rate([sum(len(c.quote.split()) for c in one.answer.citations) for one in quoting]),
        answered_precision=_rate([one.answerable for one in answered]),
        answered_recall=_rate([one.answered for one in answerable]),
        refused_precision=_rate([not one.answerable for one in refused]),
        refused_recall=_rate([not one.answered for one in unanswerable]),
        foreign_not_found=_rate([one.answer.verdict is Verdict.NOT_FOUND for one in foreign]),
        answerable_lost=_rate([not one.answered for one in answerable]),
    )


def measure_written(outcomes: Sequence[Outcome], article: Articles) -> Written:
    """Summarise what a language model made of answers."""
    asked = [one.answer for one in outcomes if one.answered and one.answer.kind is Kind.MATTER]
    drafts = [one for one in asked if one.statements]
    drafted = [_citations(_drafted(one, article)) for one in drafts]
    shown = [_citations(_shown(one)) for one in drafts if one.is_written]
    painted = [one.timings.embed + one.timings.search + one.timings.answer for one in asked]
    statements = [statement for one in drafts for statement in one.statements]
    full = [one.timings.total for one in asked]
    return Written(
        asked=len(asked),
        written=len(shown),
        failed=sum(not one.statements and one.degraded not in ("", WORDS_ALONE) for one in asked),
        drafted_recall=_rate([recall for recall, _ in drafted]),
        drafted_precision=_rate([precision for _, precision in drafted]),
        shown_recall=_rate([recall for recall, _ in shown]),
        shown_precision=_rate([precision for _, precision in shown]),
        sentences=len(statements),
        dropped=_rate([one.citation is None for one in statements]),
        first_paint_p50=_quantile(painted, 0.5),
        first_paint_p95=_quantile(painted, 0.95),
        full_p50=_quantile(full, 0.5),
        full_p95=_quantile(full, 0.95),
    )


Cited = tuple[str, Sequence[Reference]]
"""A statement, and what it cites."""


def _drafted(answer: Answer, article: Articles) -> list[Cited]:
    from retrieval.writing.writer import PASSAGES

    passages = [Reference(hit.passage.text, article(hit.passage.article).published) for hit in answer.hits[:PASSAGES]]
    return [
        (one.text, [passages[number - 1] for number in dict.fromkeys(one.cited) if 0 < number <= len(passages)])
        for one in answer.statements
    ]


def _shown(answer: Answer) -> list[Cited]:
    quotes = {one.number: Reference(one.quote, one.published) for one in answer.citations}
    return [(one.text, [quotes[one.citation]]) for one in answer.statements if one.citation is not None]


def _citations(statements: Sequence[Cited]) -> tuple[float, float]:
    """Return the citation recall and precision of an answer, as ALCE defines them.

    A statement counts for recall where all that it cites, taken together, bears it out. A citation counts for
    precision where its statement does so, and it bears it out alone or the others do not without it.
    """
    recalled: list[bool] = []
    precise: list[bool] = []
    for text, cited in statements:
        recalled.append(_bears_out(text, cited))
        for at, one in enumerate(cited):
            needed = _bears_out(text, [one]) or not _bears_out(text, [*cited[:at], *cited[at + 1 :]])
            precise.append(recalled[-1] and needed)
    return _rate(recalled), _rate(precise)


def _bears_out(text: str, cited: Sequence[Reference]) -> bool:
    # Only an evaluation with a language model pays for its import.
    from retrieval.verification.verification import verify

    if not cited:
        return False
    together = Reference("\n\n".join(one.text for one in cited), cited[0].published)
    return any(verify(text, [one], strict=True).supported for one in (*cited, together))


def _quantile(values: Sequence[float], share: float) -> float:
    import numpy as np

    return float(np.quantile(values, share)) if values else 0.0


def intervals(outcomes: Sequence[Outcome]) -> dict[str, Interval | None]:
    """Return how far the main rates may be from what other questions of the same sort would give, by their names.

    The names are those of `Metrics`, with `recall_k` and `mrr_10`. None where there is no question of that sort.
    """
    answerable = [one for one in outcomes if one.answerable]
    unanswerable = [one for one in outcomes if not one.answerable]
    rates: dict[str, list[float]] = {
        **{f"recall_{k}": [one.within(k) for one in answerable] for k in RECALL_AT},
        f"mrr_{MRR_AT}": [_reciprocal_rank(one) for one in answerable],
        "right_quote_first": [one.right_quote_first for one in answerable],
        "right_quote": [one.right_quote for one in answerable],
        "refused_recall": [not one.answered for one in unanswerable],
        "answerable_lost": [not one.answered for one in answerable],
    }
    return {name: bootstrap(values) for name, values in rates.items()}


def bootstrap(values: Sequence[float]) -> Interval | None:
    """Return the percentile bootstrap interval of the values' mean (Efron 1979), the same at every call."""
    # Only an evaluation pays for its import.
    import numpy as np

    if not values:
        return None
    known = np.asarray(values, dtype=np.float64)
    chosen = np.random.default_rng(SEED).integers(known.size, size=(RESAMPLES, known.size))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(known[chosen].mean(axis=1), (tail, 1 - tail)).tolist()
    return Interval(low, high)


def supports(support: Support, name: str, text: str, article: Articles) -> bool:
    """Say whether a text of the article with the id `name` holds the words of a place that gives the answer.

    They may come from another article that has the same sentence, as many papers print one agency's report. The bare
    words are not enough there: "about 5,000 troops" may be said of another country.
    """
    if support.contains not in text:
        return False
    return name == support.article or _sentence(support, article) in _words(article(name).text)


def _outcome(gold: GoldQuestion, answer: Answer, article: Articles) -> Outcome:
    if gold.verdict is Verdict.ANSWERED:
        right = answer.verdict is Verdict.ANSWERED
    elif gold.verdict is Verdict.CLOSEST:
        right = answer.verdict is not Verdict.ANSWERED
    else:
        right = answer.verdict is Verdict.NOT_FOUND
    quotes = [(citation.article, citation.quote) for citation in answer.citations]
    return Outcome(
        gold,
        answer,
        rank=_rank(gold, answer.hits, article),
        # One quote cannot hold all that a question of several parts needs: one of them first is right.
        right_quote_first=any(_held(gold, quotes[:1], article)),
        right_quote=_supported(gold, quotes, article),
        right_verdict=right,
    )


def _rank(gold: GoldQuestion, hits: Sequence[SearchHit], article: Articles) -> int | None:
    """Return the rank of the first supporting passage; with `all`, the rank by which every place is found."""
    ranks = [
        next(
            (
                rank
                for rank, hit in enumerate(hits, start=1)
                if supports(support, hit.passage.article, hit.passage.text, article)
            ),
            None,
        )
        for support in gold.support
    ]
    found = [rank for rank in ranks if rank is not None]
    if gold.all:
        # Two passages cannot both be first: the last of n passages that are needed counts as first where it is n-th.
        return max(found) - len(set(found)) + 1 if found and len(found) == len(ranks) else None
    return min(found, default=None)


def _supported(gold: GoldQuestion, quotes: Sequence[tuple[str, str]], article: Articles) -> bool:
    held = _held(gold, quotes, article)
    return bool(held) and (all(held) if gold.all else any(held))


def _held(gold: GoldQuestion, quotes: Sequence[tuple[str, str]], article: Articles) -> list[bool]:
    """Return for each place that gives the answer whether one of the quotes holds its words."""
    return [any(supports(support, name, quote, article) for name, quote in quotes) for support in gold.support]


def _sentence(support: Support, article: Articles) -> str:
    """Return the words of the sentence in which a support stands."""
    source = article(support.article)
    place = source.text.find(support.contains)
    for paragraph in source.paragraphs:
        for span in split_sentences(source.text, paragraph.start, paragraph.end):
            if span.start <= place < span.end:
                return _words(source.text[span.start : max(span.end, place + len(support.contains))])
    return _words(support.contains)


def _words(text: str) -> str:
    return " ".join(text.split())


def _reciprocal_rank(one: Outcome) -> float:
    return 1 / one.rank if one.rank is not None and one.rank <= MRR_AT else 0.0


def _rate(values: Sequence[float | bool]) -> float:
    return fmean(values) if values else 0.0
