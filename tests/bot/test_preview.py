"""The preview page, used as a person uses it: in a headless browser."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from bot.config import BotSettings
from bot.preview import preview
from retrieval.library import Library
from tests.bot.world import settings_with
from tests.browser import Page, chromium, opened

FIVE_THOUSAND = "The U.S. has about 5,000 troops currently stationed in Iraq."

pytestmark = pytest.mark.skipif(chromium() is None, reason="there is no Chromium on this machine")


def used(settings: BotSettings, library: Library, use: Callable[[Page], Awaitable[None]]) -> None:
    """Serve the preview, and use its page in a browser."""

    async def play() -> None:
        address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(preview(settings, library, address.set_result, browse=False))
        try:
            await asyncio.wait({serving, address}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                await serving
            async with opened(await address) as page:
                await use(page)
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving

    asyncio.run(play())


def shows(words: str) -> str:
    return f"document.body.innerText.includes({words!r})"


async def press(page: Page, label: str) -> None:
    """Press the last button with this label, once it can be pressed."""
    found = f"[...document.querySelectorAll('.component-button')].filter(b => b.innerText.trim() === {label!r}).at(-1)"
    await page.until(f"{found} && {found}.getAttribute('aria-disabled') !== 'true'")
    await page.run(f"{found}.click()")


async def say(page: Page, text: str) -> None:
    """Type into the composer, and send."""
    await page.until("!document.querySelector('#channel-composer-input').disabled")
    await page.run("document.querySelector('#channel-composer-input').focus()")
    await page.type(text)
    await page.press("Enter", 13)


def test_a_reader_asks_opens_a_citation_and_reads_an_article(seeds: Library) -> None:
    async def use(page: Page) -> None:
        await page.until(shows("Ask the articles"))
        await say(page, "@embassy-bot How many U.S. troops are stationed in Iraq?")
        await page.until(shows("1 of 1 quote verified word for word"))
        assert await page.run(shows(FIVE_THOUSAND))
        await press(page, "Read in context")
        await page.until(shows("President Trump on Tuesday blamed the incident on Iran."))
        await press(page, "‹ Before")
        await page.until(shows("Protesters shouted"))

    used(settings_with(seeds), seeds, use)


def test_the_welcome_s_examples_can_be_asked(seeds: Library) -> None:
    async def use(page: Page) -> None:
        await page.until(shows("Try one of these:"))
        await press(page, seeds.examples()[0])
        await page.until(shows("verified word for word"))

    used(settings_with(seeds), seeds, use)
