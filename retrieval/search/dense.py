"""The vectors on a server, as questions ask for them: without waiting, over and over, for one that is away."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from retrieval.config import ChromaSettings
from retrieval.errors import IndexDamaged, ServerFailed, ServerUnreachable, StorageError
from retrieval.index.vectors import VectorIndex, VectorStore
from retrieval.models import Version

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 15.0
"""Seconds after a failure in which no question asks the server; each failure in a row doubles them, up to this."""
PROBE_SECONDS = 1.0
"""How long the question after that waits, to see whether the server is back."""

log = logging.getLogger(__name__)


class ServedVectors:
    """The vectors of one version on a server. Opened by the first question, and anew after a failure."""

    def __init__(self, settings: ChromaSettings, data: Path, catalog_id: str, version: Version) -> None:
        self._settings = settings
        self._data = data
        self._catalog_id = catalog_id
        self._version = version
        # Opening and closing; of several questions one looks whether a server is back, and the others wait for it.
        self._guard = threading.RLock()
        self._store: VectorStore | None = None
        self._index: VectorIndex | None = None
        self._failed = ""
        self._pause = 0.0
        self._until = 0.0

    def query(self, vector: npt.NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """Return up to `limit` (key, cosine similarity), nearest first.

        Raises ServerFailed where the server does not answer, at once where it did not a moment ago, and IndexDamaged
        where it lacks passages of the version.
        """
        index = None
        try:
            with self._guard:
                if self._failed and time.monotonic() < self._until:
                    raise ServerUnreachable(self._failed)
                index = self._opened()
            found = index.query(vector, limit)
        except ServerFailed as error:
            with self._guard:
                if not self._failed or time.monotonic() >= self._until:
                    self.rest(error)
            raise
        except RuntimeError as error:
            if index is self._index:
                raise
            # Another question found the server away, and closed the connections under this one.
            raise ServerUnreachable(self._failed or str(error)) from error
        with self._guard:
            if self._failed and index is self._index:
                log.warning("%s answers again.", self._settings.place)
                self._failed, self._pause = "", 0.0
        return found

    def rest(self, error: StorageError) -> None:
        """Let the questions of the next seconds go on without the server."""
        with self._guard:
            if not self._failed:
                log.warning("Questions are answered by words alone for now. %s", error)
            self.close()
            self._failed = str(error)
            self._pause = min(2 * self._pause or FIRST_PAUSE, LONGEST_PAUSE)
            self._until = time.monotonic() + self._pause

    def close(self) -> None:
        """Let go of the connections."""
        with self._guard:
            if self._store is not None:
                self._store.close()
            self._store = self._index = None

    def _opened(self) -> VectorIndex:
        if self._index is None:
            self.close()
            if self._failed:
                probing = min(PROBE_SECONDS, self._settings.timeout_s)
                self._open(self._settings.model_copy(update={"timeout_s": probing})).close()
            self._store = self._open(self._settings)
            index = self._store.collection(self._version.model)
            if index.count() < self._version.passages:
                raise IndexDamaged(f"Passages are missing on {self._settings.place}. Run `embassy-bot index`.")
            self._index = index
        return self._index

    def _open(self, settings: ChromaSettings) -> VectorStore:
        return VectorStore.open(settings, self._data, self._catalog_id)
