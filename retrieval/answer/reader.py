"""The trained reader: how well a sentence answers a question.

The bundled MiniLM with a small difference to its weights (reader.safetensors, made by benchmarks/train_reader.py)
reads question and sentence together and gives them one score: 0 is how good it is to name no sentence at all.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tokenizers

from retrieval.embedding.bert import Tensors, bert_graph, built, open_session
from retrieval.embedding.minilm import tokenizer_file, weights

if TYPE_CHECKING:
    import numpy.typing as npt

DIFFERENCE = Path(__file__).parent / "reader.safetensors"
BUILD = "2"
"""Raised whenever the graph or its quantisation changes."""
MAX_QUESTION, MAX_TOKENS = 40, 96
"""Word pieces that are read of a question and of a sentence; the reader was trained on as many."""


class Reader:
    """The model, ready to read."""

    def __init__(self, model: Path, tokenizer: Path, threads: int = 0) -> None:
        self._threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads)
        self._session = open_session(model)
        self._tokenizer = tokenizers.Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        # What any text is put between.
        self._first, self._last = self._tokenizer.encode("").ids

    def scores(self, question: str, sentences: Sequence[str]) -> list[float]:
        """Return the score of each sentence: the logarithm of how much likelier it answers than that nothing does.

        Each is read alone, as texts are in embedding, so that its score depends on no other.
        """
        asked = self._tokenizer.encode(question, add_special_tokens=False).ids[:MAX_QUESTION]
        alone = len(sentences) < 2 or self._threads == 1
        return list((map if alone else self._pool.map)(partial(self._read, asked), sentences))

    def _read(self, asked: list[int], sentence: str) -> float:
        pieces = self._tokenizer.encode(sentence, add_special_tokens=False).ids[:MAX_TOKENS]
        ids = [self._first, *asked, self._last, *pieces, self._last]
        segments = [0] * (len(asked) + 2) + [1] * (len(pieces) + 1)
        (score,) = self._session.run(None, {"input_ids": _row(ids), "segments": _row(segments)})
        return float(score[0])


def load(cache: Path, threads: int = 0) -> Reader:
    """Open the reader from `cache`, building it there first where it is missing. Raises ModelError."""
    difference = DIFFERENCE.read_bytes()
    name = f"reader-int8-{BUILD}-{hashlib.sha256(difference).hexdigest()[:8]}"
    return Reader(built(cache, name, lambda: bert_graph(merged(weights(), difference))), tokenizer_file(), threads)


def merged(tensors: Tensors, difference: bytes) -> Tensors:
    """Return the weights with the differences added, and the score's own."""
    import safetensors.numpy  # only building needs it

    added = {name: tensor.astype(np.float32) for name, tensor in safetensors.numpy.load(difference).items()}
    result = {**tensors, **{name: added[name] for name in ("score.weight", "score.bias")}}
    for name, value in added.items():
        if name.endswith(".up"):
            layer = name.removesuffix(".up")
            result[f"{layer}.weight"] = tensors[f"{layer}.weight"] + value @ added[f"{layer}.down"]
        elif name in tensors:
            result[name] = tensors[name] + value
    return result


def _row(values: list[int]) -> npt.NDArray[np.int64]:
    return np.array([values], dtype=np.int64)
