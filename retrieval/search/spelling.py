"""The question's words to the corpus's own spellings: typos, and names that are written in many ways."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from retrieval.index.lexicon import QUESTION_WORDS, Lexicon, lexical_form, terms

SHORTEST = 4
"""Letters. Shorter words have too many neighbours."""

CALENDAR = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december".split()
)

_WORD = re.compile(r"[^\W\d_]+(?:['’‘ʼ`´][^\W\d_]+)*")
_SOUNDS = (("ph", "f"), ("ck", "k"), ("q", "k"), ("c", "k"), ("z", "s"), ("y", "i"), ("w", "u"))
_VOWELS = re.compile(r"[aeiou]+")
_DOUBLED = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Spelled:
    """A question in the corpus's spelling, and, by stem, the stems of other spellings that the corpus has.

    `names` are the stems of the names in it: words that the corpus never writes in lower case, and capitalised words
    that it does not have. Days and months are none, since articles write dates in many ways.
    """

    text: str
    variants: Mapping[str, frozenset[str]]
    names: frozenset[str] = frozenset()

    @property
    def query(self) -> str:
        """The question with all spellings, for a search by words."""
        return " ".join([self.text, *sorted(stem for stems in self.variants.values() for stem in stems)])


class Speller:
    """Bridges a question's words to the corpus's own vocabulary.

    `common` are ordinary words, lower-case. They are right as they are: a question about the "world" must not become
    one about what "would" be, only because the articles happen not to say "world".
    """

    def __init__(self, lexicon: Lexicon, common: frozenset[str]) -> None:
        self._lexicon = lexicon
        self._common = common
        self._vocabulary = lru_cache(64)(lexicon.vocabulary)

    def spell(self, question: str) -> Spelled:
        """Put words that are unknown to the corpus but close to one of its words in the corpus's spelling, and find
        the other spellings of the names among them: an article's Hizbollah for another's Hezbollah."""
        text = _WORD.sub(lambda match: self._nearest(match[0]) or match[0], question)
        variants = {stem: found for match in _WORD.finditer(text) for stem, found in self._variants(match[0])}
        return Spelled(text, variants, frozenset(stem for name in self._names(text) for stem in terms(name)))

    def _names(self, text: str) -> list[str]:
        found = []
        for number, match in enumerate(_WORD.finditer(text)):
            plain = lexical_form(match[0]).lower()
            known = self._vocabulary(plain[0]).get(plain)
            capitalised = number > 0 and match[0][0].isupper() and not match[0].isupper()
            if plain not in CALENDAR and (known.is_name if known else capitalised and len(plain) > 2):
                found.append(plain)
        return found

    def _nearest(self, word: str) -> str | None:
        plain = lexical_form(word).lower()
        if len(plain) < SHORTEST or plain in QUESTION_WORDS:
            return None
        vocabulary = self._vocabulary(plain[0])
        if plain in self._common or plain in vocabulary:
            return None
        if any(self._lexicon.document_frequency(stem) for stem in terms(plain)):
            return None
        # Ten candidates, since the nearest by letters need not be the nearest by sound.
        near = process.extract(plain, vocabulary.keys(), scorer=OSA.distance, limit=10, score_cutoff=3)
        close = [
            (distance, -vocabulary[other].passages, other)
            for other, distance, _ in near
            if _alike(plain, other, int(distance))
        ]
        return min(close)[2] if close else None

    def _variants(self, word: str) -> list[tuple[str, frozenset[str]]]:
        """Return the word's stem with the stems of its other spellings, where it has any."""
        plain = lexical_form(word).lower()
        vocabulary = self._vocabulary(plain[0])
        if len(plain) <= SHORTEST or plain not in vocabulary or not vocabulary[plain].is_name:
            return []
        names = [other for other, entry in vocabulary.items() if entry.is_name]
        near = process.extract(plain, names, scorer=OSA.distance, limit=10, score_cutoff=2)
        others = {stem for other, distance, _ in near if distance and _one_name(plain, other) for stem in terms(other)}
        stems = terms(plain)
        return [(stems[0], frozenset(others))] if others and len(stems) == 1 and stems[0] not in others else []


def _one_name(word: str, other: str) -> bool:
    """Say whether two words have the same consonants in the same order and the same last letter."""
    frame = _frame(word)
    return len(other) > SHORTEST and word[-1] == other[-1] and len(frame) >= 3 and frame == _frame(other)


def _alike(word: str, other: str, distance: int) -> bool:
    """Say whether two words at that edit distance may be one: by few edits for their length, or by their sound."""
    length = min(len(word), len(other))
    if length < SHORTEST:
        return False
    if distance <= (0 if length < 5 else 1 if length < 8 else 2):
        return True
    if _folded(word) == _folded(other):
        return True
    frame = _frame(word)
    return len(frame) >= 4 and frame == _frame(other)


def _folded(word: str) -> str:
    for written, sound in _SOUNDS:
        word = word.replace(written, sound)
    return _DOUBLED.sub(r"\1", word)


def _frame(word: str) -> str:
    """Return the consonants by sound, and the first letter."""
    folded = _folded(word)
    return folded[:1] + _VOWELS.sub("", folded[1:])
