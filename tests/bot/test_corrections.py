"""What becomes of the quotes and passages of an answer when their articles change, move or go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot import reading, render
from bot.catalogue import key_of
from bot.corrections import Correction, Standing, changed_words, digest, look_up, paragraph_of, passage_today
from bot.service import Found, FoundPassage
from bot.state import Place, Quote
from bot.text import marked, units
from retrieval.library import Library
from retrieval.models import Article, ArticleSummary, Paragraph, Span
from tests.bot.world import acted, buttons, components, text, world
from tests.conftest import settings_for

AFTER = (
    "It had left at noon, an hour late, with cars, lorries and two buses on its lower deck, and the harbor master had "
    "warned its captain of the wind that was to come in the afternoon."
)
"""Too long to be quoted with the sentence before it."""
FERRY = "About 120 people were on the ferry when it sank off Aldaboro."
"""What is quoted; the articles below differ around it, or in it."""
OTHERS = (
    "The harbour of Aldaboro was closed on Tuesday evening.",
    "Mayor Ines Quoll asked everyone to stay away from the quay.",
    "Divers are expected from the capital on Wednesday morning.",
)
QUESTION = "How many people were on the ferry when it sank?"


def article_of(*paragraphs: str) -> Article:
    """Return an article of these paragraphs."""
    whole = "\n\n".join(paragraphs)
    places: list[Paragraph] = []
    for one in paragraphs:
        start = places[-1].end + 2 if places else 0
        places.append(Paragraph(start, start + len(one)))
    return Article("ferry", "Ferry sinks", "The Paper", (), date(2020, 1, 2), None, whole, tuple(places))


BEFORE = article_of(OTHERS[0], f"{FERRY} It had left at noon.", OTHERS[1])
QUOTE = Quote(1, "ferry", 2, len(OTHERS[0]) + 2, len(OTHERS[0]) + 2 + len(FERRY), FERRY, "Ferry sinks", "The Paper")


def now_of(found: Standing | Correction) -> str | None:
    assert isinstance(found, Correction)
    return found.now.words if found.now else None


def test_a_quote_in_its_place_stands() -> None:
    assert look_up(QUOTE, BEFORE) == Standing(QUOTE, BEFORE)


@pytest.mark.parametrize(
    ("paragraphs", "number"),
    [
        ((OTHERS[2], OTHERS[0], f"It had left at noon. {FERRY}"), 3),
        ((FERRY,), 1),
        ((OTHERS[0], FERRY.replace(" the ferry", "\nthe  ferry"), OTHERS[1]), 2),
    ],
)
def test_a_quote_that_only_moved_stands_where_it_stands_now(paragraphs: tuple[str, ...], number: int) -> None:
    article = article_of(*paragraphs)
    found = look_up(QUOTE, article)

    assert isinstance(found, Standing)
    assert found.quote.words == article.text[found.quote.start : found.quote.end]
    assert found.quote.words.split() == FERRY.split()
    assert found.quote.paragraph == number


def test_of_two_places_with_the_same_words_the_nearer_one_is_shown() -> None:
    found = look_up(QUOTE, article_of("Late news.", OTHERS[0], FERRY, *OTHERS, FERRY))

    assert isinstance(found, Standing)
    assert found.quote.paragraph == 3


@pytest.mark.parametrize(
    "changed",
    [
        FERRY.replace("120", "95"),
        FERRY.replace("About 120", "As many as 140"),
        "Officials now say that 95 people were on the ferry when it sank.",
        "About 120 people were aboard the ferry when it sank two miles off Aldaboro, the coast guard said.",
        "There were about 95 people on the ferry.",
    ],
)
def test_words_that_were_changed_are_found_among_others(changed: str) -> None:
    article = article_of("Late news of the ferry.", OTHERS[0], f"It rained. {changed} It had left at noon.", *OTHERS)
    found = look_up(QUOTE, article)

    assert now_of(found) == changed
    assert isinstance(found, Correction)
    assert found.now is not None
    assert found.now.paragraph == 3
    assert found.article is article


def test_a_quote_that_became_two_sentences_is_shown_as_both() -> None:
    changed = "About 95 people were on the ferry. It sank off Aldaboro."

    assert now_of(look_up(QUOTE, article_of(OTHERS[0], f"{changed} Nobody saw it.", OTHERS[1]))) == changed


def test_of_two_sentences_that_are_alike_the_one_near_the_old_place_is_shown() -> None:
    first, second = FERRY.replace("120", "95"), FERRY.replace("120", "96")

    assert now_of(look_up(QUOTE, article_of(OTHERS[0], first, *OTHERS, second))) == first
    late = replace(QUOTE, paragraph=6, start=10_000, end=10_000 + len(FERRY))
    assert now_of(look_up(late, article_of(OTHERS[0], first, *OTHERS, second))) == second


def test_of_words_that_are_gone_no_others_are_shown() -> None:
    assert now_of(look_up(QUOTE, article_of(*OTHERS))) is None
    assert now_of(look_up(QUOTE, replace(BEFORE, text="", paragraphs=()))) is None
    assert now_of(look_up(replace(QUOTE, words="…"), BEFORE)) is None


def test_an_article_that_was_removed_leaves_the_words() -> None:
    assert look_up(QUOTE, None) == Correction(QUOTE, None, None)


@pytest.mark.parametrize("length", [200_000])
def test_a_very_long_article_is_looked_through_at_once(length: int) -> None:
    article = article_of(*OTHERS, " ".join([OTHERS[1]] * (length // len(OTHERS[1]))), FERRY.replace("120", "95"))

    assert now_of(look_up(QUOTE, article)) == FERRY.replace("120", "95")


# What differs


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        ("About 120 people", "About 95 people", ["120"], ["95"]),
        ("About 5,000 troops", "About 4,500 U.S. troops", ["5,000"], ["4,500 U.S."]),
        ("He left.", "He left, late.", [], [", late"]),
        ("Nobody was hurt", "was hurt", ["Nobody"], []),
        ("Nobody was hurt", "Nobody  was\nhurt", [], []),
        ("One two three", "Four five six", [], []),
    ],
)
def test_the_words_that_differ_are_told(before: str, after: str, old: list[str], new: list[str]) -> None:
    left, right = changed_words(before, after)

    assert [before[one.start : one.end] for one in left] == old
    assert [after[one.start : one.end] for one in right] == new


def test_marked_words_are_bold_escaped_and_kept_in_sight() -> None:
    assert marked("a *b* c", [Span(2, 5)], 100) == r"a **\*b\*** c"
    assert marked("a\nb  c", [], 100) == "a b c"
    long = "word " * 200 + "changed " + "word " * 200
    shown = marked(long, [Span(1000, 1007)], 120)
    assert shown.startswith("… word")
    assert shown.endswith("word …")
    assert "**changed**" in shown
    assert units(shown) <= 120
    assert units(marked("x" * 5000, [Span(10, 20)], 120)) <= 120
    assert marked("", [], 100) == "—"


# Passages


def test_a_passage_that_moved_is_found_and_one_that_changed_is_not() -> None:
    passage = f"{FERRY} It had left at noon."
    start = BEFORE.text.index(passage)
    place = Place("ferry", start, start + len(passage), 2, 2, digest(passage))
    moved = article_of("Late news.", *OTHERS, passage)

    assert passage_today(place, BEFORE) == place
    today = passage_today(place, moved)
    assert today is not None
    assert moved.text[today.start : today.end] == passage
    assert (today.first, today.last) == (5, 5)
    assert passage_today(place, article_of(*OTHERS, passage.replace("120", "95"))) is None


def test_a_place_is_told_by_its_paragraph() -> None:
    assert [paragraph_of(BEFORE, place) for place in (0, QUOTE.start - 1, QUOTE.start, len(BEFORE.text))] == [
        *(1, 1, 2, 3),
    ]


# The messages


def shown(found: Standing | Correction, paragraph: int | None = None) -> str:
    return text(reading.cited(found, 7, paragraph))


def test_a_correction_shows_both_the_words_then_and_the_words_now() -> None:
    changed = FERRY.replace("120", "95")
    message = shown(look_up(QUOTE, article_of(OTHERS[2], OTHERS[0], f"{changed} It had left at noon.", OTHERS[1])))

    assert "**The article was changed after I quoted it.**" in message
    assert f"-# **Quoted then** · paragraph 2\n> {FERRY.replace('120', '**120**')}" in message
    assert f"-# **Stands there now** · paragraph 3\n> {changed.replace('95', '**95**')}" in message
    assert f"-# Paragraph 3\n**{changed}** It had left at noon." in message


def test_an_enormous_correction_is_within_discord_s_limits() -> None:
    words = "*_~`|" * 2_000
    big = article_of(*[f"{word}{words} and again." for word in ("One", "Two", "Three")])
    big = replace(big, title=words, publisher=words, url="https://example.org/" + "a" * 400)
    then = replace(QUOTE, words=f"Two {words} once more.", title=words, publisher=words)
    now = replace(then, words=big.text[big.paragraphs[1].start : big.paragraphs[1].end], start=big.paragraphs[1].start)
    for found in (Correction(then, big, now), Correction(then, big), Correction(then)):
        view = reading.cited(found, 2**60)
        assert units(text(view)) <= render.TEXT_UNITS
        assert len(list(components(view))) <= render.COMPONENTS


def test_a_removed_article_that_was_kept_without_its_title_shows_the_words_alone() -> None:
    old = Quote(1, "ferry", 2, 0, len(FERRY), FERRY)

    assert shown(Correction(old)).startswith("**The article was removed after I quoted it.**")


def test_two_passages_of_one_paragraph_have_one_button() -> None:
    places = [Place("ferry", start, start + 9, 2, 2, "") for start in (0, 5)]
    summary = ArticleSummary("ferry", "Ferry sinks", None, (), None, None, {}, 9, 1)
    found = Found("x", tuple(FoundPassage(one, summary, "Words.") for one in places), 2)

    assert len(buttons(reading.passages(found, 7, 0))) == 1


# In Discord


@pytest.fixture
def ferry(tmp_path: Path) -> Iterator[Library]:
    """A library over an article of the ferry and another one, to change."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    write(corpus, *OTHERS, f"{FERRY} {AFTER}", *OTHERS)
    (corpus / "other.txt").write_text("The bridge of Varn was opened again on Monday, two years late.")
    with Library(settings_for(corpus, tmp_path / "data")) as library:
        library.update()
        yield library


