"""An index run that is killed: the old answers still come, and the next run completes."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from retrieval.config import Settings
from retrieval.index.glance import CHROMA_FOLDER
from retrieval.library import Library
from retrieval.models import Phase
from tests.conftest import ROOT, sampled, settings_for
from tests.index.runs import PERSISTED, answers, change_articles, keeping, problems, write_articles, write_repeats

POINTS = [
    (Phase.READING, 0),
    (Phase.READING, 1),
    (Phase.EMBEDDING, 0),
    (Phase.EMBEDDING, 64),
    (Phase.VECTORS, 0),
    (Phase.VECTORS, 1),
    (Phase.LEXICON, 0),
    (Phase.LEXICON, 1),
    (Phase.COMMITTING, 0),
    (Phase.COMMITTED, 1),
    (Phase.SWEEPING, 0),
    (Phase.SWEEPING, 1),
    (Phase.SWEEPING, 2),
]
COMMITTED = {Phase.COMMITTED, Phase.SWEEPING}
RANDOM_KILLS = 200
WRITE_KILLS = 60

Found = list[list[tuple[str, float]]]


@dataclass(frozen=True)
class Prepared:
    """An indexed corpus whose folder has changed since, and what is found before and after that change."""

    root: Path
    old: Found
    new: Found
    new_passages: set[str]

    def copy(self, to: Path) -> Settings:
        shutil.copytree(self.root, to)
        return keeping(settings_for(to / "corpus", to / "data"), 1)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    root = tmp_path_factory.mktemp("prepared") / "start"
    write_articles(root / "corpus", 40)
    with Library(keeping(settings_for(root / "corpus", root / "data"), 1)) as library:
        library.update()
        old = answers(library)
    change_articles(root / "corpus")
    settled = root.parent / "settled"
    shutil.copytree(root / "corpus", settled / "corpus")
    # What the killed runs must come to is taken from an index that never saw the old corpus.
    with Library(settings_for(settled / "corpus", settled / "data")) as library:
        library.update()
        new = answers(library)
        passages = _passages(library)
    assert old != new
    return Prepared(root, old, new, passages)


def _passages(library: Library) -> set[str]:
    return {
        f"{summary.id}: {hit.passage.text}"
        for summary in library.articles()
        for hit in library.search(library.article(summary.id).text, top_k=100)
        if hit.passage.article == summary.id
    }


def _start(settings: Settings, phase: Phase, done: int, delay: float = 0) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.index.runs", str(settings.corpus.path), str(settings.data.path)]
    return subprocess.Popen([*command, phase.value, str(done), str(delay)], cwd=ROOT, stderr=subprocess.PIPE)


def _assert_recovers(settings: Settings, prepared: Prepared, committed: bool | None) -> None:
    """Hold what is found after a kill, and after the next run, against what must be found."""
    with Library(settings) as library:
        found = answers(library)
    if committed is None:
        assert found in (prepared.old, prepared.new)
    else:
        assert found == (prepared.new if committed else prepared.old)
    with Library(settings) as library:
        library.update()
        assert answers(library) == prepared.new
        assert _passages(library) == prepared.new_passages
        again = library.update()
    assert not again.wrote
    assert again.embedded == 0
    assert problems(settings) == []


@pytest.mark.parametrize(
    ("phase", "done"),
    sampled(POINTS),
)
def test_killed_there_the_old_answers_still_come_and_the_next_run_completes(
    prepared: Prepared, tmp_path: Path, phase: Phase, done: int
) -> None:
    settings = prepared.copy(tmp_path / "copy")

    child = _start(settings, phase, done)
    _, said = child.communicate(timeout=120)

    assert child.returncode == -signal.SIGKILL, said.decode()
    _assert_recovers(settings, prepared, phase in COMMITTED)


@pytest.fixture(scope="module")
def persisted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Found]:
    """An index whose vectors are kept in the catalog and gone from Chroma, and what is found in it."""
    root = tmp_path_factory.mktemp("persisted") / "start"
    write_repeats(root / "corpus", PERSISTED)
    with Library(settings_for(root / "corpus", root / "data")) as library:
        library.update()
        found = answers(library)
    shutil.rmtree(root / "data" / CHROMA_FOLDER)
    return root, found


def _killed_while_chroma_writes(persisted: tuple[Path, Found], folder: Path, rows: int, delay: float) -> bool:
    """Kill a run so long after so many rows went to Chroma, and hold what follows; whether it died by the signal."""
    start, found = persisted
    shutil.copytree(start, folder)
    settings = keeping(settings_for(folder / "corpus", folder / "data"), 1)
    child = _start(settings, Phase.VECTORS, rows, delay)
    child.communicate(timeout=120)
    with Library(settings) as library:
        assert answers(library) == found
        library.update()
    assert problems(settings) == []
    with Library(settings) as library:
        assert not library.update().wrote
        assert answers(library) == found
    shutil.rmtree(folder)
    return child.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("rows", "delay"),
    [pytest.param(0, 0.3, marks=pytest.mark.soak), (1024, 0.1), pytest.param(2048, 0, marks=pytest.mark.soak)],
)
def test_killed_while_chroma_writes_its_files_the_next_run_makes_them_anew(
    persisted: tuple[Path, Found], tmp_path: Path, rows: int, delay: float
) -> None:
    assert _killed_while_chroma_writes(persisted, tmp_path / "copy", rows, delay)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_killed_at_any_instant_while_chroma_writes_the_next_run_makes_its_files_anew(
    persisted: tuple[Path, Found], tmp_path: Path
) -> None:
    chance = random.Random(2021)
    tried = [
        _killed_while_chroma_writes(persisted, tmp_path / f"run-{number}", 1024, round(chance.uniform(0.01, 1.3), 3))
        for number in range(WRITE_KILLS)
    ]
    print(f"{sum(tried)} of {len(tried)} died while Chroma wrote, all recovered")
    assert sum(tried) > WRITE_KILLS / 2


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_killed_at_any_instant_the_next_run_completes(prepared: Prepared, tmp_path: Path) -> None:
    """Counts only children that died by the signal, at moments spread over the whole of a run."""
    chance = random.Random(2020)
    whole = _duration(prepared.copy(tmp_path / "timed"))
    killed = 0
    while killed < RANDOM_KILLS:
        folder = tmp_path / f"run-{killed}"
        settings = prepared.copy(folder)
        child = _start(settings, Phase.SWEEPING, 4)  # a point that is never reached
        time.sleep(chance.uniform(0.2, 1.1) * whole)
        child.kill()
        child.communicate(timeout=120)
        if child.returncode == -signal.SIGKILL:
            _assert_recovers(settings, prepared, None)
            killed += 1
        shutil.rmtree(folder)
    print(f"{killed} killed, all recovered")


def _duration(settings: Settings) -> float:
    start = time.monotonic()
    child = _start(settings, Phase.SWEEPING, 4)
    child.communicate(timeout=120)
    assert child.returncode == 0
    return time.monotonic() - start
