"""The live version's articles, read from the catalog alone: what needs no lock, no vectors and no model."""

from __future__ import annotations

import difflib
import re
import time
from calendar import month_name
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from retrieval.errors import QuestionError, UnknownArticle
from retrieval.index.data_folder import DataFolder
from retrieval.index.failures import translated
from retrieval.models import MAX_DAY, Answer, Article, ArticleSummary, Filters, Timings, Turn

if TYPE_CHECKING:
    from retrieval.answer.about import Corpus
    from retrieval.corpus.asked_dates import AskedDate

_YEAR_AND_MONTH = re.compile(r"^(\d{4})-(0?[1-9]|1[0-2])$")
_NO_MONTH = re.compile(r"^\d{4}-(00?|1[3-9]|[2-9]\d)$")
_BESIDE = re.compile(r"(?:\b(?:in|on|the|of)\b|\s|[.,?])*", re.IGNORECASE)
"""What may stand beside a day where nothing but a day is asked for."""

Find = Callable[[str, Filters | None], Sequence[str]]
"""Gives the ids of the articles that a search for a topic brings, best first."""


class Shelf:
    """The articles in a data folder. `find` searches, for the few questions about them that need it."""

    def __init__(self, folder: DataFolder, find: Find) -> None:
        self._folder = folder
        self._find = find
        self._overview: tuple[tuple[int, Filters | None], Corpus] | None = None

    def close(self) -> None:
        """Forget what was read."""
        self._overview = None

    def articles(self) -> list[ArticleSummary]:
        """Return all articles, newest first."""
        catalog, version = self._folder.live()
        with translated(self._folder.path):
            return catalog.summaries(version.id)

    def article(self, id: str) -> Article:
        """Return an article by its exact id. Raises UnknownArticle."""
        catalog, version = self._folder.live()
        with translated(self._folder.path):
            return catalog.article(version.id, id)

    # What a person means

    def find_article(self, name: str) -> Article:
        """Return the article that is meant: by id, the beginning of an id, or words of the title.

        Raises UnknownArticle, naming the nearest ids, where none or several are meant.
        """
        summaries = self.articles()
        wanted = name.strip().casefold()
        for matches in (
            [s.id for s in summaries if s.id == name],
            [s.id for s in summaries if wanted and s.id.casefold().startswith(wanted)],
            [s.id for s in summaries if wanted and (wanted in s.id.casefold() or wanted in s.title.casefold())],
        ):
            if len(matches) == 1:
                return self.article(matches[0])
            if matches:
                raise UnknownArticle(f"{name!r} may be any of {', '.join(matches[:5])}. Give more of its id.")
        ids = [s.id for s in summaries]
        close = difflib.get_close_matches(name, ids, n=3, cutoff=0.4) or ids[:3]
        raise UnknownArticle(f"There is no article {name!r}. Try {', '.join(close)}, or see `embassy-bot sources`.")

    def stretch(self, first: str | None, last: str | None) -> tuple[date | None, date | None]:
        """Return the first day of what is meant by `first`, and the last day of `last`.

        Raises QuestionError for what is no day, and for days the wrong way round.
        """
        begin = self._days(first)[0] if first is not None else None
        end = self._days(last)[1] if last is not None else None
        in_order(begin, end)
        return begin, end

    def _days(self, typed: str) -> tuple[date, date]:
        from retrieval.corpus.asked_dates import counting_day

        newest = max((one.published for one in self.articles() if one.published), default=None)
        today = counting_day(newest, date.today())
        return days_meant(typed, today).at_last(today or date.today())

    # Questions about the articles

    def examples(self) -> tuple[str, ...]:
        """Return a few questions that can be asked, made from the newest articles."""
        with translated(self._folder.path):
            return self._corpus(None).examples

    def about(self, question: str, filters: Filters | None, history: Sequence[Turn]) -> Answer | None:
        """Answer what is asked about the articles themselves, or nothing at all, without opening the engine for it.

        Return None for an ordinary question.
        """
        from retrieval.answer.about import about

        began = time.perf_counter()
        with translated(self._folder.path):
            answer = about(question, self._corpus(filters), history[-1].quotes if history else ())
            catalog, version = self._folder.live()
            for id in {citation.article for citation in answer.citations} if answer else ():
                # Reading the passages holds the article's text against what was indexed.
                catalog.passages(version.id, list(catalog.passage_keys(version.id, Filters(article=id))))
        taken = (time.perf_counter() - began) * 1000
        return replace(answer, timings=Timings(answer=taken, total=taken)) if answer else None

    def _corpus(self, filters: Filters | None) -> Corpus:
        from retrieval.answer.about import Corpus

        catalog, version = self._folder.live()
        known = self._overview
        if known is None or known[0] != (version.id, filters):
            corpus = Corpus(
                summaries=lambda: [one for one in catalog.summaries(version.id) if (filters or Filters()).allow(one)],
                article=lambda id: catalog.article(version.id, id),
                find=lambda topic: self._find(topic, filters),
            )
            known = self._overview = (version.id, filters), corpus
        return known[1]


def days_meant(typed: str, today: date | None, *, in_any_year: bool = False) -> AskedDate:
    """Return the days that a person means by a text, counted from `today`. Raises QuestionError where it is no day.

    And where it may be two: "1/2/2021", or "1/2", unless `in_any_year` leaves open what the latter's year is.
    """
    from retrieval.corpus.asked_dates import named_days, two_readings
    from retrieval.corpus.dates import written

    line = " ".join(typed.split())[:MAX_DAY]
    for text in (line, f"in {_YEAR_AND_MONTH.sub(_month_in_words, line)}"):
        found = named_days(text, today)
        # Not of "May-2021" only the May.
        if len(found) == 1 and _BESIDE.fullmatch(text[: found[0].start] + text[found[0].end :]):
            year = None if in_any_year else found[0].at_last(today or date.today())[0].year
            if days := two_readings(text[found[0].start : found[0].end], year):
                (one, two), (first, second) = days, map(written, days)
                raise QuestionError(f"“{line}” may be {first} or {second}. Write it as {one} or {two}.")
            return found[0]
    none = _NO_MONTH.match(line)
    why = f"There is no month {none[1]}, so that " if none else ""
    raise QuestionError(
        f"{why}“{line}” names no day. Write it as 2019-12-31 or 31 December 2019, or a month: May 2019."
    )


def _month_in_words(match: re.Match[str]) -> str:
    return f"{month_name[int(match[2])]} {match[1]}"


def in_order(first: date | None, last: date | None) -> None:
    """Raise QuestionError for days the wrong way round."""
    if first and last and first > last:
        raise QuestionError(f"{first} is later than {last}, so that no day lies between them. Swap the two.")
