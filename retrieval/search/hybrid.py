"""A question to passages: dense and lexical candidates, fused. A LlamaIndex BaseRetriever.

Each list's scores are scaled to [0, 1] over its own candidates and the two are added up; news of the weeks before the
day of asking counts more (freshness.py). On news questions this found more than either list alone and more than
reciprocal rank fusion; benchmarks/news.py measures it.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from retrieval.corpus.asked_dates import AskedDate, named_days
from retrieval.embedding.providers import answering, check_dimensions
from retrieval.embedding.remembered import RememberedVectors
from retrieval.errors import IndexDamaged, ServerFailed
from retrieval.index.catalog import Catalog
from retrieval.index.lexicon import Lexicon
from retrieval.models import Filters, Passage, SearchHit, Version
from retrieval.search.freshness import freshness, is_of_the_past
from retrieval.weights import WEIGHTS, Weights

CANDIDATES = 50
"""How many passages each list brings."""
SPARE = 6
"""How many passages are read beyond those asked for: near-duplicates are left out."""
EXACT_UP_TO = 4096
"""Filters that leave no more passages than this are searched exactly, without the vector index."""
REMEMBERED = 10_000
"""Sentences whose vectors are kept in memory: 15 MB with the bundled model."""
SHINGLE = 4
"""Words in a run that near-duplicates have in common."""
NEAR_DUPLICATE = 0.8

Vector = npt.NDArray[np.float32]

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\b\d\w*")


class Nearest(Protocol):
    """A vector index, as it is searched."""

    def query(self, vector: Vector, limit: int) -> list[tuple[str, float]]:
        """Return up to `limit` (key, cosine similarity), nearest first. Raises ServerFailed where it cannot now."""


class HybridRetriever(BaseRetriever):
    """Searches one version of the index.

    Where the vectors' server fails, passages are found by their words alone; `failed` then says why.
    """

    def __init__(
        self,
        catalog: Catalog,
        version: Version,
        vectors: Nearest,
        lexicon: Lexicon,
        model: BaseEmbedding,
        top_k: int = 20,
    ) -> None:
        super().__init__()
        self._catalog = catalog
        self._version = version
        self._dimensions = catalog.dimensions(version.model)
        self._vectors = vectors
        self._lexicon = lexicon
        self._model = model
        self._top_k = top_k
        self._beside = ThreadPoolExecutor(thread_name_prefix="search")
        self._remembered = RememberedVectors(REMEMBERED)
        self._failed = threading.local()

    @property
    def failed(self) -> str:
        """Why this thread's searches had to do without the vectors, since it was last emptied."""
        return getattr(self._failed, "why", "")

    @failed.setter
    def failed(self, why: str) -> None:
        self._failed.why = why

    def close(self) -> None:
        """Wait for what is still searched for, and end the threads."""
        self._beside.shutdown()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        query = query_bundle.query_str
        hits = self.search(query, self.embed(query), self._top_k, today=date.today())
        return [NodeWithScore(node=_node(hit), score=hit.score) for hit in hits]

    def embed(self, query: str) -> Vector:
        """Return the unit vector of a question, shape (dimensions,)."""
        with answering(self._version.model):
            vector = np.asarray(self._model.get_query_embedding(query), dtype=np.float32)
        check_dimensions(self._version.model, len(vector), self._dimensions)
        return _unit(vector)

    def embedding(self, query: str) -> Future[Vector]:
        """Begin to embed a question, and return at once."""
        return self._beside.submit(self.embed, query)

    def similarities(self, vector: Vector, texts: Sequence[str]) -> list[float]:
        """Return the cosines of texts to a question's unit vector."""
        if not texts:
            return []
        found = self._remembered.vectors(texts, self._embed_texts)
        similarities: list[float] = (found @ vector).tolist()
        return similarities

    def _embed_texts(self, texts: Sequence[str]) -> Vector:
        with answering(self._version.model):
            return _unit(np.asarray(self._model.get_text_embedding_batch(list(texts)), dtype=np.float32))

    def search(
        self,
        query: str,
        vector: Vector,
        top_k: int = 20,
        filters: Filters | None = None,
        days: Sequence[AskedDate] = (),
        forms: Mapping[str, Iterable[str]] | None = None,
        today: date | None = None,
        weights: Weights = WEIGHTS,
    ) -> list[SearchHit]:
        """Return up to `top_k` passages, best first, of those that pass the filters, near-duplicates once.

        `days` are asked about beside those that the query itself names; `forms` are the other forms of its words, as
        `Lexicon.query` reads them. Articles of the weeks before `today`, the day of asking, count more, and "last week"
        counts from then; without it, none counts more.
        """
        allowed = self._catalog.passage_keys(self._version.id, filters) if filters else None
        if allowed is not None and not allowed:
            return []

        def by_words(limit: int) -> list[tuple[str, float]]:
            return self._lexicon.query(query, limit, days, forms, today, weights)

        # Both wait outside Python most of the time.
        searched = self._beside.submit(self._dense, vector, allowed)
        lexical = dict(self._live(by_words, allowed))
        try:
            dense = searched.result()
        except ServerFailed as error:
            self.failed, dense = str(error), {}
        missing = [key for key in lexical if key not in dense]
        # Of what the words found it is known without the vector index.
        similarity = {**dense, **(self._similarities(vector, missing) if missing else {})}
        scaled_dense, scaled_lexical = _scaled(dense), _scaled(lexical)
        fused = {
            key: (1 - weights.lexical) * scaled_dense.get(key, 0.0) + weights.lexical * scaled_lexical.get(key, 0.0)
            for key in {**dense, **lexical}
        }
        if today is not None:
            named = named_days(query, self._lexicon.counting_day(today))
            if not is_of_the_past(query, [*named, *days], today):
                fused = self._freshened(fused, today, weights.fresh)
        order = sorted(fused, key=lambda key: (-fused[key], key))
        passages: dict[str, Passage] = {}

        def text(key: str) -> str:
            if key not in passages:
                # They are asked for in order.
                following = order[len(passages) : len(passages) + top_k + SPARE]
                passages.update(self._catalog.passages(self._version.id, following))
            if key not in passages:
                raise IndexDamaged(f"Version {self._version.id} of the index was swept meanwhile. Ask again.")
            return passages[key].text

        dense_rank, lexical_rank = _ranks(dense), _ranks(lexical)
        return [
            SearchHit(passages[key], fused[key], similarity.get(key, 0.0), dense_rank.get(key), lexical_rank.get(key))
            for key in without_near_duplicates(order, text, top_k)
        ]

    def _freshened(self, fused: Mapping[str, float], today: date, weight: float) -> dict[str, float]:
        """Return the scores, still 1 at most, with what each passage's freshness makes of them."""
        published = self._catalog.published(self._version.id, list(fused))
        fresh = {key: score * (1 + weight * freshness(published.get(key), today)) for key, score in fused.items()}
        most = max([1.0, *fresh.values()])
        return {key: score / most for key, score in fresh.items()}

    def _dense(self, vector: Vector, allowed: set[str] | None) -> dict[str, float]:
        if allowed is not None and len(allowed) <= EXACT_UP_TO:
            found = self._similarities(vector, sorted(allowed))
            nearest = sorted(found, key=lambda key: (-found[key], key))[:CANDIDATES]
            return {key: found[key] for key in nearest}
        return dict(self._live(lambda limit: self._vectors.query(vector, limit), allowed))

    def _live(
        self, query: Callable[[int], list[tuple[str, float]]], allowed: set[str] | None
    ) -> list[tuple[str, float]]:
        """Return the best candidates of the version, asking for twice as many until enough of them are in it.

        The vector index is shared by all kept versions; rows of other versions must not reach the scaling.
        """
        limit = CANDIDATES
        while True:
            found = query(limit)
            if allowed is None:
                live = self._catalog.present(self._version.id, [key for key, _ in found])
                kept = [pair for pair in found if pair[0] in live]
            else:
                kept = [pair for pair in found if pair[0] in allowed]
            if len(kept) >= CANDIDATES or len(found) < limit:
                return kept[:CANDIDATES]
            limit *= 2

    def _similarities(self, vector: Vector, keys: Sequence[str]) -> dict[str, float]:
        """Return the exact cosine of passages, from the vectors that the catalog keeps."""
        kept = self._catalog.vectors(self._version.model, keys)
        if not kept:
            return {}
        matrix = _unit(np.array(list(kept.values()), dtype=np.float32))
        return dict(zip(kept, (matrix @ vector).tolist(), strict=True))


