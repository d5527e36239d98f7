"""While the Chroma server is away, answers come from the words alone and say so; an index run can be stopped."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.__main__ import INTERRUPTED, STOPPED
from retrieval.config import ChromaSettings
from retrieval.library import WORDS_ALONE, Library
from tests.bot.conftest import TROOPS, Bot
from tests.bot.test_contract import assert_shape
from tests.bot.world import acted, text, world
from tests.conftest import SEEDS, settings_for
from tests.index.servers import ChromaServer, chroma_server

QUOTE = "The U.S. has about 5,000 troops currently stationed in Iraq."


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ChromaServer, Path]]:
    """A server that had the seeds' vectors, and the data folder."""
    folder = tmp_path_factory.mktemp("away")
    with chroma_server(folder / "server") as server:
        settings = settings_for(SEEDS, folder / "data")
        with Library(settings.model_copy(update={"chroma": ChromaSettings(url=server.address)})) as library:
            library.update()
        server.kill()
        yield server, folder / "data"


@pytest.fixture
def settings(away: tuple[ChromaServer, Path], tmp_path: Path) -> dict[str, str]:
    config = tmp_path / "config.toml"
    config.write_text(f'[chroma]\nmode = "server"\nurl = "{away[0].address}"\n', encoding="utf-8")
    return {"EMBASSY_BOT_CONFIG": str(config)}


def test_the_terminal_answers_and_says_what_it_went_without(
    away: tuple[ChromaServer, Path], settings: dict[str, str]
) -> None:
    bot = Bot(SEEDS, away[1])

    asked = bot.run("ask", TROOPS, settings=settings)
    assert (asked.code, asked.err) == (0, "")
    assert QUOTE in asked.out
    assert WORDS_ALONE in asked.out

    answer = bot.run("ask", TROOPS, "--json", settings=settings).object
    assert_shape(answer)
    assert answer["answer"].endswith(f"\n{WORDS_ALONE}")

    found = bot.run("search", "paratroopers", settings=settings)
    assert (found.code, found.err) == (0, f"{WORDS_ALONE}\n")

    doctor = bot.run("doctor", "--json", settings=settings)
    (problem,) = (check for check in doctor.objects[0]["checks"] if check["problem"])
    assert (doctor.code, problem["name"]) == (1, "chroma server")


@acted
async def _shown_in_discord(library: Library) -> None:
    async with world(library) as w:
        answer = text(await w.ask(TROOPS))
        assert QUOTE in answer
        assert WORDS_ALONE.rstrip(".") in answer.splitlines()[-1]
        assert answer.splitlines()[-1].startswith("-# ")

        found = await w.reader.slash(w.channel, "search", query="paratroopers")
        assert WORDS_ALONE.rstrip(".") in text(found).splitlines()[-1]


def test_discord_shows_it_in_the_small_print(away: tuple[ChromaServer, Path]) -> None:
    server, data = away
    chroma = ChromaSettings(url=server.address)
    with Library(settings_for(SEEDS, data).model_copy(update={"chroma": chroma})) as library:
        _shown_in_discord(library)


def test_interrupted_while_it_waits_for_a_server_an_index_run_ends_at_once(
    away: tuple[ChromaServer, Path], settings: dict[str, str], tmp_path: Path
) -> None:
    bot = Bot(SEEDS, tmp_path / "data")
    child = bot.start("index", settings=settings)
    with child:
        assert child.stderr is not None
        assert child.stderr.readline() == b"Waiting for the Chroma server, up to 300 s.\n"
        began = time.monotonic()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
        assert time.monotonic() - began < 2
    assert (child.returncode, out, err.decode()) == (INTERRUPTED, b"", f"{STOPPED}\n")