def write(corpus: Path, *paragraphs: str) -> None:
    head = "---\ntitle: Ferry sinks off Aldaboro\npublisher: The Paper\npublished: 2020-01-02\n---\n\n"
    (corpus / "ferry.md").write_text(head + "\n\n".join(paragraphs) + "\n", encoding="utf-8")


@acted
async def test_a_reader_learns_that_what_was_quoted_was_changed(ferry: Library) -> None:
    async with world(ferry) as w:
        answer = await w.ask(QUESTION)
        assert FERRY in text(answer)
        changed = FERRY.replace("120", "95")
        write(ferry.settings.corpus.path, *OTHERS, f"{changed} {AFTER}", *OTHERS)
        ferry.update()
        opened = await w.moderator.click(answer, label="Read in context")

        assert opened.ephemeral
        assert "**The article was changed after I quoted it.**" in text(opened)
        assert FERRY.replace("120", "**120**") in text(opened)
        assert f"> {changed.replace('95', '**95**')}" in text(opened)
        assert OTHERS[2] in text(opened)

        await w.moderator.click(opened.response, label="‹ Before")
        assert "**The article was changed after I quoted it.**" in text(opened)
        assert OTHERS[0] in text(opened)
        copied = await w.moderator.click(opened.response, label="Copy citation")
        assert f"“{FERRY}”" in text(copied)
        assert "The Paper, 2 January 2020, paragraph" in text(copied)
        assert "(As it stood then; the article was changed since.)" in text(copied)


