"""`index`: the corpus folder into the index."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from bot.cli import shapes
from bot.cli.app import app, options_of
from bot.cli.progress import progress_bar, report_text

group = typer.Typer(invoke_without_command=True)
app.add_typer(group, name="index")


@group.callback()
def index(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
) -> None:
    """Bring the index up to the corpus folder: only what changed is read and embedded."""
    if context.invoked_subcommand is not None:
        return
    with options_of(context).library("index") as library, progress_bar() as reporter:
        report = library.update(reporter)
    if json:
        shapes.write(shapes.report(report))
    else:
        Console(highlight=False).print(report_text(report))
