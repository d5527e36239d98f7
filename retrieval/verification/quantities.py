"""The numbers of a claim against those of a passage: their values, what they count, and the deed that they belong to.

Clock times and results go with them, which are held against the passage as they are written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.search import wordnet
from retrieval.verification.numbers import Number
from retrieval.verification.pairing import Pair, dated_tokens
from retrieval.verification.syntax import verb_of
from retrieval.verification.vocabulary import EMPTY

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_AT_LEAST = re.compile(r"\b(at least|more than|over|no fewer than|no less than|above)\b", re.IGNORECASE)
_AT_MOST = re.compile(r"\b(at most|fewer than|less than|under|up to|no more than|below)\b", re.IGNORECASE)
_ABOUT = re.compile(r"\b(about|around|approximately|roughly|some|estimated|nearly|almost)\b", re.IGNORECASE)
_EXACTLY = re.compile(r"\b(exactly|precisely)\b", re.IGNORECASE)
_PAIRED = re.compile(r"\b\d{1,3}[:–-]\d{1,3}\b")
_MONEY = frozenset({"dollar", "pound", "euro", "yen"})
_MEASURES = frozenset(
    "second minute hour day week month year decade century kilometre kilometer mile metre meter hectare acre tonne ton "
    "kilogram percent".split()
)


def numbers(pair: Pair) -> str:
    """Each number is there, counts the same thing and belongs to the same deed and day."""
    for one in pair.claim_numbers:
        if one.token in pair.dated and one.unit not in _MEASURES:
            continue
        written = pair.claim[one.token : one.end + 1].text
        there = [other for other in pair.numbers if _is_value(one, other)]
        if not there:
            return f"the passage does not have the number {written}"
        there = [other for other in there if _is_unit(one, other)]
        if not there:
            return f"in the passage the number {written} counts something else"
        there = [other for other in there if _is_bound(pair, one, other)]
        if not there:
            return f"the passage does not say “{_before(pair.claim, one)} {written}”"
        if all(_belongs_elsewhere(pair, one, other) for other in there):
            return f"in the passage the number {written} belongs to something else"
    return ""


def other_numbers(pair: Pair) -> str:
    """What a number of the claim counts has no other number there."""
    values = {(one.value, one.sort) for one in pair.numbers}
    for one in pair.claim_numbers:
        if one.token in pair.dated or not one.unit or (one.value, one.sort) in values:
            continue
        for other in pair.numbers:
            same = other.unit and (other.unit == one.unit or wordnet.same(other.unit, one.unit))
            if same and other.sort == one.sort:
                says, claims = (
                    doc[it.token : it.end + 1].text for doc, it in ((pair.passage, other), (pair.claim, one))
                )
                return f"the passage says {says} and not {claims}"
    return ""


def clock_times(pair: Pair) -> str:
    """Times of the day and results like 2:05 are there as they are."""
    there = set(_PAIRED.findall(pair.passage.text))
    for time in _PAIRED.findall(pair.claim.text):
        if time not in there:
            return f"the passage does not have {time}"
    return ""


def _is_value(one: Number, other: Number) -> bool:
    return one.value == other.value and one.sort == other.sort


def _is_unit(one: Number, other: Number) -> bool:
    left, right = one.unit, other.unit
    if not left or not right or left == right:
        return True
    if left in _MONEY or right in _MONEY:
        return not (left in _MONEY and right in _MONEY)
    if left in _MEASURES or right in _MEASURES:
        return wordnet.same(left, right)
    return True


def _is_bound(pair: Pair, one: Number, other: Number) -> bool:
    left, right = _before(pair.claim, one), _before(pair.passage, other)
    if _EXACTLY.search(left) and any(loose.search(right) for loose in (_ABOUT, _AT_LEAST, _AT_MOST)):
        return False
    if _AT_MOST.search(left) and _AT_LEAST.search(right):
        return False
    if _AT_LEAST.search(left) and _AT_MOST.search(right):
        return False
    ways = {"by", "to", "from"}
    way, its_way = _way(pair.claim[one.token]), _way(pair.passage[other.token])
    return way == its_way or not {way, its_way} <= ways


def _way(number: Token) -> str:
    """Return the preposition of a number: it fell "by" or "to" so much."""
    noun = number.head if number.dep_ in ("nummod", "compound", "quantmod") else number
    noun = noun.head if noun.dep_ in ("nummod", "compound") else noun
    return str(noun.head.lower_) if noun.dep_ == "pobj" else ""


def _before(doc: Doc, number: Number) -> str:
    return str(doc[max(0, number.token - 3) : number.token].text)


def _belongs_elsewhere(pair: Pair, one: Number, other: Number) -> bool:
    """Say whether a number's verb, or the day beside it, stands by a different number of the passage."""
    its = pair.passage[other.token]
    days = dated_tokens(pair.passage)
    for word in _neighbours(pair, one):
        there = [found for found in pair.matches(word) if found.sent == its.sent]
        rivals = [
            rival for rival in pair.numbers
            if rival is not other and rival.sort == other.sort and pair.passage[rival.token].sent == its.sent
            and rival.token not in days
            and all(not rival.token <= found.i <= rival.end for found in there)
        ]  # fmt: skip
        if not there or not rivals:
            continue
        own = min(_distance(pair.passage, other, found) for found in there)
        if min(_distance(pair.passage, rival, found) for rival in rivals for found in there) < own:
            return True
    if _counts_otherwise(pair, one, other):
        return True
    if (
        _is_whole(its)
        and not any(child.dep_ in ("acl", "relcl") for child in its.head.children)
        and not _is_whole(pair.claim[one.token])
    ):
        verb = verb_of(pair.claim[one.token])
        if verb is not None and verb.lemma_ not in EMPTY:
            return True
    verb, its_verb = _done_to(pair.claim[one.token]), _done_to(its)
    if verb is None or its_verb is None or verb.i in pair.quoted or verb.lemma_ in EMPTY:
        return False
    found = [match for match in pair.matches(verb) if match.sent == its.sent and match.pos_ == "VERB"]
    noun = its.head if its.dep_ == "nummod" else its
    if (
        not found
        or its_verb in found
        or any(match.head in (noun, its_verb) and match.dep_ != "conj" for match in found)
    ):
        return False
    return not pair.matches_any(its_verb)


