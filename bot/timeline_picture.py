"""A timeline as a picture that is read on a phone: one column, its text as large there as that of a message."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.text import count, day, one_line, period
from retrieval.models import Citation, Event, Timeline

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

WIDTH, DOTS_PER_INCH = 1080, 200
"""Pixels. On a phone, where the picture is some 390 points wide, a point of type is then about one of these."""
MARGIN, RAIL, TEXT = 48, 62, 104
"""Pixels from the left: the title, the line with the dots, and everything beside it."""
RIGHT = WIDTH - MARGIN
BETWEEN, INSIDE = 28, 26
"""Pixels between two boxes, and from a box's edge to its text."""
DOT = 13.0
LEADING = 1.32
TALLEST = 25_000
"""Pixels after which no more events are drawn, but only counted: more takes hundreds of megabytes."""

PAPER, INK, SOFT, FAINT = "#fbfaf7", "#1c1f23", "#6a7078", "#d9d6cf"
GREEN, AMBER, AMBER_PAPER = "#2e9e6b", "#b26a00", "#fdf1dc"

SANS, SERIF = ("DejaVu Sans",), ("STIXGeneral", "DejaVu Serif", "DejaVu Sans")
"""They come with matplotlib, so that a picture looks the same everywhere."""
OTHER_SCRIPTS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Noto Sans JP", "Noto Sans KR", "WenQuanYi Zen Hei"),
    *("Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Thai", "FreeSans", "Unifont"),
)
"""Used where they are installed, for what these lack."""
LACKING = "□"


class Type(NamedTuple):
    """How a text is set: its size in points, and its look."""

    size: float
    families: tuple[str, ...] = SANS
    weight: str = "normal"


TITLE, PERIOD = Type(19, weight="bold"), Type(11.5)
DAY, QUOTE, SOURCE = Type(14, weight="bold"), Type(16.5, SERIF), Type(10.5)
FIGURE, SIDE_QUOTE, SIDE_SOURCE = Type(15, weight="bold"), Type(14.5, SERIF), Type(9.5)
DIFFER = Type(11.5, weight="bold")


def drawn(timeline: Timeline) -> bytes:
    """Return the timeline as a PNG, `WIDTH` pixels wide. Any thread may draw."""
    # They take a second to load, and are needed by no other command.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    page = _Page()
    page.write(one_line(timeline.topic) or "What happened when", TITLE, MARGIN, RIGHT)
    page.write(f"Timeline {period(timeline.first, timeline.last)}", PERIOD, MARGIN, RIGHT, SOFT)
    page.skip(34)
    shown = 0
    day_before = ""
    for event in timeline.events:
        if page.height > TALLEST:
            break
        if event.when != day_before:
            page.skip(14 if day_before else 0)
            page.dot()
            page.write(event.when, DAY, TEXT, RIGHT)
            page.skip(8)
            day_before = event.when
        if event.figures:
            _differing(page, event)
        else:
            _event(page, event.citations[0])
        shown += 1
    page.skip(14)
    said = f"{count(timeline.total, 'event')}, quoted word for word"
    if shown < timeline.total:
        said = f"{shown} of {said}"
    page.write(said, SOURCE, MARGIN, RIGHT, SOFT)
    page.skip(MARGIN - 12)
    figure = Figure(figsize=(WIDTH / DOTS_PER_INCH, page.height / DOTS_PER_INCH), dpi=DOTS_PER_INCH, facecolor=PAPER)
    FigureCanvasAgg(figure)
    page.draw(figure)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DOTS_PER_INCH, facecolor=PAPER)
    return file.getvalue()


def _event(page: _Page, citation: Citation) -> None:
    page.write(one_line(citation.quote), QUOTE, TEXT, RIGHT)
    page.skip(6)
    page.write(_source(citation), SOURCE, TEXT, RIGHT, SOFT)
    page.skip(26)


def _differing(page: _Page, event: Event) -> None:
    """Put what articles disagree in side by side, or below each other where there are more than two."""
    page.write("The articles differ", DIFFER, TEXT, RIGHT, AMBER)
    page.skip(10)
    sides = list(zip(event.citations, event.figures, strict=True))
    for row in (sides[:2], sides[2:]):
        if not row:
            continue
        width = (RIGHT - TEXT - BETWEEN * (len(row) - 1)) / len(row)
        top, below = page.height, page.height
        for place, (citation, figure) in enumerate(row):
            page.height = top + INSIDE
            left = TEXT + place * (width + BETWEEN)
            inner, outer = left + INSIDE, left + width - INSIDE
            page.write(one_line(figure), FIGURE, inner, outer, AMBER)
            page.skip(8)
            page.write(one_line(citation.quote), SIDE_QUOTE, inner, outer)
            page.skip(8)
            page.write(_source(citation), SIDE_SOURCE, inner, outer, SOFT)
            below = max(below, page.height + INSIDE)
        for place in range(len(row)):
            page.box(TEXT + place * (width + BETWEEN), top, width, below - top)
        page.height = below
        page.skip(BETWEEN)


