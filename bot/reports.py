"""What readers could not find, as the message that shows it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import discord

from bot import parts
from bot.gaps import Gap
from bot.render import AMBER, GREEN
from bot.text import count, day, fit

SHOWN = 10
QUESTION_UNITS, TITLE_UNITS = 180, 80


def shown(found: Sequence[Gap], titles: Mapping[str, str], days: int) -> discord.ui.LayoutView:
    """Return the gaps, those asked most often first. `titles` are the articles' by id."""
    over = f"in the last {count(days, 'day')}"
    if not found:
        said = f"Nothing was asked here in vain {over}: each question had an answer, and nobody disliked one."
        return parts.layout(parts.box(GREEN, [parts.text("### Asked in vain"), parts.text(said)]))
    questions = sum(one.asked for one in found)
    items: list[discord.ui.Item[discord.ui.LayoutView] | None] = [
        parts.text("### Asked in vain"),
        parts.text(
            f"{count(questions, 'question')} {over} without an answer, or with a thumbs-down; those alike together."
        ),
    ]
    for one in found[:SHOWN]:
        items += [parts.rule(), parts.text(_gap(one, titles))]
    if (hidden := len(found) - SHOWN) > 0:
        items += [parts.rule(), parts.text(f"-# and {hidden:,} more, in the file")]
    items.append(parts.text("-# Questions asked in private are not told, nor who asked."))
    return parts.layout(parts.box(AMBER, items))


def _gap(one: Gap, titles: Mapping[str, str]) -> str:
    facts = [f"{one.asked}×", *([f"{one.disliked} 👎"] if one.disliked else []), _when(one.first, one.last)]
    if others := len(one.questions) - 1:
        facts.append(f"{count(others, 'other wording')}")
    near = next((titles[id] for id in one.articles if id in titles), "")
    lines = [f"**{fit(one.questions[0], QUESTION_UNITS)}**", f"-# {' · '.join(facts)}"]
    return "\n".join([*lines, *([f"-# nearest: {fit(near, TITLE_UNITS)}"] if near else [])])


def _when(first: date, last: date) -> str:
    return day(last) if first == last else f"{day(first)} to {day(last)}"
