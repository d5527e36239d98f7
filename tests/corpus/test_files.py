"""Which files of a folder are articles, what they are called, and what their bytes say."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.config import CorpusSettings
from retrieval.corpus.articles import read_article
from retrieval.corpus.files import Scan, Unreadable, decode, read_bytes, scan
from retrieval.corpus.metadata import Metadata
from retrieval.errors import CorpusError

LIMIT = CorpusSettings().max_bytes
TEXT = "The river rose in the night."


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEXT, encoding="utf-8")


def ids(root: Path) -> dict[str, str]:
    """Return the id of every article file by its path."""
    return {file.path: file.id for file in scan(root, LIMIT).files}


def reasons(found: Scan) -> dict[str, str]:
    return {entry.path: entry.reason for entry in found.skipped}


def read_all(root: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Read the folder as an index run does: texts by id, and why the other files were skipped, by path."""
    found = scan(root, LIMIT)
    texts, skipped = {}, reasons(found)
    for file in found.files:
        try:
            texts[file.id] = read_article(root, file, Metadata()).text
        except Unreadable as error:
            skipped[file.path] = str(error)
    return texts, skipped


# --- The walk


def test_articles_of_all_folders_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    write(tmp_path, "z.txt", "b/late.md", "b/a/deep.html", "a.txt", "b.txt")
    assert [file.path for file in scan(tmp_path, LIMIT).files] == [
        "a.txt", "b.txt", "b/a/deep.html", "b/late.md", "z.txt",
    ]  # fmt: skip


def test_an_id_is_the_path_without_its_ending(tmp_path: Path) -> None:
    write(tmp_path, "flood.txt", "2021/05/flood.md", "v1.2 notes.html")
    assert ids(tmp_path) == {
        "flood.txt": "flood",
        "2021/05/flood.md": "2021/05/flood",
        "v1.2 notes.html": "v1.2 notes",
    }


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ({"a.txt", "a.md"}, {"a.txt": "a.txt", "a.md": "a.md"}),
        ({"a.txt", "a.md", "b.txt"}, {"a.txt": "a.txt", "a.md": "a.md", "b.txt": "b"}),
        ({"a.txt", "sub/a.md"}, {"a.txt": "a", "sub/a.md": "sub/a"}),
        ({"a.txt", "a.md", "a.txt.md"}, {"a.txt": "a.txt", "a.md": "a.md", "a.txt.md": "a.txt.md"}),
        (
            {"a.txt", "a.md", "a.txt.md", "a.txt.md.html"},
            {"a.txt": "a.txt", "a.md": "a.md", "a.txt.md": "a.txt.md", "a.txt.md.html": "a.txt.md.html"},
        ),
    ],
    ids=["two of a name", "bystander", "other folder", "collision of a collision", "and of that"],
)
def test_files_that_would_share_an_id_keep_their_endings(
    tmp_path: Path, names: set[str], wanted: dict[str, str]
) -> None:
    write(tmp_path, *names)
    assert ids(tmp_path) == wanted


def test_the_case_of_an_ending_does_not_matter(tmp_path: Path) -> None:
    write(tmp_path, "a.TXT", "b.Md", "c.HTML")
    assert ids(tmp_path) == {"a.TXT": "a", "b.Md": "b", "c.HTML": "c"}


def test_hidden_files_and_folders_are_passed_over_in_silence(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", ".b.txt", ".git/c.txt", "d/.e/f.txt", ".cache.bin")
    (tmp_path / ".elsewhere").symlink_to(tmp_path / "d", target_is_directory=True)
    found = scan(tmp_path, LIMIT)
    assert ([file.path for file in found.files], found.skipped, found.ignored) == (["a.txt"], (), {})


def test_files_of_other_kinds_are_counted_by_their_ending(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "b.pdf", "sub/c.PDF", "d.jpg", "LICENSE", "e.txt.gz")
    assert scan(tmp_path, LIMIT).ignored == {".gz": 1, ".jpg": 1, ".pdf": 2, "LICENSE": 1}


def test_metadata_files_are_found_shallow_ones_first(tmp_path: Path) -> None:
    write(tmp_path, "b/c/articles.toml", "z/articles.toml", "articles.toml", "a/articles.toml")
    found = scan(tmp_path, LIMIT)
    assert found.sidecars == ("articles.toml", "a/articles.toml", "z/articles.toml", "b/c/articles.toml")


def test_a_link_to_an_article_is_read_as_one(tmp_path: Path) -> None:
    write(tmp_path, "outside/real.txt", "corpus/a.txt")
    (tmp_path / "corpus" / "b.txt").symlink_to(tmp_path / "outside" / "real.txt")
    assert read_all(tmp_path / "corpus") == ({"a": TEXT, "b": TEXT}, {})


def test_a_link_to_a_folder_is_named_and_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "outside/real.txt", "corpus/a.txt")
    (tmp_path / "corpus" / "more").symlink_to(tmp_path / "outside", target_is_directory=True)
    assert read_all(tmp_path / "corpus") == ({"a": TEXT}, {"more": "a link to a folder, not followed"})


