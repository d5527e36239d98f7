"""`timeline` in the terminal, `/timeline` in Discord, and the picture of either."""

from __future__ import annotations

import io
import struct
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from bot import render, timelines
from bot.cli import show
from bot.text import units
from bot.timeline_picture import QUOTE, WIDTH, drawn, wrapped
from retrieval.library import Library
from retrieval.models import Citation, Event, Timeline
from tests.bot.conftest import Bot
from tests.bot.world import BUTTON, acted, buttons, components, text, world

HOSTILE = "@everyone <@1> **bold** [x](http://y.example) `code` $x^2$ \\frac ||hidden|| # head\n> quote "
ODD = (
    pytest.param("It cost $5 and not $7_000 \\alpha^{2} {", id="dollars"),
    pytest.param("大使館の前で抗議が続いた。" * 20, id="no spaces"),
    pytest.param("🎉🔥 👩‍👩‍👧‍👦 won \U0001f9ff", id="emoji"),
    pytest.param("x" * 300, id="a long word"),
    pytest.param("سفارة \u202e abc \x00 \ud800 e\u0301\u0301\u0301\u0301\u0301", id="other scripts and what is unseen"),
    pytest.param("", id="nothing"),
    pytest.param(HOSTILE, id="markup"),
)


def citation(number: int, quote: str, publisher: str | None = "The Lorvik Times") -> Citation:
    published = date(2021, 5, number % 28 + 1)
    return Citation(number, "ferry", "A ferry sinks", True, publisher, published, None, 1, quote, 0, len(quote))


def event(number: int, *texts: str, figures: Sequence[str] = (), publisher: str | None = "The Lorvik Times") -> Event:
    """Return what happened on a day of May 2021, by so many quotes, numbered from a number."""
    day = date(2021, 5, number % 28 + 1)
    cited = tuple(citation(number + place, one, publisher) for place, one in enumerate(texts))
    return Event(day, day, f"{day:%A}, {day.day} May 2021", cited, tuple(figures))


def timeline(*events: Event, topic: str = "ferry", total: int = 0, degraded: str = "") -> Timeline:
    return Timeline(topic, None, None, events, total or len(events), degraded)


DIFFERING = event(2, "It sank with 40 people.", "It sank with 34 people.", figures=("40 people", "34 people"))


