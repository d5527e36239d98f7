"""The vectors on a Chroma server: several processes ask at once, beside the one that indexes."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.config import ChromaSettings, Settings
from retrieval.errors import StorageError
from retrieval.library import Library
from tests.conftest import settings_for
from tests.index.chroma import chroma_server
from tests.index.runs import answers, problems, write_articles

# Chroma's HTTP client leaves some of its connections to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Chroma server."""
    with chroma_server(tmp_path_factory.mktemp("server")) as address:
        yield address


def _on_server(settings: Settings, address: str) -> Settings:
    return settings.model_copy(update={"chroma": ChromaSettings(url=address)})


@pytest.fixture
def settings(server: str, tmp_path: Path) -> Settings:
    write_articles(tmp_path / "corpus", 12)
    return _on_server(settings_for(tmp_path / "corpus", tmp_path / "data"), server)


def test_a_server_gives_the_answers_that_the_embedded_database_gives(settings: Settings, tmp_path: Path) -> None:
    with Library(settings) as library:
        library.update()
        found = answers(library)
        again = library.update()

    assert (again.wrote, again.embedded) == (False, 0)
    assert problems(settings) == []
    with Library(settings_for(settings.corpus.path, tmp_path / "embedded")) as library:
        library.update()
        embedded = answers(library)
    # The server sends distances as text: they may differ in the last digit of single precision.
    assert [[text for text, _ in hits] for hits in embedded] == [[text for text, _ in hits] for hits in found]
    for hits, others in zip(embedded, found, strict=True):
        assert [score for _, score in hits] == pytest.approx([score for _, score in others], abs=2e-6)


def test_two_ask_at_once_and_a_third_indexes_beside_them(settings: Settings) -> None:
    with Library(settings) as first:
        first.update()
    with Library(settings) as second, Library(settings) as third, Library(settings) as indexing:
        before = answers(second)
        assert answers(third) == before
        (settings.corpus.path / "new.txt").write_text("A ferry sank in the storm near the island.", encoding="utf-8")
        indexing.update()
        assert answers(second) == answers(third) != before


def test_a_server_that_is_not_there_is_told_with_the_setting(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
    away = _on_server(settings, "http://127.0.0.1:9")

    with Library(away) as library, pytest.raises(StorageError, match=r"\[chroma\] url"):
        library.search("ferry")
