"""What "Tuesday" means in an article of 31 December 2019: date expressions to days, by the rules of news writing.

One compiled pattern finds the expressions; each kind has a small function that turns it into days, counted from the
day of publication. A bare weekday is the nearest one up to that day, or the coming one where the sentence looks ahead;
a day or a month without its year is the nearest one, with a preference for the past. What only might be a date ("May
said", "2003 troops", "Black Friday") is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from retrieval.corpus.calendar_days import MONTHS, WEEKDAYS, month_of, months_between
from retrieval.corpus.date_expressions import NO_DAY, REACH, Known, find_dates


@dataclass(frozen=True, slots=True)
class ResolvedDate:
    """A date expression, `text[start:end]`, and the days from `first` to `last` that it stands for.

    `explicit` where the text itself gives day, month and year.
    """

    start: int
    end: int
    first: date
    last: date
    explicit: bool

    @property
    def days(self) -> int:
        """How many days it stands for."""
        return (self.last - self.first).days + 1


def resolve_dates(text: str, published: date | None, start: int = 0, end: int | None = None) -> list[ResolvedDate]:
    """Return the date expressions in `text[start:end]`, in order, with the days that they stand for.

    Offsets point into `text`. Without a day of publication only dates with day, month and year are resolved. Any text
    will do; nothing is raised.
    """
    start, end, _ = slice(start, end).indices(len(text))
    # What stands before may say which day "the next day" is counted from.
    return [
        ResolvedDate(one.start, one.end, one.first, one.last, one.known is Known.FULLY)
        for one in find_dates(text, published, max(0, start - REACH), end)
        if one.start >= start
    ]


def date_words(text: str, published: date | None) -> str:
    """Return the words that a text is found by when somebody asks for its days.

    A day brings "december31 20191231 december december2019 2019"; a stretch of up to a week brings each of its days as
    "aboutdecember31 about20191231", a longer one only its months and years. Without a day of publication a day whose
    year is not named brings "december31 december".
    """
    words: dict[str, None] = {}
    for one in find_dates(text, published or NO_DAY):
        if published or one.known is not Known.FROM_TODAY:
            any_year = published is None and one.known is Known.ANY_YEAR
            words |= dict.fromkeys(_words(one.first, one.last, any_year))
    return " ".join(words)


def _words(first: date, last: date, any_year: bool) -> Iterator[str]:
    days = (last - first).days + 1
    prefix = "" if days == 1 else "about"
    for count in range(days if days <= 7 else 0):
        day = first + timedelta(count)
        yield f"{prefix}{yearly_word(day)}"
        if not any_year:
            yield f"{prefix}{day_word(day)}"
    for month in months_between(first, last) if days <= 100 else ():
        yield MONTHS[month.month - 1].lower()
        if not any_year:
            yield month_word(month)
    if not any_year:
        yield from (str(year) for year in range(first.year, min(last.year, first.year + 10) + 1))


def day_word(day: date) -> str:
    """Return what a day is searched by: 20191231."""
    return day.isoformat().replace("-", "")


def yearly_word(day: date) -> str:
    """Return what a day of any year is searched by: december31."""
    return f"{MONTHS[day.month - 1].lower()}{day.day}"


def month_word(day: date) -> str:
    """Return what a day's month is searched by: december2019."""
    return f"{MONTHS[day.month - 1].lower()}{day.year}"


def in_brackets(resolved: ResolvedDate) -> str:
    """Return the days in words, to stand beside a quotation.

    "Tuesday, 31 December 2019", "23 to 29 December 2019", "October 2019" or "2003".
    """
    first, last = resolved.first, resolved.last
    if first == last:
        return f"{WEEKDAYS[first.weekday()]}, {written(first)}"
    if (first.day, first.month, last.day, last.month) == (1, 1, 31, 12):
        return f"{first.year}" if first.year == last.year else f"{first.year} to {last.year}"
    if first.day == 1 and last == month_of(last.year, last.month)[1]:
        if (first.year, first.month) == (last.year, last.month):
            return f"{MONTHS[first.month - 1]} {first.year}"
        beginning = MONTHS[first.month - 1] + ("" if first.year == last.year else f" {first.year}")
        return f"{beginning} to {MONTHS[last.month - 1]} {last.year}"
    if first.year != last.year:
        return f"{written(first)} to {written(last)}"
    if first.month != last.month:
        return f"{first.day} {MONTHS[first.month - 1]} to {written(last)}"
    return f"{first.day} to {written(last)}"


def written(day: date) -> str:
    """Return a day in words: 31 December 2019."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
