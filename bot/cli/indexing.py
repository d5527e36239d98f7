"""`index`: the corpus folder into the index."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from bot.cli import shapes
from bot.cli.app import app, options_of
from bot.cli.progress import progress_bar, report_text


@app.command()
def index(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
) -> None:
    """Bring the index up to the corpus folder: only what changed is read and embedded."""
    with options_of(context).library("index") as library, progress_bar() as reporter:
        report = library.update(reporter)
    if json:
        shapes.write(shapes.report(report))
    else:
        Console(highlight=False).print(report_text(report))
