"""Update, rebuild and rollback killed at any instant: one complete version answers, and the next run leaves nothing."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.index.command_kills import CHANGES, QUESTIONS, Prepared, duration, killed, prepare
from tests.index.servers import chroma_server

SOAK_KILLS = {"embedded": 90, "server": 60}
"""For each kind of change, so that with those of backup and restore there are more than 500."""

pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """Chroma's HTTP client leaves some of its connections to the garbage collector."""
    yield
    gc.collect()


@pytest.fixture(scope="module", params=["embedded", "server"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def url(mode: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if mode == "embedded":
        yield ""
    else:
        with chroma_server(tmp_path_factory.mktemp("server")) as server:
            yield server.address


def _kill(prepared: Prepared, action: str, folder: Path, count: int, seed: int) -> int:
    """Kill the change at `count` moments spread over all of it; return how often it was tried for that."""
    chance = random.Random(seed)
    whole = duration(prepared, action, folder / "timed")
    died = tried = 0
    while died < count:
        assert tried < 3 * count + 10
        died += killed(prepared, action, folder / f"run-{tried}", chance.uniform(0, 1) * whole)
        tried += 1
    return tried


@pytest.fixture(scope="module")
def sample(url: str, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("prepared") / "start", url, QUESTIONS[::8])


@pytest.mark.parametrize("action", CHANGES)
def test_killed_at_any_instant_one_version_answers_and_nothing_is_left(
    sample: Prepared, action: str, tmp_path: Path
) -> None:
    _kill(sample, action, tmp_path, 1, 7)


@pytest.mark.soak
@pytest.mark.timeout(14_400)
def test_killed_hundreds_of_times_one_version_answers_and_nothing_is_left(
    url: str, mode: str, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    prepared = prepare(tmp_path_factory.mktemp("prepared") / "start", url, QUESTIONS)
    count = SOAK_KILLS[mode]
    for action in CHANGES:
        tried = _kill(prepared, action, tmp_path / action, count, 2026)
        print(f"{action}, {mode}: {count} of {tried} died by the signal, all recovered", flush=True)
