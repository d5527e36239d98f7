"""A backup: one file with all of the data folder that cannot be made anew, taken while others use it.

It is a zip archive of the folder's SQLite databases, the catalog first among them, each copied as of one instant, and
of a list of them with their hashes. The vectors and the lexical indexes are made anew from the catalog, embedding
nothing; settings and secrets are not in it.

Restored, each database takes the place of the one before it in one transaction: whoever has it open sees the one or
the other, and a process that is killed leaves the one or the other.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as program_version
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from retrieval.errors import (
    BackupError,
    CorpusError,
    StorageBusy,
    StorageDamaged,
    StorageNewer,
    UsageError,
)
from retrieval.index.catalog import FILE, RESTORED, Catalog
from retrieval.index.failures import is_full, translated
from retrieval.index.glance import break_seal
from retrieval.models import (
    BackupContents,
    BackupDatabase,
    BackupReport,
    Phase,
    Progress,
    Reporter,
    RestoreReport,
    Version,
)

FORMAT = 1
LIST = "backup.json"
LIST_BYTES = 100_000
"""The longest list that is read."""
UNPACKED = "restoring"
"""The folder, in the data folder, in which a backup is made ready to be restored."""
CHUNK = 1 << 20
PAGES = 2_048

_DATABASE = re.compile(r"[a-z][a-z0-9_-]{0,60}\.sqlite3")
_RUINED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


# Out


def back_up(data: Path, file: Path, *, replace: bool = False, report: Reporter = lambda progress: None) -> BackupReport:
    """Write a backup of a data folder, whole or not at all; the folder may be in use meanwhile.

    Raises UsageError where the file is there already and `replace` is not set, CorpusError where there is nothing to
    back up, BackupError where the file cannot be written, StorageError where the folder cannot be read.
    """
    began = time.monotonic()
    file = file.resolve()
    _check_target(file, replace)
    try:
        catalog = Catalog.open(data)
    except FileNotFoundError:
        raise CorpusError(f"Nothing is indexed in {data}, so there is nothing to back up.") from None
    catalog.close()
    with _writing(data, file), _work(file) as work:
        copies = [work / FILE, *(work / path.name for path in sorted(data.glob("*.sqlite3")) if path.name != FILE)]
        for copy in copies:
            _copied(data / copy.name, copy, Phase.COPYING, report)
        live = _checked_catalog(work)
        packed = work / "packed"
        made = datetime.now(UTC)
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            databases = list(_packed(archive, copies, report))
            contents = BackupContents(made, live.id, live.articles, live.passages, tuple(databases))
            archive.writestr(LIST, json.dumps(_told(contents), indent=1))
        _synced(packed)
        check(packed)
        _check_target(file, replace)
        packed.replace(file)
        _synced(file.parent)
        size = file.stat().st_size
    return BackupReport(
        file=str(file),
        bytes=size,
        made=made,
        version=live.id,
        articles=live.articles,
        passages=live.passages,
        databases=tuple(one.name for one in databases),
        seconds=time.monotonic() - began,
    )


def _check_target(file: Path, replace: bool) -> None:
    if file.is_dir():
        raise UsageError(f"{file} is a folder. Name the file that the backup is to be.")
    if file.exists() and not replace:
        raise UsageError(f"{file} is there already. Name another file, or replace it with --force.")


@contextmanager
def _writing(data: Path, file: Path) -> Iterator[None]:
    """Turn what goes wrong while a backup is written into an error about it."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if getattr(error, "sqlite_errorname", "").startswith(_RUINED):
            raise StorageDamaged(f"What is in {data} is damaged ({error}), so no backup was made of it.") from error
        told = (error.strerror if isinstance(error, OSError) else None) or str(error)
        if is_full(file.parent) or "full" in told or "space" in told:
            told = "its disk is full"
        raise BackupError(
            f"The backup {file} cannot be written: {told}. Name a file in a folder that has room and may be written; "
            "what is indexed is as it was."
        ) from error


