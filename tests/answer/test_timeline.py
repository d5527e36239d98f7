"""Timelines: what happened when, by sentences that name a day, over the seeds and a few articles beside them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from retrieval.errors import QuestionError
from retrieval.library import Library
from retrieval.models import Event, Timeline
from tests.conftest import SEEDS, settings_for

NEW_YEARS_EVE = date(2019, 12, 31)

ARTICLES = {
    "kirkuk": (
        "Rockets hit a base",
        "2019-12-28",
        "Five U.S. troops were wounded on Friday by rockets that struck a military installation in Kirkuk.\n\n"
        "Bakers baked cakes on 3 May 2019.",
    ),
    "ferry-1": ("A ferry sinks", "2021-05-04", "The ferry Aurora sank off Lorvik on Monday with 40 people on board."),
    "ferry-2": (
        "What went before",
        "2021-05-05",
        "With 40 people on board, the ferry Aurora sank off Lorvik on Monday.",
    ),
    "ferry-3": (
        "An inquiry",
        "2021-06-01",
        "The ferry Aurora sank off Lorvik on 3 May 2021 with 34 people on board.\n\n"
        "Her captain, Olga Berg, had sailed her since 2015. She was questioned last Friday.",
    ),
    "tunnel": (
        "The tunnel to Lorvik",
        "2022-03-01",
        "The tunnel was begun in October 2019, and the old road was closed in 2003. "
        "Miners had wanted it over the last ten years. It is to be opened in May 2030.",
    ),
    "storm": (
        "A storm over Lorvik",
        "2018-11-17",
        "The storm that hit Lorvik on Thursday was the strongest since 1977. The storm took more roofs than in 2012. "
        "The storm warden, Per Lund, has lived at the lighthouse since 2015.",
    ),
    "harbour": ("The harbour", "", "The harbour of Lorvik was opened on 12 June 1998. It was closed on Tuesday."),
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library over the seeds and these articles."""
    folder = tmp_path_factory.mktemp("timeline")
    corpus = Path(shutil.copytree(SEEDS, folder / "corpus"))
    for name, (title, published, text) in ARTICLES.items():
        head = f"title: {title}\npublisher: The Lorvik Times\n" + (f"published: {published}\n" if published else "")
        (corpus / f"{name}.md").write_text(f"---\n{head}---\n{text}\n", encoding="utf-8")
    with Library(settings_for(corpus, folder / "data"), command="tests") as made:
        made.update()
        yield made


def quotes(given: Timeline) -> list[str]:
    return [one.quote for one in given.citations]


def with_words(given: Timeline, words: str) -> Event:
    """Return the one event with these words in a quote."""
    (found,) = [event for event in given.events if any(words in one.quote for one in event.citations)]
    return found


@pytest.mark.parametrize("topic", ["U.S. troops", "rocket attacks", "embassy attack", "ferry", ""])
def test_events_are_in_the_order_of_their_days_by_exact_quotes(library: Library, topic: str) -> None:
    found = library.timeline(topic, limit=50)

    assert found.events
    assert [event.first for event in found.events] == sorted(event.first for event in found.events)
    assert [one.number for one in found.citations] == list(range(1, len(found.citations) + 1))
    for one in found.citations:
        assert library.article(one.article).text[one.start : one.end] == one.quote
        assert len(one.quote.split()) <= 60


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("protesters", ["The protests came on the heels", "Molotov cocktails"]),
        ("U.S. troops", ["four U.S. troops", "750 paratroopers", "The Pentagon will dispatch"]),
        ("rocket attacks", ["11 rocket attacks", "A barrage of rockets", "a rocket attack last week"]),
        ("What happened at the embassy?", ["to storm the U.S. Embassy", "had improved"]),
        ("Trump", ["President Trump on Tuesday blamed the incident on Iran."]),
    ],
)
def test_a_topic_brings_the_lines_that_a_person_would_choose(seeds: Library, topic: str, words: list[str]) -> None:
    found = quotes(seeds.timeline(topic))

    assert all(any(one in quote for quote in found) for one in words)
    assert len(found) < seeds.timeline(limit=50).total


