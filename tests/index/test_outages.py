"""A Chroma server that dies, hangs and comes back: questions go on by words alone, index runs wait and lose nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.config import ChromaSettings, Settings
from retrieval.errors import ServerUnreachable
from retrieval.index.locking import owning
from retrieval.library import WORDS_ALONE, Library
from retrieval.models import Phase, Progress
from retrieval.search import dense
from tests.conftest import sampled, settings_for
from tests.index.runs import answers, problems, write_articles, write_repeats
from tests.index.servers import ChromaServer, chroma_server

QUESTION = "Which ferry was near the island in the storm?"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChromaServer]:
    """A server of the test's own, to be killed."""
    with chroma_server(tmp_path / "server") as running:
        yield running


@pytest.fixture
def settings(server: ChromaServer, tmp_path: Path) -> Settings:
    write_articles(tmp_path / "corpus", 12)
    return with_server(settings_for(tmp_path / "corpus", tmp_path / "data"), server)


def with_server(settings: Settings, server: ChromaServer, patience: float = 60.0) -> Settings:
    chroma = ChromaSettings(mode="server", url=server.address, timeout_s=1.0, patience_s=patience)
    return settings.model_copy(update={"chroma": chroma})


def seconds_until_whole(library: Library) -> float:
    """Ask until the vectors are used again; return how long that took."""
    began = time.monotonic()
    while library.ask(QUESTION).degraded:
        assert time.monotonic() - began < 3 * dense.LONGEST_PAUSE
        time.sleep(0.05)
    return time.monotonic() - began


# Questions


def test_a_server_that_dies_between_questions_leaves_words_alone_and_is_used_again_when_it_is_back(
    settings: Settings, server: ChromaServer
) -> None:
    with Library(settings) as library:
        library.update()
        before = answers(library)
        whole = library.ask(QUESTION)
        server.kill()

        began = time.monotonic()
        degraded = [library.ask(QUESTION) for _ in range(20)]
        assert time.monotonic() - began < 20
        assert {one.degraded for one in degraded} == {WORDS_ALONE}
        assert all(one.hits for one in degraded)
        assert all(hit.dense_rank is None for one in degraded for hit in one.hits)

        server.start()
        seconds_until_whole(library)
        assert answers(library) == before
        again = library.ask(QUESTION)
    assert (whole.degraded, again.degraded) == ("", "")
    assert (again.text, again.citations, again.hits) == (whole.text, whole.citations, whole.hits)


def test_a_server_that_is_away_when_the_library_is_opened_is_told_with_the_answer(
    settings: Settings, server: ChromaServer
) -> None:
    with Library(settings) as library:
        library.update()
    server.kill()

    with Library(settings) as library:
        # What is new in the folder waits for the server; the question does not.
        (settings.corpus.path / "new.txt").write_text("A ferry sank in the storm near the island.", encoding="utf-8")
        assert library.update_if_needed() is None
        assert library.search("ferry island")
        assert library.degraded == WORDS_ALONE
        server.start()
        assert library.update_if_needed() is not None
        seconds_until_whole(library)
        assert library.ask(QUESTION).citations[0].article == "new"


def test_a_server_that_hangs_costs_one_question_its_timeout_and_the_next_ones_nothing(
    settings: Settings, server: ChromaServer
) -> None:
    with Library(settings) as library:
        library.update()
        library.ask(QUESTION)
        server.hang()
        try:
            began = time.monotonic()
            assert library.ask(QUESTION).degraded == WORDS_ALONE
            first = time.monotonic() - began
            began = time.monotonic()
            assert library.ask(QUESTION).degraded == WORDS_ALONE
            second = time.monotonic() - began
        finally:
            server.go_on()
        seconds_until_whole(library)
    assert settings.chroma.timeout_s <= first < settings.chroma.timeout_s + 5
    assert second < dense.FIRST_PAUSE


def test_a_server_that_dies_in_the_middle_of_a_question_leaves_words_alone(
    settings: Settings, server: ChromaServer
) -> None:
    with Library(settings) as library:
        library.update()
        library.ask(QUESTION)
        server.hang()
        # It has the question by then, and answers nothing.
        killing = threading.Timer(0.5, server.kill)
        killing.start()
        answer = library.ask(QUESTION)
        killing.join()
        assert answer.degraded == WORDS_ALONE
        assert answer.citations
        server.start()
        seconds_until_whole(library)


def test_a_server_that_lost_all_it_had_is_filled_again_from_the_catalog(
    settings: Settings, server: ChromaServer, tmp_path: Path
) -> None:
    with Library(settings) as library:
        library.update()
        before = answers(library)
        server.kill()
        (tmp_path / "server").rename(tmp_path / "lost")
        server.start()
        assert answers(library) == before
        assert library.degraded == ""
    assert problems(settings) == []


