"""A change of the index that is killed at any instant. Run as a program, it is the process that dies."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from retrieval.config import ChromaSettings, Settings
from retrieval.index.backup import UNPACKED, check
from retrieval.library import Library
from retrieval.models import Add, Change, Progress, Rebuild, Reporter, Rollback, Update, Upload
from tests.conftest import GOLD, ROOT, SEEDS, settings_for
from tests.index.runs import problems, write_articles

ENDED = "ended"
CHANGES: dict[str, Change] = {"rollback": Rollback(1), "rebuild": Rebuild(), "update": Update()}
ACTIONS = (*CHANGES, "backup", "restore")
KEPT = "kept"
"""The backup that is restored, beside the corpus."""
MADE = "made"
"""The backup that is made."""
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
    after = {}
    with Library(placed(root, "")) as library:
        library.update()
        library.apply(library.plan(Add((Upload("rockets.txt", b"Rockets fell on the embassy in Baghdad at dawn."),))))
        library.back_up(root / KEPT)
        after["restore"] = asked(library, questions)
        (corpus / "article-00003.txt").write_text("The ferry sank at the embassy of Baghdad.", encoding="utf-8")
        (corpus / "article-00004.txt").unlink()
        library.update()
        before = after["backup"] = asked(library, questions)
    for path in sorted(corpus.glob("article-*.txt"))[:10]:
        path.write_text(path.read_text(encoding="utf-8") + " Troops came by boat to Kuwait.", encoding="utf-8")
    write_articles(corpus / "new", OTHERS, seed=9)
    for action, change in CHANGES.items():
        settled = root.parent / f"settled-{action}"
        shutil.copytree(root, settled)
        with Library(placed(settled, "")) as library:
            library.apply(library.plan(change), canaries=False)
            after[action] = asked(library, questions)
    for action in (*CHANGES, "restore"):
        assert not same(before, after[action])
    return Prepared(root, url, questions, before, after)


def carry_out(library: Library, action: str, folder: Path, report: Reporter | None = None) -> None:
    """Do what is to be killed, or what follows that."""
    if action == "backup":
        library.back_up(folder / MADE, replace=True, report=report)
    elif action == "restore":
        library.restore(folder / KEPT, replace=True, report=report)
    else:
        library.apply(library.plan(CHANGES[action], report), report, canaries=action == "update")


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


@dataclass(frozen=True)
class Aim:
    """When a process is to die: so many seconds after a phase was reported for the nth time."""

    phase: str = ""
    nth: int = 0
    delay: float = 0.0


def killed(prepared: Prepared, action: str, folder: Path, aim: Aim) -> str:
    """Kill the action, and hold all that follows; return the phase in which it died, or nothing where it did not."""
    settings = prepared.copy(folder)
    after = prepared.after[action]
    code, phases = _ran(action, folder, prepared.url, aim)
    died = code == -signal.SIGKILL and ENDED not in phases
    with Library(settings) as library:
        found = asked(library, prepared.questions)
        done = same(found, after)
        assert done or same(found, prepared.before), "the answers are of no complete version"
        if action == "backup":
            if (folder / MADE).exists():
                assert check(folder / MADE).articles == len(library.articles()), "a backup that is not whole"
        else:
            assert not (folder / MADE).exists()
        if action in ("backup", "restore") or not done:
            carry_out(library, action, folder)
            assert same(asked(library, prepared.questions), after)
        elif action == "update":
            library.update()
    assert problems(settings) == []
    assert not [*folder.glob(".*.partial"), *folder.glob(f"data/{UNPACKED}")], "leftovers"
    shutil.rmtree(folder)
    return phases[-1] if died else ""


def phases_of(prepared: Prepared, action: str, folder: Path) -> dict[str, list[float]]:
    """Return when each phase is reported where the action is left alone, in seconds since it was first."""
    prepared.copy(folder)
    code, lines = _ran(action, folder, prepared.url, Aim(), timed=True)
    assert code == 0
    assert lines.pop() == ENDED
    shutil.rmtree(folder)
    times: dict[str, list[float]] = {}
    for phase, _, at in (line.rpartition(" ") for line in lines):
        times.setdefault(phase, []).append(float(at))
    return {phase: [at - all[0] for at in all] for phase, all in times.items()}


def _ran(action: str, folder: Path, url: str, aim: Aim, *, timed: bool = False) -> tuple[int, list[str]]:
    """Run the action in a process of its own; return how that ended, and the phases that it reported."""
    told = (aim.phase, str(aim.nth), str(aim.delay), "timed" * timed)
    command = [sys.executable, "-m", "tests.index.command_kills", action, str(folder), url, *told]
    child = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=120, check=False)
    return child.returncode, child.stdout.splitlines()


def main(action: str, folder: str, url: str, phase: str, nth: str, delay: str, timed: str) -> None:
    """Carry out the action, say which phase it is in, and die as aimed."""
    seen = 0

    def report(progress: Progress) -> None:
        nonlocal seen
        print(f"{progress.phase} {time.monotonic()}" if timed else progress.phase, flush=True)
        if progress.phase == phase:
            seen += 1
            if seen == int(nth):
                if float(delay):
                    # Another process, since Chroma may hold this one's interpreter meanwhile.
                    subprocess.Popen(["/bin/sh", "-c", f"sleep {delay}; kill -9 {os.getpid()}"])
                else:
                    os.kill(os.getpid(), signal.SIGKILL)

    with Library(placed(Path(folder), url), command="killed") as library:
        carry_out(library, action, Path(folder), report)
        print(ENDED, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:8])
