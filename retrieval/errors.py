"""Every error the engine raises on purpose. Each message is one sentence or two for a person, with the way out.

EmbassyError
├── UsageError          the caller asked for something that cannot be
│   ├── QuestionError       an empty or endless question
│   ├── ConfigError         the settings do not hold
│   └── UnknownArticle      no such article
├── CorpusError         the articles cannot be read
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


class CorpusError(EmbassyError):
    """The corpus folder is missing, empty or unreadable; the index stays as it was."""


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
