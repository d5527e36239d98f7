"""A data folder's own id on servers: kept wherever the folder goes, never shared by a copy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from retrieval.index.claims import claim, claimed


def test_a_folder_has_an_id_only_once_it_is_claimed_and_then_always_the_same(tmp_path: Path) -> None:
    assert claimed(tmp_path) is None
    id = claim(tmp_path)
    assert claimed(tmp_path) == claim(tmp_path) == id


def test_a_copy_has_none_until_it_claims_one_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    id = claim(tmp_path / "data")
    for number, copy in enumerate((shutil.copy2, shutil.copy)):
        shutil.copytree(tmp_path / "data", tmp_path / f"copy-{number}", copy_function=copy)
        assert claimed(tmp_path / f"copy-{number}") is None
        assert claim(tmp_path / f"copy-{number}") != id
    assert claimed(tmp_path / "data") == id


def test_a_copy_that_takes_the_place_of_its_original_is_still_a_copy(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    id = claim(tmp_path / "data")
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    shutil.copytree(tmp_path / "elsewhere", tmp_path / "data", copy_function=shutil.copy2)
    assert claimed(tmp_path / "elsewhere") == id
    assert claimed(tmp_path / "data") is None


def test_a_renamed_folder_and_one_with_new_rights_keep_theirs(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    id = claim(tmp_path / "data")
    (tmp_path / "data").rename(tmp_path / "renamed")
    assert claim(tmp_path / "renamed") == id
    (tmp_path / "renamed" / "server" / "id").chmod(0o600)
    assert claimed(tmp_path / "renamed") == id


def test_an_id_without_a_note_of_its_place_holds_for_nothing(tmp_path: Path) -> None:
    id = claim(tmp_path)
    note = tmp_path / "server" / "place.json"
    for spoilt in ("", "[]", "{}", json.dumps({"path": str(tmp_path)})):
        note.write_text(spoilt)
        assert claimed(tmp_path) is None
    assert claim(tmp_path) != id
