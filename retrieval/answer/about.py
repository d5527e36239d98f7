"""What is said without searching: on the articles themselves, to a greeting, and to an order."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from retrieval.answer.corpus_questions import CorpusQuestion, Fact, corpus_question
from retrieval.answer.examples import READ, example_questions
from retrieval.answer.facts import MODE, counted, joined, overview, tell
from retrieval.answer.smalltalk import Smalltalk, smalltalk, without_courtesies
from retrieval.models import Answer, Article, ArticleSummary, Kind, Verdict

TOPIC_SHARE = 0.6
"""How much of a topic's words an article that is about it has. Names must all be there."""

_HELP = {
    Smalltalk.GREETING: "Hello!",
    Smalltalk.THANKS: "You are welcome.",
    Smalltalk.ABOUT_ITSELF: "I find what news articles say.",
    Smalltalk.ORDER: "I can only say what the articles say.",
}
_OVERVIEWS = frozenset({Fact.LIST, Fact.ALL_AUTHORS, Fact.ALL_PUBLISHERS})
_WORD = re.compile(r"\w+(?:[.'’]\w+)*")


class Corpus:
    """The articles that questions are about. Nothing is read before it is needed, and the list and the examples once.

    `summaries` gives them newest first, `article` one by its id, and `find` the ids of those that a search for a
    topic brings, best first.
    """

    def __init__(
        self,
        summaries: Callable[[], Sequence[ArticleSummary]],
        article: Callable[[str], Article],
        find: Callable[[str], Sequence[str]],
    ) -> None:
        self._summaries = summaries
        self.article = article
        self.find = find

    @cached_property
    def summaries(self) -> Sequence[ArticleSummary]:
        """All articles, newest first, undated ones last."""
        return self._summaries()

    @cached_property
    def examples(self) -> tuple[str, ...]:
        """Questions that can be asked, made from the newest articles."""
        return example_questions([self.article(one.id) for one in self.summaries[:READ]])


def about(question: str, corpus: Corpus, quotes: Sequence[str] = ()) -> Answer | None:
    """Answer what asks nothing of the articles' matter; return None for an ordinary question.

    `quotes` are those of the answer before, which "this" and "it" then mean.
    """
    said = smalltalk(question)
    if said is not None:
        return _help(question, said, corpus)
    asked = corpus_question(without_courtesies(question))
    if asked is None:
        return None
    meant = _meant(asked, corpus, quotes)
    if meant is None:
        return None
    if not meant.articles:
        return Answer(question, Verdict.NOT_FOUND, MODE, meant.missing, note=meant.missing, kind=Kind.ARTICLES)
    return tell(question, asked, meant.articles, corpus.article)


def _help(question: str, said: Smalltalk, corpus: Corpus) -> Answer:
    count = len(corpus.summaries)
    note = f"{_HELP[said]} Ask about the {counted(count, 'article')} here, and I answer with their exact words."
    if corpus.examples:
        note += f" You could ask: {joined([f'“{example}”' for example in corpus.examples], 'or')}"
    return Answer(question, Verdict.NOT_FOUND, MODE, note, note=note, kind=Kind.HELP)


# Which articles are meant


@dataclass(frozen=True, slots=True)
class _Meant:
    """The articles that are meant, newest first; without any, what to say."""

    articles: Sequence[ArticleSummary]
    missing: str = ""


def _meant(asked: CorpusQuestion, corpus: Corpus, quotes: Sequence[str]) -> _Meant | None:
    """Return the articles that a question means, or None where it seems to ask something else."""
    articles = corpus.summaries
    if not articles:
        return _Meant((), "There are no articles to tell of.")
    wanted = asked.source or asked.topic or asked.hint
    if wanted:
        articles = _fitting(asked, wanted, corpus)
        if not articles:
            # "Anything from Baghdad" asks for what the articles say of Baghdad.
            ordinary = not asked.sure or (asked.source and _is_mentioned(asked.source, corpus))
            return None if ordinary else _Meant((), _none_fits(asked, wanted, corpus.summaries))
    elif quotes and not (asked.which or asked.several or asked.fact in _OVERVIEWS):
        articles = [one for one in articles if one.id in _quoted(quotes, corpus)] or articles
    if asked.which == "newest":
        articles = _of_day(articles, max)
    elif asked.which == "oldest":
        articles = _of_day(articles, min)
    elif asked.which:
        number = int(asked.which)
        oldest_first = sorted(articles, key=lambda one: (one.published is None, one.published or date.min, one.id))
        articles = oldest_first[number - 1 : number] if number else []
    if not articles and asked.which.isdigit():
        return _Meant((), f"There is no article {asked.which} here. {overview(corpus.summaries)}")
    return _Meant(articles, "" if articles else "No article here is dated.")