@pytest.mark.parametrize(
    "topic",
    [
        *("football", "Soleimani", "climate change", "Champions League final", "oil prices", "🙂", "?!"),
        # They have a word in common with the articles.
        *("football in Iraq", "elections in Iraq", "troops in Afghanistan", "protests in Hong Kong"),
    ],
)
def test_a_topic_of_which_the_articles_do_not_speak_has_no_events(seeds: Library, topic: str) -> None:
    found = seeds.timeline(topic)

    assert (found.events, found.total) == ((), 0)


def test_a_title_alone_makes_nothing_of_its_topic(library: Library) -> None:
    found = quotes(library.timeline("rockets", limit=50))

    assert any("Five U.S. troops" in quote for quote in found)
    assert not any("cakes" in quote for quote in found)


def test_a_day_is_that_which_its_words_stand_for(seeds: Library) -> None:
    event = with_words(seeds.timeline("Trump"), "President Trump on Tuesday blamed")

    assert (event.first, event.last, event.when) == (NEW_YEARS_EVE, NEW_YEARS_EVE, "Tuesday, 31 December 2019")
    assert event.citations[0].days == ("“Tuesday”: Tuesday, 31 December 2019",)


@pytest.mark.parametrize("topic", ["", "the embassy"])
def test_both_days_of_a_range_are_counted_in(seeds: Library, topic: str) -> None:
    found = seeds.timeline(topic, first=NEW_YEARS_EVE, last=date(2020, 1, 1), limit=50)

    assert (found.first, found.last) == (NEW_YEARS_EVE, date(2020, 1, 1))
    assert {event.first for event in found.events} == {NEW_YEARS_EVE, date(2020, 1, 1)}


def test_a_range_may_be_open_at_either_end(library: Library) -> None:
    before = library.timeline(last=date(2003, 12, 31))
    after = library.timeline(first=date(2021, 5, 1))

    assert [event.when for event in before.events] == ["Friday, 12 June 1998", "2003"]
    assert {event.first for event in after.events} == {date(2021, 5, 3), date(2021, 5, 28), date(2030, 5, 1)}


def test_a_topic_that_is_only_a_day_is_a_range(seeds: Library) -> None:
    found = seeds.timeline("December 31")

    assert (found.topic, found.first, found.last) == ("", NEW_YEARS_EVE, NEW_YEARS_EVE)
    assert {event.first for event in found.events} == {NEW_YEARS_EVE}


def test_without_a_topic_the_newest_are_shown_and_the_others_counted(seeds: Library) -> None:
    found = seeds.timeline(limit=3)

    assert len(found.events) == 3
    assert found.total > 10
    assert {event.last for event in found.events} == {date(2020, 1, 2)}


def test_what_is_planned_is_not_among_the_newest_events(library: Library) -> None:
    planned = "It is to be opened in May 2030."

    assert not any(planned in quote for quote in quotes(library.timeline(limit=50)))
    assert with_words(library.timeline(first=date(2030, 1, 1)), planned).when == "May 2030"


def test_what_articles_count_differently_stands_side_by_side(library: Library) -> None:
    event = with_words(library.timeline("U.S. troops"), "Five U.S. troops")

    assert event.when == "Friday, 27 December 2019"
    assert event.figures == ("Five U.S. troops", "four U.S. troops")
    assert [one.published for one in event.citations] == [date(2019, 12, 28), date(2020, 1, 2)]
    assert all(figure in one.quote for figure, one in zip(event.figures, event.citations, strict=True))


def test_what_is_said_again_is_shown_once(library: Library) -> None:
    found = library.timeline("the ferry Aurora sank", limit=50)
    (event,) = [event for event in found.events if event.first == date(2021, 5, 3)]

    assert event.figures == ("40 people", "34 people")
    assert event.citations[0].article in ("ferry-1", "ferry-2")
    assert [one.article for one in event.citations[1:]] == ["ferry-3"]


def test_an_undated_article_gives_only_days_that_it_names_in_full(library: Library) -> None:
    found = library.timeline("harbour of Lorvik", limit=50)

    assert [one.quote for one in found.citations if one.article == "harbour"] == [
        "The harbour of Lorvik was opened on 12 June 1998."
    ]


