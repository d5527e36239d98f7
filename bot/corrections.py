"""What became of words that were quoted: where they stand in today's article, or what stands there now. Pure.

The words of a quote that were only moved are found letter for letter, however the lines are broken now. Of words that
were changed, the run of sentences is found that shares most of them: half of that counts their order (an Indel
similarity, twice the longest common subsequence over both lengths), half how telling the shared words are (their
inverse frequency in the article, a Dice coefficient). Sentences near the old place come a little before others.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from rapidfuzz.distance import Indel

from bot.state import Place, Quote
from bot.text import sentences
from retrieval.models import Article, Span

LIKE = 0.45
"""From 0 to 1: how alike sentences must be to be shown as what a quote became. On 300 sentences of as many news
articles: where 3 words in 10 were replaced or left out, 96 % reach it, and where every second was, 90 %; where the
sentence was taken out, another one of the article does for 6 %, most of them all but the same sentence."""
NEARNESS = 0.05
"""How much a sentence at the old place has before one at the other end of the article."""
LOOKED_INTO = 12
"""How many paragraphs are compared sentence by sentence, those first that share most words with the quote."""
MOST_SENTENCES = 6
DIFFERENT = 0.6
"""From this share of changed words on, telling them from the others helps no reader."""
STARTS_TRIED = 20_000

_WORD = re.compile(r"\w+(?:[.,'’:-]\w+)*")
_TOKEN = re.compile(rf"{_WORD.pattern}|[^\w\s]")

Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Correction:
    """A quote whose words no longer stand in its article.

    `article` is None where it was removed; `now` is what stands there instead: its `words` were not said by any answer.
    None where nothing like the quote is left.
    """

    quote: Quote
    article: Article | None = None
    now: Quote | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A quote that stands in its article word for word, at the place where it stands today."""

    quote: Quote
    article: Article


def look_up(quote: Quote, article: Article | None) -> Standing | Correction:
    """Return where a quote stands in today's article, which is None where that was removed, or what became of it."""
    if article is None:
        return Correction(quote)
    if (there := _unchanged(quote, article)) is not None:
        return Standing(_at(quote, article, there), article)
    near = _nearest(quote, article)
    return Correction(quote, article, _at(quote, article, near) if near is not None else None)


def passage_today(place: Place, article: Article) -> Place | None:
    """Return where a passage stands in today's article; None where it no longer does, word for word."""
    length = place.end - place.start
    starts = [place.start, *_by_distance((found.start() for found in _WORD_START.finditer(article.text)), place.start)]
    for start in starts[:STARTS_TRIED]:
        if digest(article.text[start : start + length]) == place.digest:
            first, last = (paragraph_of(article, at) for at in (start, max(start + length - 1, start)))
            return replace(place, start=start, end=start + length, first=first, last=last)
    return None


def digest(text: str) -> str:
    """Return a short digest, to tell whether a text is still the same."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def paragraph_of(article: Article, place: int) -> int:
    """Return the number of the paragraph in which a place stands, or after which."""
    return max(sum(one.start <= place for one in article.paragraphs), 1)


def changed_words(before: str, after: str) -> tuple[list[Span], list[Span]]:
    """Return which words of each text the other does not have in their order; none where nearly all differ."""
    left, right = list(_TOKEN.finditer(before)), list(_TOKEN.finditer(after))
    matcher = SequenceMatcher(None, [one[0] for one in left], [one[0] for one in right], autojunk=False)
    spans: tuple[list[Span], list[Span]] = ([], [])
    for kind, *bounds in matcher.get_opcodes():
        if kind != "equal":
            for found, tokens, (first, last) in zip(spans, (left, right), (bounds[:2], bounds[2:]), strict=True):
                if first < last:
                    found.append(Span(tokens[first].start(), tokens[last - 1].end()))
    if matcher.ratio() < 1 - DIFFERENT:
        return [], []
    return spans


# Unchanged, if elsewhere

_WORD_START = re.compile(r"(?<!\S)\S")


def _unchanged(quote: Quote, article: Article) -> Span | None:
    if article.text[quote.start : quote.end] == quote.words:
        return Span(quote.start, quote.end)
    words = quote.words.split()
    if not words:
        return None
    found = re.finditer(r"\s+".join(map(re.escape, words)), article.text)
    spans = [Span(one.start(), one.end()) for one in found]
    return min(spans, key=lambda one: abs(one.start - quote.start), default=None)


def _by_distance(places: Iterable[int], origin: int) -> list[int]:
    return sorted(places, key=lambda place: abs(place - origin))


def _at(quote: Quote, article: Article, there: Span) -> Quote:
    words = article.text[there.start : there.end]
    number = paragraph_of(article, there.start)
    return replace(quote, paragraph=number, start=there.start, end=there.end, words=words)


# Changed


def _nearest(quote: Quote, article: Article) -> Span | None:
    """Return the run of sentences that is most like a quote, or None where none is like it."""
    wanted = _words(quote.words)
    if not wanted:
        return None
    bodies = [article.text[one.start : one.end] for one in article.paragraphs]
    known = [_words(body) for body in bodies]
    weights = _weights([wanted, *known])
    likely = sorted(range(len(bodies)), key=lambda place: -_shared(wanted, known[place], weights))[:LOOKED_INTO]
    best, most = None, 0.0
    for place in likely:
        distance = abs(place + 1 - quote.paragraph) / max(len(bodies), 1)
        for span in _runs(bodies[place]):
            likeness = _likeness(wanted, _words(bodies[place][span.start : span.end]), weights)
            score = likeness - NEARNESS * min(distance, 1)
            if likeness >= LIKE and score > most:
                offset = article.paragraphs[place].start
                best, most = Span(offset + span.start, offset + span.end), score
    return best


def _words(text: str) -> list[str]:
    return [one[0].casefold() for one in _WORD.finditer(text)]


def _weights(texts: Sequence[Sequence[str]]) -> Weights:
    """Return how telling each word is: its inverse frequency among the paragraphs."""
    counts = Counter(word for text in texts for word in set(text))
    return {word: math.log(1 + len(texts) / number) for word, number in counts.items()}


def _shared(wanted: Sequence[str], words: Sequence[str], weights: Weights) -> float:
    return sum(weights[word] * number for word, number in (Counter(wanted) & Counter(words)).items())


def _likeness(wanted: Sequence[str], words: Sequence[str], weights: Weights) -> float:
    whole = sum(weights[word] for word in (*wanted, *words))
    telling = 2 * _shared(wanted, words, weights) / whole if whole else 0.0
    return (float(Indel.normalized_similarity(wanted, words)) + telling) / 2


def _runs(text: str) -> Iterator[Span]:
    """Yield every run of neighbouring sentences, up to so many."""
    spans = sentences(text)
    for first in range(len(spans)):
        for last in range(first, min(first + MOST_SENTENCES, len(spans))):
            yield Span(spans[first].start, spans[last].end)
