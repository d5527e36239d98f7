"""Answers, passages and articles as terminal text. Pure: values in, rich renderables out.

Article text is data: control characters in it must not reach the terminal, and it is never read as markup.
"""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bot.text import checked, count, day, nothing_happened, period
from retrieval.models import (
    Answer,
    Article,
    ArticleSummary,
    Basis,
    Citation,
    ClaimCheck,
    Event,
    Evidence,
    Kind,
    SearchHit,
    Stand,
    Timeline,
    Verdict,
)

_HEADINGS = {
    Verdict.ANSWERED: ("Answer", "bold green"),
    Verdict.CLOSEST: ("No direct answer", "bold yellow"),
    Verdict.NOT_FOUND: ("Not in the articles", "bold red"),
}
_OTHER_HEADINGS = {
    (Kind.ARTICLES, Verdict.ANSWERED): ("About the articles", "bold green"),
    (Kind.HELP, Verdict.NOT_FOUND): ("What you can ask", "bold cyan"),
}
_EMPTY = "—"
PROGRAM = "embassy-bot"


def printable(text: str) -> str:
    """Return the text with every control character but the line feed and the tab shown as a mark.

    Also those that turn the direction of writing for what follows, which could make a quote read as another.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        char
        if char in "\n\t" or (unicodedata.category(char) != "Cc" and char not in _DIRECTION)
        else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )


_DIRECTION = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def answer(given: Answer, program: str = PROGRAM) -> Group:
    """Show an answer: its quotes with their marks, and where each stands; `program` is typed for more."""
    label, style = _OTHER_HEADINGS.get((given.kind, given.verdict), _HEADINGS[given.verdict])
    parts: list[RenderableType] = [Rule(Text(label, style=style), align="left", style="dim")]
    note = Padding(Text(printable(given.note)), (0, 2))
    # What is told of the articles is said in the note, and only shown by the quotes.
    note_first = given.verdict is not Verdict.ANSWERED or given.kind is Kind.ARTICLES
    if note_first:
        parts.append(note)
    if given.is_written:
        own = given.text.removesuffix(given.note).strip()
        parts.append(Padding(Text(printable(own)), (1, 2, 0, 2)))
    named: set[str] = set()
    for citation in given.citations:
        quote = Text.assemble((printable(citation.quote), "bold"), (f"  [{citation.number}]", "cyan"))
        parts.append(Padding(BlockQuote(quote), (1, 2, 0, 2)))
        parts += [Padding(Text(printable(days), style="dim"), (0, 2, 0, 4)) for days in citation.days]
        parts.append(Padding(place(citation, titled=citation.titled and citation.article not in named), (0, 2, 0, 4)))
        named.add(citation.article)
    if given.note and not note_first:
        parts.append(Padding(note, (1, 0, 0, 0)))
    if given.citations:
        first = given.citations[0]
        footer = f"{checked(given)}\n" if given.is_written else ""
        footer += (
            f"quoted word for word · {given.timings.total / 1000:.1f} s · where the first quote stands:\n"
            f"{printable(program)} source {printable(shlex.quote(first.article))} --paragraph {first.paragraph}"
        )
    elif given.kind is Kind.HELP:
        footer = f"all articles: {printable(program)} sources"
    else:
        footer = f"Try other words, or see what there is: {printable(program)} sources"
    if given.degraded:
        parts.append(Padding(Text(given.degraded, style="yellow"), (1, 2, 0, 2)))
    parts.append(Padding(Text(footer, style="dim"), (1, 2, 0, 2)))
    return Group(*parts)


def timeline(given: Timeline, program: str = PROGRAM) -> Group:
    """Show what happened when: each day once, and below it the quotes; `program` is typed for more."""
    about = f" of {given.topic}" if given.topic else ""
    heading = " ".join(filter(None, (f"Timeline{about}", period(given.first, given.last))))
    if not given.events:
        return Group(
            Rule(Text(printable(heading), style="bold red"), align="left", style="dim"),
            Padding(
                Text(printable(f"{nothing_happened(given)} Try other words or other days, or see what there is:")),
                (0, 2),
            ),
            Padding(Text(f"{printable(program)} sources", style="dim"), (0, 2)),
        )
    shown: list[RenderableType] = [Rule(Text(printable(heading), style="bold green"), align="left", style="dim")]
    named: set[str] = set()
    for number, event in enumerate(given.events):
        if not number or given.events[number - 1].when != event.when:
            shown.append(Padding(Text(event.when, style="bold"), (0 if number else 1, 2, 0, 0)))
        shown.append(Padding(_event(event, named), (0, 2, 1, 2)))
    first = given.citations[0]
    hidden = given.total - len(given.events)
    footer = f"and {count(hidden, 'more event')}: narrow it by a topic, --from and --to, or see more with --limit\n"
    footer = (footer if hidden else "") + (
        "quoted word for word · where the first quote stands:\n"
        f"{printable(program)} source {printable(shlex.quote(first.article))} --paragraph {first.paragraph}"
    )
    return Group(*shown, Padding(Text(footer, style="dim"), (0, 2)))


def _event(event: Event, named: set[str]) -> RenderableType:
    """Show an event by its quote, or by those that differ, side by side."""
    sides: list[RenderableType] = []
    for citation in event.citations:
        quote = Text.assemble((printable(citation.quote), "bold"), (f"  [{citation.number}]", "cyan"))
        lines: list[RenderableType] = [BlockQuote(quote)]
        # What the quote's day is, the line above says.
        said = [days for days in citation.days if not days.endswith(f": {event.when}")]
        lines += [Padding(Text(printable(days), style="dim"), (0, 0, 0, 2)) for days in said]
        where = place(citation, titled=citation.titled and citation.article not in named)
        sides.append(Group(*lines, Padding(where, (0, 0, 0, 2))))
        named.add(citation.article)
    if len(sides) == 1:
        return sides[0]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold yellow", expand=True)
    for figure in event.figures:
        table.add_column(Text(printable(figure)), ratio=1)
    table.add_row(*sides)
    return Group(Text("The articles differ:", style="yellow"), table)


_STANDS = {
    Stand.SUPPORTED: ("Borne out", "bold green"),
    Stand.AGAINST: ("The articles have it otherwise", "bold red"),
    Stand.SILENT: ("The articles do not say this", "bold yellow"),
}


def claim_check(given: ClaimCheck) -> Group:
    """Show a claim, and what the articles say to it."""
    label, style = _STANDS[given.stand]
    lines: list[RenderableType] = [
        Rule(Text(label, style=style), align="left", style="dim"),
        Padding(Text(printable(given.claim)), (0, 2)),
    ]
    if given.stand is Stand.AGAINST:
        lines.append(Padding(Text(printable(given.reason), style="dim"), (0, 2)))
    if given.citation is not None:
        quote = Text.assemble((printable(given.citation.quote), "bold"))
        lines.append(Padding(BlockQuote(quote), (1, 2, 0, 2)))
        lines.append(Padding(place(given.citation, titled=given.citation.titled), (0, 2, 0, 4)))
    return Group(*lines, Text(""))


def understood(given: Answer) -> Text:
    """Show what a question was understood to ask, where that is not what was typed."""
    return Text(f"understood as: {printable(given.understood)}", style="dim")


@dataclass(frozen=True, slots=True)
class BlockQuote:
    """A text with a bar at its left; quotation marks around an article's own would read as doubled."""

    text: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.text.wrap(console, options.max_width - 2):
            yield Text.assemble(("▌ ", "cyan"), line)


