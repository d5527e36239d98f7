"""What a question asks for, and whether a sentence offers such a thing: a number, a time, a person, a place, a reason."""

from __future__ import annotations

import re
from enum import StrEnum


class Asks(StrEnum):
    """The kind of thing that answers a question."""

    NUMBER = "number"
    TIME = "time"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    WORDS = "words"
    OTHER = "other"


_ASKING = (
    (Asks.NUMBER, r"how (?:many|much|large|big|often|high|far|old|tall|long ago)|(?:what|which)(?:'s| is| was)? (?:the )?(?:number|share|"
                  r"percentage|amount|price|cost|size|population|toll)|number of|what percent"),
    (Asks.TIME, r"when|(?:what|which|on what|in what|in which|on which) (?:day|date|year|month|week|time|weekday|century|decade)|how (?:long|soon|recently)"),
    (Asks.REASON, r"why|what (?:caused|prompted|triggered|led to|set off|sparked)|for what reason|how come|what (?:is|was) the reason"),
    (Asks.PLACE, r"where|(?:what|which|in what|in which) (?:city|country|place|town|state|region|part|province|location|area)"),
    (Asks.WORDS, r"what (?:did|does|do|has|have|was|were) [^?]{1,60}\b(?:say|said|tell|told|shout|call|chant|describe|warn|claim|state|explain|think)"),
    (Asks.PERSON, r"who|whom|whose|(?:what|which) (?:person|group|official|leader|president|minister|company|organi[sz]ation|team|man|woman)|by whom"),
)  # fmt: skip
_ASKING_COMPILED = [(kind, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)) for kind, pattern in _ASKING]

_NUMBER_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundreds? thousands? millions? billions? "
    "dozens? several half twice"
).replace(" ", "|")
_MONTHS = "Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?"
_DAYS = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"

_OFFERED = {
    Asks.NUMBER: re.compile(rf"(?<!\w)\d|\b(?:{_NUMBER_WORDS}|no)\b", re.IGNORECASE),
    Asks.TIME: re.compile(
        rf"\b(?:{_DAYS}|(?:{_MONTHS})\.?\s+\d|\d{{1,2}}\s+(?:{_MONTHS})|1\d{{3}}|20\d\d|yesterday|today|tomorrow|weekend|midnight|noon|"
        r"\d+(?::\d\d)?\s*[ap]\.?m|(?:last|next|this|past|recent|earlier|previous)\s+(?:\w+\s+)?(?:week|month|year|night|day|century|decade)s?|"
        r"century|decades?|ago|morning|evening|afternoon)\b"
    ),
    Asks.PERSON: re.compile(r"(?<=[a-z,;—–] )(?:[“\"'(]?)[A-Z][\w’'.-]+|\b[A-Z][\w’'-]+\s+(?:[A-Z]\.\s+)?[A-Z][\w’'-]+"),
    Asks.PLACE: re.compile(r"\b(?:in|at|near|from|to|across|outside|inside|around|over|into|of)\s+(?:the\s+)?(?:\w+\s+)?[A-Z][\w’'-]+"),
    Asks.REASON: re.compile(
        r"\b(?:because|since|due to|owing to|so that|in order to|response to|result(?:ed|s)? (?:of|in|from)|after|following|amid|aimed at|designed to|"
        r"intent|intended|meant to|prompt(?:ed|ing)|caus(?:ed|ing)|led to|reasons?|blamed|over|stemm(?:ed|ing)|on the heels of|about \w+ing|to (?:\w+ly )?[a-z]+)\b",
        re.IGNORECASE,
    ),
    Asks.WORDS: re.compile(r"[“”\"]|\b(?:said|says|told|warned|explained|called|described|according to)\b", re.IGNORECASE),
}  # fmt: skip


def asks_for(question: str) -> Asks:
    """Return what a question asks for, by its first telling words."""
    found = [(match.start(), order, kind) for order, (kind, pattern) in enumerate(_ASKING_COMPILED) if (match := pattern.search(question))]
    return min(found)[2] if found else Asks.OTHER


def offers(sentence: str, kind: Asks, question: str) -> bool:
    """Say whether a sentence has a thing of that kind which the question does not name itself."""
    if kind is Asks.OTHER:
        return False
    asked = question.lower()
    return any(match[0].strip().lower() not in asked for match in _OFFERED[kind].finditer(sentence))
