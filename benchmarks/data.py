"""The data files that benchmarks take, and corpora made of them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import platformdirs

from retrieval.config import Settings
from retrieval.mixing import as_file

Entry = dict[str, Any]


def load(file: Path) -> tuple[list[Entry], list[Entry]]:
    """Return the articles and the questions of a JSON file, gzipped or not."""
    raw = file.read_bytes()
    data = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    return data["articles"], data["questions"]


def load_part(file: Path, limit: int | None) -> tuple[list[Entry], list[Entry]]:
    """Return the first articles of a file, and those questions that at least one of them supports."""
    articles, questions = load(file)
    present = {article["id"] for article in articles[:limit]}
    return articles[:limit], [question for question in questions if present.intersection(question["support"])]


def asked_on(question: Entry) -> date | None:
    """Return the day on which a question was asked, where the data say it."""
    asked = question.get("asked")
    return date.fromisoformat(asked[:10]) if asked else None


def write_corpus(articles: Iterable[Entry], folder: Path) -> None:
    """Make a folder hold these articles, as files named by their ids, and no other text files.

    A file that says the same already is left as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = set()
    for article in articles:
        path = folder / f"{article['id']}.txt"
        wanted.add(path)
        content = as_file(article)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
    for path in set(folder.glob("*.txt")) - wanted:
        path.unlink()


def settings_for(corpus: Path, data: Path) -> Settings:
    """Return the default settings for a corpus and a data folder."""
    settings = Settings()
    return settings.model_copy(
        update={
            "corpus": settings.corpus.model_copy(update={"path": corpus}),
            "data": settings.data.model_copy(update={"path": data}),
        }
    )


def cache_folder(name: str) -> Path:
    """Return the folder in which a benchmark keeps its indexes where none is named."""
    return platformdirs.user_cache_path("embassy-bot") / "benchmarks" / name


def folded(text: str) -> str:
    """Return the words of a text, lower-case, with single spaces around each."""
    words = re.findall(r"[^\W_]+", text.lower())
    return f" {' '.join(words)} "


def holds(text: str, answers: Iterable[str]) -> bool:
    """Say whether any of the answers stands in the text as whole words."""
    shown = folded(text)
    return any(folded(answer) in shown for answer in answers)
