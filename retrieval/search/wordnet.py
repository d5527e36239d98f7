"""Which words mean the same, one thing more broadly than the other, or the opposite.

The table is made from WordNet 3.1 (Princeton University; see NOTICE) by benchmarks/make_wordnet.py.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parent / "wordnet.json.gz"
DEPTH = 3
"""How many steps up a broader word may be: a panda is a mammal, but hardly an object."""


class _Table(NamedTuple):
    words: dict[str, list[int]]
    broader: list[list[int]]
    derived: dict[str, list[str]]
    opposites: dict[str, list[str]]


def plain(word: str) -> str:
    """Return a word as the table has it: small letters, one word of several, no points or apostrophes."""
    return word.lower().replace("_", " ").replace(".", "").replace("’", "'")


@cache
def _table() -> _Table:
    found = json.loads(gzip.decompress(FILE.read_bytes()))
    return _Table(found["words"], found["broader"], found["derived"], found["opposites"])


@cache
def _meanings(word: str) -> frozenset[int]:
    """Return the meanings of a word and of those that it is derived from, or they from it."""
    table = _table()
    return frozenset(one for form in (word, *table.derived.get(word, ())) for one in table.words.get(form, ()))


@cache
def _broader(word: str, depth: int) -> frozenset[int]:
    table = _table()
    found: set[int] = set()
    level = set(table.words.get(word, ()))
    for _ in range(depth):
        level = {above for one in level for above in table.broader[one]}
        found |= level
    return frozenset(found)


def same(one: str, other: str) -> bool:
    """Say whether two words share a meaning, as far as some of their commonest go."""
    one, other = plain(one), plain(other)
    return one == other or not _meanings(one).isdisjoint(_meanings(other))


def is_broader(one: str, other: str, depth: int = DEPTH) -> bool:
    """Say whether the first of two words covers what the second means, as "animal" does "panda"."""
    return not _broader(plain(other), depth).isdisjoint(_table().words.get(plain(one), ()))


def of_a_kind(one: str, other: str) -> bool:
    """Say whether two words share a meaning, or either covers what the other means."""
    return same(one, other) or is_broader(one, other) or is_broader(other, one)


def opposite(one: str, other: str) -> bool:
    """Say whether two words are opposites."""
    one, other = plain(one), plain(other)
    opposites, derived = _table().opposites, _table().derived
    others = {other, *derived.get(other, ())}
    others |= {form.removesuffix("en") for form in others}
    forms = {one, *derived.get(one, ()), one.removesuffix("en")}
    return any(not others.isdisjoint(opposites.get(form, ())) for form in forms)


def opposites(word: str) -> frozenset[str]:
    """Return the opposites of a word, and what is derived from them: of "begin" also "ending"."""
    word = plain(word)
    found = {one for form in (word, word.removesuffix("en")) for one in _table().opposites.get(form, ())}
    return frozenset(found.union(*(_table().derived.get(one, ()) for one in found)))


def is_known(word: str) -> bool:
    """Say whether the table has a word."""
    return plain(word) in _table().words