def _fitting(asked: CorpusQuestion, wanted: str, corpus: Corpus) -> Sequence[ArticleSummary]:
    if asked.topic:
        return _on_topic(asked.topic, corpus)
    found = [one for one in corpus.summaries if _is_source(wanted, one)] or _dated(wanted, corpus.summaries)
    return found or (_on_topic(asked.hint, corpus) if asked.hint else ())


def _is_source(name: str, one: ArticleSummary) -> bool:
    """Say whether a name is the article's publisher or an author, or words of it: "Times", "Ms. Lind"."""
    wanted = _plain(name)
    for known in map(_plain, filter(None, (one.publisher, *one.authors))):
        if wanted and (f" {wanted} " in f" {known} " or difflib.SequenceMatcher(None, wanted, known).ratio() > 0.88):
            return True
    return False


def _plain(name: str) -> str:
    words = re.findall(r"\w+", name.casefold())
    return " ".join(word for word in words if word not in ("the", "mr", "mrs", "ms", "dr"))


def _dated(wanted: str, articles: Sequence[ArticleSummary]) -> Sequence[ArticleSummary]:
    """Return the articles of a day, a month or a year."""
    if not re.search(r"\d", wanted):
        return ()
    # A third of the time that a greeting takes.
    from dateutil import parser

    try:
        # What the text leaves out is taken from the default: only what it states comes out the same.
        first, second = (parser.parse(wanted, default=one) for one in (datetime(2004, 1, 1), datetime(2008, 2, 15)))
    except (ValueError, OverflowError):
        return ()
    stated = [name for name in ("year", "month", "day") if getattr(first, name) == getattr(second, name)]
    return [
        one
        for one in articles
        if one.published and stated and all(getattr(one.published, name) == getattr(first, name) for name in stated)
    ]


def _on_topic(topic: str, corpus: Corpus) -> Sequence[ArticleSummary]:
    """Return the articles that speak of a topic: those that have most of its words, and all its names."""
    words = {word.casefold(): word for word in _WORD.findall(topic) if len(word) > 3 or word[0].isupper()}
    shares: dict[str, float] = {}
    for id in dict.fromkeys(corpus.find(topic)) if words else ():
        article = corpus.article(id)
        there = {word.casefold() for word in _WORD.findall(f"{article.title} {article.text}")}
        missing = {word for word in words if word not in there and not _is_near(word, there)}
        if not any(words[word][0].isupper() for word in missing):
            shares[id] = 1 - len(missing) / len(words)
    best = max(shares.values(), default=0.0)
    return [one for one in corpus.summaries if best >= TOPIC_SHARE and shares.get(one.id) == best]


def _is_near(word: str, words: Iterable[str]) -> bool:
    """Say whether a word stands there in another form or spelling."""
    return bool(difflib.get_close_matches(word, [one for one in words if one[:1] == word[:1]], n=1, cutoff=0.75))


def _quoted(quotes: Sequence[str], corpus: Corpus) -> set[str]:
    """Return the ids of the articles that quotes are from."""
    return {id for quote in quotes for id in corpus.find(quote) if quote in corpus.article(id).text}


def _is_mentioned(name: str, corpus: Corpus) -> bool:
    pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    return any(pattern.search(corpus.article(id).text) for id in dict.fromkeys(corpus.find(name)))


def _of_day(articles: Sequence[ArticleSummary], pick: Callable[[list[date]], date]) -> list[ArticleSummary]:
    days = [one.published for one in articles if one.published]
    return [one for one in articles if days and one.published == pick(days)]


def _none_fits(asked: CorpusQuestion, wanted: str, articles: Sequence[ArticleSummary]) -> str:
    if asked.topic:
        return f"No article here is about “{wanted}”. {overview(articles)}"
    return f"No article here is from “{wanted}”. {overview(articles)}"
