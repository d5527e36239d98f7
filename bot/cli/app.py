"""The commands, and the options that all of them share."""

from __future__ import annotations

import logging
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bot.config import BotSettings, load_bot_settings
from retrieval.library import Library

app = typer.Typer(
    name="embassy-bot",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Answer questions about news articles, with the exact words that each answer rests on.",
)


@dataclass(frozen=True, slots=True)
class Options:
    """The shared options as they were given; settings are read only once a command runs."""

    config: Path | None
    corpus: Path | None
    data: Path | None

    @property
    def program(self) -> str:
        """What is typed to call the program with these options again."""
        given = (("--config", self.config), ("--corpus", self.corpus), ("--data", self.data))
        return shlex.join(["embassy-bot", *(word for name, path in given if path for word in (name, str(path)))])

    def settings(self) -> BotSettings:
        """Read the settings. Raises ConfigError."""
        return load_bot_settings(self.config, corpus=self.corpus, data=self.data)

    def library(self, command: str) -> Library:
        """Return the library that these options name, for a command of that name."""
        return Library(self.settings(), command=command)


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Config file. Default: $EMBASSY_BOT_CONFIG, or config.toml in the working folder."
        ),
    ] = None,
    corpus: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder of the articles. Default: seeds.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder in which the index is kept. Default: data.")
    ] = None,
) -> None:
    # The first paragraph of a callback's docstring would replace the help text above.
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    context.obj = Options(config, corpus, data)


def options_of(context: typer.Context) -> Options:
    """Return the shared options of a running command."""
    found = context.obj
    assert isinstance(found, Options)
    return found


# Each of these adds its commands to `app`, in the order in which the help lists them.
from bot.cli import asking, timeline, sources, verifying, indexing, moving, backup, reporting, checks, serving  # noqa: E402, F401, I001
