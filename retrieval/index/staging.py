"""The writing side of the catalog: what an index run prepares, the one transaction that makes it live, the sweep."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from retrieval.corpus.passages import SPLITTER
from retrieval.index.catalog import RESTORED, Catalog, Held, ManifestEntry, Owner, text_hash
from retrieval.models import Article, Difference, Passage

if TYPE_CHECKING:
    from retrieval.index.catalog import Vector


_UNUSED = (
    "id NOT IN (SELECT revision FROM version_revisions) "
    "AND id NOT IN (SELECT revision FROM manifest WHERE revision IS NOT NULL)"
)


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

    def held(self, version: int) -> dict[str, Held]:
        """Return what a version holds of each article, by its id."""
        rows = self._db.execute(
            "SELECT article, revision, owner FROM version_revisions JOIN revisions ON id = revision WHERE version = ?",
            (version,),
        )
        return {article: Held(revision, Owner(owner)) for article, revision, owner in rows}

    def kept_out(self, version: int) -> dict[str, bytes]:
        """Return the files whose articles a version keeps out, by path, each with the digest of its bytes."""
        rows = self._db.execute("SELECT path, digest FROM version_held WHERE version = ?", (version,))
        return dict(rows.fetchall())

    def missing(self, revisions: Iterable[int]) -> bool:
        """Say whether any of these revisions is no longer in the catalog."""
        found = self._db.execute(
            "SELECT 1 FROM json_each(?) WHERE value NOT IN (SELECT id FROM revisions) LIMIT 1",
            (json.dumps(list(revisions)),),
        ).fetchone()
        return found is not None

    def differences(self, revisions: Iterable[int]) -> tuple[Difference, ...]:
        """Return the articles of these revisions as a plan shows them, by their ids."""
        rows = self._db.execute(
            "SELECT article, title, (SELECT count(*) FROM passages WHERE revision = r.id) FROM revisions r "
            "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY article",
            (json.dumps(list(revisions)),),
        )
        return tuple(Difference(*row) for row in rows)

    def same_text(self, revision: int, version: int) -> list[str]:
        """Return the other articles of a version that have a revision's very text."""
        rows = self._db.execute(
            "SELECT o.article FROM revisions r JOIN revisions o ON o.text = r.text AND o.article != r.article "
            "JOIN version_revisions v ON v.revision = o.id AND v.version = ? WHERE r.id = ? ORDER BY o.article",
            (version, revision),
        )
        return [row[0] for row in rows]

    def text(self, revision: int) -> str:
        """Return the text of a revision."""
        return str(self._db.execute("SELECT text FROM revisions WHERE id = ?", (revision,)).fetchone()[0])

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
        """Say which revisions the new version will hold, and no others."""
        self._db.execute("DELETE FROM temp.staged")
        self._db.executemany("INSERT OR IGNORE INTO temp.staged VALUES (?)", ((revision,) for revision in revisions))

    def staged_passages(self) -> int:
        """Return how many passages the staged revisions have."""
        rows = self._db.execute("SELECT count(*) FROM passages WHERE revision IN (SELECT revision FROM temp.staged)")
        return int(rows.fetchone()[0])

    def staged_digests(self) -> list[tuple[str, int, bytes]]:
        """Return (article, revision, digest) of each staged revision, by article."""
        return self._db.execute(
            "SELECT article, id, digest FROM revisions WHERE id IN (SELECT revision FROM temp.staged) ORDER BY article"
        ).fetchall()

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

    def make_live(
        self,
        *,
        who: str,
        why: str,
        action: str,
        model: str,
        embedding: str,
        lexicon: str,
        changes: tuple[int, int, int],
        held: Mapping[str, Held],
        kept_out: Mapping[str, bytes],
    ) -> int:
        """Make the staged revisions the live version, within the caller's transaction; return its id."""
        counts = self._db.execute(
            "SELECT (SELECT count(*) FROM temp.staged), "
            "(SELECT count(*) FROM passages WHERE revision IN (SELECT revision FROM temp.staged))"
        ).fetchone()
        cursor = self._db.execute(
            "INSERT INTO versions (created, who, action, model, embedding, lexicon, added, changed, removed, "
            "articles, passages, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (datetime.now(UTC).isoformat(), who, action, model, embedding, lexicon, *changes, *counts, why),
        )
        version = cursor.lastrowid
        assert version is not None
        self._db.executemany(
            "INSERT INTO version_revisions VALUES (?, ?, ?)",
            ((version, one.revision, one.owner.value) for one in held.values()),
        )
        self._db.executemany(
            "INSERT INTO version_held VALUES (?, ?, ?)", ((version, path, one) for path, one in kept_out.items())
        )
        self._db.execute("INSERT OR REPLACE INTO live VALUES (1, ?)", (version,))
        return version

    def note_manifest(self, manifest: Iterable[ManifestEntry], header: str) -> None:
        """Keep what a run saw of the corpus folder, within the caller's transaction."""
        self._db.execute("DELETE FROM manifest")
        self._db.executemany(
            "INSERT INTO manifest VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((e.path, e.size, e.mtime_ns, e.ctime_ns, e.described, e.article, e.revision, e.skipped) for e in manifest),
        )
        self.catalog.set_meta("manifest", header)
        self._db.execute("DELETE FROM meta WHERE key = ?", (RESTORED,))

    # The sweep

    def outdated(self, keep: int, since: datetime | None) -> list[int]:
        """Return the versions to let go: all but the newest `keep`, and those made before `since`; never the live one.

        The age of a version is that of the one after it: until then it was live.
        """
        rows = self._db.execute(
            "SELECT id, (SELECT min(created) FROM versions n WHERE n.id > v.id) FROM versions v "
            "WHERE id NOT IN (SELECT version FROM live) ORDER BY id DESC"
        ).fetchall()
        newest = keep - 1
        return [
            id
            for place, (id, replaced) in enumerate(rows)
            if place >= newest or (since and replaced and datetime.fromisoformat(replaced) < since)
        ]

    def has_leftovers(self, keep: int, since: datetime | None) -> bool:
        """Say whether there are versions to let go, or revisions that nothing refers to."""
        found = self._db.execute(f"SELECT EXISTS (SELECT 1 FROM revisions WHERE {_UNUSED})").fetchone()
        return bool(found[0]) or bool(self.outdated(keep, since))

    def sweep(self, keep: int, since: datetime | None) -> None:
        """Remove from the catalog the outdated versions, and what no version and no file of the last run needs."""
        if not self.has_leftovers(keep, since):
            return
        with self.catalog.transaction():
            self._db.executemany("DELETE FROM versions WHERE id = ?", ((id,) for id in self.outdated(keep, since)))
            self._db.execute(f"DELETE FROM revisions WHERE {_UNUSED}")
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
