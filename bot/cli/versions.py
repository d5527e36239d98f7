"""Versions, plans and admin actions as the terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.cli.show import printable
from bot.text import day
from retrieval.errors import CanaryReport
from retrieval.models import AuditEntry, Difference, Plan, Status

if TYPE_CHECKING:
    from retrieval.models import Version

SHOWN = 20
"""How many articles of a list are shown; the rest is counted."""
LONGEST_ANSWER = 200
_UNITS = ("bytes", "KB", "MB", "GB", "TB")


def plan_text(plan: Plan) -> Text:
    """Say what a change would do."""
    text = Text()
    if not plan.changes_anything:
        text.append("Nothing would change", style="bold green")
    else:
        text.append(f"{plan.action.capitalize()} would change", style="bold")
        text.append(f"  {_count(plan.embed, 'passage')} to embed", style="dim")
    for sign, style, articles in (
        ("+", "green", plan.added),
        ("~", "yellow", plan.changed),
        ("-", "red", plan.removed),
    ):
        _differences(text, sign, style, articles)
    if plan.unchanged and plan.changes_anything:
        text.append(f"\n  {plan.unchanged:,} unchanged", style="dim")
    for skipped in plan.skipped[:SHOWN]:
        text.append("\n  skipped  ", style="yellow").append(printable(f"{skipped.path}: {skipped.reason}"))
    if len(plan.skipped) > SHOWN:
        text.append(f"\n  and {len(plan.skipped) - SHOWN:,} more skipped", style="dim")
    for notice in plan.notices:
        text.append("\n  note     ", style="cyan").append(printable(notice))
    return text


def _differences(text: Text, sign: str, style: str, articles: Sequence[Difference]) -> None:
    for one in articles[:SHOWN]:
        text.append(f"\n  {sign} ", style=style).append(printable(one.article))
        text.append(f"  {_count(one.passages, 'passage')}", style="dim")
    if len(articles) > SHOWN:
        text.append(f"\n  {sign} and {len(articles) - SHOWN:,} more", style=style)


def history_text(versions: Sequence[Version], live: Version | None) -> RenderableType:
    """List versions, the live one marked."""
    if not versions:
        return Text("Nothing is indexed yet. Run `embassy-bot index`.")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("id", "", "made", "action", "articles", "changes", "by, and why"):
        right = heading in ("id", "articles")
        table.add_column(heading, justify="right" if right else "left", no_wrap=heading != "by, and why")
    for one in versions:
        table.add_row(
            str(one.id),
            Text("live", style="bold green") if live and one.id == live.id else "",
            f"{one.created.astimezone():%Y-%m-%d %H:%M}",
            one.action,
            f"{one.articles:,}",
            " ".join(f"{sign}{n:,}" for sign, n in zip("+~-", (one.added, one.changed, one.removed), strict=True) if n),
            printable(f"{one.who}: {one.why}" if one.why else one.who),
        )
    return Group(table, Text("`embassy-bot index rollback ID` goes back to one.", style="dim"))


def status_text(status: Status) -> Text:
    """Say how the index stands."""
    text = Text()
    if status.version is None or status.created is None:
        text.append("Nothing is indexed yet. Run `embassy-bot index`.", style="yellow")
    else:
        by_command = f", {status.by_command:,} of them by command" if status.by_command else ""
        lines = [
            ("version", f"{status.version}, made {day(status.created)} {status.created.astimezone():%H:%M}"),
            ("holds", f"{_count(status.articles, 'article')}{by_command}, {_count(status.passages, 'passage')}"),
            ("model", status.model or ""),
            ("kept", _count(status.versions, "version")),
            ("folder", _FOLDER[status.folder_differs]),
        ]
        _lines(text, lines)
    size = f"{size_text(status.catalog_bytes)} catalog, {size_text(status.index_bytes)} search indexes"
    _lines(text, [("disk", f"{size}; {size_text(status.free_bytes)} free")])
    for one in status.recent:
        _lines(text, [("done", f"{one.at.astimezone():%Y-%m-%d %H:%M}  {one.who}  {one.action}: {one.result}")])
    return text


_FOLDER = {
    True: "has changed since the last run: `embassy-bot index`",
    False: "as the last run saw it",
    None: "cannot be read",
}


def _lines(text: Text, lines: Sequence[tuple[str, str]]) -> None:
    for label, said in lines:
        text.append("\n" if text else "").append(f"{label:<8} ", style="cyan").append(printable(said))


def audit_text(entries: Sequence[AuditEntry]) -> RenderableType:
    """List admin actions."""
    if not entries:
        return Text("Nothing was done yet.")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("when", "who", "what", "of what", "result"):
        table.add_column(heading, overflow="fold")
    for one in entries:
        said = (one.who, one.action, one.detail, one.result)
        table.add_row(f"{one.at.astimezone():%Y-%m-%d %H:%M}", *(printable(word) for word in said))
    return table


def canary_text(report: CanaryReport) -> Text:
    """Say which canary questions broke, with both answers."""
    text = Text()
    for one in report.broken:
        text.append("\n" if text else "").append(printable(one.question), style="bold")
        for label, said in (("before", one.before), ("now", one.after)):
            line = " ".join(said.split())
            short = line if len(line) <= LONGEST_ANSWER else line[: LONGEST_ANSWER - 1].rsplit(" ", 1)[0] + " …"
            text.append(f"\n  {label:<8} ", style="cyan").append(printable(short))
    return text


def size_text(count: float) -> str:
    """Return a number of bytes as people read it."""
    for unit in _UNITS:
        if count < 1000 or unit == _UNITS[-1]:
            return f"{count:,.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
        count /= 1000
    raise AssertionError


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
