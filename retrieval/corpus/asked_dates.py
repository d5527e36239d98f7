"""The days that a question asks about: named, counted from today, or counted from an event."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from math import log

from retrieval.corpus.calendar_days import MONTHS, WEEKDAYS, Days, month_of, months_between, number_of
from retrieval.corpus.date_expressions import DAY_NAME, NO_DAY, NUMBER, Known, find_dates
from retrieval.corpus.dates import ResolvedDate, day_word, month_word, resolve_dates, written, yearly_word
from retrieval.corpus.sentences import split_sentences

NEAR = 0.5
"""What a word for a stretch of days that holds the asked one counts, beside 1 for a word for the day itself."""
MOST_DAYS = 31
"""Longer stretches are searched by their months, and those of more than as many months by their years."""
ARCHIVED_AFTER = 14
"""Days without a new article, after which articles are no news that somebody follows, but an archive."""
REPORTED = 0.2
"""What the day on which something was said counts for the day of an event, beside 1."""


@dataclass(frozen=True, slots=True)
class AskedDate:
    """The days from `first` to `last` that `question[start:end]` asks about.

    With `any_year` the question names no year, and the years of `first` and `last` only stand in: December 31 of every
    year is meant.
    """

    start: int
    end: int
    first: date
    last: date
    any_year: bool = False

    def fits(self, resolved: ResolvedDate) -> float:
        """Return what share of the resolved days is asked about, in [0, 1].

        1 for that very day, and for every day of a month that is asked about; 1/2 for a weekend that holds the day.
        """
        shared = 0
        for first, last in self._stretches(resolved.first.year - 1, resolved.last.year + 1):
            shared += max(0, (min(last, resolved.last) - max(first, resolved.first)).days + 1)
        return shared / resolved.days

    def is_period_of(self, published: date | None) -> bool:
        """Say whether a week or more is asked about, in which something was published."""
        if published is None or (self.last - self.first).days < 6:
            return False
        return any(first <= published <= last for first, last in self._stretches(published.year - 1, published.year))

    def at_last(self, today: date) -> Days:
        """Return the first and the last day; where no year is named, of the last time that they began by today."""
        begun = [(first, last) for first, last in self._stretches(today.year - 1, today.year) if first <= today]
        return max(begun, default=(self.first, self.last))

    def _stretches(self, first_year: int, last_year: int) -> Iterable[Days]:
        if not self.any_year:
            yield self.first, self.last
            return
        for year in range(max(1, first_year), min(9998, last_year) + 1):
            try:
                first = self.first.replace(year=year)
                last = self.last.replace(year=year + self.last.year - self.first.year)
            except ValueError:
                continue  # a 29 February
            yield first, last

    def words(self) -> dict[str, float]:
        """Return the words of `date_words` that tell of these days, with what each counts, in [0, 1]."""
        days = (self.last - self.first).days + 1
        if days == 1 or (days <= MOST_DAYS and not self._is_month):
            each = [self.first + timedelta(count) for count in range(days)]
            word = yearly_word if self.any_year else day_word
            return {word(day): 1.0 for day in each} | {f"about{word(day)}": NEAR for day in each}
        months = list(months_between(self.first, self.last))
        if self.any_year:
            return {MONTHS[month.month - 1].lower(): 1.0 for month in months}
        if len(months) <= MOST_DAYS and days < 365:
            return {month_word(month): 1.0 for month in months}
        return {str(year): 1.0 for year in range(self.first.year, self.last.year + 1)}

    @property
    def _is_month(self) -> bool:
        return (self.first, self.last) == month_of(self.first.year, self.first.month)


@dataclass(frozen=True, slots=True)
class AskedOffset:
    """A time that is counted from an event: "two days after the attack", `question[start:end]`.

    The event is `question[event_start:event_end]`; the time lies `days` days from it, before it where negative, 0 for
    its own day. `unit` is day, week, month or year, weekend, or a weekday's name.
    """

    start: int
    end: int
    days: int
    unit: str
    event_start: int
    event_end: int

    def shifted(self, event: date) -> Days:
        """Return the first and the last day meant, given the day of the event. Raises OverflowError at time's end.

        A week, month or year is never counted to the day: "two weeks after" is the 14th day and three around it, "the
        week before" the seven days before.
        """
        way = 1 if self.days > 0 else -1
        if self.unit in WEEKDAYS or self.unit == "weekend":
            # The nearest one that is over before the event, or begins after it.
            last_weekday = WEEKDAYS.index(self.unit) if self.unit in WEEKDAYS else 6 if way < 0 else 5
            apart = (last_weekday - event.weekday()) * way % 7 or 7
            edge = event + timedelta(apart * way)
            other = edge if self.unit in WEEKDAYS else edge + timedelta(way)
            return min(edge, other), max(edge, other)
        length = _DAYS[self.unit]
        if length == 1:
            return event + timedelta(self.days), event + timedelta(self.days)
        if abs(self.days) <= length:
            near, far = event + timedelta(way), event + timedelta(self.days)
            return min(near, far), max(near, far)
        around = timedelta(length // 2)
        return event + timedelta(self.days) - around, event + timedelta(self.days) + around


def asked_dates(question: str, today: date | None) -> list[AskedDate | AskedOffset]:
    """Return the times that a question names, in order.

    `today` is the day that "on Tuesday" and "last week" count from; without it they are left out. Offsets point into
    the question.
    """
    found = find_dates(question, today or NO_DAY, typed=True)
    named = [
        AskedDate(one.start, one.end, one.first, one.last, one.known is Known.ANY_YEAR)
        for one in found
        if today or one.known is not Known.FROM_TODAY
    ]
    # "Two days after Christmas" is a named day; in "the Sunday before the vote" the Sunday is none.
    counted = [
        one for one in _offsets(question) if not any(other.start <= one.event_start < other.end for other in named)
    ]
    named = [one for one in named if not any(other.start <= one.start < other.event_start for other in counted)]
    return sorted([*named, *counted], key=lambda one: one.start)


def counting_day(newest: date | None, today: date) -> date | None:
    """Return the day from which "last week" counts: today, or in an archive the day of its newest article.

    None where no article has a day.
    """
    return newest if newest is None or (today - newest).days > ARCHIVED_AFTER else today


def named_days(question: str, today: date | None) -> list[AskedDate]:
    """Return the days that a question names, without those that it counts from an event; as `asked_dates`."""
    return [one for one in asked_dates(question, today) if isinstance(one, AskedDate)]


def in_clear(question: str) -> str:
    """Return a question in which "1/2/2021" is "2 January 2021": as it is read, so that nobody takes it for another."""
    for one in reversed(named_days(question, None)):
        if two_readings(question[one.start : one.end]):
            question = f"{question[: one.start]}{written(one.first)}{question[one.end :]}"
    return question


def two_readings(typed: str, year: int | None = None) -> tuple[date, date] | None:
    """Return the days of "1/2/2021", read with the month first and with the day first; None where there is but one.

    "1/2" is of `year`, and no day without one.
    """
    match = _TWO_READINGS.fullmatch(typed)
    one, two = (int(match["one"]), int(match["two"])) if match else (0, 0)
    year = int(match["year"]) if match and match["year"] else year
    if year is None or one == two or not (1 <= one <= 12 and 1 <= two <= 12):
        return None
    return date(year, one, two), date(year, two, one)


def event_day(event: str, passages: Sequence[tuple[str, date | None]]) -> date | None:
    """Return the likeliest day of an event, or None where no sentence that speaks of it names a day.

    `passages` are the texts found for the event's words, best first, with their days of publication. Each day that
    stands in a sentence is counted by how much of the event the sentence names, rare words more; the day on which
    something was said counts little, and each day of a stretch only its share.
    """
    asked = _stems(event)
    sentences = []
    for text, published in passages:
        dates = resolve_dates(text, published)
        for span in split_sentences(text):
            inside = [one for one in dates if span.start <= one.start < span.end and one.days <= _LONGEST]
            stems = asked & _stems(text[span.start : span.end])
            if stems:
                sentences.append((stems, [(one, _weight(text, span.start, one)) for one in inside]))
    held = {stem: sum(stem in stems for stems, _ in sentences) for stem in asked}
    worth = {stem: log(1 + (len(sentences) + 1) / (held[stem] + 0.5)) for stem in asked}
    votes: dict[date, float] = {}
    for stems, dates_inside in sentences:
        share = sum(worth[stem] for stem in stems) / sum(worth.values())
        for one, weight in dates_inside:
            for count in range(one.days):
                day = one.first + timedelta(count)
                votes[day] = votes.get(day, 0.0) + share**2 * weight / one.days
    return max(votes, key=lambda day: (votes[day], day)) if votes else None


def counted_days(
    question: str, today: date | None, speaking_of: Callable[[str], Sequence[tuple[str, date | None]]]
) -> list[AskedDate]:
    """Return the days that a question counts from an event: "two days after the attack".

    `speaking_of` looks an event up, and returns texts and days of publication as `event_day` takes them.
    """
    found = []
    for one in asked_dates(question, today):
        if isinstance(one, AskedOffset):
            event = question[one.event_start : one.event_end]
            day = event_day(event, speaking_of(event))
            with suppress(OverflowError):  # a thousand years after
                if day:
                    found.append(AskedDate(one.start, one.end, *one.shifted(day)))
    return found


_TWO_READINGS = re.compile(
    r"(?P<one>[0-9]{1,2})(?P<between>[/-])(?P<two>[0-9]{1,2})(?:(?P=between)(?P<year>[12][0-9]{3}))?"
)

_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_LONGEST = 7

_OFFSET = re.compile(
    rf"\b(?:(?P<count>the|{NUMBER})\s+(?P<unit>day|night|morning|evening|week|month|year|weekend|{DAY_NAME})s?\s+"
    r"(?:(?P<way>before|after|prior\s+to|following)|(?P<same>of|(?:when|that)(?=\s)))"
    r"|(?P<same_day>the\s+same\s+day\s+(?:as|that)|the\s+day(?=\s+(?:the|a|an|his|her|its|their)\s)))\s+(?P<event>\w)",
    re.IGNORECASE,
)
_EVENT_END = re.compile(
    r"[?.,;:!]|\s(?:what|who|whom|whose|which|when|where|why|how|did|do|does|and\s+(?:what|who|when|where|why|how))\b",
    re.IGNORECASE,
)
_NEXT_NAME = re.compile(
    r"\b(?!(?:of|on|at|in|to|from|by|against|near|for|with|and|or|over|into|outside|inside|around|between|during)\s)"
    r"\w+(?P<end>)\s+(?:the|an?|his|her|its|their)\s+(?=.*\b(?:was|were|is|are|had|has|happened|began|came)\b)",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"\b(?:said|says|told|tells|explained|announced|reported|wrote|tweeted|added|warned|stated|testified)\b"
    r"(?:\s+[\w’'.]+){0,5}\s*(?:on\s+)?\Z|\breporters?[’']?s?\s+(?:\w+\s+){0,4}\Z",
    re.IGNORECASE,
)
_STEM = re.compile(r"[^\W\d_]{3,}|[0-9]{2,}")
_COMMON = frozenset(
    "the and was were had has have been are for from with that this which who whom when where what how why did does "
    "its his her their they them after before during into over upon about".split()
)


def _offsets(question: str) -> Iterable[AskedOffset]:
    for match in _OFFSET.finditer(question):
        begin = match.start("event")
        stop = _EVENT_END.search(question, begin)
        end = stop.start() if stop else len(question)
        # "... the attack on the embassy a base was hit": here another thing begins.
        other = _NEXT_NAME.search(question, begin, end)
        end = other.start("end") if other else end
        unit = (match["unit"] or "day").title()
        unit = unit if unit in WEEKDAYS else unit.lower()
        unit = "day" if unit in ("night", "morning", "evening") else unit
        if match["way"]:
            length = 7 if unit in WEEKDAYS or unit == "weekend" else _DAYS[unit]
            days = number_of(match["count"]) * length * (-1 if match["way"].lower()[0] in "bp" else 1)
        elif unit == "day":
            days = 0
        else:
            continue
        yield AskedOffset(match.start(), end, days, unit, begin, end)


def _weight(text: str, start: int, one: ResolvedDate) -> float:
    return REPORTED if _SAID.search(text, max(start, one.start - 60), one.start) else 1.0


@lru_cache(4096)
def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ers", "ed", "es", "s", "er"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word.removesuffix("e") if len(word) > 4 else word


def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for match in _STEM.finditer(text) if (word := match[0].lower()) not in _COMMON)
