"""How the index stands, at a glance."""

from __future__ import annotations

import shutil
from pathlib import Path

from retrieval.config import Settings
from retrieval.errors import CorpusError
from retrieval.index.catalog import FILE, Catalog, Owner
from retrieval.index.failures import translated
from retrieval.index.glance import CHROMA_FOLDER, LEXICON_FOLDER
from retrieval.index.reading import folder_differs
from retrieval.models import Status

RECENT = 5
"""How many of the last admin actions the status names."""


def status(settings: Settings, catalog: Catalog | None) -> Status:
    """Say how the index in the data folder stands, with its catalog, where there is one."""
    data = settings.data.path
    with translated(data):
        live = catalog.live() if catalog else None
        try:
            differs = folder_differs(settings, catalog) if catalog else None
        except CorpusError:
            differs = None
        there = next(folder for folder in (data, *data.parents) if folder.exists())
        return Status(
            version=live.id if live else None,
            created=live.created if live else None,
            model=live.model if live else None,
            articles=live.articles if live else 0,
            passages=live.passages if live else 0,
            by_command=catalog.owned(live.id, Owner.COMMAND) if catalog and live else 0,
            versions=len(catalog.versions()) if catalog else 0,
            catalog_bytes=sum(path.stat().st_size for path in data.glob(f"{FILE}*")),
            index_bytes=_size(data / CHROMA_FOLDER) + _size(data / LEXICON_FOLDER),
            free_bytes=shutil.disk_usage(there).free,
            folder_differs=differs,
            recent=tuple(catalog.audit(RECENT)) if catalog else (),
        )


def _size(folder: Path) -> int:
    """Return the bytes of the files in a folder, those with several names counted once."""
    found = (path.stat() for path in folder.rglob("*") if path.is_file())
    return sum({info.st_ino: info.st_size for info in found}.values())
