"""The days that questions ask about."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.corpus.asked_dates import (
    AskedDate,
    AskedOffset,
    asked_dates,
    counted_days,
    counting_day,
    event_day,
    in_clear,
)
from retrieval.corpus.dates import ResolvedDate, date_words
from tests.conftest import ROOT

TODAY = date(2020, 1, 2)


def days(first: str, last: str = "") -> tuple[date, date]:
    return date.fromisoformat(first), date.fromisoformat(last or first)


def resolved(first: str, last: str = "") -> ResolvedDate:
    return ResolvedDate(0, 1, *days(first, last), False)


def named(question: str, today: date | None = TODAY) -> list[AskedDate]:
    return [one for one in asked_dates(question, today) if isinstance(one, AskedDate)]


def counted(question: str) -> list[AskedOffset]:
    return [one for one in asked_dates(question, TODAY) if isinstance(one, AskedOffset)]


@pytest.mark.parametrize(
    ("question", "words", "first", "last", "any_year"),
    [
        ("What happened on December 31?", "December 31", "2019-12-31", "", True),
        ("what happened on december 31?", "december 31", "2019-12-31", "", True),
        ("Who spoke on 31 Dec.?", "31 Dec.", "2019-12-31", "", True),
        ("Who spoke on 12/31?", "12/31", "2019-12-31", "", True),
        ("Who spoke on 31.12.?", "31.12.", "2019-12-31", "", True),
        ("Who was there on New Year's Eve?", "New Year's Eve", "2019-12-31", "", True),
        ("who was there on new years day", "new years day", "2020-01-01", "", True),
        ("What happened the day after Christmas?", "the day after Christmas", "2019-12-26", "", True),
        ("What happened in January?", "January", "2020-01-01", "2020-01-31", True),
        ("what did May say in may", "may", "2019-05-01", "2019-05-31", True),
        ("What happened on 31.12.2019?", "31.12.2019", "2019-12-31", "", False),
        ("2019-12-31: what happened?", "2019-12-31", "2019-12-31", "", False),
        ("What happened on January 2, 2020?", "January 2, 2020", "2020-01-02", "", False),
        ("What happened in January 2020?", "January 2020", "2020-01-01", "2020-01-31", False),
        ("Who was blamed on the last day of 2019?", "the last day of 2019", "2019-12-31", "", False),
        ("What happened in 2003?", "2003", "2003-01-01", "2003-12-31", False),
        ("What happened on tuesday?", "tuesday", "2019-12-31", "", False),
        ("What will happen on Friday?", "Friday", "2020-01-03", "", False),
        ("What happened yesterday?", "yesterday", "2020-01-01", "", False),
        ("What happened last week?", "last week", "2019-12-23", "2019-12-29", False),
        ("What happened on Thanksgiving?", "Thanksgiving", "2019-11-28", "", False),
        ("What happened on the 27th?", "the 27th", "2019-12-27", "", False),
        ("What happened from 9 to 12 November?", "9 to 12 November", "2019-11-09", "2019-11-12", True),
        ("What happened between 9 and 12 May 2019?", "between 9 and 12 May 2019", "2019-05-09", "2019-05-12", False),
        ("What happened between May 9 and 12?", "between May 9 and 12", "2019-05-09", "2019-05-12", True),
        (
            "from the 9th until the 12th of May 2019",
            "the 9th until the 12th of May 2019",
            "2019-05-09",
            "2019-05-12",
            False,
        ),
        ("Did between 9 and 12 people die on 3 May 2019?", "3 May 2019", "2019-05-03", "", False),
    ],
)
def test_a_question_names_days(question: str, words: str, first: str, last: str, any_year: bool) -> None:
    (asked,) = named(question)

    assert question[asked.start : asked.end] == words
    assert ((asked.first, asked.last), asked.any_year) == (days(first, last), any_year)


@pytest.mark.parametrize(
    "question",
    ["Who may march in the sun?", "Who is May?", "How many of the 31 rockets hit?", "Who won the 2nd round?"],
)
def test_a_question_without_a_day_names_none(question: str) -> None:
    assert asked_dates(question, TODAY) == []


@pytest.mark.parametrize(
    ("newest", "today", "counted_from"),
    [
        ("2020-01-02", "2020-01-02", "2020-01-02"),
        ("2020-01-02", "2020-01-10", "2020-01-10"),
        ("2020-01-02", "2026-11-30", "2020-01-02"),
        ("2023-12-22", "2023-09-01", "2023-09-01"),
    ],
)
def test_time_counts_from_today_and_in_an_archive_from_its_newest_article(
    newest: str, today: str, counted_from: str
) -> None:
    given = counting_day(date.fromisoformat(newest), date.fromisoformat(today))

    assert given == date.fromisoformat(counted_from)


def test_where_no_article_has_a_day_time_counts_from_nowhere() -> None:
    assert counting_day(None, TODAY) is None


@pytest.mark.parametrize(
    ("question", "last"),
    [
        ("What happened on December 31?", "2019-12-31"),
        ("What happened on May 3?", "2019-05-03"),
        ("What happened on January 1?", "2020-01-01"),
        ("What happened on January 4?", "2019-01-04"),
        ("What happened in January?", "2020-01-31"),
        ("What happened on May 3, 2015?", "2015-05-03"),
    ],
)
def test_days_without_a_year_are_those_that_were_last(question: str, last: str) -> None:
    (asked,) = named(question)

    assert asked.at_last(TODAY)[1] == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("question", "published", "is_of_it"),
    [
        ("What happened in March?", "2019-03-20", True),
        ("What happened in March?", "2015-03-20", True),
        ("What happened in March 2019?", "2015-03-20", False),
        ("What happened in 2019?", "2019-12-31", True),
        ("What happened in 2019?", "2020-01-01", False),
        ("What happened on 3 March 2019?", "2019-03-03", False),
    ],
)
def test_an_article_is_of_the_period_in_which_it_was_published(question: str, published: str, is_of_it: bool) -> None:
    (asked,) = named(question)

    assert asked.is_period_of(date.fromisoformat(published)) is is_of_it
    assert not asked.is_period_of(None)


@pytest.mark.parametrize(
    ("question", "clear"),
    [
        ("What happened on 1/2/2021?", "What happened on 2 January 2021?"),
        ("Who spoke on 1/2/2021 and on 03/04/2021?", "Who spoke on 2 January 2021 and on 4 March 2021?"),
        ("Who spoke on 1-2-2021?", "Who spoke on 1 February 2021?"),
        # These can be read in one way only, or are no days at all.
        ("Who spoke on 2/2/2021?", "Who spoke on 2/2/2021?"),
        ("Who spoke on 1/13/2021 and on 2021-01-02?", "Who spoke on 1/13/2021 and on 2021-01-02?"),
        ("Why was 1/2 of it cut?", "Why was 1/2 of it cut?"),
        ("What is in file 11/2/2021/3?", "What is in file 11/2/2021/3?"),
    ],
)
def test_a_day_that_can_be_read_in_two_ways_is_put_as_it_is_read(question: str, clear: str) -> None:
    assert in_clear(question) == clear


def test_without_a_today_nothing_is_counted_from_it() -> None:
    assert named("What happened on Tuesday, last week or yesterday?", None) == []
    assert [one.any_year for one in named("What happened on December 31, and on February 29?", None)] == [True, True]


@pytest.mark.parametrize(
    ("question", "asked", "offset", "unit", "event"),
    [
        ("What happened two days after the attack?", "two days after the attack", 2, "day", "the attack"),
        ("Who spoke the day before the strike?", "the day before the strike", -1, "day", "the strike"),
        ("Who came the night after the raid, and why?", "the night after the raid", 1, "day", "the raid"),
        ("What burned a week before the vote?", "a week before the vote", -7, "week", "the vote"),
        ("Who spoke on the day of the attack?", "the day of the attack", 0, "day", "the attack"),
        (
            "What was done the weekend before the camp was stormed?",
            "the weekend before the camp was stormed",
            -7,
            "weekend",
            "the camp was stormed",
        ),
        (
            "Four days before the raid on the camp a base was hit. Where?",
            "Four days before the raid on the camp",
            -4,
            "day",
            "the raid on the camp",
        ),
        (
            "What did they do the Sunday before the storm?",
            "the Sunday before the storm",
            -7,
            "Sunday",
            "the storm",
        ),
    ],
)
def test_a_question_counts_from_an_event(question: str, asked: str, offset: int, unit: str, event: str) -> None:
    (one,) = asked_dates(question, TODAY)

    assert isinstance(one, AskedOffset)
    assert (one.days, one.unit) == (offset, unit)
    assert question[one.start : one.end] == asked
    assert question[one.event_start : one.event_end] == event


@pytest.mark.parametrize(
    ("question", "event", "first", "last"),
    [
        ("two days after the attack", "2019-12-31", "2020-01-02", ""),
        ("the day before the attack", "2019-12-31", "2019-12-30", ""),
        ("the week before the attack", "2019-12-31", "2019-12-24", "2019-12-30"),
        ("two weeks after the attack", "2019-12-31", "2020-01-11", "2020-01-17"),
        ("the weekend before the attack", "2019-12-31", "2019-12-28", "2019-12-29"),
        ("the weekend before the attack", "2019-12-29", "2019-12-21", "2019-12-22"),
        ("the weekend after the attack", "2019-12-31", "2020-01-04", "2020-01-05"),
        ("the weekend after the attack", "2019-12-28", "2020-01-04", "2020-01-05"),
        ("the Sunday before the attack", "2019-12-31", "2019-12-29", ""),
        ("the Tuesday after the attack", "2019-12-31", "2020-01-07", ""),
    ],
)
def test_the_time_is_shifted_from_the_events_day(question: str, event: str, first: str, last: str) -> None:
    (offset,) = counted(question)

    assert offset.shifted(date.fromisoformat(event)) == days(first, last)


@pytest.mark.parametrize(
    ("question", "first", "last", "share"),
    [
        ("on December 29", "2019-12-29", "", 1.0),
        ("on December 29", "2014-12-29", "", 1.0),
        ("on December 29, 2019", "2014-12-29", "", 0.0),
        ("on December 29", "2019-12-28", "2019-12-29", 0.5),
        ("on December 29", "2019-12-30", "", 0.0),
        ("on January 1", "2019-12-30", "2020-01-02", 0.25),
        ("in January 2020", "2020-01-02", "", 1.0),
        ("in January", "2018-01-01", "2018-01-31", 1.0),
        ("on February 29", "2019-03-01", "", 0.0),
        ("on February 29", "2020-02-29", "", 1.0),
        ("in 2003", "2003-03-01", "2003-03-31", 1.0),
    ],
)
def test_the_share_of_the_days_that_is_asked_about(question: str, first: str, last: str, share: float) -> None:
    (asked,) = named(question)

    assert asked.fits(resolved(first, last)) == pytest.approx(share)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What happened on December 31?", "The bridge fell Tuesday."),
        ("What happened on 2019-12-31?", "The bridge fell on New Year's Eve."),
        ("What happened on December 29?", "It burned last weekend."),
        ("What happened on Tuesday?", "The bridge fell on Dec. 31."),
        ("What happened last week?", "The bridge fell on Dec. 27."),
        ("What happened in December 2019?", "The bridge fell Tuesday."),
        ("What happened in January?", "The bridge fell Thursday."),
        ("What happened in 2019?", "The bridge fell on Dec. 27."),
    ],
)
def test_a_question_and_a_text_share_a_word_for_their_day(question: str, text: str) -> None:
    (asked,) = named(question)

    assert set(asked.words()) & set(date_words(text, TODAY).split())


def test_a_word_for_the_day_counts_more_than_one_for_a_stretch_that_holds_it() -> None:
    (asked,) = named("What happened on December 29, 2019?")

    def worth(text: str) -> float:
        return max(asked.words().get(word, 0.0) for word in date_words(text, TODAY).split())

    assert worth("It burned on Sunday.") > worth("It burned last weekend.") > worth("It burned on Monday.") == 0


def test_the_day_of_an_event_is_the_one_that_its_sentences_name() -> None:
    texts = [
        ("Ann Lee, a spokeswoman, said Thursday that the bridge over the Una had collapsed.", TODAY),
        ("The bridge over the Una collapsed Tuesday. Three people died Wednesday in a fire elsewhere.", TODAY),
    ]

    assert event_day("the collapse of the bridge", texts) == date(2019, 12, 31)
    assert event_day("the fire", texts) == date(2020, 1, 1)
    assert event_day("the election", texts) is None


@pytest.mark.parametrize(
    ("event", "day"),
    [
        ("the attack on the embassy", date(2019, 12, 31)),
        ("the embassy was stormed", date(2019, 12, 31)),
        ("the airstrikes on the militia", date(2019, 12, 29)),
        ("the barrage on Kirkuk", date(2019, 12, 27)),
    ],
)
def test_the_events_of_the_seed_articles_have_their_days(event: str, day: date) -> None:
    articles = [("000_53960138a22f9ebe", date(2019, 12, 31)), ("002_1fcff6672cc40b27", TODAY)]
    texts = [((ROOT / f"seeds/{name}.txt").read_text(encoding="utf-8"), published) for name, published in articles]

    assert event_day(event, texts) == day


def test_days_are_counted_from_the_event_that_the_texts_date() -> None:
    looked_up = []

    def speaking_of(event: str) -> list[tuple[str, date | None]]:
        looked_up.append(event)
        return [("The bridge collapsed Tuesday.", TODAY)]

    found = counted_days("What happened four days before the bridge collapsed?", TODAY, speaking_of)

    assert looked_up == ["the bridge collapsed"]
    assert [(one.first, one.last, one.any_year) for one in found] == [(*days("2019-12-27"), False)]


def test_an_event_that_no_text_dates_and_a_time_beyond_the_calendar_are_left_out() -> None:
    assert counted_days("What happened the day after the flood?", TODAY, lambda event: []) == []
    flood: list[tuple[str, date | None]] = [("The flood came Tuesday.", date(9999, 12, 31))]
    assert counted_days("What happened 999 years after the flood?", TODAY, lambda event: flood) == []


pieces = st.sampled_from(
    "two the day days week weekend Sunday before after of attack was stormed December 31 31.12. 12/31 2019 last next "
    "on in may 999 years ? , what Christmas and".split()
)
questions = st.one_of(st.text(), st.lists(pieces, max_size=20).map(" ".join))


@given(questions, st.none() | st.dates())
def test_any_question_is_read_without_losing_its_place(question: str, today: date | None) -> None:
    for one in asked_dates(question, today):
        assert 0 <= one.start < one.end <= len(question)
        if isinstance(one, AskedOffset):
            assert one.start < one.event_start < one.event_end == one.end
        else:
            assert one.first <= one.last
            assert all(0 < weight <= 1 for weight in one.words().values())
            assert 0 <= one.fits(resolved("2019-12-28", "2019-12-29")) <= 1
