"""What date expressions mean in a text of a known day."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.corpus.dates import ResolvedDate, date_words, in_brackets, resolve_dates
from tests.conftest import ROOT

TUESDAY = date(2019, 12, 31)
THURSDAY = date(2020, 1, 2)
SATURDAY = date(2021, 6, 12)


def dates_in(text: str, published: date | None) -> list[tuple[str, str]]:
    """Return each expression with its days, as `2019-12-31` or `2019-12-28/2019-12-29`."""
    return [
        (text[one.start : one.end], f"{one.first}" if one.first == one.last else f"{one.first}/{one.last}")
        for one in resolve_dates(text, published)
    ]


@pytest.mark.parametrize(
    ("text", "published", "expression", "days"),
    [
        # Weekdays: the nearest up to the day of publication.
        ("The bridge collapsed Tuesday.", TUESDAY, "Tuesday", "2019-12-31"),
        ("The bridge collapsed Tuesday.", THURSDAY, "Tuesday", "2019-12-31"),
        ("The bridge collapsed Wednesday.", TUESDAY, "Wednesday", "2019-12-25"),
        ("They met on Wednesday evening in Rome.", THURSDAY, "Wednesday evening", "2020-01-01"),
        ("A fire broke out Tuesday night.", THURSDAY, "Tuesday night", "2019-12-31"),
        ("Tuesday’s vote was close.", THURSDAY, "Tuesday", "2019-12-31"),
        ("The mayor resigned last Friday.", TUESDAY, "last Friday", "2019-12-27"),
        ("The mayor resigned last Tuesday.", TUESDAY, "last Tuesday", "2019-12-24"),
        ("The mayor resigned this past Saturday.", TUESDAY, "this past Saturday", "2019-12-28"),
        ("She resigned on Thursday of last week.", TUESDAY, "Thursday of last week", "2019-12-26"),
        # Weekdays to come.
        ("He plans to leave next Monday.", TUESDAY, "next Monday", "2020-01-06"),
        ("The court will rule on Friday.", TUESDAY, "Friday", "2020-01-03"),
        ("A hearing is scheduled for Monday.", TUESDAY, "Monday", "2020-01-06"),
        # In the present of a timetable.
        ("The two teams meet on Saturday in the final.", THURSDAY, "Saturday", "2020-01-04"),
        ("He faces trial, which opens Monday.", THURSDAY, "Monday", "2020-01-06"),
        ("It kicks off again on Sunday.", THURSDAY, "Sunday", "2020-01-05"),
        ("They won the meet on Saturday.", THURSDAY, "Saturday", "2019-12-28"),
        ("Officials met on Saturday.", THURSDAY, "Saturday", "2019-12-28"),
        ("She plans to visit Gen. Jones on Monday.", TUESDAY, "Monday", "2020-01-06"),
        ("On Monday, the senate will vote.", TUESDAY, "Monday", "2020-01-06"),
        ("Starting Monday, masks are required.", TUESDAY, "Monday", "2020-01-06"),
        # A weekday's date: in the nearest year that has it, ahead or behind, even where that is years away.
        ("The trial will begin on Wednesday, 3 January.", TUESDAY, "Wednesday, 3 January", "2024-01-03"),
        ("The trial will begin on Monday, 4 May.", date(2021, 11, 20), "Monday, 4 May", "2026-05-04"),
        ("The trial began on Monday, 4 May.", date(2021, 11, 20), "Monday, 4 May", "2020-05-04"),
        ("The trial began on Sunday, 31 December.", date(2022, 1, 10), "Sunday, 31 December", "2017-12-31"),
        ("The trial began on Sunday, 31 December.", date(2023, 12, 1), "Sunday, 31 December", "2023-12-31"),
        ("The talks open this Friday.", TUESDAY, "this Friday", "2020-01-03"),
        ("Talks resume Wednesday next week, he said.", TUESDAY, "Wednesday next week", "2020-01-08"),
        # What was said with a day to come in it was still said.
        ("It will strike again, the general said Monday.", TUESDAY, "Monday", "2019-12-30"),
        ("They will send troops after an attack Monday.", TUESDAY, "Monday", "2019-12-30"),
        ("It will rain. The river flooded Monday.", TUESDAY, "Monday", "2019-12-30"),
        ("The guests, who will stay, arrived Monday.", TUESDAY, "Monday", "2019-12-30"),
        # Days counted from the day of publication.
        ("It happened today.", TUESDAY, "today", "2019-12-31"),
        ("It happened yesterday.", THURSDAY, "yesterday", "2020-01-01"),
        ("It opens tomorrow.", TUESDAY, "tomorrow", "2020-01-01"),
        ("The game is on tonight.", TUESDAY, "tonight", "2019-12-31"),
        ("A quake struck last night.", THURSDAY, "last night", "2020-01-01"),
        ("It began this morning.", TUESDAY, "this morning", "2019-12-31"),
        ("Earlier in the day, crowds had gathered.", TUESDAY, "Earlier in the day", "2019-12-31"),
        ("He left the day before yesterday.", THURSDAY, "the day before yesterday", "2019-12-31"),
        ("It began two days ago.", THURSDAY, "two days ago", "2019-12-31"),
        ("It began 10 days ago.", THURSDAY, "10 days ago", "2019-12-23"),
        # Weeks, months and years are whole ones.
        ("It began three weeks ago.", TUESDAY, "three weeks ago", "2019-12-09/2019-12-15"),
        ("It began two months ago.", THURSDAY, "two months ago", "2019-11-01/2019-11-30"),
        ("It began five years ago.", TUESDAY, "five years ago", "2014-01-01/2014-12-31"),
        ("A rocket fell last week.", TUESDAY, "last week", "2019-12-23/2019-12-29"),
        ("It opens next week.", TUESDAY, "next week", "2020-01-06/2020-01-12"),
        ("He arrived earlier this week.", THURSDAY, "earlier this week", "2019-12-30/2020-01-02"),
        ("He leaves later this month.", SATURDAY, "later this month", "2021-06-12/2021-06-30"),
        ("It closed last month.", THURSDAY, "last month", "2019-12-01/2019-12-31"),
        ("It closed last year.", THURSDAY, "last year", "2019-01-01/2019-12-31"),
        ("It opens next year.", TUESDAY, "next year", "2020-01-01/2020-12-31"),
        ("Prices rose this year.", TUESDAY, "this year", "2019-01-01/2019-12-31"),
        ("There were eleven in the past two months.", THURSDAY, "the past two months", "2019-11-02/2020-01-02"),
        ("It rained over the last week.", TUESDAY, "the last week", "2019-12-24/2019-12-31"),
        ("Snow is expected in the next three days.", TUESDAY, "the next three days", "2019-12-31/2020-01-03"),
        # Weekends.
        ("It burned over the weekend.", TUESDAY, "the weekend", "2019-12-28/2019-12-29"),
        ("It burned last weekend.", TUESDAY, "last weekend", "2019-12-28/2019-12-29"),
        ("It burned last weekend.", SATURDAY, "last weekend", "2021-06-05/2021-06-06"),
        ("They play this weekend.", THURSDAY, "this weekend", "2020-01-04/2020-01-05"),
        ("They will play this weekend.", TUESDAY, "this weekend", "2020-01-04/2020-01-05"),
        # Day and month.
        ("Airstrikes on Dec. 29 hit the camp.", THURSDAY, "Dec. 29", "2019-12-29"),
        ("It fell on December 31, at noon.", THURSDAY, "December 31", "2019-12-31"),
        ("It fell on 31 December.", THURSDAY, "31 December", "2019-12-31"),
        ("It fell on the 31st of December.", THURSDAY, "the 31st of December", "2019-12-31"),
        ("He was arrested Oct. 28.", THURSDAY, "Oct. 28", "2019-10-28"),
        ("He was born on Feb. 29.", THURSDAY, "Feb. 29", "2020-02-29"),
        ("The trial will begin on May 4.", TUESDAY, "May 4", "2020-05-04"),
        ("The trial began on May 4.", TUESDAY, "May 4", "2019-05-04"),
        ("It lasted from Dec. 27-29.", TUESDAY, "Dec. 27-29", "2019-12-27/2019-12-29"),
        ("It fell on Friday, Jan. 3.", date(2021, 1, 2), "Friday, Jan. 3", "2020-01-03"),
        ("A bombing killed 12 Dec. 29.", TUESDAY, "Dec. 29", "2019-12-29"),
        # Months, years, decades.
        ("It closed in September.", TUESDAY, "September", "2019-09-01/2019-09-30"),
        ("It closed in December.", THURSDAY, "December", "2019-12-01/2019-12-31"),
        ("It closed last September.", TUESDAY, "last September", "2019-09-01/2019-09-30"),
        ("It closed in March 2003, he said.", TUESDAY, "March 2003", "2003-03-01/2003-03-31"),
        ("They invaded in 2003.", TUESDAY, "2003", "2003-01-01/2003-12-31"),
        ("The 2003 invasion was long ago.", TUESDAY, "2003", "2003-01-01/2003-12-31"),
        ("The war of 2003-2011 is over.", TUESDAY, "2003-2011", "2003-01-01/2011-12-31"),
        ("It was built in the 1990s.", TUESDAY, "1990s", "1990-01-01/1999-12-31"),
        ("It ended on the last day of 2019.", THURSDAY, "the last day of 2019", "2019-12-31"),
        ("It ended on the first day of March.", SATURDAY, "the first day of March", "2021-03-01"),
        # Holidays.
        ("They met on New Year's Eve.", THURSDAY, "New Year's Eve", "2019-12-31"),
        ("They met on New Year’s Day.", THURSDAY, "New Year’s Day", "2020-01-01"),
        ("It closed on Christmas.", TUESDAY, "Christmas", "2019-12-25"),
        ("It closed on Christmas Eve.", TUESDAY, "Christmas Eve", "2019-12-24"),
        ("They met before Thanksgiving.", TUESDAY, "Thanksgiving", "2019-11-28"),
        ("They met on Labor Day.", TUESDAY, "Labor Day", "2019-09-02"),
        ("They met on Memorial Day.", SATURDAY, "Memorial Day", "2021-05-31"),
        ("It burned on Independence Day.", TUESDAY, "Independence Day", "2019-07-04"),
        ("It burned on July Fourth.", TUESDAY, "July Fourth", "2019-07-04"),
        ("They met on Halloween.", TUESDAY, "Halloween", "2019-10-31"),
        ("They met on Veterans Day.", TUESDAY, "Veterans Day", "2019-11-11"),
        ("They married on Valentine's Day.", SATURDAY, "Valentine's Day", "2021-02-14"),
        ("They met on Easter Sunday.", SATURDAY, "Easter Sunday", "2021-04-04"),
        ("They met last Christmas.", SATURDAY, "last Christmas", "2020-12-25"),
        ("It reopened the day after Christmas.", TUESDAY, "the day after Christmas", "2019-12-26"),
        # Dates that need no day of publication.
        ("It fell on Dec. 31, 2019.", None, "Dec. 31, 2019", "2019-12-31"),
        ("It fell on Tuesday, 31 December 2019.", None, "Tuesday, 31 December 2019", "2019-12-31"),
        ("Dated 2019-12-31, it was short.", None, "2019-12-31", "2019-12-31"),
        ("Dated 31.12.2019.", None, "31.12.2019", "2019-12-31"),
        ("Dated 12/31/2019.", None, "12/31/2019", "2019-12-31"),
    ],
)
def test_an_expression_stands_for_its_days(text: str, published: date | None, expression: str, days: str) -> None:
    assert dates_in(text, published) == [(expression, days)]


@pytest.mark.parametrize(
    "text",
    [
        "You may 5 times over march in the sun for a second.",
        "Prime Minister May said so, and May did not.",
        "Theresa May resigned; April Jones and June Carter sang.",
        "They sent 2003 troops.",
        "A force of 2003 troops arrived.",
        "It cost $2003 and 2003.5 more.",
        "Sales rose on Black Friday.",
        "They ate on Super Tuesday and every Friday.",
        "They met on a Monday, as on other Mondays.",
        "He told the Sunday Times and USA TODAY.",
        "The Christmas tree was lit by the Thanksgiving turkey.",
        "June 30 percent, May 5,000 people, Dec. 45.",
        "It fell on June 31, 2019 and on 2019-02-30.",
        "It began two days after the attack.",
        "They live in the 1700 block of Main Street.",
        "It began a thousand years ago.",
    ],
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert dates_in(text, TUESDAY) == []


@pytest.mark.parametrize(
    "text", ["It fell on Tuesday.", "on Dec. 31", "in 2003", "yesterday", "in March 2003", "today"]
)
def test_without_a_day_of_publication_only_whole_dates_are_resolved(text: str) -> None:
    assert dates_in(text, None) == []


def test_only_a_date_with_day_month_and_year_is_explicit() -> None:
    found = resolve_dates("On Dec. 31, 2019, in March 2003, on Dec. 29 and on Tuesday.", THURSDAY)

    assert [one.explicit for one in found] == [True, False, False, False]


def test_a_day_may_be_counted_from_the_one_before_it_in_the_text() -> None:
    text = "Rockets fell on Dec. 27. The next day, a base burned; two days later the answer came. That night was calm."

    assert dates_in(text, THURSDAY) == [
        ("Dec. 27", "2019-12-27"),
        ("The next day", "2019-12-28"),
        ("two days later", "2019-12-30"),
        ("That night", "2019-12-30"),
    ]


def test_nothing_is_counted_on_over_the_end_of_a_paragraph() -> None:
    assert dates_in("Rockets fell on Dec. 27.\n\nThe next day, a base burned.", THURSDAY) == [("Dec. 27", "2019-12-27")]


def test_a_stretch_of_a_text_keeps_the_texts_offsets_and_what_stands_before_it() -> None:
    text = "Rockets fell on Dec. 27. The next day, a base burned. On Sunday it rained."
    start, end = text.index("The"), text.index(" On Sunday")

    found = resolve_dates(text, THURSDAY, start, end)

    assert [(text[one.start : one.end], one.first) for one in found] == [("The next day", date(2019, 12, 28))]


def test_the_first_seed_article_dates_its_events() -> None:
    text = (ROOT / "seeds/000_53960138a22f9ebe.txt").read_text(encoding="utf-8")

    assert dates_in(text, TUESDAY) == [
        ("2019-12-31", "2019-12-31"),
        ("Tuesday", "2019-12-31"),
        ("the weekend", "2019-12-28/2019-12-29"),
        ("last week", "2019-12-23/2019-12-29"),
        ("Tuesday", "2019-12-31"),
    ]


def test_the_second_seed_article_dates_its_events() -> None:
    text = (ROOT / "seeds/002_1fcff6672cc40b27.txt").read_text(encoding="utf-8")
    found = dict(dates_in(text, THURSDAY))

    assert found == {
        "Thursday": "2020-01-02",
        "Tuesday": "2019-12-31",
        "Dec. 29": "2019-12-29",
        "Wednesday": "2020-01-01",
        "Wednesday evening": "2020-01-01",
        "the last two months": "2019-11-02/2020-01-02",
        "Dec. 27": "2019-12-27",
        "2014": "2014-01-01/2014-12-31",
        "Monday": "2019-12-30",
        "Sunday": "2019-12-29",
    }


pieces = st.sampled_from(
    "Tuesday last next this the of , . weekend Dec. May March 31 29 2019 0 999 years days ago after earlier later in "
    "on will said day before New Year's Eve Easter - / 1990s 99/99/2019 2019-02-30 Christmas and \n first week".split(
        " "
    )
)
texts = st.one_of(st.text(), st.lists(pieces, max_size=30).map(" ".join))


@given(texts, st.none() | st.dates(), st.integers(-5, 60), st.none() | st.integers(-5, 60))
def test_any_text_of_any_day_is_read_without_losing_its_place(
    text: str, published: date | None, start: int, end: int | None
) -> None:
    first, last, _ = slice(start, end).indices(len(text))
    found = resolve_dates(text, published, start, end)

    assert all(first <= one.start < one.end <= last and one.first <= one.last for one in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(text[one.start : one.end].strip() == text[one.start : one.end] and in_brackets(one) for one in found)


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [
        ("2019-12-31", "2019-12-31", "Tuesday, 31 December 2019"),
        ("2019-12-23", "2019-12-29", "23 to 29 December 2019"),
        ("2019-11-30", "2019-12-01", "30 November to 1 December 2019"),
        ("2019-12-28", "2020-01-03", "28 December 2019 to 3 January 2020"),
        ("2019-10-01", "2019-10-31", "October 2019"),
        ("2019-10-01", "2019-11-30", "October to November 2019"),
        ("2019-12-01", "2020-01-31", "December 2019 to January 2020"),
        ("2003-01-01", "2003-12-31", "2003"),
        ("1990-01-01", "1999-12-31", "1990 to 1999"),
    ],
)
def test_days_are_written_out_for_a_reader(first: str, last: str, written: str) -> None:
    assert in_brackets(ResolvedDate(0, 1, date.fromisoformat(first), date.fromisoformat(last), False)) == written


def test_a_text_is_found_by_its_days_its_month_and_its_year() -> None:
    assert date_words("It fell on Tuesday.", THURSDAY).split() == [
        "december31",
        "20191231",
        "december",
        "december2019",
        "2019",
    ]


def test_a_text_without_a_day_is_found_by_the_days_of_any_year_that_it_names() -> None:
    assert date_words("It fell on Dec. 31, a Tuesday, in March 2003.", None).split() == [
        "december31",
        "december",
        "march",
        "march2003",
        "2003",
    ]


def test_a_weekend_is_about_both_of_its_days_and_a_year_about_none() -> None:
    weekend = date_words("It burned over the weekend.", TUESDAY).split()

    assert {"about20191228", "about20191229", "aboutdecember29"} <= set(weekend)
    assert "20191228" not in weekend
    assert date_words("They invaded in 2003.", TUESDAY) == "2003"
