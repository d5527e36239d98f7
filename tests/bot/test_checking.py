"""A message or a text held against the articles, by command, as readers see it."""

from __future__ import annotations

from datetime import date

import pytest

from bot import claims, render
from bot.text import units
from retrieval.errors import QuestionError
from retrieval.library import Library
from retrieval.models import Citation, ClaimCheck, Stand
from retrieval.verification.claims import MAX_CHECKED, MAX_CLAIMS
from tests.bot.conftest import Bot
from tests.bot.world import BUTTON, acted, components, text, world

SAID = (
    "The U.S. has about 5,000 troops in Iraq. The attack in Kirkuk wounded five U.S. troops. "
    "Two million people live in Oslo. Is that so?"
)


@acted
async def test_a_text_is_checked_claim_by_claim_for_whoever_asks_alone(seeds: Library) -> None:
    async with world(seeds) as w:
        shown = await w.reader.slash(w.channel, "check", text=SAID)

        assert shown.ephemeral
        told = text(shown)
        assert "3 statements: 1 borne out, 1 otherwise, 1 not in the articles" in told
        assert "The U.S. has about 5,000 troops currently stationed in Iraq." in told
        assert "the passage says four and not five" in told
        assert "Two million people live in Oslo" in told
        assert "Is that so" not in told


@acted
async def test_a_quote_of_a_check_opens_in_its_article(seeds: Library) -> None:
    async with world(seeds) as w:
        shown = await w.reader.slash(w.channel, "check", text=SAID)
        first = next(one for one in components(shown) if one["type"] == BUTTON)
        opened = await w.reader.click(await w.show(first["custom_id"]), label="Press")

        assert opened.ephemeral
        assert "**The U.S. has about 5,000 troops currently stationed in Iraq.**" in text(opened)


@acted
async def test_a_message_is_checked_from_its_menu(seeds: Library) -> None:
    async with world(seeds) as w:
        message = await w.moderator.send(w.channel, "> Iran attacked the embassy on December 31, <@123> *said*!")
        shown = await w.reader.context_menu(w.channel, "Check against the articles", message)

        assert shown.ephemeral
        assert "**The articles have it otherwise**" in text(shown)
        assert "<@123>" not in text(shown)


@acted
async def test_a_message_that_states_nothing_says_so(seeds: Library) -> None:
    async with world(seeds) as w:
        message = await w.moderator.send(w.channel, "Why? How come?")
        shown = await w.reader.context_menu(w.channel, "Check against the articles", message)

        assert shown.ephemeral
        assert "There is no statement in that" in text(shown)


def test_the_longest_check_fits_into_a_message() -> None:
    quote = "Said **she** to @everyone. " * 200
    cited = Citation(1, "a", "T" * 300, True, "P" * 300, date(2020, 1, 2), None, 1, quote, 0, len(quote))
    found = [
        ClaimCheck("Claim <@1> [x](http://y.example) " * 60, Stand.AGAINST, "reason " * 90, cited)
        for _ in range(MAX_CLAIMS)
    ]
    view = claims.checked(found, 7, "Found by words alone: the Chroma server does not answer.")
    shown = list(components(view))

    assert sum(units(one.get("content", "")) for one in shown) <= render.TEXT_UNITS
    assert len(shown) <= render.COMPONENTS


def test_so_many_claims_are_checked_and_no_more(seeds: Library) -> None:
    found = seeds.check("The ferry sank on Monday. " * (MAX_CLAIMS + 5))

    assert len(found) == MAX_CLAIMS
    assert {one.stand for one in found} == {Stand.SILENT}


@pytest.mark.parametrize("said", ["", " ", "Why?", "\0", "…", "@here", "a" * (MAX_CHECKED + 1)])
def test_what_states_nothing_is_no_text_to_check(seeds: Library, said: str) -> None:
    with pytest.raises(QuestionError):
        seeds.check(said)


def test_the_terminal_shows_and_prints_the_same(seeded: Bot) -> None:
    shown = seeded.run("check", SAID)
    printed = seeded.run("check", "--json", SAID).object

    assert "The articles have it otherwise" in shown.out
    assert [one["stand"] for one in printed["claims"]] == ["supported", "against", "silent"]
    assert set(printed["claims"][0]) == {"claim", "stand", "reason", "citation"}
    assert printed["claims"][0]["citation"]["quote"] in " ".join(shown.out.replace("▌", " ").split())
    assert printed["claims"][2]["citation"] is None


@acted
async def test_what_says_too_little_is_told_to_be_unchecked(seeds: Library) -> None:
    async with world(seeds) as w:
        said = "The U.S. has about 5,000 troops in Iraq. It was on Tuesday. Is that so? Nobody was injured."
        checked = await w.reader.slash(w.channel, "check", text=said)

        assert "2 statements: 2 borne out" in text(checked)
        assert text(checked).endswith("-# Not checked: It was on Tuesday.")
