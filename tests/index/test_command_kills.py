"""Changes of the index, backups and restores that are killed, embedded and on a server."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.index.command_kills import ACTIONS, QUESTIONS, Aim, Prepared, killed, phases_of, prepare
from tests.index.servers import chroma_server

SOAK_KILLS = 60
"""Of each action at least, embedded and on a server: 600 in all."""
SOAK_KILLS_IN_A_PHASE = 30
"""In each phase at least, embedded and on a server."""


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


def _kill(
    prepared: Prepared,
    action: str,
    folder: Path,
    count: int,
    chance: random.Random,
    seen: Counter[str],
    in_each: int = 0,
) -> tuple[int, int]:
    """Kill the action in the phase that was hit least, `count` times and until each of its phases was hit so often.

    Return how many died, and how many were tried. Every second one is to die as a phase is reported, the others some
    time after that. `seen` counts the phases in which processes died by the signal, of all actions.
    """
    phases = phases_of(prepared, action, folder / "timed")
    assert phases
    died = tried = 0
    while died < count or min(seen[phase] for phase in phases) < in_each:
        assert tried < 3 * max(count, in_each * len(phases)) + 10
        phase = min(phases, key=lambda one: (seen[one], chance.random()))
        nth = chance.randrange(len(phases[phase]))
        later = phases[phase][nth + 1] if nth + 1 < len(phases[phase]) else phases[phase][nth] + 0.1
        width = later - phases[phase][nth]
        aim = Aim(phase, nth + 1, chance.uniform(0, width) if tried % 2 else 0)
        if hit := killed(prepared, action, folder / f"run-{tried}", aim):
            died += 1
            seen[hit] += 1
        tried += 1
    return died, tried


@pytest.fixture(scope="module")
def sample(url: str, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("prepared") / "start", url, QUESTIONS[::8])


@pytest.mark.parametrize("action", ACTIONS)
def test_killed_at_any_instant_one_version_answers_and_nothing_is_left(
    sample: Prepared, mode: str, action: str, tmp_path: Path
) -> None:
    if (ACTIONS.index(action) % 2 == 0) != (mode == "embedded"):
        pytest.skip("of each action one place of the vectors is tried each time; both with `-m soak`")
    _kill(sample, action, tmp_path, 1, random.Random(7), Counter())


@pytest.mark.soak
@pytest.mark.timeout(14_400)
def test_killed_hundreds_of_times_one_version_answers_and_nothing_is_left(
    url: str, mode: str, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    prepared = prepare(tmp_path_factory.mktemp("prepared") / "start", url, QUESTIONS)
    chance = random.Random(2026)
    seen: Counter[str] = Counter()
    for action in ACTIONS:
        died, tried = _kill(
            prepared, action, tmp_path / action, SOAK_KILLS, chance, seen, in_each=SOAK_KILLS_IN_A_PHASE
        )
        print(f"{action}, {mode}: {died} of {tried} died by the signal, all recovered", flush=True)
    print(f"{mode}, by phase: {dict(seen)}", flush=True)
