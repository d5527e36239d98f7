"""Articles to passages: whole sentences, packed between limits, with exact offsets.

Where one passage ends is decided by the text around the boundary, not by counting from the top, so that a
sentence inserted somewhere changes the passage it falls into and leaves the others as they were. Passages do not
overlap: what stands before a sentence is read from its article, and repeated words would only be shown twice.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, pairwise

from retrieval.corpus.sentences import split_sentences
from retrieval.models import Article, Passage, Span

MAX_TOKENS = 320
"""A stretch of an article longer than this is divided."""
MIN_TOKENS = 100
"""No division leaves less than this on either side, where a sentence's end allows."""

SPLITTER = f"3-{MAX_TOKENS}-{MIN_TOKENS}"
"""Raised whenever the same article would be divided differently."""

_TOKEN = re.compile(r"\w{1,20}|[^\w\s]")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a piece of one that alone is too long."""

    span: Span
    paragraph: int
    tokens: int
    ends_paragraph: bool


def split_article(article: Article) -> list[Passage]:
    """Divide an article's body into passages, in order, each with `article.text[start:end] == text`.

    Boilerplate paragraphs are in no passage: where one stands between two, the passages part.
    """
    passages: list[Passage] = []
    occurrences: Counter[str] = Counter()
    for units in _runs(article):
        for first, last in _divide(article.text, units):
            start, end = units[first].span.start, units[last - 1].span.end
            text = article.text[start:end]
            passages.append(
                Passage(
                    key=_key(article.id, text, occurrences[text]),
                    article=article.id,
                    ordinal=len(passages),
                    paragraphs=(units[first].paragraph, units[last - 1].paragraph),
                    text=text,
                    start=start,
                    end=end,
                )
            )
            occurrences[text] += 1
    return passages


def count_tokens(text: str) -> int:
    """Return how many words and punctuation marks a text has; a word counts anew every 20 characters."""
    return sum(1 for _ in _TOKEN.finditer(text))


def _key(article: str, text: str, occurrence: int) -> str:
    """Name a passage by what it is; where it stands may change without a new row in any index."""
    parts = "\0".join((article, text, str(occurrence), SPLITTER))
    return hashlib.blake2b(parts.encode("utf-8"), digest_size=16).hexdigest()


def _runs(article: Article) -> list[list[_Unit]]:
    """Return the body's sentences, parted wherever boilerplate stands between."""
    runs: list[list[_Unit]] = [[]]
    for number, paragraph in enumerate(article.paragraphs, start=1):
        if paragraph.boilerplate:
            runs.append([])
            continue
        spans = [
            piece
            for sentence in split_sentences(article.text, paragraph.start, paragraph.end)
            for piece in _pieces(article.text, sentence)
        ]
        for index, span in enumerate(spans, start=1):
            tokens = count_tokens(article.text[span.start : span.end])
            runs[-1].append(_Unit(span, number, tokens, index == len(spans)))
    return [run for run in runs if run]


def _pieces(text: str, sentence: Span) -> list[Span]:
    """Cut a sentence that alone is longer than a passage: before a word, or in a long run without spaces."""
    tokens = list(_TOKEN.finditer(text, sentence.start, sentence.end))
    cuts = [token.start() for token in tokens[MAX_TOKENS::MAX_TOKENS]]
    return [_trimmed(text, *bounds) for bounds in pairwise([sentence.start, *cuts, sentence.end])]


def _trimmed(text: str, start: int, end: int) -> Span:
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _divide(text: str, units: list[_Unit]) -> list[tuple[int, int]]:
    """Return the passages as ranges of units, in order.

    A stretch that is too long is divided at that paragraph end (or else sentence end) whose following sentence has
    the smallest hash, and so on within the parts. The choice depends on that sentence alone, as in content-defined
    chunking, and a change on one side of a boundary does not reach the other.
    """
    before = [0, *accumulate(unit.tokens for unit in units)]
    ranks = [_rank(text[unit.span.start : unit.span.end]) for unit in units]
    ranges: list[tuple[int, int]] = []
    pending = [(0, len(units))]
    while pending:
        first, last = pending.pop()
        if before[last] - before[first] <= MAX_TOKENS or last - first == 1:
            ranges.append((first, last))
            continue
        allowed = [
            at
            for at in range(first + 1, last)
            if before[at] - before[first] >= MIN_TOKENS and before[last] - before[at] >= MIN_TOKENS
        ]
        middle = (before[first] + before[last]) / 2
        choices = [(ranks[at], abs(before[at] - middle), at) for at in allowed if units[at - 1].ends_paragraph]
        choices = choices or [(ranks[at], abs(before[at] - middle), at) for at in allowed]
        choices = choices or [(b"", abs(before[at] - middle), at) for at in range(first + 1, last)]
        at = min(choices)[-1]
        pending += [(at, last), (first, at)]
    return ranges


def _rank(sentence: str) -> bytes:
    return hashlib.blake2b(sentence.encode("utf-8"), digest_size=8).digest()
