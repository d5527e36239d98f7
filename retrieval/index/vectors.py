"""The Chroma collection of one embedding model: ids, vectors, texts. Derived from the catalog and made anew from it.

Rows are immutable: a passage's id is a hash of what it is. Rows are written through LlamaIndex's ChromaVectorStore,
so that any LlamaIndex or Chroma tool can read them, and read by ids and distances only, which is three times as fast.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import chromadb
import numpy as np
import numpy.typing as npt
from chromadb.api import ClientAPI
from chromadb.api.client import Client
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.api.types import EmbeddingFunction
from chromadb.config import Settings as ClientSettings
from chromadb.errors import ChromaError, NotFoundError

from retrieval.config import ChromaSettings
from retrieval.errors import IndexDamaged
from retrieval.index import claims
from retrieval.index.catalog import Catalog
from retrieval.index.failures import translated
from retrieval.index.glance import CHROMA_FOLDER, collection_name
from retrieval.index.server import Impatient, Patient, Requests, connect
from retrieval.models import Passage, Reporter

EF_SEARCH = 500
"""How many neighbours HNSW looks at. At 100 the last of 50 candidates depended on the order in which rows came, and
with them every scaled score; at 500 an index that is made anew answers alike."""
WRITE_ROWS = 512
DELETE_ROWS = 2_000
NEARLY_ONE = 0.9999
CLOUD_ROWS = 300
"""The most that Chroma Cloud takes or gives in one request, unless more is agreed."""
LISTED = 100

Vector = npt.NDArray[np.float32]
Result = TypeVar("Result")
Row = TypeVar("Row")


class VectorStore:
    """The open Chroma database: embedded in the data folder, on a server, or in Chroma Cloud.

    On a server, where other data folders have collections too, only those of this folder's own id are seen.
    """

    def __init__(self, client: ClientAPI, owner: str, requests: Requests, page: int | None = None) -> None:
        self._client = client
        self._owner = owner
        self._requests = requests
        self._page = page

    @classmethod
    def open(cls, settings: ChromaSettings, data: Path, catalog_id: str, report: Reporter | None = None) -> VectorStore:
        """Open Chroma. With `report`, for an index run: a server that is away is waited for, and the wait reported.

        Raises ServerFailed for a server that cannot be used, IndexDamaged for files that do not open, and for a
        server that never had vectors of this data folder.
        """
        if settings.is_embedded:
            return cls._embedded(data / CHROMA_FOLDER, catalog_id)
        page = CLOUD_ROWS if settings.mode == "cloud" else None
        if report is not None:
            with translated(data):
                owner: str | None = claims.claim(data)
            patient = Patient(settings, report)
            requests: Requests = patient
            timeout = patient.timeout
        else:
            owner, requests, timeout = claims.claimed(data), Impatient(settings.place), settings.timeout_s
        if owner is None:
            raise IndexDamaged(f"{settings.place} has no vectors of {data}. Run `embassy-bot index`.")
        return cls(requests(lambda: connect(settings, timeout)), owner, requests, page)

    @classmethod
    def _embedded(cls, path: Path, catalog_id: str) -> VectorStore:
        if not path.exists():
            # Within a process, Chroma would go on with the files that were there before.
            SharedSystemClient.clear_system_cache()

        def opened() -> ClientAPI:
            try:
                return chromadb.PersistentClient(path, settings=ClientSettings(anonymized_telemetry=False))
            except BaseException as error:
                # What failed to start would otherwise be handed out again within this process.
                SharedSystemClient.clear_system_cache()
                if isinstance(error, AttributeError):
                    raise ValueError("it does not start") from error
                raise

        requests = Local(path)
        return cls(requests(opened), catalog_id, requests)

    def close(self) -> None:
        """Let go of files and connections."""
        # Every client that is handed out can be closed; the interface does not say so.
        assert isinstance(self._client, Client)
        self._client.close()

    def collection(self, model: str) -> VectorIndex:
        """Return the collection of the model with that fingerprint, made if it is missing."""
        name = collection_name(self._owner, model)
        made = self._requests(
            lambda: self._client.get_or_create_collection(
                name,
                metadata={"model": model},
                configuration={"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}},
                embedding_function=_NONE,
            )
        )
        return VectorIndex(made, self._requests, self._page)

    def models(self) -> list[str]:
        """Return the fingerprints of the models that have a collection of this folder."""
        own = collection_name(self._owner, "")
        found: list[str] = []
        start = 0
        # A shared server may have more collections than it gives at once.
        while collections := self._requests(partial(self._client.list_collections, LISTED, start)):
            found += [str((one.metadata or {}).get("model", "")) for one in collections if one.name.startswith(own)]
            start += len(collections)
        return found

    def drop(self, model: str) -> None:
        """Remove a model's collection."""

        def dropped() -> None:
            # A request that is made again may find it done.
            with suppress(NotFoundError):
                self._client.delete_collection(collection_name(self._owner, model))

        self._requests(dropped)


