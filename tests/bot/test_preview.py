"""The preview page, used as a person uses it: in a headless browser."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from retrieval.library import Library
from tests.browser import Page, chromium
from tests.previewing import press, previewed, say, shows

FIVE_THOUSAND = "The U.S. has about 5,000 troops currently stationed in Iraq."

pytestmark = pytest.mark.skipif(chromium() is None, reason="there is no Chromium on this machine")


def used(data: Path, use: Callable[[Page], Awaitable[None]]) -> None:
    """Serve the preview as a person does, and use its page in a browser."""

    async def play() -> None:
        async with previewed(data) as page:
            await use(page)

    asyncio.run(play())


def test_a_reader_asks_and_opens_a_citation(tmp_path: Path) -> None:
    async def use(page: Page) -> None:
        await page.until(shows("Ask the articles"))
        await say(page, "@embassy-bot How many U.S. troops are stationed in Iraq?")
        await page.until(shows("1 of 1 quote verified word for word"))
        assert await page.run(shows(FIVE_THOUSAND))
        await press(page, "Read in context")
        await page.until(shows("President Trump on Tuesday blamed the incident on Iran."))
        await press(page, "‹ Before")
        await page.until(shows("Protesters shouted"))

    used(tmp_path, use)


def test_the_welcome_s_examples_can_be_asked(seeds: Library, tmp_path: Path) -> None:
    async def use(page: Page) -> None:
        await page.until(shows("Try one of these:"))
        await press(page, seeds.examples()[0])
        await page.until(shows("verified word for word"))

    used(tmp_path, use)
