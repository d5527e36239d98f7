"""The data folder as one process has it: its catalog open to read, its lock, and the one run that may change it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from retrieval.config import Settings
from retrieval.errors import CorpusError, EmbassyError, StorageBusy
from retrieval.index.catalog import FILE, Catalog
from retrieval.index.failures import translated
from retrieval.index.locking import LOCK_FILE, OWNER_FILE, owning
from retrieval.index.turns import switching_often
from retrieval.models import Version


class DataFolder:
    """The data folder of the settings. Its catalog is read without a lock; what writes, or opens vectors, owns it.

    `command` names the process to others that meet its lock.
    """

    def __init__(self, settings: Settings, command: str) -> None:
        self.path = settings.data.path
        self.guard = threading.RLock()
        """Held by whoever opens or closes something, here and above; not while a question is answered."""
        self._is_embedded = settings.chroma.is_embedded
        self._command = command
        self._stack = ExitStack()
        self._catalog: Catalog | None = None
        self._is_owned = False
        self._run = threading.Lock()
        self._runner = ""

    def close(self) -> None:
        """Release the folder."""
        self._catalog = None
        self._is_owned = False
        self._stack.close()

    # To read

    def catalog(self) -> Catalog | None:
        """Return the catalog, opened once for all who read it, or None where there is none."""
        with self.guard:
            if self._catalog is None:
                try:
                    self._catalog = Catalog.open(self.path)
                except FileNotFoundError:
                    return None
                self._stack.callback(self._catalog.close)
            return self._catalog

    @property
    def version(self) -> Version | None:
        """The version that answers questions, or None before the first index run."""
        catalog = self.catalog()
        with translated(self.path):
            return catalog.live() if catalog else None

    def live(self) -> tuple[Catalog, Version]:
        """Return the catalog and the version that answers questions. Raises CorpusError before the first index run."""
        catalog = self.catalog()
        version = self.version
        if catalog is None or version is None:
            raise CorpusError("Nothing is indexed yet. Run `embassy-bot index`.")
        return catalog, version

    # To own and to change

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Own the data folder: until `close` where Chroma is embedded in it, else while the block runs."""
        if not self._is_embedded:
            with owning(self.path, self._command):
                yield
            return
        with self.guard:
            if not self._is_owned:
                self._stack.enter_context(owning(self.path, self._command))
                self._is_owned = True
        yield

    @contextmanager
    def running(self, doing: str, who: str = "", *, wait: bool = False) -> Iterator[Catalog]:
        """Be the only run, as `alone` does, and yield a connection to the catalog of the run's own."""
        with self.alone(doing, who, wait=wait):
            catalog = Catalog.open(self.path, create=True)
            try:
                yield catalog
            finally:
                catalog.close()

    @contextmanager
    def looking(self, doing: str) -> Iterator[Catalog]:
        """Do as `running` for what is only worked out: where that fails, no catalog stays that was not there before."""
        missing = [one for one in (self.path, *self.path.parents) if not one.exists()]
        with self.alone(doing):
            is_new = not (self.path / FILE).exists()
            catalog = Catalog.open(self.path, create=True)
            try:
                yield catalog
            except EmbassyError:
                catalog.close()
                if is_new:
                    self._unmake(missing)
                raise
            finally:
                catalog.close()

    def _unmake(self, missing: Iterable[Path]) -> None:
        """Remove a catalog that nobody has read, and the folders that were `missing` before."""
        with self.guard:
            if self._catalog is not None:
                return
            # Whoever waits for the lock sees that its file is gone, and makes a new one.
            for name in (FILE, f"{FILE}-wal", f"{FILE}-shm", OWNER_FILE, LOCK_FILE):
                (self.path / name).unlink(missing_ok=True)
            self.close()
        with suppress(OSError):  # something else is in it
            for folder in missing:
                folder.rmdir()

    @contextmanager
    def alone(self, doing: str, who: str = "", *, wait: bool = False) -> Iterator[None]:
        """Be the only run, and own the data folder.

        Raises StorageBusy, saying who does what, where another run is on and `wait` is not set.
        """
        if not self._run.acquire(blocking=wait):
            raise StorageBusy(f"{self._runner or 'Somebody else'} just now. Wait until that is done, and ask again.")
        try:
            self._runner = f"{who or 'Somebody else'} has been {doing} since {time.strftime('%H:%M')}"
            with switching_often(), self.owned():
                yield
        finally:
            self._runner = ""
            self._run.release()

    @property
    def runner(self) -> str:
        """Who does what to the index at present, as a sentence without its end; empty where nobody does."""
        return self._runner

    @property
    def has_run(self) -> bool:
        """Whether a run of this process is on."""
        return self._run.locked()
