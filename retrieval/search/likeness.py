"""Which words may be one word, written in two ways: by slips of the hand, by sound, and by the usage of a country."""

from __future__ import annotations

import re
from itertools import pairwise

from rapidfuzz.distance import OSA

SHORTEST = 4
"""Letters. Shorter words have too many neighbours."""
CUTOFF = 3
"""Edits. Words further apart are never alike."""

_SOUNDS = (("ph", "f"), ("ck", "k"), ("q", "k"), ("c", "k"), ("z", "s"), ("y", "i"), ("w", "u"))
_ALIKE_INITIALS = ("ckq", "sz", "fp", "jy", "ou")
_VOWELS = frozenset("aeiouy")
_DOUBLED = re.compile(r"(.)\1+")
_SUFFIXES = "ed|es|e|er|ers|ing|s"
# One country's writing, another's, and what comes before and behind it.
_USAGES = tuple(
    (re.compile(rf"(?<={before}){one}(?={behind}$)"), other)
    for british, american, before, behind in (
        ("is", "iz", r"\w\w", rf"(?:{_SUFFIXES}|ation|ations)"),
        ("ys", "yz", r"\w\w", rf"(?:{_SUFFIXES})"),
        ("our", "or", r"\w\w", r"(?:s|ed|ing|ful|able|ite|ites|hood|er|ers)?"),
        ("re", "er", r"\w[bt]", "s?"),
        ("enc", "ens", r"\w", "es?"),
        ("ogue", "og", r"\w", "s?"),
        ("ll", "l", r"\w{4}", "(?:ed|ing|er|ers)"),
    )
    for one, other in ((british, american), (american, british))
)
# The neighbours of each key, on the keyboards where English is typed.
_ROWS = ("qwertyuiop", " asdfghjkl", "  zxcvbnm")
_NEIGHBOURS = frozenset(
    frozenset(pair)
    for keys in (
        *(pairwise(row.strip()) for row in _ROWS),
        *(zip(upper, lower[shift:], strict=False) for upper, lower in pairwise(_ROWS) for shift in (0, 1)),
    )
    for pair in keys
)


def initials(word: str) -> str:
    """Return the letters that other spellings of a word may begin with."""
    return next((letters for letters in _ALIKE_INITIALS if word[0] in letters), word[0])


def other_usage(word: str) -> set[str]:
    """Return a lower-case word as other English-speaking countries may write it: centre for center, and back."""
    return {pattern.sub(other, word) for pattern, other in _USAGES} - {word}


def is_slip(typed: str, word: str, *, strictly: bool = False) -> bool:
    """Say whether a word that is no word may be a slip for another one, both lower-case.

    One wrong edit is four slips in five (Damerau 1964): a letter too many, a letter too few, two letters swapped, or
    one letter for another, and then mostly a vowel, one of the same sound or a neighbouring key. More edits must leave
    the sound, or for long words the consonants. `strictly`, no letter stands for another.
    """
    length = min(len(typed), len(word))
    distance = int(OSA.distance(typed, word, score_cutoff=CUTOFF))
    if length < SHORTEST or distance > CUTOFF:
        return False
    if strictly:
        return length > SHORTEST + 1 and distance == 1 and (len(typed) != len(word) or sorted(typed) == sorted(word))
    if folded(typed) == folded(word):
        return True
    if distance == 1:
        return length > SHORTEST and (len(typed) != len(word) or length >= 8 or _is_near_miss(typed, word))
    sounds_alike = frame(typed) == frame(word) and len(frame(typed)) >= 4
    return (sounds_alike and length >= (7 if distance == 2 else 9)) or (length >= 10 and distance == 2)


def is_one_name(name: str, other: str) -> bool:
    """Say whether two lower-case names may be one, written down by its sound: the same consonants, other vowels."""
    consonants = frame(name)
    if len(other) <= SHORTEST or name[-1] != other[-1] or len(consonants) < 3 or consonants != frame(other):
        return False
    return OSA.distance(name, other) <= (2 if len(consonants) >= 5 or min(len(name), len(other)) >= 8 else 1)


def folded(word: str) -> str:
    """Return one writing for words that sound the same."""
    for written, sound in _SOUNDS:
        word = word.replace(written, sound)
    return _DOUBLED.sub(r"\1", word)


def frame(word: str) -> str:
    """Return the consonants by sound, and the first letter."""
    sounds = folded(word)
    return sounds[:1] + "".join(letter for letter in sounds[1:] if letter not in _VOWELS)


def _is_near_miss(typed: str, word: str) -> bool:
    """Say whether two words of one length differ in a single letter or two swapped ones, as fingers and ears do.

    A neighbouring key at the end is none: "camper" and "camped" are two words.
    """
    wrong = [pair for pair in zip(typed, word, strict=True) if pair[0] != pair[1]]
    if len(wrong) != 1 or _VOWELS.issuperset(wrong[0]):
        return True
    return len(word) > SHORTEST + 1 and typed[-1] == word[-1] and frozenset(wrong[0]) in _NEIGHBOURS
