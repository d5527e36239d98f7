"""The vectors carried to a server and back: nothing embedded, nothing lost, nothing left where they were."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

from retrieval.config import ChromaSettings, DataSettings, Settings
from retrieval.errors import ConfigError, CorpusError, ServerUnreachable
from retrieval.index.server import connect
from retrieval.library import Library
from retrieval.models import Phase, Progress
from tests.bot.conftest import Bot
from tests.conftest import sampled, settings_for
from tests.index.runs import answers, change_articles, problems, write_articles, write_repeats
from tests.index.servers import ChromaServer, chroma_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with chroma_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An embedded index of two versions."""
    write_articles(tmp_path / "corpus", 30)
    made = settings_for(tmp_path / "corpus", tmp_path / "data")
    with Library(made) as library:
        library.update()
        change_articles(tmp_path / "corpus")
        library.update()
    return made


def at(settings: Settings, server: ChromaServer, patience: float = 30.0) -> Settings:
    chroma = ChromaSettings(url=server.address, patience_s=patience, timeout_s=2.0)
    return settings.model_copy(update={"chroma": chroma})


def embedded(settings: Settings) -> Settings:
    return settings.model_copy(update={"chroma": ChromaSettings()})


def collections(server: ChromaServer) -> int:
    with closing(connect(ChromaSettings(url=server.address), 5)) as client:
        return client.count_collections()


def test_an_index_goes_to_a_server_and_back_with_the_same_answers(settings: Settings, server: ChromaServer) -> None:
    others = collections(server)
    with Library(settings) as library:
        before = answers(library)
    with Library(settings) as library:
        there = library.move("server", url=server.address)

    assert (there.added, there.configured) == (there.passages, False)
    assert there.removed == (str(settings.data.path / "chroma"),)
    assert not (settings.data.path / "chroma").exists()
    served = at(settings, server)
    assert problems(served) == []
    with Library(served) as library:
        # The server sends distances as text: they may differ in the last digit of single precision.
        assert [[text for text, _ in hits] for hits in answers(library)] == [[t for t, _ in hits] for hits in before]
        assert library.degraded == ""
        assert (library.update().wrote, collections(server)) == (False, others + 1)

    with Library(served) as library:
        back = library.move("embedded")
    assert (back.added, back.removed, back.left) == (there.passages, (server.address,), ())
    assert collections(server) == others
    assert problems(settings) == []
    with Library(settings) as library:
        assert answers(library) == before
        report = library.update()
        assert (report.wrote, report.embedded) == (False, 0)


def test_moved_again_it_finds_all_there_and_what_is_kept_is_left(settings: Settings, server: ChromaServer) -> None:
    with Library(settings) as library:
        first = library.move("server", url=server.address, keep=True)
        assert first.removed == ()
        again = library.move("server", url=server.address, keep=True)
        assert (again.added, again.removed) == (0, ())
    assert problems(settings) == problems(at(settings, server)) == []
    with Library(at(settings, server)) as library:
        last = library.move("server")
    assert (last.added, last.configured, last.removed) == (0, True, (str(settings.data.path / "chroma"),))


def test_all_kept_versions_go_along_and_nothing_else(settings: Settings, server: ChromaServer) -> None:
    with Library(settings) as library:
        live = library.version
        assert live is not None
        report = library.move("server", url=server.address)
    assert report.passages > live.passages
    assert problems(at(settings, server)) == []
    few = settings.model_copy(update={"data": DataSettings(path=settings.data.path, keep_versions=1)})
    with Library(at(few, server)) as library:
        library.update()
        assert library.move("embedded").passages == live.passages
    assert problems(few) == []


def test_a_server_that_is_not_there_leaves_the_index_where_it_is(settings: Settings, tmp_path: Path) -> None:
    away = ChromaServer(tmp_path / "never started")
    with Library(settings) as library:
        before = answers(library)
    impatient = settings.model_copy(update={"chroma": ChromaSettings(patience_s=0.5)})
    with Library(impatient) as library, pytest.raises(ServerUnreachable, match="does not answer"):
        library.move("server", url=away.address)
    assert problems(settings) == []
    with Library(settings) as library:
        assert answers(library) == before


def test_a_server_that_died_is_left_behind_and_told(settings: Settings, tmp_path: Path) -> None:
    with chroma_server(tmp_path / "dying") as dying:
        with Library(settings) as library:
            library.move("server", url=dying.address)
        dying.kill()
        served = at(settings, dying)
        with Library(served) as library:
            report = library.move("embedded")
        ((place, reason),) = report.left
        assert (place, report.removed) == (dying.address, ())
        assert "does not answer" in reason
        assert problems(settings) == []
        dying.start()
        assert collections(dying) == 1
        with Library(settings) as library:
            again = library.move("embedded", url=dying.address)
        assert (again.added, again.removed, collections(dying)) == (0, (dying.address,), 0)


