"""Every error the engine raises on purpose. Each message is one sentence or two for a person, with the way out.

EmbassyError
├── UsageError          the caller asked for something that cannot be
│   ├── QuestionError       an empty or endless question
│   ├── ConfigError         the settings do not hold
│   ├── UnknownArticle      no such article
│   ├── UnknownVersion      no such version of the index
│   ├── NotAnArticle        what was handed in cannot be taken
│   └── StalePlan           the index changed after the plan was made
├── Cancelled           an index run was told to stop
├── Held                canary questions broke, and the switch waits for a person
├── CorpusError         the articles cannot be read
├── BackupError         a backup cannot be written, or is not whole
├── ModelError          the embedding model cannot be had
└── StorageError        the data folder cannot be used
    ├── StorageBusy         another process owns it
    ├── StorageFull         no space is left
    ├── StorageNewer        a newer version of the program wrote it
    ├── ServerFailed        the Chroma server does not do what it is asked
    │   └── ServerUnreachable   it does not answer now
    └── StorageDamaged      something in it is not whole
        └── IndexDamaged        something derived from the catalog, which can be made anew
"""

from __future__ import annotations

from dataclasses import dataclass


class EmbassyError(Exception):
    """The base of all: its text is shown to the user as it stands."""


class UsageError(EmbassyError):
    """The request itself is wrong; the same call will fail again."""


class QuestionError(UsageError):
    """The question cannot be answered as it was put."""


class ConfigError(UsageError):
    """A setting is unknown, out of bounds or unreadable."""


class UnknownArticle(UsageError):
    """No article of that name is in the index."""


class UnknownVersion(UsageError):
    """No version of that number is kept."""


class NotAnArticle(UsageError):
    """What was handed in is no article that can be read; nothing of it was kept."""


class StalePlan(UsageError):
    """The index changed after the plan was made, so that it would no longer do what was shown."""


class Cancelled(EmbassyError):
    """An index run was told to stop; the version before it answers."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A canary question that the new version no longer answers as well, and what each version says to it."""

    question: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CanaryReport:
    """What became of the canary questions: how many the old version answered well, and which of them broke."""

    asked: int
    broken: tuple[Broken, ...]

    @property
    def kept(self) -> float:
        """The share of them that the new version answers as well, from 0 to 1."""
        return 1 - len(self.broken) / self.asked if self.asked else 1.0


class Held(EmbassyError):
    """A new version answers canary questions worse, and was not switched to; `canary` says which."""

    def __init__(self, message: str, canary: CanaryReport) -> None:
        super().__init__(message)
        self.canary = canary


class CorpusError(EmbassyError):
    """The corpus folder is missing, empty or unreadable; the index stays as it was."""


class BackupError(EmbassyError):
    """A backup cannot be written, or is not whole; the data folder is as it was."""


class ModelError(EmbassyError):
    """The embedding model is missing, is not what was expected, or failed."""


class StorageError(EmbassyError):
    """The data folder cannot be used; what it holds is untouched."""


class StorageBusy(StorageError):
    """Another process owns the data folder; try again when it is done."""


class StorageFull(StorageError):
    """The disk is full; what was committed before still holds."""


class StorageNewer(StorageError):
    """The data folder belongs to a newer version of this program."""


class ServerFailed(StorageError):
    """The Chroma server does not do what it is asked; questions go on without it."""


class ServerUnreachable(ServerFailed):
    """The Chroma server does not answer, or only with errors; it may when it is asked again."""


class StorageDamaged(StorageError):
    """Part of the data folder is not whole."""


class IndexDamaged(StorageDamaged):
    """The vectors or the lexical index are not whole; both are made anew from the catalog."""
