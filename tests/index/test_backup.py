"""Backups: whole or not at all, checked before anything is changed, and the same answers afterwards."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from retrieval.config import Settings
from retrieval.errors import BackupError, CorpusError, EmbassyError, StorageBusy, StorageError, UsageError
from retrieval.index import backup, indexing
from retrieval.index.catalog import FILE, SCHEMA, Catalog
from retrieval.library import Library
from retrieval.models import Add, Phase, Progress, Remove, Rollback, Update, Upload
from tests.conftest import SEEDS, settings_for
from tests.index.runs import answers, change_articles, problems, write_articles

QUESTION = "How many troops are stationed in Iraq?"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path / "corpus", tmp_path / "data")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the seeds, in a folder of its own. Tests only read it."""
    folder = tmp_path_factory.mktemp("kept")
    with Library(settings_for(SEEDS, folder / "data")) as library:
        library.update()
        library.back_up(folder / "backup")
    return folder / "backup"


def bare(folder: Path) -> Settings:
    """Return settings for a machine that has the program, and neither articles nor an index."""
    return settings_for(folder / "nothing", folder / "data")


def left_beside(file: Path) -> list[str]:
    """Return the names of what is beside a file."""
    return sorted(path.name for path in file.parent.iterdir() if path != file)


def test_a_backup_restores_on_a_bare_machine_with_the_same_answers_and_nothing_embedded(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_articles(settings.corpus.path, 60)
    with Library(settings) as library:
        library.update()
        library.apply(library.plan(Add((Upload("said.txt", b"Rockets fell on the embassy in Baghdad at dawn."),))))
        before, articles = answers(library), library.articles()
        made = library.back_up(tmp_path / "backup")
        assert library.audit(1)[0].action == "backup"
    assert (made.version, made.articles, made.databases) == (2, 61, (FILE,))
    assert left_beside(tmp_path / "backup") == ["corpus", "data"]

    (tmp_path / "else").mkdir()
    (tmp_path / "backup").replace(tmp_path / "else" / "backup")
    shutil.rmtree(settings.corpus.path)
    shutil.rmtree(settings.data.path)
    monkeypatch.setattr(indexing, "open_model", None)
    there = bare(tmp_path / "else")
    with Library(there) as library:
        report = library.restore(tmp_path / "else" / "backup", why="the disk was lost")
    monkeypatch.undo()
    assert (report.version, report.articles, report.replaced) == (3, 61, None)
    assert not (there.data.path / backup.UNPACKED).exists()
    assert problems(there) == []
    with Library(there) as library:
        assert library.is_restored
        assert library.update_if_needed() is None
        assert (answers(library), library.articles()) == (before, articles)
        newest, *older = library.versions()
        assert (newest.action, newest.why, newest.added) == ("restore", "the disk was lost", 61)
        assert [one.id for one in older] == [2, 1]
        assert [one.action for one in library.audit(9)] == ["restore", "index add", "index update"]
        library.apply(library.plan(Rollback(1)), canaries=False)
        assert len(library.articles()) == 60


def test_the_corpus_folder_is_not_read_over_a_restored_index_until_somebody_says_so(
    kept: Path, settings: Settings
) -> None:
    write_articles(settings.corpus.path, 3)
    with Library(settings) as library:
        library.restore(kept)
        assert library.update_if_needed() is None
        assert len(library.articles()) == 2
        with pytest.raises(CorpusError):
            Library(bare(settings.data.path)).plan(Update())
        library.update()
        assert not library.is_restored
        assert len(library.articles()) == 3
    assert problems(settings) == []


def test_a_folder_that_still_fits_is_taken_up_again_without_a_new_version(tmp_path: Path) -> None:
    settings = settings_for(SEEDS, tmp_path / "data")
    with Library(settings) as library:
        library.update()
        library.back_up(tmp_path / "backup")
        library.restore(tmp_path / "backup", replace=True)
        assert library.is_restored
        assert library.update().wrote is False
        assert not library.is_restored


def test_restored_over_another_index_it_takes_its_place_and_keeps_what_was_logged(
    kept: Path, settings: Settings
) -> None:
    write_articles(settings.corpus.path, 5)
    with Library(settings) as library:
        library.update()
        for name in ("article-00001", "article-00002", "article-00003"):
            library.apply(library.plan(Remove(name)), canaries=False)
        with pytest.raises(UsageError, match=r"holds an index already \(version 4, 2 articles\).*--force"):
            library.restore(kept)
        assert len(library.articles()) == 2
        assert library.ask(QUESTION).citations == ()
        report = library.restore(kept, replace=True)
        # Numbers go on: nobody who has version 2 of before open may take another one for it.
        assert (report.replaced, report.version) == (4, 5)
        assert [one.id for one in library.versions()] == [5, 1]
        assert (library.versions()[0].added, library.versions()[0].removed) == (2, 2)
        assert library.ask(QUESTION).citations
        assert [one.action for one in library.audit(9)].count("index remove") == 3
    assert problems(settings) == []


def test_whoever_has_the_index_open_goes_on_with_what_was_restored(kept: Path, settings: Settings) -> None:
    write_articles(settings.corpus.path, 5)
    with Library(settings) as library:
        library.update()
    with Library(settings) as reader:
        assert len(reader.articles()) == 5
        with Library(settings) as library:
            library.restore(kept, replace=True)
        assert len(reader.articles()) == 2
        assert reader.ask(QUESTION).citations


def test_other_databases_of_the_folder_are_in_it(kept: Path, settings: Settings, tmp_path: Path) -> None:
    write_articles(settings.corpus.path, 2)
    settings.data.path.mkdir()
    with closing(sqlite3.connect(settings.data.path / "discord.sqlite3", isolation_level=None)) as own:
        own.execute("PRAGMA journal_mode = WAL")
        own.execute("CREATE TABLE answers (said TEXT)")
        own.execute("INSERT INTO answers VALUES ('then')")
        with Library(settings) as library:
            library.update()
            assert library.back_up(tmp_path / "backup").databases == (FILE, "discord.sqlite3")
            own.execute("UPDATE answers SET said = 'now'")
            library.restore(tmp_path / "backup", replace=True)
            assert own.execute("SELECT said FROM answers").fetchall() == [("then",)], "seen by who has it open"
            library.restore(kept, replace=True)
            assert own.execute("SELECT said FROM answers").fetchall() == [("then",)], "not in that one: left alone"


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.soak)])
def test_a_backup_taken_at_any_moment_of_a_run_holds_one_whole_version(
    settings: Settings, tmp_path: Path, every: int
) -> None:
    write_articles(settings.corpus.path, 90)
    files: list[Path] = []

    def back_up(progress: Progress) -> None:
        # Of its own, as another process has it.
        file = tmp_path / f"backup-{len(files)}"
        backup.back_up(settings.data.path, file)
        files.append(file)

    with Library(settings) as library:
        library.update()
        told = [answers(library)]
        change_articles(settings.corpus.path)
        library.apply(library.plan(Update()), back_up, canaries=False)
        told.append(answers(library))
    assert len(files) > 8
    found = set()
    for file in {*files[::every], files[-1]}:
        there = bare(tmp_path / f"{file.name}-there")
        with Library(there) as library:
            library.restore(file)
            found.add(told.index(answers(library)))
        assert problems(there) == []
    assert found == {0, 1}


