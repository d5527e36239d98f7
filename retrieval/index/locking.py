"""Who owns the data folder: one process at a time, by a lock of the operating system."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from retrieval.errors import StorageBusy
from retrieval.index.failures import translated

LOCK_FILE = "lock"
OWNER_FILE = "owner"
WAIT_SECONDS = 5.0
"""How long to wait for a short command of another process to end."""


@contextmanager
def owning(data: Path, command: str, wait: float = WAIT_SECONDS) -> Iterator[None]:
    """Own the data folder, made if it is missing, while the block runs.

    The owner file only names who holds the lock; the lock itself is the system's, and ends with its process.
    Raises StorageBusy where another process owns it, StorageError where the folder cannot be written.
    """
    # Whoever owns the folder may open it in one thread and close it in another.
    lock = FileLock(data / LOCK_FILE, timeout=wait, thread_local=False)
    with translated(data):
        data.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout:
            raise StorageBusy(
                f"The data folder {data} is in use by {owner(data) or 'another process'}. Wait until it is done, name "
                "another folder with --data, or let both use a Chroma server ([chroma] mode in config.toml)."
            ) from None
    try:
        with translated(data):
            since = time.strftime("%H:%M")
            (data / OWNER_FILE).write_text(f"`embassy-bot {command}` (process {os.getpid()}, since {since})", "utf-8")
        yield
    finally:
        lock.release()


def owner(data: Path) -> str:
    """Return what the present or last owner wrote of itself."""
    try:
        return (data / OWNER_FILE).read_text("utf-8").strip()
    except OSError:
        return ""