def _counts_otherwise(pair: Pair, one: Number, other: Number) -> bool:
    """Say whether what a number of the claim counts has another one in the passage: 750 paratroopers, 100 Marines."""
    if not one.unit or one.unit in _MEASURES | _MONEY:
        verb = _done_to(pair.claim[one.token])
    else:
        sentence = pair.passage[other.token].sent
        beside = [its for its in pair.numbers if pair.passage[its.token].sent == sentence]
        counted = [its for its in beside if its.unit and (its.unit == one.unit or wordnet.same(its.unit, one.unit))]
        if counted and other.unit and other not in counted and not wordnet.of_a_kind(one.unit, other.unit):
            return True
        verb = _done_to(pair.claim[one.token])
    if verb is None or verb.lemma_ in EMPTY:
        return False
    # The same verb with a number of its own.
    deeds = [found for found in pair.matches(verb) if found.pos_ == "VERB"]
    own = [its for its in pair.numbers if _done_to(pair.passage[its.token]) in deeds]
    return (
        bool(own)
        and all(its.value != one.value for its in own)
        and not any(pair.passage[other.token] in deed.subtree for deed in deeds)
    )


def _is_whole(number: Token) -> bool:
    """Say whether a number is what another one is a part of, as 4,100 in "850 of its 4,100 employees"."""
    noun = number.head if number.dep_ == "nummod" else number
    return bool(noun.head.lower_ in ("of", "among") and noun.head.head.pos_ == "NUM")


def _done_to(number: Token) -> Token | None:
    """Return the verb whose doer or object a number counts."""
    noun = number.head if number.dep_ == "nummod" else number
    direct = noun.dep_ in ("nsubj", "nsubjpass", "dobj") and noun.head.pos_ == "VERB"
    return noun.head if direct else None


def _neighbours(pair: Pair, one: Number) -> list[Token]:
    """Return the days beside a number of the claim, where it is the only one."""
    if sum(number.token not in pair.dated for number in pair.claim_numbers) != 1:
        return []
    return [word for word in pair.claim if word.i in pair.dated and word.pos_ in ("NUM", "PROPN")]


def _distance(doc: Doc, number: Number, word: Token) -> int:
    """Return how far a day is from a number: one behind it belongs to it rather than one before."""
    apart = word.i - number.end
    return apart if apart > 0 else 2 * -apart