# What cannot be


def test_a_file_that_is_there_is_kept_unless_it_is_to_be_replaced(kept: Path, settings: Settings) -> None:
    write_articles(settings.corpus.path, 2)
    file = settings.corpus.path.parent / "backup"
    with Library(settings) as library:
        with pytest.raises(CorpusError, match="nothing to back up"):
            library.back_up(file)
        library.update()
        file.write_text("mine")
        with pytest.raises(UsageError, match=r"is there already.*--force"):
            library.back_up(file)
        assert file.read_text() == "mine"
        library.back_up(file, replace=True)
        assert backup.check(file).articles == 2
        with pytest.raises(UsageError, match="is a folder"):
            library.back_up(file.parent, replace=True)
        with pytest.raises(BackupError, match=r"cannot be written: No such file or directory"):
            library.back_up(file.parent / "nowhere" / "backup")
    assert left_beside(file) == ["corpus", "data"]


def test_two_backups_into_one_file_do_not_meet(settings: Settings, tmp_path: Path) -> None:
    write_articles(settings.corpus.path, 2)
    refused: list[str] = []

    def again(progress: Progress) -> None:
        with pytest.raises(StorageBusy) as told:
            backup.back_up(settings.data.path, tmp_path / "backup")
        refused.append(str(told.value))

    with Library(settings) as library:
        library.update()
        library.back_up(tmp_path / "backup", report=again)
    assert set(refused) == {f"Another process is writing {tmp_path / 'backup'} just now. Wait until it is done."}
    assert backup.check(tmp_path / "backup").articles == 2


