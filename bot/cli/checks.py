"""`eval` and `doctor`: how good are the answers, and is everything whole."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from bot.checks import examine_discord
from bot.cli import shapes
from bot.cli.app import app, options_of
from bot.cli.progress import update_if_needed
from bot.cli.show import printable
from bot.config import BotSettings
from retrieval.config import Settings
from retrieval.doctor import Check, examine
from retrieval.errors import UsageError
from retrieval.evaluation import (
    Interval,
    Metrics,
    Outcome,
    check_gold,
    evaluate,
    intervals,
    load_gold,
    measure,
    measure_written,
)
from retrieval.library import WORDS_ALONE, Library, with_distractors

DEFAULT_GOLD = Path("tests/gold/embassy.toml")

_ROWS = (
    ("right passage first", "recall_1"),
    ("right passage in the first 3", "recall_3"),
    ("right passage in the first 5", "recall_5"),
    ("MRR@10", "mrr_10"),
    ("quotes exact", "exact_quotes"),
    ("right words in the first quote", "right_quote_first"),
    ("right words in any quote", "right_quote"),
    ("words quoted, mean", "words_quoted"),
    ("verdict answered: precision", "answered_precision"),
    ("verdict answered: recall", "answered_recall"),
    ("no answer: precision", "refused_precision"),
    ("no answer: recall", "refused_recall"),
    ("foreign questions not_found", "foreign_not_found"),
    ("answerable, not given as answered", "answerable_lost"),
)


_WRITTEN_ROWS = (
    ("answers that the model was asked for", "asked"),
    ("of these in its words", "written"),
    ("the model failed", "failed"),
    ("sentences that it wrote", "sentences"),
    ("left out", "dropped"),
    ("its citations: recall", "drafted_recall"),
    ("its citations: precision", "drafted_precision"),
    ("citations shown: recall", "shown_recall"),
    ("citations shown: precision", "shown_precision"),
    ("first paint, ms: p50", "first_paint_p50"),
    ("first paint, ms: p95", "first_paint_p95"),
    ("full answer, ms: p50", "full_p50"),
    ("full answer, ms: p95", "full_p95"),
)


class Mode(StrEnum):
    """How answers are made."""

    EXTRACTIVE = "extractive"
    LLM = "llm"


@app.command("eval")
def eval_(
    context: typer.Context,
    gold: Annotated[Path, typer.Argument(metavar="GOLD", help="Gold questions in TOML.")] = DEFAULT_GOLD,
    distractors: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="JSON file (or .json.gz) of other articles, mixed into the corpus in a folder of its own.",
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with every question, its answer and its quotes.")
    ] = None,
    mode: Annotated[
        Mode, typer.Option(help="llm: let the configured language model write, and measure what it makes of it.")
    ] = Mode.EXTRACTIVE,
    misses: Annotated[bool, typer.Option(help="List the questions that went wrong.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure retrieval, quotes and verdicts on gold questions."""
    questions = load_gold(gold)
    if html is not None and (html.is_dir() or not html.parent.is_dir()):
        raise UsageError(f"The page {html} cannot be written: name a file in a folder that exists.")
    settings: Settings = options_of(context).settings()
    if mode is Mode.LLM and not settings.llm.is_on:
        raise UsageError("There is no language model to measure: set [llm] provider in config.toml.")
    if distractors is not None:
        settings = with_distractors(settings, distractors)
    with Library(settings, command="eval") as library:
        update_if_needed(library)
        check_gold(questions, library.article)
        progress = Console(stderr=True)
        with Progress(console=progress, transient=True, disable=not progress.is_interactive) as bar:
            task = bar.add_task("Asking", total=len(questions))
            ask = partial(library.ask, write=mode is Mode.LLM)
            outcomes = evaluate(questions, ask, library.article, lambda done: bar.update(task, completed=done))
        metrics = _flat(measure(outcomes, library.article))
        written = asdict(measure_written(outcomes, library.article)) if mode is Mode.LLM else {}
        if html is not None:
            _write_page(html, outcomes, library, gold)
    degraded = sum(WORDS_ALONE in one.answer.degraded for one in outcomes)
    if degraded:
        told = f"{degraded} of {len(outcomes)} questions were answered without the vector index."
        Console(stderr=True, highlight=False).print(Text(told, style="yellow"))
    known = intervals(outcomes)
    wrong = [_miss(one) for one in outcomes if _went_wrong(one)]
    if json:
        ends = {name: [one.low, one.high] if one else None for name, one in known.items()}
        shapes.write({**metrics, "intervals": ends, "misses": wrong, **({"llm": written} if written else {})})
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_row("questions", f"{metrics['questions']} ({metrics['answerable']} answerable)")
    for label, name in _ROWS:
        value = metrics[name]
        shown = f"{value:.1f}" if name == "words_quoted" else f"{value:.3f}"
        table.add_row(label, shown, Text(_ends(known.get(name)), style="dim"))
    for label, name in _WRITTEN_ROWS if written else ():
        value = written[name]
        table.add_row(label, f"{value:.3f}" if isinstance(value, float) and value <= 1 else f"{value:,.0f}")
    console = Console(highlight=False)
    console.print(table)
    console.print(Text("from … to: 95 % bootstrap interval over questions", style="dim"))
    for miss in wrong if misses else ():
        console.print(Text(printable("  ".join(f"{name}={value}" for name, value in miss.items())), style="dim"))


