"""What SQLite, Chroma, Tantivy and the system say of the data folder, as errors with the way out."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from retrieval.errors import StorageDamaged, StorageError, StorageFull

LITTLE = 1_000_000
"""Bytes. With less than this free, whatever failed to be written failed for want of space."""

_FULL = ("no space", "is full", "storage full", "quota")
_BARRED = ("permission", "read-only", "readonly", "unable to open")
_IN_THE_WAY = ("not a directory", "file exists")


@contextmanager
def translated(
    data: Path,
    kinds: tuple[type[Exception], ...] = (sqlite3.Error, OSError),
    otherwise: Callable[[str], StorageError] | None = None,
) -> Iterator[None]:
    """Turn errors of these kinds into a StorageError about the data folder.

    `otherwise` makes the error where neither space nor rights are wanting; without it the catalog is meant.
    """
    try:
        yield
    except kinds as error:
        told = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise _storage_error(data, error, told, otherwise) from error


def _storage_error(
    data: Path, error: Exception, told: str, otherwise: Callable[[str], StorageError] | None
) -> StorageError:
    code, lower = str(getattr(error, "sqlite_errorname", "")), told.lower()
    if code == "SQLITE_FULL" or any(word in lower for word in _FULL) or is_full(data):
        return StorageFull(
            f"The disk that holds {data} is full. Free some space and run the same again: "
            "what was committed is kept, and what was embedded is not embedded again."
        )
    if any(word in lower for word in _IN_THE_WAY):
        return StorageError(
            f"The data folder {data} cannot be made: a file is in the way. Move it, or name another folder with --data."
        )
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")) or any(w in lower for w in _BARRED):
        return StorageError(
            f"The data folder {data} cannot be written ({told}). Give this user the right to, "
            "or name another folder with --data or as [data] path in config.toml."
        )
    if otherwise is not None:
        return otherwise(told)
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return StorageDamaged(
            f"The catalog in {data} is damaged ({told}). Restore the folder from a backup, or move it away "
            "and run `embassy-bot index`, which makes a new one from the articles."
        )
    return StorageError(f"The data folder {data} cannot be used ({told}). `embassy-bot doctor` says more.")


def is_full(data: Path) -> bool:
    """Say whether the disk that holds a folder has hardly any space left."""
    try:
        return shutil.disk_usage(data).free < LITTLE
    except OSError:
        return False
