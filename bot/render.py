"""An answer as the message that shows it, within Discord's limits. Pure.

A message may have 4,000 characters of text and 40 components, inner ones counted. Each part of an answer gets a share;
what is longer is cut at a sentence. Quotes come first: what is left is for what is said beside them.
"""

from __future__ import annotations

import re

import discord

from bot import parts
from bot.service import Given
from bot.text import checked, count, day, escaped, fit, name, quoted, units
from retrieval.models import Answer, Citation, Kind, Verdict

TEXT_UNITS = 4_000
COMPONENTS = 40

QUOTES = 7
"""How many citations get a section of their own. An answer has three at most, and four more where a language model
wrote it."""
QUOTES_UNITS = 2_300
NOTE_UNITS = 600
ASKED_UNITS = UNDERSTOOD_UNITS = 200
DAYS_UNITS = 120

WRITING = "a language model is writing …"

GREEN = discord.Colour(0x2E9E6B)
AMBER = discord.Colour(0xD9982B)
GREY = discord.Colour(0x80848E)
BLUE = discord.Colour(0x4A6FE3)

_HEADINGS = {
    Verdict.ANSWERED: ("", GREEN),
    Verdict.CLOSEST: ("### No direct answer", AMBER),
    Verdict.NOT_FOUND: ("### Not in the articles", GREY),
}
_OTHER_HEADINGS = {
    (Kind.ARTICLES, Verdict.ANSWERED): ("### About the articles", GREEN),
    (Kind.HELP, Verdict.NOT_FOUND): ("### What you can ask", BLUE),
}
_TRY = {
    Verdict.CLOSEST: "If none of these is what you mean, name the person, place or day, or look at **More passages**.",
    Verdict.NOT_FOUND: "Try other words, ask about one thing at a time, or see what there is with `/sources`.",
}
_MARK = re.compile(r"\[\d+\]")
_LETTERS = re.compile(r"\w")

Item = discord.ui.Item[discord.ui.LayoutView]


def answer(given: Given, *, asked_by: str = "", news: str = "") -> discord.ui.LayoutView:
    """Return the message that shows an answer. `asked_by` is given where the question itself is not to be seen.

    `news` stands above it, and is the bot's own.
    """
    told = given.answer
    heading, colour = _OTHER_HEADINGS.get((told.kind, told.verdict), _HEADINGS[told.verdict])
    said_beside = fit(told.note, NOTE_UNITS)
    note = parts.text(said_beside) if said_beside else None
    # What is told of the articles is said in the note, and only shown by the quotes.
    note_first = told.verdict is not Verdict.ANSWERED or told.kind is Kind.ARTICLES
    items: list[Item | None] = [parts.text(news) if news else None, parts.text(heading) if heading else None]
    if asked_by:
        items.append(parts.text(f"-# {name(asked_by, 80)} asked: {fit(told.question, ASKED_UNITS)}"))
    if told.understood:
        items.append(parts.text(f"-# Understood as: {fit(told.understood, UNDERSTOOD_UNITS)}"))
    said = _said(told)
    if said:
        items.append(parts.text(said))
    if note_first:
        items.append(note)
    items += _sections(given, QUOTES_UNITS - units(said))
    if not note_first:
        items.append(note)
    if told.kind is not Kind.HELP and (hint := _TRY.get(told.verdict)):
        items.append(parts.text(hint))
    if told.kind is not Kind.HELP:
        items += [parts.rule(), parts.text(footer(given))]
    return parts.layout(parts.box(colour, items), _buttons(given))


def footer(given: Given) -> str:
    """Return the small print of an answer."""
    facts = []
    if total := len(given.answer.citations):
        facts.append(f"{given.verified} of {count(total, 'quote')} verified word for word")
    else:
        facts.append(f"{count(given.articles, 'article')} searched")
    if given.newest:
        facts.append(f"newest article {day(given.newest)}")
    facts.append(f"{max(given.answer.timings.total, 10) / 1000:.2f} s")
    if given.answer.is_written:
        facts.append(checked(given.answer))
    if given.answer.degraded:
        facts.append(given.answer.degraded.rstrip("."))
    if given.is_draft:
        facts.append(WRITING)
    return f"-# {' · '.join(facts)}"


def source_line(citation: Citation) -> str:
    """Return where a quote stands: publisher, date, paragraph."""
    return f"{publisher(citation.publisher)} · {day(citation.published)} · paragraph {citation.paragraph}"


def publisher(value: str | None) -> str:
    """Return a publisher as it is shown."""
    return name(value, 80) if value else "Publisher unknown"


def _sections(given: Given, left: int) -> list[Item | None]:
    citations = given.answer.citations[:QUOTES]
    items: list[Item | None] = []
    for place, citation in enumerate(citations):
        days = "".join(f"\n-# {fit(one, DAYS_UNITS)}" for one in citation.days[:1])
        head = f"\n-# **[{citation.number}]** {source_line(citation)}{days}"
        quote = quoted(citation.quote, max(left // (len(citations) - place) - units(head), 100))
        left -= units(quote) + units(head)
        button = parts.citation(given.id, citation.number + given.offset).button()
        items.append(discord.ui.Section(quote + head, accessory=button))
    if hidden := len(given.answer.citations) - len(citations):
        items.append(parts.text(f"-# and {count(hidden, 'more quote')}, among **More passages**"))
    return items


def _said(told: Answer) -> str:
    """Return what the answer says in words of its own; the quotes alone are said by their sections."""
    rest = told.text
    for piece in sorted([told.note, *(one.quote for one in told.citations)], key=len, reverse=True):
        rest = rest.replace(piece, " ") if piece else rest
        rest = rest.replace(" ".join(piece.split()), " ") if piece.strip() else rest
    for citation in told.citations:
        for one in citation.days:
            rest = rest.replace(f"({one})", " ")
    if not told.citations or not _LETTERS.search(_MARK.sub(" ", rest)):
        return ""
    own = told.text.replace(told.note, "").strip() if told.note else told.text
    # The marks are the answer's own, and stay.
    return re.sub(r"\\\[(\d+)\\\]", r"**[\1]**", fit(own, QUOTES_UNITS // 3))


def _buttons(given: Given) -> Item | None:
    if given.answer.kind is Kind.HELP or not given.id:
        return None
    more = parts.more(given.id) if given.answer.hits else None
    tell_me = parts.tell_me(given.id) if given.answer.verdict is not Verdict.ANSWERED else None
    thumbs = (parts.vote(given.id, True), parts.vote(given.id, False))
    return parts.row(parts.follow_up(given.id), more, *thumbs, tell_me)


def told(sentence: str, *, heading: str = "", colour: discord.Colour = GREY) -> discord.ui.LayoutView:
    """Return a message that says one thing. The sentence is the bot's own, and may be marked up."""
    return parts.layout(parts.box(colour, [parts.text(f"### {heading}") if heading else None, parts.text(sentence)]))


def failure(sentence: str, id: str) -> discord.ui.LayoutView:
    """Return the message that tells of a failure, with the id under which the log has it."""
    return told(f"{escaped(sentence)}\n-# If it keeps happening, tell an operator this id: `{id}`")
