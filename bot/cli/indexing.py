"""`index`: what the bot knows, changed by command: each change worked out first, carried out whole, and reversible."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.cli import shapes
from bot.cli.app import app, options_of
from bot.cli.progress import progress_bar, report_text
from bot.cli.versions import audit_text, canary_text, history_text, plan_text, status_text
from retrieval.errors import Held, UsageError
from retrieval.models import Add, Change, Rebuild, Remove, Rollback, Update, Upload

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
Why = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the version.")]
Force = Annotated[bool, typer.Option("--force", help="Switch even where canary questions are answered worse.")]

STANDARD_INPUT = Path("-")

commands = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    help="Bring the index up to the corpus folder, or change it by one of the commands below.",
)
app.add_typer(commands, name="index")


@commands.callback()
def index(
    context: typer.Context, json: Json = False, dry_run: DryRun = False, why: Why = "", force: Force = False
) -> None:
    if context.invoked_subcommand is None:
        _change(context, Update(), json, dry_run, why, force)


@commands.command()
def status(context: typer.Context, json: Json = False) -> None:
    """Show how the index stands: articles, passages, model, sizes, and what was done last."""
    with options_of(context).library("index status") as library:
        found = library.status()
    if json:
        shapes.write(shapes.status(found))
    else:
        Console(highlight=False).print(status_text(found))


@commands.command()
def update(
    context: typer.Context, json: Json = False, dry_run: DryRun = False, why: Why = "", force: Force = False
) -> None:
    """Take up what changed in the corpus folder; only that is read and embedded."""
    _change(context, Update(), json, dry_run, why, force)


@commands.command()
def rebuild(
    context: typer.Context, json: Json = False, dry_run: DryRun = False, why: Why = "", force: Force = False
) -> None:
    """Read every file again, and make the search indexes anew. Known texts are not embedded again."""
    _change(context, Rebuild(), json, dry_run, why, force)


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise typer.BadParameter(f"{typed!r} is no day. Write it as 2019-12-31.") from error


@commands.command()
def add(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help=".txt, .md or .html files; - for text from standard input.")
    ],
    title: Annotated[str | None, typer.Option(help="The title, of a single article.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Who published it.")] = None,
    published: Annotated[
        date | None,
        typer.Option("--date", metavar="YYYY-MM-DD", parser=_day, help="When it was published."),
    ] = None,
    url: Annotated[str | None, typer.Option(help="Where it stands.")] = None,
    json: Json = False,
    dry_run: DryRun = False,
    why: Why = "",
    force: Force = False,
) -> None:
    """Add articles that are not in the corpus folder. They stay until they are removed by command."""
    if len(files) > 1 and (title or url):
        raise UsageError("--title and --url describe one article; add the files one by one.")
    uploads = tuple(Upload(*_read(file), title, publisher, published, url) for file in files)
    _change(context, Add(uploads), json, dry_run, why, force)


@commands.command()
def remove(
    context: typer.Context,
    article: Annotated[str, typer.Argument(metavar="ARTICLE", help="Its id; with --dry-run also words of its title.")],
    json: Json = False,
    dry_run: DryRun = False,
    why: Why = "",
    force: Force = False,
) -> None:
    """Remove an article. One from the corpus folder stays removed until its file changes."""
    with options_of(context).library("index remove") as library:
        found = library.find_article(article)
    # Half an id, mistyped, is another article's.
    if found.id != article and not dry_run:
        raise UsageError(f"That may be {found.id}, “{found.title}”. Give its whole id to remove it.")
    _change(context, Remove(found.id), json, dry_run, why, force)


@commands.command()
def history(context: typer.Context, json: Json = False) -> None:
    """List the kept versions, newest first."""
    with options_of(context).library("index history") as library:
        versions, live = library.versions(), library.version
    if json:
        shapes.write({"versions": [shapes.version(one, live=one == live) for one in versions]})
    else:
        Console(highlight=False).print(history_text(versions, live))


@commands.command()
def rollback(
    context: typer.Context,
    version: Annotated[int | None, typer.Argument(metavar="ID", help="A version that `index history` lists.")] = None,
    json: Json = False,
    dry_run: DryRun = False,
    why: Why = "",
    force: Force = False,
) -> None:
    """Go back to a kept version: its articles and its answers. Nothing is embedded again."""
    if version is None:
        with options_of(context).library("index rollback") as library:
            kept = ", ".join(str(one.id) for one in library.versions())
        raise UsageError(f"Give the ID of a version. Kept are {kept or 'none'}; see `embassy-bot index history`.")
    _change(context, Rollback(version), json, dry_run, why, force)


@commands.command()
def log(
    context: typer.Context,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=10_000, help="How many entries.")] = 20,
    json: Json = False,
) -> None:
    """Show what was done to the index, by whom and with what result, newest first."""
    with options_of(context).library("index log") as library:
        entries = library.audit(limit)
    if json:
        shapes.write({"entries": [shapes.audit_entry(one) for one in entries]})
    else:
        Console(highlight=False).print(audit_text(entries))


def _change(context: typer.Context, change: Change, json: bool, dry_run: bool, why: str, force: bool) -> None:
    """Work a change out, show it, and unless that was all that was asked for, carry it out."""
    console = Console(highlight=False)
    with options_of(context).library("index") as library, progress_bar() as reporter:
        plan = library.plan(change, reporter)
        if dry_run:
            report = None
        else:
            try:
                report = library.apply(plan, reporter, why=why, force=force)
            except Held as held:
                Console(stderr=True, highlight=False).print(canary_text(held.canary))
                raise
    if report is None:
        if json:
            shapes.write(shapes.plan(plan))
        else:
            console.print(plan_text(plan))
    elif json:
        shapes.write(shapes.report(report))
    else:
        console.print(report_text(report, plan.notices))


def _read(file: Path) -> tuple[str, bytes]:
    """Return a file's name and bytes. Raises UsageError."""
    if file == STANDARD_INPUT:
        return "", sys.stdin.buffer.read()
    try:
        return file.name, file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({error.strerror}). Nothing was changed.") from error
