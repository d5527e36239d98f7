"""A change of the index that is killed at any instant. Run as a program, it is the process that dies."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from retrieval.config import ChromaSettings, Settings
from retrieval.library import Library
from retrieval.models import Add, Change, Rebuild, Rollback, Update, Upload
from tests.conftest import GOLD, ROOT, SEEDS, settings_for
from tests.index.runs import problems, write_articles

BEGUN, ENDED = "begun", "ended"
CHANGES: dict[str, Change] = {"update": Update(), "rebuild": Rebuild(), "rollback": Rollback(1)}
CLOSE = 1e-5
QUESTIONS: list[str] = [entry["question"] for entry in tomllib.loads(GOLD.read_text(encoding="utf-8"))["question"]]
OTHERS = 40
"""Articles besides the seeds, so that a run has something to do."""

Scores = dict[str, float]
Told = list[tuple[tuple[object, ...], Scores]]


@dataclass(frozen=True)
class Prepared:
    """An index of three versions whose folder has changed since, what is asked of it, and what is answered.

    `after` holds the answers by the change that was carried out.
    """

    root: Path
    url: str
    questions: list[str]
    before: Told
    after: dict[str, Told]

    def copy(self, to: Path) -> Settings:
        """Return settings over a copy that shares nothing with the others, on a server neither."""
        shutil.copytree(self.root, to)
        settings = placed(to, self.url)
        if self.url:
            with Library(settings) as library:
                # Makes the copy's own rows on the server.
                library.search("embassy")
        return settings


def placed(folder: Path, url: str) -> Settings:
    """Return the settings for a folder made by `prepare`."""
    settings = settings_for(folder / "corpus", folder / "data")
    return settings.model_copy(update={"chroma": ChromaSettings(mode="server", url=url)}) if url else settings


def prepare(root: Path, url: str, questions: list[str]) -> Prepared:
    """Make an index with some history, and find what is answered before and after each change."""
    corpus = root / "corpus"
    shutil.copytree(SEEDS, corpus)
    write_articles(corpus, OTHERS)
    with Library(placed(root, "")) as library:
        library.update()
        library.apply(library.plan(Add((Upload("rockets.txt", b"Rockets fell on the embassy in Baghdad at dawn."),))))
        (corpus / "article-00003.txt").write_text("The ferry sank at the embassy of Baghdad.", encoding="utf-8")
        (corpus / "article-00004.txt").unlink()
        library.update()
        before = asked(library, questions)
    for path in sorted(corpus.glob("article-*.txt"))[:10]:
        path.write_text(path.read_text(encoding="utf-8") + " Troops came by boat to Kuwait.", encoding="utf-8")
    write_articles(corpus / "new", OTHERS, seed=9)
    after = {}
    for action, change in CHANGES.items():
        settled = root.parent / f"settled-{action}"
        shutil.copytree(root, settled)
        with Library(placed(settled, "")) as library:
            library.apply(library.plan(change), canaries=False)
            after[action] = asked(library, questions)
            assert not same(before, after[action])
    return Prepared(root, url, questions, before, after)


def asked(library: Library, questions: Iterable[str]) -> Told:
    """Return what the questions are answered with, and the passages found for them with their scores."""
    answers = [library.ask(question) for question in questions]
    return [
        ((one.verdict, one.text, one.citations), {hit.passage.key: hit.score for hit in one.hits}) for one in answers
    ]


def same(some: Told, others: Told) -> bool:
    """Say whether the answers are the same, and the scores but for single precision."""
    return all(
        said == again and found.keys() == there.keys() and all(abs(found[key] - there[key]) < CLOSE for key in found)
        for (said, found), (again, there) in zip(some, others, strict=True)
    )


def killed(prepared: Prepared, action: str, folder: Path, delay: float) -> bool:
    """Kill the change so long after it began, and hold all that follows; return whether it died by the signal."""
    settings = prepared.copy(folder)
    after = prepared.after[action]
    with _child(action, folder, prepared.url) as child:
        assert child.stdout is not None
        time.sleep(delay)
        child.kill()
        rest = child.stdout.read()
        died = child.wait(timeout=60) == -signal.SIGKILL and ENDED not in rest
    with Library(settings) as library:
        found = asked(library, prepared.questions)
        done = same(found, after)
        assert done or same(found, prepared.before), "the answers are of no complete version"
        if not done:
            library.apply(library.plan(CHANGES[action]), canaries=False)
            assert same(asked(library, prepared.questions), after)
        elif action == "update":
            library.update()
    assert problems(settings) == []
    shutil.rmtree(folder)
    return died


def duration(prepared: Prepared, action: str, folder: Path) -> float:
    """Return how long the change takes when it is left alone, in seconds."""
    prepared.copy(folder)
    with _child(action, folder, prepared.url) as child:
        assert child.stdout is not None
        begun = time.monotonic()
        assert child.stdout.readline().strip() == ENDED
        taken = time.monotonic() - begun
    shutil.rmtree(folder)
    return taken


@contextmanager
def _child(action: str, folder: Path, url: str) -> Iterator[subprocess.Popen[str]]:
    """Start the process that dies; it has begun when this yields."""
    command = [sys.executable, "-m", "tests.index.command_kills", action, str(folder), url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == BEGUN
        yield child


def main(action: str, folder: str, url: str) -> None:
    """Carry out the change, and say when it begins and when it has ended."""
    with Library(placed(Path(folder), url), command="killed") as library:
        assert library.version is not None
        print(BEGUN, flush=True)
        library.apply(library.plan(CHANGES[action]), canaries=action == "update")
        print(ENDED, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:4])
