"""Whether somebody is spoken of as "he" or as "she": by titles, kinship, and the pronouns that follow the name.

A name alone says nothing: Kim may be either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from retrieval.answer.phrases import CONJUNCTION, FUNCTION, listed
from retrieval.corpus.calendar_days import WEEKDAYS

HE, SHE = "he", "she"

_SIRS = r"Mr\.?|Sir|Lord|Mister"
_MADAMS = r"Mrs\.?|Ms\.?|Miss|Madam|Lady|Dame"
"""Titles that are other words without their capital: "fans will miss Karl Berg"."""
_MEN = (
    r"king|prince|duke|congressman|husband|brother|father|son|uncle|nephew|grandfather|grandson|widower|boyfriend"
    r"|stepfather|businessman|spokesman|policeman|fisherman|fireman|salesman"
)
_WOMEN = (
    r"queen|princess|duchess|congresswoman|wife|sister|mother|daughter|aunt|niece|grandmother|granddaughter|widow"
    r"|girlfriend|stepmother|actress|businesswoman|chairwoman|spokeswoman|policewoman"
)
_OFFICES = listed(
    "president|minister|premier|chancellor|speaker|leader|senator|sen|representative|rep|governor|gov|mayor|councillor"
    "|councilor|councilman|councilwoman|congressman|congresswoman|secretary|ambassador|envoy|judge|justice|attorney"
    "|prosecutor|general|gen|colonel|col|major|maj|captain|capt|lieutenant|lt|sergeant|sgt|private|corporal|admiral|adm"
    "|commander|cmdr|commissioner|officer|chief|sheriff|detective|inspector|director|chairman|chairwoman|chair"
    "|professor|prof|doctor|dr|reverend|rev|bishop|archbishop|cardinal|pope|rabbi|imam|pastor|ayatollah|sheikh|emir"
    "|sultan|emperor|empress|candidate|coach|democrat|republican|meanwhile|yesterday|today|later|only|even|like"
)
"""What has a capital before a surname, "Speaker Pelosi", and is nobody's first name."""
_NO_PERSONS = (FUNCTION | {day.lower() for day in WEEKDAYS}) - {HE, SHE}
_SURE = 5
"""What a title counts, beside 1 for a pronoun, which may be somebody else's."""
_NEAR = 200
"""Characters behind a name in which its pronoun is looked for, and before it in which another's name is."""

_TITLES = re.compile(rf"\b(?:(?P<he>{_SIRS}|(?i:{_MEN}))|(?P<she>{_MADAMS}|(?i:{_WOMEN}))),?\s+\Z")
_APPOSITIONS = re.compile(
    r",\s+(?:an?|the)\s+(?:(?!(?:who|whose|whom|and|with|of|to|for|by)\b)[\w’'-]+\s+){0,2}?"
    rf"(?:(?P<he>(?i:{_MEN}))|(?P<she>(?i:{_WOMEN})))\b(?![’']s)"
)
_PRONOUNS = re.compile(r"\b(?:(?P<he>he|his|him|himself)|(?P<she>she|her|hers|herself))\b", re.IGNORECASE)
_SPEECH = re.compile(r"“[^”]*”|\"[^\"]*\"")
_BARE_TITLE = re.compile(rf"^(?:(?:{_SIRS}|{_MEN}|{_MADAMS}|{_WOMEN})\s+)+", re.IGNORECASE)
_OTHER = re.compile(
    r"[A-Z][\w’'-]+ [A-Z][\w’'-]+|\b(?:Mr|Mrs|Ms)\. [A-Z]|\b(?:said|says|told) [A-Z][\w’'-]+|\bwhose\b"
    r"|\b(?!(?:He|She|It|They|We|I|You|Who)\b)[A-Z][\w’'-]+ (?:said|says|told)\b"
)
_SENTENCE_END = re.compile(r"(?<!\b[A-Z][a-z])(?<!\b[A-Z][a-z]{2})[.!?]\s|[\n“”]")
_CAPITALS = re.compile(r"(?:\b[A-Z][\w.’'-]*\s+(?:of\s+[A-Z][\w.’'-]*\s+)?)+\Z")
_OF = re.compile(r"\bof\s+(?:the\s+(?:\w+\s+){0,2})?\Z")
_LOWER = re.compile(r"\b([a-z][\w-]*)\s+\Z")
_SOMEBODY = re.compile(r"(?<![\w’'-])(?:[A-Z][\w’'-]+|s?he\b)")
_BEFORE_A_SUBJECT = listed(CONJUNCTION, "after|before|said|says|told") - {"and", "or", "than"}


def pronoun_of(name: str, texts: Iterable[str]) -> str:
    """Return "he" or "she", whichever texts use of somebody by far the more, or "" where they do not say."""
    counted = {HE: 0, SHE: 0}
    if title := _TITLES.search(f"{' '.join(name.split()[:-1])} "):
        counted[title.lastgroup or HE] += _SURE
    words = [word for word in _BARE_TITLE.sub("", name).split() if word[:1].isupper()][-2:]
    for text in texts if words else ():
        # In what somebody says, "he" is another.
        told = _SPEECH.sub(lambda said: " " * len(said[0]), text)
        first, last = (re.escape(" ".join(part)) for part in (words[:-1], words[-1:]))
        others = set(re.findall(rf"(?<![\w’'-])([A-Z][\w’'-]*\w)\.? {last}\b", told)) - {*words[:-1]}
        # Where several have the surname, it alone names none of them.
        is_shared = any(one.lower() not in _NO_PERSONS | _OFFICES and not _TITLES.search(f"{one} ") for one in others)
        before = f"(?:{first} ){'' if is_shared else '?'}" if first else ""
        for mention in re.finditer(rf"(?<![\w-]){before}{last}(?![\w-])", told):
            _count(told, mention, counted)
    less, more = sorted(counted, key=lambda one: counted[one])
    return more if counted[more] > 2 * counted[less] else ""


def _count(text: str, mention: re.Match[str], counted: dict[str, int]) -> None:
    start, end = mention.span()
    title = _TITLES.search(text, max(0, start - 30), start) or _APPOSITIONS.match(text, end)
    if title:
        counted[title.lastgroup or HE] += _SURE
    if text.startswith(("’", "'"), end) or _is_beside_another(text[max(0, start - _NEAR) : start]):
        return
    behind = text[end : end + _NEAR]
    other = _OTHER.search(behind)
    pronoun = _PRONOUNS.search(behind[: other.start()] if other else behind)
    if pronoun:
        counted[pronoun.lastgroup or HE] += 1


def _is_beside_another(before: str) -> bool:
    """Say whether somebody else is rather meant by the pronoun behind a name, from what stands before the name.

    "The wife of Karl Berg said she", "Trump met Angela Merkel. He".
    """
    before = _CAPITALS.sub("", _SENTENCE_END.split(before)[-1])
    if _OF.search(before):
        return True
    word = _LOWER.search(before)
    if word is None or word[1] in _BEFORE_A_SUBJECT:
        return False
    return any(one.lower() not in _NO_PERSONS for one in _SOMEBODY.findall(before))
