"""Text that others wrote, made harmless for Discord; and long text, cut where a reader would cut it. Pure.

Discord reads Markdown, mentions, invites and links in whatever a bot sends. Articles, questions and names are data:
each sign that could begin any of these gets a backslash, which Discord takes away again, so that the reader sees the
very characters. What cannot be seen, or turns the direction of writing, is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from retrieval.models import Answer, Span, Timeline

NOTHING = "—"
"""Stands for a text of which nothing can be seen: Discord takes no empty ones."""
MOST_MARKS = 4
"""How many combining marks may follow a letter. No script needs more; towers of them cover their neighbours."""

_SIGNS = re.compile(r"[\\`*_~|<>\[\]()@#]")
_LINE_START = re.compile(r"^(\s*)(\d{0,9})([-+.])", re.MULTILINE)
"""Where a list or small print would begin, once the signs above are escaped."""
_SCHEME = re.compile(r"(?<=\w):(?=//)")
_INVITE = re.compile(r"\b(discord(?:app)?|dsc|invite|www)\.(?=\w)", re.IGNORECASE)
_BLANK = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_SENTENCE_END = re.compile(
    r"(?<!\b\w)(?<!\b(?:Mr|Ms|Dr|St|Lt))(?<!\b(?:Mrs|Gen|Sen|Rep|Gov|Col|Sgt|Jan|Feb|Aug|Oct|Nov|Dec))"
    r"[.!?…。！？؟][\"'”’»)\]]*(?=\s)"
)
_UNSEEN = frozenset("\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u2800\u3164\uffa0\u034f")
"""Characters that no category tells of, though nothing is seen of them."""
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_JOINERS = "\u200c\u200d"


def visible(text: str) -> str:
    """Return the text without what cannot be seen: control characters, zero widths, turns of direction, tags.

    Line feeds and tabs stay, and a joiner does where it stands between letters that it shapes.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    marks = 0
    for place, char in enumerate(text):
        category = unicodedata.category(char)
        if category in ("Mn", "Me"):
            marks += 1
            if marks > MOST_MARKS or char in _UNSEEN or _is_selector(char):
                continue
        else:
            marks = 0
        if char in "\n\t":
            kept.append(char)
        elif char in _JOINERS:
            if kept and _is_shaped(kept[-1]) and _is_shaped(text[place + 1 : place + 2]):
                kept.append(char)
        elif category not in _HIDDEN and char not in _UNSEEN:
            kept.append(char)
    return "".join(kept)


def _is_shaped(char: str) -> bool:
    """Say whether a joiner beside a character may be there to shape it."""
    return not char.isascii() and unicodedata.category(char) not in _HIDDEN and char not in _UNSEEN


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0e" or "\U000e0100" <= char <= "\U000e01ef"


def escaped(text: str) -> str:
    """Return the text so that Discord shows its visible characters, and reads none of them as anything else."""
    text = _SIGNS.sub(r"\\\g<0>", visible(text))
    text = _LINE_START.sub(r"\1\2\\\3", text)
    text = _SCHEME.sub(r"\\:", text)
    return _INVITE.sub(r"\1\\.", text)


def one_line(text: str) -> str:
    """Return the text on one line, with single spaces."""
    return " ".join(visible(text).split())


def name(text: str, limit: int = 200) -> str:
    """Return a title or a name: escaped, on one line, and cut."""
    return fit(one_line(text), limit) or NOTHING


def quoted(text: str, limit: int) -> str:
    """Return the text as a block quote within `limit`, in bold; a line of its own for each of its lines."""
    lines = [line.strip() for line in visible(text).split("\n") if line.strip()] or [NOTHING]
    around = len(lines) * len("> ****\n")
    inner = fit("\n".join(lines), max(limit - around, 1))
    return "\n".join(f"> **{line}**" for line in inner.split("\n"))


