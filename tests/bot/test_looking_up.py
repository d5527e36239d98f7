"""`/search`, `/source`, `/sources` and `/help`, and what is offered while one types."""

from __future__ import annotations

import pytest

from retrieval.library import Library
from tests.bot.world import acted, buttons, text, world


@acted
async def test_a_search_shows_passages_to_whoever_asks_alone(seeds: Library) -> None:
    async with world(seeds) as w:
        found = await w.reader.slash(w.channel, "search", query="paratroopers", publisher="Military Times")

        assert found.ephemeral
        assert "### Passages for “paratroopers”" in text(found)
        assert "The Washington Times" not in text(found)


@acted
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"after": "some day"}, "names no day. Write it as 2019-12-31"),
        ({"after": "2020-01-02", "before": "December 2019"}, "2020-01-02 is later than 2019-12-31"),
        (
            {"publisher": "The Onion"},
            "There is no publisher “The Onion”. There is Military Times, The Washington Times.",
        ),
        ({"after": "2030-01-01"}, "No passage fits."),
    ],
)
async def test_a_search_that_cannot_be_says_why(seeds: Library, options: dict[str, str], words: str) -> None:
    async with world(seeds) as w:
        result = await w.reader.slash(w.channel, "search", query="troops", **options)

        assert result.ephemeral
        assert words in text(result)


@acted
@pytest.mark.parametrize(
    ("typed", "publisher"),
    [
        ("washingtn", "The Washington Times"),
        ("military tmes", "Military Times"),
        ("31 dec", "The Washington Times"),
        ("2020-01-02", "Military Times"),
        ("marine corps released", "Military Times"),
        ("shawn snow", "Military Times"),
    ],
)
async def test_articles_are_offered_by_whatever_one_remembers_of_them(
    seeds: Library, typed: str, publisher: str
) -> None:
    async with world(seeds) as w:
        offered = await w.reader.autocomplete(w.channel, "source", "article", typed)

        assert publisher in offered[0]["name"]


@acted
async def test_what_fits_nothing_is_offered_nothing(seeds: Library) -> None:
    async with world(seeds) as w:
        assert await w.reader.autocomplete(w.channel, "source", "article", "xyzzy quux") == []


@acted
async def test_publishers_are_offered(seeds: Library) -> None:
    async with world(seeds) as w:
        offered = await w.reader.autocomplete(w.channel, "search", "publisher", "milit", query="x")

        assert [one["value"] for one in offered] == ["Military Times"]


@acted
async def test_an_article_opens_at_a_paragraph_with_what_is_known_of_it(seeds: Library) -> None:
    async with world(seeds) as w:
        (choice, *_) = await w.reader.autocomplete(w.channel, "source", "article", "military")
        opened = await w.reader.slash(w.channel, "source", article=choice["value"], paragraph=5)

        assert opened.ephemeral
        assert "By Shawn Snow, Aaron Mehta" in text(opened)
        assert "published inferred from" in text(opened)
        assert "-# Paragraph 4\n" in text(opened)
        await w.reader.click(opened.response, label="After ›")
        assert "-# Paragraph 8\n" in text(opened)


@acted
async def test_what_is_no_part_of_the_story_is_set_back(seeds: Library) -> None:
    async with world(seeds) as w:
        opened = await w.reader.slash(w.channel, "source", article="washington", paragraph=7)

        assert "-# Paragraph 7 · beside the story\n-# SEE ALSO: Militiamen breach" in text(opened)
        assert "-# Paragraph 6\n" in text(opened)


@acted
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"article": "xyzzy quux"}, "There is no such article."),
        ({"article": "washington", "paragraph": 999}, "paragraphs; there is no 999."),
    ],
)
async def test_an_article_that_is_not_there_is_told(seeds: Library, options: dict[str, str], words: str) -> None:
    async with world(seeds) as w:
        assert words in text(await w.reader.slash(w.channel, "source", **options))


@acted
async def test_all_articles_are_listed_newest_first(seeds: Library) -> None:
    async with world(seeds) as w:
        listed = await w.reader.slash(w.channel, "sources")

        assert text(listed).index("2 January 2020") < text(listed).index("31 December 2019")
        reading = next(iter(buttons(listed).values()))
        opened = await w.reader.click(listed.response, custom_id=reading["custom_id"])
        assert "-# Paragraph 1\n" in text(opened)


@acted
async def test_help_offers_questions_made_from_the_articles(seeds: Library) -> None:
    async with world(seeds) as w:
        shown = await w.reader.slash(w.channel, "help")

        assert list(buttons(shown)) == list(seeds.examples())