def size(png: bytes) -> tuple[int, int]:
    """Return the width and the height of a PNG."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


# The terminal


def test_the_terminal_shows_each_day_once_with_its_quotes(seeded: Bot) -> None:
    ran = seeded.run("timeline", "U.S. troops", "--from", "last Tuesday")

    assert ran.code == 0
    assert ran.err == ""
    assert "Timeline of U.S. troops from 31 December 2019 on" in ran.out
    assert ran.out.count("Tuesday, 31 December 2019") == 1
    assert "▌ The Pentagon will dispatch additional U.S. troops" in ran.out
    assert "[1] The Washington Times, 31 December 2019, paragraph 1" in ran.out


def test_what_differs_stands_side_by_side_in_the_terminal() -> None:
    out = io.StringIO()
    Console(file=out, width=100).print(show.timeline(timeline(event(1, "It left [bold]on[/x] Sunday."), DIFFERING)))
    lines = out.getvalue().splitlines()

    assert any("40 people" in line and "34 people" in line for line in lines)
    assert any("It sank with 40" in line and "It sank with 34" in line for line in lines)
    assert "It left [bold]on[/x] Sunday." in out.getvalue()


def test_the_terminal_says_that_there_is_nothing_and_what_to_try(seeded: Bot) -> None:
    ran = seeded.here("timeline", "football", "--to", "2019")

    assert ran.code == 0
    said = " ".join(ran.out.split())
    assert "no day up to 31 December 2019 on which something happened about “football”" in said
    assert f"embassy-bot --corpus {seeded.corpus} --data {seeded.data} sources" in said


def test_the_terminal_says_how_many_more_there_are(seeded: Bot) -> None:
    assert "more events: narrow it by a topic" in seeded.here("timeline", "--limit", "2").out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--from", "football"), "2019-12-31 or 31 December 2019"),
        (("--from", "2020", "--to", "2019"), "Swap the two."),
        (("--png", "/no/such/folder/x.png"), "name a file in a folder that exists"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(seeded: Bot, options: tuple[str, ...], words: str) -> None:
    seeded.here("timeline", "troops", *options).assert_told(2, words)


def test_the_picture_is_written_where_it_is_named(seeded: Bot, tmp_path: Path) -> None:
    file = tmp_path / "timeline.png"

    assert seeded.here("timeline", "U.S. troops", "--png", file).code == 0
    assert size(file.read_bytes())[0] == WIDTH
    assert seeded.here("timeline", "football", "--png", tmp_path / "none.png").code == 0
    assert not (tmp_path / "none.png").exists()


# The picture


@pytest.mark.parametrize("odd", ODD)
def test_whatever_a_quote_has_is_drawn(odd: str) -> None:
    width, _ = size(drawn(timeline(event(1, odd, publisher=odd), event(2, odd, odd, figures=(odd, odd)), topic=odd)))

    assert width == WIDTH


def test_the_picture_grows_with_what_is_in_it() -> None:
    heights = [size(drawn(timeline(*(event(number, "It sank.") for number in range(count)))))[1] for count in (1, 5, 9)]

    assert heights == sorted(set(heights))


def test_of_what_would_be_taller_than_a_picture_can_be_the_rest_is_counted() -> None:
    long = "The ferry sank. " * 200
    _, height = size(drawn(timeline(*(event(number, long) for number in range(28)))))

    assert 20_000 < height < 2**15


@pytest.mark.parametrize("odd", ODD)
def test_no_line_is_wider_than_there_is_room(odd: str) -> None:
    from bot.timeline_picture import _width

    assert all(_width(line, QUOTE) <= 400 for line in wrapped(odd, QUOTE, 400))


def test_a_word_that_is_too_long_is_cut_and_whole() -> None:
    lines = wrapped(f"short {'x' * 300} end", QUOTE, 400)

    assert "".join(lines).replace(" ", "") == f"short{'x' * 300}end"


def test_several_threads_may_draw_at_once() -> None:
    given = timeline(event(1, "It left on Sunday."), DIFFERING)
    with ThreadPoolExecutor(4) as pool:
        pictures = set(pool.map(drawn, [given] * 4))

    assert pictures == {drawn(given)}


def test_nothing_of_the_drawing_is_global() -> None:
    drawn(timeline(DIFFERING))

    assert "matplotlib.pyplot" not in sys.modules


# Discord


@acted
async def test_a_timeline_is_shown_in_the_channel_with_its_picture(seeds: Library) -> None:
    async with world(seeds) as w:
        shown = await w.reader.slash(w.channel, "timeline", topic="U.S. troops", to="31 December 2019")

        assert not shown.ephemeral
        told = text(shown)
        assert told.startswith("### Timeline of U.S. troops\n-# up to 31 December 2019")
        assert "**Friday, 27 December 2019**\n> A barrage of rockets" in told
        assert "-# **[1]** Military Times · 2 January 2020 · paragraph 12" in told
        (file,) = shown.response.attachments
        assert file.filename == timelines.PICTURE
        (gallery,) = [one for one in components(shown) if one["type"] == 12]
        assert "as a picture" in gallery["items"][0]["description"]


@acted
async def test_each_quote_opens_in_its_article(seeds: Library) -> None:
    async with world(seeds) as w:
        shown = await w.reader.slash(w.channel, "timeline", topic="Trump", **{"from": "2019-12-31"})
        opened = await w.reader.click(shown.response, label="[1]")

        assert list(buttons(shown)) == ["[1]"]
        assert opened.ephemeral
        assert "**President Trump on Tuesday blamed the incident on Iran.**" in text(opened)


@acted
async def test_a_timeline_may_be_private_and_of_anything(seeds: Library) -> None:
    async with world(seeds) as w:
        shown = await w.reader.slash(w.channel, "timeline", private=True)

        assert shown.ephemeral
        assert "10 events, quoted word for word · 10 more: narrow it by a topic or by days" in text(shown)
        assert len(buttons(shown)) == 10


@acted
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"topic": "<@1> *football*"}, "about “\\<\\@1\\> \\*football\\*”. Try other words"),
        ({"from": "football"}, "2019-12-31 or 31 December 2019"),
        ({"from": "2020", "to": "2019"}, "Swap the two."),
    ],
)
async def test_a_timeline_without_events_says_what_to_do(seeds: Library, options: dict[str, str], words: str) -> None:
    async with world(seeds) as w:
        shown = await w.reader.slash(w.channel, "timeline", **options)

        assert words in text(shown)
        assert w.answers() == 0
        assert not shown.response.attachments


@acted
async def test_a_timeline_counts_as_a_question(seeds: Library) -> None:
    async with world(seeds, user_questions=1) as w:
        await w.reader.slash(w.channel, "timeline", topic="troops")
        refused = await w.reader.slash(w.channel, "timeline", topic="troops")

        assert "That is a lot of questions at once." in text(refused)
        assert refused.ephemeral


@acted
async def test_where_too_many_are_drawn_the_words_come_alone(seeds: Library) -> None:
    async with world(seeds) as w:
        w.bot.service._drawing._limit = 0
        shown = await w.reader.slash(w.channel, "timeline", topic="U.S. troops")

        assert "**Friday, 27 December 2019**" in text(shown)
        assert not shown.response.attachments


@acted
async def test_help_names_it(seeds: Library) -> None:
    async with world(seeds) as w:
        assert "`/timeline`" in text(await w.reader.slash(w.channel, "help"))


def test_the_longest_timeline_fits_into_a_message() -> None:
    odd = HOSTILE * 12
    events = [event(number, odd, publisher=odd) for number in range(10)]
    differing = [event(number, odd, odd, odd, figures=(odd, odd, odd), publisher=odd) for number in range(10)]
    for found in (timeline(*events, topic=odd, total=99), timeline(*differing, topic=odd, degraded="Words alone.")):
        view = timelines.shown(found, 2**40, picture=True)
        shown = list(components(view))

        assert sum(units(one.get("content", "")) for one in shown) <= render.TEXT_UNITS
        assert len(shown) <= render.COMPONENTS
        assert sum(one["type"] == BUTTON for one in shown) >= 9
        told = text(view)
        assert "more: narrow it by a topic or by days" in told
        assert "\\@everyone" in told
        for harmful in ("<@1>", " @everyone", "[x](", "||hidden", "`code`", "**bold", "http://"):
            assert harmful not in told
