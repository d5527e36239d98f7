"""Weights are chosen on one half of the questions and measured on the other."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from benchmarks import crossfit
from benchmarks.data import Entry
from benchmarks.measures import Rows
from benchmarks.news import fold_of, prepared
from retrieval.library import Library
from retrieval.weights import WEIGHTS, Weights

ARTICLES: list[Entry] = [
    {"id": id, "title": title, "published": published, "text": text}
    for id, title, published, text in (
        (
            "flood",
            "River rises",
            "2023-10-02",
            "The Oder rose by two metres on Sunday. Nobody was hurt.\n\nSandbags were filled by 300 soldiers.",
        ),
        (
            "bridge",
            "Bridge closed",
            "2023-10-05",
            "The old bridge over the Vltava was closed to lorries.\n\nEngineer Karel Dvorak found cracks in a pillar.",
        ),
        (
            "match",
            "Cup final",
            "2023-10-08",
            "Rovers won the cup against United.\n\nSmith scored the only goal.",
        ),
        ("prize", "Prize for a poet", "2023-10-09", "A poet from Oslo won the prize.\n\nShe writes about the sea."),
    )
]
QUESTIONS: list[Entry] = [
    {"id": id, "question": question, "answer": answer, "asked": "2023-10-10", "support": [support]}
    for id, question, answer, support in (
        ("q1", "Which river rose by two metres?", "The Oder", "flood"),
        ("q2", "How many soldiers filled sandbags?", "300", "flood"),
        ("q3", "Who found cracks in the bridge?", "Karel Dvorak", "bridge"),
        ("q4", "Who scored the only goal of the cup final?", "Smith", "match"),
        ("q5", "Where is the poet from who won the prize?", "Oslo", "prize"),
        ("q6", "Which team won the cup?", "Rovers", "match"),
    )
]


def rows_of(*sets: Sequence[float]) -> Rows:
    """Return rows in which all measures of a question have one value; a set of weights each."""
    return np.repeat(np.array(sets)[:, :, np.newaxis], len(crossfit.GOALS), axis=2)


def test_a_set_is_taken_by_the_other_half_and_measured_on_this_one() -> None:
    # The second set is right on fold 0 only, the third on fold 1 only.
    rows, folds = rows_of([0.5, 0.5, 0.5, 0.5], [1, 1, 0, 0], [0, 0, 1, 1]), [0, 0, 1, 1]

    taken = [crossfit.take(rows, folds, number) for number in crossfit.FOLDS]

    assert taken == [crossfit.Fold(0, 2, (0.5, 1.0), (0.5, 0.0)), crossfit.Fold(1, 1, (0.5, 1.0), (0.5, 0.0))]
    assert not crossfit.cross_fitted(rows, folds, taken).any()


def test_of_equally_good_sets_the_one_in_use_is_taken() -> None:
    assert crossfit.take(rows_of([1, 0, 1], [0, 1, 1]), [0, 1, 1], 0).taken == 1
    assert crossfit.take(rows_of([0, 1, 0], [1, 0, 1]), [0, 1, 1], 0).taken == 0


def test_a_set_is_better_where_no_measure_is_worse_and_one_is_better() -> None:
    rows = rows_of([1, 0], [1, 0], [1, 1], [1, 1], [0, 0])
    rows[3, :, 0] = 0

    assert crossfit.better_by_all(rows) == [2]


def test_the_set_in_use_is_drawn_first_and_others_around_it() -> None:
    drawn = crossfit.draw(20)

    assert drawn == crossfit.draw(20)
    assert drawn[0] == WEIGHTS
    assert len(set(drawn)) == 20
    for weights in drawn:
        assert all(0.5 <= got / used <= 2 for got, used in zip(numbers(weights), numbers(WEIGHTS), strict=True))
        assert 0 < weights.lexical < 1


def numbers(weights: Weights) -> list[float]:
    return [*weights.signs, *(value for name, value in asdict(weights).items() if name != "signs")]


def test_what_is_remembered_is_asked_for_once() -> None:
    asked: list[str] = []

    def lengths(texts: Sequence[str]) -> list[float]:
        asked.extend(texts)
        return [float(len(text)) for text in texts]

    remembered = crossfit.remembering(lengths)

    assert remembered(["a", "bc", "a"]) == [1, 2, 1]
    assert remembered(["bc", "def"]) == [2, 3]
    assert asked == ["a", "bc", "def"]


def test_the_set_in_use_answers_as_the_library_does(tmp_path: Path) -> None:
    settings = prepared(tmp_path, "all", ARTICLES)
    with Library(settings) as library:
        expected = [library.ask(question["question"], today=date(2023, 10, 10)) for question in QUESTIONS]
    with crossfit.opened(settings) as engine:
        for question, answer in zip(QUESTIONS, expected, strict=True):
            first, again = crossfit.answers(engine, question, [WEIGHTS, WEIGHTS])
            assert first == again
            assert (first.verdict, first.citations, first.hits) == (answer.verdict, answer.citations, answer.hits)


def test_what_weights_count_changes_the_order(tmp_path: Path) -> None:
    question: Entry = {"question": "Who won the cup?", "asked": "2023-10-10"}
    with crossfit.opened(prepared(tmp_path, "all", ARTICLES)) as engine:
        with_words, with_none = crossfit.answers(engine, question, [Weights(own=1000.0), Weights(own=0.0)])
    assert [hit.score for hit in with_words.hits] != [hit.score for hit in with_none.hits]


def test_one_command_prints_the_measures_beside_the_goals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert {fold_of(question) for question in QUESTIONS} == {0, 1}
    file = tmp_path / "news.json"
    file.write_text(json.dumps({"articles": ARTICLES, "questions": QUESTIONS}), encoding="utf-8")
    command = ["crossfit", str(file), "--data", str(tmp_path / "data"), "--drawings", "3"]

    monkeypatch.setattr(sys, "argv", [*command, "--json"])
    crossfit.main()
    told = json.loads(capsys.readouterr().out)
    monkeypatch.setattr(sys, "argv", command)
    crossfit.main()
    shown = capsys.readouterr().out

    assert told["questions"] == len(QUESTIONS)
    assert told["drawings"] == 3
    assert set(told["in use, all questions"]) == set(told["cross-fitted"]) == set(told["goals"])
    assert told["in use, all questions"]["recall@1"]["value"] > 0.5
    assert [fold["number"] for fold in told["taken"]] == [0, 1]
    assert all(name in shown for name in ("cross-fitted", "goal", *crossfit.GOALS))
