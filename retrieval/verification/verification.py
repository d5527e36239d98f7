"""Whether passages bear out a sentence, checked piece by piece: its quotations, numbers, days, names and deeds.

A sentence counts as borne out where nothing in it is missing from the passage or stands otherwise there. A check that
fails names its reason, so that a person can see why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache, partial

from retrieval.models import Reference, Verification
from retrieval.verification.checks import ABSENCES, CONTRADICTIONS
from retrieval.verification.closeness import closely, main_deed
from retrieval.verification.corrections import is_correction
from retrieval.verification.days import days
from retrieval.verification.deeds import deeds
from retrieval.verification.differing import are_of_one_matter, differing
from retrieval.verification.factuality import hedges
from retrieval.verification.language import parsed, words_of
from retrieval.verification.pairing import Pair
from retrieval.verification.quantities import numbers, other_numbers
from retrieval.verification.syntax import SUBJECT
from retrieval.verification.taken_back import taken_back
from retrieval.verification.vocabulary import EMPTY

LONGEST = 2_000
"""Characters of a sentence that is read."""
AGAINST_FROM = 0.6
"""Share of a sentence's words that a passage has which speaks of the same thing."""

MOSTLY = 0.75
"""Share of a sentence's words that a quote has which bears it out by itself."""


class _Overrules(Enum):
    """What a passage says against others that bear a claim out, or speak against it."""

    NOTHING = 0
    FIGURE = 1
    """It has another figure, which counts where it is newer."""
    ALL = 2
    """It takes back what the claim says, which counts where it is not older."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of holding a claim against one reference, and the shares of its words that are there and in the quote.

    `counting` says that it is against the claim by a figure, `fitting` that it has the claim's figures.
    """

    share: float
    quoted: float
    verification: Verification
    published: date | None
    corrects: bool
    overrules: _Overrules = _Overrules.NOTHING
    counting: bool = False
    fitting: bool = False

    def is_newer(self, other: _Found) -> bool:
        """Say whether its article is known to be newer than another one, or of the same day, and corrects it."""
        if self.published == other.published:
            return self.corrects and not other.corrects
        return self.published is not None and other.published is not None and self.published > other.published

    def is_overruled_by(self, other: _Found) -> bool:
        """Say whether what it says no longer counts because of what another one says."""
        if self.verification.supported and other.overrules is _Overrules.ALL:
            return not self.is_newer(other)
        if not other.is_newer(self):
            return False
        if self.verification.supported:
            return other.overrules is _Overrules.FIGURE
        if other.verification.supported:
            return self.counting or self.overrules is _Overrules.ALL
        same = are_of_one_matter(self.verification.quote, other.verification.quote)
        return self.counting and other.fitting and same


_MARK = re.compile(r"\s*\[(\d{1,3})\](?=\s*(?:\[|[.,;:!?]|\Z|\s))")


def without_marks(sentence: str) -> tuple[str, list[int]]:
    """Return a sentence without its citations, and the references that it cites, from 1."""
    return _MARK.sub("", sentence).strip(), [int(one) for one in _MARK.findall(sentence)]


def verify(
    sentence: str, references: Sequence[Reference], *, strict: bool = False, beside: str | None = None
) -> Verification:
    """Hold a sentence against the references that it cites, and where these do not bear it out, against the others.

    Without a citation it is held against all. `strict` wants the main verb of a sentence, or one that means the same,
    in the very words that bear it out; with `beside`, a text in which things may be named too, it has to keep close to
    them in all of its words.
    """
    claim, cited = without_marks(sentence)
    if len(claim) > LONGEST:
        return Verification(False, f"it is longer than {LONGEST:,} characters; check it sentence by sentence")
    if not claim or not words_of(parsed(claim)):
        return Verification(False, "it says nothing that could be checked")
    wanted: list[Callable[[Pair], str]] = [*ABSENCES]
    if strict:
        wanted.append(main_deed)
    if beside is not None:
        wanted.append(partial(closely, known=_words(beside)))
    known = [number for number in dict.fromkeys(cited) if 0 < number <= len(references)]
    found = [
        _against(claim, references[number - 1], number, wanted)
        for number in known
        if references[number - 1].text.strip()
    ]
    borne_out = next((one for one in _standing(found) if one.verification.supported), None)
    if borne_out is not None:
        return borne_out.verification
    found += [
        _against(claim, reference, number, wanted)
        for number, reference in enumerate(references, start=1)
        if number not in known and reference.text.strip()
    ]
    if not found:
        return Verification(False, "there is no passage to check it by")
    return max(_standing(found), key=_weight).verification


