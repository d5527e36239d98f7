"""Where an embedded Chroma database is, and a look at its rows without opening it.

Chroma writes to its own files each time it is opened, and takes a second to import; an index run that has nothing to
do should do neither. This reads its SQLite file, and answers "unknown" for any layout it does not expect.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

CHROMA_FOLDER = "chroma"

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
