"""Work that would hold up the event loop, done in a thread of its own, one call after another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class QueueFull(Exception):
    """Too many calls wait already; nothing was done."""


class Worker:
    """One thread, and a queue before it of at most `limit` calls, the one under way counted."""

    def __init__(self, name: str, limit: int) -> None:
        self._threads = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._limit = limit
        self.waiting = 0

    async def run(
        self, call: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """Call in the thread, after the calls before it. Raises QueueFull, and whatever the call raises."""
        if self.waiting >= self._limit:
            raise QueueFull
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, partial(call, *args, **kwargs))
        finally:
            self.waiting -= 1

    def close(self) -> None:
        """Wait for the call under way, and drop those that wait."""
        self._threads.shutdown(cancel_futures=True)
