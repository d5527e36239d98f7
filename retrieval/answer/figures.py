"""Articles that count the same thing and come to different figures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from text_to_num import alpha2digit

from retrieval.answer.counting import CLAUSE_END, NUMBER, REACH, YEAR, counted_things
from retrieval.answer.extraction import MARGIN, MAX_QUOTES, Candidate, in_order
from retrieval.corpus.dates import written
from retrieval.index.lexicon import terms

_SOME = re.compile(r"\b(?:several|some|a few|many|tens of|hundreds of|couple of)\s+\Z", re.IGNORECASE)
AS_WELL_COVERED = 0.9
"""A sentence counts the same thing where it has this share of what the best sentence has of the question's words."""
DIFFERING = "The articles give different figures: "


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of things: its value, and how it is written in digits."""

    value: float
    written: str


def figure(text: str, things: str) -> Figure | None:
    """Return the first number of these things in a text, be it in digits or in words."""
    wanted = terms(things)
    digits = alpha2digit(text, "en", threshold=0)
    for match in NUMBER.finditer(digits):
        if digits.startswith(" of ", match.end()) or YEAR.search(digits, 0, match.end()):
            continue  # "one of the troops" counts no troops, nor does "in 2019 troops left"
        if _SOME.search(digits, 0, match.start()):
            continue  # "several thousand" is no thousand
        following = CLAUSE_END.split(digits[match.end() :], maxsplit=1)[0]
        words = " ".join(following.split()[: REACH + 1])
        # What stands behind a further number is counted by that one.
        if wanted and set(wanted) <= set(terms(re.split(r"\d", words, maxsplit=1)[0])):
            plain = match["digits"].replace(",", "") + (match["fraction"] or "")
            value = float(plain) * float(match["scale"] or 1)
            return Figure(value, f"{value:,.0f}" if match["scale"] else match["digits"] + (match["fraction"] or ""))
    return None


def differing(question: str, found: Sequence[Candidate]) -> list[tuple[Candidate, Figure]]:
    """Return the sentences, of different articles, that count the same thing differently, in the order of their dates.

    `found` are a question's sentences, best first. Empty where the question wants nothing counted, or all agree.
    """
    things = counted_things(question)
    if things is None or not found:
        return []
    best = found[0]
    told: list[tuple[Candidate, Figure]] = []
    for one in found:
        if one.merit < best.merit - MARGIN or one.signs.coverage < AS_WELL_COVERED * best.signs.coverage:
            continue
        if any(one.article.id == other.article.id for other, _ in told):
            continue
        number = figure(one.text, things)
        if number and all(number.value != other.value for _, other in told):
            told.append((one, number))
    if len(told) < 2 or told[0][0] is not best:
        return []
    return sorted(told[:MAX_QUOTES], key=lambda pair: in_order(pair[0]))


def told_apart(figures: Sequence[tuple[Candidate, Figure]]) -> str:
    """Return what is said of different figures: each with its article's day, and which is the latest, if one is."""
    days = [one.article.published for one, _ in figures]
    latest = max((day for day in days if day), default=None)
    told = []
    for (_, number), day in zip(figures, days, strict=True):
        is_latest = None not in days and day == latest and days.count(day) == 1
        told.append(f"{number.written} ({written(day) if day else 'undated'}{', the latest' if is_latest else ''})")
    return f"{DIFFERING}{'; '.join(told)}."
