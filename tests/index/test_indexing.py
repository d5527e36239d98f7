"""Index runs: what they write and what they leave."""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
import sqlite3
import weakref
from contextlib import closing
from pathlib import Path

import pytest

from retrieval.config import Settings
from retrieval.errors import CorpusError, ModelError, StorageBusy, StorageNewer
from retrieval.index import indexing, plans
from retrieval.index.catalog import FILE, Catalog
from retrieval.index.locking import OWNER_FILE, owning
from retrieval.index.staging import Staging
from retrieval.library import Library
from tests.conftest import SEEDS, settings_for
from tests.index.runs import answers, change_articles, keeping, problems, write_articles


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_articles(tmp_path / "corpus", 12)
    return settings_for(tmp_path / "corpus", tmp_path / "data")


def _contents(folder: Path) -> dict[str, str]:
    """Return the hash of every file, but of the one that names the owner of the folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != OWNER_FILE
    }


def test_a_run_says_what_was_added_changed_and_removed(settings: Settings) -> None:
    corpus = settings.corpus.path
    with Library(settings) as library:
        first = library.update()
        (corpus / "article-00000.txt").write_text("The council met again on Friday.", encoding="utf-8")
        (corpus / "article-00001.txt").unlink()
        (corpus / "new.txt").write_text("A new bridge was opened.", encoding="utf-8")
        (corpus / "broken.txt").write_bytes(b"\x89PNG\0\0\0")
        second = library.update()

    assert (len(first.added), first.changed, first.removed, first.unchanged) == (12, (), (), 0)
    assert second.added == ("new",)
    assert second.changed == ("article-00000",)
    assert second.removed == ("article-00001",)
    assert second.unchanged == 10
    assert [(one.path, "binary" in one.reason) for one in second.skipped] == [("broken.txt", True)]
    assert second.embedded == 2


def test_an_unchanged_corpus_embeds_nothing_and_writes_nothing(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
    before = _contents(settings.data.path)

    with Library(settings) as library:
        report = library.update()

    assert (report.wrote, report.embedded, report.unchanged) == (False, 0, 12)
    assert _contents(settings.data.path) == before


def test_a_file_that_was_only_touched_is_unchanged(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
        for path in settings.corpus.path.iterdir():
            os.utime(path, ns=(1, 1))
        report = library.update()

    assert (report.wrote, report.embedded) == (False, 0)


def test_an_edit_that_keeps_size_and_time_is_seen(settings: Settings) -> None:
    path = settings.corpus.path / "article-00000.txt"
    with Library(settings) as library:
        library.update()
        before, text = path.stat(), path.read_text(encoding="utf-8")
        path.write_text(text[::-1], encoding="utf-8")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert path.stat().st_mtime_ns == before.st_mtime_ns
        report = library.update_if_needed()

    assert report is not None
    assert report.changed == ("article-00000",)


@pytest.mark.parametrize("format", [1, 2, 3])
def test_a_data_folder_of_an_earlier_format_is_taken_over(settings: Settings, format: int) -> None:
    with Library(settings) as library:
        library.update()
        before = answers(library)
    database = sqlite3.connect(settings.data.path / FILE)
    since_then = [
        "",
        "ALTER TABLE manifest DROP COLUMN ctime_ns;",
        "ALTER TABLE versions DROP COLUMN why; ALTER TABLE version_revisions DROP COLUMN owner;"
        "DROP TABLE version_held; DROP TABLE audit;",
        "DROP INDEX revisions_by_article;",
    ]
    made = set(database.execute("SELECT type, name FROM sqlite_schema"))
    database.executescript("".join(since_then[format:]) + f"PRAGMA user_version = {format}")
    database.close()

    with Library(settings) as library:
        assert answers(library) == before
        report = library.update()

    assert (report.wrote, report.embedded, report.unchanged) == (False, 0, 12)
    assert problems(settings) == []
    with closing(sqlite3.connect(settings.data.path / FILE)) as database:
        assert set(database.execute("SELECT type, name FROM sqlite_schema")) == made


def test_a_text_is_embedded_once_however_often_it_occurs(settings: Settings) -> None:
    corpus = settings.corpus.path
    for number in range(5):
        (corpus / f"copy-{number}.txt").write_text("The same words in each of them.", encoding="utf-8")
    with Library(settings) as library:
        first = library.update()
        for number in range(5):
            (corpus / f"copy-{number}.txt").rename(corpus / f"renamed-{number}.txt")
        second = library.update()

    assert first.embedded == 12 + 1
    assert (len(second.added), len(second.removed), second.embedded) == (5, 5, 0)


def test_metadata_alone_makes_a_change_without_embedding(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
        (settings.corpus.path / "articles.toml").write_text(
            '["article-00003.txt"]\npublisher = "The Harbour Post"\n', encoding="utf-8"
        )
        report = library.update()
        publishers = {one.id: one.publisher for one in library.articles()}

    assert (report.changed, report.embedded) == (("article-00003",), 0)
    assert publishers["article-00003"] == "The Harbour Post"


def test_an_articles_toml_that_describes_a_file_that_is_gone_is_told_and_stops_nothing(settings: Settings) -> None:
    (settings.corpus.path / "articles.toml").write_text('["article-0003.txt"]\ntitle = "A ferry"\n', encoding="utf-8")
    with Library(settings) as library:
        report = library.update()

    assert report.articles == 12
    (skipped,) = report.skipped
    assert (skipped.path, "did you mean article-00003.txt?" in skipped.reason) == ("article-0003.txt", True)


@pytest.mark.parametrize("damage", ["emptied", "gone", "only broken files"])
def test_a_corpus_that_cannot_be_read_leaves_the_index_as_it_was(settings: Settings, damage: str) -> None:
    with Library(settings) as library:
        library.update()
        before = answers(library)
    shutil.rmtree(settings.corpus.path)
    if damage != "gone":
        settings.corpus.path.mkdir()
    if damage == "only broken files":
        (settings.corpus.path / "a.txt").write_bytes(b"\0\0")

    with Library(settings) as library:
        with pytest.raises(CorpusError):
            library.update()
        assert answers(library) == before


def test_incremental_runs_come_to_what_one_run_over_the_whole_comes_to(settings: Settings, tmp_path: Path) -> None:
    with Library(settings) as library:
        library.update()
        change_articles(settings.corpus.path)
        library.update()
        stepwise = answers(library)

    with Library(settings_for(settings.corpus.path, tmp_path / "anew")) as library:
        library.update()
        assert answers(library) == stepwise


def test_rows_of_kept_versions_do_not_move_the_live_scores(settings: Settings, tmp_path: Path) -> None:
    """The vector index still holds the passages of removed articles while their version is kept."""
    write_articles(settings.corpus.path / "old", 150, seed=5)
    with Library(settings) as library:
        library.update()
        shutil.rmtree(settings.corpus.path / "old")
        library.update()
        found = answers(library)

    with Library(settings_for(settings.corpus.path, tmp_path / "anew")) as library:
        library.update()
        assert answers(library) == found


def test_only_as_many_versions_are_kept_as_set_and_nothing_else_is(settings: Settings) -> None:
    settings = keeping(settings, 2)
    with Library(settings) as library:
        for number in range(5):
            (settings.corpus.path / "article-00000.txt").write_text(f"Text number {number}.", encoding="utf-8")
            library.update()
    catalog = Catalog.open(settings.data.path)
    kept = {version.lexicon for version in catalog.versions()}
    revisions = catalog.db.execute("SELECT count(*) FROM revisions").fetchone()[0]
    catalog.close()

    assert len(kept) == 2
    assert {path.name for path in (settings.data.path / "lexicon").iterdir()} == kept
    assert revisions == 13
    assert problems(settings) == []


def test_another_model_gets_a_collection_of_its_own_and_the_old_one_answers_until_then(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = keeping(settings, 1)
    with Library(settings) as library:
        library.update()
        before = answers(library)
    monkeypatch.setattr(plans, "fingerprint", lambda _: "another-model")
    with Library(settings) as library:
        assert answers(library) == before
        report = library.update()
        assert library.version is not None
        assert library.version.model == "another-model"
        assert answers(library) == before  # the weights are the same here

    assert (report.wrote, report.embedded, report.unchanged) == (True, 12, 12)
    assert {check.name for check in problems(settings)} == {"model"}


def test_another_model_under_the_same_name_is_refused_and_nothing_is_changed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llama_index.core.embeddings import MockEmbedding

    with Library(settings) as library:
        library.update()
        before = answers(library)
    (settings.corpus.path / "new.txt").write_text("A ferry sank.", encoding="utf-8")
    monkeypatch.setattr(indexing, "open_model", lambda _: MockEmbedding(embed_dim=16))

    with Library(settings) as library, pytest.raises(ModelError, match="vectors of 16 numbers"):
        library.update()

    monkeypatch.undo()
    with Library(settings) as library:
        assert answers(library) == before
        assert library.update().added == ("new",)


def test_a_data_folder_of_a_newer_program_is_refused_and_left_alone(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
    database = sqlite3.connect(settings.data.path / FILE)
    database.execute("PRAGMA user_version = 99")
    database.close()
    before = _contents(settings.data.path)

    with Library(settings) as library, pytest.raises(StorageNewer, match="newer version"):
        library.update()

    assert _contents(settings.data.path) == before


def test_a_second_owner_is_refused_and_told_who_the_first_is(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()

    with (
        owning(settings.data.path, "run"),
        pytest.raises(StorageBusy, match="`embassy-bot run`"),
        owning(settings.data.path, "ask", wait=0),
    ):
        pass


def test_the_catalog_is_read_beside_an_owner(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
        assert answers(library)  # which owns the folder
        with Library(settings) as other:
            assert len(other.articles()) == 12
            assert other.article("article-00000").text


def test_a_text_staged_by_a_run_that_was_stopped_is_not_shown(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
    catalog = Catalog.open(settings.data.path)
    staging = Staging(catalog)
    version = catalog.live()
    assert version is not None
    article = catalog.article(version.id, "article-00000")
    with catalog.transaction():
        staging.add(article, b"another digest", [])
    assert len(catalog.summaries(version.id)) == 12
    catalog.close()
    assert problems(settings) == []


def test_the_seeds_are_indexed_whole(tmp_path: Path) -> None:
    settings = settings_for(SEEDS, tmp_path / "data")
    with Library(settings) as library:
        report = library.update()
    assert (report.articles, report.skipped, dict(report.ignored)) == (2, (), {})
    assert problems(settings) == []


def test_a_library_that_is_closed_lets_go_of_its_vector_database(settings: Settings) -> None:
    from chromadb.api.shared_system_client import SharedSystemClient

    with Library(settings) as library:
        library.update()
        library.search("ferry")
        assert str(settings.data.path / "chroma") in map(str, SharedSystemClient._identifier_to_system)

    assert str(settings.data.path / "chroma") not in map(str, SharedSystemClient._identifier_to_system)


def test_what_answered_from_an_old_version_is_let_go_of_at_once(settings: Settings) -> None:
    with Library(settings) as library:
        library.update()
        library.ask("What happened to the fery?")
        assert library._live.engine is not None
        before = weakref.ref(library._live.engine.lexicon), weakref.ref(library._live.engine.speller)
        gc.collect()
        gc.disable()
        try:
            change_articles(settings.corpus.path)
            library.update()
            library.ask("What happened to the fery?")
            assert [one() for one in before] == [None, None]
        finally:
            gc.enable()
