"""Is everything whole: the catalog, the vectors and the lexical index, held against each other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass

from retrieval.config import Settings
from retrieval.errors import CorpusError, EmbassyError, IndexDamaged, ModelError, ServerFailed, StorageBusy
from retrieval.index.catalog import RESTORED, Catalog, text_hash
from retrieval.index.failures import translated
from retrieval.index.locking import owning
from retrieval.models import Version


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `problem` is None where it is well, else a sentence with the way out."""

    name: str
    detail: str
    problem: str | None = None


REINDEX = "Run `embassy-bot index`: it is made anew from the catalog."
RESTORE = "Restore the data folder from a backup, or move it away and run `embassy-bot index`."


def examine(settings: Settings) -> Iterator[Check]:
    """Yield checks one by one, from the corpus folder to the models. Changes nothing; asks a language model once."""
    yield _corpus(settings)
    yield from examine_data(settings)
    if settings.llm.is_on:
        yield _llm(settings)


def examine_data(settings: Settings) -> Iterator[Check]:
    """Yield the checks of the data folder and the model, one by one. Changes nothing."""
    with ExitStack() as stack:
        try:
            catalog = Catalog.open(settings.data.path)
        except FileNotFoundError:
            yield Check("catalog", str(settings.data.path), "Nothing is indexed yet. Run `embassy-bot index`.")
            return
        except EmbassyError as error:
            yield Check("catalog", str(settings.data.path), str(error))
            return
        stack.callback(catalog.close)
        try:
            with translated(settings.data.path):
                yield _catalog(catalog)
                live = catalog.live()
                if live is None:
                    yield Check("version", "none", "Nothing is indexed yet. Run `embassy-bot index`.")
                    return
                yield Check("version", f"{live.id} of {live.created:%Y-%m-%d %H:%M} UTC, {live.articles:,} articles")
                dimensions = catalog.dimensions(live.model)
                yield _texts(catalog, live)
                yield _vectors_kept(catalog, live)
                for version in catalog.versions():
                    yield _lexicon(settings, catalog, version)
        except EmbassyError as error:
            yield Check("catalog", str(settings.data.path), str(error))
            return
        try:
            if settings.chroma.is_embedded:
                stack.enter_context(owning(settings.data.path, "doctor", wait=1))
            server = None if settings.chroma.is_embedded else _server(settings)
            if server is not None:
                yield server
            if server is None or server.problem is None:
                yield from _chroma(settings, catalog)
        except ServerFailed as error:
            yield Check("vectors", "not looked at", str(error))
        except StorageBusy as error:
            yield Check("vectors", "not looked at", f"{error}")
        except EmbassyError as error:
            yield Check("vectors", "damaged", str(error))
    yield _model(settings, live, dimensions)


def _llm(settings: Settings) -> Check:
    from retrieval.writing.model import Model

    llm = settings.llm
    name = f"{llm.provider} {llm.model}".strip()
    began = time.monotonic()
    try:
        model = Model(llm.model_copy(update={"max_tokens": 16, "retries": 0}), settings.data.path)
        model.ask("Answer with one word.", "Ready?")
        used = model.budget.today
    except ModelError as error:
        advice = f"Check that it runs, [llm] base_url and model, and the key in ${llm.api_key_env}."
        problem = f"{error} {advice}" if "did not answer" in str(error) else str(error)
        return Check("language model", name, problem)
    except EmbassyError as error:
        return Check("language model", name, str(error))
    took = f"which answered in {time.monotonic() - began:.1f} s"
    tokens = f"{used.input + used.output:,} tokens today"
    if llm.daily_tokens:
        tokens += f" of {llm.daily_tokens:,}"
    if llm.daily_cost:
        tokens += f", at a cost of {used.cost(llm):.2f} of {llm.daily_cost:.2f}"
    return Check("language model", f"{name}, {took}; {tokens}")


def _corpus(settings: Settings) -> Check:
    from retrieval.corpus.files import scan

    path = settings.corpus.path
    try:
        found = scan(path, settings.corpus.max_bytes)
    except CorpusError as error:
        if _is_restored(settings):
            return Check("corpus", f"{path} is not there, and not needed: the index was restored from a backup")
        return Check("corpus", str(path), str(error))
    skipped = f", {len(found.skipped)} skipped" if found.skipped else ""
    return Check("corpus", f"{path}: {len(found.files):,} files{skipped}")


def _is_restored(settings: Settings) -> bool:
    with suppress(EmbassyError, FileNotFoundError), closing(Catalog.open(settings.data.path)) as catalog:
        return catalog.meta(RESTORED) is not None
    return False


def _catalog(catalog: Catalog) -> Check:
    (verdict,) = catalog.db.execute("PRAGMA quick_check(1)").fetchone()
    lost = catalog.db.execute("PRAGMA foreign_key_check").fetchone()
    if verdict != "ok" or lost is not None:
        problem = f"The catalog is damaged ({verdict}). {RESTORE}"
        return Check("catalog", "damaged", problem)
    orphans = catalog.db.execute(
        "SELECT count(*) FROM revisions WHERE id NOT IN (SELECT revision FROM version_revisions) "
        "AND id NOT IN (SELECT revision FROM manifest WHERE revision IS NOT NULL)"
    ).fetchone()[0]
    left = f", {orphans} left by a run that was stopped (the next one takes them up)" if orphans else ""
    return Check("catalog", f"whole, {len(catalog.versions())} versions{left}")