def place(given: Citation, *, titled: bool) -> Text:
    """Return where a quote stands: publisher, date, paragraph, and with `titled` the title."""
    text = Text.assemble((f"[{given.number}] ", "cyan"))
    text.append(printable(given.publisher or "publisher unknown"), style="italic")
    text.append(f", {day(given.published)}, paragraph {given.paragraph}")
    if titled:
        text.append(f"\n    {printable(given.title)}", style="dim")
    return text


def hits(found: Sequence[SearchHit], articles: dict[str, ArticleSummary]) -> Group:
    """Show passages found, best first."""
    if not found:
        return Group(Text("No passage fits. Try other words, or fewer filters.", style="yellow"))
    parts: list[Text | Padding] = []
    for number, hit in enumerate(found, start=1):
        summary = articles[hit.passage.article]
        first, last = hit.passage.paragraphs
        head = Text.assemble((f"{number:>2}  ", "cyan"))
        head.append(printable(summary.publisher or "publisher unknown"), style="italic")
        head.append(f", {day(summary.published)}, paragraph{'' if first == last else 's'} ")
        head.append(str(first) if first == last else f"{first}–{last}")
        head.append(f"  score {hit.score:.2f}  {printable(hit.passage.article)}", style="dim")
        parts += [head, Padding(Text(printable(hit.passage.text)), (0, 2, 1, 4))]
    return Group(*parts)


