"""Abbreviations that an article defines, and the names they stand for.

After Schwartz and Hearst (2003), "A simple algorithm for identifying abbreviation definitions in biomedical text":
the letters of the short form stand in this order in the words of the long one. In news a name is also used in both
forms without a definition, as where "Harbour Safety Board" and "HSB" stand in one article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from typing import TypeAlias

from retrieval.models import Span

MAX_LETTERS = 10
MIN_IMPLIED = 3
"""Letters. Shorter ones stand beside words with their initials by chance."""
MAX_WORDS = 12
TOGETHER = 100
"""Passages. So many of an article are read as one text."""
MAX_SHORT = 20
MAX_BEFORE = 30
WINDOW = 120
"""Characters. As far as a short form, what is between the forms, and a long form are looked for."""

# Words that a short form may leave out.
_SMALL = frozenset("a an and at by de del des du for from in into la of on or the to with".split())

_PARTS = re.compile(r"[^\W_]+")
_WORD = re.compile(r"[^\W_]+(?:['’‘ʼ`´.][^\W_]+)*")
_SHORT = r"(?:(?:[^\W\d_]\.){2,6}|[^\W\d_][\w&/-]{1,15})"
_SHORT_AHEAD = re.compile(rf"(?:the |or )?[\"“'‘]?({_SHORT})(?!\w)(?=[\"”'’.,;:)\s]|\Z)")
_SHORT_BEHIND = re.compile(rf"(?<![\w(.-])({_SHORT})[\"”'’]?,?\Z")
# What stands between a name and its short form, in this order or the other, and what may stand before that.
_BETWEEN = re.compile(
    r" \(|, or |(?:stands|standing|short) for |"
    r"(?:known|referred to|abbreviated|shortened) (?:simply )?(?:as|to|by the (?:acronym|abbreviation|initials)) "
)
_BEFORE = re.compile(
    r"(?:,?(?: which| who)?(?: is| are)?(?: also| better| commonly| formerly| often| now| widely)?)? ?\Z"
)
_OPENING = re.compile(r"(?:the )?[\"“'‘]?")
_DASH = re.compile(r"\)\s*[—–-]")
_ENDS = re.compile(r"[()\[\];:!?\n\"“”]|,(?= )|(?<=[a-z]{2})\.(?=\s)")
_CLOSES = re.compile(r"[()\[\];:!?\n\"“”,]|\.(?=\s|\Z)")
_ACRONYM = re.compile(rf"[A-Z]{{{MIN_IMPLIED},6}}(?![\w&-])")
_JOINT = re.compile(r"[\w.&-]")
_NAME = re.compile(r"[A-Z][\w’']*(?:(?:[ -]|, (?=and ))(?:(?:and|for|in|of|on|the|to) ){0,2}[A-Z][\w’']*){2,9}")

Row: TypeAlias = tuple[str, str, str, date | None]
"""A passage to be indexed: its key, its article's title, its text, and its article's day of publication."""


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A short form and the name that it stands for, each as it is written at its place in the text."""

    short: str
    long: str
    short_at: Span
    long_at: Span


def abbreviations(text: str) -> list[Abbreviation]:
    """Return the abbreviations of a text by their places: those that it defines, then those that it only uses."""
    found = sorted(set(_defined(text)), key=lambda one: (one[0].start, one[1].start))
    defined = {text[short.start : short.end] for short, _ in found}
    implied = [(short, long) for short, long in _implied(text) if text[short.start : short.end] not in defined]
    return [
        Abbreviation(text[short.start : short.end], text[long.start : long.end], short, long)
        for short, long in (*found, *implied)
    ]


def with_abbreviations(rows: Iterable[Row]) -> Iterator[tuple[Row, set[tuple[str, str]]]]:
    """Yield every passage's row, the first one of an article with the (short, long) forms in all of it.

    Rows that follow each other under one title are one article's.
    """
    for _, article in groupby(rows, key=lambda row: row[1]):
        while together := list(islice(article, TOGETHER)):
            found = abbreviations("\n\n".join([together[0][1], *(row[2] for row in together)]))
            forms = {(one.short, one.long) for one in found}
            yield from ((row, set() if number else forms) for number, row in enumerate(together))


