"""What benchmarks count: the rank of the right passage, what a reader meets early, and how sure a number is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.data import Entry, holds

Found = Sequence[tuple[str, str]]
"""(article, text) of the passages found, best first."""
Rows = npt.NDArray[np.float64]
"""One row a question; of whatever width a statistic reads."""

RECALL_AT = (1, 3, 5, 10)
MRR_AT = 10
WORDS_SHOWN = (150, 500, 1000)
RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the ends of its 95 % bootstrap interval, or without where it was measured once."""

    value: float
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        """Return it as 0.512 [0.430, 0.590], 12.3 [11.9, 13.0] or 4,812."""
        if self.low is None or self.high is None:
            return _short(self.value, self.value)
        value, low, high = (_short(number, self.value) for number in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}]"


def mean(rows: Rows) -> float:
    """Return the mean of one column."""
    return float(rows.mean())


def share(rows: Rows) -> float:
    """Return the sum of the first column over the sum of the second; 0 where there is nothing to divide by."""
    part, whole = rows.sum(axis=0)
    return float(part / whole) if whole else 0.0


def percentile(q: float) -> Callable[[Rows], float]:
    """Return the statistic that is the q-th percentile of one column."""
    return lambda rows: float(np.percentile(rows, q))


def ratio_of(statistic: Callable[[Rows], float]) -> Callable[[Rows], float]:
    """Return the statistic of the first column over that of the second, row by row of the same questions."""
    return lambda rows: statistic(rows[:, 0]) / statistic(rows[:, 1])


def estimate(rows: Sequence[float] | Sequence[Sequence[float]], statistic: Callable[[Rows], float] = mean) -> Estimate:
    """Return a statistic of all rows with its interval, from resampling whole rows with replacement."""
    table = np.array(rows, dtype=np.float64)
    chance = np.random.default_rng(0)
    again = [statistic(table[chance.integers(len(table), size=len(table))]) for _ in range(RESAMPLES)]
    low, high = np.percentile(again, (2.5, 97.5))
    return Estimate(statistic(table), float(low), float(high))


def rank(question: Entry, found: Found) -> int | None:
    """Return the rank, from 1, of the first passage of a supporting article that holds the answer."""
    right = (
        number
        for number, (article, text) in enumerate(found, start=1)
        if article in question["support"] and holds(text, [question["answer"]])
    )
    return next(right, None)


def shown_within(question: Entry, found: Found, words: int) -> bool:
    """Say whether somebody who reads the passages in order meets the answer within so many words.

    The last passage is cut where the words run out. Systems with passages of different sizes compare by this: at
    equal k, larger passages look better only because they show more.
    """
    left = words
    for article, text in found:
        part = text.split()[:left]
        if article in question["support"] and holds(" ".join(part), [question["answer"]]):
            return True
        left -= len(part)
        if left <= 0:
            break
    return False


def retrieval_measures(questions: Sequence[Entry], found: Sequence[Found]) -> dict[str, Estimate]:
    """Return recall@k, MRR@10 and the recall within so many words shown, by name."""
    ranks = [rank(question, its) for question, its in zip(questions, found, strict=True)]
    measures = {f"recall@{k}": estimate([r is not None and r <= k for r in ranks]) for k in RECALL_AT}
    measures[f"MRR@{MRR_AT}"] = estimate([1 / r if r is not None and r <= MRR_AT else 0.0 for r in ranks])
    for words in WORDS_SHOWN:
        pairs = zip(questions, found, strict=True)
        measures[f"in {words} words"] = estimate([shown_within(question, its, words) for question, its in pairs])
    return measures


def table(columns: Mapping[str, Mapping[str, Estimate]]) -> str:
    """Return estimates as text, one column a system, in the order of the first column's names."""
    names = list(next(iter(columns.values())))
    cells = [["", *columns], *([name, *(str(column[name]) for column in columns.values())] for name in names)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join(lines)


def _short(number: float, scale: float) -> str:
    """Write a number with the digits that say something in numbers of that size."""
    digits = next((digits for bound, digits in ((100, 0), (10, 1), (1.0001, 2)) if abs(scale) >= bound), 3)
    return f"{number:,.{digits}f}"
