"""Texts that ask much the same, put together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding

ALIKE = 0.85
"""Cosine from which two questions are taken for one: by the bundled model, rewordings of one have .90 and more, and
questions of the same thing for something else at most .80."""


def group(texts: Sequence[str], model: BaseEmbedding) -> list[list[int]]:
    """Return the places of texts that are alike, each in one group, in the order of their first.

    Each text joins the group whose first text is nearest to it, where that is near enough.
    """
    if not texts:
        return []
    vectors = np.asarray(model.get_text_embedding_batch(list(texts)), dtype=np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    groups: list[list[int]] = []
    for at, vector in enumerate(vectors):
        near = vectors[[one[0] for one in groups]] @ vector if groups else np.empty(0, dtype=np.float32)
        best = int(near.argmax()) if near.size else -1
        if best >= 0 and near[best] >= ALIKE:
            groups[best].append(at)
        else:
            groups.append([at])
    return groups
