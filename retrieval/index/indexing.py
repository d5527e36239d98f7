"""An index run: read what changed, embed what is new, fill the derived indexes, commit once, sweep.

Killed before the commit, the old version still answers and the next run finds what was prepared; killed after it,
the new version answers and the next run sweeps.
"""

from __future__ import annotations

import difflib
import getpass
import json
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retrieval.config import Settings
from retrieval.corpus.articles import READER, read_article
from retrieval.corpus.files import Scan, SourceFile, Unreadable, scan
from retrieval.corpus.metadata import Metadata, read_sidecars
from retrieval.corpus.passages import SPLITTER, split_article
from retrieval.embedding.providers import answering, as_configured, check_dimensions, fingerprint, open_model
from retrieval.errors import CorpusError, IndexDamaged, ModelError
from retrieval.index import lexicon
from retrieval.index.catalog import Catalog, ManifestEntry, Version
from retrieval.index.failures import translated
from retrieval.index.glance import (
    CHROMA_FOLDER,
    break_seal,
    collection_name,
    is_sealed,
    keep_seal,
    rows_by_collection,
)
from retrieval.index.staging import Staging, digest
from retrieval.models import IndexReport, Phase, Progress, Reporter, Skipped

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    from retrieval.index.vectors import VectorIndex, VectorStore

EMBED_BATCH = 64
READ_BATCH = 200
WRITE_ROWS = 512
SETTLING_SECONDS = 0.1
"""A file that changed this recently could change again without a new time stamp; reading waits that long."""


@dataclass(slots=True)
class _Reading:
    """What the reading phase found."""

    manifest: list[ManifestEntry] = field(default_factory=list)
    revisions: dict[str, int] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)