def _standing(found: Sequence[_Found]) -> list[_Found]:
    """Return the findings that no other one overrules."""
    return [one for one in found if not any(one.is_overruled_by(other) for other in found)]


def _weight(one: _Found) -> tuple[int, float, int]:
    """Return how much a finding counts: a quote that bears out most by itself, then one that speaks against it, then
    the rest; of such as are alike the one that has most of the sentence, and then the shortest."""
    found = one.verification
    if found.supported:
        return (3 if one.quoted >= MOSTLY else 1), one.quoted, -len(found.quote)
    return (2 if found.against else 0), one.share, -len(found.quote)


def _against(claim: str, reference: Reference, number: int, wanted: Sequence[Callable[[Pair], str]]) -> _Found:
    """Return what came of holding a claim against one reference; names and who does it count twice in the quote."""
    pair = Pair(claim, reference.text, reference.published)
    back = taken_back(pair)
    first, last = (pair.sentences[at] for at in pair.span)
    if back is not None:
        first = last = back[0].sent
    quote = reference.text[first.start_char : last.end_char].strip()
    start = reference.text.index(quote, first.start_char)
    share = sum(bool(pair.matches(word)) for word in pair.words) / max(1, len(pair.words))
    weights = {word: 2 if word.pos_ == "PROPN" or word.dep_ in SUBJECT else 1 for word in pair.words}
    quoted = sum(weight for word, weight in weights.items() if pair.near(word)) / max(1, sum(weights.values()))
    corrects = is_correction(reference.text)
    if back is not None:
        one = Verification(False, back[1], quote, number, start, start + len(quote), True)
        return _Found(share, quoted, one, reference.published, corrects, _Overrules.ALL)
    absent = next((found for check in wanted if (found := check(pair))), "")
    check, otherwise = next(((check, found) for check in CONTRADICTIONS if (found := check(pair))), (None, ""))
    against = bool(otherwise) and share >= AGAINST_FROM and check is not hedges
    if against and check not in (other_numbers, deeds):
        # That troops have not gone yet, or other ones, says nothing against another deed.
        against = _is_of_deed(pair, otherwise)
    reason = (otherwise or absent) if against else (absent or otherwise)
    one = Verification(not reason, reason, quote, number, start, start + len(quote), against)
    counting = against and check is other_numbers
    figure = counting and not days(pair) and differing(claim, quote)
    fitting = bool(pair.claim_numbers) and not otherwise and not numbers(pair)
    overrules = _Overrules.FIGURE if figure else _Overrules.NOTHING
    return _Found(share, quoted, one, reference.published, corrects, overrules, counting, fitting)


def _is_of_deed(pair: Pair, reason: str) -> bool:
    """Say whether a passage tells of the very deed of a claim, in the same word, or has it otherwise."""
    root = next((one for one in pair.claim if one.dep_ == "ROOT"), None)
    if root is None or root.lemma_ in EMPTY:
        return False
    return reason.endswith(f"“{root.text}”") or any(pair.is_same_word(root, one) for one in pair.near(root))


@lru_cache(16)
def _words(text: str) -> frozenset[str]:
    """Return the words of a text and what they are forms of, in small letters."""
    return frozenset(word for token in parsed(text) for word in (token.lower_, token.lemma_.lower()))