@acted
async def test_a_reader_is_told_nothing_of_a_quote_that_only_moved(ferry: Library) -> None:
    async with world(ferry) as w:
        answer = await w.ask(QUESTION)
        write(ferry.settings.corpus.path, *OTHERS, f"{AFTER} {FERRY}")
        ferry.update()
        opened = await w.reader.click(answer, label="Read in context")

        assert f"\n{AFTER} **{FERRY}**" in text(opened)
        assert "changed" not in text(opened)


@acted
async def test_a_reader_learns_that_nothing_is_left_of_a_quote(ferry: Library) -> None:
    async with world(ferry) as w:
        answer = await w.ask(QUESTION)
        write(ferry.settings.corpus.path, *OTHERS)
        ferry.update()
        opened = await w.reader.click(answer, label="Read in context")

        assert "**Nothing like it stands in the article any more.**" in text(opened)
        assert f"> {FERRY}" in text(opened)


@acted
async def test_a_reader_learns_that_the_article_was_removed(ferry: Library) -> None:
    async with world(ferry) as w:
        answer = await w.ask(QUESTION)
        opened = await w.reader.click(answer, label="Read in context")
        more = await w.reader.click(answer, label="More passages")
        (ferry.settings.corpus.path / "ferry.md").unlink()
        ferry.update()
        again = await w.reader.click(answer, label="Read in context")

        assert text(again).startswith("### Ferry sinks off Aldaboro\nThe Paper · 2 January 2020\n")
        assert "**The article was removed after I quoted it.**" in text(again)
        assert f"> **{FERRY}**" in text(again)
        copied = await w.reader.click(again.response, label="Copy citation")
        assert "The Paper, 2 January 2020" in text(copied)
        assert "removed since.)" in text(copied)
        # A message that was opened before learns it too.
        await w.reader.click(opened.response, label="‹ Before")
        assert "**The article was removed after I quoted it.**" in text(opened)
        read_on = next(one["custom_id"] for one in components(more) if key_of("ferry") in one.get("custom_id", ""))
        gone = await w.reader.click(more.response, custom_id=read_on)
        assert "That article was removed since then." in text(gone)


