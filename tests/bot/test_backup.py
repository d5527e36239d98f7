"""`backup` and `restore` as a person runs them."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.bot.conftest import TROOPS, UNPRIVILEGED, Bot, read_only
from tests.bot.tiny_disk import on_a_tiny_disk
from tests.index.runs import write_articles

FAILURE, USAGE = 1, 2


def test_out_and_back_on_another_machine(own: Bot, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    made = own.here("backup", file, "--json").object
    assert made.keys() == {"file", "bytes", "made", "version", "articles", "passages", "databases", "seconds"}
    assert (made["file"], made["bytes"], made["articles"]) == (str(file), file.stat().st_size, 2)
    before = own.here("ask", TROOPS, "--json").object

    there = own.keeping(tmp_path / "data").over(tmp_path / "nothing")
    known = there.here("restore", file, "--dry-run", "--json").object
    assert known.keys() == {"file", "made", "version", "articles", "passages", "databases"}
    assert not (tmp_path / "data").exists(), "only looked at"
    done = there.here("restore", file, "--json").object
    assert done.keys() == {
        "file", "made", "version", "articles", "passages", "replaced", "databases", "seconds", "whole", "checks",
    }  # fmt: skip
    assert (done["whole"], done["version"], done["replaced"]) == (True, made["version"] + 1, None)
    asked = there.here("ask", TROOPS, "--json")
    assert asked.err == "The index was restored from a backup; `embassy-bot index` takes up the corpus folder again.\n"
    assert (asked.object["answer"], asked.object["citations"]) == (before["answer"], before["citations"])
    assert there.here("doctor", "--json").object["whole"] is True
    there.here("restore", file).assert_told(USAGE, "holds an index already", "--force")
    again = there.here("restore", file, "--force", "--why", "once more")
    assert (again.code, again.err) == (0, "")
    assert "in the place of version" in again.out
    assert "fail" not in again.out
    assert there.here("index", "history", "--json").object["versions"][0]["action"] == "restore"


def test_it_is_written_while_somebody_else_has_the_folder(own: Bot, tmp_path: Path) -> None:
    with own.start("chat") as chatting:
        assert chatting.stdin is not None
        assert chatting.stdout is not None
        chatting.stdin.write(f"{TROOPS}\n".encode())
        chatting.stdin.flush()
        while b"5,000" not in chatting.stdout.readline():
            assert chatting.poll() is None
        own.run("search", "embassy").assert_told(FAILURE, "in use by `embassy-bot chat`")
        assert own.run("backup", tmp_path / "backup", "--json").object["articles"] == 2
        own.run("restore", tmp_path / "backup", "--force").assert_told(FAILURE, "in use by `embassy-bot chat`")
        chatting.communicate(b":quit\n")
    assert own.here("ask", TROOPS, "--json").object["verdict"] == "answered"


def test_a_full_disk_loses_neither_what_is_there_nor_an_earlier_backup(own: Bot, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    write_articles(corpus, 300, sentences=12)
    large = own.over(corpus).keeping(tmp_path / "large")
    assert large.here("backup", tmp_path / "none").code == FAILURE
    assert large.here("index").code == 0
    assert large.here("backup", tmp_path / "many").code == 0
    assert own.here("backup", tmp_path / "few").code == 0
    disk = tmp_path / "disk"
    ran = on_a_tiny_disk(
        own,
        tmp_path,
        full={
            "backup": ["--data", large.data, "backup", disk / "few", "--force"],
            "restore": ["restore", disk / "many", "--force"],
            "asked": ["ask", TROOPS, "--json"],
            "held": ["restore", disk / "few", "--dry-run", "--json"],
        },
        roomy={
            "again": ["restore", disk / "many", "--force", "--json"],
            "history": ["index", "history", "--json"],
        },
        files=[tmp_path / "many", tmp_path / "few"],
    )
    ran("backup").assert_told(FAILURE, "cannot be written: its disk is full")
    ran("restore").assert_told(FAILURE, "is full. Free some space and run the same again")
    assert ran("asked").object["verdict"] == "answered"
    assert ran("asked").err == "", "not taken for restored"
    assert ran("held").object["articles"] == 2
    assert ran("again").object["whole"] is True
    assert ran("again").object["articles"] == 300
    assert ran("history").object["versions"][0]["action"] == "restore"


def test_folders_that_cannot_be_written_are_told(own: Bot, locked: Path, tmp_path: Path) -> None:
    bot = own.confined(*UNPRIVILEGED)
    ran = bot.run("backup", locked / "backup")
    ran.assert_told(FAILURE, f"The backup {locked / 'backup'} cannot be written: Permission denied")
    assert own.here("backup", tmp_path / "backup").code == 0
    data = Path(shutil.copytree(own.data, locked.parent / "once"))
    with read_only(data):
        ran = bot.keeping(data).run("restore", tmp_path / "backup", "--force")
        ran.assert_told(FAILURE, f"The data folder {data} cannot be written")
    assert own.keeping(data).here("ask", TROOPS, "--json").object["verdict"] == "answered"
