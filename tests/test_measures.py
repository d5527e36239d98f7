"""The benchmarks count what they say they count."""

from __future__ import annotations

from benchmarks.measures import Estimate, estimate, rank, retrieval_measures, share, shown_within, table
from benchmarks.news import divide

QUESTION = {"id": "q", "question": "Which river rose?", "answer": "the Oder", "support": ["flood", "dyke"]}
ELSEWHERE = ("travel", "Boats on the Oder leave at nine.")
BESIDE = ("flood", "Sandbags were filled all night.")
RIGHT = ("dyke", "By noon The Oder had risen two metres.")


def test_a_passage_is_right_only_with_the_answer_and_from_a_supporting_article() -> None:
    assert rank(QUESTION, [ELSEWHERE, BESIDE, RIGHT]) == 3
    assert rank(QUESTION, [ELSEWHERE, BESIDE]) is None


def test_an_answer_counts_as_whole_words() -> None:
    assert rank({**QUESTION, "answer": "Ode"}, [RIGHT]) is None


def test_an_answer_is_shown_once_the_words_read_reach_its_end() -> None:
    found = [BESIDE, RIGHT]
    assert next(words for words in range(15) if shown_within(QUESTION, found, words)) == 9


def test_recall_looks_at_no_more_than_k_passages() -> None:
    measures = retrieval_measures([QUESTION, QUESTION], [[RIGHT], [BESIDE, ELSEWHERE, RIGHT]])
    assert measures["recall@1"].value == 0.5
    assert measures["recall@3"].value == 1.0
    assert measures["MRR@10"].value == (1 + 1 / 3) / 2


def test_an_interval_holds_the_value_and_narrows_with_more_questions() -> None:
    few, many = estimate([0.0, 1.0] * 10), estimate([0.0, 1.0] * 500)
    assert few.low is not None
    assert few.high is not None
    assert many.low is not None
    assert many.high is not None
    assert few.low < many.low < 0.5 < many.high < few.high


def test_a_share_of_nothing_is_zero() -> None:
    assert estimate([(0, 0), (0, 0)], share) == Estimate(0.0, 0.0, 0.0)
    assert estimate([(1, 1), (0, 1), (0, 0)], share).value == 0.5


def test_a_table_has_a_column_for_each_system() -> None:
    text = table({"one": {"p50": Estimate(12.345, 11, 13)}, "two": {"p50": Estimate(1234)}})
    assert text.splitlines() == ["     one                two", "p50  12.3 [11.0, 13.0]  1,234"]


def test_no_question_is_supported_from_both_halves() -> None:
    articles = [{"id": f"a{number}"} for number in range(40)]
    questions = [{"id": str(n), "support": [f"a{n}", f"a{n + 1}"]} for n in range(0, 40, 2)]
    halves = [{article["id"] for article in half} for half in divide(articles, questions)]
    assert halves[0].isdisjoint(halves[1])
    assert len(halves[0] | halves[1]) == 40
    assert min(map(len, halves)) > 0
    assert all(any(half.issuperset(question["support"]) for half in halves) for question in questions)