@app.command()
def doctor(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
) -> None:
    """Check that everything is whole: catalog, vectors, words, model. Changes nothing."""
    console = Console(highlight=False, soft_wrap=True)
    checks = []
    settings = options_of(context).settings()
    for check in itertools.chain(examine(settings), _discord(settings)):
        checks.append(check)
        if not json:
            console.print(check_text(check))
    whole = all(check.problem is None for check in checks)
    if json:
        shapes.write({"whole": whole, "checks": [asdict(check) for check in checks]})
    if not whole:
        raise typer.Exit(1)


def check_text(check: Check) -> Text:
    """Return a check on a line, and on the next one what is wrong."""
    mark = Text("ok   ", style="green") if check.problem is None else Text("fail ", style="bold red")
    mark.append(printable(f"{check.name}: {check.detail}"), style="")
    return mark.append(printable(f"\n     {check.problem}"), style="yellow") if check.problem else mark


def _discord(settings: BotSettings) -> Iterator[Check]:
    """Yield the checks of what `run` needs, where a token says that it is meant to run."""
    if os.environ.get(settings.discord.token_env):
        yield from examine_discord(settings)
    else:
        yield Check("discord", f"${settings.discord.token_env} is not set, which only `embassy-bot run` needs")


def _flat(metrics: Metrics) -> dict[str, float]:
    values = asdict(metrics)
    recall, mrr = values.pop("recall"), values.pop("mrr")
    return {**{f"recall_{k}": rate for k, rate in recall.items()}, "mrr_10": mrr, **values}


def _ends(interval: Interval | None) -> str:
    return f"from {interval.low:.3f} to {interval.high:.3f}" if interval else ""


def _write_page(file: Path, outcomes: Sequence[Outcome], library: Library, gold: Path) -> None:
    # No other command, and no other evaluation, pays for the template engine.
    from bot.cli.evaluation_page import page

    content = page(outcomes, library.article, gold.name).encode("utf-8", "replace")
    try:
        file.write_bytes(content)
    except OSError as error:
        raise UsageError(f"The page {file} cannot be written ({error.strerror}).") from error


def _went_wrong(one: Outcome) -> bool:
    return not one.right_verdict or (bool(one.gold.support) and (one.rank != 1 or not one.right_quote))


def _miss(one: Outcome) -> dict[str, str | int | bool | None]:
    return {
        "id": one.gold.id,
        "expected": one.gold.verdict.value,
        "verdict": one.answer.verdict.value,
        "rank": one.rank,
        "right_quote": one.right_quote,
        "question": one.gold.question,
    }
