"""Whether passages bear out a sentence, checked piece by piece: quotations, numbers, days, names, who did what, negation.

A sentence counts as borne out where nothing in it is missing from the passage or stands otherwise there. A check that
fails names its reason, so that a person can see why.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from retrieval.verification.checks import CHECKS
from retrieval.verification.language import words_of
from retrieval.verification.pairing import Pair, parsed

_MARK = re.compile(r"\s*\[(\d{1,3})\](?=\s*(?:\[|[.,;:!?]|\Z|\s))")


@dataclass(frozen=True, slots=True)
class Text:
    """A passage to hold a sentence against, with its article's day of publication where that is known."""

    text: str
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a sentence. `passage` counts from 1; `text[start:end]` of that passage is the quote.

    `reason` says what is missing or otherwise; it is empty where the sentence is supported. Where there is no passage,
    `passage` is 0 and the quote empty.
    """

    supported: bool
    reason: str
    quote: str = ""
    passage: int = 0
    start: int = 0
    end: int = 0


def without_marks(sentence: str) -> tuple[str, list[int]]:
    """Return a sentence without its citations, and the passages that it cites, from 1."""
    return _MARK.sub("", sentence).strip(), [int(one) for one in _MARK.findall(sentence)]


def verify(sentence: str, passages: Sequence[Text]) -> Checked:
    """Hold a sentence against the passages that it cites, and where these do not bear it out, against the others.

    Without a citation it is held against all.
    """
    claim, cited = without_marks(sentence)
    if not claim or not words_of(parsed(claim)):
        return Checked(False, "it says nothing that could be checked")
    order = [number for number in dict.fromkeys(cited) if 0 < number <= len(passages)]
    order += [number for number in range(1, len(passages) + 1) if number not in order]
    nearest: tuple[float, Checked] | None = None
    for number in order:
        passage = passages[number - 1]
        if not passage.text.strip():
            continue
        found, share = _against(claim, passage, number)
        if found.supported:
            return found
        if nearest is None or share > nearest[0]:
            nearest = share, found
    return nearest[1] if nearest else Checked(False, "there is no passage to check it by")


def _against(claim: str, passage: Text, number: int) -> tuple[Checked, float]:
    """Return what came of holding a claim against one passage, and the share of its words that are there."""
    pair = Pair(claim, passage.text, passage.published)
    first, last = (pair.sentences[at] for at in pair.span)
    quote = passage.text[first.start_char : last.end_char].strip()
    start = passage.text.index(quote, first.start_char)
    share = sum(bool(pair.matches(word)) for word in pair.words) / max(1, len(pair.words))
    reason = next((found for check in CHECKS if (found := check(pair))), "")
    return Checked(not reason, reason, quote, number, start, start + len(quote)), share
