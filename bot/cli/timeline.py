"""`timeline`: what happened when."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from bot.cli import shapes, show
from bot.cli.app import app, options_of
from bot.cli.asking import Json
from bot.cli.progress import update_if_needed
from retrieval.errors import UsageError
from retrieval.library import EVENTS, Library, checked_question
from retrieval.models import Timeline


@app.command()
def timeline(
    context: typer.Context,
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="What it is about. Default: the newest events.")] = "",
    from_: Annotated[
        str | None, typer.Option("--from", metavar="WHEN", help="Not before this day, month or year.")
    ] = None,
    to: Annotated[str | None, typer.Option(metavar="WHEN", help="Not after this day, month or year.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=50, help="How many events.")] = EVENTS,
    png: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it too, to be read on a phone.")] = None,
    json: Json = False,
) -> None:
    """Show what happened when, each event by an exact quote; what articles count differently side by side.

    A day may be written as 2019-12-31, "31 December 2019" or "last Tuesday"; a month as "December 2019".
    """
    if png is not None and (png.is_dir() or not png.parent.is_dir()):
        raise UsageError(f"The picture {png} cannot be written: name a file in a folder that exists.")
    if topic.strip():
        checked_question(topic)
    Library.check_days(from_, to)
    with options_of(context).library("timeline") as library:
        update_if_needed(library)
        first, last = library.stretch(from_, to)
        found = library.timeline(topic, first=first, last=last, limit=limit)
    if png is not None and found.events:
        _draw(png, found)
    if json:
        shapes.write(shapes.timeline(found))
    else:
        Console(highlight=False).print(show.timeline(found, options_of(context).program))
    if found.degraded:
        Console(stderr=True, highlight=False).print(Text(found.degraded, style="yellow"))


def _draw(file: Path, found: Timeline) -> None:
    from bot.timeline_picture import drawn

    try:
        file.write_bytes(drawn(found))
    except OSError as error:
        raise UsageError(f"The picture {file} cannot be written ({error.strerror}).") from error
