"""The live version, open for questions: when its engine is opened, opened anew, made whole again and closed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, TypeVar

from retrieval.config import Settings
from retrieval.errors import IndexDamaged, ServerFailed, StorageBusy
from retrieval.index.data_folder import DataFolder
from retrieval.index.failures import translated
from retrieval.index.glance import break_seal
from retrieval.models import Version

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    from retrieval.engine import Engine, Models

Result = TypeVar("Result")

OUTDATED_AT_MOST = 3
"""How often a question is asked again because another process changed the version under it."""


class Live:
    """The live version of a data folder. Its engine is opened by the first question, and again after each switch."""

    def __init__(self, settings: Settings, folder: DataFolder) -> None:
        self._settings = settings
        self._folder = folder
        self._noted = threading.local()
        self.engine: Engine | None = None
        """What is open now, if anything; to be used through `use`."""

    def use(self, use: Callable[[Engine], Result]) -> Result:
        """Use the live version's engine. What it finds damaged is made anew from the catalog, once."""
        restored = False
        with translated(self._folder.path):
            again = 0
            while True:
                asked: Version | None = None
                try:
                    with self._opened() as engine:
                        asked = engine.version
                        result = self._noting(engine, use)
                except Exception as error:
                    if asked is None or asked.id == self._folder.live()[1].id:
                        if not isinstance(error, IndexDamaged) or restored:
                            raise
                        restored = True
                        self._restore_or_do_without()
                else:
                    if again == OUTDATED_AT_MOST or asked.id == self._folder.live()[1].id:
                        return result
                    again += 1
                # Versions were switched, and perhaps swept, under the question: it is asked of the new one.

    def close(self) -> None:
        """Close the engine, or leave that to the last question that uses it."""
        with self._folder.guard:
            engine, self.engine = self.engine, None
            if engine is not None and not engine.users:
                engine.close()

    def is_asked(self) -> bool:
        """Say whether questions are under way."""
        engine = self.engine
        return engine is not None and engine.users > 0

    @property
    def lacked_vectors(self) -> bool:
        """Whether this thread's last use had to do without the vectors."""
        return getattr(self._noted, "lacked_vectors", False)

    @lacked_vectors.setter
    def lacked_vectors(self, value: bool) -> None:
        self._noted.lacked_vectors = value

    def vectors_answer(self) -> bool:
        """Say whether the vectors' server answers, or there is none."""
        if self._settings.chroma.is_embedded:
            return True
        from retrieval.index.server import connect

        try:
            connect(self._settings.chroma, self._settings.chroma.timeout_s).close()
        except ServerFailed:
            return False
        return True

    # Models

    def models(self, version: Version) -> Models:
        """Return the models that a version is asked with: those that are loaded already, where they are the same."""
        from retrieval.engine import Models

        with self._folder.guard:
            if self.engine is not None and self.engine.models.fingerprint == version.model:
                return self.engine.models
        return Models.load(self._settings, version)

    def embedding(self) -> BaseEmbedding:
        """Return the live version's embedding model: that of the engine, if that is open. Opens no engine."""
        from retrieval.embedding.providers import as_configured, open_model

        version, engine = self._folder.live()[1], self.engine
        if engine is not None:
            return engine.models.embedding
        return open_model(as_configured(self._settings.embedding, version.model, version.embedding))

    # Opening

    @contextmanager
    def _opened(self) -> Iterator[Engine]:
        with self._folder.guard:
            engine = self._open()
            engine.users += 1
        try:
            yield engine
        finally:
            with self._folder.guard:
                engine.users -= 1
                if engine is not self.engine and not engine.users:
                    engine.close()

    def _open(self) -> Engine:
        from retrieval.engine import Engine

        catalog, version = self._folder.live()
        if self.engine is None or self.engine.version.id != version.id:
            # A run of this process writes, and would break the seal under a reader that only comes to look.
            sealed = not self._folder.has_run
            with ExitStack() as stack:
                if self._settings.chroma.is_embedded:
                    stack.enter_context(self._folder.owned())
                opened = Engine(self._settings, catalog, version, self.models(version), sealed=sealed)
            self.close()
            self.engine = opened
        return self.engine

    def _noting(self, engine: Engine, use: Callable[[Engine], Result]) -> Result:
        engine.retriever.failed = ""
        result = use(engine)
        self.lacked_vectors = bool(engine.retriever.failed)
        return result

    # Making whole

    def _restore_or_do_without(self) -> None:
        """Make the live version's derived indexes whole.

        Where a server's cannot be now, because it is away again or a run is at it, questions do without the vectors.
        """
        try:
            self._restore()
        except (ServerFailed, StorageBusy) as error:
            if self._settings.chroma.is_embedded:
                raise
            with self._opened() as engine:
                if engine.served is not None:
                    engine.served.rest(error)

    def _restore(self) -> None:
        from retrieval.index.indexing import IndexRun

        # Beside a server, questions can do without what a run is about to make whole.
        with self._folder.running("making the index anew", wait=self._settings.chroma.is_embedded) as catalog:
            version = catalog.live()
            assert version is not None
            if self.engine is not None:
                # It opened well, and failed in use.
                break_seal(catalog)
            self.close()
            # Somebody waits for an answer meanwhile.
            chroma = self._settings.chroma.model_copy(update={"patience_s": 0.0})
            IndexRun(self._settings.model_copy(update={"chroma": chroma}), catalog).restore(version)
