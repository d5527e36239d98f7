"""Changes of the index as the bot makes them: proposed, confirmed, one at a time, in threads of their own.

What was proposed is kept in memory: after a restart it is asked for again, against the index as it then is.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from bot import memory
from retrieval.errors import Cancelled, Held
from retrieval.library import Library
from retrieval.models import Change, IndexReport, Phase, Plan, Progress

Result = TypeVar("Result")

PROPOSALS_KEPT = 20
PROPOSAL_SECONDS = 3600.0
RATE_SECONDS = 15.0
"""Over how long the rate of passages is taken."""

_SHARES = {
    Phase.EMBEDDING: (0.0, 0.85),
    Phase.VECTORS: (0.85, 0.91),
    Phase.LEXICON: (0.91, 0.95),
    Phase.CANARY: (0.95, 0.98),
    Phase.COMMITTING: (0.95, 0.98),
    Phase.COMMITTED: (0.98, 0.98),
    Phase.SWEEPING: (0.98, 1.0),
}
"""Which part of the way each phase is: embedding takes the longest by far."""
_QUICK_SHARES = {
    **_SHARES,
    Phase.VECTORS: (0.0, 0.4),
    Phase.LEXICON: (0.4, 0.9),
}
"""The same where nothing is embedded."""


class Busy(Exception):
    """Another change of the index is under way; `doing` says which."""

    def __init__(self, doing: Doing) -> None:
        super().__init__()
        self.doing = doing


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does what to the index at present. `asker` is Discord's id; `since` is Unix time."""

    asker: int
    what: str
    since: float
    link: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change worked out and shown, which waits for whoever asked for it. Ids of people are Discord's."""

    id: str
    asker: int
    who: str
    why: str
    plan: Plan
    made: float


@dataclass(slots=True)
class Run:
    """A change that is being carried out."""

    proposal: Proposal
    began: float = field(default_factory=time.time)
    link: str = ""
    cancelled_by: int | None = None
    stopped: bool = False
    """Whether it is cancelled because the bot leaves."""
    progress: Progress | None = None
    _marks: deque[tuple[float, int]] = field(default_factory=deque)

    @property
    def cancelled(self) -> bool:
        """Whether it was told to stop."""
        return self.stopped or self.cancelled_by is not None

    def note(self, progress: Progress) -> None:
        """Take down how far it is. Called in the run's own thread."""
        if self.progress is None or self.progress.phase is not progress.phase:
            self._marks.clear()
        now = time.monotonic()
        self._marks.append((now, progress.done))
        while len(self._marks) > 2 and now - self._marks[0][0] > RATE_SECONDS:
            self._marks.popleft()
        self.progress = progress

    @property
    def share(self) -> float:
        """How much of the way is done, from 0 to 1."""
        if self.progress is None:
            return 0.0
        shares = _SHARES if self.proposal.plan.embed else _QUICK_SHARES
        first, last = shares.get(self.progress.phase, (0.0, 0.0))
        total = self.progress.total
        return first + (last - first) * (self.progress.done / total if total else 0.0)

    @property
    def rate(self) -> float | None:
        """How many of the phase are done in a second, where that can be told."""
        marks = list(self._marks)
        if len(marks) < 2 or marks[-1][0] <= marks[0][0]:
            return None
        return (marks[-1][1] - marks[0][1]) / (marks[-1][0] - marks[0][0])


class Desk:
    """Where changes of the index are asked for. Close it before the library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="index")
        self._proposals: OrderedDict[str, Proposal] = OrderedDict()
        self._planning: Doing | None = None
        self._stopping = False
        self.run: Run | None = None

    @property
    def doing(self) -> Doing | None:
        """Who does what at present."""
        if self.run is not None:
            one = self.run
            return Doing(one.proposal.asker, one.proposal.plan.action, one.began, one.link)
        return self._planning

    async def propose(self, change: Change, asker: int, who: str, why: str = "") -> Proposal:
        """Work a change out and keep it for an hour. Raises Busy, and what Library.plan raises."""
        with self._alone(Doing(asker, type(change).__name__.lower(), time.time())):
            plan = await self._call(lambda: self._library.plan(change, self._may_stop))
        proposal = Proposal(secrets.token_hex(6), asker, who, why, plan, time.monotonic())
        self._proposals[proposal.id] = proposal
        while len(self._proposals) > PROPOSALS_KEPT:
            self._proposals.popitem(last=False)
        return proposal

    def proposal(self, id: str) -> Proposal | None:
        """Return a proposal, or None where it was decided on, is too old, or another process had it."""
        found = self._proposals.get(id)
        return found if found and time.monotonic() - found.made < PROPOSAL_SECONDS else None

    def drop(self, id: str) -> None:
        """Forget a proposal, which was decided on."""
        self._proposals.pop(id, None)

    def begin(self, proposal: Proposal) -> Run:
        """Take a proposal on. Raises Busy."""
        if (doing := self.doing) is not None:
            raise Busy(doing)
        self.drop(proposal.id)
        self.run = Run(proposal)
        return self.run

    def abandon(self, run: Run) -> None:
        """Give a run up that was begun and cannot be shown; its proposal waits again."""
        self._proposals[run.proposal.id] = run.proposal
        self.run = None

    async def carry_out(self, run: Run, *, force: bool = False) -> IndexReport:
        """Carry out the run that was begun; it is over when this returns, or raises what Library.apply raises."""
        one = run.proposal

        def apply() -> IndexReport:
            try:
                return self._library.apply(
                    one.plan, run.note, who=one.who, why=one.why, cancel=lambda: run.cancelled, force=force
                )
            finally:
                memory.give_back()

        try:
            return await self._call(apply)
        except Held:
            # It waits for another decision.
            self._proposals[one.id] = one
            raise
        finally:
            self.run = None

    def cancel(self, by: int) -> bool:
        """Have the run stop; return False where there is none."""
        if self.run is None:
            return False
        self.run.cancelled_by = by
        return True

    def stop(self) -> None:
        """Have whatever is under way stop, because the bot leaves; nothing more is begun."""
        self._stopping = True
        if self.run is not None:
            self.run.stopped = True

    def close(self) -> None:
        """Stop, and wait for the thread."""
        self.stop()
        self._threads.shutdown(cancel_futures=True)

    @contextmanager
    def _alone(self, doing: Doing) -> Iterator[None]:
        if (other := self.doing) is not None:
            raise Busy(other)
        self._planning = doing
        try:
            yield
        finally:
            self._planning = None

    def _may_stop(self, progress: Progress) -> None:
        if self._stopping:
            raise Cancelled("The bot is being stopped; nothing was changed.")

    async def _call(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)
