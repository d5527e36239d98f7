"""`backup` and `restore`: the index and what the bot keeps, out into one file and back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from bot.cli import shapes
from bot.cli.app import app, options_of
from bot.cli.checks import check_text
from bot.cli.progress import progress_bar
from bot.cli.show import printable
from bot.cli.versions import size_text
from retrieval.doctor import examine_data
from retrieval.library import Library
from retrieval.models import BackupReport, RestoreReport

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup, one file.", show_default=False)]


@app.command()
def backup(
    context: typer.Context,
    file: File,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    json: Json = False,
) -> None:
    """Write the index and what the bot keeps into one file; the bot may run meanwhile.

    In it are all articles with their versions and vectors, the audit log, and the answers and votes that the bot keeps
    for its buttons. Settings and secrets are not.
    """
    with options_of(context).library("backup") as library, progress_bar() as reporter:
        report = library.back_up(file, replace=force, report=reporter)
    if json:
        shapes.write(shapes.backed_up(report))
    else:
        Console(highlight=False, soft_wrap=True).print(_backed_up(report))


@app.command()
def restore(
    context: typer.Context,
    file: File,
    force: Annotated[bool, typer.Option("--force", help="Put it in the place of the index that is there.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the file, and say what is in it.")] = False,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the version.")] = "",
    json: Json = False,
) -> None:
    """Bring back what a backup holds, check it, and make the search indexes anew. Nothing is embedded.

    Stop a running bot first. The corpus folder is not needed, and not looked at until the next `embassy-bot index`.
    """
    console = Console(highlight=False, soft_wrap=True)
    if dry_run:
        with progress_bar() as reporter:
            contents = Library.check_backup(file.absolute(), reporter)
        if json:
            shapes.write(shapes.backup_contents(file, contents))
        else:
            console.print(
                Text.assemble(
                    ("Whole ", "bold green"),
                    f"{contents.articles:,} articles, {contents.passages:,} passages, version {contents.version}",
                    (f", of {contents.made:%Y-%m-%d %H:%M} UTC", "dim"),
                )
            )
        return
    with options_of(context).library("restore") as library:
        with progress_bar() as reporter:
            report = library.restore(file, why=why, replace=force, report=reporter)
        settings = library.settings
    checks = list(examine_data(settings))
    wrong = [check for check in checks if check.problem]
    if json:
        shapes.write(
            {**shapes.restored(report), "whole": not wrong, "checks": [asdict(check) for check in checks]},
        )
    else:
        console.print(_restored(report))
        for one in checks:
            console.print(check_text(one))
    if wrong:
        raise typer.Exit(1)


def _backed_up(report: BackupReport) -> Text:
    return Text.assemble(
        ("Backed up ", "bold green"),
        f"version {report.version}: {report.articles:,} articles, {report.passages:,} passages",
        (f" in {report.seconds:.1f} s", "dim"),
        ("\n  file     ", "cyan"),
        printable(f"{report.file}, {size_text(report.bytes)}, checked"),
    )


def _restored(report: RestoreReport) -> Text:
    before = f", in the place of version {report.replaced}" if report.replaced else ""
    return Text.assemble(
        ("Restored ", "bold green"),
        f"{report.articles:,} articles, {report.passages:,} passages as version {report.version}{before}",
        (f" in {report.seconds:.1f} s", "dim"),
        ("\n  from     ", "cyan"),
        printable(f"{report.file}, of {report.made:%Y-%m-%d %H:%M} UTC"),
        ("\n  note     ", "cyan"),
        "The corpus folder is not looked at until the next `embassy-bot index`.",
    )
