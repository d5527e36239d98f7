"""What a question asks for, and whether a sentence offers it: a number, a time, a person, a place, a reason."""

from __future__ import annotations

import re
from enum import StrEnum

MIN_PART = 5
"""Words."""
MAX_PARTS = 3

_JOINT = re.compile(
    r"(?<=[?])\s+(?=\S)|,?\s+and\s+(?=(?:who|whom|whose|what|which|when|where|why|how|did|was|were|is|are)\b)",
    re.IGNORECASE,
)


_OF_NOW = re.compile(
    r"^\W*(?:(?:and|so|but)\s+)?(?:(?:who|where|when|why|(?:how|what|which)"
    r"(?:\s+(?!(?:did|was|were|had|would|could)\b)[\w.'’-]+){0,3}?)(?:\s+|(?=['’]s\b)))?"
    r"(?:['’]s|is|are|has|have|does|do|will|can|must|may|should)\b",
    re.IGNORECASE,
)
_QUOTE_MARKS = re.compile(r"[\"“”]")


class Asks(StrEnum):
    """The kind of thing that answers a question."""

    NUMBER = "number"
    TIME = "time"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    WORDS = "words"
    OTHER = "other"


def asks_for(question: str) -> Asks:
    """Return what a question asks for, by its first telling words."""
    found = [
        (match.start(), order, kind)
        for order, (kind, pattern) in enumerate(_ASKING)
        if (match := pattern.search(question))
    ]
    return min(found)[2] if found else Asks.OTHER


def asks_of_now(question: str) -> bool:
    """Say whether a question is about what is so now, or will be: who is mayor, not who was."""
    return bool(_OF_NOW.match(question))


def parts(question: str) -> list[str]:
    """Return the questions that one question joins: "Who came, and when did they leave?" asks two things.

    A part that says too little to be looked for by itself ("and when?") leaves the question whole, and so do more
    parts than an answer has quotes.
    """
    found = [part.strip(" ,;") for part in _JOINT.split(question)]
    if any(len(_QUOTE_MARKS.findall(part)) % 2 for part in found):
        return [question]  # it would be cut inside what it quotes
    joined = 1 < len(found) <= MAX_PARTS and all(len(part.split()) >= MIN_PART for part in found)
    return found if joined else [question]


def offers(sentence: str, kind: Asks, question: str) -> bool:
    """Say whether a sentence has a thing of that kind which the question does not name itself."""
    if kind is Asks.OTHER:
        return False
    asked = question.lower()
    return any(match[0].strip().lower() not in asked for match in _OFFERED[kind].finditer(sentence))


def _asking(kind: Asks, *patterns: str) -> tuple[Asks, re.Pattern[str]]:
    return kind, re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)


_ASKING = (
    _asking(
        Asks.NUMBER,
        "how (?:many|much|large|big|often|high|far|old|tall)",
        "(?:what|which)(?:'s| is| was)? (?:the )?(?:number|share|percentage|amount|price|cost|size|population|toll)",
        "number of",
        "what percent",
    ),
    _asking(
        Asks.TIME,
        "when",
        "(?:(?:on|in) )?(?:what|which) (?:day|date|year|month|week|weekday|time|century|decade)",
        "how (?:long|soon|recently)",
    ),
    _asking(
        Asks.REASON,
        "why",
        "how come",
        "for what reason",
        "what (?:is|was) the reason",
        "what (?:caused|prompted|triggered|led to|set off|sparked)",
    ),
    _asking(
        Asks.PLACE,
        "where",
        "(?:in )?(?:what|which) (?:city|country|place|town|state|region|part|province|location|area)",
    ),
    _asking(
        Asks.WORDS,
        r"what (?:did|does|do|has|have|was|were) [^?]{1,60}\b"
        "(?:say|said|tell|told|shout|call|chant|describe|warn|claim|state|explain|think)",
    ),
    _asking(
        Asks.PERSON,
        "who|whom|whose|by whom",
        "(?:what|which) (?:person|group|official|leader|president|minister|company|team|man|woman)",
        "(?:what|which) organi[sz]ation",
    ),
)

_NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundreds? thousands? millions? billions? "
    "dozens? several half twice no"
).replace(" ", "|")
_MONTHS = (
    "Jan(?:uary)? Feb(?:ruary)? Mar(?:ch)? Apr(?:il)? May June? July? Aug(?:ust)? Sept?(?:ember)? Oct(?:ober)? "
    "Nov(?:ember)? Dec(?:ember)?"
).replace(" ", "|")
_PERIODS = "week|month|year|night|day|decade|century"
_CAUSES = (
    "because|since|due to|owing to|so that|in order to|response to|results? of|result(?:s|ed)? (?:in|from)|after|"
    "following|amid|over|aimed at|designed to|intent|intended|meant to|prompt(?:ed|ing)|caus(?:ed|ing)|led to|"
    r"reasons?|blamed|stemm(?:ed|ing)|on the heels of|about \w+ing|to (?:\w+ly )?[a-z]+"
)
_SAYING = "said|says|told|warned|explained|called|described|according to"
_NAME = r"[A-Z][\w’'.-]+"

_OFFERED = {
    Asks.NUMBER: re.compile(rf"(?<!\w)\d|\b(?:{_NUMBERS})\b", re.IGNORECASE),
    Asks.TIME: re.compile(
        rf"\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:{_MONTHS})\.?\s+\d|\d{{1,2}}\s+(?:{_MONTHS})"
        rf"|1\d{{3}}|20\d\d|\d+(?::\d\d)?\s*[ap]\.?m|(?:last|next|this|past|recent|previous)\s+(?:\w+\s+)?(?:{_PERIODS})s?"
        r"|yesterday|today|tomorrow|weekend|midnight|noon|morning|evening|afternoon|century|decades?|ago)\b"
    ),
    # A name inside a sentence, or two capitalised words anywhere.
    Asks.PERSON: re.compile(rf"(?<=[a-z,;—–] )[“\"'(]?{_NAME}|\b{_NAME}\s+(?:[A-Z]\.\s+)?{_NAME}"),
    Asks.PLACE: re.compile(
        r"\b(?:in|at|near|from|to|across|outside|inside|around|over|into|of)\s+(?:the\s+)?(?:\w+\s+)?[A-Z][\w’'-]+"
    ),
    Asks.REASON: re.compile(rf"\b(?:{_CAUSES})\b", re.IGNORECASE),
    Asks.WORDS: re.compile(rf"[“”\"]|\b(?:{_SAYING})\b", re.IGNORECASE),
}
