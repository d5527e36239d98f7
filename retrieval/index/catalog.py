"""The catalog: one SQLite file that is the truth about articles, passages, versions and vectors.

What an index run prepares (revisions, their passages, vectors) is invisible until `commit` makes a version of it,
in one transaction; what no version needs is removed by `sweep`. Chroma and Tantivy are derived from this file.

An article's *revision* is one state of it: text, metadata and passages. A version is a set of revisions.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from retrieval.errors import StorageDamaged, StorageNewer, UnknownArticle
from retrieval.index.failures import translated
from retrieval.models import Article, ArticleSummary, AuditEntry, Basis, Evidence, Filters, Paragraph, Passage, Version

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vector: TypeAlias = npt.NDArray[np.float32]

FILE = "catalog.sqlite3"
RESTORED = "restored"
"""What notes that the catalog came from a backup, and that no index run has been over the corpus folder since."""
SCHEMA = 4

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, article TEXT NOT NULL, title TEXT NOT NULL, publisher TEXT,
    authors TEXT NOT NULL, published TEXT, url TEXT, evidence TEXT NOT NULL, paragraphs TEXT NOT NULL,
    words INTEGER NOT NULL, text TEXT NOT NULL);
CREATE TABLE passages (
    revision INTEGER NOT NULL REFERENCES revisions ON DELETE CASCADE, ordinal INTEGER NOT NULL, key TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, first_paragraph INTEGER NOT NULL, last_paragraph INTEGER NOT NULL,
    text_hash BLOB NOT NULL, PRIMARY KEY (revision, ordinal)) WITHOUT ROWID;
CREATE INDEX passages_by_key ON passages (key);
CREATE INDEX passages_by_text ON passages (text_hash);
CREATE TABLE vectors (
    id INTEGER PRIMARY KEY, model TEXT NOT NULL, text_hash BLOB NOT NULL, vector BLOB NOT NULL,
    UNIQUE (model, text_hash));
CREATE TABLE versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, created TEXT NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,
    model TEXT NOT NULL, embedding TEXT NOT NULL, lexicon TEXT NOT NULL, added INTEGER NOT NULL,
    changed INTEGER NOT NULL, removed INTEGER NOT NULL, articles INTEGER NOT NULL, passages INTEGER NOT NULL,
    why TEXT NOT NULL DEFAULT '');
CREATE TABLE version_revisions (
    version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE, revision INTEGER NOT NULL REFERENCES revisions,
    owner TEXT NOT NULL DEFAULT 'folder', PRIMARY KEY (version, revision)) WITHOUT ROWID;
CREATE INDEX versions_by_revision ON version_revisions (revision);
CREATE TABLE live (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL REFERENCES versions);
"""
_MANIFEST = """
DROP TABLE IF EXISTS manifest;
CREATE TABLE manifest (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,
    described TEXT NOT NULL, article TEXT NOT NULL, revision INTEGER, skipped TEXT) WITHOUT ROWID;
"""

_BY_COMMAND = """
CREATE TABLE version_held (
    version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE, path TEXT NOT NULL, digest BLOB NOT NULL,
    PRIMARY KEY (version, path)) WITHOUT ROWID;
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,
    detail TEXT NOT NULL, result TEXT NOT NULL);
"""
_OWNERS = """
ALTER TABLE versions ADD COLUMN why TEXT NOT NULL DEFAULT '';
ALTER TABLE version_revisions ADD COLUMN owner TEXT NOT NULL DEFAULT 'folder';
"""
_BY_ARTICLE = """
CREATE INDEX revisions_by_article ON revisions (article);
"""
# What brings a file of each earlier format to this one. An emptied manifest only means that the next run reads every
# file.
_STEPS = {
    0: _TABLES + _MANIFEST + _BY_COMMAND + _BY_ARTICLE,
    1: _MANIFEST + _OWNERS + _BY_COMMAND + _BY_ARTICLE,
    2: _OWNERS + _BY_COMMAND + _BY_ARTICLE,
    3: _BY_ARTICLE,
}

