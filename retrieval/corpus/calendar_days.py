"""Days, weeks, months and years as stretches of days, and the rules of the holidays."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta

WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()

_NUMERALS = "one two three four five six seven eight nine ten eleven twelve".split()

Days = tuple[date, date]
"""The first and the last day."""


def moved(day: date, count: int, unit: str) -> date:
    """Return the day that is so many days, weeks, months or years later. Raises OverflowError or ValueError."""
    if unit in ("day", "week"):
        return day + timedelta(count * (7 if unit == "week" else 1))
    return day + relativedelta(months=count * (12 if unit == "year" else 1))


def unit_of(day: date, unit: str) -> Days:
    """Return the day, or the week (Monday to Sunday), month or year that holds it."""
    if unit == "week":
        monday = day - timedelta(day.weekday())
        return monday, monday + timedelta(6)
    if unit == "month":
        return month_of(day.year, day.month)
    return year_of(day.year) if unit == "year" else one_day(day)


def one_day(day: date) -> Days:
    """Return a day as a stretch of days."""
    return day, day


def month_of(year: int, month: int) -> Days:
    """Return the days of a month. Raises ValueError, as all below do, for a year that the calendar does not have."""
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def year_of(year: int) -> Days:
    """Return the days of a year."""
    return date(year, 1, 1), date(year, 12, 31)


def months_between(first: date, last: date) -> Iterator[date]:
    """Yield the first day of each month that the days from `first` to `last` touch."""
    for count in range(first.year * 12 + first.month, last.year * 12 + last.month + 1):
        yield date((count - 1) // 12, (count - 1) % 12 + 1, 1)


def month_number(name: str) -> int:
    """Return 1 to 12 for a month's name or abbreviation."""
    return [month[:3].lower() for month in MONTHS].index(name[:3].lower()) + 1


def number_of(word: str) -> int:
    """Return what a numeral says; 1 for "a" and "the"."""
    word = word.lower()
    return int(word) if word.isdigit() else _NUMERALS.index(word) + 1 if word in _NUMERALS else 1


def holiday(name: str) -> Callable[[int], date]:
    """Return what gives a holiday's day in a year. Raises LookupError for an unknown name."""
    plain = re.sub(r"[’'.,]| jr", "", " ".join(name.lower().split()))
    for beginning, rule in _HOLIDAYS:
        if plain.startswith(beginning):
            return rule
    raise LookupError(name)


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _nth(month: int, weekday: int, count: int) -> Callable[[int], date]:
    """Return the rule for a month's nth weekday; the last one for -1."""

    def rule(year: int) -> date:
        first, last = month_of(year, month)
        if count < 0:
            return last - timedelta((last.weekday() - weekday) % 7)
        return first + timedelta((weekday - first.weekday()) % 7 + 7 * (count - 1))

    return rule


def _easter(days: int) -> Callable[[int], date]:
    return lambda year: easter(year) + timedelta(days)


_HOLIDAYS: tuple[tuple[str, Callable[[int], date]], ...] = (
    ("new years eve", _fixed(12, 31)),
    ("new years", _fixed(1, 1)),
    ("martin luther king", _nth(1, 0, 3)),
    ("mlk", _nth(1, 0, 3)),
    ("valentines", _fixed(2, 14)),
    ("president", _nth(2, 0, 3)),
    ("st patricks", _fixed(3, 17)),
    ("ash wednesday", _easter(-46)),
    ("palm sunday", _easter(-7)),
    ("good friday", _easter(-2)),
    ("easter monday", _easter(1)),
    ("easter", _easter(0)),
    ("memorial", _nth(5, 0, -1)),
    ("juneteenth", _fixed(6, 19)),
    ("independence", _fixed(7, 4)),
    ("july fourth", _fixed(7, 4)),
    ("fourth of july", _fixed(7, 4)),
    ("labor", _nth(9, 0, 1)),
    ("labour", _nth(9, 0, 1)),
    ("columbus", _nth(10, 0, 2)),
    ("halloween", _fixed(10, 31)),
    ("veterans", _fixed(11, 11)),
    ("thanksgiving", _nth(11, 3, 4)),
    ("christmas eve", _fixed(12, 24)),
    ("christmas", _fixed(12, 25)),
    ("boxing", _fixed(12, 26)),
)
"""Holidays by how their names begin, the longer ones first."""
