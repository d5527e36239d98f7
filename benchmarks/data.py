"""The data files that benchmarks take, and corpora made of them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from retrieval.config import Settings

Entry = dict[str, Any]


def load(file: Path) -> tuple[list[Entry], list[Entry]]:
    """Return the articles and the questions of a JSON file, gzipped or not."""
    raw = file.read_bytes()
    data = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    return data["articles"], data["questions"]


def write_corpus(articles: Iterable[Entry], folder: Path) -> None:
    """Write articles as files named by their ids; the title, where there is one, goes into front matter."""
    folder.mkdir(parents=True, exist_ok=True)
    for article in articles:
        head = f"---\ntitle: {json.dumps(article['title'])}\n---\n" if article.get("title") else ""
        (folder / f"{article['id']}.txt").write_bytes((head + article["text"]).encode("utf-8"))


def settings_for(corpus: Path, data: Path) -> Settings:
    """Return the default settings for a corpus and a data folder."""
    settings = Settings()
    return settings.model_copy(
        update={
            "corpus": settings.corpus.model_copy(update={"path": corpus}),
            "data": settings.data.model_copy(update={"path": data}),
        }
    )


def folded(text: str) -> str:
    """Return the words of a text, lower-case, with single spaces around each."""
    words = re.findall(r"[^\W_]+", text.lower())
    return f" {' '.join(words)} "


def holds(text: str, answers: Iterable[str]) -> bool:
    """Say whether any of the answers stands in the text as whole words."""
    shown = folded(text)
    return any(folded(answer) in shown for answer in answers)
