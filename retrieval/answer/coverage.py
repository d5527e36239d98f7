"""How much of a question a text speaks of."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from retrieval.corpus.asked_dates import AskedDate
from retrieval.index.lexicon import Lexicon, terms
from retrieval.search.spelling import Spelled

_HAPPENING = re.compile(r"\b(?:happen(?:s|ed|ing)?|occur(?:s|red|ring)?|(?:takes?|took|taken|taking) place)\b", re.I)
"""What happened need not be said to have happened."""


def stems_of_days(question: Spelled, days: Sequence[AskedDate]) -> frozenset[str]:
    """Return the stems of the words by which a question names its days: of "Jan 1" also of "Jan" alone."""
    named = [question.text[day.start : day.end] for day in days]
    return frozenset(stem for text in named for part in (text, *text.split()) for stem in terms(part))


class Coverage:
    """How much of a question a text speaks of, by the stems that both have."""

    def __init__(self, question: Spelled, lexicon: Lexicon, days: Sequence[AskedDate] = ()) -> None:
        size = lexicon.size
        self._question = question
        self._dates = stems_of_days(question, days)
        self._weights = {
            word: math.log(1 + (size + 1) / (lexicon.document_frequency(word) + 0.5))
            for word in dict.fromkeys(terms(_HAPPENING.sub(" ", question.text)) or terms(question.text))
        }
        self._total = sum(self._weights.values())

    def __call__(self, stems: str, fit: float = 0.0) -> float:
        """Return the share in [0, 1] that a text has, given as `spoken` returns it; 0 for a question without any word
        to look for.

        `fit` is how well the text's days fit those asked about: by as much it has the words of the date.
        """
        if not self._total:
            return 0.0
        covered = 0.0
        for word, weight in self._weights.items():
            there = 1.0 if self._question.is_in(word, stems) else 0.0
            covered += weight * (max(there, fit) if word in self._dates else there)
        return covered / self._total