_IN_LIVE = "revision IN (SELECT revision FROM version_revisions WHERE version = :version)"
_NAMED_IN_LIVE = (
    "key IN (SELECT value FROM json_each(:keys)) AND EXISTS "
    "(SELECT 1 FROM version_revisions o WHERE o.version = :version AND o.revision = passages.revision)"
)
"""From the few keys to the version: the other way round SQLite would go through all that the version has."""


class Owner(StrEnum):
    """Who brought an article in, and alone may change it."""

    FOLDER = "folder"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Held:
    """What a version holds of one article."""

    revision: int
    owner: Owner


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """What the last index run saw of a file: what it looked like, and what became of it."""

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    described: str
    article: str
    revision: int | None
    skipped: str | None


class Catalog:
    """The open catalog. One writer at a time (the owner of the data folder); readers need no lock."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.db = connection

    @classmethod
    def open(cls, data: Path, *, create: bool = False) -> Catalog:
        """Open the catalog in the data folder.

        Raises StorageError where the folder cannot be used, StorageNewer where a newer program wrote it, and
        FileNotFoundError where there is no catalog and `create` is not set.
        """
        path = data / FILE
        if not create and not path.exists():
            raise FileNotFoundError(path)
        with translated(data):
            connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
            connection.create_function("folded", 1, lambda text: text and text.casefold(), deterministic=True)
            try:
                _prepare(connection, data)
            except BaseException:
                connection.close()
                raise
        return cls(connection)

    def close(self) -> None:
        """Close the file; the catalog cannot be used afterwards."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all or nothing of what is written inside."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def meta(self, key: str) -> str | None:
        """Return a value kept about the catalog itself."""
        row = self.db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value about the catalog itself."""
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    @property
    def id(self) -> str:
        """A random name, made with the catalog; Chroma collections carry it."""
        found = self.meta("id")
        assert found is not None
        return found

    # Versions

    def live(self) -> Version | None:
        """Return the version that answers questions, or None before the first index run."""
        row = self.db.execute("SELECT v.* FROM versions v JOIN live ON live.version = v.id").fetchone()
        return _version(row) if row else None

    def versions(self) -> list[Version]:
        """Return the kept versions, newest first."""
        return [_version(row) for row in self.db.execute("SELECT * FROM versions ORDER BY id DESC")]

    def version(self, id: int) -> Version | None:
        """Return a kept version."""
        row = self.db.execute("SELECT * FROM versions WHERE id = ?", (id,)).fetchone()
        return _version(row) if row else None

    # The audit log

    def record(self, who: str, action: str, detail: str, result: str) -> None:
        """Add an entry to the audit log."""
        self.db.execute(
            "INSERT INTO audit (at, who, action, detail, result) VALUES (?, ?, ?, ?, ?)",
            (datetime.now(UTC).isoformat(), who, action, detail, result),
        )

    def audit(self, limit: int) -> list[AuditEntry]:
        """Return the newest entries of the audit log, newest first."""
        rows = self.db.execute("SELECT at, who, action, detail, result FROM audit ORDER BY id DESC LIMIT ?", (limit,))
        return [AuditEntry(datetime.fromisoformat(at), *rest) for at, *rest in rows]

    # Articles and passages of a version

    def newest(self, version: int, limit: int) -> list[str]:
        """Return the ids of the newest articles of a version, newest first, undated ones last."""
        rows = self.db.execute(
            "SELECT article FROM revisions r JOIN version_revisions vr ON vr.revision = r.id WHERE vr.version = ? "
            "ORDER BY published IS NULL, published DESC, article LIMIT ?",
            (version, limit),
        )
        return [row[0] for row in rows]

    def summaries(self, version: int) -> list[ArticleSummary]:
        """Return the articles of a version, newest first, undated ones last."""
        rows = self.db.execute(
            "SELECT article, title, publisher, authors, published, url, evidence, words, "
            "(SELECT count(*) FROM passages WHERE revision = r.id) FROM revisions r "
            "JOIN version_revisions vr ON vr.revision = r.id WHERE vr.version = ? "
            "ORDER BY published IS NULL, published DESC, article",
            (version,),
        )
        return [
            ArticleSummary(
                row[0], row[1], row[2], tuple(json.loads(row[3])), _date(row[4]), row[5], _evidence(row[6]), *row[7:]
            )
            for row in rows
        ]

    def article(self, version: int, id: str) -> Article:
        """Return an article as a version has it. Raises UnknownArticle."""
        row = self.db.execute(
            # In this order: the other goes through all articles of the version.
            "SELECT title, publisher, authors, published, url, text, paragraphs, evidence FROM revisions r "
            "CROSS JOIN version_revisions vr ON vr.revision = r.id WHERE article = ? AND vr.version = ?",
            (id, version),
        ).fetchone()
        if row is None:
            raise UnknownArticle(f"There is no article {id!r} in the index.")
        paragraphs = tuple(Paragraph(start, end, bool(mark)) for start, end, mark in json.loads(row[6]))
        return Article(
            id, row[0], row[1], tuple(json.loads(row[2])), _date(row[3]), row[4], row[5], paragraphs, _evidence(row[7])
        )

    def passages(self, version: int, keys: Sequence[str]) -> dict[str, Passage]:
        """Return those of the named passages that are in a version, by key.

        Raises StorageDamaged where a text is no longer the one that was indexed.
        """
        rows = self.db.execute(
            "SELECT revision, start, end, key, article, ordinal, first_paragraph, last_paragraph, text_hash "
            f"FROM passages CROSS JOIN revisions r ON r.id = revision WHERE {_NAMED_IN_LIVE} ORDER BY revision",
            {"version": version, "keys": json.dumps(list(keys))},
        )
        found = {}
        for text, (_, start, end, key, article, ordinal, first, last, indexed) in self.with_text(rows):
            if text_hash(text) != indexed:
                raise StorageDamaged(
                    f"The text of {article} in the catalog is not the one that was indexed, so nothing of it is "
                    "quoted. `embassy-bot doctor` says what to do."
                )
            found[key] = Passage(key, article, ordinal, (first, last), text, start, end)
        return found

    def present(self, version: int, keys: Sequence[str]) -> set[str]:
        """Return those of the named passages that are in a version."""
        given = {"version": version, "keys": json.dumps(list(keys))}
        return {row[0] for row in self.db.execute(f"SELECT key FROM passages WHERE {_NAMED_IN_LIVE}", given)}

    def published(self, version: int, keys: Sequence[str]) -> dict[str, date | None]:
        """Return when the articles of those of the named passages that are in a version were published, by key."""
        rows = self.db.execute(
            f"SELECT key, published FROM passages CROSS JOIN revisions r ON r.id = revision WHERE {_NAMED_IN_LIVE}",
            {"version": version, "keys": json.dumps(list(keys))},
        )
        return {key: _date(published) for key, published in rows}

    def vectors(self, model: str, keys: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of those of the named passages that a model has embedded, by key."""
        import numpy as np  # what only looks up articles does without

        rows = self.db.execute(
            # In this order, the one that looks up the few keys: the other goes through all vectors.
            "SELECT key, vector FROM passages CROSS JOIN vectors v USING (text_hash) WHERE v.model = ? "
            "AND key IN (SELECT value FROM json_each(?)) GROUP BY key",
            (model, json.dumps(list(keys))),
        )
        return {key: np.frombuffer(vector, dtype="<f4") for key, vector in rows}

    def dimensions(self, model: str) -> int | None:
        """Return the length of a model's kept vectors, or None where there are none."""
        row = self.db.execute("SELECT length(vector) / 4 FROM vectors WHERE model = ? LIMIT 1", (model,)).fetchone()
        return row[0] if row else None

    def passage_keys(self, version: int, filters: Filters | None = None) -> set[str]:
        """Return the keys of a version's passages, of those articles that pass the filters."""
        filters = filters or Filters()
        rows = self.db.execute(
            f"SELECT key FROM passages JOIN revisions r ON r.id = revision WHERE {_IN_LIVE} "
            "AND (:publisher IS NULL OR folded(publisher) = folded(:publisher)) "
            "AND (:article IS NULL OR article = :article) "
            "AND (:after IS NULL OR published >= :after) AND (:before IS NULL OR published <= :before)",
            {
                "version": version,
                "publisher": filters.publisher,
                "article": filters.article,
                "after": filters.after.isoformat() if filters.after else None,
                "before": filters.before.isoformat() if filters.before else None,
            },
        )
        return {row[0] for row in rows}

    def lexicon_rows(self, revisions: Sequence[int]) -> Iterator[tuple[str, str, str, date | None]]:
        """Yield (key, title, text, day of publication) of every passage of these revisions, by article and place."""
        rows = self.db.execute(
            "SELECT revision, start, end, key, title, published FROM passages JOIN revisions r ON r.id = revision "
            "WHERE revision IN (SELECT value FROM json_each(?)) ORDER BY article, ordinal",
            (json.dumps(list(revisions)),),
        )
        for text, (_, _, _, key, title, published) in self.with_text(rows):
            yield key, title, text, _date(published)

    def owned(self, version: int, owner: Owner) -> int:
        """Return how many articles of a version somebody owns."""
        given = (version, owner.value)
        row = self.db.execute("SELECT count(*) FROM version_revisions WHERE version = ? AND owner = ?", given)
        return int(row.fetchone()[0])

    def version_digests(self, version: int) -> list[tuple[str, int, bytes]]:
        """Return (article, revision, digest) of each article of a version."""
        rows = self.db.execute(
            "SELECT article, id, digest FROM version_revisions JOIN revisions ON id = revision WHERE version = ? "
            "ORDER BY article",
            (version,),
        )
        return rows.fetchall()

    def with_text(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Yield the text that each row (revision, start, end, ...) points at, with the row.

        A whole text is read once for rows that follow each other: SQLite itself would count its characters from the
        beginning for every passage.
        """
        held, text = None, ""
        for row in rows:
            if row[0] != held:
                (text,) = self.db.execute("SELECT text FROM revisions WHERE id = ?", row[:1]).fetchone()
                held = row[0]
            yield text[row[1] : row[2]], row


def text_hash(text: str) -> bytes:
    """Return what names an embedded text."""
    return hashlib.blake2b(text.encode("utf-8"), digest_size=16).digest()


def _prepare(db: sqlite3.Connection, data: Path) -> None:
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found > SCHEMA:
        raise _newer(data, found)
    db.execute("PRAGMA foreign_keys = ON")
    if found == SCHEMA:
        return
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")
    # Another process may have been first.
    (found,) = db.execute("PRAGMA user_version").fetchone()
    if found > SCHEMA:
        raise _newer(data, found)
    for statement in _STEPS.get(found, "").split(";"):
        db.execute(statement)
    if not found:
        db.execute("INSERT INTO meta VALUES ('id', ?)", (secrets.token_hex(8),))
    db.execute(f"PRAGMA user_version = {SCHEMA}")
    db.execute("COMMIT")


def _newer(data: Path, found: int) -> StorageNewer:
    return StorageNewer(
        f"The data folder {data} was written by a newer version of this program (format {found}; this one knows "
        f"{SCHEMA}). Update the program, or name another folder with --data."
    )


def _version(row: Sequence[object]) -> Version:
    id, created, *rest = row
    return Version(id, datetime.fromisoformat(str(created)).astimezone(UTC), *rest)  # type: ignore[arg-type]


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _evidence(value: str) -> dict[str, Evidence]:
    return {name: Evidence(Basis(basis), source) for name, (basis, source) in json.loads(value).items()}
