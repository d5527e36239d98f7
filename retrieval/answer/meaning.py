"""Whether words mean the same, or something narrower, as far as a table of common words goes."""

from __future__ import annotations

import re

from retrieval.index.lexicon import terms
from retrieval.search import wordnet

FAR = 9
"""Steps up to a word as broad as "person"."""
NEAR = 2
"""Steps up to a word that may stand for a narrower one: vehicles for cars."""
OFFICES = ("leader", "official", "representative", "diplomat")

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_][\w’'-]*")


def mentions(word: str, text: str) -> bool:
    """Say whether a text has a word, or one that means the same or something narrower."""
    return any(means(word, other) for other in _WORD.findall(text))


def mentions_office(office: str, text: str) -> bool:
    """Say whether a text speaks of somebody who has an office: of a leader also where it has a commander."""
    return any(
        alike(office, other)
        or (is_person(other) and any(_covers(one, it) for one in _forms(office) for it in _forms(other)))
        for other in _WORD.findall(text)
    )


def means(word: str, other: str) -> bool:
    """Say whether the other word is the same, means the same, or something that the word covers."""
    if alike(word, other):
        return True
    pairs = ((one, it) for one in _forms(word) for it in _forms(other))
    return any(_covers(one, it) or wordnet.is_broader(it, one, NEAR) for one, it in pairs)


def alike(word: str, other: str) -> bool:
    """Say whether two words have one stem."""
    return not set(terms(word)).isdisjoint(terms(other))


def is_person(word: str) -> bool:
    """Say whether a word says what somebody is: contractor, ambassador."""
    return any(wordnet.is_broader("person", one, FAR) for one in _forms(word))


def is_office(word: str) -> bool:
    """Say whether a word is an office: minister, chief, ambassador; not what somebody does once, as a winner does."""
    return any(one in OFFICES or wordnet.is_broader(office, one, FAR) for one in _forms(word) for office in OFFICES)


def is_group(word: str) -> bool:
    """Say whether a word says what many are together: troops, battalion."""
    return any(wordnet.is_broader("organization", one, FAR) for one in _forms(word))


def _covers(one: str, other: str) -> bool:
    return wordnet.same(one, other) or wordnet.is_broader(one, other)


def _forms(word: str) -> list[str]:
    """Return what a word may be the plural or the past of, as the table has it."""
    plain = word.lower().replace("’", "'").removesuffix("'s").strip(".-'")
    endings = (("", ""), ("men", "man"), ("ies", "y"), ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"), ("d", ""))
    found = (plain.removesuffix(end) + other for end, other in endings if plain.endswith(end))
    return [one for one in found if len(one) > 1 and wordnet.is_known(one)]
