"""Ctrl-C: one sentence, exit code 130, and nothing lost."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.__main__ import INTERRUPTED, STOPPED
from retrieval.index.catalog import FILE
from tests.bot.conftest import SECONDS, TROOPS, Bot
from tests.index.runs import write_articles

ARTICLES = 400


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    write_articles(folder, ARTICLES)
    return folder


def count(data: Path, table: str) -> int:
    """Return how many rows of a table the catalog has by now; none where there is no catalog yet."""
    try:
        with closing(sqlite3.connect(f"file:{data / FILE}?mode=ro", uri=True)) as catalog:
            return int(catalog.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def interrupt_once(child: subprocess.Popen[bytes], reached: Callable[[], bool]) -> tuple[int, str, str]:
    """Interrupt a child as soon as it has come that far; return its exit code and what it wrote."""
    deadline = time.monotonic() + SECONDS
    while not reached():
        assert time.monotonic() < deadline, "it never came that far"
        assert child.poll() is None, child.communicate()
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=SECONDS)
    return child.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("table", ["revisions", "vectors"])
def test_interrupted_while_it_reads_or_embeds_it_says_so_and_the_next_run_completes(
    corpus: Path, tmp_path: Path, table: str
) -> None:
    bot = Bot(corpus, tmp_path / "data")

    with bot.start("index") as child:
        came_to = interrupt_once(child, lambda: count(bot.data, table) > 0)

    assert came_to == (INTERRUPTED, "", f"{STOPPED}\n")
    kept = count(bot.data, "vectors")
    assert kept < ARTICLES
    report = bot.here("index", "--json").object
    assert report["articles"] == ARTICLES
    # What was embedded before the interrupt is not embedded again.
    assert report["embedded"] == report["passages"] - kept
    assert bot.here("doctor", "--json").object["whole"] is True


def test_interrupted_while_it_waits_for_a_question_it_says_so(seeded: Bot) -> None:
    with seeded.start("ask", "-") as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(TROOPS.encode() + b"\n")
        child.stdin.flush()
        assert child.stdout.readline().startswith(b"{")

        code, out, err = interrupt_once(child, lambda: True)

    assert (code, out, err) == (INTERRUPTED, "", f"{STOPPED}\n")
