"""Work that would hold up the event loop, done in threads of its own, in the order in which it came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class QueueFull(Exception):
    """Too many calls wait already; nothing was done."""


class Worker:
    """Threads, and a queue before them of at most `limit` calls, those under way counted."""

    def __init__(self, name: str, limit: int, threads: int = 1) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._limit = limit
        self.waiting = 0

    async def run(
        self, call: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """Call in a thread, after the calls before it. Raises QueueFull, and whatever the call raises."""
        if self.waiting >= self._limit:
            raise QueueFull
        self.waiting += 1
        try:
            # What is logged there belongs to the question that is logged here.
            inside = partial(copy_context().run, call, *args, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(self._threads, inside)
        finally:
            self.waiting -= 1

    def close(self) -> None:
        """Wait for the call under way, and drop those that wait."""
        self._threads.shutdown(cancel_futures=True)