def test_an_empty_folder_is_scanned_without_complaint(tmp_path: Path) -> None:
    assert scan(tmp_path, LIMIT) == Scan((), (), (), {})


# --- The folder itself


def test_a_missing_corpus_folder_is_told_with_the_way_to_name_another(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"There is no corpus folder .*nowhere\. .*--corpus.*\[corpus\] path"):
        scan(tmp_path / "nowhere", LIMIT)


def test_a_file_in_place_of_the_corpus_folder_is_told_as_one(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    with pytest.raises(CorpusError, match=r"a\.txt is a file, not a folder\. Name the folder"):
        scan(tmp_path / "a.txt", LIMIT)


def test_a_corpus_folder_that_cannot_be_listed_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(CorpusError, match=r"circle cannot be read \(.+\).*--corpus"):
        scan(tmp_path / "circle", LIMIT)


# --- Files that are no articles


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b" \n\t\r\n ", "it is empty"),
        (codecs.BOM_UTF8, "it is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 8, "it is binary, not text"),
        (b"The river\0rose.", "it is binary, not text"),
        (b"\x01\x02\x03\x04 rose", "it is binary, not text"),
        (bytes(range(0x80, 0x100)) * 8, "it is in no known encoding; save it as UTF-8"),
        (codecs.BOM_UTF16_LE + b"odd", "it begins as UTF-16-LE but is not"),
        (b"---\ntitle: Only a head\n---\n", "it has no article text"),
        (b"date 2020-01-02", "it has no article text"),
    ],
    ids=["empty", "blank", "mark only", "picture", "nul", "controls", "noise", "broken utf-16", "head", "date"],
)
def test_a_file_without_text_is_named_and_the_rest_is_read(tmp_path: Path, content: bytes, reason: str) -> None:
    write(tmp_path, "good.txt")
    (tmp_path / "bad.txt").write_bytes(content)
    assert read_all(tmp_path) == ({"good": TEXT}, {"bad.txt": reason})


def test_a_file_of_the_largest_size_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    settings = CorpusSettings(max_file_mb=0.2)
    (tmp_path / "fits.txt").write_bytes(b"a" * 200_000)
    (tmp_path / "large.txt").write_bytes(b"a" * 200_001)
    found = scan(tmp_path, settings.max_bytes)
    assert [file.path for file in found.files] == ["fits.txt"]
    assert reasons(found) == {"large.txt": "it has 0.2 MB; the limit is 0.2 MB ([corpus] max_file_mb)"}


def test_a_link_that_leads_nowhere_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, "good.txt")
    (tmp_path / "bad.txt").symlink_to(tmp_path / "gone.txt")
    assert read_all(tmp_path) == ({"good": TEXT}, {"bad.txt": "it cannot be read (No such file or directory)"})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_named_and_never_waited_for(tmp_path: Path) -> None:
    write(tmp_path, "good.txt")
    os.mkfifo(tmp_path / "bad.txt")
    assert read_all(tmp_path) == ({"good": TEXT}, {"bad.txt": "it is not a regular file"})


def write_as(folder: Path, name: bytes) -> None:
    """Write a file under a name of any bytes, where the system lets one."""
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text(TEXT)
    except (OSError, UnicodeError):
        pytest.skip("the system keeps such names out")


def test_a_name_that_is_not_unicode_is_told_printably_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, "good.txt")
    write_as(tmp_path, b"caf\xe9.txt")
    assert read_all(tmp_path) == ({"good": TEXT}, {"caf?.txt": "its name is not valid Unicode; rename it"})