def _source(citation: Citation) -> str:
    publisher = one_line(citation.publisher or "") or "Publisher unknown"
    return f"[{citation.number}] {publisher}, {day(citation.published)}, paragraph {citation.paragraph}"


class _Line(NamedTuple):
    """A line of text, its baseline's place in pixels from the left and the top."""

    text: str
    type: Type
    x: float
    y: float
    colour: str


class _Page:
    """What is drawn, from the top; `height` is how far it reaches in pixels."""

    def __init__(self) -> None:
        self.height = float(MARGIN)
        self._lines: list[_Line] = []
        self._dots: list[float] = []
        self._boxes: list[tuple[float, float, float, float]] = []

    def skip(self, pixels: float) -> None:
        """Leave room."""
        self.height += pixels

    def write(self, text: str, type: Type, left: float, right: float, colour: str = INK) -> None:
        """Write a text below what is there, in as many lines as it takes."""
        size = _pixels(type)
        for line in wrapped(text, type, right - left):
            self._lines.append(_Line(line, type, left, self.height + size, colour))
            self.height += size * LEADING

    def dot(self) -> None:
        """Put a dot on the line, beside the day that is written next."""
        self._dots.append(self.height + _pixels(DAY) * 0.64)

    def box(self, left: float, top: float, width: float, height: float) -> None:
        """Put a box behind what is written."""
        self._boxes.append((left, top, width, height))

    def draw(self, figure: Figure) -> None:
        """Draw all of it."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import FancyBboxPatch
        from matplotlib.transforms import Affine2D

        whole = figure.bbox.height
        down = Affine2D().scale(1, -1).translate(0, whole)
        thin = 72 / DOTS_PER_INCH
        if self._dots:
            # Down to the last line but the one below all events.
            end = self._lines[-1].y - _pixels(SOURCE) - 40
            figure.add_artist(Line2D([RAIL] * 2, [self._dots[0], end], color=FAINT, linewidth=5 * thin, transform=down))
        for left, top, width, height in self._boxes:
            style = "round,pad=0,rounding_size=18"
            figure.add_artist(
                FancyBboxPatch(
                    (left, top), width, height, boxstyle=style, facecolor=AMBER_PAPER, linewidth=0, transform=down
                )
            )
        for y in self._dots:
            size = 2 * DOT * thin
            figure.add_artist(
                Line2D(
                    [RAIL], [y], marker="o", markersize=size, color=GREEN, markeredgecolor=PAPER,
                    markeredgewidth=6 * thin, transform=down,
                )
            )  # fmt: skip
        for line in self._lines:
            figure.text(
                line.x, whole - line.y, line.text, transform=Affine2D(), color=line.colour,
                fontproperties=_font(line.type), verticalalignment="baseline", parse_math=False,
            )  # fmt: skip


def _pixels(type: Type) -> float:
    return type.size * DOTS_PER_INCH / 72


def wrapped(text: str, type: Type, width: float) -> list[str]:
    """Return a text in lines that are no wider than so many pixels, cut at words, and in words that are too long."""
    lines = [""]
    for word in _drawable(text, type).split():
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer, type) <= width:
            lines[-1] = longer
            continue
        lines.append("")
        for piece in _pieces(word, type, width):
            lines[-1:] = [piece, ""]
        lines.pop()
    return [line for line in lines if line]


def _pieces(word: str, type: Type, width: float) -> Iterator[str]:
    while _width(word, type) > width and len(word) > 1:
        low, high = 1, len(word) - 1
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if _width(word[:middle], type) <= width else (low, middle - 1)
        yield word[:low]
        word = word[low:]
    yield word


@lru_cache(4096)
def _width(text: str, type: Type) -> float:
    from matplotlib.backends import backend_agg

    # Its types are not declared.
    agg: Any = backend_agg
    width, _, _ = agg.RendererAgg(1, 1, DOTS_PER_INCH).get_text_width_height_descent(text, _font(type), ismath=False)
    return float(width)


@cache
def _families(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the families that are there, those for other scripts last."""
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    return tuple(name for name in (*wanted, *SANS, *OTHER_SCRIPTS) if name in there)


@cache
def _font(type: Type) -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(family=list(_families(type.families)), weight=type.weight, size=type.size)


@cache
def _glyphs(families: Sequence[str], weight: str) -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    fonts: list[Any] = [get_font(findfont(FontProperties(family=name, weight=weight))) for name in families]
    return frozenset(code for font in fonts for code in font.get_charmap())


def _drawable(text: str, type: Type) -> str:
    """Return a text with a mark for each character that no font has: matplotlib would warn, and draw one of its own."""
    there = _glyphs(_families(type.families), type.weight)
    return "".join(char if char.isspace() or ord(char) in there else LACKING for char in text)