def sources(summaries: Sequence[ArticleSummary]) -> Group:
    """Show all articles as a table, newest first."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Published", no_wrap=True)
    table.add_column("Publisher")
    table.add_column("Title", style="dim")
    table.add_column("Article", no_wrap=True, overflow="fold")
    for one in summaries:
        table.add_row(
            _known(day(one.published), one.evidence.get("published")),
            _known(one.publisher or _EMPTY, one.evidence.get("publisher")),
            Text(printable(one.title)),
            Text(printable(one.id)),
        )
    notes = Text("\n* inferred; embassy-bot source ARTICLE says from what", style="dim")
    inferred = any(fact.basis is Basis.INFERRED for one in summaries for fact in one.evidence.values())
    return Group(table, notes) if inferred else Group(table)


def article(given: Article, paragraph: int | None, highlight: tuple[int, int] | None) -> Group:
    """Show an article, or one paragraph with its neighbours, its words highlighted."""
    facts = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    facts.add_column(style="cyan")
    facts.add_column()
    facts.add_column(style="dim")
    for name, value in (
        ("title", given.title),
        ("publisher", given.publisher or "unknown"),
        ("authors", ", ".join(given.authors) or "unknown"),
        ("published", day(given.published) if given.published else "unknown"),
        ("url", given.url or "unknown"),
    ):
        facts.add_row(name, Text(printable(value)), _basis(given.evidence.get(name)))
    body = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 1, 0))
    body.add_column(justify="right", style="cyan")
    body.add_column()
    for number, one in enumerate(given.paragraphs, start=1):
        if paragraph is not None and abs(number - paragraph) > 1:
            continue
        text = _marked(given.text, one.start, one.end, highlight)
        if one.boilerplate or (paragraph is not None and number != paragraph):
            text.stylize("dim")
        body.add_row(str(number), text)
    return Group(Rule(Text(printable(given.id)), align="left", style="dim"), facts, Text(), body)


def _marked(text: str, start: int, end: int, highlight: tuple[int, int] | None) -> Text:
    if highlight is None or highlight[1] <= start or highlight[0] >= end:
        return Text(printable(text[start:end]))
    first, last = max(start, highlight[0]), min(end, highlight[1])
    shown = Text(printable(text[start:first]))
    shown.append(printable(text[first:last]), style="bold black on yellow")
    return shown.append(printable(text[last:end]))


def _known(value: str, evidence: Evidence | None) -> Text:
    """Return a value, and a mark where it is not stated."""
    text = Text(printable(value))
    if evidence is not None and evidence.basis is Basis.INFERRED:
        text.append("*", style="dim")
    return text


def _basis(evidence: Evidence | None) -> Text:
    return Text(printable(f"{evidence.basis}, from {evidence.source}") if evidence else "")
