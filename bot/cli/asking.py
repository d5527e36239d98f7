"""`ask`, `chat` and `search`."""

from __future__ import annotations

import contextlib
import difflib
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from bot.cli import shapes, show
from bot.cli.app import app, options_of
from bot.cli.progress import update_if_needed
from retrieval.errors import QuestionError, UsageError
from retrieval.library import Library, checked_question
from retrieval.models import Answer, Filters, Kind, Turn, Verdict

STANDARD_INPUT = "-"

_CHAT_HELP = """\
Ask about the articles in your own words, and go on from there: "and when?"
  :source N   the article behind citation N, its words highlighted
  :sources    all articles
  :history    what was asked so far
  :help       this
  :quit       leave (or Ctrl-D)"""

_LEAVING = ("quit", "q", "exit")
_COMMANDS = ("source", "sources", "history", "help", *_LEAVING)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Publisher = Annotated[str | None, typer.Option(metavar="NAME", help="Only articles of this publisher.")]
InArticle = Annotated[str | None, typer.Option("--article", metavar="ARTICLE", help="Only this article, by its id.")]
After = Annotated[str | None, typer.Option(metavar="WHEN", help="Only articles of this day, month or year, or later.")]
Before = Annotated[
    str | None, typer.Option(metavar="WHEN", help="Only articles of this day, month or year, or earlier.")
]


@app.command()
def ask(
    context: typer.Context,
    question: Annotated[
        str, typer.Argument(metavar="QUESTION", help="What you want to know; - reads questions from standard input.")
    ],
    json: Json = False,
    publisher: Publisher = None,
    article: InArticle = None,
    after: After = None,
    before: Before = None,
) -> None:
    """Answer a question with exact quotes from the articles.

    With - as the question, each line of standard input is one, and each answer is one line of JSON.
    """
    # Before anything is indexed for it.
    if question != STANDARD_INPUT:
        checked_question(question)
    Library.check_days(after, before)
    with options_of(context).library("ask") as library:
        update_if_needed(library)
        filters = _filters(library, publisher, article, after, before)
        if question == STANDARD_INPUT:
            for line in _lines():
                shapes.write(shapes.answer(_answer_line(library, line, filters)))
            return
        if json:
            shapes.write(shapes.answer(library.ask(question, filters=filters, write=True)))
            return
        console, program = Console(highlight=False), options_of(context).program
        _print(console, _asked(console, library, question, program, filters), program)


@app.command()
def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Words to look for.")],
    json: Json = False,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=100, help="How many passages.")] = 5,
    publisher: Publisher = None,
    article: InArticle = None,
    after: After = None,
    before: Before = None,
) -> None:
    """Show the passages that fit best, with no answer engine in between."""
    checked_question(query)
    Library.check_days(after, before)
    with options_of(context).library("search") as library:
        update_if_needed(library)
        filters = _filters(library, publisher, article, after, before)
        hits = library.search(query, top_k=limit, filters=filters)
        summaries = {one.id: one for one in library.articles()}
        degraded = library.degraded
    if json:
        shapes.write({"query": query, "passages": shapes.passages(hits)})
    else:
        Console(highlight=False).print(show.hits(hits, summaries))
    if degraded:
        Console(stderr=True, highlight=False).print(Text(degraded, style="yellow"))


@app.command()
def chat(context: typer.Context) -> None:
    """Ask one question after another."""
    console = Console(highlight=False)
    history: list[Answer] = []
    program = options_of(context).program
    with options_of(context).library("chat") as library:
        update_if_needed(library)
        console.print(Text(_CHAT_HELP, style="dim"))
        for line in _prompted():
            try:
                if line.casefold() in _LEAVING:
                    break
                if line.startswith(":"):
                    if not _command(console, library, history, line):
                        break
                else:
                    turns = [one.turn for one in history if one.kind is not Kind.HELP]
                    history.append(_asked(console, library, line, program, history=turns))
                    _print(console, history[-1], program)
            except UsageError as error:
                console.print(Text(show.printable(str(error)), style="yellow"))


def _print(console: Console, answer: Answer, program: str) -> None:
    if answer.understood:
        console.print(show.understood(answer))
    console.print(show.answer(answer, program))


