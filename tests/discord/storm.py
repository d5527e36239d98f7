"""Disconnects at random moments, and questions that go on meanwhile."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.discord.entities import Json
from tests.discord.faults import SEND, Fault, Reset, Route
from tests.discord.server import Loopback

AT_ONCE = 12
"""How many questions wait for their answer at most."""
PATIENCE = 300.0
"""Seconds in which some question must have been answered."""
RESETS = 0.1
"""The share of the answers' requests that are reset, before or after the message was stored."""


@dataclass
class Storm:
    """Breaks gateway and REST connections, `count` in all. `pause` is the mean of seconds between the gateway's."""

    server: Loopback
    chance: random.Random
    count: int
    pause: float
    resumable: bool
    rest: bool = True
    dropped: int = 0
    reset: int = 0
    questions: list[Json] = field(default_factory=list)
    _begun: int = 0

    @property
    def over(self) -> bool:
        """Whether it has broken all that it was to."""
        return self.dropped + self.reset >= self.count

    async def rage(self, ask: Callable[[], Json]) -> None:
        """Ask again and again while connections break, and wait for the last answers."""
        world = self.server.world
        if self.rest:
            self.server.faults.chance = self._fault
        self._later()
        waiting: list[Json] = []

        def unanswered() -> int:
            waiting[:] = [question for question in waiting if not world.replies(question)]
            return len(waiting)

        while not self.over:
            await world.changes.until(lambda: self.over or unanswered() < AT_ONCE, PATIENCE)
            self.questions.append(ask())
            waiting.append(self.questions[-1])
            # Readers, too, come at random moments.
            await asyncio.sleep(self.chance.expovariate(1 / self.pause))
        await world.changes.until(lambda: not unanswered(), PATIENCE)

    def answers(self) -> dict[int, int]:
        """Return how many questions were answered so many times."""
        found: dict[int, int] = {}
        for question in self.questions:
            times = len(self.server.world.replies(question))
            found[times] = found.get(times, 0) + 1
        return found

    def _later(self) -> None:
        asyncio.get_running_loop().call_later(self.chance.expovariate(1 / self.pause), self._strike)

    def _strike(self) -> None:
        if self.over:
            return
        gateway = self.server.gateway
        begun = gateway.identified + gateway.resumed
        # Only what has connected since the last time can be disconnected.
        if gateway.connected and begun > self._begun:
            self.dropped += 1
            self._begun = begun
            self.chance.choice(self._ways())()
            self.server.world.changes.note()
        self._later()

    def _ways(self) -> list[Callable[[], None]]:
        gateway = self.server.gateway
        if not self.resumable:
            return [gateway.lose, lambda: gateway.invalidate(resumable=False)]
        return [
            gateway.drop,
            gateway.drop,
            gateway.ask_to_reconnect,
            lambda: gateway.close(4000),
            lambda: gateway.invalidate(resumable=True),
        ]

    def _fault(self, route: Route) -> Fault | None:
        if self.over or route != SEND or self.chance.random() > RESETS:
            return None
        self.reset += 1
        return Reset(stored=self.chance.random() < 0.5)
