"""Verifying in a process of its own, where it holds up no question: it keeps the interpreter for 50 to 100 ms."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from retrieval.models import Reference, Verification
from retrieval.verification.verification import verify

NICE = 5
"""By how much it steps back where all processors are busy."""
STOP_SECONDS = 5.0


class Apart:
    """A process that verifies, one sentence at a time. It ends with `close`, or with the process that began it.

    Where it is lost, sentences are verified here.
    """

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), name="verifying", daemon=True)
        self._process.start()
        # Else this process would hold both ends, and never learn that the other one is gone.
        theirs.close()
        self._turn = threading.Lock()

    def verify(self, sentence: str, references: Sequence[Reference], beside: str) -> Verification:
        """Hold a sentence as strictly against references as what a language model writes is held."""
        with self._turn, suppress(OSError, EOFError):
            self._ours.send((sentence, list(references), beside))
            found = self._ours.recv()
            assert isinstance(found, Verification)
            return found
        return strictly(sentence, references, beside)

    def close(self) -> None:
        """End the process."""
        self._ours.close()
        self._process.join(STOP_SECONDS)
        self._process.kill()
        self._process.join()
        self._process.close()


def strictly(sentence: str, references: Sequence[Reference], beside: str) -> Verification:
    """Hold a sentence against references as what a language model writes is held, in this process."""
    return verify(sentence, references, strict=True, beside=beside)


def _serve(theirs: Connection) -> None:
    # An interrupt is for the process that began this one, which then ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICE)
    with suppress(OSError, EOFError):
        while True:
            theirs.send(strictly(*theirs.recv()))
