"""Article text and metadata from an HTML page, by trafilatura."""

from __future__ import annotations

import re

import trafilatura
from trafilatura.settings import Document

from retrieval.corpus.files import Unreadable
from retrieval.corpus.metadata import Metadata, parse_date, stated

_WIDER = {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}
"""Encodings that pages name and do not keep to: browsers read them as the wider one, curly quotes and all."""

_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{1,40})""", re.IGNORECASE)


def declared_encoding(content: bytes) -> str | None:
    """Return the encoding that the page's head names."""
    match = _DECLARED.search(content[:4096])
    name = match[1].decode("ascii").lower() if match else None
    return _WIDER.get(name, name) if name else None


def read_page(page: str) -> tuple[str, Metadata]:
    """Return the page's article, paragraphs apart by a blank line, and what its head says. Raises Unreadable."""
    document = trafilatura.bare_extraction(
        page,
        include_comments=False,
        include_tables=False,
        with_metadata=True,
        # Only dates that the page states as its own; never the oldest or newest that turns up in its text.
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if not isinstance(document, Document) or not (document.text or "").strip():
        raise Unreadable("no article text was found in the page")
    text = "\n\n".join(line.strip() for line in (document.text or "").splitlines() if line.strip())
    return text, _metadata(document)


def _metadata(document: Document) -> Metadata:
    authors = [name.strip() for name in (document.author or "").split(";")]
    url = document.url if document.url and document.url.startswith(("http://", "https://")) else None
    published = parse_date(document.date) if document.date else None
    source = "the page's own metadata"
    return stated(
        source, title=document.title, publisher=document.sitename, authors=authors, published=published, url=url
    )
