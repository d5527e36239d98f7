"""Files to articles: the text as it stands, its paragraphs, and what is known about it."""

from __future__ import annotations

import re
from pathlib import Path

from retrieval.corpus.boilerplate import mark_boilerplate
from retrieval.corpus.files import SourceFile, Unreadable, decode, read_bytes
from retrieval.corpus.metadata import Metadata, front_matter, parse_date, stated
from retrieval.corpus.sentences import split_sentences
from retrieval.models import Article, Basis, Evidence, Paragraph

READER = "3"
"""Raised whenever the same file would be read differently, so that unchanged files are read again."""

STAND_IN_WORDS = 10

_LEADING_DATE = re.compile(r"\s*date:?[ \t]+(\d{4}-\d{2}-\d{2})(?:\s+|\Z)", re.IGNORECASE)
_BLANK_LINES = re.compile(r"(?:\r\n|\r|\n)(?:[^\S\r\n]*(?:\r\n|\r|\n))+")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_SENTENCE_END = re.compile(r"[.!?…。！？؟][\"'”’»)\]]*\s*\Z")
_MARKDOWN_HEADING = re.compile(r"#{1,6}[ \t][^\r\n]*")
_MARKDOWN_TITLE = re.compile(r"#[ \t]+([^\r\n]*?)[ \t#]*\Z")


def read_article(root: Path, file: SourceFile, supplied: Metadata) -> Article:
    """Read one file. `supplied` is what articles.toml says of it, and comes before what the file says itself.

    Raises Unreadable, with the reason for the list of skipped files.
    """
    return article_of(file.id, Path(file.path).suffix.lower(), read_bytes(root, file), supplied)


def article_of(id: str, ending: str, content: bytes, supplied: Metadata) -> Article:
    """Read an article from what a file of that ending holds. Raises Unreadable."""
    if ending == ".html":
        # Most corpora hold none, and its libraries take a third of a second to import.
        from retrieval.corpus.html import declared_encoding, read_page

        text, found = read_page(decode(content, declared_encoding(content)))
        start = 0
    else:
        text = decode(content)
        found, start = front_matter(text)
        dated, start = _leading_date(text, start)
        found = found.or_else(dated)
    return build_article(id, text, supplied.or_else(found), start, markdown=ending == ".md")


def build_article(id: str, text: str, known: Metadata, start: int = 0, *, markdown: bool = False) -> Article:
    """Put an article together from its text; quotes begin at `start`.

    In Markdown a top heading before the body is the title. Without any title the first words of the first body
    sentence stand in, and the evidence says so. Raises Unreadable where nothing but boilerplate is left.
    """
    spans = paragraph_spans(text, start)
    if markdown:
        spans = [part for span in spans for part in _headings_apart(text, *span)]
    marks = mark_boilerplate([text[begin:end] for begin, end in spans])
    if markdown and spans and (heading := _MARKDOWN_TITLE.match(text[slice(*spans[0])])):
        marks[0] = True
        known = known.or_else(stated("its heading", title=heading[1]))
    body = [span for span, mark in zip(spans, marks, strict=True) if not mark]
    if not body:
        raise Unreadable("it has no article text")
    evidence, title = dict(known.evidence), known.title
    if title is None:
        title = _first_words(text, *body[0])
        evidence["title"] = Evidence(Basis.STAND_IN, "the first words of the article")
    return Article(
        id=id,
        title=title,
        publisher=known.publisher,
        authors=known.authors,
        published=known.published,
        url=known.url,
        text=text,
        paragraphs=tuple(Paragraph(*span, mark) for span, mark in zip(spans, marks, strict=True)),
        evidence=evidence,
    )


def paragraph_spans(text: str, start: int = 0) -> list[tuple[int, int]]:
    """Return where each paragraph begins and ends, without surrounding whitespace.

    Blank lines part paragraphs. In a text without any, each line is a paragraph if most lines end a sentence;
    otherwise the lines are merely wrapped.
    """
    spans = _split(text, start, _BLANK_LINES)
    if len(spans) == 1:
        lines = _split(text, start, _LINE_BREAK)
        if sum(1 for line in lines if _SENTENCE_END.search(text[slice(*line)])) * 2 > len(lines):
            return lines
    return spans


def _headings_apart(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return a Markdown paragraph with the heading lines at its head as paragraphs of their own."""
    parts = []
    while (heading := _MARKDOWN_HEADING.match(text, start, end)) and heading.end() < end:
        parts.append(_trimmed(text, *heading.span()))
        start, end = _trimmed(text, heading.end(), end)
    return [*parts, (start, end)]


def _split(text: str, start: int, separator: re.Pattern[str]) -> list[tuple[int, int]]:
    bounds, begin = [], start
    for match in separator.finditer(text, start):
        bounds.append((begin, match.start()))
        begin = match.end()
    bounds.append((begin, len(text)))
    return [span for span in (_trimmed(text, *bound) for bound in bounds) if span[0] < span[1]]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def _leading_date(text: str, start: int) -> tuple[Metadata, int]:
    match = _LEADING_DATE.match(text, start)
    if match is None:
        return Metadata(), start
    try:
        published = parse_date(match[1])
    except ValueError:
        return Metadata(), start
    return stated("the date at the head of its text", published=published), match.end()


def _first_words(text: str, start: int, end: int) -> str:
    sentence = split_sentences(text, start, end)[0]
    words = text[sentence.start : sentence.end].split()
    shown = " ".join(words[:STAND_IN_WORDS])
    return shown if len(words) <= STAND_IN_WORDS else f"{shown.rstrip(',;:—–-')}…"
