"""What is to go wrong on the way of a REST request."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TooMany:
    """A 429 that no count explains: the request is refused for so many seconds, or all requests are."""

    retry_after: float
    everywhere: bool = False


@dataclass(frozen=True)
class Failing:
    """A 5xx; `stored` says whether what was asked for had been done before."""

    status: int = 500
    stored: bool = True


@dataclass(frozen=True)
class Reset:
    """The socket is reset; `stored` says whether what was asked for had been done before."""

    stored: bool


@dataclass(frozen=True)
class Held:
    """The response waits for an event, though what was asked for is done at once."""

    release: asyncio.Event


Fault = TooMany | Failing | Reset | Held

Route = tuple[str, str]
"""A method and the path of Discord's documentation, such as ("POST", "/channels/{channel_id}/messages")."""

SEND: Route = ("POST", "/channels/{channel_id}/messages")


@dataclass
class Faults:
    """Which requests fail: those that were planned, one after another, then those that `chance` picks."""

    chance: Callable[[Route], Fault | None] = lambda route: None
    _planned: defaultdict[Route, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))

    def plan(self, route: Route, *faults: Fault) -> None:
        """Let the next requests to a route fail, each with one of these."""
        self._planned[route].extend(faults)

    def take(self, route: Route) -> Fault | None:
        """Return what goes wrong with a request."""
        return self._planned[route].popleft() if self._planned[route] else self.chance(route)