def test_what_a_killed_backup_left_goes_with_the_next(settings: Settings, tmp_path: Path) -> None:
    write_articles(settings.corpus.path, 2)
    left = tmp_path / ".backup.partial"
    left.mkdir()
    (left / FILE).write_text("half")
    (left / "packed").write_text("half")
    with Library(settings) as library:
        library.update()
        library.back_up(tmp_path / "backup")
    assert left_beside(tmp_path / "backup") == ["corpus", "data"]


def test_a_damaged_catalog_is_not_backed_up(settings: Settings, tmp_path: Path) -> None:
    write_articles(settings.corpus.path, 40)
    with Library(settings) as library:
        library.update()
    path = settings.data.path / FILE
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 9_000] = b"x" * 9_000
    path.write_bytes(content)
    with pytest.raises(StorageError, match="damaged"):
        backup.back_up(settings.data.path, tmp_path / "backup")
    assert left_beside(tmp_path / "backup") == ["corpus", "data"]


def test_no_part_of_a_backup_can_be_lost_or_changed_unnoticed(kept: Path, tmp_path: Path) -> None:
    whole, said = kept.read_bytes(), backup.check(kept)
    file, there = tmp_path / "backup", bare(tmp_path)
    refused = 0
    for at in range(0, len(whole), len(whole) // 150):
        for content in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :]):
            file.write_bytes(content)
            try:
                # What no byte of the contents depends on, as a date within the archive, may differ.
                assert backup.check(file) == said
            except BackupError as error:
                assert "Nothing was changed" in str(error) or "newer program" in str(error)  # noqa: PT017
                refused += 1
                if refused % 20 == 0:
                    with pytest.raises(BackupError), Library(there) as library:
                        library.restore(file)
                    assert not (there.data.path / FILE).exists()
                    assert not (there.data.path / backup.UNPACKED).exists()
    assert refused > 280


def repacked(kept: Path, file: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """Write a backup whose members were changed, with a list that agrees, unless the change made one."""
    with zipfile.ZipFile(kept) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name != backup.LIST}
    change(members)
    if backup.LIST not in members:
        listed(members)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def listed(members: dict[str, bytes], **changes: object) -> None:
    """Have the list say something else."""
    members[backup.LIST] = json.dumps(
        {
            "format": 1,
            "program": "embassy-bot 9.9",
            "made": "2026-01-01T00:00:00+00:00",
            "version": 1,
            "articles": 2,
            "passages": 11,
            "files": [
                {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                for name, content in members.items()
            ],
            **changes,
        }
    ).encode()


def newer_catalog(members: dict[str, bytes], folder: Path) -> None:
    """Have the catalog be of a later format."""
    (folder / "newer").write_bytes(members[FILE])
    with closing(sqlite3.connect(folder / "newer")) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    members[FILE] = (folder / "newer").read_bytes()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda members, _: members.update({"../../evil.sqlite3": b"x"}), "names other files"),
        (lambda members, _: members.update({"lock": b"x"}), "names other files"),
        (lambda members, _: members.pop(FILE), "names other files"),
        (lambda members, _: members.update({FILE: b"no database"}), "does not open"),
        (lambda members, _: members.update({FILE: members[FILE][:50_000]}), "does not open"),
        (newer_catalog, "newer program"),
        (lambda members, _: listed(members, format=2), r"newer program \(embassy-bot 9.9\)"),
        (lambda members, _: listed(members, made="yesterday"), "backup.json cannot be read"),
        (lambda members, _: listed(members, files=[]), "names other files"),
        (
            lambda members, _: listed(members, files=[{"name": FILE, "bytes": 10, "sha256": "0" * 64}]),
            "not what was written",
        ),
    ],
)
def test_what_was_made_to_look_like_a_backup_is_told_and_changes_nothing(
    kept: Path, settings: Settings, tmp_path: Path, change: Callable[[dict[str, bytes], Path], None], told: str
) -> None:
    write_articles(settings.corpus.path, 2)
    file = repacked(kept, tmp_path / "backup", lambda members: change(members, tmp_path))
    with Library(settings) as library:
        library.update()
        before = answers(library)
        with pytest.raises(BackupError, match=told):
            library.restore(file, replace=True)
        assert answers(library) == before
    assert problems(settings) == []
    assert not (tmp_path / "evil.sqlite3").exists()


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda file: None, "There is no file"),
        (lambda file: file.mkdir(), "cannot be read"),
        (lambda file: file.write_bytes(b""), "not a whole backup"),
        (lambda file: file.write_text("Dear reader"), "not a whole backup"),
        (lambda file: zipfile.ZipFile(file, "w").close(), "not a whole backup"),
    ],
)
def test_what_is_no_backup_is_told(tmp_path: Path, made: Callable[[Path], object], told: str) -> None:
    made(tmp_path / "backup")
    with pytest.raises(BackupError, match=told), Library(bare(tmp_path)) as library:
        library.restore(tmp_path / "backup")