def test_what_a_server_lost_is_done_without_while_another_process_has_the_folder(
    settings: Settings, server: ChromaServer, tmp_path: Path
) -> None:
    with Library(settings) as library:
        library.update()
        before = answers(library)
        server.kill()
        (tmp_path / "server").rename(tmp_path / "lost")
        server.start()
        with owning(settings.data.path, "another"):
            assert library.ask(QUESTION).degraded == WORDS_ALONE
        seconds_until_whole(library)
        assert answers(library) == before


# Index runs


class Watcher:
    """Follows an index run, and does something once, when a phase is that far."""

    def __init__(self, phase: Phase, done: int, act: object) -> None:
        self.waited = 0
        self.phases: list[Phase] = []
        self._at = (phase, done)
        self._act = act

    def __call__(self, progress: Progress) -> None:
        self.phases.append(progress.phase)
        if progress.phase is Phase.WAITING:
            self.waited = max(self.waited, progress.done)
        if (progress.phase, progress.done) == self._at and callable(self._act):
            act, self._act = self._act, None
            act()


@pytest.mark.parametrize(
    ("phase", "done"),
    sampled(
        [(Phase.EMBEDDING, 64), (Phase.VECTORS, 0), (Phase.VECTORS, 512), (Phase.COMMITTING, 0), (Phase.SWEEPING, 2)]
    ),
)
def test_an_index_run_waits_for_a_server_that_dies_and_loses_nothing(
    server: ChromaServer, tmp_path: Path, phase: Phase, done: int
) -> None:
    write_repeats(tmp_path / "corpus", 1_200)
    settings = with_server(settings_for(tmp_path / "corpus", tmp_path / "data"), server)

    def die_and_come_back() -> None:
        server.kill()
        threading.Timer(2.0, server.start).start()

    watcher = Watcher(phase, done, die_and_come_back)
    with Library(settings) as library:
        report = library.update(watcher)
        found = answers(library)
        assert library.degraded == ""
        assert library.update().wrote is False

    assert (report.passages, report.wrote) == (1_200, True)
    assert Phase.WAITING in watcher.phases
    assert problems(settings) == []
    with Library(settings_for(settings.corpus.path, tmp_path / "embedded")) as library:
        library.update()
        embedded = answers(library)
    assert [[text for text, _ in hits] for hits in found] == [[text for text, _ in hits] for hits in embedded]


def test_an_index_run_goes_on_when_a_server_no_longer_hangs(settings: Settings, server: ChromaServer) -> None:
    def hang() -> None:
        server.hang()
        threading.Timer(2.5, server.go_on).start()

    watcher = Watcher(Phase.VECTORS, 0, hang)
    with Library(settings) as library:
        assert library.update(watcher).wrote
    assert watcher.waited >= 1
    assert problems(settings) == []


@pytest.mark.parametrize("how", ["kill", "hang"])
def test_after_its_patience_an_index_run_ends_with_a_sentence_and_the_old_version_answers(
    settings: Settings, server: ChromaServer, how: str
) -> None:
    impatient = with_server(settings, server, patience=2.0)
    with Library(impatient) as library:
        library.update()
        version, before = library.version, answers(library)
        (settings.corpus.path / "new.txt").write_text("A ferry sank in the storm near the island.", encoding="utf-8")
        began = time.monotonic()
        with pytest.raises(ServerUnreachable, match=r"does not answer; it was waited for 2 s.*patience_s.*again"):
            library.update(Watcher(Phase.VECTORS, 0, getattr(server, how)))
        assert time.monotonic() - began < 20
        assert library.version == version
        assert library.ask(QUESTION).degraded == WORDS_ALONE

        server.go_on() if how == "hang" else server.start()
        seconds_until_whole(library)
        assert answers(library) == before
        report = library.update()
        assert (report.added, report.embedded) == (("new",), 0)
    assert problems(impatient) == []


class Cancelled(Exception):
    pass


@pytest.mark.parametrize("how", ["kill", "hang"])
def test_a_wait_ends_at_once_when_whoever_reads_the_progress_ends_it(
    settings: Settings, server: ChromaServer, how: str
) -> None:
    cancelled = threading.Event()
    after: list[float] = []

    def report(progress: Progress) -> None:
        if progress.phase is Phase.VECTORS:
            getattr(server, how)()
        if progress.phase is Phase.WAITING:
            if not cancelled.is_set():
                after.append(time.monotonic())
                cancelled.set()
            else:
                raise Cancelled

    with Library(settings) as library:
        with pytest.raises(Cancelled):
            library.update(report)
        assert time.monotonic() - after[0] < 1
        server.go_on() if how == "hang" else server.start()
        assert library.update().wrote
    assert problems(settings) == []
