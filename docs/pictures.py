"""Make the README's pictures: the preview page with an answer, a citation opened, and a question without an answer.

    uv run python -m docs.pictures

Needs Chromium, and the fonts that the page asks for where the pictures are to look as they do in a browser.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.browser import Page
from tests.previewing import press, previewed, say, shows

HERE = Path(__file__).parent
WIDTH, HEIGHT, SCALE = 1180, 820, 1.5


async def make(page: Page) -> None:
    """Use the page, and picture it."""
    await page.until(shows("Try one of these:"))
    await say(page, "@embassy-bot How many U.S. troops are stationed in Iraq?")
    await page.until(shows("verified word for word"))
    await page.picture(HERE / "answer.png")
    await press(page, "Read in context")
    await page.until(shows("President Trump on Tuesday blamed the incident on Iran."))
    await page.picture(HERE / "citation.png")
    await say(page, "@embassy-bot Who won the Wimbledon final?")
    await page.until(shows("Not in the articles"))
    await page.picture(HERE / "not-found.png")


async def main() -> None:
    """Serve, use and picture the preview."""
    with TemporaryDirectory() as data:
        async with previewed(Path(data), WIDTH, HEIGHT, SCALE) as page:
            await make(page)


if __name__ == "__main__":
    asyncio.run(main())
