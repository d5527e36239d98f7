"""The corpus folder against what the last run saw of it: which files are new, changed or gone, read into revisions."""

from __future__ import annotations

import difflib
import hashlib
import json
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.config import Settings
from retrieval.corpus.articles import READER, read_article
from retrieval.corpus.files import Scan, SourceFile, Unreadable, read_bytes, scan
from retrieval.corpus.metadata import Metadata, read_sidecars
from retrieval.corpus.passages import SPLITTER, split_article
from retrieval.index import lexicon
from retrieval.index.catalog import Catalog, ManifestEntry
from retrieval.index.staging import Staging, digest
from retrieval.models import Article, Phase, Progress, Reporter, Skipped

READ_BATCH, REPORTED_FILES = 200, 10
SETTLING_SECONDS = 0.1
"""A file that changed this recently could change again without a new time stamp; reading waits that long."""


@dataclass(slots=True)
class Reading:
    """What a look at the corpus folder found.

    `manifest` is what to remember of it. `read` are the revisions of files that are new or changed since the last
    run, by article, each with its path, None where the file could not be read; `gone` are the articles that the last
    run read from files which are no longer there or now have another id. `whole` says that every file was read.
    """

    found: Scan
    whole: bool
    manifest: list[ManifestEntry] = field(default_factory=list)
    read: dict[str, tuple[int | None, str]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def read_folder(settings: Settings, staging: Staging, report: Reporter, *, everything: bool) -> Reading:
    """Read the files that differ from what the last run saw, or all of them, and store their revisions.

    Raises CorpusError where the folder itself cannot be read.
    """
    root = settings.corpus.path
    found = scan(root, settings.corpus.max_bytes)
    described = read_sidecars(root, found.sidecars)
    trusted = not everything and staging.catalog.meta("manifest") == manifest_header(settings)
    before = staging.manifest() if trusted else {}
    reading = Reading(found, not trusted, skipped=[*found.skipped, *_described_in_vain(described, found)])
    for start in range(0, len(found.files), READ_BATCH):
        with staging.catalog.transaction():
            for number, file in enumerate(found.files[start : start + READ_BATCH], start):
                if number % REPORTED_FILES == 0:
                    report(Progress(Phase.READING, number, len(found.files)))
                supplied = described.get(file.path, Metadata())
                entry = before.get(file.path)
                if entry is None or not _unchanged(entry, file, supplied):
                    entry = _read_one(root, file, supplied, staging)
                    reading.read[file.id] = entry.revision, file.path
                reading.manifest.append(entry)
                if entry.skipped is not None:
                    reading.skipped.append(Skipped(file.path, entry.skipped))
    report(Progress(Phase.READING, len(found.files), len(found.files)))
    still = {entry.article for entry in reading.manifest}
    reading.gone = [entry.article for entry in before.values() if entry.article not in still]
    return reading


def _read_one(root: Path, file: SourceFile, supplied: Metadata, staging: Staging) -> ManifestEntry:
    revision, skipped = None, None
    age = time.time() - max(file.mtime_ns, file.ctime_ns) / 1e9
    if 0 <= age < SETTLING_SECONDS:
        time.sleep(SETTLING_SECONDS - age)
    try:
        revision = stored(staging, read_article(root, file, supplied))
    except Unreadable as error:
        skipped = str(error)
    return ManifestEntry(file.path, file.size, file.mtime_ns, file.ctime_ns, repr(supplied), file.id, revision, skipped)


def stored(staging: Staging, article: Article) -> int:
    """Store an article's revision, unless it is there; return its id."""
    name = digest(article)
    return staging.find(name) or staging.add(article, name, split_article(article))


def content_digest(root: Path, path: str) -> bytes | None:
    """Return what names a file's bytes, or None where it cannot be read."""
    try:
        content = read_bytes(root, SourceFile("", path, 0, 0, 0))
    except Unreadable:
        return None
    return hashlib.blake2b(content, digest_size=16).digest()


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


def nothing_to_read(root: Path, found: Scan, skipped: Iterable[Skipped]) -> str:
    """Return what to say where no article is left: what was found instead, and what to do."""
    reasons = "; ".join(f"{entry.path}: {entry.reason}" for entry in list(skipped)[:5])
    others = ", ".join(f"{count} {ending}" for ending, count in found.ignored.items())
    return (
        f"No article could be read in {root}, so nothing was changed. "
        + (f"Skipped: {reasons}. " if reasons else "")
        + (f"Not read: {others}. " if others else "")
        + "Put .txt, .md or .html files there, or name another folder with --corpus."
    )


def _described_in_vain(described: Collection[str], found: Scan) -> list[Skipped]:
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
