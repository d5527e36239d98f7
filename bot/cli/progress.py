"""Index runs as they are shown: a progress bar, and a few lines on what was done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from bot.cli.show import printable
from bot.text import day
from retrieval.errors import CorpusError
from retrieval.library import Library
from retrieval.models import IndexReport, Phase, Reporter
from retrieval.models import Progress as IndexProgress

SHOWN = 10
"""How many names of a list are shown; the rest is counted."""

_LABELS = {
    Phase.READING: "Reading articles",
    Phase.COMPARING: "Comparing",
    Phase.EMBEDDING: "Embedding passages",
    Phase.VECTORS: "Storing vectors",
    Phase.LEXICON: "Indexing words",
    Phase.CANARY: "Asking canaries",
    Phase.COPYING: "Copying",
    Phase.PACKING: "Packing",
    Phase.UNPACKING: "Unpacking",
    Phase.RESTORING: "Restoring",
    Phase.WAITING: "Waiting for Chroma",
}


def update_if_needed(library: Library) -> None:
    """Index before a question is answered, where the corpus folder has changed; say so on standard error.

    A corpus that cannot be read is told, and the index that is there answers. Raises CorpusError where there is none.
    """
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if library.is_restored:
        told = "The index was restored from a backup; `embassy-bot index` takes up the corpus folder again."
        console.print(Text(told, style="yellow"))
        return
    try:
        with progress_bar() as reporter:
            report = library.update_if_needed(reporter)
    except CorpusError as error:
        if library.version is None or not library.has_indexed_this_corpus:
            raise
        told = printable(f"{error} The index of {day(library.version.created)} answers.")
        console.print(Text(told, style="yellow"))
        return
    if report is not None and (report.wrote or report.skipped):
        console.print(report_text(report))


@contextmanager
def progress_bar() -> Iterator[Reporter]:
    """Show the phases of an index run as they go by, on standard error; gone when it is done."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
        transient=True,
        # Into a file it would write an empty line.
        disable=not console.is_interactive,
    )
    tasks: dict[Phase, TaskID] = {}

    def report(progress: IndexProgress) -> None:
        if progress.phase not in _LABELS:
            return
        if progress.phase is not Phase.WAITING and Phase.WAITING in tasks:
            bar.remove_task(tasks.pop(Phase.WAITING))
        if progress.phase is Phase.WAITING and Phase.WAITING not in tasks and bar.disable:
            console.print(f"Waiting for the Chroma server, up to {progress.total} s.")
        if progress.phase not in tasks:
            tasks[progress.phase] = bar.add_task(_LABELS[progress.phase], total=progress.total)
        bar.update(tasks[progress.phase], completed=progress.done, total=progress.total)

    with bar:
        yield report


def report_text(report: IndexReport, notices: Sequence[str] = ()) -> Text:
    """Say what an index run did, in a few lines, and what a person should know of it."""
    text = Text()
    if report.wrote:
        text.append("Indexed ", style="bold green")
    else:
        text.append("Up to date ", style="bold green")
    text.append(f"{_count(report.articles, 'article')}, {_count(report.passages, 'passage')}")
    text.append(f" in {report.seconds:.1f} s", style="dim")
    for label, names in (("added", report.added), ("changed", report.changed), ("removed", report.removed)):
        if names:
            text.append(f"\n  {label:<8} ", style="cyan")
            text.append(f"{len(names):,}  ")
            text.append(printable(_some(names)), style="dim")
    if report.unchanged and report.wrote:
        text.append("\n  unchanged", style="cyan").append(f" {report.unchanged:,}")
    for skipped in report.skipped[:SHOWN]:
        text.append("\n  skipped  ", style="yellow").append(printable(f"{skipped.path}: {skipped.reason}"))
    if len(report.skipped) > SHOWN:
        text.append("\n  skipped  ", style="yellow").append(f"and {len(report.skipped) - SHOWN:,} more (see --json)")
    if report.ignored:
        kinds = ", ".join(f"{count:,} {printable(ending)}" for ending, count in list(report.ignored.items())[:SHOWN])
        text.append("\n  ignored  ", style="yellow").append(f"{kinds} (articles are .txt, .md or .html)")
    for notice in notices:
        text.append("\n  note     ", style="cyan").append(printable(notice))
    return text


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
