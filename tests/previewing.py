"""The preview as a person starts it, and its page as a person uses it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.browser import Page, opened
from tests.conftest import ROOT


@asynccontextmanager
async def previewed(data: Path, width: int = 1280, height: int = 900, scale: float = 1) -> AsyncIterator[Page]:
    """Serve the preview with the default settings, and open its page in a browser."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "--config", "config.example.toml", "--data", str(data), "preview"),
        "--no-browser",
        cwd=ROOT,
        env={**os.environ, "TERM": "dumb"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        address = re.search(rb"http://127\.0\.0\.1:\S+", await process.stdout.readline())
        assert address is not None
        async with opened(address[0].decode(), width, height, scale) as page:
            yield page
    finally:
        # Not an interrupt, which a shell in the background has its children ignore.
        process.terminate()
        await process.communicate()


def shows(words: str) -> str:
    """Return the expression that says whether the page shows these words."""
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
    await page.until("!document.querySelector('#send-message').disabled")
    await page.run("document.querySelector('#send-message').click()")
    await page.until("document.querySelector('#channel-composer-input').value === ''")
