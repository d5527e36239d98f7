"""A timeline as the message that shows it, within Discord's limits. Pure."""

from __future__ import annotations

import discord

from bot import parts
from bot.render import GREEN, GREY, source_line
from bot.text import count, escaped, fit, name, nothing_happened, one_line, period, units
from retrieval.models import Event, Timeline

PICTURE = "timeline.png"
QUOTES = 10
"""Of all events; each has a button, and a message has 40 components."""
QUOTES_UNITS = 3_300
LEAST_UNITS = 60
FIGURE_UNITS, TOPIC_UNITS = 50, 150
A_ROW = 5

Item = discord.ui.Item[discord.ui.LayoutView]


def shown(found: Timeline, answer: int, *, picture: bool) -> discord.ui.LayoutView:
    """Return the message; its buttons open the quotes kept under `answer`, `picture` where `PICTURE` is with it."""
    items: list[Item | None] = [parts.text(_heading(found))]
    if not found.events:
        hint = "Try other words or other days, or see what there is with `/sources`."
        items.append(parts.text(f"{escaped(nothing_happened(found))} {hint}"))
        return parts.layout(parts.box(GREY, [*items, parts.text(f"-# {found.degraded}") if found.degraded else None]))
    events = _fitting(found)
    left, day = QUOTES_UNITS, ""
    waiting = sum(len(event.citations) for event in events)
    for event in events:
        if event.when != day:
            items.append(parts.gap())
        for text in _event(event, left // waiting, dated=event.when != day):
            items.append(parts.text(text))
            left, waiting = left - units(text), waiting - 1
        day = event.when
    if picture:
        drawn = discord.MediaGalleryItem(f"attachment://{PICTURE}", description=_alt(found))
        items += [parts.gap(), discord.ui.MediaGallery(drawn)]
    items += [parts.rule(), parts.text(_footer(found, len(events)))]
    buttons = [parts.citation(answer, one.number, f"[{one.number}]") for event in events for one in event.citations]
    rows = [parts.row(*buttons[start : start + A_ROW]) for start in range(0, len(buttons), A_ROW)]
    return parts.layout(parts.box(GREEN, items), *rows)


def _heading(found: Timeline) -> str:
    about = f" of {name(found.topic, TOPIC_UNITS)}" if found.topic else ""
    when = period(found.first, found.last)
    return f"### Timeline{about}" + (f"\n-# {when}" if when else "")


def _fitting(found: Timeline) -> list[Event]:
    """Return the first events, as many as have no more quotes than there is room for."""
    events, quotes = [], 0
    for event in found.events:
        quotes += len(event.citations)
        if quotes > QUOTES:
            break
        events.append(event)
    return events


def _event(event: Event, room: int, *, dated: bool) -> list[str]:
    """Return each quote of an event with where it stands, before the first one its day where that is new.

    `room` is that of each.
    """
    head = f"**{event.when}**\n" if dated else ""
    if event.figures:
        head += f"⚖️ The articles differ: {' · '.join(f'**{fit(one, FIGURE_UNITS)}**' for one in event.figures)}\n"
    texts = []
    for citation in event.citations:
        place = f"\n-# **[{citation.number}]** {source_line(citation)}"
        limit = max(room - units(head) - units(place) - len("> "), LEAST_UNITS)
        texts.append(f"{head}> {fit(one_line(citation.quote), limit)}{place}")
        head = ""
    return texts


def _footer(found: Timeline, events: int) -> str:
    facts = [f"{count(events, 'event')}, quoted word for word"]
    if hidden := found.total - events:
        facts.append(f"{hidden:,} more: narrow it by a topic or by days")
    if found.degraded:
        facts.append(found.degraded.rstrip("."))
    return f"-# {' · '.join(facts)}"


def _alt(found: Timeline) -> str:
    """Return what the picture is, for those who do not see it."""
    return f"The same as a picture, from {found.events[0].when} on: {count(len(found.events), 'event')}."
