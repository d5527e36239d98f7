"""Articles that count the same thing and come to different figures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from text_to_num import alpha2digit

from retrieval.answer.extraction import MARGIN, MAX_QUOTES, Candidate, in_order
from retrieval.index.lexicon import terms

AS_WELL_COVERED = 0.9
"""A sentence counts the same thing where it has this share of what the best sentence has of the question's words."""
REACH = 4
"""Words between a number and what it counts."""

_COUNTED = re.compile(r"\b(?:how many|number of)\s+((?:[^\W\d_][\w’'.-]*\s*){1,5})", re.IGNORECASE)
_ENDS = frozenset(
    "am are be been being can could did do does had has have in is may might must of on at to by from for with were "
    "was will would that which who there actually so since during".split()
)
# "1.5 million" comes as "1.5 1000000".
_NUMBER = re.compile(
    r"(?<![\w.,])(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<fraction>\.\d+)?(?:\s+(?P<scale>10*00))?(?![\w%]|[.,]\d)"
)
_YEAR = re.compile(r"\b(?:in|since|by|until|of|from|before|after)\s+(?:1\d|20)\d\d\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of things: its value, and how it is written in digits."""

    value: float
    written: str


def counted_things(question: str) -> str | None:
    """Return the noun that a question wants counted: "troops" of "How many U.S. troops are there?"; None for others."""
    match = _COUNTED.search(question)
    if match is None:
        return None
    words = []
    for word in match[1].split():
        if word.lower() in _ENDS:
            break
        words.append(word.strip(".'’-"))
    return words[-1] if words else None


def figure(text: str, things: str) -> Figure | None:
    """Return the first number of these things in a text, be it in digits or in words."""
    wanted = terms(things)
    digits = alpha2digit(text, "en", threshold=0)
    for match in _NUMBER.finditer(digits):
        if digits.startswith(" of ", match.end()) or _YEAR.search(digits, 0, match.end()):
            continue  # "one of the troops" counts no troops, nor does "in 2019 troops left"
        following = re.split(r"[.;:?!]\s|,\s", digits[match.end() :], maxsplit=1)[0]
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