@contextmanager
def _work(file: Path) -> Iterator[Path]:
    """Yield an empty folder beside the file, which is removed in the end; what a killed process left goes with it."""
    work = file.with_name(f".{file.name}.partial")
    work.mkdir(exist_ok=True)
    lock = FileLock(work / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise StorageBusy(f"Another process is writing {file} just now. Wait until it is done.") from None
    try:
        for left in work.iterdir():
            if left.name != "lock":
                left.unlink()
        yield work
    finally:
        lock.release()
        shutil.rmtree(work, ignore_errors=True)


def _packed(archive: zipfile.ZipFile, copies: list[Path], report: Reporter) -> Iterator[BackupDatabase]:
    total = sum(copy.stat().st_size for copy in copies)
    done = 0
    for copy in copies:
        hashed = hashlib.sha256()
        entry = zipfile.ZipInfo(copy.name, time.localtime()[:6])
        entry.compress_type = archive.compression
        with copy.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
            while chunk := source.read(CHUNK):
                report(Progress(Phase.PACKING, done, total))
                hashed.update(chunk)
                target.write(chunk)
                done += len(chunk)
        yield BackupDatabase(copy.name, copy.stat().st_size, hashed.hexdigest())
    report(Progress(Phase.PACKING, total, total))


# Looking into one


def check(file: Path, to: Path | None = None, report: Reporter = lambda progress: None) -> BackupContents:
    """Hold everything in a backup against its hash, and put it into the folder `to`, if that is given.

    Raises BackupError where it is no backup, not whole, or made by a newer program, StorageError where there is no
    room for it.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            contents = _contents(file, archive)
            total = sum(one.bytes for one in contents.databases)
            done = 0
            for one in contents.databases:
                hashed, count = hashlib.sha256(), 0
                with archive.open(one.name) as source, _target(to, one.name) as target:
                    # No more is read than is expected, whatever would come.
                    while chunk := source.read(min(CHUNK, one.bytes + 1 - count)):
                        report(Progress(Phase.UNPACKING, done, total))
                        hashed.update(chunk)
                        count += len(chunk)
                        done += len(chunk)
                        if target is not None:
                            target.write(chunk)
                if (count, hashed.hexdigest()) != (one.bytes, one.sha256):
                    raise _not_whole(file, f"{one.name} is not what was written")
            report(Progress(Phase.UNPACKING, total, total))
            return contents
    except FileNotFoundError as error:
        if error.filename is None or Path(error.filename) != file:
            raise
        raise BackupError(f"There is no file {file}.") from error
    except (IsADirectoryError, PermissionError) as error:
        raise BackupError(f"{file} cannot be read ({error.strerror}).") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise _not_whole(file, str(error).strip("'\"") or type(error).__name__) from error


@contextmanager
def _target(to: Path | None, name: str) -> Iterator[IO[bytes] | None]:
    if to is None:
        yield None
        return
    with (to / name).open("wb") as target:
        yield target


def _contents(file: Path, archive: zipfile.ZipFile) -> BackupContents:
    listed = archive.open(LIST).read(LIST_BYTES)
    try:
        told: dict[str, Any] = json.loads(listed)
        if told["format"] > FORMAT:
            raise BackupError(
                f"{file} was made by a newer program ({told['program']}). Update this one, and restore it then."
            )
        databases = tuple(
            BackupDatabase(str(one["name"]), int(one["bytes"]), str(one["sha256"])) for one in told["files"]
        )
        contents = BackupContents(
            datetime.fromisoformat(told["made"]), told["version"], told["articles"], told["passages"], databases
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _not_whole(file, f"its {LIST} cannot be read") from error
    names = [one.name for one in contents.databases]
    if FILE not in names or len(set(names)) < len(names) or not all(_DATABASE.fullmatch(name) for name in names):
        raise _not_whole(file, f"its {LIST} names other files than a backup has")
    return contents


def _told(contents: BackupContents) -> dict[str, object]:
    return {
        "format": FORMAT,
        "program": f"embassy-bot {program_version('embassy-bot')}",
        "made": contents.made.isoformat(),
        "version": contents.version,
        "articles": contents.articles,
        "passages": contents.passages,
        "files": [{"name": one.name, "bytes": one.bytes, "sha256": one.sha256} for one in contents.databases],
    }


def _not_whole(file: Path, why: str) -> BackupError:
    return BackupError(
        f"{file} is not a whole backup of embassy-bot ({why}). Nothing was changed; use another copy of it."
    )


# Back in


def restore(
    data: Path,
    file: Path,
    *,
    who: str,
    why: str = "",
    replace: bool = False,
    report: Reporter = lambda progress: None,
) -> RestoreReport:
    """Put what a backup holds into the data folder, in the place of what is there where `replace` is set.

    The caller owns the folder, and makes the derived indexes anew afterwards. The restored articles become a version
    of their own, newer than all that was there and all in the backup; the audit log keeps the entries of both.

    Raises UsageError where an index is there and `replace` is not set, BackupError where the backup cannot be used,
    StorageError; whatever is raised, what was there is as it was.
    """
    began = time.monotonic()
    file = file.resolve()
    with translated(data), _leaving_nothing(data):
        present = _present(data)
        if not replace and (present is None or present.live):
            # First of all, whether there is anything to put in its place.
            check(file, report=report)
            what = f"version {present.live.id}, {present.live.articles:,} articles" if present and present.live else ""
            raise UsageError(
                f"{data} holds an index already ({what or 'it is damaged'}). To put the backup in its place, say "
                "--force; `embassy-bot backup FILE` keeps what is there now."
            )
        work = data / UNPACKED
        clear_leftovers(data)
        work.mkdir()
        contents = check(file, work, report)
        version = _made_ready(file, work, present, who, why or f"backup of {contents.made:%Y-%m-%d %H:%M} UTC")
        if present is None:
            _set_aside(data)
        Catalog.open(data, create=True).close()
        # The catalog last: with it, all is restored.
        for name in sorted((one.name for one in contents.databases), key=lambda name: name == FILE):
            _copied(work / name, data / name, Phase.RESTORING, report)
    return RestoreReport(
        file=str(file),
        made=contents.made,
        version=version,
        articles=contents.articles,
        passages=contents.passages,
        replaced=present.live.id if present and present.live else None,
        databases=tuple(one.name for one in contents.databases),
        seconds=time.monotonic() - began,
    )


@contextmanager
def _leaving_nothing(data: Path) -> Iterator[None]:
    try:
        yield
    finally:
        clear_leftovers(data)


def clear_leftovers(data: Path) -> None:
    """Remove what a killed restore left. The caller owns the folder."""
    if (data / UNPACKED).exists():
        shutil.rmtree(data / UNPACKED)


@dataclass(frozen=True, slots=True)
class _Present:
    """What is in the data folder before."""

    live: Version | None
    held: dict[str, bytes]
    newest: int
    audit: list[tuple[str, ...]]


def _present(data: Path) -> _Present | None:
    """Return what is in the data folder, or None where it is damaged."""
    try:
        catalog = Catalog.open(data)
    except FileNotFoundError:
        return _Present(None, {}, 0, [])
    except StorageDamaged:
        return None
    with closing(catalog.db):
        try:
            live = catalog.live()
            return _Present(live, _digests(catalog, live), _newest(catalog), _audit(catalog))
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "").startswith(_RUINED):
                return None
            raise


def _made_ready(file: Path, work: Path, present: _Present | None, who: str, why: str) -> int:
    """Make the unpacked catalog what it is to be in the data folder; return the version that will be live."""
    try:
        live = _checked_catalog(work)
    except StorageNewer as error:
        raise BackupError(f"{file} was made by a newer program. Update this one, and restore it then.") from error
    except (StorageDamaged, CorpusError, sqlite3.DatabaseError) as error:
        raise _not_whole(file, "its catalog does not open") from error
    catalog = Catalog.open(work)
    with closing(catalog.db):
        old, new = present.held if present else {}, _digests(catalog, live)
        changes = (
            len(new.keys() - old.keys()),
            sum(old[article] != new[article] for article in new.keys() & old.keys()),
            len(old.keys() - new.keys()),
        )
        newest = max(_newest(catalog), present.newest if present else 0)
        with catalog.transaction():
            # Who has an older version open must not take a restored one for it.
            catalog.db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'versions'", (newest,))
            cursor = catalog.db.execute(
                "INSERT INTO versions (created, who, action, model, embedding, lexicon, added, changed, removed, "
                "articles, passages, why) SELECT ?, ?, 'restore', model, embedding, lexicon, ?, ?, ?, articles, "
                "passages, ? FROM versions WHERE id = ?",
                (datetime.now(UTC).isoformat(), who, *changes, why, live.id),
            )
            version = cursor.lastrowid
            assert version is not None
            for table, columns in (("version_revisions", "revision, owner"), ("version_held", "path, digest")):
                catalog.db.execute(
                    f"INSERT INTO {table} (version, {columns}) SELECT ?, {columns} FROM {table} WHERE version = ?",
                    (version, live.id),
                )
            catalog.db.execute("INSERT OR REPLACE INTO live VALUES (1, ?)", (version,))
            entries = sorted({*_audit(catalog), *(present.audit if present else ())})
            catalog.db.execute("DELETE FROM audit")
            catalog.db.executemany(
                "INSERT INTO audit (at, who, action, detail, result) VALUES (?, ?, ?, ?, ?)", entries
            )
            catalog.record(who, "restore", why, f"version {version}")
            # The folder is not read over it until somebody says so.
            catalog.set_meta(RESTORED, datetime.now(UTC).isoformat())
            break_seal(catalog)
    return version


def _digests(catalog: Catalog, version: Version | None) -> dict[str, bytes]:
    return {article: digest for article, _, digest in catalog.version_digests(version.id)} if version else {}


def _newest(catalog: Catalog) -> int:
    row = catalog.db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'versions'").fetchone()
    return int(row[0]) if row else 0


def _audit(catalog: Catalog) -> list[tuple[str, ...]]:
    return catalog.db.execute("SELECT at, who, action, detail, result FROM audit").fetchall()


def _set_aside(data: Path) -> None:
    """Rename a damaged catalog: it may still be worth something to somebody."""
    for path in data.glob(f"{FILE}*"):
        if ".damaged" not in path.name:
            path.replace(path.with_name(path.name.replace(FILE, f"{FILE}.damaged")))


# Both ways


def _copied(source: Path, target: Path, phase: Phase, report: Reporter) -> None:
    """Put one database in the place of another, in one transaction, as it is at one instant."""
    with closing(sqlite3.connect(source, timeout=10)) as taken, closing(sqlite3.connect(target, timeout=10)) as given:
        # What others write meanwhile must not have it begin again.
        taken.execute("BEGIN")
        taken.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        report(Progress(phase, 0, 1))
        taken.backup(given, pages=PAGES, progress=lambda _, left, all: report(Progress(phase, all - left, all)))


def _checked_catalog(folder: Path) -> Version:
    """Return the live version of a copied catalog. Raises StorageDamaged, and CorpusError where nothing is indexed."""
    catalog = Catalog.open(folder)
    with closing(catalog.db):
        (verdict,) = catalog.db.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise StorageDamaged(
                f"The catalog is damaged ({verdict}), so no backup was made. Run `embassy-bot doctor`."
            )
        live = catalog.live()
    if live is None:
        raise CorpusError("Nothing is indexed, so there is nothing to back up. Run `embassy-bot index`.")
    return live


def _synced(path: Path) -> None:
    """Have the system write a file, or a folder's names, to the disk."""
    with suppress(PermissionError):  # Windows opens no folders.
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
