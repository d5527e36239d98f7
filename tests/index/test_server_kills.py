"""An index run on a Chroma server, one of the two killed: one version answers, and the next run completes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.config import ChromaSettings, Settings
from retrieval.library import Library
from retrieval.models import Phase, Progress
from tests.conftest import sampled, settings_for
from tests.index.runs import answers, change_articles, keeping, problems, write_articles
from tests.index.servers import ChromaServer, chroma_server

POINTS = (
    (Phase.EMBEDDING, 64), (Phase.VECTORS, 0), (Phase.VECTORS, 1), (Phase.LEXICON, 1), (Phase.COMMITTING, 0),
    (Phase.COMMITTED, 1), (Phase.SWEEPING, 1), (Phase.SWEEPING, 3),
)  # fmt: skip
Found = list[list[tuple[str, float]]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with chroma_server(tmp_path_factory.mktemp("server")) as running:
        yield running


def served(corpus: Path, data: Path, address: str) -> Settings:
    """Settings that keep one version, so that each run sweeps the one before."""
    chroma = ChromaSettings(url=address, timeout_s=2.0, patience_s=120.0)
    return keeping(settings_for(corpus, data), 1).model_copy(update={"chroma": chroma})


def texts(found: Found) -> list[list[str]]:
    return [[text for text, _ in hits] for hits in found]


def main() -> None:
    """Run an update as the command line says, and end this process by SIGKILL once the phase is that far."""
    corpus, data, address, phase, done = sys.argv[1:]

    def report(progress: Progress) -> None:
        if progress.phase is Phase(phase) and progress.done >= int(done):
            os.kill(os.getpid(), signal.SIGKILL)

    with Library(served(Path(corpus), Path(data), address), command="killed") as library:
        library.update(report)


def start(settings: Settings, phase: Phase, done: int) -> subprocess.Popen[bytes]:
    program = "from tests.index.test_server_kills import main; main()"
    folders = (str(settings.corpus.path), str(settings.data.path))
    return subprocess.Popen([sys.executable, "-c", program, *folders, settings.chroma.url, phase.value, str(done)])


@pytest.fixture(scope="module")
def indexed(server: ChromaServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Found, Found]:
    """A folder with an index and a corpus that has changed since, what is found before, and what after."""
    folder = tmp_path_factory.mktemp("indexed")
    write_articles(folder / "corpus", 60)
    with Library(served(folder / "corpus", folder / "data", server.address)) as library:
        library.update()
        before = answers(library)
    change_articles(folder / "corpus")
    with Library(settings_for(folder / "corpus", folder / "after")) as library:
        library.update()
        after = answers(library)
    return folder, before, after


@pytest.mark.parametrize(
    ("phase", "done"),
    sampled(POINTS),
)
def test_killed_at_any_point_one_version_answers_and_the_next_run_completes(
    server: ChromaServer, indexed: tuple[Path, Found, Found], tmp_path: Path, phase: Phase, done: int
) -> None:
    folder, before, after = indexed
    # A copy claims collections of its own, and fills them before the run that is killed.
    shutil.copytree(folder / "data", tmp_path / "data")
    settings = served(folder / "corpus", tmp_path / "data", server.address)
    with Library(settings) as library:
        assert texts(answers(library)) == texts(before)

    with start(settings, phase, done) as child:
        assert child.wait(timeout=120) == -signal.SIGKILL

    committed = phase in (Phase.COMMITTED, Phase.SWEEPING)
    with Library(settings) as library:
        assert texts(answers(library)) == texts(after if committed else before)
        assert library.degraded == ""
    with Library(settings) as library:
        report = library.update()
        assert (report.wrote, texts(answers(library))) == (not committed, texts(after))
    assert problems(settings) == []


@pytest.mark.soak
@pytest.mark.timeout(1_800)
# Of a thousand requests that are cut, one or so leaves its connection to the garbage collector; why is not known.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_whatever_happens_to_the_server_questions_are_answered_and_nothing_is_lost(tmp_path: Path) -> None:
    chance = random.Random(5)
    with chroma_server(tmp_path / "server") as storm:
        settings = served(tmp_path / "corpus", tmp_path / "data", storm.address)
        write_articles(settings.corpus.path, 60)
        with Library(settings) as library:
            library.update()
        over = threading.Event()
        events: list[str] = []

        def rage() -> None:
            while not over.wait(chance.uniform(0.2, 3)):
                event = chance.choice(["kill", "hang", "hang briefly"])
                if event == "kill":
                    storm.kill()
                    time.sleep(chance.uniform(0, 2))
                    storm.start()
                else:
                    storm.hang()
                    time.sleep(chance.uniform(0, 0.5 if event == "hang briefly" else 6))
                    storm.go_on()
                events.append(event)

        asked = degraded = 0
        failures: list[str] = []

        def ask() -> None:
            nonlocal asked, degraded
            with Library(settings) as asking:
                while not over.is_set():
                    answer = asking.ask("Which ferry was near the island in the storm?")
                    asked, degraded = asked + 1, degraded + bool(answer.degraded)
                    if not answer.hits:
                        failures.append(answer.text)

        threads = [threading.Thread(target=rage), threading.Thread(target=ask)]
        for thread in threads:
            thread.start()
        try:
            killed = 0
            for number in range(20):
                write_articles(settings.corpus.path / f"new-{number}", 20, seed=100 + number)
                for path in chance.sample(sorted(settings.corpus.path.glob("article-*.txt")), 2):
                    path.unlink()
                if number % 3 == 2:
                    with start(settings, *chance.choice(POINTS[1:])) as child:
                        killed += child.wait(timeout=300) == -signal.SIGKILL
                with Library(settings) as library:
                    library.update()
        finally:
            over.set()
            for thread in threads:
                thread.join()
        assert failures == []
        assert killed >= 5
        assert {"kill", "hang"} <= set(events)
        assert 0 < degraded < asked
        print(f"{len(events)} outages, {killed} runs killed, {asked} questions, {degraded} by words alone")
        assert problems(settings) == []
        with Library(settings) as library:
            assert library.update().wrote is False
            found = answers(library)
        with Library(settings_for(settings.corpus.path, tmp_path / "anew")) as library:
            library.update()
            assert texts(found) == texts(answers(library))
