"""What a question wants counted, and whether a text counts such things."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from text_to_num import alpha2digit

from retrieval.answer.meaning import alike, is_group, is_person, is_sort_of_people, means, mentions
from retrieval.corpus.sentences import split_sentences

COUNTS_ANYTHING = frozenset(
    "people persons others more times lives dead deaths wounded injured hurt killed casualties victims fatalities "
    "children kids sons daughters percent cent dollars euros pounds degrees tons tonnes miles kilometers kilometres "
    "seconds minutes hours days weeks months years jobs".split()
)
"""Of what a number may stand alone, or with a sign: 12 died, $5 million."""
REACH = 4
"""Words between a number and what it counts."""

_COUNTED = re.compile(r"\b(?:how many|number of)\s+((?:[^\W\d_][\w’'.-]*\s*){1,5})", re.IGNORECASE)
_ENDS = frozenset(
    "am are be been being can could did do does had has have in is may might must of on at to by from for with were "
    "was will would that which who there actually so since during".split()
)
# "1.5 million" comes as "1.5 1000000".
NUMBER = re.compile(
    r"(?<![\w.,])(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<fraction>\.\d+)?(?:\s+(?P<scale>10*00))?(?![\w%]|[.,]\d)"
)
YEAR = re.compile(r"\b(?:in|since|by|until|of|from|before|after)\s+(?:1\d|20)\d\d\Z", re.IGNORECASE)
_VAGUE = re.compile(r"\b(?:several|dozens?|scores|hundreds?|thousands?|millions?|no|few|a number)\b", re.I)
# Not the point of "U.S. troops".
CLAUSE_END = re.compile(r"(?<![A-Z])\.\s|[;:?!,]\s")


def counted_phrase(question: str) -> list[str]:
    """Return the words that say what a question wants counted, the noun among the last: "U.S troops" of "How many U.S.
    troops are there?". Empty for others. Up to a verb that is not known as one, more words may follow."""
    match = _COUNTED.search(question)
    words = []
    for word in match[1].split() if match else ():
        if word.lower() in _ENDS:
            break
        words.append(word.strip(".'’-"))
    return words


def counted_things(question: str) -> str | None:
    """Return the noun that a question wants counted: "troops" of "How many U.S. troops are there?"; None for others."""
    return next(reversed(counted_phrase(question)), None)


def counts_such(phrase: Sequence[str], quote: str, around: str = "") -> bool:
    """Say whether a quote has a number of such things, and is of whose they are: Iraqi soldiers, not just soldiers.

    Of what sort of people they are, rebels or police, the text `around` it may speak.
    """
    if not phrase or not COUNTS_ANYTHING.isdisjoint(phrase):
        return True
    return any(
        # Of "rebel fighters" the fighters are counted, and rebels where they are called so, but not any troops.
        _counts(sentence, one, loosely=not is_person(following))
        and all(
            mentions(owner, sentence if owner[:1].isupper() else f"{around} {quote}")
            for owner in phrase[:place]
            if owner[:1].isupper() or ((is_person(one) or is_group(one)) and is_sort_of_people(owner))
        )
        for sentence in (quote[span.start : span.end] for span in split_sentences(quote))
        for place, (one, following) in enumerate(zip_longest(phrase, phrase[1:], fillvalue=""))
    )


def _counts(text: str, things: str, *, loosely: bool) -> bool:
    """Say whether a text has a number of such things; `loosely` troops count as paratroopers."""
    digits = alpha2digit(text, "en", threshold=0)
    for pattern in (NUMBER, _VAGUE):
        for match in pattern.finditer(digits):
            if pattern is NUMBER and YEAR.search(digits, 0, match.end()):
                continue
            following = CLAUSE_END.split(digits[match.end() :], maxsplit=1)[0].split()
            if not things.islower():
                # "40 Iraqis", and not "11 attacks on Iraqi bases"
                if any(means(things, one) for one in following[:2]):
                    return True
            elif any(_is_such(things, one) or (loosely and _are_people(things, one)) for one in following[: REACH + 1]):
                return True
    return False


def _is_such(things: str, other: str) -> bool:
    """Say whether the other word names such things, and does not just stand before another one: of "11 rocket attacks"
    no rockets are counted."""
    is_before_another = things.endswith("s") and not other.rstrip(".,'’”\"").endswith("s") and alike(things, other)
    return means(things, other) and not is_before_another


def _are_people(things: str, other: str) -> bool:
    """Say whether one word says what somebody is, and the other what many are together: paratroopers and troops."""
    return (is_person(things) and is_group(other)) or (is_group(things) and is_person(other))
