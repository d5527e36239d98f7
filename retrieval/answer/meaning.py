"""Whether words mean the same, or something narrower, as far as a table of common words goes."""

from __future__ import annotations

import re

from retrieval.index.lexicon import terms
from retrieval.search import wordnet

FAR = 9
"""Steps up to a word as broad as "person"."""

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_][\w’'-]*")


def mentions(word: str, text: str, *, of_people: bool = False) -> bool:
    """Say whether a text has a word, or one that means the same or something narrower.

    `of_people`, only such count as say what somebody is.
    """
    return any(
        means(word, other) for other in _WORD.findall(text) if not of_people or is_person(other) or alike(word, other)
    )


def means(word: str, other: str) -> bool:
    """Say whether the other word is the same, means the same, or something that the word covers."""
    if alike(word, other):
        return True
    pairs = ((one, it) for one in _forms(word) for it in _forms(other))
    return any(
        wordnet.same(one, it) or wordnet.is_broader(one, it) or wordnet.is_broader(it, one, 1) for one, it in pairs
    )


def alike(word: str, other: str) -> bool:
    """Say whether two words have one stem."""
    return not set(terms(word)).isdisjoint(terms(other))


def is_person(word: str) -> bool:
    """Say whether a word says what somebody is: contractor, ambassador."""
    return any(wordnet.is_broader("person", one, FAR) for one in _forms(word))


def is_group(word: str) -> bool:
    """Say whether a word says what many are together: troops, battalion."""
    return any(wordnet.is_broader("organization", one, FAR) for one in _forms(word))


def _forms(word: str) -> list[str]:
    """Return what a word may be the plural or the past of, as the table has it."""
    plain = word.lower().replace("’", "'").removesuffix("'s").strip(".-'")
    endings = (("", ""), ("men", "man"), ("ies", "y"), ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"), ("d", ""))
    found = (plain.removesuffix(end) + other for end, other in endings if plain.endswith(end))
    return [one for one in found if len(one) > 1 and wordnet.is_known(one)]
