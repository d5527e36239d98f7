"""Sentences that count the same thing and come to different figures."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from retrieval.search import wordnet
from retrieval.verification.language import parsed, words_of
from retrieval.verification.numbers import Number, numbers
from retrieval.verification.pairing import dated_tokens, is_name
from retrieval.verification.polarity import is_hedged, is_negated
from retrieval.verification.vocabulary import SPEECH

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

ALIKE = 0.5
"""Share of the shorter sentence's words that the other has to have, in the same form or another one."""
WORTH_PARSING = 0.3
"""The same of the longer words as they are written. Fewer are no reason to look closer, which takes milliseconds."""
NEAR = 0.1
"""Figures that are so close are the same where one of them is only about right."""
_OF_DAY = frozenset({"a.m.", "p.m.", "am", "pm", "o'clock", "gmt", "utc"})
REACH = 4
"""Words between a number and what it counts."""

_LONGER_WORD = re.compile(r"[^\W\d_]{4,}")
_LEAST = re.compile(r"\b(?:more than|at least|over|no fewer than)\s*$", re.IGNORECASE)
_MOST = re.compile(r"\b(?:as many as|up to|at most|fewer than|less than|under|no more than)\s*$", re.IGNORECASE)
_ABOUT = re.compile(r"\b(?:about|around|some|roughly|nearly|almost|approximately|an estimated)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence as it is compared: its words and names, in small letters, and what it counts; days left out."""

    doc: Doc
    words: frozenset[str]
    names: frozenset[str]
    counts: tuple[Number, ...]


def differing(one: str, other: str) -> tuple[str, str] | None:
    """Return the figures in which two sentences about the same thing differ, as each has them; None for others.

    "four U.S. troops" and "five U.S. troops". Both count the same things, by the same deed.
    """
    if _shared(_written(one), _written(other)) < WORTH_PARSING:
        return None
    if not are_of_one_matter(one, other):
        return None
    left, right = _read(one), _read(other)
    for a in left.counts:
        for b in right.counts:
            if (a.unit, a.sort) == (b.unit, b.sort) and not _has(right, a) and not _has(left, b):
                same = _are_one_deed(_deed(left.doc, a), _deed(right.doc, b))
                if same and not _may_both_be(left.doc, a, right.doc, b) and not _are_told_apart(left.doc, right.doc):
                    return _phrase(left.doc, a), _phrase(right.doc, b)
    return None


def are_of_one_matter(one: str, other: str) -> bool:
    """Say whether two sentences have half of their words in common, and a name where both have some."""
    left, right = _read(one), _read(other)
    if left.names and right.names and not left.names & right.names:
        return False
    return _shared(left.words, right.words) >= ALIKE


@lru_cache(1024)
def _written(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _LONGER_WORD.findall(text))


@lru_cache(1024)
def _read(text: str) -> _Read:
    doc = parsed(text)
    dated = dated_tokens(doc)
    words = [one for one in words_of(doc) if one.i not in dated and one.pos_ != "NUM" and one.lemma_ not in SPEECH]
    counts = (
        one
        for one in numbers(doc)
        if one.unit and one.unit not in _OF_DAY and one.sort != "ordinal" and one.token not in dated
    )
    return _Read(
        doc,
        frozenset(one.lemma_.lower() for one in words),
        frozenset(one.lower_ for one in words if is_name(one)),
        tuple(counts),
    )


def _shared(words: Set[str], others: Set[str]) -> float:
    """Return the share of the fewer words that the others have too."""
    return len(words & others) / max(1, min(len(words), len(others)))


def _has(read: _Read, number: Number) -> bool:
    return any((one.value, one.unit) == (number.value, number.unit) for one in read.counts)


def _deed(doc: Doc, number: Number) -> Token | None:
    """Return the verb that a number belongs to."""
    return next((one for one in doc[number.token].ancestors if one.pos_ == "VERB"), None)


def _are_one_deed(one: Token | None, other: Token | None) -> bool:
    if one is None or other is None:
        return one is other
    return wordnet.same(one.lemma_, other.lemma_)


def _may_both_be(doc: Doc, one: Number, other_doc: Doc, other: Number) -> bool:
    """Say whether two figures do not exclude each other: at least 20 and 25, about 100 and 103."""
    before, its_before = (_before(own, it) for own, it in ((doc, one), (other_doc, other)))
    if (_LEAST.search(before) and other.value > one.value) or (_LEAST.search(its_before) and one.value > other.value):
        return True
    if (_MOST.search(before) and other.value < one.value) or (_MOST.search(its_before) and one.value < other.value):
        return True
    loose = _ABOUT.search(before) or _ABOUT.search(its_before)
    return bool(loose) and abs(one.value - other.value) <= NEAR * max(one.value, other.value)


def _are_told_apart(one: Doc, other: Doc) -> bool:
    """Say whether one sentence denies or only expects what the other tells, or tells of another one in a row."""
    (mine, its) = ({word.sort: word.value for word in numbers(doc)}.get("ordinal") for doc in (one, other))
    if mine is not None and its is not None and mine != its:
        return True
    return any(
        any(sign(word) for word in one if word.pos_ == "VERB")
        != any(sign(word) for word in other if word.pos_ == "VERB")
        for sign in (is_negated, is_hedged)
    )


def _before(doc: Doc, number: Number) -> str:
    return str(doc[max(0, number.token - 3) : number.token].text)


def _phrase(doc: Doc, number: Number) -> str:
    """Return a number with what it counts, as it is written."""
    end = number.end
    for token in doc[number.end + 1 : number.end + 1 + REACH]:
        if token.is_punct and token.text != "-":
            break
        if token.lemma_.lower() == number.unit:
            end = token.i
    start = doc[number.token].idx
    start -= doc.text[start - 1 : start] in tuple("$£€¥")
    return doc.text[start : doc[end].idx + len(doc[end])]
