"""How an index run and the questions of the same process take turns: a run lets questions go first."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from retrieval.models import Phase, Progress, Reporter

GIVE_WAY_SECONDS = 0.2
"""How long a step of an index run waits for questions at most."""
WAIT_SECONDS = 0.002
SWITCH_SECONDS = 0.0005
"""After how long Python takes the interpreter from a thread while an index run is on. A question asks for it dozens of
times, and would wait the usual 5 ms for the run each time."""


def giving_way(report: Reporter, is_asked: Callable[[], bool]) -> Reporter:
    """Return a reporter that lets the questions under way be answered before a run takes its next step.

    `is_asked` says whether there are some. Where there always are, the run waits as long as it works, and so takes
    twice its time.
    """
    began, waited = time.monotonic(), 0.0

    def told(progress: Progress) -> None:
        nonlocal waited
        report(progress)
        if progress.phase in (Phase.COMMITTING, Phase.COMMITTED):
            return
        now = time.monotonic()
        end = now + min(GIVE_WAY_SECONDS, now - began - 2 * waited)
        while is_asked() and time.monotonic() < end:
            time.sleep(WAIT_SECONDS)
        waited += time.monotonic() - now

    return told


@contextmanager
def switching_often() -> Iterator[None]:
    """Have Python switch between threads often, while the block runs."""
    usual = sys.getswitchinterval()
    try:
        sys.setswitchinterval(min(usual, SWITCH_SECONDS))
        yield
    finally:
        sys.setswitchinterval(usual)
