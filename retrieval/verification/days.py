"""The days of a claim against those of a passage: whether they are named there, and for the same deed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.corpus.calendar_days import WEEKDAYS
from retrieval.corpus.date_expressions import Found, Known, find_dates
from retrieval.verification.deeds import shares
from retrieval.verification.pairing import SOME_DAY, Pair
from retrieval.verification.syntax import SUBJECT, tree_distance, verb_of
from retrieval.verification.vocabulary import EMPTY, SPEECH

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

_MONTHS = "january february march april may june july august september october november december".split()
_LOOSE = frozenset("on the of late early in at st nd rd th a".split())
_SAID_OF = frozenset({"acomp", "dobj", "attr"})


def days(pair: Pair) -> str:
    """Each day is named, and is the day of the same deed."""
    claimed = list(find_dates(pair.claim.text, pair.published or SOME_DAY))
    there = list(find_dates(pair.passage.text, pair.published or SOME_DAY))
    same = _is_day if pair.published else _is_written
    for one in claimed:
        text = pair.claim.text[one.start : one.end]
        weekday = WEEKDAYS[one.first.weekday()]
        if one.known is Known.FULLY and weekday not in text and any(other in text for other in WEEKDAYS):
            return f"that day was a {weekday}: {text}"
        fitting = [other for other in there if same(pair, one, other)]
        if not fitting:
            return f"the passage does not name that time: {text}"
        if _is_of_another_deed(pair, one, fitting, there):
            return f"in the passage {text} is when something else happened"
    return ""


def _is_day(pair: Pair, one: Found, other: Found) -> bool:
    return (
        one.first <= other.last
        and other.first <= one.last
        and ((other.last - other.first) <= (one.last - one.first) or one.first == other.first)
    )


def _is_written(pair: Pair, one: Found, other: Found) -> bool:
    """Say whether two expressions name the same time as they are written, where no day is known to count from."""
    left, right = (_day_words(text) for text in (
        pair.claim.text[one.start : one.end], pair.passage.text[other.start : other.end],
    ))  # fmt: skip
    return left <= right or right <= left


def _day_words(text: str) -> frozenset[str]:
    found = set()
    for word in re.findall(r"[a-z]+|\d+", text.lower()):
        month = next((name for name in _MONTHS if len(word) > 2 and name.startswith(word)), word)
        found.add(month)
    return frozenset(found - _LOOSE)


def _is_of_another_deed(pair: Pair, one: Found, fitting: list[Found], there: list[Found]) -> bool:
    """Say whether the deed that a day belongs to has another day in the passage."""
    tokens = [token for token in pair.claim if one.start <= token.idx < one.end]
    verb = verb_of(tokens[0]) if tokens else None
    if verb is not None and verb.lemma_ in SPEECH:
        spoken = _when_spoken(pair, verb, there)
        return bool(spoken) and not any(found in fitting for found in spoken)
    if verb is not None and verb.lemma_ in EMPTY:
        telling = [[one for one in verb.children if one.dep_ in kinds] for kinds in (_SAID_OF, SUBJECT)]
        verb = next((one for found in telling for one in found), None)
    if verb is None:
        return False
    its_own: list[Found] = []
    for deed in pair.near(verb):
        if deed.pos_ not in ("VERB", "NOUN", "ADJ") or (deed.pos_ == "VERB" and not shares(pair, verb, deed)):
            continue
        beside = [found for found in there if deed.sent.start_char <= found.start < deed.sent.end_char]
        if not beside:
            return False
        steps = [tree_distance(_token_at(deed.sent, found), deed) for found in beside]
        its_own += [found for found, far in zip(beside, steps, strict=True) if far <= min(steps) + 1]
    return bool(its_own) and not any(found in fitting for found in its_own)


def _when_spoken(pair: Pair, verb: Token, there: list[Found]) -> list[Found]:
    """Return the days, of those there are, on which whoever speaks in a claim spoke in the words that bear it out."""
    first, last = pair.span
    spoken: list[Found] = []
    by_them: list[Found] = []
    for sentence in (pair.sentences[at] for at in range(first, last + 1)):
        for found in there:
            if sentence.start_char <= found.start < sentence.end_char:
                said = verb_of(_token_at(sentence, found))
                if said is not None and said.lemma_ in SPEECH:
                    spoken.append(found)
                    by_them += [found] if shares(pair, verb, said) else []
    return by_them or spoken


def _token_at(sentence: Span, found: Found) -> Token:
    return next(token for token in sentence if token.idx + len(token) > found.start)
