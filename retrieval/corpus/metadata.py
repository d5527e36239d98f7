"""What is known about an article besides its text, and how it is known: articles.toml and YAML front matter."""

from __future__ import annotations

import difflib
import posixpath
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import yaml
from dateutil import parser as dateparser

from retrieval.corpus.files import Unreadable
from retrieval.errors import CorpusError
from retrieval.models import Basis, Evidence

FIELDS = ("title", "publisher", "authors", "published", "url")
ALIASES = {"author": "authors", "date": "published"}

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(?=\w[\w -]*:)(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_MAX_FRONT_MATTER = 64_000


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases, by which a few lines can stand for gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem_mark=mark)
        return super().compose_node(parent, index)


@dataclass(frozen=True, slots=True)
class Metadata:
    """Facts about one article; None, or no authors, where nothing is known. `evidence` is keyed by field."""

    title: str | None = None
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    published: date | None = None
    url: str | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)

    def or_else(self, other: Metadata) -> Metadata:
        """Return these facts, with those of `other` where these are silent."""
        taken = {name: getattr(other, name) for name in FIELDS if not getattr(self, name) and getattr(other, name)}
        evidence = {**{name: other.evidence[name] for name in taken}, **self.evidence}
        return replace(self, **taken, evidence=evidence)


def stated(source: str, **values: object) -> Metadata:
    """Return metadata that `source` states. Raises ValueError, with words for a person, for a value out of form."""
    parsed = {name: _PARSERS[name](value) for name, value in values.items() if value}
    facts = {name: fact for name, fact in parsed.items() if fact}
    return Metadata(**facts, evidence={name: Evidence(Basis.STATED, source) for name in facts})  # type: ignore[arg-type]


def front_matter(text: str) -> tuple[Metadata, int]:
    """Read YAML front matter; return its facts and where the text goes on (0 where there is none).

    Keys other than the five fields are left alone: other programs write there too. Raises Unreadable.
    """
    match = _FRONT_MATTER.match(text, 0, _MAX_FRONT_MATTER)
    if match is None:
        return Metadata(), 0
    try:
        values = yaml.load(match[1], Loader=_PlainLoader)
    except ValueError as error:  # a date that is in no calendar
        raise Unreadable(f"its front matter: {error}") from error
    except Exception as error:  # PyYAML also lets through whatever its constructors stumble over
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 2}" if mark else ""
        raise Unreadable(f"its front matter is not plain YAML{where}") from error
    if not isinstance(values, dict):
        return Metadata(), 0
    named = {ALIASES.get(str(key), str(key)): value for key, value in values.items()}
    if type(named.get("title")) is int:
        named["title"] = str(named["title"])  # which YAML takes a title as 1984 for
    try:
        return stated("its front matter", **{name: named[name] for name in FIELDS if name in named}), match.end()
    except ValueError as error:
        raise Unreadable(f"its front matter: {error}") from error


def read_sidecars(root: Path, sidecars: Iterable[str]) -> dict[str, Metadata]:
    """Read every articles.toml, shallow ones first; return facts by the article file's path, there or not.

    An entry is named by the file's path relative to its articles.toml. Each fact is a plain value, or a table of
    `value`, `basis` ("stated" or "inferred") and `from`. Raises CorpusError: a slip in it must not silently
    strip the articles of what is known about them.
    """
    entries: dict[str, Metadata] = {}
    for sidecar in sidecars:
        try:
            tables = tomllib.loads((root / sidecar).read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise CorpusError(f"{sidecar} cannot be read ({error.strerror}). Nothing was changed.") from error
        except (ValueError, RecursionError) as error:
            raise CorpusError(f"{sidecar} is not TOML: {error}. Nothing was changed.") from error
        for name, table in tables.items():
            path = posixpath.normpath(posixpath.join(posixpath.dirname(sidecar), name))
            try:
                entries[path] = _entry(table, sidecar).or_else(entries.get(path, Metadata()))
            except ValueError as error:
                raise CorpusError(f"{sidecar}, {name}: {error}. Nothing was changed.") from error
    return entries


def _entry(table: object, sidecar: str) -> Metadata:
    if not isinstance(table, dict):
        raise ValueError("not a table of facts")
    result = Metadata()
    for key, given in table.items():
        if key not in FIELDS:
            close = difflib.get_close_matches(key, FIELDS, n=1)
            raise ValueError(f"unknown fact {key!r}" + (f" (did you mean {close[0]!r}?)" if close else ""))
        value, basis, source = given, Basis.STATED, sidecar
        if isinstance(given, dict):
            if unknown := given.keys() - {"value", "basis", "from"}:
                raise ValueError(f"unknown key {min(unknown)!r} under {key!r}; there are value, basis and from")
            value, source = given.get("value"), str(given.get("from", sidecar))
            if given.get("basis", "stated") not in ("stated", "inferred"):
                raise ValueError(f"{key!r} has basis {given['basis']!r}; it is 'stated' or 'inferred'")
            basis = Basis(given.get("basis", "stated"))
        fact = stated(source, **{key: value})
        result = result.or_else(replace(fact, evidence={name: Evidence(basis, source) for name in fact.evidence}))
    return result


_DEFAULTS = (datetime(1, 1, 1), datetime(2, 2, 15))  # more than a week apart, for weekdays are counted from them


def parse_date(value: object) -> date:
    """Return the calendar date that a value states whole. Raises ValueError."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            # What the text leaves out is taken from the default: only a date that is all there comes out the same.
            first, second = (dateparser.parse(value, default=default, ignoretz=True) for default in _DEFAULTS)
        except (ValueError, OverflowError):
            pass
        else:
            if first.date() == second.date():
                return first.date()
    raise ValueError(f"{value!r} is not a date; write it as 2020-01-31")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text")
    if not value.isascii() and value != value.encode("utf-8", "replace").decode("utf-8"):
        raise ValueError("a text has characters that are none")
    return " ".join(value.split())


def _authors(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{value!r} is not a list of authors")
    return tuple(filter(None, (_text(name) for name in value)))


def _url(value: object) -> str:
    url = _text(value)
    if not re.match(r"https?://\S+\Z", url):
        raise ValueError(f"{url!r} is not a web address; it begins with https://")
    return url


_PARSERS = {"title": _text, "publisher": _text, "authors": _authors, "published": parse_date, "url": _url}
