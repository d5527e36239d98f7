"""The Chroma collection of one embedding model: ids, vectors, texts. Derived from the catalog and made anew from it.

Rows are immutable: a passage's id is a hash of what it is. Rows are written through LlamaIndex's ChromaVectorStore,
so that any LlamaIndex or Chroma tool can read them, and read by ids and distances only, which is three times as fast.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
import numpy.typing as npt
from chromadb.api import ClientAPI
from chromadb.api.client import Client
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.api.types import EmbeddingFunction
from chromadb.config import Settings as ClientSettings
from chromadb.errors import ChromaError

from retrieval.config import ChromaSettings
from retrieval.errors import IndexDamaged, StorageError
from retrieval.index.catalog import Catalog
from retrieval.index.failures import translated
from retrieval.index.glance import CHROMA_FOLDER, collection_name
from retrieval.models import Passage

EF_SEARCH = 500
"""How many neighbours HNSW looks at. At 100 the last of 50 candidates depended on the order in which rows came, and
with them every scaled score; at 500 an index that is made anew answers alike."""
WRITE_ROWS = 512
DELETE_ROWS = 2_000
NEARLY_ONE = 0.9999

Vector = npt.NDArray[np.float32]


class VectorStore:
    """The open Chroma database, embedded in the data folder or on a server."""

    def __init__(self, client: ClientAPI, catalog_id: str, place: str) -> None:
        self._client = client
        self._catalog_id = catalog_id
        self._place = place

    @classmethod
    def open(cls, settings: ChromaSettings, data: Path, catalog_id: str) -> VectorStore:
        """Open Chroma. Raises StorageError for a server out of reach, IndexDamaged for files that do not open."""
        quiet = ClientSettings(anonymized_telemetry=False)
        if settings.url:
            url = urlsplit(settings.url)
            ssl = url.scheme == "https"
            try:
                client = chromadb.HttpClient(
                    url.hostname or "", url.port or (443 if ssl else 8000), ssl=ssl, settings=quiet
                )
            except (ChromaError, ValueError, OSError, httpx.TransportError) as error:
                raise _unreachable(settings.url) from error
            return cls(client, catalog_id, settings.url)
        path = data / CHROMA_FOLDER
        if not path.exists():
            # Within a process, Chroma would go on with the files that were there before.
            SharedSystemClient.clear_system_cache()
        with _translated(str(path)):
            try:
                return cls(chromadb.PersistentClient(path, settings=quiet), catalog_id, str(path))
            except BaseException as error:
                # What failed to start would otherwise be handed out again within this process.
                SharedSystemClient.clear_system_cache()
                if isinstance(error, AttributeError):
                    raise ValueError("it does not start") from error
                raise

    def close(self) -> None:
        """Let go of files and connections."""
        # Every client that is handed out can be closed; the interface does not say so.
        assert isinstance(self._client, Client)
        connections = getattr(self._client._server, "_session", None)
        self._client.close()
        if connections is not None:
            # A server's client, which is the only one to use them, leaves them open.
            connections.close()

    def collection(self, model: str) -> VectorIndex:
        """Return the collection of the model with that fingerprint, made if it is missing."""
        name = collection_name(self._catalog_id, model)
        with _translated(self._place):
            made = self._client.get_or_create_collection(
                name,
                metadata={"model": model},
                configuration={"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}},
                embedding_function=_NONE,
            )
        return VectorIndex(made, self._place)

    def models(self) -> list[str]:
        """Return the fingerprints of the models that have a collection of this catalog."""
        with _translated(self._place):
            collections = [
                c for c in self._client.list_collections() if c.name.startswith(collection_name(self._catalog_id, ""))
            ]
        return [str((collection.metadata or {}).get("model", "")) for collection in collections]

    def drop(self, model: str) -> None:
        """Remove a model's collection."""
        name = self.collection(model).name
        with _translated(self._place):
            self._client.delete_collection(name)


_NONE: EmbeddingFunction | None = None  # type: ignore[type-arg]
"""Vectors are always passed in; Chroma must not load a model of its own."""


class VectorIndex:
    """One model's vectors, by passage key."""

    def __init__(self, collection: chromadb.Collection, place: str) -> None:
        self._collection = collection
        self._place = place
        self.name = collection.name

    def keys(self) -> set[str]:
        """Return the keys of all rows."""
        with _translated(self._place):
            return set(self._collection.get(include=[])["ids"])

    def count(self) -> int:
        """Return the number of rows."""
        with _translated(self._place):
            return self._collection.count()

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
        with _translated(self._place):
            for start in range(0, len(nodes), WRITE_ROWS):
                store.add(nodes[start : start + WRITE_ROWS])

    def delete(self, keys: Sequence[str]) -> None:
        """Remove rows."""
        with _translated(self._place):
            for start in range(0, len(keys), DELETE_ROWS):
                self._collection.delete(ids=list(keys[start : start + DELETE_ROWS]))

    def settle(self) -> None:
        """Have Chroma take up what was written. It does so with the next query; until then each opening writes."""
        with _translated(self._place):
            some = self._collection.get(limit=1, include=["embeddings"])["embeddings"]
            if some is not None and len(some):
                self._collection.query(query_embeddings=np.asarray(some, dtype=np.float32), n_results=1, include=[])

    def vectors(self, keys: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors that are kept under these keys."""
        found: dict[str, Vector] = {}
        with _translated(self._place):
            for start in range(0, len(keys), WRITE_ROWS):
                rows = self._collection.get(ids=list(keys[start : start + WRITE_ROWS]), include=["embeddings"])
                embeddings = rows["embeddings"]
                assert embeddings is not None
                found.update(zip(rows["ids"], np.asarray(embeddings, dtype=np.float32), strict=True))
        return found

    def query(self, vector: Vector, limit: int) -> list[tuple[str, float]]:
        """Return up to `limit` (key, cosine similarity), nearest first."""
        with _translated(self._place):
            found = self._collection.query(
                query_embeddings=vector[np.newaxis], n_results=max(1, limit), include=["distances"]
            )
        distances = found["distances"]
        assert distances is not None
        return [(key, 1 - distance) for key, distance in zip(found["ids"][0], distances[0], strict=True)]


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


def discard(data: Path) -> None:
    """Remove an embedded Chroma database that no longer opens; the catalog holds all that was in it."""
    if (data / CHROMA_FOLDER).exists():
        shutil.rmtree(data / CHROMA_FOLDER)


def _unreachable(url: str) -> StorageError:
    return StorageError(f"The Chroma server at {url} does not answer. Start it, or correct [chroma] url.")


@contextmanager
def _translated(place: str) -> Iterator[None]:
    def damaged(told: str) -> IndexDamaged:
        return IndexDamaged(
            f"The vector index in {place} does not work ({told}). Run `embassy-bot index`: it is made anew "
            "from the catalog, and nothing is lost."
        )

    try:
        with translated(Path(place).parent, (ChromaError, ValueError, OSError), damaged):
            yield
    except httpx.TransportError as error:
        raise _unreachable(place) from error