def _texts(catalog: Catalog, live: Version) -> Check:
    """Hold every passage's place against the hash of its text."""
    count = wrong = 0
    rows = catalog.db.execute(
        "SELECT revision, start, end, text_hash FROM passages "
        "WHERE revision IN (SELECT revision FROM version_revisions WHERE version = ?) ORDER BY revision",
        (live.id,),
    )
    for text, (_, _, _, expected) in catalog.with_text(rows):
        count += 1
        wrong += text_hash(text) != expected
    if wrong or count != live.passages:
        problem = f"{wrong} of {count} passages do not stand where the catalog says. {RESTORE}"
        return Check("passages", f"{count:,}", problem)
    return Check("passages", f"{count:,}, each where the catalog says")


def _vectors_kept(catalog: Catalog, live: Version) -> Check:
    missing = catalog.db.execute(
        "SELECT count(*) FROM passages WHERE revision IN (SELECT revision FROM version_revisions WHERE version = ?) "
        "AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.model = ? AND v.text_hash = passages.text_hash)",
        (live.id, live.model),
    ).fetchone()[0]
    problem = (
        f"{missing} passages have no vector. Run `embassy-bot index`: they are embedded again." if missing else None
    )
    return Check("vectors kept", f"model {live.model}", problem)


def _lexicon(settings: Settings, catalog: Catalog, version: Version) -> Check:
    from retrieval.index.lexicon import Lexicon

    name = f"words of version {version.id}"
    try:
        keys = Lexicon.open(settings.data.path, version.lexicon).keys()
    except IndexDamaged as error:
        return Check(name, "damaged", str(error))
    return _compared(name, keys, catalog.passage_keys(version.id))


def _server(settings: Settings) -> Check:
    from retrieval.index.server import connect, failures_told

    place = settings.chroma.place
    try:
        with closing(connect(settings.chroma, settings.chroma.timeout_s)) as client, failures_told(place):
            began = time.perf_counter()
            version = client.get_version()
            milliseconds = (time.perf_counter() - began) * 1000
    except EmbassyError as error:
        return Check("chroma server", place, f"{error} Until then questions are answered by words alone.")
    return Check("chroma server", f"{place}: Chroma {version}, answers in {milliseconds:.0f} ms")


def _chroma(settings: Settings, catalog: Catalog) -> Iterator[Check]:
    from retrieval.index.glance import CHROMA_FOLDER, is_sealed
    from retrieval.index.server import INDEXING_TIMEOUT
    from retrieval.index.vectors import VectorStore, wrong_vectors

    if settings.chroma.is_embedded and not (settings.data.path / CHROMA_FOLDER).exists():
        yield Check("vectors", "gone", f"The vector index is gone. {REINDEX}")
        return
    if settings.chroma.is_embedded and not is_sealed(catalog, settings.data.path):
        # Nor opened: Chroma can end the whole process over garbled files.
        problem = f"The vector index is not as it was written, or a run was stopped while writing it. {REINDEX}"
        yield Check("vectors", "not whole", problem)
        return
    # A whole collection takes a server longer than a question.
    chroma = settings.chroma.model_copy(update={"timeout_s": max(INDEXING_TIMEOUT, settings.chroma.timeout_s)})
    store = VectorStore.open(chroma, settings.data.path, catalog.id)
    try:
        present = set(store.models())
        for model in dict.fromkeys(version.model for version in catalog.versions()):
            name = f"vectors of {model}"
            if model not in present:
                yield Check(name, "gone", f"The collection is gone. {REINDEX}")
                continue
            needed = set().union(*(catalog.passage_keys(v.id) for v in catalog.versions() if v.model == model))
            index = store.collection(model)
            compared = _compared(name, index.keys(), needed)
            wrong = 0 if compared.problem else len(wrong_vectors(catalog, index, model, sorted(needed)))
            if wrong:
                compared = Check(name, f"{wrong:,} wrong", f"{wrong:,} vectors are not the catalog's. {REINDEX}")
            yield compared
    finally:
        store.close()


def _compared(name: str, found: set[str], needed: set[str]) -> Check:
    lost, orphaned = len(needed - found), len(found - needed)
    if lost or orphaned:
        return Check(name, f"{len(found):,}", f"{lost} passages are missing and {orphaned} too many. {REINDEX}")
    return Check(name, f"{len(found):,}, as the catalog says")


def _model(settings: Settings, live: Version, dimensions: int | None) -> Check:
    import numpy as np

    from retrieval.embedding.providers import answering, as_configured, check_dimensions, fingerprint, open_model

    try:
        model = open_model(as_configured(settings.embedding, live.model, live.embedding))
        with answering(live.model):
            vector = np.asarray(model.get_text_embedding("One sentence."), dtype=np.float32)
        check_dimensions(live.model, len(vector), dimensions)
    except EmbassyError as error:
        return Check("model", live.model, str(error))
    if not np.isfinite(vector).all() or not np.linalg.norm(vector):
        return Check("model", live.model, "The embedding model returns no usable vectors.")
    wanted = fingerprint(settings.embedding)
    if wanted != live.model:
        problem = f"The config names {wanted}. Run `embassy-bot index` to switch; until then {live.model} answers."
        return Check("model", live.model, problem)
    return Check("model", f"{live.model}, {len(vector)} dimensions")
