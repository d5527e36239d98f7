"""`verify` as other programs run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "bot", "verify", *arguments]
    return subprocess.run(command, input=given, capture_output=True, cwd=ROOT, timeout=120)


def entry(sentence: object, *passages: object, **more: object) -> bytes:
    return json.dumps({"sentence": sentence, "passages": list(passages), **more}).encode() + b"\n"


FELL = "The bridge fell on Monday. Nobody was hurt."


def test_each_line_gets_a_line_whatever_it_is() -> None:
    given = b"".join(
        [
            entry("The bridge fell on Monday.", FELL),
            entry("The bridge fell on Sunday.", FELL, kind="day", supported=False),
            entry("The bridge fell on January 6, 2020. [1]", "", FELL, published=[None, "2020-01-08"]),
            b"no JSON\n",
            b"\xff\n",
            b"\n",
            b"[" * 5_000 + b"\n",
            entry(7, FELL),
            b'{"sentence": "x"}\n',
            entry("", FELL),
        ]
    )
    done = run("--json", "-", given=given)
    found = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.returncode == 0, done.stderr
    assert [one["supported"] for one in found] == [True, False, True, *[False] * 7]
    assert all(set(one) == {"supported", "reason", "quote", "passage"} for one in found)
    assert found[0] == {"supported": True, "reason": "", "quote": "The bridge fell on Monday.", "passage": 1}
    assert found[1]["reason"] == "the passage does not name that time: Sunday"
    assert found[2]["passage"] == 2
    assert all("send an object like" in one["reason"] for one in found[3:9])
    assert all(one["passage"] is None for one in found[3:9])


def test_a_person_sees_the_sentence_the_reason_and_the_quote(tmp_path: Path) -> None:
    file = tmp_path / "entries"
    file.write_bytes(entry("The bridge fell on Sunday.", FELL))
    shown = run(str(file)).stdout.decode()

    assert shown.startswith("not supported The bridge fell on Sunday.")
    assert "the passage does not name that time: Sunday" in shown
    assert "[1] The bridge fell on Monday." in shown


def test_a_missing_file_is_named() -> None:
    done = run("nowhere.jsonl")

    assert done.returncode == 2
    assert done.stderr.decode().strip() == "nowhere.jsonl cannot be read: No such file or directory."


def test_a_day_that_is_none_is_told_in_words() -> None:
    done = run("--json", "-", given=entry("The bridge fell on Monday.", FELL, published=["2020-13"]))

    assert json.loads(done.stdout)["reason"].startswith("published.0: a day is written as 2019-12-31;")
