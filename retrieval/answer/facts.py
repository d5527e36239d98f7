"""What is known about articles, in sentences, with the lines of the articles that show it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from retrieval.answer.citing import cite, is_titled
from retrieval.answer.corpus_questions import CorpusQuestion, Fact
from retrieval.corpus.dates import written
from retrieval.corpus.sentences import split_sentences
from retrieval.models import Answer, Article, ArticleSummary, Basis, Citation, Kind, Span, Verdict

MODE = "extractive"

MAX_SHOWN = 3
"""Articles told of one by one, and quotes."""
MAX_QUOTE_WORDS = 60
MAX_NAMES = 10

_FIELDS = {
    Fact.AUTHORS: "authors",
    Fact.PUBLISHER: "publisher",
    Fact.PUBLISHED: "published",
    Fact.URL: "url",
}
_OF_ALL = {Fact.AUTHORS: Fact.ALL_AUTHORS, Fact.PUBLISHER: Fact.ALL_PUBLISHERS, Fact.MATTER: Fact.LIST}
_OF_EACH = {Fact.ALL_AUTHORS: Fact.AUTHORS, Fact.ALL_PUBLISHERS: Fact.PUBLISHER, Fact.LIST: Fact.MATTER}


def tell(
    question: str, asked: CorpusQuestion, articles: Sequence[ArticleSummary], article: Callable[[str], Article]
) -> Answer:
    """Answer what is asked about these articles, newest first, with up to `MAX_SHOWN` quotes.

    `article` returns one of them by its id.
    """
    fact = asked.fact
    if len(articles) > (1 if fact is Fact.MATTER else MAX_SHOWN):
        fact = _OF_ALL.get(fact, fact)
    if fact in _OF_EACH:
        note = _OVERVIEWS[fact](articles, asked.is_narrowed)
        fact = _OF_EACH[fact]
        shown = [one for one in articles if _is_known(one, fact)][:MAX_SHOWN] or articles[:MAX_SHOWN]
        note += f" {_begins(len(shown), len(articles))}" if fact is Fact.MATTER else ""
    else:
        shown = articles[:MAX_SHOWN]
        note = (
            f"There are {len(articles):,} such articles; the newest {MAX_SHOWN}: " if len(articles) > MAX_SHOWN else ""
        )
        note += " ".join(_SENTENCES[fact](one, asked.which) for one in shown)
    verdict = Verdict.ANSWERED if any(_is_known(one, fact) for one in shown) else Verdict.CLOSEST
    citations = _citations([article(one.id) for one in shown], fact)
    quotes = " ".join(f"{' '.join(one.quote.split())} [{one.number}]" for one in citations)
    return Answer(question, verdict, MODE, f"{note} {quotes}", citations, note=note, kind=Kind.ARTICLES)


def _is_known(one: ArticleSummary, fact: Fact) -> bool:
    """Say whether a fact is known; a title is not where other words stand in for it."""
    if fact is Fact.TITLE:
        return _titled(one)
    return fact not in _FIELDS or bool(getattr(one, _FIELDS[fact]))


# Of all articles


def overview(articles: Sequence[ArticleSummary], narrowed: bool = False) -> str:
    """Return how many articles there are, or with `narrowed` how many such ones, from when, and by whom published."""
    days = [one.published for one in articles if one.published]
    when = ""
    if days:
        first, last = min(days), max(days)
        when = f", of {written(first)}" if first == last else f", from {written(first)} to {written(last)}"
    publishers = _publishers(articles)
    noun = "such article" if narrowed else "article"
    by = f", published by {_some(publishers)}" if publishers else ""
    return f"There {_are(len(articles))} {counted(len(articles), noun)} here{when}{by}."


def _all_authors(articles: Sequence[ArticleSummary], narrowed: bool) -> str:
    names = sorted({name for one in articles for name in one.authors})
    if not names:
        return f"No author is known for {_these(len(articles), narrowed)}."
    unknown = sum(not one.authors for one in articles)
    rest = f" {counted(unknown, 'article')} {'names' if unknown == 1 else 'name'} none." if unknown else ""
    return f"There {_are(len(names))} {counted(len(names), 'known author')}: {_some(names)}.{rest}"


def _all_publishers(articles: Sequence[ArticleSummary], narrowed: bool) -> str:
    names = _publishers(articles)
    if not names:
        return f"No publisher is known for {_these(len(articles), narrowed)}."
    return f"There {_are(len(names))} {counted(len(names), 'known publisher')}: {_some(names)}."


def _publishers(articles: Sequence[ArticleSummary]) -> list[str]:
    return sorted({one.publisher for one in articles if one.publisher})


_OVERVIEWS: dict[Fact, Callable[[Sequence[ArticleSummary], bool], str]] = {
    Fact.LIST: overview,
    Fact.ALL_AUTHORS: _all_authors,
    Fact.ALL_PUBLISHERS: _all_publishers,
}


def _begins(shown: int, all: int) -> str:
    if all > shown:
        return f"The newest {shown} begin:"
    return "It begins:" if all == 1 else "They begin:"


# Of one article


def _authors(one: ArticleSummary, which: str) -> str:
    if not one.authors:
        return f"No author is known for {_label(one, which)}."
    return _sentence(f"{_label(one, which)} was written by {joined(one.authors)}{_how(one, 'authors')}.")


def _publisher(one: ArticleSummary, which: str) -> str:
    if not one.publisher:
        return f"It is not known who published {_label(one, which)}."
    return _sentence(f"{_label(one, which, publisher=False)} is from {one.publisher}{_how(one, 'publisher')}.")


def _published(one: ArticleSummary, which: str) -> str:
    if not one.published:
        return f"It is not known when {_label(one, which)} was published."
    return _sentence(
        f"{_label(one, which, day=False)} was published on {written(one.published)}{_how(one, 'published')}."
    )


def _url(one: ArticleSummary, which: str) -> str:
    if not one.url:
        return f"No web address is known for {_label(one, which)}."
    return _sentence(f"{_label(one, which)} stands at {one.url}{_how(one, 'url')}.")


def _title(one: ArticleSummary, which: str) -> str:
    if not _titled(one):
        return f"No title is known for {_label(one, which)}."
    return f"The title is “{one.title}”{_how(one, 'title')}."


def _matter(one: ArticleSummary, which: str) -> str:
    name = f"{_nth(which)}, “{one.title}”" if _titled(one) else _nth(which)
    return _sentence(f"{name}{_place(one)} begins:")


def _length(one: ArticleSummary, which: str) -> str:
    return _sentence(f"{_label(one, which)} has {one.words:,} words.")


_SENTENCES: dict[Fact, Callable[[ArticleSummary, str], str]] = {
    Fact.AUTHORS: _authors,
    Fact.PUBLISHER: _publisher,
    Fact.PUBLISHED: _published,
    Fact.URL: _url,
    Fact.TITLE: _title,
    Fact.MATTER: _matter,
    Fact.LENGTH: _length,
}


def _label(one: ArticleSummary, which: str, *, publisher: bool = True, day: bool = True) -> str:
    """Return how an article is named in a sentence, with publisher and date where these are known."""
    untitled = _nth(which) if which else f"the article that begins “{one.title}”"
    name = f"“{one.title}”" if _titled(one) else untitled
    return name + _place(one, publisher=publisher, day=day)


def _nth(which: str) -> str:
    """Return what was asked for: the newest article, or the one with a number."""
    if which.isdigit():
        return f"article {which}, counted from the oldest"
    return f"the {which} article" if which else "the article"


def _place(one: ArticleSummary, *, publisher: bool = True, day: bool = True) -> str:
    known = (one.publisher if publisher else None, written(one.published) if day and one.published else None)
    place = ", ".join(filter(None, known))
    return f" ({place})" if place else ""


def _how(one: ArticleSummary, name: str) -> str:
    """Return how a fact is known, in brackets."""
    evidence = one.evidence.get(name)
    if evidence is None:
        return ""
    return f" (inferred from {evidence.source})" if evidence.basis is Basis.INFERRED else f" (from {evidence.source})"


def _titled(one: ArticleSummary | Article) -> bool:
    evidence = one.evidence.get("title")
    return evidence is None or evidence.basis is not Basis.STAND_IN


def joined(names: Sequence[str], word: str = "and") -> str:
    """Return names as a list in a sentence."""
    return f"{', '.join(names[:-1])} {word} {names[-1]}" if len(names) > 1 else "".join(names)


def _some(names: Sequence[str]) -> str:
    rest = len(names) - MAX_NAMES
    return joined([*names[:MAX_NAMES], f"{rest:,} more"] if rest > 0 else names)


def counted(count: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _these(count: int, narrowed: bool) -> str:
    return "that article" if count == 1 else "those articles" if narrowed else "the articles"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


# What is quoted


def _citations(articles: Sequence[Article], fact: Fact) -> tuple[Citation, ...]:
    """Return at least one quote for each article, and at most `MAX_SHOWN` in all."""
    spans = [_evidence(article, fact) for article in articles]
    spare = MAX_SHOWN - len(articles)
    citations: list[Citation] = []
    for article, found in zip(articles, spans, strict=True):
        taken = found[: 1 + spare]
        spare -= len(taken) - 1
        citations += [cite(len(citations) + number, article, span) for number, span in enumerate(taken, 1)]
    return tuple(citations)


def _evidence(article: Article, fact: Fact) -> list[Span]:
    """Return the lines that name the fact; where there are none, the first sentence.

    A line beside the article, such as an author's biography, is quoted for what it says of the article.
    """
    names: Sequence[str] = ()
    if fact is Fact.AUTHORS:
        names = article.authors
    elif fact is Fact.PUBLISHER and article.publisher:
        names = (article.publisher,)
    elif fact is Fact.TITLE and is_titled(article):
        names = (article.title,)
    lines = [line for name in names if (line := _line_with(article, name))]
    return list(dict.fromkeys(lines)) or [_first_sentence(article)]


def _line_with(article: Article, name: str) -> Span | None:
    pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    for paragraph in sorted(article.paragraphs, key=lambda one: one.boilerplate):
        for span in split_sentences(article.text, paragraph.start, paragraph.end):
            quoted = _cut(article.text, span)
            if pattern.search(article.text, quoted.start, quoted.end):
                return quoted
    return None


def _first_sentence(article: Article) -> Span:
    paragraph = next(one for one in article.paragraphs if not one.boilerplate)
    return _cut(article.text, split_sentences(article.text, paragraph.start, paragraph.end)[0])


def _cut(text: str, span: Span) -> Span:
    """Return the sentence, or as many of its words as may be quoted; without spaces, twelve characters a word."""
    words = list(re.finditer(r"\S+", text[span.start : span.end]))
    end = words[min(len(words), MAX_QUOTE_WORDS) - 1].end() if words else len(span)
    return Span(span.start, span.start + min(end, MAX_QUOTE_WORDS * 12))
