"""Articles that count the same thing and come to different figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from text_to_num import alpha2digit

from retrieval.answer.counting import CLAUSE_END, NUMBER, REACH, YEAR, counted_phrase
from retrieval.answer.extraction import Candidate
from retrieval.corpus.dates import written
from retrieval.index.lexicon import terms

_SOME = re.compile(r"\b(?:several|some|a few|many|tens of|hundreds of|couple of)\s+\Z", re.IGNORECASE)
_ROUND = re.compile("10+")
OF_THE_MATTER = 0.5
"""A sentence may count the same thing where it has this share of what the best sentence has of the question's words."""
DIFFERING = "The articles give different figures: "


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of things: its value, and how it is written in digits.

    `latest` where no other article's is newer, `corrects` where its article is a correction.
    """

    value: float
    written: str
    latest: bool = False
    corrects: bool = False


Differing = Callable[[str, Sequence[Candidate]], list[tuple[Candidate, Figure]]]
"""Finds the sentences that count differently what a question wants counted; `found` are best first."""


def figure(text: str, things: str) -> Figure | None:
    """Return the first number of these things in a text, be it in digits or in words."""
    return next(_figures(text, things), None)


def _figures(text: str, things: str) -> Iterator[Figure]:
    wanted = terms(things)
    digits = alpha2digit(text, "en", threshold=0)
    for match in NUMBER.finditer(digits):
        if digits.startswith(" of ", match.end()) or YEAR.search(digits, 0, match.end()):
            continue  # "one of the troops" counts no troops, nor does "in 2019 troops left"
        if _ROUND.fullmatch(match[0]) and _SOME.search(digits, 0, match.start()):
            continue  # "several thousand" is no thousand
        following = CLAUSE_END.split(digits[match.end() :], maxsplit=1)[0]
        words = " ".join(following.split()[: REACH + 1])
        # What stands behind a further number is counted by that one.
        if wanted and set(wanted) <= set(terms(re.split(r"\d", words, maxsplit=1)[0])):
            plain = match["digits"].replace(",", "") + (match["fraction"] or "")
            value = float(plain) * float(match["scale"] or 1)
            yield Figure(value, f"{value:,.0f}" if match["scale"] else match["digits"] + (match["fraction"] or ""))


def counting(question: str, found: Sequence[Candidate]) -> list[tuple[Candidate, dict[float, Figure]]]:
    """Return the best sentence and the others that speak of its matter, with what they may count, best first.

    Empty where the question wants nothing counted, the best one counts nothing, or there are no two figures.
    """
    phrase = counted_phrase(question)
    near = [
        (one, figures)
        for one in found
        if phrase
        and one.signs.coverage >= OF_THE_MATTER * found[0].signs.coverage
        and (figures := {it.value: it for word in phrase for it in _figures(one.text, word)})
    ]
    articles = {one.article.id for one, _ in near}
    values = {value for _, figures in near for value in figures}
    return near if len(articles) > 1 and len(values) > 1 and near[0][0] is found[0] else []


def told_apart(figures: Sequence[tuple[Candidate, Figure]]) -> str:
    """Return what is said of different figures: each with its article's day, and which is the latest."""
    return DIFFERING + "; ".join(f"{figure.written} ({_when(one, figure)})" for one, figure in figures) + "."


def _when(one: Candidate, figure: Figure) -> str:
    day = written(one.article.published) if one.article.published else "undated"
    return ", ".join([day, *["the latest"] * figure.latest, *["a correction"] * figure.corrects])
