"""A text checked against the articles, as the message that shows it, claim by claim. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot import parts
from bot.render import AMBER, GREEN, GREY, source_line
from bot.text import count, fit, quoted, units
from retrieval.models import ClaimCheck, Stand

CLAIM_UNITS = 120
REASON_UNITS = 90
BESIDE_UNITS = 200
QUOTES_UNITS = 3_300
"""Of all claims with their quotes; a message may have 4,000."""

RED = discord.Colour(0xD0483E)
_LABELS = {
    Stand.SUPPORTED: "✅ **Borne out**",
    Stand.AGAINST: "❌ **The articles have it otherwise**",
    Stand.SILENT: "➖ **The articles do not say this**",
}
_COUNTED = {Stand.SUPPORTED: "borne out", Stand.AGAINST: "otherwise", Stand.SILENT: "not in the articles"}

Item = discord.ui.Item[discord.ui.LayoutView]


def checked(found: Sequence[ClaimCheck], answer: int, beside: str = "") -> discord.ui.LayoutView:
    """Return what the articles say to each claim; the buttons open the quotes kept under `answer`.

    `beside` is said in small print.
    """
    items: list[Item | None] = [parts.text("### Checked against the articles"), parts.text(_summary(found))]
    left = QUOTES_UNITS
    for place, one in enumerate(found):
        items.append(parts.rule())
        room = max(left // (len(found) - place), 200)
        shown = _claim(one, room)
        left -= units(shown)
        if one.citation is None or not answer:
            items.append(parts.text(shown))
        else:
            button = parts.citation(answer, one.citation.number).button()
            items.append(discord.ui.Section(shown, accessory=button))
    if beside:
        items += [parts.rule(), parts.text(f"-# {fit(beside, BESIDE_UNITS)}")]
    return parts.layout(parts.box(_colour(found), items))


def _claim(one: ClaimCheck, room: int) -> str:
    lines = [_LABELS[one.stand], fit(one.claim, CLAIM_UNITS)]
    if one.stand is Stand.AGAINST:
        lines.append(f"-# {fit(one.reason, REASON_UNITS)}")
    if one.citation is not None:
        place = f"-# **[{one.citation.number}]** {source_line(one.citation)}"
        rest = room - sum(units(line) + 1 for line in lines) - units(place) - 1
        lines += [quoted(one.citation.quote, max(rest, 80)), place]
    return "\n".join(lines)


def _summary(found: Sequence[ClaimCheck]) -> str:
    stands = [one.stand for one in found]
    told = [f"{stands.count(stand)} {label}" for stand, label in _COUNTED.items() if stand in stands]
    return f"{count(len(found), 'statement')}: {', '.join(told)}"


def _colour(found: Sequence[ClaimCheck]) -> discord.Colour:
    stands = {one.stand for one in found}
    if Stand.AGAINST in stands:
        return RED
    if stands == {Stand.SILENT}:
        return GREY
    return AMBER if Stand.SILENT in stands else GREEN
