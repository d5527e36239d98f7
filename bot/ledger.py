"""The index and its versions as messages: how it stands, who changed it, and what one can go back to. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import discord

from bot import parts
from bot.changes import busy
from bot.desk import Doing
from bot.render import BLUE
from bot.text import count, name, one_line, size, within
from retrieval.models import AuditEntry, Status, Version

HISTORY = 10
"""How many versions are shown, and offered to go back to."""
RECENT_UNITS = 1_500
HISTORY_UNITS = 3_500

_PERSON = re.compile(r" \((\d{15,20})\)\Z")
"""The id behind the name of somebody of Discord, as the catalog has them."""

Item = discord.ui.Item[discord.ui.LayoutView]


def status(found: Status, doing: Doing | None) -> discord.ui.LayoutView:
    """Return how the index stands."""
    lines = ["### The index"]
    if found.version is None or found.created is None:
        lines.append("Nothing is indexed yet.")
    else:
        added = f", {found.by_command:,} of them added by command" if found.by_command else ""
        lines += [
            f"**Holds** {count(found.articles, 'article')}{added} · {count(found.passages, 'passage')}",
            f"**Version** {found.version} of {_time(found.created.timestamp())}; {found.versions:,} kept",
            f"**Model** {name(found.model or '', 120)}",
        ]
    lines.append(
        f"**Disk** {size(found.catalog_bytes)} catalog, {size(found.index_bytes)} search indexes; "
        f"{size(found.free_bytes)} free"
    )
    lines.append(
        {
            True: "**Folder** has changed since the last run: `/index update`",
            False: "**Folder** as the last run saw it",
            None: "**Folder** cannot be read",
        }[found.folder_differs]
    )
    body: list[Item | None] = [parts.text("\n".join(lines))]
    if doing is not None:
        body += [parts.rule(), parts.text(busy(doing))]
    if found.recent:
        entries = (f"- {entry(one)}" for one in found.recent)
        body += [parts.rule(), parts.text(within("**Done last**", entries, RECENT_UNITS))]
    return parts.layout(parts.box(BLUE, body))


def entry(one: AuditEntry) -> str:
    """Return an entry of the audit log on one line."""
    return f"{_time(one.at.timestamp())} {_person(one.who)}: {name(one.action, 40)} — {name(one.result, 160)}"


def history(versions: Sequence[Version], live: Version | None) -> discord.ui.LayoutView:
    """Return the kept versions, newest first."""
    lines = []
    for one in versions[:HISTORY]:
        mark = " · **answers now**" if live and one.id == live.id else ""
        why = f" · {name(one.why, 80)}" if one.why else ""
        lines.append(
            f"**{one.id}** · {_time(one.created.timestamp())} · {one.action} by {_person(one.who)}{mark}\n"
            f"-# {count(one.articles, 'article')}{_changed(one)}{why}"
        )
    more = f"-# and {count(len(versions) - HISTORY, 'older version')}" if len(versions) > HISTORY else ""
    body: list[Item | None] = [
        parts.text("### Versions of the index"),
        parts.text(within("", lines, HISTORY_UNITS)) if lines else parts.text("Nothing is indexed yet."),
        parts.text(more) if more else None,
        parts.rule(),
        parts.text("-# `/index rollback` goes back to one of them"),
    ]
    return parts.layout(parts.box(BLUE, body))


def version_label(one: Version) -> str:
    """Return a version as a choice in a list."""
    label = f"{one.id} · {one.created:%d %b %Y %H:%M} UTC · {one.action} · {count(one.articles, 'article')}"
    return f"{label}{_changed(one)} · {one_line(_PERSON.sub('', one.who))}"[:100]


def _changed(one: Version) -> str:
    counts = ((one.added, "added"), (one.changed, "changed"), (one.removed, "removed"))
    shown = ", ".join(f"{number:,} {done}" for number, done in counts if number)
    return f" · {shown}" if shown else ""


def _person(who: str) -> str:
    """Return who did something: somebody of Discord as a mention, somebody at a terminal by name."""
    found = _PERSON.search(who)
    return f"<@{found[1]}>" if found else name(who, 50)


def _time(at: float) -> str:
    return f"<t:{int(at)}:f>"
