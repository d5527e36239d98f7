"""A span of an article as a citation."""

from __future__ import annotations

import bisect

from retrieval.corpus.dates import in_brackets, resolve_dates
from retrieval.models import Article, Basis, Citation, Span


def cite(number: int, article: Article, span: Span, days: tuple[str, ...] = ()) -> Citation:
    """Return the citation of a span. `days` says what days its expressions stand for."""
    return Citation(
        number=number,
        article=article.id,
        title=article.title,
        titled=is_titled(article),
        publisher=article.publisher,
        published=article.published,
        url=article.url,
        paragraph=paragraph_at(article, span.start),
        quote=article.text[span.start : span.end],
        start=span.start,
        end=span.end,
        days=days,
    )


def days_of(article: Article, span: Span) -> tuple[str, ...]:
    """Return what the days that a quote names without their dates are, going by the article's own date."""
    named = [
        (article.text[one.start : one.end], in_brackets(one))
        for one in resolve_dates(article.text, article.published, span.start, span.end)
        if not one.explicit
    ]
    return tuple(f"“{expression}”: {day}" for expression, day in named if expression != day)


def is_titled(article: Article) -> bool:
    """Say whether an article's title is known, and is not its first words."""
    evidence = article.evidence.get("title")
    return evidence is None or evidence.basis is not Basis.STAND_IN


def paragraph_at(article: Article, offset: int) -> int:
    """Return the number of the paragraph that an offset stands in."""
    return bisect.bisect_right(article.paragraphs, offset, key=lambda paragraph: paragraph.start)
