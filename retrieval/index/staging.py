"""The writing side of the catalog: what an index run prepares, the one transaction that makes it live, the sweep."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from retrieval.corpus.passages import SPLITTER
from retrieval.index.catalog import Catalog, ManifestEntry, text_hash
from retrieval.models import Article, Passage

if TYPE_CHECKING:
    from retrieval.index.catalog import Vector


class Staging:
    """An index run's view of the catalog. Everything before `commit` can be killed, and the next run takes it up.

    `staged` and `todo` are temporary tables of this connection: the revisions that the new version will hold, and
    one passage for each text that has no vector yet.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._db = catalog.db
        self._db.execute("DROP TABLE IF EXISTS temp.staged")
        self._db.execute("DROP TABLE IF EXISTS temp.todo")
        self._db.execute("CREATE TEMP TABLE staged (revision INTEGER PRIMARY KEY)")

    # Reading

    def manifest(self) -> dict[str, ManifestEntry]:
        """Return what the last run saw, by path."""
        rows = self._db.execute(
            "SELECT path, size, mtime_ns, ctime_ns, described, article, revision, skipped FROM manifest"
        )
        return {row[0]: ManifestEntry(*row) for row in rows}

    def live_revisions(self) -> dict[str, int]:
        """Return the revision of each article in the live version."""
        rows = self._db.execute(
            "SELECT article, id FROM revisions WHERE id IN (SELECT revision FROM version_revisions "
            "JOIN live USING (version))"
        )
        return dict(rows.fetchall())

    def revisions(self, version: int) -> list[int]:
        """Return the revisions of a version."""
        rows = self._db.execute("SELECT revision FROM version_revisions WHERE version = ?", (version,))
        return [row[0] for row in rows]

    def find(self, digest: bytes) -> int | None:
        """Return the revision with that digest, if it was ever stored."""
        row = self._db.execute("SELECT id FROM revisions WHERE digest = ?", (digest,)).fetchone()
        return row[0] if row else None

    def add(self, article: Article, digest: bytes, passages: Sequence[Passage]) -> int:
        """Store a revision with its passages, invisible until a version holds it; return its id."""
        cursor = self._db.execute(
            "INSERT INTO revisions (digest, article, title, publisher, authors, published, url, evidence, paragraphs, "
            "words, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (digest, article.id, *_facts(article), len(article.text.split()), article.text),
        )
        revision = cursor.lastrowid
        assert revision is not None
        self._db.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(revision, p.ordinal, p.key, p.start, p.end, *p.paragraphs, text_hash(p.text)) for p in passages],
        )
        return revision

    def stage(self, revisions: Iterable[int]) -> None:
        """Say which revisions the new version will hold."""
        self._db.executemany("INSERT OR IGNORE INTO temp.staged VALUES (?)", ((revision,) for revision in revisions))

    # Embedding

    def find_unembedded(self, model: str) -> int:
        """Find the staged texts without a vector of this model; return how many there are."""
        self._db.execute("DROP TABLE IF EXISTS temp.todo")
        self._db.execute(
            "CREATE TEMP TABLE todo AS SELECT text_hash, min(revision) AS revision, ordinal FROM passages "
            "WHERE revision IN (SELECT revision FROM temp.staged) AND NOT EXISTS "
            "(SELECT 1 FROM vectors v WHERE v.model = ? AND v.text_hash = passages.text_hash) GROUP BY text_hash "
            "ORDER BY revision, ordinal",
            (model,),
        )
        return int(self._db.execute("SELECT count(*) FROM temp.todo").fetchone()[0])

    def unembedded(self, batch: int) -> Iterator[list[tuple[bytes, str]]]:
        """Yield (hash, text) of what `find_unembedded` found, `batch` at a time."""
        after = 0
        while True:
            rows = self._db.execute(
                "SELECT revision, start, end, t.rowid, p.text_hash FROM temp.todo t JOIN passages p "
                "USING (revision, ordinal) WHERE t.rowid > ? ORDER BY t.rowid LIMIT ?",
                (after, batch),
            ).fetchall()
            if not rows:
                return
            after = rows[-1][3]
            yield [(row[4], text) for text, row in self.catalog.with_text(rows)]

    def add_vectors(self, model: str, vectors: Iterable[tuple[bytes, Vector]]) -> None:
        """Keep vectors, each under its model and text."""
        with self.catalog.transaction():
            self._db.executemany(
                "INSERT OR IGNORE INTO vectors (model, text_hash, vector) VALUES (?, ?, ?)",
                ((model, hash, vector.astype("<f4").tobytes()) for hash, vector in vectors),
            )

    # The derived indexes

    def needed_keys(self, model: str, *, staged: bool) -> set[str]:
        """Return the passages that must be in a model's collection: of every kept version, and the staged ones."""
        rows = self._db.execute(
            "SELECT key FROM passages WHERE revision IN (SELECT revision FROM temp.staged WHERE ? UNION "
            "SELECT revision FROM version_revisions JOIN versions ON versions.id = version WHERE model = ?)",
            (staged, model),
        )
        return {row[0] for row in rows}

    def rows(self, model: str, keys: Sequence[str]) -> tuple[list[Passage], list[Vector]]:
        """Return passages with their vectors, one row a key, for the model's collection."""
        found = self._db.execute(
            "SELECT revision, start, end, key, article, ordinal, first_paragraph, last_paragraph "
            "FROM passages JOIN revisions r ON r.id = revision WHERE key IN (SELECT value FROM json_each(?)) "
            "GROUP BY key ORDER BY revision",
            (json.dumps(list(keys)),),
        ).fetchall()
        vectors = self.catalog.vectors(model, keys)
        passages = [
            Passage(key, article, ordinal, (first, last), text, start, end)
            for text, (_, start, end, key, article, ordinal, first, last) in self.catalog.with_text(found)
            if key in vectors
        ]
        return passages, [vectors[passage.key] for passage in passages]

    # The commit point

    def commit(
        self,
        *,
        who: str,
        action: str,
        model: str,
        embedding: str,
        lexicon: str,
        changes: tuple[int, int, int],
        manifest: Iterable[ManifestEntry],
        header: str,
    ) -> int:
        """Make the staged revisions the live version, in one transaction; return its id."""
        with self.catalog.transaction():
            counts = self._db.execute(
                "SELECT (SELECT count(*) FROM temp.staged), "
                "(SELECT count(*) FROM passages WHERE revision IN (SELECT revision FROM temp.staged))"
            ).fetchone()
            cursor = self._db.execute(
                "INSERT INTO versions (created, who, action, model, embedding, lexicon, added, changed, removed, "
                "articles, passages) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (datetime.now(UTC).isoformat(), who, action, model, embedding, lexicon, *changes, *counts),
            )
            version = cursor.lastrowid
            assert version is not None
            self._db.execute("INSERT INTO version_revisions SELECT ?, revision FROM temp.staged", (version,))
            self._db.execute("INSERT OR REPLACE INTO live VALUES (1, ?)", (version,))
            self._replace_manifest(manifest, header)
        return version

    def note_manifest(self, manifest: Iterable[ManifestEntry], header: str) -> None:
        """Keep what a run saw that changed no article."""
        with self.catalog.transaction():
            self._replace_manifest(manifest, header)

    def _replace_manifest(self, manifest: Iterable[ManifestEntry], header: str) -> None:
        self._db.execute("DELETE FROM manifest")
        self._db.executemany(
            "INSERT INTO manifest VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((e.path, e.size, e.mtime_ns, e.ctime_ns, e.described, e.article, e.revision, e.skipped) for e in manifest),
        )
        self.catalog.set_meta("manifest", header)

    # The sweep

    def has_leftovers(self, keep: int) -> bool:
        """Say whether there are more than `keep` versions, or revisions that are in none."""
        found = self._db.execute(
            "SELECT (SELECT count(*) FROM versions) > ? OR "
            "EXISTS (SELECT 1 FROM revisions WHERE id NOT IN (SELECT revision FROM version_revisions))",
            (keep,),
        ).fetchone()
        return bool(found[0])

    def sweep(self, keep: int) -> None:
        """Remove from the catalog all versions but the newest `keep`, and what no version needs any more."""
        if not self.has_leftovers(keep):
            return
        old = self._db.execute("SELECT id FROM versions ORDER BY id DESC LIMIT -1 OFFSET ?", (keep,)).fetchall()
        with self.catalog.transaction():
            live = "SELECT version FROM live"
            self._db.executemany(f"DELETE FROM versions WHERE id = ? AND id NOT IN ({live})", old)
            self._db.execute("DELETE FROM revisions WHERE id NOT IN (SELECT revision FROM version_revisions)")
            self._db.execute(
                "DELETE FROM vectors WHERE model NOT IN (SELECT model FROM versions) "
                "OR text_hash NOT IN (SELECT text_hash FROM passages)"
            )


def digest(article: Article) -> bytes:
    """Return what names a revision: equal for equal text, facts, paragraphs and division into passages."""
    parts = json.dumps([SPLITTER, article.id, *_facts(article)])
    return hashlib.blake2b(parts.encode() + article.text.encode("utf-8"), digest_size=16).digest()


def _facts(article: Article) -> tuple[str, str | None, str, str | None, str | None, str, str]:
    evidence = {name: [fact.basis, fact.source] for name, fact in sorted(article.evidence.items())}
    paragraphs = [[p.start, p.end, int(p.boilerplate)] for p in article.paragraphs]
    return (
        article.title,
        article.publisher,
        json.dumps(article.authors),
        article.published.isoformat() if article.published else None,
        article.url,
        json.dumps(evidence),
        json.dumps(paragraphs),
    )
