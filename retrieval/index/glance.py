"""Where an embedded Chroma database is, and a look at its rows and files without opening it.

Chroma writes to its own files each time it is opened, and takes a second to import; an index run that has nothing to
do should do neither. This reads its SQLite file, and answers "unknown" for any layout it does not expect.

Of its other files only those of a segment that was persisted stay as they are between writes; what was not persisted
is filled from a queue in SQLite at each opening. Chroma holds neither against anything, so that lost or garbled ones
pass for vectors: the seal of both is kept in the catalog, and broken before anything is written.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from retrieval.index.catalog import Catalog
from retrieval.index.seals import seal

CHROMA_FOLDER = "chroma"
LEXICON_FOLDER = "lexicon"
_SEAL = "chroma seal"
_PERSISTED = "index_metadata.pickle"

_ROWS = (
    "SELECT c.name, e.embedding_id FROM collections c LEFT JOIN segments s ON s.collection = c.id "
    "AND s.scope = 'METADATA' LEFT JOIN embeddings e ON e.segment_id = s.id"
)


def collection_name(catalog_id: str, model: str) -> str:
    """Return the name of a model's collection: up to 512 of the characters that Chroma allows."""
    return f"embassy-bot-{catalog_id}-" + re.sub(r"[^a-zA-Z0-9._-]+", "-", model).strip("-._")[:400]


def rows_by_collection(database: Path) -> dict[str, set[str]] | None:
    """Return the row ids of every collection by its name, or None where they cannot be told."""
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as db:
            found: dict[str, set[str]] = {}
            for name, row in db.execute(_ROWS):
                rows = found.setdefault(name, set())
                if row is not None:
                    rows.add(row)
            return found
    except sqlite3.Error:
        return None


def is_sealed(catalog: Catalog, data: Path) -> bool:
    """Say whether the vectors' files are those that the last finished write left."""
    kept = catalog.meta(_SEAL)
    return bool(kept) and kept == _seal(data)


def keep_seal(catalog: Catalog, data: Path) -> None:
    """Note the vectors' files as they are now, after a finished write."""
    catalog.set_meta(_SEAL, _seal(data))


def break_seal(catalog: Catalog) -> None:
    """Note that the vectors' files are not to be relied on, until `keep_seal`."""
    catalog.set_meta(_SEAL, "")


def _seal(data: Path) -> str:
    root = data / CHROMA_FOLDER
    files = seal(root, (path for kept in root.glob(f"*/{_PERSISTED}") for path in kept.parent.iterdir()))
    return f"{files} {_queue(root / 'chroma.sqlite3')}"


def _queue(database: Path) -> str:
    """Return a hash of the rows that no segment's files hold yet."""
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as db:
            rows = hashlib.blake2b(digest_size=16)
            for row in db.execute("SELECT seq_id, operation, topic, id, vector FROM embeddings_queue ORDER BY seq_id"):
                rows.update(repr(row).encode())
            return rows.hexdigest()
    except sqlite3.Error:
        return "unreadable"
