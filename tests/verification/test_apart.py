"""Verifying in a process of its own: the same is found there, and nothing is lost or left with that process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.models import Reference
from retrieval.verification import apart as apart_module
from retrieval.verification.apart import Apart, strictly
from tests.conftest import ROOT

PASSAGE = "About 5,000 troops are in Iraq, General Ann Doe said on Tuesday. She denied that more would be sent."
SENTENCES = ["About 5,000 troops are in Iraq [1].", "About 6,000 troops are in Iraq [1].", "\ud800", ""]
SECONDS = 30.0
PARENT = """
import sys
from retrieval.verification.apart import Apart
if __name__ == "__main__":
    print(Apart()._process.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    made = Apart()
    yield made
    made.close()


@pytest.mark.parametrize("sentence", SENTENCES, ids=range(len(SENTENCES)))
def test_the_same_is_found_there(apart: Apart, sentence: str) -> None:
    assert apart.verify(sentence, [Reference(PASSAGE)], PASSAGE) == strictly(sentence, [Reference(PASSAGE)], PASSAGE)
    assert apart._process.is_alive()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_where_the_process_is_lost_it_is_verified_here_and_then_by_another(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(apart_module, "PATIENCE_SECONDS", 1.0)
    apart = Apart()
    first = apart._process.pid
    assert first is not None
    os.kill(first, number)
    assert apart.verify(SENTENCES[0], [Reference(PASSAGE)], PASSAGE).supported
    assert "another one is begun" in caplog.text
    assert apart._process.pid != first
    monkeypatch.setattr(apart_module, "PATIENCE_SECONDS", SECONDS)
    assert not apart.verify(SENTENCES[1], [Reference(PASSAGE)], PASSAGE).supported
    assert caplog.text.count("another one is begun") == 1
    apart.close()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="whether a process is there is read from /proc")
def test_it_ends_with_the_process_that_began_it() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()

    end = time.monotonic() + SECONDS
    while _runs(child):
        assert time.monotonic() < end
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
