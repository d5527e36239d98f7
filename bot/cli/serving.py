"""`preview` and `run`: the bot in a local page, and on Discord. They alone load discord.py."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from bot import memory
from bot.cli.app import app, options_of
from bot.cli.progress import update_if_needed
from retrieval.errors import UsageError


@app.command()
def preview(
    context: typer.Context,
    port: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=65_535, help="Port. Default: any free one.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
) -> None:
    """Try the bot in a local browser page: the real bot in a simulated Discord."""
    try:
        from bot.preview import preview as serve
    except ModuleNotFoundError as error:
        if error.name != "simcord":
            raise
        raise UsageError(
            "The preview needs the package simcord, of the dependency group `preview`: "
            "run it with `uv run embassy-bot preview`."
        ) from error
    console = Console(highlight=False, soft_wrap=True)

    def say(url: str) -> None:
        console.print(Text.assemble("The bot is here: ", (url, "bold cyan")))
        console.print(Text("Whoever has this address can use the page. Stop with Ctrl-C.", style="dim"))

    with options_of(context).library("preview") as library:
        update_if_needed(library)
        asyncio.run(serve(options_of(context).settings(), library, say, port=port, browse=browser))


@app.command()
def run(context: typer.Context) -> None:
    """Run the bot on Discord. The token stands in the environment variable DISCORD_TOKEN."""
    from bot.run import run as connect

    memory.share()
    settings = options_of(context).settings()
    with options_of(context).library("run") as library:
        update_if_needed(library)
        connect(settings, library)
