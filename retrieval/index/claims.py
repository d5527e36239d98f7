"""Which collections on a shared Chroma server are a data folder's own, also where the folder was copied.

Two folders must never hold the same collections: each sweeps what it does not need itself. The catalog's id does not
tell them apart, for a copy has the same. So a folder has a random id of its own for servers, in a file beside the
catalog, with a note of where that file is: its path, its device, its number there, and when the system last changed
its entry, which no program can set. At the same path, the number or the time must hold: rights change, and so do the
numbers of some mounted file systems. At another path all else must, as it does for a folder that was renamed. A copy
takes a new id, and fills collections of its own from its catalog, without embedding. Where it was copied because the
first one is gone, that one's collections stay on the server: nobody but it may say that they are not needed.

What this cannot tell is a clone of a whole machine, its disk and all, that goes on at the same path.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

FOLDER = "server"
_ID = "id"
_NOTED = "place.json"


def claimed(data: Path) -> str | None:
    """Return the id of a data folder on servers, or None where it has none of its own yet."""
    try:
        id = (data / FOLDER / _ID).read_text("ascii").strip()
        noted = json.loads((data / FOLDER / _NOTED).read_text("utf-8"))
        place = _place(data)
        same = {name for name in place if noted.get(name) == place[name]}
    except (OSError, ValueError, AttributeError):
        return None
    stayed = "path" in same and not same.isdisjoint({"inode", "changed_ns"})
    renamed = same >= place.keys() - {"path"}
    return id if id and (stayed or renamed) else None


def claim(data: Path) -> str:
    """Return the id of a data folder on servers, made if it has none of its own. The caller owns the folder.

    Raises OSError.
    """
    id = claimed(data)
    if id is None:
        id = secrets.token_hex(8)
        (data / FOLDER).mkdir(exist_ok=True)
        # Without the note of its place, an id holds for nothing.
        (data / FOLDER / _NOTED).unlink(missing_ok=True)
        _write(data / FOLDER / _ID, id)
    place = json.dumps(_place(data))
    if not (data / FOLDER / _NOTED).exists() or (data / FOLDER / _NOTED).read_text("utf-8") != place:
        _write(data / FOLDER / _NOTED, place)
    return id


def _place(data: Path) -> dict[str, str | int]:
    status = (data / FOLDER / _ID).stat()
    return {
        "path": str(data.resolve()),
        "device": status.st_dev,
        "inode": status.st_ino,
        "changed_ns": status.st_ctime_ns,
    }


def _write(path: Path, text: str) -> None:
    made = path.with_suffix(".new")
    with made.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)