def test_a_folder_in_use_is_not_restored_into(kept: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.index.locking.WAIT_SECONDS", 0.1)
    monkeypatch.setattr("retrieval.index.locking.owning.__wrapped__.__defaults__", (0.1,))
    write_articles(settings.corpus.path, 2)
    with Library(settings, command="run") as running:
        running.update()
        running.search("ferry")
        with pytest.raises(StorageBusy, match="in use by `embassy-bot run`"), Library(settings) as library:
            library.restore(kept, replace=True)
        assert len(running.articles()) == 2
        assert running.back_up(settings.corpus.path.parent / "beside").articles == 2


def test_a_damaged_index_is_set_aside_for_the_backup(kept: Path, settings: Settings) -> None:
    settings.data.path.mkdir()
    (settings.data.path / FILE).write_bytes(b"garbage" * 1_000)
    with Library(settings) as library:
        with pytest.raises(UsageError, match=r"it is damaged.*--force"):
            library.restore(kept)
        assert (settings.data.path / FILE).read_bytes() == b"garbage" * 1_000
        library.restore(kept, replace=True)
        assert len(library.articles()) == 2
    assert (settings.data.path / f"{FILE}.damaged").read_bytes() == b"garbage" * 1_000


def test_where_a_restore_fails_what_was_there_answers(
    kept: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_articles(settings.corpus.path, 4)
    with Library(settings) as library:
        library.update()
        before = answers(library)
        for phase in (Phase.UNPACKING, Phase.RESTORING):

            def stop(progress: Progress, phase: Phase = phase) -> None:
                if progress.phase is phase:
                    raise EmbassyError("stopped")

            with pytest.raises(EmbassyError, match="stopped"):
                library.restore(kept, replace=True, report=stop)
            assert answers(library) == before
            assert not (settings.data.path / backup.UNPACKED).exists()
    assert problems(settings) == []


def test_what_a_killed_restore_left_goes_with_the_next_index_run(settings: Settings) -> None:
    write_articles(settings.corpus.path, 2)
    with Library(settings) as library:
        library.update()
        left = settings.data.path / backup.UNPACKED
        left.mkdir()
        (left / FILE).write_text("half")
        write_articles(settings.corpus.path, 3)
        library.update()
    assert not left.exists()


def test_a_backup_of_an_earlier_format_is_brought_up(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "unpacked").mkdir()
    backup.check(kept, tmp_path / "unpacked")
    catalog = Catalog.open(tmp_path / "unpacked")
    catalog.db.executescript(
        "DROP INDEX revisions_by_article; DROP TABLE audit; DROP TABLE version_held; "
        "ALTER TABLE versions DROP COLUMN why; ALTER TABLE version_revisions DROP COLUMN owner; "
        "PRAGMA user_version = 2;"
    )
    catalog.close()
    earlier = (tmp_path / "unpacked" / FILE).read_bytes()
    file = repacked(kept, tmp_path / "backup", lambda members: members.update({FILE: earlier}))
    there = bare(tmp_path)
    with Library(there) as library:
        library.restore(file)
        assert library.ask(QUESTION).citations
    assert problems(there) == []