def sentences(text: str) -> list[Span]:
    """Return where the sentences of a text stand, without the blanks between them."""
    ends = [0, *(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]
    found = []
    for start, end in pairwise(ends):
        piece = text[start:end]
        if piece.strip():
            start += len(piece) - len(piece.lstrip())
            found.append(Span(start, start + len(piece.strip())))
    return found


def code_block(text: str) -> str:
    """Return the text for copying, in a block in which Discord reads nothing."""
    return "```text\n" + visible(text).replace("`", "'") + "\n```"


def fit(text: str, limit: int) -> str:
    """Return the text escaped, in at most `limit` units; cut at a sentence, else at a word, with an ellipsis."""
    text = _EMPTY_LINES.sub("\n\n", _BLANK.sub(" ", visible(text))).strip()
    whole = escaped(text)
    return whole if units(whole) <= limit else f"{escaped(_cut(text, limit - 2))} …"


def marked(text: str, spans: Sequence[Span], limit: int) -> str:
    """Return a text on one line, escaped, the spans in bold, in at most `limit` units.

    Where it is too long it is cut around the first span, at words.
    """
    spans = sorted(spans, key=lambda one: one.start)
    words = [Span(found.start(), found.end()) for found in re.finditer(r"\S+", text)]
    whole = _bold(text, 0, len(text), spans)
    if units(whole) <= limit or not words:
        return whole or NOTHING
    first = spans[0].start if spans else 0
    begin = 0
    if first > limit // 3:
        begin = next(one.start for one in words if one.end > first - limit // 3)
    head = "… " if begin else ""
    fitting = [one.end for one in words if one.start >= begin]
    low, high = 0, len(fitting)
    while low < high:
        middle = (low + high) // 2
        if units(_bold(text, begin, fitting[middle], spans)) + len(head) <= limit - 2:
            low = middle + 1
        else:
            high = middle
    if not low:
        # One word that is longer than the whole room.
        return fit(text[begin : begin + limit], limit)
    shown = _bold(text, begin, fitting[low - 1], spans)
    return f"{head}{shown}{'' if low == len(fitting) else ' …'}"


def _bold(text: str, begin: int, end: int, spans: Sequence[Span]) -> str:
    """Return a stretch of a text on one line, escaped, with what the spans cover in bold."""
    pieces, at = [], begin
    for span in spans:
        first, last = max(span.start, at), min(span.end, end)
        if first < last:
            pieces += [escaped(_blanks(text[at:first])), _in_bold(text[first:last])]
            at = last
    return "".join([*pieces, escaped(_blanks(text[at:end]))]).strip()


def _in_bold(text: str) -> str:
    inner = escaped(one_line(text))
    return f"**{inner}**" if inner else ""


def _blanks(text: str) -> str:
    return re.sub(r"\s+", " ", visible(text))


def plain(text: str, limit: int) -> str:
    """Return the text on one line and not escaped, in at most `limit` units; cut at a word."""
    text = one_line(text)
    if units(text) <= limit:
        return text
    cut = text[: limit - 2]
    while (over := units(cut) - (limit - 2)) > 0:
        cut = cut[: len(cut) - max(over // 2, 1)]
    return f"{cut.rpartition(' ')[0] or cut} …"


def _cut(text: str, limit: int) -> str:
    """Return the beginning of a text that is within `limit` once it is escaped."""
    # An escaped text is never shorter than the text.
    text = text[: max(limit, 0)]
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    words = [found.start() for found in re.finditer(r"\s", text)]
    for places in ([end for end in ends if end >= limit // 3], words, range(len(text))):
        if found := _last_fitting(text, list(places), limit):
            return text[:found].rstrip()
    return ""


def _last_fitting(text: str, places: list[int], limit: int) -> int:
    """Return the last of the rising places up to which the escaped text is within the limit, or 0."""
    low, high = 0, len(places)
    while low < high:
        middle = (low + high) // 2
        if units(escaped(text[: places[middle]])) <= limit:
            low = middle + 1
        else:
            high = middle
    return places[low - 1] if low else 0


def units(text: str) -> int:
    """Return the length of a text as Discord may count it: in UTF-16 units, never fewer than the characters."""
    return len(text) + sum(1 for char in text if char > "\uffff")


def day(value: date | None) -> str:
    """Return a date as people write it: 2 January 2020."""
    return f"{value.day} {value:%B %Y}" if value else "undated"


def period(first: date | None, last: date | None) -> str:
    """Return what lies between two days, both counted in, in words; empty where neither is given."""
    if first and last:
        return day(first) if first == last else f"from {day(first)} to {day(last)}"
    return f"from {day(first)} on" if first else f"up to {day(last)}" if last else ""


def nothing_happened(given: Timeline) -> str:
    """Say that a timeline has no events."""
    when = period(given.first, given.last)
    about = f" about “{one_line(given.topic)}”" if given.topic else ""
    return f"The articles name no day{f' {when}' if when else ''} on which something happened{about}."


def count(number: int, noun: str) -> str:
    """Return a number with its noun: 1 article, 2 articles."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def checked(given: Answer) -> str:
    """Say what an answer is that a language model wrote, and how much of it was left out."""
    said = "written by a language model, each sentence checked"
    if given.left_out:
        return f"{said} · {count(given.left_out, 'sentence')} left out that the articles do not bear out"
    return said


def size(number: float) -> str:
    """Return a number of bytes as people read it: 1.4 MB."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if number < 1000:
            return f"{number:,.0f} {unit}" if unit == "bytes" else f"{number:,.1f} {unit}"
        number /= 1000
    return f"{number:,.1f} TB"


def within(head: str, lines: Iterable[str], limit: int) -> str:
    """Return as many of the lines below a heading as there is room for, and how many are left out."""
    shown, left, out = [head] if head else [], limit - units(head), 0
    for line in lines:
        left -= units(line) + 1
        if left < 0 or out:
            out += 1
        else:
            shown.append(line)
    if out:
        shown.append(f"-# and {out:,} more")
    return "\n".join(shown)