def without_near_duplicates(order: Sequence[str], text: Callable[[str], str], limit: int) -> list[str]:
    """Return up to `limit` keys in order, leaving out one whose text says what one before it said.

    Texts are near-duplicates where four fifths of the shorter one's runs of four words are in the other, unless
    they differ in a number: a later count of the wounded is news.
    """
    kept: list[str] = []
    # Most passages have numbers that no other has, and need no closer look.
    alike: defaultdict[frozenset[str], list[str]] = defaultdict(list)
    runs: dict[str, frozenset[tuple[str, ...]]] = {}

    def repeats(key: str, other: str) -> bool:
        for one in (key, other):
            if one not in runs:
                runs[one] = _runs(text(one))
        return len(runs[key] & runs[other]) >= NEAR_DUPLICATE * min(len(runs[key]), len(runs[other]))

    for key in order:
        rivals = alike[frozenset(_NUMBER.findall(text(key)))]
        if not any(repeats(key, other) for other in rivals):
            rivals.append(key)
            kept.append(key)
            if len(kept) == limit:
                break
    return kept


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return frozenset(tuple(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1)))


def _scaled(scores: Mapping[str, float]) -> dict[str, float]:
    """Scale to [0, 1]; where all are equal, all are 1."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    return {key: (score - low) / (high - low) if high > low else 1.0 for key, score in scores.items()}


def _ranks(scores: Mapping[str, float]) -> dict[str, int]:
    return {key: rank for rank, key in enumerate(sorted(scores, key=lambda key: (-scores[key], key)), start=1)}


def _unit(vectors: Vector) -> Vector:
    norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, np.where(norm > 0, norm, 1), dtype=np.float32)


def _node(hit: SearchHit) -> TextNode:
    passage: Passage = hit.passage
    return TextNode(
        id_=passage.key,
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata={"article": passage.article, "paragraphs": list(passage.paragraphs)},
    )
