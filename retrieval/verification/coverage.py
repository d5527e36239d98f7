"""How many of a claim's words a passage has, and whether it says them of the same names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.verification.pairing import Pair
from retrieval.verification.syntax import members, phrase_top
from retrieval.verification.vocabulary import PERSONS

if TYPE_CHECKING:
    from spacy.tokens import Token

UNCOVERED = 0.34
"""Share of a claim's words that a passage may lack, where all else is in it."""
ONE_UNCOVERED = 0.5
"""The same where it is one word only."""


def coverage(pair: Pair) -> str:
    """Most of the words are there, and the names in one place."""
    for at in sorted(pair.names):
        if not pair.near(pair.claim[at]) and not _is_called_by(pair, pair.claim[at]):
            return f"the passage does not say it of {pair.claim[at].text}"
    lacking = [word for word in pair.words if not pair.matches(word)]
    if lacking and len(lacking) / len(pair.words) > (UNCOVERED if len(lacking) > 1 else ONE_UNCOVERED):
        return f"the passage does not speak of {', '.join(dict.fromkeys(word.text for word in lacking[:3]))}"
    return ""


def _is_called_by(pair: Pair, name: Token) -> bool:
    """Say whether a name that stands elsewhere may be meant by a pronoun, or a word like "the airline", of the span."""
    first, last = pair.span
    if not any(pair.sentence_of(found) <= last for found in pair.matches(name)):
        return False
    span = [one for at in range(first, last + 1) for one in pair.sentences[at]]
    earliest = min(found.i for found in pair.matches(name))
    if any(one.lower_ in PERSONS and one.i > earliest for one in span):
        return True
    beside = {one.lower_ for found in pair.matches(name) for one in members(phrase_top(found)) if one.pos_ == "NOUN"}
    return any(one.lower_ in beside for one in span) or name.dep_ not in ("nsubj", "nsubjpass", "dobj", "pobj")
