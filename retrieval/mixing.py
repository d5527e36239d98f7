"""A corpus with other articles mixed in, for evaluation: two articles alone make few passages, and any look good."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from retrieval.config import Settings
from retrieval.corpus.files import ENDINGS, SIDECAR
from retrieval.embedding.providers import cache_folder
from retrieval.errors import CorpusError, UsageError

DISTRACTORS = "_distractors"
"""The folder of the mixture that holds them; of no corpus of one's own."""


def mix(settings: Settings, file: Path) -> Settings:
    """Return settings for a copy of the corpus beside the articles of `file`. Raises UsageError."""
    articles = _load(file)
    place = hashlib.sha256(f"{settings.corpus.path}\0{file.resolve()}".encode()).hexdigest()[:12]
    root = cache_folder(settings.embedding) / "eval" / place
    corpus = root / "corpus"
    _copy(settings.corpus.path, corpus)
    others = corpus / DISTRACTORS
    others.mkdir(exist_ok=True)
    wanted = set()
    for number, article in enumerate(articles):
        file_name = f"{number:05}-{re.sub(r'[^A-Za-z0-9_-]+', '-', article['id'])[:60]}.txt"
        wanted.add(file_name)
        _write(others / file_name, as_file(article))
    for path in others.iterdir():
        if path.name not in wanted:
            path.unlink()
    return settings.model_copy(
        update={
            "corpus": settings.corpus.model_copy(update={"path": corpus}),
            "data": settings.data.model_copy(update={"path": root / "data"}),
        }
    )


def as_file(article: Mapping[str, Any]) -> bytes:
    """Return an article as the text file that says the same, with what is known of it in front matter."""
    facts = {name: article[name] for name in ("title", "published", "authors", "url") if article.get(name)}
    head = f"---\n{yaml.safe_dump(facts, allow_unicode=True)}---\n" if facts else ""
    return f"{head}{article['text']}".encode("utf-8", "replace")


def _load(file: Path) -> list[dict[str, Any]]:
    try:
        raw = file.read_bytes()
        articles = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)["articles"]
        if all(isinstance(one["id"], str) and isinstance(one["text"], str) for one in articles):
            return list(articles)
    except OSError as error:
        raise UsageError(f"The distractors {file} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError, EOFError) as error:
        raise UsageError(f'The distractors {file} are not JSON of the form {{"articles": [...]}}: {error}.') from error
    raise UsageError(f"The distractors {file} need an id and a text for each article.")


def _copy(source: Path, target: Path) -> None:
    """Make the copy of the user's corpus the same as the corpus, without touching what is."""
    wanted = {
        path.relative_to(source)
        for path in source.rglob("*")
        if path.is_file() and (path.name == SIDECAR or path.suffix.lower() in ENDINGS)
    }
    if not source.is_dir():
        raise CorpusError(f"There is no corpus folder {source}. Name the folder of your articles with --corpus.")
    for path in [path for path in target.rglob("*") if path.is_file()]:
        relative = path.relative_to(target)
        if relative.parts[0] != DISTRACTORS and relative not in wanted:
            path.unlink()
    target.mkdir(parents=True, exist_ok=True)
    for relative in wanted:
        (target / relative).parent.mkdir(parents=True, exist_ok=True)
        _write(target / relative, (source / relative).read_bytes())


def _write(path: Path, content: bytes) -> None:
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)