def test_an_ending_that_is_not_unicode_is_counted_printably(tmp_path: Path) -> None:
    write_as(tmp_path, b"notes.caf\xe9")
    assert scan(tmp_path, LIMIT).ignored == {".caf?": 1}


def test_a_file_that_may_not_be_read_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, "good.txt", "bad.txt")
    (tmp_path / "bad.txt").chmod(0)
    if os.access(tmp_path / "bad.txt", os.R_OK):
        pytest.skip("permissions do not bind this user")
    assert read_all(tmp_path) == ({"good": TEXT}, {"bad.txt": "it cannot be read (Permission denied)"})


def test_a_folder_that_may_not_be_listed_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, "good.txt", "closed/bad.txt")
    (tmp_path / "closed").chmod(0)
    try:
        if os.access(tmp_path / "closed", os.R_OK):
            pytest.skip("permissions do not bind this user")
        assert read_all(tmp_path) == ({"good": TEXT}, {"closed": "the folder cannot be read (Permission denied)"})
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_a_file_that_vanishes_after_the_walk_is_unreadable(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    (file,) = scan(tmp_path, LIMIT).files
    (tmp_path / "a.txt").unlink()
    with pytest.raises(Unreadable, match=r"it cannot be read \(No such file or directory\)"):
        read_bytes(tmp_path, file)


# --- Bytes to text

ENGLISH = (
    "“We can’t say when the café will reopen,” said Zoë Müller, the harbor’s manager. The flood — the worst in "
    "40 years — left the naïve façade of the old hotel in ruins; it cost €3 million, she said. President Peña "
    "met the mayor at the Élysée and promised help – “à bientôt,” he wrote – before the rain came back. "
    "Crews worked through the night to clear mud from the lower streets, and a pump failed before dawn."
)
RUSSIAN = (
    "Мэр города объявил во вторник, что мост через реку закрыт до весны. По его словам, лёд повредил две опоры, "
    "и ремонт займёт не меньше трёх месяцев. Жители левого берега будут добираться на пароме."
)
JAPANESE = (
    "市長は火曜日、川にかかる橋を春まで閉鎖すると発表した。氷が二本の橋脚を傷つけ、修理には少なくとも三か月かかるという。"
    "左岸の住民は渡し船で通うことになる。"
)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ENGLISH, "cp1252"),
        (ENGLISH * 10, "cp1252"),
        ("The mayor said the bridge would stay closed. “It’s the ice,” she told reporters on Tuesday.", "cp1252"),
        ("Die Brücke bleibt bis zum Frühjahr geschlossen, erklärte die Bürgermeisterin. „Größere Schäden!“", "cp1252"),
        ("Borgmästaren meddelade på tisdagen att bron över älven förblir stängd till våren.", "cp1252"),
        ("El alcalde anunció el martes que el puente sobre el río seguirá cerrado, añadió el señor Núñez.", "cp1252"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
    ],
    ids=[
        "English", "long English", "curly quotes", "German", "Swedish", "Spanish",
        "Russian", "Russian KOI8", "Japanese", "Japanese EUC",
    ],
)  # fmt: skip
def test_an_article_in_a_legacy_encoding_is_read_as_it_was_written(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_names_the_encoding_and_is_left_out(mark: bytes, encoding: str) -> None:
    assert decode(mark + ENGLISH.encode(encoding)) == ENGLISH


def test_a_declared_encoding_comes_before_any_guess() -> None:
    text = "Ο δήμαρχος έκλεισε τη γέφυρα."
    assert decode(text.encode("iso8859-7"), "iso8859-7") == text


def test_a_declaration_does_not_override_text_that_is_utf_8() -> None:
    assert decode(ENGLISH.encode(), "iso8859-7") == ENGLISH


@pytest.mark.parametrize("declared", ["no-such-encoding", "hex", "undefined", "idna"])
def test_a_declaration_of_no_text_encoding_is_passed_over(declared: str) -> None:
    assert decode(RUSSIAN.encode("cp1251"), declared) == RUSSIAN


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\r\n")))
def test_utf_8_comes_back_character_for_character(text: str) -> None:
    assert decode(f"x{text}".encode()) == f"x{text}"
