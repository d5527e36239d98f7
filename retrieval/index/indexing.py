"""An index run: carry out a plan. Embed what is new, fill the derived indexes, commit once, sweep.

Killed before the commit, the old version still answers and the next run finds what was prepared; killed after it,
the new version answers and the next run sweeps.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from retrieval.config import Settings
from retrieval.embedding.providers import answering, as_configured, check_dimensions, fingerprint, open_model
from retrieval.errors import IndexDamaged, ModelError, StalePlan
from retrieval.index import lexicon
from retrieval.index.backup import clear_leftovers
from retrieval.index.catalog import RESTORED, Catalog
from retrieval.index.failures import translated
from retrieval.index.glance import (
    CHROMA_FOLDER,
    break_seal,
    collection_name,
    is_sealed,
    keep_seal,
    rows_by_collection,
)
from retrieval.index.plans import Draft
from retrieval.index.staging import Staging
from retrieval.models import IndexReport, Phase, Progress, Reporter, Version

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    from retrieval.index.vectors import VectorIndex, VectorStore

EMBED_BATCH, WRITE_ROWS = 64, 512
ONLINE_BATCH, ONLINE_ROWS = 16, 4
"""Beside questions a run takes small steps, and lets questions go first after each. Chroma keeps all other threads of
the process waiting while it takes in rows."""


Canary = Callable[[Catalog, Version | None, Version, Reporter], None]
"""Asks the canary questions of the old and the new version, one after another. Raises Held where they got worse."""


class IndexRun:
    """Carries out plans. The caller owns the data folder.

    `online` is beside questions of the same process: small steps, and one thread that embeds. `release` has this
    process let go of vectors that are discarded.
    """

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        report: Reporter | None = None,
        *,
        online: bool = False,
        release: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._staging = Staging(catalog)
        self._report = report or (lambda progress: None)
        self._online = online
        self._release = release
        self._rows = ONLINE_ROWS if online else WRITE_ROWS
        self._embedded = 0
        self._use(fingerprint(settings.embedding), settings.embedding.model_dump_json())

    def _use(self, model: str, embedding: str) -> None:
        """Use the model with that fingerprint, which the settings name or did when they were kept as JSON."""
        self._model = model
        self._embedding = as_configured(self._settings.embedding, model, embedding)

    def apply(self, plan: Draft, *, who: str, why: str = "", canary: Canary | None = None) -> IndexReport:
        """Do what the plan says: embed, fill the derived indexes, commit, sweep.

        Raises StalePlan, ModelError and StorageError, Held by the canary questions, and whatever the reporter raises
        to end the run; in each case the live version answers as before.
        """
        started = time.monotonic()
        with translated(self._settings.data.path):
            before = self._catalog.live()
            revisions = [one.revision for one in plan.held.values()]
            if (before.id if before else None) != plan.base or self._staging.missing(revisions):
                raise StalePlan("The index has changed since this was worked out. Look at the difference again.")
            self._use(plan.model, plan.embedding)
            self._staging.stage(revisions)
            version = None
            if plan.changes_anything:
                version = self._make_version(plan, before, who, why, canary)
            else:
                self._keep_manifest(plan)
                if not self._is_whole():
                    self._mend()
            live = self._catalog.live()
            assert live is not None
        return IndexReport(
            version=version,
            added=tuple(one.article for one in plan.added),
            changed=tuple(one.article for one in plan.changed),
            removed=tuple(one.article for one in plan.removed),
            unchanged=plan.unchanged,
            skipped=plan.skipped,
            ignored=plan.ignored,
            articles=live.articles,
            passages=live.passages,
            embedded=self._embedded,
            seconds=plan.seconds + time.monotonic() - started,
            action=plan.action,
        )

    # Storing

    def _store(self) -> VectorStore:
        # A run that finds nothing to do never gets here, and Chroma takes a second to import.
        from retrieval.index.vectors import VectorStore

        return VectorStore.open(self._settings.chroma, self._settings.data.path, self._catalog.id, self._report)

    def _filled_store(self) -> VectorStore:
        """Return Chroma, open, with all that the kept versions and the staged one need.

        A database that turns out damaged is made anew; the catalog holds all that was in it. A server that is away is
        waited for.
        """
        settings, data = self._settings.chroma, self._settings.data.path
        if settings.is_embedded and not is_sealed(self._catalog, data):
            self._discard()

        def filled() -> VectorStore:
            store = self._store()
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
                self._discard()
            return filled()

    def _discard(self) -> None:
        from retrieval.index.vectors import discard

        self._release()
        discard(self._settings.data.path)

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

    def _make_version(self, plan: Draft, before: Version | None, who: str, why: str, canary: Canary | None) -> int:
        """Embed, fill the derived indexes, commit, sweep; return the new version."""
        self._embed()
        if before and before.model != plan.model:
            # Where nothing had to be embedded, as in a rollback, it would not be missed until the first question.
            open_model(self._embedding)
        store = self._filled_store()
        try:
            if plan.action == "rebuild":
                self._correct_vectors(store)
            name = self._build_lexicon(plan, before)
            self._report(Progress(Phase.COMMITTING, 0, 1))
            with self._catalog.transaction():
                id = self._staging.make_live(
                    who=who,
                    why=why,
                    action=plan.action,
                    model=plan.model,
                    embedding=plan.embedding,
                    lexicon=name,
                    changes=(len(plan.added), len(plan.changed), len(plan.removed)),
                    held=plan.held,
                    kept_out=plan.kept_out,
                )
                if plan.manifest is not None:
                    self._staging.note_manifest(plan.manifest, plan.header)
                if canary is not None:
                    version = self._catalog.version(id)
                    assert version is not None
                    # Seen by this connection alone until the transaction ends, and gone with it.
                    canary(self._catalog, before, version, self._report)
                self._report(Progress(Phase.COMMITTING, 1, 1))
            self._report(Progress(Phase.COMMITTED, 1, 1))
            self._sweep(store)
            self._restore_lexicons()
        finally:
            store.close()
        return id

    def _keep_manifest(self, plan: Draft) -> None:
        """Keep what was seen of the files where it differs, although no article does."""
        if plan.manifest is None:
            return
        seen = {entry.path: entry for entry in plan.manifest}
        catalog = self._catalog
        if catalog.meta("manifest") != plan.header or self._staging.manifest() != seen or catalog.meta(RESTORED):
            with self._catalog.transaction():
                self._staging.note_manifest(plan.manifest, plan.header)

    def _is_whole(self) -> bool:
        """Say whether the derived indexes hold what the kept versions need and nothing else, without opening Chroma.

        False also where that cannot be told, as with a Chroma server.
        """
        data, kept = self._settings.data.path, self._catalog.versions()
        if not self._settings.chroma.is_embedded or self._staging.has_leftovers(*self._keeping()):
            return False
        if lexicon.folders(data) != {version.lexicon for version in kept}:
            return False
        if not is_sealed(self._catalog, data) or not all(self._lexicon_is_whole(version) for version in kept):
            return False
        needed = {collection_name(self._catalog.id, v.model): self._needed(v.model) for v in kept}
        return rows_by_collection(data / CHROMA_FOLDER / "chroma.sqlite3") == needed

    def _keeping(self) -> tuple[int, datetime | None]:
        """Return how many versions are kept, and since when they may have been replaced."""
        settings = self._settings.data
        since = datetime.now(UTC) - timedelta(days=settings.keep_days) if settings.keep_days else None
        return settings.keep_versions, since

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
        self._use(version.model, version.embedding)
        with translated(self._settings.data.path):
            self._staging.stage(one.revision for one in self._staging.held(version.id).values())
            self._mend()

    def _embed(self) -> None:
        """Embed every staged text that has no vector, and keep the vectors batch by batch."""
        total = self._staging.find_unembedded(self._model)
        if not total:
            return
        self._report(Progress(Phase.EMBEDDING, 0, total))
        settings, size = self._embedding, EMBED_BATCH
        if self._online:
            settings = settings.model_copy(update={"threads": 1})
            # In this process, one by one is as fast.
            size = 1 if settings.provider == "minilm" else ONLINE_BATCH
        model: BaseEmbedding = open_model(settings)
        for batch in self._staging.unembedded(size):
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
        kept = self._staging.needed_keys(model, staged=False)
        # Sealed files lack nothing of the kept versions, and by their number they hold nothing else: reading all keys
        # of a large collection takes longer than all the rest.
        sealed = self._settings.chroma.is_embedded and is_sealed(self._catalog, self._settings.data.path)
        there = kept if sealed and index.count() == len(kept) else index.keys()
        missing = sorted(self._needed(model) - there)
        if not missing:
            return
        with self._writing():
            for start in range(0, len(missing), self._rows):
                self._report(Progress(Phase.VECTORS, start, len(missing)))
                index.add(*self._staging.rows(model, missing[start : start + self._rows]))
            index.settle()
        self._report(Progress(Phase.VECTORS, len(missing), len(missing)))

    def _correct_vectors(self, store: VectorStore) -> None:
        """Write those rows of Chroma anew whose vectors are not the catalog's."""
        from retrieval.index.vectors import wrong_vectors

        index = store.collection(self._model)
        keys = sorted(self._needed(self._model))
        for start in range(0, len(keys), self._rows):
            self._report(Progress(Phase.VECTORS, start, len(keys)))
            wrong = wrong_vectors(self._catalog, index, self._model, keys[start : start + self._rows])
            if wrong:
                with self._writing():
                    index.delete(wrong)
                    index.add(*self._staging.rows(self._model, wrong))
                    index.settle()

    def _build_lexicon(self, plan: Draft, before: Version | None) -> str:
        """Return the new version's lexical index: a rollback's own, if that is whole, else one built for it."""
        if plan.like is not None and self._lexicon_is_whole(plan.like):
            return plan.like.lexicon
        name = secrets.token_hex(6)
        count = self._staging.staged_passages()
        self._report(Progress(Phase.LEXICON, 0, count))
        lexicon.build(
            self._settings.data.path,
            name,
            lexicon.Source(self._staging.staged_digests(), self._catalog.lexicon_rows, count),
            like=before.lexicon if before and plan.action != "rebuild" else None,
            report=lambda done: self._report(Progress(Phase.LEXICON, done, count)),
        )
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
                digests = self._catalog.version_digests(version.id)
                source = lexicon.Source(digests, self._catalog.lexicon_rows, version.passages)
                lexicon.build(data, version.lexicon, source)

    # The sweep

    def _sweep(self, store: VectorStore) -> None:
        """Remove what no kept version needs, from the catalog first and then from what is derived from it."""
        self._report(Progress(Phase.SWEEPING, 0, 3))
        self._staging.sweep(*self._keeping())
        self._report(Progress(Phase.SWEEPING, 1, 3))
        kept = self._catalog.versions()
        data = self._settings.data.path
        for name in lexicon.folders(data) - {version.lexicon for version in kept}:
            lexicon.remove(data, name)
        clear_leftovers(data)
        self._report(Progress(Phase.SWEEPING, 2, 3))
        models = {version.model for version in kept}
        for model in store.models():
            if model not in models:
                with self._writing():
                    store.drop(model)
                continue
            index, needed = store.collection(model), self._needed(model)
            # Nothing that is needed is missing by now.
            if index.count() != len(needed) and (unneeded := sorted(index.keys() - needed)):
                with self._writing():
                    index.delete(unneeded)
                    index.settle()
        self._report(Progress(Phase.SWEEPING, 3, 3))
