"""What `eval --html` writes: every gold question with its answer on one page. Pure: values in, HTML out.

The page needs no network and no script, and its content policy lets it use none. Everything that comes from a
question, an article or an answer is escaped by the template engine, with its control characters shown as marks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.cli.show import printable
from bot.text import day
from retrieval.evaluation import RECALL_AT, Failure, Interval, Metrics, Outcome, Support, intervals, measure, supports
from retrieval.models import Answer, Article, Citation, Verdict

TEMPLATE = "evaluation.html.jinja"

_GROUPS = (
    (Failure.VERDICT, "Wrong verdict", "Said to be answered where it is not, or the other way round."),
    (Failure.QUOTE, "Right passage, wrong quote", "The passage is among the first five; no quote has the words."),
    (Failure.PASSAGE, "Passage not found", "No passage among the first five has the words."),
    (None, "Right", "Right verdict, and the words are in a quote. Open a question to see its answer."),
)


@dataclass(frozen=True, slots=True)
class Rate:
    """A line of the summary."""

    label: str
    value: float
    interval: Interval | None
    lower_is_better: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: in words, and whether it is right; None for neither."""

    words: str
    right: bool | None


@dataclass(frozen=True, slots=True)
class Quote:
    """A citation. `pieces` are its words in order, each with whether they are supporting ones."""

    citation: Citation
    pieces: list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Expected:
    """A supporting place, and whether a quote has it."""

    words: str
    article: Article
    paragraph: int
    quoted: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A question as it is shown. `kind` is the place of its kind among all kinds; `said` is what is no quote."""

    outcome: Outcome
    kind: int
    checks: list[Check]
    said: str
    quotes: list[Quote]
    expected: list[Expected]


@dataclass(frozen=True, slots=True)
class Group:
    """Questions with the same failure, or with none."""

    title: str
    text: str
    wrong: bool
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of question, to filter by."""

    name: str
    questions: int
    failures: int


def page(outcomes: Sequence[Outcome], article: Callable[[str], Article], gold: str) -> str:
    """Return the page for the outcomes of one evaluation; `gold` names where the questions come from."""
    names = list(dict.fromkeys(one.gold.kind for one in outcomes))
    kinds = [
        Kind(name, len(of_kind), sum(one.failure is not None for one in of_kind))
        for name in names
        for of_kind in [[one for one in outcomes if one.gold.kind == name]]
    ]
    entries = [_entry(one, names.index(one.gold.kind), article) for one in outcomes]
    groups = [
        Group(title, text, failure is not None, [entry for entry in entries if entry.outcome.failure is failure])
        for failure, title, text in _GROUPS
    ]
    metrics = measure(outcomes, article)
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            gold=gold,
            metrics=metrics,
            modes=sorted({one.answer.mode for one in outcomes}),
            rates=_rates(metrics, intervals(outcomes)),
            kinds=kinds,
            groups=groups,
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.filters["day"] = day
    return environment


def _printable(value: Any) -> Any:
    # The engine's own marked-up strings are strings too, and must stay what they are.
    return printable(value) if type(value) is str else value


def _rates(metrics: Metrics, known: dict[str, Interval | None]) -> list[Rate]:
    return [
        *(
            Rate(
                "Right passage first" if k == 1 else f"Right passage in the first {k}", value, known.get(f"recall_{k}")
            )
            for k, value in metrics.recall.items()
        ),
        Rate("MRR@10", metrics.mrr, known["mrr_10"]),
        Rate("Right words in the first quote", metrics.right_quote_first, known["right_quote_first"]),
        Rate("Right words in any quote", metrics.right_quote, known["right_quote"]),
        Rate("Unanswerable, not given as answered", metrics.refused_recall, known["refused_recall"]),
        Rate("Answerable, not given as answered", metrics.answerable_lost, known["answerable_lost"], True),
    ]


def _entry(one: Outcome, kind: int, article: Callable[[str], Article]) -> Entry:
    citations = one.answer.citations
    holding = [
        [number for number, c in enumerate(citations, start=1) if supports(support, c.article, c.quote, article)]
        for support in one.gold.support
    ]
    return Entry(
        outcome=one,
        kind=kind,
        checks=_checks(one, holding),
        said=_said(one.answer),
        quotes=[
            Quote(
                citation,
                _pieces(
                    citation.quote,
                    [
                        support.contains
                        for support, numbers in zip(one.gold.support, holding, strict=True)
                        if place in numbers
                    ],
                ),
            )
            for place, citation in enumerate(citations, start=1)
        ],
        expected=[
            _expected(support, article(support.article), bool(numbers))
            for support, numbers in zip(one.gold.support, holding, strict=True)
        ],
    )


def _checks(one: Outcome, holding: Sequence[Sequence[int]]) -> list[Check]:
    """Return what was looked at; `holding` has the numbers of the quotes that hold each supporting place."""
    verdict = one.answer.verdict.value
    if not one.right_verdict:
        verdict += (
            f" instead of {'closest or not_found' if one.gold.verdict is Verdict.CLOSEST else one.gold.verdict.value}"
        )
    checks = [Check(verdict, one.right_verdict)]
    if not one.answerable:
        return checks
    if one.rank is None:
        checks.append(Check(f"passage not among {len(one.answer.hits)}", False))
    else:
        right = True if one.rank == 1 else None if one.within(RECALL_AT[-1]) else False
        checks.append(Check(f"passage ranked {one.rank}", right))
    first = min((numbers[0] for numbers in holding if numbers), default=0)
    if one.gold.all:
        quoted = sum(bool(numbers) for numbers in holding)
        checks.append(Check(f"{quoted} of {len(holding)} places quoted", one.right_quote))
    elif one.right_quote:
        checks.append(Check(f"words in quote {first}", True if one.right_quote_first else None))
    else:
        checks.append(Check("words not quoted", False))
    return checks


def _said(given: Answer) -> str:
    """Return what an answer says beside its quotes: its note alone where the quotes are the answer, else all of it."""
    quotes = " ".join(f"{' '.join(one.quote.split())} [{one.number}]" for one in given.citations)
    return given.note if quotes in given.text else given.text


def _pieces(quote: str, marked: Sequence[str]) -> list[tuple[str, bool]]:
    """Cut a quote where supporting words begin and end."""
    inside = [False] * len(quote)
    for words in marked:
        start = quote.find(words)
        inside[start : start + len(words)] = [True] * len(words)
    edges = [0, *(at for at in range(1, len(quote)) if inside[at] != inside[at - 1]), len(quote)]
    return [(quote[start:end], inside[start]) for start, end in pairwise(edges) if start < end]


def _expected(support: Support, article: Article, quoted: bool) -> Expected:
    place = article.text.find(support.contains)
    paragraph = next(number for number, one in enumerate(article.paragraphs, start=1) if place < one.end)
    return Expected(support.contains, article, paragraph, quoted)
