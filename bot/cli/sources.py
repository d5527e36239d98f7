"""`sources` and `source`: the articles themselves. They need the catalog only, and run beside a running bot."""

from __future__ import annotations

import re
from typing import Annotated

import typer
from rich.console import Console

from bot.cli import shapes, show
from bot.cli.app import app, options_of
from bot.cli.progress import update_if_needed
from retrieval.errors import UsageError
from retrieval.library import Library
from retrieval.models import Article

_SIGNS = {sign: f"[{re.escape(signs)}]" for signs in ("'’‘ʼ`´′", '"“”„‟«»″', "-‐‑‒–—―−") for sign in signs}
"""Signs that are typed for each other, each with a pattern for all of them."""

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def sources(context: typer.Context, json: Json = False) -> None:
    """List all articles, newest first."""
    with options_of(context).library("sources") as library:
        _index_once(library)
        summaries = library.articles()
    if json:
        shapes.write({"articles": [shapes.summary(one) for one in summaries]})
    else:
        Console(highlight=False).print(show.sources(summaries))


@app.command()
def source(
    context: typer.Context,
    article: Annotated[
        str, typer.Argument(metavar="ARTICLE", help="The article's id, its beginning, or words of the title.")
    ],
    paragraph: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Show this paragraph and its neighbours.")
    ] = None,
    quote: Annotated[str | None, typer.Option(metavar="WORDS", help="Highlight these exact words.")] = None,
    json: Json = False,
) -> None:
    """Show an article, with what is known about it and how."""
    with options_of(context).library("source") as library:
        _index_once(library)
        found = library.find_article(article)
    if paragraph is not None and paragraph > len(found.paragraphs):
        raise UsageError(f"The article {found.id} has {len(found.paragraphs)} paragraphs; there is no {paragraph}.")
    highlight = _place(found, quote, paragraph)
    if json:
        shapes.write(shapes.article(found, highlight))
    else:
        Console(highlight=False).print(show.article(found, paragraph, highlight))


def _index_once(library: Library) -> None:
    if library.version is None:
        update_if_needed(library)


def _place(article: Article, quote: str | None, paragraph: int | None) -> tuple[int, int] | None:
    """Return where the quoted words stand, within the paragraph if one is named. Raises UsageError."""
    if quote is None:
        if paragraph is None:
            return None
        one = article.paragraphs[paragraph - 1]
        return one.start, one.end
    bounds = article.paragraphs[paragraph - 1] if paragraph is not None else None
    begin, end = (bounds.start, bounds.end) if bounds else (0, len(article.text))
    start = article.text.find(quote, begin, end)
    if quote and start >= 0:
        return start, start + len(quote)
    found = _as_typed(quote).search(article.text, begin, end) if quote.strip() else None
    if found is None:
        where = f"paragraph {paragraph} of {article.id}" if paragraph else article.id
        raise UsageError(f"These words do not stand in {where}, letter for letter: {quote!r}.")
    return found.span()


def _as_typed(quote: str) -> re.Pattern[str]:
    """Return a pattern for the words in any typography, since keyboards lack an article's quotes, dashes and spaces."""
    signs = {**_SIGNS, " ": r"\s+", "…": r"(?:…|\.\.\.)"}
    plain = " ".join(quote.split()).replace("...", "…")
    return re.compile("".join(signs.get(char) or re.escape(char) for char in plain))
