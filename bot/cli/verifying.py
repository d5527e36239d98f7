"""`check` and `verify`: whether the articles, or given passages, bear out what is said."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rich.console import Console, Group
from rich.text import Text

from bot.cli import shapes, show
from bot.cli.app import app, options_of
from bot.cli.asking import STANDARD_INPUT
from bot.cli.progress import update_if_needed
from bot.cli.show import printable
from retrieval.errors import UsageError
from retrieval.library import Library
from retrieval.models import Reference, Verification


@app.command()
def check(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="One statement or several.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Hold a text against the articles, claim by claim: which words bear it out, or speak against it."""
    Library.claims(text)  # or it raises, before anything is indexed
    with options_of(context).library("check") as library:
        update_if_needed(library)
        found = library.check(text)
        degraded, left_out = library.degraded, library.unclaimed(text)
    if json:
        shapes.write({"claims": [shapes.claim_check(one) for one in found]})
    else:
        console = Console(highlight=False)
        console.print(Group(*(show.claim_check(one) for one in found)))
        if left_out:
            console.print(Text(f"not checked: {' '.join(left_out)}", style="dim"))
    if degraded:
        Console(stderr=True, highlight=False).print(Text(degraded, style="yellow"))


class Entry(BaseModel):
    """A sentence and the passages to hold it against; `published` gives their days, where they are known."""

    model_config = ConfigDict(extra="ignore")

    sentence: str
    passages: list[str] = Field(max_length=1_000)
    published: list[date | None] = []

    def references(self) -> list[Reference]:
        """Return the passages, each with its day."""
        days = [*self.published, *[None] * len(self.passages)]
        return [Reference(text, day) for text, day in zip(self.passages, days, strict=False)]


@app.command()
def verify(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Entries as JSON, one a line; - for standard input.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Say whether passages bear out what a sentence says, and by which words.

    Each line is an object with "sentence" and "passages", a list of texts; "published" may list their days, by which
    "Tuesday" has a date. A sentence may cite passages as [1]. Nothing is indexed, and no language model is asked.
    """
    console = Console(highlight=False, soft_wrap=True)
    for line in _lines(file):
        sentence, found = _verified(line)
        if json:
            shapes.write(shapes.verification(found))
        else:
            console.print(_shown(sentence, found))


def _lines(file: str) -> Iterator[bytes]:
    if file == STANDARD_INPUT:
        yield from sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as opened:
            yield from opened
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error


def _verified(line: bytes) -> tuple[str, Verification]:
    """Return a line's sentence and what came of it; a line that is no entry gets a result that says why."""
    shown = line.decode("utf-8", "replace")
    try:
        entry = Entry.model_validate(json_format.loads(line.decode("utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the line"
        wrong = _NO_DAY if first["type"].startswith("date") else f"{first['msg'].lower()}; {_EXPECTED}"
        return shown, Verification(False, f"{place}: {wrong}")
    except (ValueError, RecursionError):
        return shown, Verification(False, f"the line is not JSON in UTF-8; {_EXPECTED}")
    return entry.sentence, Library.verify(entry.sentence, entry.references())


_NO_DAY = "a day is written as 2019-12-31; null stands for one that is not known"
_EXPECTED = 'send an object like {"sentence": "…", "passages": ["…"]}'


def _shown(sentence: str, found: Verification) -> Text:
    mark, style = ("supported", "bold green") if found.supported else ("not supported", "bold red")
    lines = Text.assemble((f"{mark:<14}", style), printable(" ".join(sentence.split())))
    if found.reason:
        lines.append(f"\n  {printable(found.reason)}", style="yellow")
    if found.quote:
        lines.append(f"\n  [{found.passage}] {printable(' '.join(found.quote.split()))}", style="dim")
    return lines