_NONE: EmbeddingFunction | None = None  # type: ignore[type-arg]
"""Vectors are always passed in; Chroma must not load a model of its own."""


class VectorIndex:
    """One model's vectors, by passage key."""

    def __init__(self, collection: chromadb.Collection, requests: Requests, page: int | None = None) -> None:
        self._collection = collection
        self._requests = requests
        self._page = page
        self.name = collection.name

    def keys(self) -> set[str]:
        """Return the keys of all rows."""
        keys: set[str] = set()
        while True:
            found = self._requests(lambda: self._collection.get(limit=self._page, offset=len(keys), include=[]))["ids"]
            keys.update(found)
            if self._page is None or len(found) < self._page:
                return keys

    def count(self) -> int:
        """Return the number of rows."""
        return self._requests(self._collection.count)

    def add(self, passages: Sequence[Passage], vectors: Sequence[Vector]) -> None:
        """Add rows. Keys that are there already are left as they are."""
        # Only writing needs them; together they take a second and a half to import.
        from llama_index.core.schema import BaseNode, TextNode
        from llama_index.vector_stores.chroma import ChromaVectorStore

        store = ChromaVectorStore(chroma_collection=self._collection)
        nodes: list[BaseNode] = [
            TextNode(
                id_=passage.key, text=passage.text, embedding=vector.tolist(), metadata={"article": passage.article}
            )
            for passage, vector in zip(passages, vectors, strict=True)
        ]
        for batch in self._batches(nodes, WRITE_ROWS):
            self._requests(partial(store.add, batch))

    def delete(self, keys: Sequence[str]) -> None:
        """Remove rows."""
        for batch in self._batches(keys, DELETE_ROWS):
            self._requests(partial(self._collection.delete, ids=batch))

    def settle(self) -> None:
        """Have Chroma take up what was written. It does so with the next query; until then each opening writes."""

        def settled() -> None:
            some = self._collection.get(limit=1, include=["embeddings"])["embeddings"]
            if some is not None and len(some):
                self._collection.query(query_embeddings=np.asarray(some, dtype=np.float32), n_results=1, include=[])

        self._requests(settled)

    def vectors(self, keys: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors that are kept under these keys."""
        found: dict[str, Vector] = {}
        for batch in self._batches(keys, WRITE_ROWS):
            rows = self._requests(partial(self._collection.get, ids=batch, include=["embeddings"]))
            embeddings = rows["embeddings"]
            assert embeddings is not None
            found.update(zip(rows["ids"], np.asarray(embeddings, dtype=np.float32), strict=True))
        return found

    def query(self, vector: Vector, limit: int) -> list[tuple[str, float]]:
        """Return up to `limit` (key, cosine similarity), nearest first; fewer where no more are given at once."""
        most = max(1, min(limit, self._page or limit))
        found = self._requests(
            lambda: self._collection.query(query_embeddings=vector[np.newaxis], n_results=most, include=["distances"])
        )
        distances = found["distances"]
        assert distances is not None
        return [(key, 1 - distance) for key, distance in zip(found["ids"][0], distances[0], strict=True)]

    def _batches(self, rows: Sequence[Row], most: int) -> Iterator[list[Row]]:
        size = min(most, self._page or most)
        for start in range(0, len(rows), size):
            yield list(rows[start : start + size])


def wrong_vectors(catalog: Catalog, index: VectorIndex, model: str, keys: Sequence[str]) -> list[str]:
    """Return those of the named passages whose vectors in Chroma are not the catalog's."""
    wrong = []
    for start in range(0, len(keys), WRITE_ROWS):
        batch = keys[start : start + WRITE_ROWS]
        kept, found = catalog.vectors(model, batch), index.vectors(batch)
        for key in batch:
            if key not in kept or key not in found:
                wrong.append(key)
                continue
            # Chroma keeps directions only.
            length = np.linalg.norm(kept[key]) * np.linalg.norm(found[key])
            if not np.dot(kept[key], found[key]) > NEARLY_ONE * length:
                wrong.append(key)
    return wrong


class Local:
    """Asks the embedded database."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, request: Callable[[], Result], /) -> Result:
        """Return what the request returns. Raises StorageError, IndexDamaged above all."""

        def damaged(told: str) -> IndexDamaged:
            return IndexDamaged(
                f"The vector index in {self._path} does not work ({told}). Run `embassy-bot index`: it is made anew "
                "from the catalog, and nothing is lost."
            )

        with translated(self._path.parent, (ChromaError, ValueError, OSError), damaged):
            return request()


def discard(data: Path) -> None:
    """Remove an embedded Chroma database that no longer opens; the catalog holds all that was in it."""
    if (data / CHROMA_FOLDER).exists():
        shutil.rmtree(data / CHROMA_FOLDER)