class IndexRun:
    """One run over the corpus folder. The caller owns the data folder."""

    def __init__(self, settings: Settings, catalog: Catalog, report: Reporter | None = None) -> None:
        self._settings = settings
        self._catalog = catalog
        self._staging = Staging(catalog)
        self._report = report or (lambda progress: None)
        self._model = fingerprint(settings.embedding)
        self._embedded = 0

    def run(self, *, action: str = "update") -> IndexReport:
        """Bring the index up to the corpus folder.

        Raises CorpusError where there is nothing to index, ModelError and StorageError; in each case the live
        version answers as before.
        """
        started = time.monotonic()
        data = self._settings.data.path
        with translated(data):
            found = scan(self._settings.corpus.path, self._settings.corpus.max_bytes)
            reading = self._read(found)
            if not reading.revisions:
                raise CorpusError(_nothing_to_read(self._settings.corpus.path, found, reading.skipped))
            before = self._catalog.live()
            old = self._staging.live_revisions()
            added = sorted(reading.revisions.keys() - old.keys())
            removed = sorted(old.keys() - reading.revisions.keys())
            changed = sorted(id for id, rev in reading.revisions.items() if id in old and old[id] != rev)
            self._staging.stage(reading.revisions.values())

            if before is not None and before.model == self._model and not any((added, changed, removed)):
                version = None
                self._keep_manifest(reading)
                if not self._is_whole():
                    self._mend()
            else:
                changes = (len(added), len(changed), len(removed))
                version = self._make_version(reading, action, changes)
            live = self._catalog.live()
            assert live is not None
        return IndexReport(
            version=version,
            added=tuple(added),
            changed=tuple(changed),
            removed=tuple(removed),
            unchanged=len(reading.revisions) - len(added) - len(changed),
            skipped=tuple(reading.skipped),
            ignored=found.ignored,
            articles=live.articles,
            passages=live.passages,
            embedded=self._embedded,
            seconds=time.monotonic() - started,
        )

    # Reading

    def _read(self, found: Scan) -> _Reading:
        """Read the files that differ from the last manifest, and store their revisions."""
        root = self._settings.corpus.path
        described = read_sidecars(root, found.sidecars)
        trusted = self._catalog.meta("manifest") == manifest_header(self._settings)
        before = self._staging.manifest() if trusted else {}
        reading = _Reading(skipped=[*found.skipped, *_described_in_vain(described, found)])
        known = {e.revision for e in before.values()} & set(self._staging.live_revisions().values())
        self._report(Progress(Phase.READING, 0, len(found.files)))
        for start in range(0, len(found.files), READ_BATCH):
            with self._catalog.transaction():
                for file in found.files[start : start + READ_BATCH]:
                    supplied = described.get(file.path, Metadata())
                    entry = before.get(file.path)
                    if (
                        entry is None
                        or not _unchanged(entry, file, supplied)
                        or (entry.revision is not None and entry.revision not in known)
                    ):
                        entry = self._read_one(root, file, supplied)
                    reading.manifest.append(entry)
                    if entry.revision is not None:
                        reading.revisions[file.id] = entry.revision
                    if entry.skipped is not None:
                        reading.skipped.append(Skipped(file.path, entry.skipped))
            self._report(Progress(Phase.READING, min(start + READ_BATCH, len(found.files)), len(found.files)))
        return reading

    def _read_one(self, root: Path, file: SourceFile, supplied: Metadata) -> ManifestEntry:
        revision, skipped = None, None
        age = time.time() - max(file.mtime_ns, file.ctime_ns) / 1e9
        if 0 <= age < SETTLING_SECONDS:
            time.sleep(SETTLING_SECONDS - age)
        try:
            article = read_article(root, file, supplied)
        except Unreadable as error:
            skipped = str(error)
        else:
            name = digest(article)
            revision = self._staging.find(name) or self._staging.add(article, name, split_article(article))
        return ManifestEntry(
            file.path, file.size, file.mtime_ns, file.ctime_ns, repr(supplied), file.id, revision, skipped
        )

    # Storing

    def _filled_store(self) -> VectorStore:
        """Return Chroma, open, with all that the kept versions and the staged one need.

        A database that turns out damaged is made anew; the catalog holds all that was in it. A server that is away is
        waited for.
        """
        # A run that finds nothing to do never gets here, and Chroma takes a second to import.
        from retrieval.index.vectors import VectorStore, discard

        settings, data = self._settings.chroma, self._settings.data.path
        if settings.is_embedded and not is_sealed(self._catalog, data):
            discard(data)

        def filled() -> VectorStore:
            store = VectorStore.open(settings, data, self._catalog.id, self._report)
            try:
                for model in {self._model, *(version.model for version in self._catalog.versions())}:
                    self._fill_vectors(store.collection(model), model)
            except BaseException:
                store.close()
                raise
            return store

        try:
            return filled()
        except IndexDamaged:
            # A server may have lost its rows while it was away.
            if settings.is_embedded:
                discard(data)
            return filled()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Write to Chroma: killed meanwhile, its files are made anew from the catalog."""
        # Also beside a server: embedded files that are left from before fall behind with this.
        break_seal(self._catalog)
        yield
        if self._settings.chroma.is_embedded:
            keep_seal(self._catalog, self._settings.data.path)

    def _needed(self, model: str) -> set[str]:
        return self._staging.needed_keys(model, staged=model == self._model)

    def _make_version(self, reading: _Reading, action: str, changes: tuple[int, int, int]) -> int:
        """Embed, fill the derived indexes, commit, sweep; return the new version."""
        self._embed()
        store = self._filled_store()
        try:
            name = self._build_lexicon()
            self._report(Progress(Phase.COMMITTING, 0, 1))
            version = self._staging.commit(
                who=_user(),
                action=action,
                model=self._model,
                embedding=self._settings.embedding.model_dump_json(),
                lexicon=name,
                changes=changes,
                manifest=reading.manifest,
                header=manifest_header(self._settings),
            )
            self._report(Progress(Phase.COMMITTED, 1, 1))
            self._sweep(store)
            self._restore_lexicons()
        finally:
            store.close()
        return version

    def _keep_manifest(self, reading: _Reading) -> None:
        """Keep what was seen of the files where it differs, although no article does."""
        header = manifest_header(self._settings)
        seen = {entry.path: entry for entry in reading.manifest}
        if self._catalog.meta("manifest") != header or self._staging.manifest() != seen:
            self._staging.note_manifest(reading.manifest, header)

    def _is_whole(self) -> bool:
        """Say whether the derived indexes hold what the kept versions need and nothing else, without opening Chroma.

        False also where that cannot be told, as with a Chroma server.
        """
        data, kept = self._settings.data.path, self._catalog.versions()
        if not self._settings.chroma.is_embedded or self._staging.has_leftovers(self._settings.data.keep_versions):
            return False
        if lexicon.folders(data) != {version.lexicon for version in kept}:
            return False
        if not is_sealed(self._catalog, data) or not all(self._lexicon_is_whole(version) for version in kept):
            return False
        needed = {collection_name(self._catalog.id, v.model): self._needed(v.model) for v in kept}
        return rows_by_collection(data / CHROMA_FOLDER / "chroma.sqlite3") == needed

    def _mend(self) -> None:
        """Make the derived indexes whole."""
        self._embed()
        # While a server is away, questions are answered from these.
        self._restore_lexicons()
        store = self._filled_store()
        try:
            self._sweep(store)
        finally:
            store.close()

    def restore(self, version: Version) -> None:
        """Make anew what a version has lost of the indexes derived from the catalog. Reads no article.

        The version's model is used; only vectors that the catalog itself has lost are embedded again.
        """
        self._settings = self._settings.model_copy(
            update={"embedding": as_configured(self._settings.embedding, version.model, version.embedding)}
        )
        self._model = version.model
        with translated(self._settings.data.path):
            self._staging.stage(self._staging.revisions(version.id))
            self._mend()

    def _embed(self) -> None:
        """Embed every staged text that has no vector, and keep the vectors batch by batch."""
        total = self._staging.find_unembedded(self._model)
        if not total:
            return
        self._report(Progress(Phase.EMBEDDING, 0, total))
        model: BaseEmbedding = open_model(self._settings.embedding)
        for batch in self._staging.unembedded(EMBED_BATCH):
            with answering(self._model):
                found = np.asarray(model.get_text_embedding_batch([text for _, text in batch]), dtype=np.float32)
            if found.ndim != 2 or len(found) != len(batch) or not np.isfinite(found).all():
                raise ModelError(f"The embedding model {self._model} returned no usable vectors; nothing was changed.")
            check_dimensions(self._model, found.shape[1], self._catalog.dimensions(self._model))
            self._staging.add_vectors(self._model, zip((hash for hash, _ in batch), found, strict=True))
            self._embedded += len(batch)
            self._report(Progress(Phase.EMBEDDING, self._embedded, total))

    def _fill_vectors(self, index: VectorIndex, model: str) -> None:
        """Add to Chroma what a model's collection lacks of the kept versions and the staged one."""
        missing = sorted(self._needed(model) - index.keys())
        if not missing:
            return
        with self._writing():
            for start in range(0, len(missing), WRITE_ROWS):
                self._report(Progress(Phase.VECTORS, start, len(missing)))
                index.add(*self._staging.rows(model, missing[start : start + WRITE_ROWS]))
            index.settle()
        self._report(Progress(Phase.VECTORS, len(missing), len(missing)))

    def _build_lexicon(self) -> str:
        self._report(Progress(Phase.LEXICON, 0, 1))
        name = secrets.token_hex(6)
        lexicon.build(self._settings.data.path, name, self._catalog.lexicon_rows())
        self._report(Progress(Phase.LEXICON, 1, 1))
        return name

    def _lexicon_is_whole(self, version: Version) -> bool:
        try:
            return lexicon.Lexicon.open(self._settings.data.path, version.lexicon).size == version.passages
        except IndexDamaged:
            return False

    def _restore_lexicons(self) -> None:
        """Build the lexical index of each kept version that is missing or not whole."""
        data = self._settings.data.path
        for version in self._catalog.versions():
            if not self._lexicon_is_whole(version):
                self._report(Progress(Phase.LEXICON, 0, 1))
                lexicon.remove(data, version.lexicon)
                lexicon.build(data, version.lexicon, self._catalog.lexicon_rows(version.id))

    # The sweep

    def _sweep(self, store: VectorStore) -> None:
        """Remove what no kept version needs, from the catalog first and then from what is derived from it."""
        self._report(Progress(Phase.SWEEPING, 0, 3))
        self._staging.sweep(self._settings.data.keep_versions)
        self._report(Progress(Phase.SWEEPING, 1, 3))
        kept = self._catalog.versions()
        data = self._settings.data.path
        for name in lexicon.folders(data) - {version.lexicon for version in kept}:
            lexicon.remove(data, name)
        self._report(Progress(Phase.SWEEPING, 2, 3))
        models = {version.model for version in kept}
        for model in store.models():
            if model not in models:
                with self._writing():
                    store.drop(model)
                continue
            index = store.collection(model)
            if unneeded := sorted(index.keys() - self._needed(model)):
                with self._writing():
                    index.delete(unneeded)
                    index.settle()
        self._report(Progress(Phase.SWEEPING, 3, 3))


