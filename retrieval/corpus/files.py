"""The corpus folder: which files are articles, what their ids are, and what their bytes say."""

from __future__ import annotations

import codecs
import os
import stat
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import CorpusError
from retrieval.models import Skipped

ENDINGS = (".txt", ".md", ".html")
SIDECAR = "articles.toml"

LEGACY_ENCODINGS = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256",
    "koi8_r", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr",
]  # fmt: skip
"""What a file that is not UTF-8 may be in; the first is taken where nothing speaks for another."""


class Unreadable(Exception):
    """A file is not an article; the message says why, for the list of skipped files."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the corpus that should be an article. `path` is relative to the corpus, with forward slashes.

    `ctime_ns` moves with every change, also where somebody sets `mtime_ns` back, and with the file's rights.
    """

    id: str
    path: str
    size: int
    mtime_ns: int
    ctime_ns: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What a walk over the corpus folder found; nothing was opened yet.

    `files` are ordered by path; `sidecars` are paths of metadata files, shallow ones first; `ignored` counts the
    files of other kinds by ending.
    """

    files: tuple[SourceFile, ...]
    sidecars: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    ignored: Mapping[str, int]


def scan(root: Path, max_bytes: int) -> Scan:
    """Walk the folder, without following links to folders; hidden files and folders are passed over.

    Raises CorpusError where the folder itself is missing or unreadable.
    """
    found: list[tuple[str, os.stat_result]] = []
    sidecars: list[str] = []
    skipped: list[Skipped] = []
    ignored: Counter[str] = Counter()

    def unlistable(error: OSError) -> None:
        if Path(error.filename) == root:
            raise error
        path = Path(error.filename).relative_to(root).as_posix()
        skipped.append(Skipped(_printable(path), f"the folder cannot be read ({error.strerror})"))

    try:
        for folder, folders, names in os.walk(root, onerror=unlistable):
            relative = Path(folder).relative_to(root)
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            skipped += [
                Skipped(_printable((relative / name).as_posix()), "a link to a folder, not followed")
                for name in folders
                if os.path.islink(os.path.join(folder, name))
            ]
            for name in names:
                path, ending = (relative / name).as_posix(), os.path.splitext(name)[1].lower()
                if name.startswith("."):
                    continue
                if name == SIDECAR:
                    if not (Path(folder) / name).is_file():
                        raise CorpusError(f"{_printable(path)} is not a regular file. Nothing was changed.")
                    sidecars.append(path)
                elif ending not in ENDINGS:
                    ignored[_printable(ending or name)] += 1
                else:
                    try:
                        found.append((path, _checked_stat(os.path.join(folder, name), path, max_bytes)))
                    except Unreadable as error:
                        skipped.append(Skipped(_printable(path), str(error)))
    except FileNotFoundError as error:
        raise CorpusError(
            f"There is no corpus folder {root}. Name the folder of your articles with --corpus, "
            "or as [corpus] path in config.toml."
        ) from error
    except NotADirectoryError as error:
        raise CorpusError(f"{root} is a file, not a folder. Name the folder that holds the articles.") from error
    except OSError as error:
        raise CorpusError(
            f"The corpus folder {root} cannot be read ({error.strerror}). Check who may read it, "
            "or name another with --corpus."
        ) from error

    ids = _ids(path for path, _ in found)
    files = [
        SourceFile(ids[path], path, info.st_size, info.st_mtime_ns, info.st_ctime_ns) for path, info in sorted(found)
    ]
    return Scan(
        tuple(files),
        tuple(sorted(sidecars, key=lambda path: (path.count("/"), path))),
        tuple(sorted(skipped, key=lambda entry: entry.path)),
        dict(sorted(ignored.items())),
    )


def _printable(path: str) -> str:
    return path.encode("utf-8", "replace").decode("utf-8")


def _checked_stat(full: str, path: str, max_bytes: int) -> os.stat_result:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise Unreadable("its name is not valid Unicode; rename it") from None
    try:
        info = os.stat(full)
    except OSError as error:
        raise Unreadable(f"it cannot be read ({error.strerror})") from error
    if not stat.S_ISREG(info.st_mode):
        raise Unreadable("it is not a regular file")
    if info.st_size > max_bytes:
        raise Unreadable(
            f"it has {info.st_size / 1e6:,.1f} MB; the limit is {max_bytes / 1e6:,.1f} MB ([corpus] max_file_mb)"
        )
    if info.st_size == 0:
        raise Unreadable("it is empty")
    return info


def _ids(paths: Iterable[str]) -> dict[str, str]:
    """Map each path to its id: the path without its ending, or whole wherever that would name two files."""
    ids = {path: os.path.splitext(path)[0] for path in paths}
    while True:
        uses = Counter(ids.values())
        clashing = [path for path, id in ids.items() if uses[id] > 1 and id != path]
        if not clashing:
            return ids
        ids.update((path, path) for path in clashing)


def read_bytes(root: Path, file: SourceFile) -> bytes:
    """Return the file's bytes. Raises Unreadable."""
    try:
        return (root / file.path).read_bytes()
    except OSError as error:
        raise Unreadable(f"it cannot be read ({error.strerror})") from error


def decode(content: bytes, declared: str | None = None) -> str:
    """Return the text of a file: by its byte-order mark, as `declared`, as UTF-8, or by the best guess.

    The byte-order mark is left out; every other character stays. Raises Unreadable for what is not text.
    """
    text = _decoded(content, declared)
    if not text.strip():
        raise Unreadable("it is empty")
    # Text has next to no control characters; a picture or an archive that happens to decode has many.
    controls = sum(1 for char in text if char < " " and char not in "\t\n\r\f\x1b")
    if "\0" in text or controls > len(text) / 200:
        raise Unreadable("it is binary, not text")
    return text


def _decoded(content: bytes, declared: str | None) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(encoding)
            except UnicodeDecodeError:
                raise Unreadable(f"it begins as {encoding.upper()} but is not") from None
    for encoding in filter(None, ("utf-8", declared)):
        try:
            return content.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    if b"\0" in content:
        raise Unreadable("it is binary, not text")
    from charset_normalizer import from_bytes  # takes its time to import, and is seldom needed

    guesses = from_bytes(content, cp_isolation=LEGACY_ENCODINGS)
    best = guesses.best()
    if best is None:
        raise Unreadable("it is in no known encoding; save it as UTF-8")
    even = [guess for guess in guesses if (guess.chaos, guess.coherence) == (best.chaos, best.coherence)]
    names = {name for guess in even for name in guess.could_be_from_charset}
    return content.decode(min(names, key=LEGACY_ENCODINGS.index))
