"""The gold questions themselves: enough of every kind, and support that says one thing in one place."""

from __future__ import annotations

from collections import Counter

import pytest

from retrieval.corpus.sentences import split_sentences
from retrieval.evaluation import GoldQuestion, load_gold
from retrieval.library import Library
from retrieval.models import Verdict
from tests.conftest import GOLD

QUESTIONS = load_gold(GOLD)
EACH = pytest.mark.parametrize("gold", [pytest.param(gold, id=gold.id) for gold in QUESTIONS])


def test_the_questions_are_many_and_mixed() -> None:
    kinds = Counter(gold.kind for gold in QUESTIONS)

    assert len(QUESTIONS) == 130
    assert sum(gold.verdict is not Verdict.ANSWERED for gold in QUESTIONS) == 34
    assert kinds == {
        "fact": 13, "who": 10, "when": 8, "number": 8, "why": 8, "where": 7, "quote": 10, "spelling": 8, "typo": 6,
        "date": 10, "both": 8, "near": 21, "foreign": 13,
    }  # fmt: skip


def test_no_question_is_asked_twice() -> None:
    assert len({" ".join(gold.question.lower().split()) for gold in QUESTIONS}) == len(QUESTIONS)


@EACH
def test_the_kind_fits_the_verdict(gold: GoldQuestion) -> None:
    assert gold.verdict is {"near": Verdict.CLOSEST, "foreign": Verdict.NOT_FOUND}.get(gold.kind, Verdict.ANSWERED)
    assert gold.all == (gold.kind == "both")


@EACH
def test_support_stands_once_in_its_article_within_one_sentence_that_may_be_quoted(
    gold: GoldQuestion, seeds: Library
) -> None:
    for support in gold.support:
        article = seeds.article(support.article)
        sentences = [
            article.text[span.start : span.end]
            for paragraph in article.paragraphs
            if not paragraph.boilerplate
            for span in split_sentences(article.text, paragraph.start, paragraph.end)
        ]
        assert article.text.count(support.contains) == 1, support
        assert sum(support.contains in sentence for sentence in sentences) == 1, support


@EACH
def test_both_articles_are_needed_where_it_says_so(gold: GoldQuestion) -> None:
    if gold.all:
        assert len({support.article for support in gold.support}) == len(gold.support) == 2
