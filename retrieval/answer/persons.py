"""Whether somebody is spoken of as "he" or as "she": by titles, kinship, and the pronouns that follow the name.

A name alone says nothing: Kim may be either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

HE, SHE = "he", "she"

_MEN = (
    r"Mr\.?|Sir|Lord|King|Prince|Duke|Brother|Father|Congressman|Mister|husband|brother|father|son|uncle|nephew|grandfather"
    r"|grandson|widower|boyfriend|stepfather|businessman|spokesman|policeman|fisherman|fireman|salesman"
)
_WOMEN = (
    r"Mrs\.?|Ms\.?|Miss|Madam|Lady|Dame|Queen|Princess|Duchess|Sister|Congresswoman|wife|sister|mother|daughter|aunt|niece"
    r"|grandmother|granddaughter|widow|girlfriend|stepmother|actress|businesswoman|chairwoman|spokeswoman|policewoman"
)
_SURE = 5
"""What a title counts, beside 1 for a pronoun, which may be somebody else's."""
_NEAR = 200
"""Characters behind a name in which its pronoun is looked for."""

_TITLES = re.compile(rf"\b(?:(?P<he>{_MEN})|(?P<she>{_WOMEN})),?\s+\Z", re.IGNORECASE)
_APPOSITIONS = re.compile(rf",\s+(?:an?|the)\s+(?:[\w-]+\s+){{0,2}}?(?:(?P<he>{_MEN})|(?P<she>{_WOMEN}))\b")
_PRONOUNS = re.compile(r"\b(?:(?P<he>he|his|him|himself)|(?P<she>she|her|hers|herself))\b", re.IGNORECASE)
_SPEECH = re.compile(r"“[^”]*”|\"[^\"]*\"")
_BARE_TITLE = re.compile(rf"^(?:(?:{_MEN}|{_WOMEN})\s+)+", re.IGNORECASE)
_OTHER = re.compile(r"[A-Z][\w’'-]+ [A-Z][\w’'-]+|\b(?:Mr|Mrs|Ms)\. [A-Z]|\b(?:said|says|told) [A-Z][\w’'-]+")


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
        others = set(re.findall(rf"\b([A-Z][\w’'-]*\w)\.? {last}\b", told)) - {first}
        # Where several have the surname, it alone names none of them.
        is_shared = any(not _TITLES.search(f"{one} ") for one in others)
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
    behind = text[end : end + _NEAR]
    other = _OTHER.search(behind)
    pronoun = _PRONOUNS.search(behind[: other.start()] if other else behind)
    if pronoun:
        counted[pronoun.lastgroup or HE] += 1
