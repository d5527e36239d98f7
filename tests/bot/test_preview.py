"""The preview page, used as a person uses it: in a headless browser."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from retrieval.library import Library
from tests.bot.conftest import SETTINGS
from tests.browser import Page, chromium, opened
from tests.conftest import ROOT

FIVE_THOUSAND = "The U.S. has about 5,000 troops currently stationed in Iraq."

pytestmark = pytest.mark.skipif(chromium() is None, reason="there is no Chromium on this machine")


def used(data: Path, use: Callable[[Page], Awaitable[None]]) -> None:
    """Serve the preview as a person does, and use its page in a browser."""

    async def play() -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "--data", str(data), "preview", "--no-browser"),
            cwd=ROOT,
            env={**os.environ, **SETTINGS},
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        try:
            address = re.search(rb"http://127\.0\.0\.1:\S+", await process.stdout.readline())
            assert address is not None
            async with opened(address[0].decode()) as page:
                await use(page)
        finally:
            process.send_signal(signal.SIGINT)
            await process.communicate()

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
