"""The question's words to the corpus's own: typos, names that are written in many ways, and their abbreviations."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import pairwise
from typing import TypeAlias

from rapidfuzz import process
from rapidfuzz.distance import OSA

from retrieval.index.lexicon import QUESTION_WORDS, Lexicon, lexical_form, terms
from retrieval.search import wordnet
from retrieval.search.likeness import CUTOFF, SHORTEST, folded, initials, is_one_name, is_slip, other_usage

MOSTLY = 20
"""So many times as often is nearly always: a word that the corpus writes with a capital letter is then a name."""
MAX_FORMS = 3
"""An abbreviation that stands for more names brings only those that most articles mean."""
LETTERS = 32
"""Beginnings whose words are kept: reading those of one anew took 12 ms over 30,000 passages."""
SHORTEST_PART = 3
"""Letters of a word that is written together with another one."""

CALENDAR = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december".split()
)

_WORD = re.compile(r"[^\W\d_]+(?:['’‘ʼ`´][^\W\d_]+)*")
_RUN_TOGETHER = re.compile(r"\b(who|what|where|when|how)(s)\b", re.IGNORECASE)
_CONTRACTED = re.compile(r"['’‘ʼ`´](?:re|ve|ll|d|m|t)$", re.IGNORECASE)
_PREFIX = re.compile(r"^(?:un|re|non|over|pre|dis|anti|mis|out)(?=\w{4})")
_SUFFIX = re.compile(r"(?<=\w{4})(?:ers?|ors?|ish|able|less|ness|ful|ists?|like)$")
_SIDE_BY_SIDE = re.compile(r"[ \-‐‑–]")

Found: TypeAlias = tuple[Sequence[str], str]
"""Stems of the question, and another form that the corpus has for them."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """A question in the corpus's spelling, and the other forms that its words have in the corpus.

    `variants` has them by the stem of the question's word: a stem each, or several with a space between. `names` are
    the stems of the names in the question: words that the corpus does not write in lower case, and capitalised words
    that it does not have. Days and months are none, since articles write dates in many ways.
    """

    text: str
    variants: Mapping[str, frozenset[str]]
    names: frozenset[str] = frozenset()

    def is_in(self, stem: str, spoken: str) -> bool:
        """Say whether a text, given as `spoken` returns it, has a stem of the question in any of its forms."""
        return any(f" {form} " in spoken for form in (stem, *self.variants.get(stem, ())))


def spoken(text: str) -> str:
    """Return the stems of a text in order, with a space before and behind each."""
    return f" {' '.join(terms(text))} "


class Speller:
    """Bridges a question's words to the corpus's own vocabulary.

    `common` are ordinary words, lower-case. They are right as they are: a question about the "world" must not become
    one about what "would" be, only because the articles happen not to say "world".
    """

    def __init__(self, lexicon: Lexicon, common: frozenset[str]) -> None:
        self._lexicon = lexicon
        self._common = common
        # Of functions and not of methods: else it would hold itself, and the lexicon of an old version stay open.
        self._words = lru_cache(LETTERS)(partial(_words_from, lexicon))
        self._capitalised = lru_cache(LETTERS)(partial(_capitalised_from, lexicon))

    def spell(self, question: str) -> Spelled:
        """Put right what is no word and close to one of the corpus's, and find the other forms that the corpus has
        for the words: an article's Hizbollah for another's Hezbollah, airstrikes for air strikes, a name's letters.
        """
        shouted = question.isupper()
        question = _RUN_TOGETHER.sub(r"\1'\2", question)

        def right(match: re.Match[str]) -> str:
            capitalised = match.start() > 0 and match[0][0].isupper() and not shouted
            return self._meant(match[0], capitalised=capitalised) or match[0]

        text = _WORD.sub(right, question)
        found = [*self._compounds(text), *self._spellings(text)]
        found += self._abbreviations(text, self._variants(found))
        names = frozenset(stem for name in self._names(text) for stem in terms(name))
        return Spelled(text, self._variants(found), names)

    def _variants(self, found: Iterable[Found]) -> dict[str, frozenset[str]]:
        variants: dict[str, set[str]] = defaultdict(set)
        for stems, form in found:
            other = " ".join(terms(form))
            for stem in stems:
                if other and other != stem:
                    variants[stem].add(other)
        return {stem: frozenset(others) for stem, others in variants.items()}

    # One word for another

    def _meant(self, word: str, *, capitalised: bool) -> str | None:
        """Return the corpus's word that an unknown one is a slip for, if any."""
        plain = _plain(word)
        if len(plain) < SHORTEST or _CONTRACTED.search(word) or self._is_right(plain):
            return None
        swapped = plain[1] + plain[0] + plain[2:]
        # Ten candidates, since the nearest by letters need not be the nearest by sound.
        near = process.extract(plain, self._words(initials(plain)), scorer=OSA.distance, limit=10, score_cutoff=CUTOFF)
        candidates = {other: int(distance) for other, distance, _ in near}
        if self._has(swapped):
            candidates[swapped] = 1
        close = [
            (distance, -self._passages(other), other)
            for other, distance in candidates.items()
            if is_slip(plain, other, strictly=capitalised and not self._is_name(other))
            # "Alight" is a word too, and "Irak" another spelling of a name.
            if not wordnet.is_known(plain) or self._is_name(other)
        ]
        return min(close)[2] if close else None

    def _is_right(self, plain: str) -> bool:
        """Say whether a word is one, in the corpus or not."""
        if plain in QUESTION_WORDS or plain in self._common:
            return True
        stems = terms(plain)
        if any(self._lexicon.document_frequency(stem) for stem in stems) or not self._common_stems.isdisjoint(stems):
            return True
        root = _SUFFIX.sub("", plain)
        made_of = [_PREFIX.sub("", plain), root] + [f"{root}e"] * (root != plain)
        if any(one != plain and self._is_right(one) for one in made_of) or any(self._parts(plain)):
            return True
        return self._is_of_name(plain) or any(map(self._has_stem, other_usage(plain)))

    def _spellings(self, text: str) -> Iterator[Found]:
        """Yield the corpus's other spellings of single words."""
        for match in _WORD.finditer(text):
            plain = _plain(match[0])
            stems = terms(plain)
            if len(stems) == 1:
                usage = [other for other in sorted(other_usage(plain)) if self._has_stem(other)]
                names = [plain[:-1]] if self._is_of_name(plain) else self._other_names(lexical_form(match[0]))
                yield from ((stems, other) for other in (*usage, *names))

    def _other_names(self, word: str) -> list[str]:
        """Return the corpus's other spellings of a name.

        Two that are both common words are two names, unless they sound alike and the corpus has only the other one.
        """
        plain, known = word.lower(), self._has_stem(word)
        if len(plain) <= SHORTEST or (known and not self._is_name(word)):
            return []
        near = process.extract(plain, self._capitalised(initials(plain)), scorer=OSA.distance, limit=10, score_cutoff=2)
        return [
            other
            for other, distance, _ in near
            if distance and is_one_name(plain, other) and self._is_name(other)
            if not self._common.issuperset((plain, other)) or (not known and folded(plain) == folded(other))
        ]

    # One word for several

    def _compounds(self, text: str) -> Iterator[Found]:
        """Yield the words that the question writes apart and the corpus as one, and the other way round."""
        words = list(_WORD.finditer(text))
        for left, right in pairwise(words):
            one, other = _plain(left[0]), _plain(right[0])
            if (
                _SIDE_BY_SIDE.fullmatch(text, left.end(), right.start())
                and one not in QUESTION_WORDS
                and other not in QUESTION_WORDS
                and len(one + other) > SHORTEST
                and self._has_stem(one + other)
            ):
                yield terms(f"{one} {other}"), one + other
        for word in words:
            plain = _plain(word[0])
            yield from ((terms(plain), parts) for parts in self._parts(plain))

    def _parts(self, plain: str) -> Iterator[str]:
        """Yield the ways to write a word as two words that stand side by side in the corpus, not by mere chance."""
        for cut in range(SHORTEST_PART, len(plain) - SHORTEST_PART + 1):
            if self._lexicon.passages_with(plain[:cut]):
                parts = f"{plain[:cut]} {plain[cut:]}"
                stems = terms(parts)
                known = len(stems) == 2 and all(map(self._lexicon.document_frequency, stems))
                if known and self._lexicon.holds_phrase(stems, 1 + self._passages(plain) // MOSTLY):
                    yield parts

    def _abbreviations(self, text: str, variants: Mapping[str, frozenset[str]]) -> Iterator[Found]:
        """Yield the names that abbreviations stand for, and the abbreviations of names in any of their spellings."""
        for match in _WORD.finditer(lexical_form(text)):
            is_spelt_out = match[0].isupper() and not text.isupper()
            if is_spelt_out or (match[0].lower() not in QUESTION_WORDS and self._is_name(match[0])):
                # WHO has no stem; "who" is no word to search by.
                yield from self._other_forms([set(terms(match[0]) or [match[0].lower()])])
        stems = terms(text)
        written = [{stem, *(other for other in variants.get(stem, ()) if " " not in other)} for stem in stems]
        for at in range(len(stems)):
            for found, form in self._other_forms(written[at:]):
                # An ordinary word is no abbreviation.
                if len(found) > 1 or len(form) < len(found[0]):
                    yield stems[at : at + len(found)], form

    def _other_forms(self, written: Sequence[set[str]]) -> Iterator[Found]:
        """Yield the other forms of names whose stems, each written in any of the given ways, are the first ones."""
        beginnings = [f"{one}\t" for one in written[0]]
        beginnings += [f"{one} {two}" for one in written[0] for two in (written[1] if len(written) > 1 else ())]
        found: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for beginning in beginnings:
            for key, form, articles in self._lexicon.other_forms(beginning):
                stems = key.split()
                if len(stems) <= len(written) and all(map(set.__contains__, written, stems)):
                    found[key].append((-articles, form))
        for key, forms in found.items():
            yield from ((key.split(), form) for _, form in sorted(forms)[:MAX_FORMS])

    # What is known of a word

    @cached_property
    def _common_stems(self) -> frozenset[str]:
        return frozenset(terms(" ".join(self._common)))

    def _has(self, word: str) -> bool:
        return self._passages(word) > 0

    def _has_stem(self, word: str) -> bool:
        stems = terms(word)
        return len(stems) == 1 and self._lexicon.document_frequency(stems[0]) > 0

    def _passages(self, word: str) -> int:
        """Return how many passages hold a word in small letters, with a capital, in capitals or as it is given."""
        return sum(map(self._lexicon.passages_with, {word, word.lower(), word.capitalize(), word.upper()}))

    def _is_name(self, word: str) -> bool:
        """Say whether the corpus writes a word with a capital letter, and hardly ever without."""
        small = self._lexicon.passages_with(word.lower())
        capital = self._passages(word) - small
        return capital > 0 and capital >= MOSTLY * small

    def _is_of_name(self, plain: str) -> bool:
        """Say whether an unknown word is made of one of the corpus's names by a last letter, as Kuwaiti of Kuwait."""
        name = plain[:-1]
        return len(name) > SHORTEST and folded(name) != folded(plain) and self._is_name(name) and not self._has(plain)

    def _names(self, text: str) -> list[str]:
        found = []
        for number, match in enumerate(_WORD.finditer(text)):
            written = lexical_form(match[0])
            plain = written.lower()
            if match[0].islower() and plain in self._common:
                continue  # "calmed down" names nobody, whatever the crowd that cries "Down, down!"
            capitalised = number > 0 and match[0][0].isupper() and not match[0].isupper()
            is_name = self._is_name(written) if self._has(written) else capitalised and len(plain) > 2
            if is_name and plain not in CALENDAR:
                found.append(plain)
        return found


def _words_from(lexicon: Lexicon, letters: str) -> list[str]:
    """Return the corpus's words, lower-case, that begin with any of the letters."""
    found = (word for letter in letters for case in (letter, letter.upper()) for word in lexicon.words(case))
    return sorted({word.lower() for word in found if word.isalpha()})


def _capitalised_from(lexicon: Lexicon, letters: str) -> list[str]:
    """Return the corpus's words, lower-case, that are written with any of the letters as a capital."""
    return sorted({word.lower() for letter in letters for word in lexicon.words(letter.upper())})


def _plain(word: str) -> str:
    return lexical_form(word).lower()
