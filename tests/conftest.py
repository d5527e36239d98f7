"""What all tests share: the seeds, and a library over them that is indexed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from retrieval.config import Settings, load_settings
from retrieval.library import Library

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
GOLD = ROOT / "tests" / "gold" / "embassy.toml"


# A machine that is busy with something else fails no test.
hypothesis_settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("patient")

LONGEST = ("index", "discord", "bot")
"""Folders with the files that take longest, which are begun first: no processor is to be idle at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of those folders first; a file's own stay together, in their order."""
    items.sort(key=lambda item: item.path.parent.name not in LONGEST)


def sampled(cases: Iterable[tuple[object, ...]], every: int = 2) -> list[pytest.ParameterSet]:
    """Return the cases of a test, one of so many for each run; the others are tried with `-m soak`."""
    return [
        pytest.param(*case, marks=() if number % every == 0 else pytest.mark.soak)
        for number, case in enumerate(cases, start=1)
    ]


def settings_for(corpus: Path, data: Path) -> Settings:
    """Return the default settings for a corpus and a data folder."""
    return load_settings(ROOT / "config.example.toml", corpus=corpus, data=data)


@pytest.fixture(scope="session")
def seeds() -> Iterator[Library]:
    """The library over the two seed articles, open. Tests only read from it."""
    import tempfile

    with (
        tempfile.TemporaryDirectory() as folder,
        Library(settings_for(SEEDS, Path(folder)), command="tests") as library,
    ):
        library.update()
        yield library
