"""Corpora for index tests, and a run that ends itself at a given point. Run as a program by the kill tests."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from retrieval.config import DataSettings, Settings
from retrieval.doctor import Check, examine
from retrieval.index.lexicon import Row, Source
from retrieval.library import Library
from retrieval.models import Phase, Progress
from tests.conftest import settings_for

WORDS = (
    "harbour council vote bridge river storm market school budget minister strike train hospital farmer election "
    "court museum protest energy water police airport film garden teacher island factory border summit ferry"
).split()

PERSISTED = 2_300
"""Passages. From a thousand on, Chroma writes vectors to files of their own, a thousand at a time."""


def sentence(chance: random.Random) -> str:
    """Return a sentence of words that make some sense to a search engine."""
    words = [chance.choice(WORDS) for _ in range(chance.randint(6, 14))]
    return f"{' '.join(words).capitalize()} {chance.randint(2, 999)}."


def write_articles(corpus: Path, count: int, seed: int = 1, sentences: int = 3) -> None:
    """Write `count` short articles, of one or two passages each."""
    chance = random.Random(seed)
    corpus.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        text = " ".join(sentence(chance) for _ in range(sentences))
        (corpus / f"article-{number:05}.txt").write_text(text, encoding="utf-8")


def write_repeats(corpus: Path, count: int) -> None:
    """Write `count` articles of one sentence, each in four of them: many passages, and few to embed."""
    chance = random.Random(2)
    corpus.mkdir(parents=True, exist_ok=True)
    texts = [sentence(chance) for _ in range(count // 4)]
    for number in range(count):
        (corpus / f"article-{number:05}.txt").write_text(texts[number % len(texts)], encoding="utf-8")


def change_articles(corpus: Path) -> None:
    """Change, add and remove some of them."""
    files = sorted(corpus.glob("article-*.txt"))
    for path in files[:10]:
        path.write_text(path.read_text(encoding="utf-8") + " The ferry sank near the island on Monday.", "utf-8")
    for path in files[10:15]:
        path.unlink()
    write_articles(corpus / "new", 80, seed=99)


def one_article(rows: Iterable[Row]) -> Source:
    """Return these passages as what a lexical index is built from."""
    held = list(rows)
    return Source([("article", 1, b"digest")], lambda revisions: held, len(held))


def keeping(settings: Settings, versions: int) -> Settings:
    """Return the settings with another number of versions kept."""
    return settings.model_copy(update={"data": DataSettings(path=settings.data.path, keep_versions=versions)})


def problems(settings: Settings) -> list[Check]:
    """Return what the doctor finds wrong."""
    return [check for check in examine(settings) if check.problem is not None]


def answers(library: Library) -> list[list[tuple[str, float]]]:
    """Return what some searches find: the passages' texts, and their scores."""
    queries = ["ferry island storm", "minister vote budget", "hospital strike"]
    return [[(hit.passage.text, round(hit.score, 6)) for hit in library.search(query)] for query in queries]


def main(corpus: Path, data: Path, phase: str, done: int, delay: float) -> None:
    """Run an update, and end this process by SIGKILL once the phase is that far, or so many seconds later."""
    ending = False

    def report(progress: Progress) -> None:
        nonlocal ending
        if progress.phase is Phase(phase) and progress.done >= done and not ending:
            ending = True
            if delay:
                # Another process, since Chroma may hold this one's interpreter meanwhile.
                subprocess.Popen(["/bin/sh", "-c", f"sleep {delay}; kill -9 {os.getpid()}"])
            else:
                os.kill(os.getpid(), signal.SIGKILL)

    with Library(keeping(settings_for(corpus, data), 1), command="killed") as library:
        library.update(report)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))
