"""Article text and metadata from an HTML page, by trafilatura."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import trafilatura
from trafilatura.settings import Document

from retrieval.corpus.files import Unreadable
from retrieval.corpus.metadata import Metadata, parse_date, stated

_WIDER = {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}
"""Encodings that pages name and do not keep to: browsers read them as the wider one, curly quotes and all."""

_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{1,40})""", re.IGNORECASE)

_PUBLISHED = frozenset(
    """article:published_time og:published_time datepublished date dc.date dc.date.issued dcterms.date dcterms.issued
    pubdate publishdate publish-date publish_date publication_date citation_publication_date parsely-pub-date
    sailthru.date""".split()
)
"""Names under which pages state when they were published."""

_LINKED_DATA_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{4,40})"')


def declared_encoding(content: bytes) -> str | None:
    """Return the encoding that the page's head names."""
    match = _DECLARED.search(content[:4096])
    name = match[1].decode("ascii").lower() if match else None
    return _WIDER.get(name, name) if name else None


def read_page(page: str) -> tuple[str, Metadata]:
    """Return the page's article, paragraphs apart by a blank line, and what its markup says. Raises Unreadable."""
    document = trafilatura.bare_extraction(
        page,
        include_comments=False,
        include_tables=False,
        with_metadata=True,
        date_extraction_params={"extensive_search": False},  # the date it finds is not used: see _published
    )
    if not isinstance(document, Document) or not (document.text or "").strip():
        raise Unreadable("no article text was found in the page")
    text = "\n\n".join(line.strip() for line in (document.text or "").splitlines() if line.strip())
    return text, _metadata(document, _published(page))


def _published(page: str) -> date | None:
    """Return the date that the page states as its own, never one that merely turns up in its text."""
    for stated_date in _stated_dates(page):
        try:
            return parse_date(stated_date)
        except ValueError:
            continue
    return None


def _stated_dates(page: str) -> Iterator[str]:
    tree = trafilatura.load_html(page)
    if tree is None:
        return
    for element in tree.iter("meta", "time"):
        names = {str(element.get(key, "")).lower() for key in ("name", "property", "itemprop")}
        if names & _PUBLISHED or "pubdate" in element.attrib:
            yield element.get("content") or element.get("datetime") or ""
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        yield from _LINKED_DATA_DATE.findall(script.text or "")


def _metadata(document: Document, published: date | None) -> Metadata:
    authors = [name.strip() for name in (document.author or "").split(";")]
    url = document.url if document.url and document.url.startswith(("http://", "https://")) else None
    source = "the page's own metadata"
    return stated(
        source, title=document.title, publisher=document.sitename, authors=authors, published=published, url=url
    )