def _asked(
    console: Console,
    library: Library,
    question: str,
    program: str,
    filters: Filters | None = None,
    history: Sequence[Turn] = (),
) -> Answer:
    """Answer a question; while a language model writes, a terminal shows the quotes, and then what it has written."""
    answer = library.ask(question, filters=filters, history=history)
    with Live(console=console, transient=True, auto_refresh=False) as live:

        def told(grown: Answer) -> None:
            live.update(
                Group(show.answer(grown, program), Text("  The language model is writing …", style="dim")), refresh=True
            )

        if library.settings.llm.is_on and console.is_terminal:
            told(answer)
        return library.write(answer, filters=filters, history=history, told=told)


def _command(console: Console, library: Library, history: list[Answer], line: str) -> bool:
    """Carry out a line that begins with a colon; return False to leave."""
    name, _, argument = line[1:].partition(" ")
    if name in _LEAVING:
        return False
    if name == "history":
        for number, answer in enumerate(history, start=1):
            console.print(Text(f"{number:>2}  {show.printable(answer.question)}"))
    elif name == "sources":
        console.print(show.sources(library.articles()))
    elif name == "source":
        citations = {str(one.number): one for one in history[-1].citations} if history else {}
        citation = citations.get(argument.strip())
        if citation is None:
            if not citations:
                said = "The last answer quotes nothing" if history else "Nothing was asked yet"
                raise UsageError(f"{said}; :source shows where a quote of it stands.")
            there = ", ".join(f":source {number}" for number in citations)
            raise UsageError(f"There is no such citation in the last answer. There is {there}.")
        article = library.article(citation.article)
        console.print(show.article(article, citation.paragraph, (citation.start, citation.end)))
    elif name == "help":
        console.print(Text(_CHAT_HELP, style="dim"))
    else:
        close = difflib.get_close_matches(name, _COMMANDS, n=1, cutoff=0.0)
        raise UsageError(f"There is no command :{name[:40]}. The nearest is :{close[0]}; :help lists all.")
    return True


def _prompted() -> Iterator[str]:
    """Yield what the person types, without blank lines, until the input ends."""
    with contextlib.suppress(ImportError):
        # Gives `input` line editing and history where the platform has it.
        import readline  # noqa: F401
    while True:
        try:
            line = input("\n› ").strip()
        except EOFError:
            return
        if line:
            yield line


def _lines() -> Iterator[bytes]:
    for line in sys.stdin.buffer:
        yield line.rstrip(b"\r\n")


def _answer_line(library: Library, line: bytes, filters: Filters | None) -> Answer:
    """Answer one line of standard input; a line that is no question gets an answer that says why."""
    try:
        question = line.decode("utf-8")
    except UnicodeDecodeError:
        shown = line.decode("utf-8", "replace")
        return _unanswered(shown, "This line is not UTF-8 text; send it as UTF-8.")
    try:
        return library.ask(question, filters=filters, write=True)
    except QuestionError as error:
        return _unanswered(question, str(error))


def _filters(
    library: Library, publisher: str | None, article: str | None, after: str | None, before: str | None
) -> Filters | None:
    """Return the filters, checked against what there is. Raises UsageError, and QuestionError for days."""
    first, last = library.stretch(after, before)
    if publisher is not None:
        known = sorted({one.publisher for one in library.articles() if one.publisher})
        if publisher.casefold() not in {name.casefold() for name in known}:
            raise UsageError(f"There is no publisher {publisher!r}. There are {', '.join(known) or 'none known'}.")
    filters = Filters(
        publisher=publisher,
        article=library.find_article(article).id if article is not None else None,
        after=first,
        before=last,
    )
    summaries = library.articles()
    if filters and summaries and not any(filters.allow(one) for one in summaries):
        days = sorted(one.published for one in summaries if one.published)
        there = f"; the oldest is of {days[0]}, the newest of {days[-1]}" if days else ""
        raise UsageError(f"No article passes these filters{there}.")
    return filters


def _unanswered(question: str, reason: str) -> Answer:
    return Answer(question, Verdict.NOT_FOUND, "extractive", reason, note=reason)