def test_what_cannot_be_moved_is_told(settings: Settings, tmp_path: Path) -> None:
    with Library(settings) as library:
        with pytest.raises(ConfigError, match="--url"):
            library.move("server")
        with pytest.raises(ConfigError, match="should be an address"):
            library.move("server", url="localhost")
        with pytest.raises(ConfigError, match="Chroma Cloud"):
            library.move("cloud")
    unindexed = settings_for(tmp_path / "corpus", tmp_path / "new")
    with Library(unindexed) as library, pytest.raises(CorpusError, match="Nothing is indexed yet"):
        library.move("server", url="http://127.0.0.1:9")


def test_a_copied_data_folder_that_moves_leaves_the_vectors_of_the_other_alone(
    settings: Settings, server: ChromaServer, tmp_path: Path
) -> None:
    with Library(settings) as library:
        library.move("server", url=server.address)
    served = at(settings, server)
    there = collections(server)
    shutil.copytree(settings.data.path, tmp_path / "copied")
    copied = served.model_copy(update={"data": DataSettings(path=tmp_path / "copied")})

    with Library(copied) as library:
        assert library.move("embedded").removed == ()
        assert library.move("server").added > 0
        assert collections(server) == there + 1
        assert library.move("embedded").removed == (server.address,)

    assert collections(server) == there
    assert problems(served) == problems(embedded(copied)) == []


# Killed


def main(corpus: Path, data: Path, config: str, to: str, url: str, rows: int) -> None:
    """Move an index, and end this process by SIGKILL once so many rows are stored."""

    def report(progress: Progress) -> None:
        if progress.phase is Phase.VECTORS and progress.done >= rows:
            signal.raise_signal(signal.SIGKILL)

    chroma = ChromaSettings.model_validate_json(config)
    with Library(settings_for(corpus, data).model_copy(update={"chroma": chroma})) as library:
        library.move(to, url=url, report=report)


@pytest.mark.parametrize(("to", "rows"), sampled(product(["server", "embedded"], [0, 512, 1200])))
def test_killed_while_it_moves_the_old_place_answers_and_the_same_again_completes_it(
    server: ChromaServer, tmp_path: Path, to: str, rows: int
) -> None:
    write_repeats(tmp_path / "corpus", 1_200)
    settings = settings_for(tmp_path / "corpus", tmp_path / "data")
    if to == "embedded":
        settings = at(settings, server)
    others = collections(server)
    with Library(settings) as library:
        library.update()
        before = answers(library)
    arguments = [settings.corpus.path, settings.data.path, settings.chroma.model_dump_json(), to, server.address, rows]
    child = subprocess.run(
        [sys.executable, "-c", "import sys; from tests.index.test_moving import from_arguments; from_arguments()"]
        + [str(one) for one in arguments],
        check=False,
    )
    assert child.returncode == -signal.SIGKILL

    assert problems(settings) == []
    with Library(settings) as library:
        assert answers(library) == before
    with Library(settings) as library:
        report = library.move(to, url=server.address)
    assert (report.passages, len(report.removed)) == (1_200, 1)
    moved = at(settings, server) if to == "server" else embedded(settings)
    assert problems(moved) == []
    assert collections(server) == others + (to == "server")


def from_arguments() -> None:
    """Run `main` as the command line says."""
    corpus, data, config, to, url, rows = sys.argv[1:]
    main(Path(corpus), Path(data), config, to, url, int(rows))


# In the terminal


def test_the_command_says_what_to_set(server: ChromaServer, tmp_path: Path) -> None:
    write_articles(tmp_path / "corpus", 3)
    bot = Bot(tmp_path / "corpus", tmp_path / "data")
    assert bot.here("index").code == 0

    ran = bot.here("index", "move", "--to", "server", "--url", server.address)

    assert ran.code == 0, ran.err
    assert ran.out.startswith("Moved 3 passages, verified, in ")
    assert f'[chroma]\n  mode = "server"\n  url = "{server.address}"' in ran.out
    back = bot.here("index", "move", "--to", "embedded", "--url", server.address, "--json").object
    assert (back["mode"], back["configured"], back["removed"]) == ("embedded", True, [server.address])
    assert json.dumps(back["left"]) == "[]"


def test_the_command_asks_for_an_address(tmp_path: Path) -> None:
    write_articles(tmp_path / "corpus", 3)
    bot = Bot(tmp_path / "corpus", tmp_path / "data")
    assert bot.here("index").code == 0
    bot.here("index", "move", "--to", "server").assert_told(2, "--url", "[chroma] url")
