"""`report`: what readers could not find."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli import shapes
from bot.cli.app import app, options_of
from bot.cli.show import printable
from bot.gaps import as_csv, gaps
from bot.state import FILE, State
from retrieval.errors import UsageError


@app.command()
def report(
    context: typer.Context,
    days: Annotated[int, typer.Option(metavar="N", min=1, max=3650, help="Only of the last N days.")] = 30,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="How many are shown.")] = 20,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all of them into a CSV file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """See what readers asked in vain: questions that got no answer, or a thumbs-down, those alike put together."""
    settings = options_of(context).settings()
    file = settings.data.path / FILE
    if not file.exists():
        raise UsageError("The bot has not run with this data folder yet, so that nothing was asked.")
    with State(file) as state, options_of(context).library("report") as library:
        found = gaps(state.missed(days), library.alike)
    if csv is not None:
        try:
            csv.write_text(as_csv(found), encoding="utf-8", newline="")
        except OSError as error:
            raise UsageError(f"The file {csv} cannot be written ({error.strerror}).") from error
    if json:
        shapes.write({"days": days, "questions": [shapes.gap(one) for one in found]})
        return
    console = Console(highlight=False)
    if not found:
        console.print("Nothing was asked in vain.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for head in ("asked", "not found", "👎", "last", "question", "closest article"):
        table.add_column(head, justify="right" if head in ("asked", "not found", "👎") else "left")
    for one in found[:limit]:
        more = f"  (and {len(one.questions) - 1} other wordings)" if len(one.questions) > 1 else ""
        question = Text.assemble(printable(one.questions[0]), (more, "dim"))
        counts = (str(one.asked), str(one.not_found), str(one.disliked), one.last.isoformat())
        table.add_row(*counts, question, Text(printable(", ".join(one.articles[:1])), style="dim"))
    console.print(table)
    if (hidden := len(found) - limit) > 0:
        console.print(Text(f"and {hidden} more: --limit, or --csv FILE for all", style="dim"))
