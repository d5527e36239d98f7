"""Carry the vectors of all kept versions to another place: from the catalog, which holds them, without embedding.

The new place is filled and held against the catalog before anything is removed from the old one. Stopped at any
instant, the old place is whole, and the same again completes it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from retrieval.config import ChromaSettings, Settings
from retrieval.errors import CorpusError, IndexDamaged, ServerFailed, StorageError
from retrieval.index.catalog import Catalog
from retrieval.index.failures import translated
from retrieval.index.glance import CHROMA_FOLDER, break_seal, is_sealed, keep_seal
from retrieval.index.server import INDEXING_TIMEOUT
from retrieval.index.vectors import Vector, VectorIndex, VectorStore, discard
from retrieval.models import MoveReport, Passage, Phase, Progress, Reporter

ROWS = 512


def move(
    settings: Settings,
    catalog: Catalog,
    target: ChromaSettings,
    *,
    source: ChromaSettings | None = None,
    keep: bool = False,
    report: Reporter | None = None,
) -> MoveReport:
    """Fill the target from the catalog, verify it, and remove the vectors from everywhere else, unless `keep` is set.

    Everywhere else is the data folder, the place that the settings name, and `source`. The caller owns the data
    folder. Raises StorageError where the target cannot be filled; the old place is then as it was.
    """
    began = time.monotonic()
    tell = report or (lambda progress: None)
    with translated(settings.data.path):
        needed = _needed(catalog)
        added = _filled(settings, catalog, target, needed, tell)
        removed: list[str] = []
        left: list[tuple[str, str]] = []
        for place in () if keep else _others(settings, target, source):
            try:
                if _emptied(settings, catalog, place):
                    removed.append(_name(settings, place))
            except ServerFailed as error:
                left.append((_name(settings, place), str(error)))
    return MoveReport(
        mode=target.mode,
        url=target.url,
        place=_name(settings, target),
        configured=_same(settings.chroma, target),
        models=tuple(needed),
        passages=sum(map(len, needed.values())),
        added=added,
        removed=tuple(removed),
        left=tuple(left),
        seconds=time.monotonic() - began,
    )


def _needed(catalog: Catalog) -> dict[str, set[str]]:
    """Return the keys that each model's collection must hold: of all kept versions."""
    needed: dict[str, set[str]] = {}
    for version in catalog.versions():
        needed.setdefault(version.model, set()).update(catalog.passage_keys(version.id))
    if not needed:
        raise CorpusError("Nothing is indexed yet, so there is nothing to move. Run `embassy-bot index`.")
    return needed


def _filled(
    settings: Settings, catalog: Catalog, target: ChromaSettings, needed: dict[str, set[str]], tell: Reporter
) -> int:
    """Bring the target to what is needed, and hold it against that; return how many rows were added."""
    if not target.is_embedded:
        return _written(settings, catalog, target, needed, tell)
    data = settings.data.path
    if not is_sealed(catalog, data):
        discard(data)
    break_seal(catalog)
    try:
        added = _written(settings, catalog, target, needed, tell)
    except IndexDamaged:
        discard(data)
        added = _written(settings, catalog, target, needed, tell)
    keep_seal(catalog, data)
    return added


def _written(
    settings: Settings, catalog: Catalog, target: ChromaSettings, needed: dict[str, set[str]], tell: Reporter
) -> int:
    store = VectorStore.open(target, settings.data.path, catalog.id, tell)
    try:
        for model in set(store.models()) - needed.keys():
            store.drop(model)
        added = sum(_fill(catalog, store.collection(model), model, keys, tell) for model, keys in needed.items())
        for model, keys in needed.items():
            index = store.collection(model)
            if index.count() != len(keys) or index.keys() != keys:
                raise StorageError(
                    f"Not all passages arrived at {_name(settings, target)}, so nothing was removed where they were. "
                    "See `embassy-bot doctor`, and then run the same again."
                )
    finally:
        store.close()
    return added


def _fill(catalog: Catalog, index: VectorIndex, model: str, keys: set[str], tell: Reporter) -> int:
    present = index.keys()
    missing, unneeded = sorted(keys - present), sorted(present - keys)
    if unneeded:
        index.delete(unneeded)
    for start in range(0, len(missing), ROWS):
        tell(Progress(Phase.VECTORS, start, len(missing)))
        for passages, vectors in _rows(catalog, model, missing[start : start + ROWS]):
            index.add(passages, vectors)
    if missing or unneeded:
        index.settle()
        tell(Progress(Phase.VECTORS, len(missing), len(missing)))
    return len(missing)


def _rows(catalog: Catalog, model: str, keys: Sequence[str]) -> Iterator[tuple[list[Passage], list[Vector]]]:
    """Yield the passages of those keys with their vectors, version by version, each once."""
    vectors = catalog.vectors(model, keys)
    wanted = set(vectors)
    for version in catalog.versions():
        if version.model == model and wanted:
            found = catalog.passages(version.id, sorted(wanted))
            wanted -= found.keys()
            yield list(found.values()), [vectors[key] for key in found]


def _others(settings: Settings, target: ChromaSettings, source: ChromaSettings | None) -> Iterator[ChromaSettings]:
    """Yield the places besides the target that may hold vectors of this data folder."""
    seen = [target]
    for place in (ChromaSettings(), settings.chroma, source):
        if place is not None and not any(_same(place, one) for one in seen):
            seen.append(place)
            yield place


def _emptied(settings: Settings, catalog: Catalog, place: ChromaSettings) -> bool:
    """Remove this data folder's vectors from a place; say whether there were any."""
    data = settings.data.path
    if place.is_embedded:
        if not (data / CHROMA_FOLDER).exists():
            return False
        break_seal(catalog)
        discard(data)
        return True
    patient = place.model_copy(update={"timeout_s": max(place.timeout_s, INDEXING_TIMEOUT)})
    try:
        store = VectorStore.open(patient, data, catalog.id)
    except IndexDamaged:
        # It never had any.
        return False
    try:
        models = store.models()
        for model in models:
            store.drop(model)
    finally:
        store.close()
    return bool(models)


def _same(one: ChromaSettings, other: ChromaSettings) -> bool:
    if one.is_embedded and other.is_embedded:
        return True
    return (one.mode, one.url, one.tenant, one.database) == (other.mode, other.url, other.tenant, other.database)


def _name(settings: Settings, place: ChromaSettings) -> str:
    return str(settings.data.path / CHROMA_FOLDER) if place.is_embedded else place.place
