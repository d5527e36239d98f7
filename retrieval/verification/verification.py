"""Whether passages bear out a sentence, checked piece by piece: its quotations, numbers, days, names and deeds.

A sentence counts as borne out where nothing in it is missing from the passage or stands otherwise there. A check that
fails names its reason, so that a person can see why.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.models import Reference, Verification
from retrieval.verification.checks import ABSENCES, CONTRADICTIONS
from retrieval.verification.language import parsed, words_of
from retrieval.verification.pairing import Pair

LONGEST = 2_000
"""Characters of a sentence that is read."""
AGAINST_FROM = 0.6
"""Share of a sentence's words that a passage has which speaks of the same thing."""

_MARK = re.compile(r"\s*\[(\d{1,3})\](?=\s*(?:\[|[.,;:!?]|\Z|\s))")


def without_marks(sentence: str) -> tuple[str, list[int]]:
    """Return a sentence without its citations, and the references that it cites, from 1."""
    return _MARK.sub("", sentence).strip(), [int(one) for one in _MARK.findall(sentence)]


def verify(sentence: str, references: Sequence[Reference]) -> Verification:
    """Hold a sentence against the references that it cites, and where these do not bear it out, against the others.

    Without a citation it is held against all.
    """
    claim, cited = without_marks(sentence)
    if len(claim) > LONGEST:
        return Verification(False, f"it is longer than {LONGEST:,} characters; check it sentence by sentence")
    if not claim or not words_of(parsed(claim)):
        return Verification(False, "it says nothing that could be checked")
    order = [number for number in dict.fromkeys(cited) if 0 < number <= len(references)]
    order += [number for number in range(1, len(references) + 1) if number not in order]
    nearest: tuple[float, Verification] | None = None
    for number in order:
        if not references[number - 1].text.strip():
            continue
        share, found = _against(claim, references[number - 1], number)
        if found.supported:
            return found
        if nearest is None or share > nearest[0]:
            nearest = share, found
    return nearest[1] if nearest else Verification(False, "there is no passage to check it by")


def _against(claim: str, reference: Reference, number: int) -> tuple[float, Verification]:
    """Return what came of holding a claim against one reference, and the share of its words that are there."""
    pair = Pair(claim, reference.text, reference.published)
    first, last = (pair.sentences[at] for at in pair.span)
    quote = reference.text[first.start_char : last.end_char].strip()
    start = reference.text.index(quote, first.start_char)
    share = sum(bool(pair.matches(word)) for word in pair.words) / max(1, len(pair.words))
    absent = next((found for check in ABSENCES if (found := check(pair))), "")
    otherwise = next((found for check in CONTRADICTIONS if (found := check(pair))), "")
    against = bool(otherwise) and share >= AGAINST_FROM
    reason = (otherwise or absent) if against else (absent or otherwise)
    return share, Verification(not reason, reason, quote, number, start, start + len(quote), against)
