"""Are the files of a derived index still those that were written: a hash over them, kept where they are described."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def seal(root: Path, files: Iterable[Path]) -> str:
    """Return one hash of the files' names below `root` and of what they hold. Raises OSError."""
    whole = hashlib.blake2b(digest_size=16)
    for path in sorted(files):
        with path.open("rb") as file:
            held = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16))
        whole.update(f"{path.relative_to(root).as_posix()}\0".encode() + held.digest())
    return whole.hexdigest()
