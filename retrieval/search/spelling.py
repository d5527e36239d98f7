"""The question's words to the corpus's own spellings: typos, and names that are written in many ways."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from retrieval.index.lexicon import QUESTION_WORDS, Lexicon, lexical_form, terms

SHORTEST = 4
"""Letters. Shorter words have too many neighbours."""

_WORD = re.compile(r"[^\W\d_]+(?:['’‘ʼ`´][^\W\d_]+)*")
_SOUNDS = (("ph", "f"), ("ck", "k"), ("q", "k"), ("c", "k"), ("z", "s"), ("y", "i"), ("w", "u"))
_VOWELS = re.compile(r"[aeiou]+")
_DOUBLED = re.compile(r"(.)\1+")


class Speller:
    """Bridges words that the corpus does not have to the nearest one that it has.

    `known` are words that are right as they are, lower-case: a question about the "world" must not become one about
    what "would" be, only because the articles happen not to say "world".
    """

    def __init__(self, lexicon: Lexicon, known: frozenset[str]) -> None:
        self._lexicon = lexicon
        self._known = known
        self._vocabulary = lru_cache(64)(lexicon.vocabulary)

    def bridge(self, question: str) -> str:
        """Return the question with every word that is unknown to the corpus, but close to one of its words,
        put in the corpus's spelling; the rest stays as it is."""
        return _WORD.sub(lambda match: self._nearest(match[0]) or match[0], question)

    def _nearest(self, word: str) -> str | None:
        plain = lexical_form(word).lower()
        if len(plain) < SHORTEST or plain in QUESTION_WORDS:
            return None
        vocabulary = self._vocabulary(plain[0])
        if (
            plain in self._known
            or plain in vocabulary
            or any(self._lexicon.document_frequency(stem) for stem in terms(plain))
        ):
            return None
        # Ten candidates, since the nearest by letters need not be the nearest by sound.
        near = process.extract(plain, vocabulary.keys(), scorer=OSA.distance, limit=10, score_cutoff=3)
        close = [
            (distance, -vocabulary[other], other) for other, distance, _ in near if _alike(plain, other, int(distance))
        ]
        return min(close)[2] if close else None


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
