"""`index move`: the vectors to another place."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.text import Text

from bot.cli import shapes
from bot.cli.app import options_of
from bot.cli.indexing import commands
from bot.cli.progress import progress_bar
from bot.cli.show import printable
from retrieval.models import MoveReport


@commands.command()
def move(
    context: typer.Context,
    to: Annotated[
        Literal["embedded", "server", "cloud"], typer.Option(help="Where the vectors are to be.", show_default=False)
    ],
    url: Annotated[
        str,
        typer.Option(
            metavar="URL", help="The server's address, where [chroma] url does not name it.", show_default=False
        ),
    ] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Leave the vectors where they were as well.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Carry the index to a Chroma server, or back, without embedding again.

    The new place is filled from the catalog and verified; then the old one is emptied. Stop a running bot first, and
    set what is printed in config.toml before it is started again.
    """
    with options_of(context).library("index move") as library, progress_bar() as reporter:
        report = library.move(to, url=url, keep=keep, report=reporter)
    if json:
        shapes.write(shapes.moved(report))
    else:
        Console(highlight=False, soft_wrap=True).print(move_text(report))


def move_text(report: MoveReport) -> Text:
    """Say what a move did, and what is to be set."""
    text = Text()
    text.append("Moved " if report.added else "All there ", style="bold green")
    text.append(f"{report.passages:,} passages, verified, in {printable(report.place)}")
    text.append(f" ({report.added:,} added, none embedded, {report.seconds:.1f} s)", style="dim")
    for place in report.removed:
        text.append("\n  emptied ", style="cyan").append(printable(place))
    for place, reason in report.left:
        text.append("\n  left    ", style="yellow").append(printable(f"{place}: {reason} Then run the same again."))
    if report.configured:
        text.append("\nconfig.toml says so already.", style="dim")
    else:
        text.append(f'\nNow set in config.toml:\n  [chroma]\n  mode = "{report.mode}"')
        text.append(f'\n  url = "{printable(report.url)}"')
    return text
