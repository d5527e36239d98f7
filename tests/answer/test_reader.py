"""The reader prefers the sentence that answers, and reads each by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from retrieval.answer.reader import DIFFERENCE, Reader, load, merged
from retrieval.config import EmbeddingSettings
from retrieval.embedding.minilm import weights
from retrieval.embedding.providers import cache_folder


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load(cache_folder(EmbeddingSettings()), 2)


@pytest.mark.parametrize(
    ("question", "right", "others"),
    [
        (
            "How many people live in Lorvik?",
            "Some 4,200 people live in Lorvik.",
            ["Lorvik lies at the mouth of a river.", "People in Lorvik live from fishing.", "It was founded in 1350."],
        ),
        (
            "When was the harbour bridge opened?",
            "The harbour bridge was opened in 1931.",
            ["The harbour bridge is 300 metres long.", "The harbour bridge was opened by the king."],
        ),
        (
            "Who designed the harbour bridge?",
            "The harbour bridge was drawn by the engineer Ada Brandt.",
            ["The harbour bridge is 300 metres long.", "It was opened by the king in 1931."],
        ),
    ],
)
def test_the_sentence_that_answers_scores_best(reader: Reader, question: str, right: str, others: list[str]) -> None:
    first, *rest = reader.scores(question, [right, *others])

    assert first > max(rest)


def test_a_score_does_not_depend_on_what_else_is_read(reader: Reader) -> None:
    sentences = ["The town has a population of 4,200.", "It was founded in 1350.", "x " * 500, ""]

    together = reader.scores("How many people live in Lorvik?", sentences)
    alone = [reader.scores("How many people live in Lorvik?", [one])[0] for one in sentences]

    assert together == alone


def test_nothing_is_read_where_there_is_nothing(reader: Reader) -> None:
    assert reader.scores("Who?", []) == []


def test_the_difference_is_small_and_changes_each_trained_matrix() -> None:
    tensors = weights()
    added = safetensors.numpy.load(DIFFERENCE.read_bytes())
    whole = merged(tensors, DIFFERENCE.read_bytes())
    matrices = [name.removesuffix(".up") for name in added if name.endswith(".up")]

    assert DIFFERENCE.stat().st_size < 2_000_000
    assert len(matrices) == 5 * 6
    for layer in matrices:
        before, after = tensors[f"{layer}.weight"], whole[f"{layer}.weight"]
        assert 0 < np.linalg.norm(after - before) < 0.5 * np.linalg.norm(before)


def test_the_reader_is_built_once(tmp_path: Path) -> None:
    load(tmp_path, 1)
    (built,) = tmp_path.glob("*.onnx")
    made = built.stat().st_mtime_ns
    load(tmp_path, 1)

    assert built.stat().st_mtime_ns == made