def test_months_and_years_are_lines_and_what_is_longer_is_not(library: Library) -> None:
    found = library.timeline("tunnel to Lorvik", limit=50)

    assert with_words(found, "The tunnel was begun").when == "October 2019"
    assert not any("ten years" in quote for quote in quotes(found))


def test_what_a_storm_is_only_compared_with_is_no_event(library: Library) -> None:
    found = library.timeline("storm over Lorvik", limit=50)
    of_2015 = quotes(library.timeline(first=date(2015, 1, 1), last=date(2015, 12, 31)))

    assert [event.when for event in found.events] == ["Thursday, 15 November 2018"]
    assert library.timeline(first=date(1977, 1, 1), last=date(1977, 12, 31)).events == ()
    assert library.timeline(first=date(2012, 1, 1), last=date(2012, 12, 31)).events == ()
    assert any("has lived at the lighthouse since 2015" in quote for quote in of_2015)


def test_a_pronoun_has_the_sentence_before_it_beside_it(library: Library) -> None:
    event = with_words(library.timeline("Olga Berg"), "She was questioned last Friday.")

    assert event.first == date(2021, 5, 28)
    assert event.citations[0].quote.startswith("Her captain, Olga Berg,")


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("2019-12-31", NEW_YEARS_EVE, NEW_YEARS_EVE),
        ("31 December 2019", NEW_YEARS_EVE, NEW_YEARS_EVE),
        ("December 31", NEW_YEARS_EVE, NEW_YEARS_EVE),
        ("last Tuesday", NEW_YEARS_EVE, NEW_YEARS_EVE),
        (" December\n2019 ", date(2019, 12, 1), NEW_YEARS_EVE),
        ("2019", date(2019, 1, 1), NEW_YEARS_EVE),
    ],
)
def test_days_are_understood_as_people_write_them(seeds: Library, typed: str, first: date, last: date) -> None:
    assert seeds.stretch(typed, typed) == (first, last)


@pytest.mark.parametrize("typed", ["", "football", "2019-13-45", "from May to June", "x" * 1_000, "\0", "9999999"])
def test_what_names_no_day_says_how_to_write_one(seeds: Library, typed: str) -> None:
    with pytest.raises(QuestionError, match=r"2019-12-31 or 31 December 2019") as told:
        seeds.stretch(typed, None)
    assert len(str(told.value)) < 200


@pytest.mark.parametrize("typed", ["1/2/2021", " 01/02/2021", "on 1/2/2021", "2-1-2021"])
def test_a_day_that_can_be_read_in_two_ways_is_refused_with_both(seeds: Library, typed: str) -> None:
    with pytest.raises(QuestionError) as told:
        seeds.stretch(None, typed)

    assert re.search("2 January 2021.* or |1 February 2021.* or ", str(told.value))
    assert "2021-01-02" in str(told.value)
    assert "2021-02-01" in str(told.value)


def test_a_day_without_its_year_is_refused_too_where_it_can_be_read_in_two_ways(seeds: Library) -> None:
    with pytest.raises(QuestionError, match=r"“1/2” may be 2 January 2020 or 1 February 2020"):
        seeds.stretch("1/2", None)


@pytest.mark.parametrize(
    ("typed", "day"),
    [("1/13/2021", date(2021, 1, 13)), ("13/1/2021", date(2021, 1, 13)), ("2/2/2021", date(2021, 2, 2))],
)
def test_a_day_that_can_be_read_in_one_way_is_taken(seeds: Library, typed: str, day: date) -> None:
    assert seeds.stretch(typed, typed) == (day, day)


def test_days_the_wrong_way_round_are_told(seeds: Library) -> None:
    with pytest.raises(QuestionError, match="2020-01-02 is later than 2019-12-31"):
        seeds.timeline(first=date(2020, 1, 2), last=NEW_YEARS_EVE)


@pytest.mark.parametrize("bounds", [(date.min, date.max), (date.max, None), (None, date.min), (date.min, None)])
def test_the_ends_of_time_are_days_like_others(seeds: Library, bounds: tuple[date | None, date | None]) -> None:
    for topic in ("", "troops"):
        found = seeds.timeline(topic, first=bounds[0], last=bounds[1])
        assert bool(found.events) == (bounds[0] == date.min)
