"""Vectors of texts that come again and again, in memory: the sentences of articles that are asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class RememberedVectors:
    """The last `limit` texts' vectors. Threads may share it.

    At 384 dimensions a vector takes 1.5 KB. Embedding the sentences of the passages found is most of an answer's time.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: dict[str, Vectors] = {}
        self._lock = Lock()

    def vectors(self, texts: Sequence[str], embed: Callable[[Sequence[str]], Vectors]) -> Vectors:
        """Return the texts' vectors, shape (n, dimensions), n at least 1; `embed` makes those that are not known."""
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        if missing := [text for text in dict.fromkeys(texts) if text not in found]:
            found.update(zip(missing, embed(missing), strict=True))
        with self._lock:
            for text in found:
                # The latest used come last, and the first are given up.
                self._known.pop(text, None)
                self._known[text] = found[text]
            for text in list(self._known)[: max(0, len(self._known) - self._limit)]:
                del self._known[text]
        return np.stack([found[text] for text in texts])
