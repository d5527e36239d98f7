"""Verifying in a process of its own, where it holds up no question: it keeps the interpreter for 50 to 100 ms."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from retrieval.models import Reference, Verification
from retrieval.verification.verification import verify

_log = logging.getLogger(__name__)

NICE = 5
"""By how much it steps back where all processors are busy."""
STOP_SECONDS = 5.0
PATIENCE_SECONDS = 30.0
"""After which it is stuck: a sentence takes a tenth of a second, and the first one the seconds of loading."""


class Apart:
    """A process that verifies, one sentence at a time. It ends with `close`, or with the process that began it.

    Where it is lost or stuck, the sentence is verified here, and another process is begun for the next one.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), name="verifying", daemon=True)
        self._process.start()
        # Else this process would hold both ends, and never learn that the other one is gone.
        theirs.close()

    def verify(self, sentence: str, references: Sequence[Reference], beside: str) -> Verification:
        """Hold a sentence as strictly against references as what a language model writes is held."""
        with self._turn:
            try:
                self._ours.send((sentence, list(references), beside))
                if not self._ours.poll(PATIENCE_SECONDS):
                    raise TimeoutError
                found = self._ours.recv()
                assert isinstance(found, Verification)
                return found
            except (OSError, EOFError) as error:
                if not self._closed:
                    _log.warning("the process that verifies is lost (%s); another one is begun", type(error).__name__)
                    self._end(0)
                    self._begin()
        return strictly(sentence, references, beside)

    def close(self) -> None:
        """End the process; a sentence that is being verified there is verified here."""
        self._closed = True
        self._end(STOP_SECONDS)

    def _end(self, seconds: float) -> None:
        self._ours.close()
        self._process.join(seconds)
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
