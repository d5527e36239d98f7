"""Waiting for what happens in the loopback server, without sleeping."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = 30.0
"""Seconds after which a test that waits has failed. No test passes by waiting that long."""


class Changes:
    """Wakes those who wait for a condition whenever something has changed. Belongs to one event loop."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def note(self) -> None:
        """Let every waiter look at its condition again."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, condition: Callable[[], Found | None], seconds: float = PATIENCE) -> Found:
        """Return the first true value of the condition; TimeoutError when it stays false for so many seconds."""
        async with asyncio.timeout(seconds):
            while not (found := condition()):
                future = asyncio.get_running_loop().create_future()
                self._waiting.append(future)
                await future
        return found