def manifest_header(settings: Settings) -> str:
    """Return what, besides the files themselves, decides how they are read."""
    return json.dumps([str(settings.corpus.path), settings.corpus.max_bytes, READER, SPLITTER, lexicon.FORMAT])


def folder_differs(settings: Settings, catalog: Catalog) -> bool:
    """Say whether an index run would read anything; looks at names, sizes and times only.

    Raises CorpusError where the folder is missing, or an articles.toml cannot be read.
    """
    found = scan(settings.corpus.path, settings.corpus.max_bytes)
    if catalog.meta("manifest") != manifest_header(settings):
        return True
    before = Staging(catalog).manifest()
    described = read_sidecars(settings.corpus.path, found.sidecars)
    return before.keys() != {file.path for file in found.files} or any(
        not _unchanged(before[file.path], file, described.get(file.path, Metadata())) for file in found.files
    )


def _described_in_vain(described: Iterable[str], found: Scan) -> list[Skipped]:
    """Return the files that an articles.toml describes but that are not there."""
    there = [file.path for file in found.files]
    known = {*there, *(skipped.path for skipped in found.skipped)}
    missing = []
    for path in sorted(set(described) - known):
        close = difflib.get_close_matches(path, there, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        missing.append(Skipped(path, f"articles.toml describes it, but there is no such article{hint}"))
    return missing


def _unchanged(entry: ManifestEntry, file: SourceFile, supplied: Metadata) -> bool:
    return (entry.size, entry.mtime_ns, entry.ctime_ns, entry.described, entry.article) == (
        file.size, file.mtime_ns, file.ctime_ns, repr(supplied), file.id,
    )  # fmt: skip


def _nothing_to_read(root: Path, found: Scan, skipped: Iterable[Skipped]) -> str:
    reasons = "; ".join(f"{entry.path}: {entry.reason}" for entry in list(skipped)[:5])
    others = ", ".join(f"{count} {ending}" for ending, count in found.ignored.items())
    return (
        f"No article could be read in {root}, so nothing was changed. "
        + (f"Skipped: {reasons}. " if reasons else "")
        + (f"Not read: {others}. " if others else "")
        + "Put .txt, .md or .html files there, or name another folder with --corpus."
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