def _defined(text: str) -> Iterator[tuple[Span, Span]]:
    """Yield the places of short and long forms that stand on both sides of what tells that they are one."""
    for match in _BETWEEN.finditer(text):
        before = _BEFORE.search(text, max(0, match.start() - MAX_BEFORE), match.start())
        until = before.start() if before else match.start()
        if (ahead := _SHORT_AHEAD.match(text, match.end())) and (letters := _letters(ahead[1])):
            short = Span(*ahead.span(1))
            begin = max(0, until - WINDOW)
            line = text.rfind("\n", 0, until) + 1
            begin = max([begin, line, *(end.end() for end in _ENDS.finditer(text, begin, until))])
            words = [Span(*word.span()) for word in _WORD.finditer(text, begin, until)][-MAX_WORDS:]
            long = _spelling(text, (words[at:] for at in reversed(range(len(words)))), letters)
            # A place and its agency are none: "PORT ALDA (PA) — The mayor".
            if long and not (long.start == line and _DASH.match(text, short.end)):
                yield short, long
        first = max(0, until - MAX_SHORT)
        if (behind := _SHORT_BEHIND.search(text[first:until])) and (letters := _letters(behind[1])):
            opening = _OPENING.match(text, match.end())
            begin = opening.end() if opening else match.end()
            end = _CLOSES.search(text, begin, begin + WINDOW)
            words = [Span(*word.span()) for word in _WORD.finditer(text, begin, end.start() if end else begin + WINDOW)]
            choices = (words[:count] for count in range(min(len(words), MAX_WORDS), 0, -1))
            if long := _spelling(text, choices, letters):
                yield Span(first + behind.start(1), first + behind.end(1)), long


def _implied(text: str) -> Iterator[tuple[Span, Span]]:
    """Yield the first place of each acronym, with the first name whose capital letters spell it."""
    acronyms: dict[str, Span] = {}
    for match in _ACRONYM.finditer(text):
        if not match.start() or not _JOINT.match(text, match.start() - 1):
            acronyms.setdefault(match[0], Span(*match.span()))
    for name in _NAME.finditer(text) if acronyms else ():
        words = [word for word in _WORD.finditer(text, *name.span()) if word[0] not in _SMALL]
        initials = "".join([word[0][0] for word in words])
        for short in [short for short in acronyms if short in initials]:
            first = initials.index(short)
            chosen = words[first : first + len(short)]
            if not any(word[0] == short for word in chosen):
                yield acronyms.pop(short), Span(chosen[0].start(), chosen[-1].end())


def _letters(short: str) -> str:
    """Return the letters and digits that a long form must account for, lower-case; none where it is no short form.

    Short forms have two capital letters and more capitals than small letters but for a plural's s; "R-Texas" and
    "F-16" are none.
    """
    if short.endswith("s") and short[:-1].isupper():
        short = short[:-1]
    capitals = sum(char.isupper() for char in short)
    small = sum(char.islower() for char in short)
    if capitals < 2 or small >= capitals or re.match(r"[^\W\d_]-", short):
        return ""
    letters = "".join(char for char in short if char.isalnum()).lower()
    return letters if len(letters) <= MAX_LETTERS else ""


def _spelling(text: str, choices: Iterable[list[Span]], letters: str) -> Span | None:
    """Return the words that spell the letters best, the first of equal choices; None where no choice does."""
    best: tuple[int, Span] | None = None
    for words in choices:
        cost = _cost(text, words, letters)
        if cost is not None and (best is None or cost < best[0]):
            best = cost, Span(words[0].start, words[-1].end)
    return best and best[1]


def _cost(text: str, words: list[Span], letters: str) -> int | None:
    """Return how far words are from spelling the letters by their initials; None where they do not spell them.

    The letters stand in the words in order. Each word gives its first letter, and after that any others, which cost
    one each; only one word may be left out besides small ones and the later parts of a compound, and costs two. The
    letters of a two-letter form are initials, unless both stand in one word.
    """
    parts = [(word, part) for word in words for part in _PARTS.findall(text[word.start : word.end].lower())]
    if words[-1] in [word for word, part in parts if part in _SMALL] or letters in [part for _, part in parts]:
        return None
    if sum(len(part) for _, part in parts) <= len(letters) or parts[0][1][0] != letters[0]:
        return None
    inner = len(letters) > 2 or len(words) == 1
    # By how many letters are spelt so far and how many words are left out: the fewest letters inside words.
    states = {(0, 0): 0}
    for number, (word, part) in enumerate(parts):
        free = part in _SMALL or text[word.start - 1 : word.start] == "-"
        following: dict[tuple[int, int], int] = {}
        for (spelt, left), inside in states.items():
            steps = [((spelt, left + (not free)), inside)] if number else []
            steps += [((to, left), inside + to - spelt - 1) for to in _reached(part, letters, spelt, inner)]
            for state, cost in steps:
                if state[1] <= 1:
                    following[state] = min(cost, following.get(state, cost))
        states = following
    return min((2 * left + inside for (spelt, left), inside in states.items() if spelt == len(letters)), default=None)


def _reached(part: str, letters: str, spelt: int, inner: bool) -> Iterator[int]:
    """Yield how many letters may be spelt after a word: its first, and with `inner` more of them in order."""
    if spelt == len(letters) or part[0] != letters[spelt]:
        return
    spelt += 1
    yield spelt
    for char in part[1:] if inner else "":
        if spelt < len(letters) and char == letters[spelt]:
            spelt += 1
            yield spelt
