"""A data folder that is damaged: the doctor sees it, and what is derived is made anew by whoever meets it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from retrieval.config import Settings
from retrieval.errors import StorageDamaged
from retrieval.index.catalog import FILE, Catalog
from retrieval.index.glance import keep_seal
from retrieval.library import Library
from tests.conftest import sampled, settings_for
from tests.index.runs import PERSISTED, answers, problems, write_articles, write_repeats

WORD_FILES = ["meta.json", "*.fast", "*.fieldnorm", "*.idx", "*.pos", "*.store", "*.term", "format"]


def _lose(file: Path) -> None:
    file.unlink()


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _garble(file: Path) -> None:
    held = bytearray(file.read_bytes())
    start = len(held) // 3
    held[start : start + 4000] = bytes(255 - byte for byte in held[start : start + 4000])
    file.write_bytes(held)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_articles(tmp_path / "corpus", 12)
    return settings_for(tmp_path / "corpus", tmp_path / "data")


@pytest.fixture(scope="module")
def persisted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[list[tuple[str, float]]]]:
    """An index so large that Chroma has written its vectors to files of their own, and what is found in it."""
    root = tmp_path_factory.mktemp("persisted") / "start"
    write_repeats(root / "corpus", PERSISTED)
    with Library(settings_for(root / "corpus", root / "data")) as library:
        library.update()
        return root, answers(library)


@pytest.mark.parametrize(
    ("name", "damage"),
    sampled(
        [
            ("chroma.sqlite3", _lose),
            ("chroma.sqlite3", _cut),
            ("data_level0.bin", _lose),
            ("data_level0.bin", _garble),
            ("header.bin", _cut),
            ("index_metadata.pickle", _garble),
            ("length.bin", _lose),
            ("link_lists.bin", _garble),
        ]
    ),
)
def test_damaged_files_of_the_vectors_are_seen_and_made_anew(
    persisted: tuple[Path, list[list[tuple[str, float]]]], tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    start, before = persisted
    shutil.copytree(start, tmp_path / "copy")
    settings = settings_for(tmp_path / "copy" / "corpus", tmp_path / "copy" / "data")
    (file,) = (settings.data.path / "chroma").rglob(name)
    damage(file)
    assert problems(settings)

    with Library(settings) as library:
        assert answers(library) == before

    assert problems(settings) == []


@pytest.mark.parametrize(("name", "damage"), sampled(product(WORD_FILES, [_lose, _cut, _garble]), every=4))
def test_damaged_files_of_the_words_are_seen_and_made_anew(
    settings: Settings, name: str, damage: Callable[[Path], None]
) -> None:
    with Library(settings) as library:
        library.update()
        before = answers(library)
    (file,) = (settings.data.path / "lexicon").rglob(name)
    damage(file)
    assert problems(settings)

    with Library(settings) as library:
        assert answers(library) == before

    assert problems(settings) == []


def test_an_unchanged_run_makes_damaged_files_anew(
    persisted: tuple[Path, list[list[tuple[str, float]]]], tmp_path: Path
) -> None:
    start, before = persisted
    shutil.copytree(start, tmp_path / "copy")
    settings = settings_for(tmp_path / "copy" / "corpus", tmp_path / "copy" / "data")
    for file in [*settings.data.path.rglob("data_level0.bin"), *settings.data.path.rglob("*.term")]:
        _garble(file)

    with Library(settings) as library:
        assert library.update().embedded == 0
    assert problems(settings) == []
    with Library(settings) as library:
        assert answers(library) == before


def test_vectors_that_are_not_the_catalogs_are_seen(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
    database = sqlite3.connect(settings.data.path / FILE)
    (vector,) = database.execute("SELECT vector FROM vectors LIMIT 1").fetchone()
    other = np.roll(np.frombuffer(vector, dtype="<f4"), 1).tobytes()
    database.execute("UPDATE vectors SET vector = ? WHERE vector = ?", (other, vector))
    database.commit()
    database.close()

    (found,) = problems(settings)

    assert "1 vectors are not the catalog's" in str(found.problem)


@pytest.mark.parametrize(
    "damage", ["DELETE FROM embeddings_queue", "UPDATE embeddings_queue SET vector = zeroblob(1536)"]
)
def test_vectors_that_only_chromas_queue_holds_are_seen_and_made_anew(settings: Settings, damage: str) -> None:
    with Library(settings) as library:
        library.update()
        before = answers(library)
    database = sqlite3.connect(settings.data.path / "chroma" / "chroma.sqlite3")
    assert database.execute(damage).rowcount > 0
    database.commit()
    database.close()
    assert problems(settings)

    with Library(settings) as library:
        library.update()
    assert problems(settings) == []
    with Library(settings) as library:
        assert answers(library) == before


def test_what_fails_in_use_is_made_anew(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
        before = answers(library)
        # As though another program had emptied the collection meanwhile.
        import chromadb

        client = chromadb.PersistentClient(
            settings.data.path / "chroma", settings=chromadb.config.Settings(anonymized_telemetry=False)
        )
        for collection in client.list_collections():
            client.delete_collection(collection.name)

        assert answers(library) == before


@pytest.mark.parametrize("lost", ["chroma", "lexicon", "both"])
def test_a_lost_derived_index_is_told_by_the_doctor_and_made_anew_without_embedding(
    settings: Settings, lost: str
) -> None:
    with Library(settings) as library:
        library.update()
        before = answers(library)
    for name in ("chroma", "lexicon"):
        if lost in (name, "both"):
            shutil.rmtree(settings.data.path / name)
    assert problems(settings)

    with Library(settings) as library:
        report = library.update()
        assert answers(library) == before

    assert report.embedded == 0
    assert problems(settings) == []


@pytest.mark.parametrize("lost", ["chroma", "lexicon"])
def test_a_question_mends_a_lost_derived_index_by_itself(settings: Settings, lost: str) -> None:
    with Library(settings) as library:
        library.update()
        before = answers(library)
    shutil.rmtree(settings.data.path / lost)
    shutil.rmtree(settings.corpus.path)

    with Library(settings) as library:
        assert answers(library) == before


@pytest.mark.parametrize("name", ["header.bin", "data_level0.bin"])
def test_a_run_that_must_write_goes_on_where_the_vectors_files_are_lost(settings: Settings, name: str) -> None:
    with Library(settings) as library:
        library.update()
        library.search("ferry")
    (file,) = (settings.data.path / "chroma").rglob(name)
    file.unlink()
    (settings.corpus.path / "new.txt").write_text("A ferry sank.", encoding="utf-8")

    with Library(settings) as library:
        assert library.update().added == ("new",)
        assert library.search("a ferry sank")[0].passage.article == "new"
        assert library.version is not None
        assert library.version.id == 2


def test_the_doctor_tells_of_a_doubled_and_of_a_lost_passage(settings: Settings) -> None:
    import chromadb

    with Library(settings) as library:
        library.update()
    client = chromadb.PersistentClient(
        settings.data.path / "chroma", settings=chromadb.config.Settings(anonymized_telemetry=False)
    )
    (collection,) = client.list_collections()
    ids = collection.get(include=[])["ids"]
    collection.delete(ids=ids[:1])
    collection.add(ids=["stray", "another"], embeddings=np.ones((2, 384), dtype=np.float32))
    client.close()  # type: ignore[attr-defined]
    assert len(problems(settings)) == 1
    catalog = Catalog.open(settings.data.path)
    keep_seal(catalog, settings.data.path)  # as though a run had written them
    catalog.close()

    (found,) = problems(settings)

    assert "1 passages are missing and 2 too many" in str(found.problem)
    with Library(settings) as library:
        library.update()
    assert problems(settings) == []


def test_a_text_that_was_changed_in_the_catalog_is_never_quoted(settings: Settings) -> None:
    (settings.corpus.path / "ferry.txt").write_text("The ferry carried 50 people over the river.", encoding="utf-8")
    with Library(settings) as library:
        library.update()
        assert library.ask("How many people did the ferry carry?").citations
    database = sqlite3.connect(settings.data.path / FILE)
    database.execute("UPDATE revisions SET text = replace(text, '50', '90')")
    database.commit()
    database.close()

    with Library(settings) as library, pytest.raises(StorageDamaged, match="not the one that was indexed"):
        library.ask("How many people did the ferry carry?")


def test_a_catalog_that_is_no_database_is_told_with_the_way_out(settings: Settings) -> None:
    settings.data.path.mkdir()
    (settings.data.path / FILE).write_bytes(b"garbage " * 2000)

    with Library(settings) as library, pytest.raises(StorageDamaged, match="embassy-bot index"):
        library.update()