@acted
async def test_of_the_passages_those_that_are_gone_are_told_and_the_others_shown(ferry: Library) -> None:
    async with world(ferry) as w:
        answer = await w.ask(QUESTION)
        write(ferry.settings.corpus.path, OTHERS[0])
        ferry.update()
        changed = await w.reader.click(answer, label="More passages")
        assert "This passage no longer stands in the article" in text(changed)
        assert "The bridge of Varn was opened again" in text(changed)

        (ferry.settings.corpus.path / "ferry.md").unlink()
        ferry.update()
        removed = await w.reader.click(answer, label="More passages")
        assert "its article was removed since" in text(removed)
        assert "The bridge of Varn was opened again" in text(removed)


@acted
async def test_an_answer_kept_by_an_earlier_bot_still_opens(ferry: Library) -> None:
    async with world(ferry) as w:
        answer = await w.ask(QUESTION)
        row = w.state._db.execute("SELECT id, quotes FROM answers").fetchone()
        old = [{name: one[name] for name in one if name not in ("title", "publisher", "published")}
               for one in json.loads(row["quotes"])]  # fmt: skip
        w.state._db.execute("UPDATE answers SET quotes = ? WHERE id = ?", (json.dumps(old), row["id"]))

        assert FERRY in text(await w.reader.click(answer, label="Read in context"))
