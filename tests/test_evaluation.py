"""The metrics, on outcomes small enough to compute by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from retrieval.evaluation import (
    Failure,
    GoldQuestion,
    Interval,
    Outcome,
    Support,
    bootstrap,
    evaluate,
    intervals,
    measure,
    measure_written,
    supports,
)
from retrieval.models import (
    Answer,
    Article,
    Citation,
    Kind,
    Paragraph,
    Passage,
    SearchHit,
    Statement,
    Timings,
    Verdict,
)

HARBOUR = "The harbour has nine cranes. Two of them broke in the storm.\n\nThe mayor blamed the wind."
RIVER = "The river rose by three metres. Forty houses were empty by noon."
COPY = "Port news. The harbour  has\nnine cranes. Nobody was hurt."
OTHER = "The airport has nine cranes too."
TEXTS = {"harbour": HARBOUR, "river": RIVER, "copy": COPY, "other": OTHER}

NINE = Support(article="harbour", contains="nine cranes")
BROKE = Support(article="harbour", contains="broke in the storm")
ROSE = Support(article="river", contains="three metres")


def article(id: str) -> Article:
    text = TEXTS[id]
    ends = [at for at in (text.find("\n\n"),) if at >= 0]
    starts = [0, *(end + 2 for end in ends)]
    paragraphs = tuple(Paragraph(start, end) for start, end in zip(starts, [*ends, len(text)], strict=True))
    return Article(id, id.title(), "The Herald", (), date(2020, 1, 2), None, text, paragraphs)


def hit(id: str, words: str) -> SearchHit:
    """A found passage with these words of an article."""
    start = TEXTS[id].index(words)
    passage = Passage(f"{id}-{start}", id, 0, (1, 1), words, start, start + len(words))
    return SearchHit(passage, 0.5, 0.5, None, None)


def citation(number: int, id: str, words: str) -> Citation:
    start = TEXTS[id].index(words)
    day = date(2020, 1, 2)
    return Citation(number, id, id.title(), True, "The Herald", day, None, 1, words, start, start + len(words))


def answer(verdict: Verdict, *quotes: tuple[str, str], hits: tuple[SearchHit, ...] = ()) -> Answer:
    citations = tuple(citation(number, *quote) for number, quote in enumerate(quotes, start=1))
    return Answer("", verdict, "extractive", "", citations, hits)


def gold(*support: Support, verdict: Verdict = Verdict.ANSWERED, all: bool = False) -> GoldQuestion:
    return GoldQuestion(id="one", question="?", kind="fact", verdict=verdict, support=support, all=all)


def outcome(question: GoldQuestion, given: Answer) -> Outcome:
    (one,) = evaluate([question], lambda question, *, today: given, article)
    return one


NO_ANSWER = hit("harbour", "The mayor blamed the wind.")
CRANES = hit("harbour", "The harbour has nine cranes.")
FLOOD = hit("river", "The river rose by three metres.")
BOTH = hit("harbour", "The harbour has nine cranes. Two of them broke in the storm.")


@pytest.mark.parametrize(
    ("support", "hits", "rank"),
    [
        pytest.param((NINE,), (CRANES, NO_ANSWER), 1, id="first"),
        pytest.param((NINE,), (NO_ANSWER, FLOOD, CRANES), 3, id="third"),
        pytest.param((NINE,), (NO_ANSWER, FLOOD), None, id="not found"),
        pytest.param((NINE,), (), None, id="nothing found"),
        pytest.param((NINE,), (NO_ANSWER, BOTH, CRANES), 2, id="the first of two that overlap"),
        pytest.param((NINE, ROSE), (NO_ANSWER, FLOOD, CRANES), 2, id="any of two places"),
    ],
)
def test_the_rank_is_that_of_the_first_passage_with_the_words(
    support: tuple[Support, ...], hits: tuple[SearchHit, ...], rank: int | None
) -> None:
    assert outcome(gold(*support), answer(Verdict.ANSWERED, hits=hits)).rank == rank


@pytest.mark.parametrize(
    ("support", "hits", "rank"),
    [
        pytest.param((NINE, ROSE), (CRANES, FLOOD), 1, id="first and second"),
        pytest.param((NINE, ROSE), (FLOOD, CRANES), 1, id="in either order"),
        pytest.param((NINE, ROSE), (CRANES, NO_ANSWER, FLOOD), 2, id="first and third"),
        pytest.param((NINE, ROSE), (NO_ANSWER, CRANES, FLOOD), 2, id="second and third"),
        pytest.param((NINE, ROSE), (CRANES, NO_ANSWER), None, id="one of them not found"),
        pytest.param((NINE, BROKE), (BOTH, FLOOD), 1, id="one passage has both"),
        pytest.param((NINE, BROKE), (FLOOD, BOTH), 2, id="one passage has both, and is second"),
        pytest.param((NINE, BROKE, ROSE), (BOTH, NO_ANSWER, FLOOD), 2, id="two passages for three places"),
    ],
)
def test_all_places_count_as_first_where_no_other_passage_is_among_them(
    support: tuple[Support, ...], hits: tuple[SearchHit, ...], rank: int | None
) -> None:
    assert outcome(gold(*support, all=True), answer(Verdict.ANSWERED, hits=hits)).rank == rank


def test_a_quote_is_right_where_it_has_the_words_of_any_place_or_with_all_of_every_place() -> None:
    quotes = (("harbour", "The mayor blamed the wind."), ("harbour", "The harbour has nine cranes."))
    given = answer(Verdict.ANSWERED, *quotes)

    any_place = outcome(gold(NINE, ROSE), given)
    every_place = outcome(gold(NINE, ROSE, all=True), given)
    same_words = outcome(gold(NINE), answer(Verdict.ANSWERED, ("harbour", "has nine"), ("harbour", "cranes.")))

    assert (any_place.right_quote_first, any_place.right_quote) == (False, True)
    assert (every_place.right_quote_first, every_place.right_quote) == (False, False)
    assert not same_words.right_quote


def test_the_same_sentence_in_another_article_is_as_right() -> None:
    assert supports(NINE, "copy", "nine cranes. Nobody was hurt.", article)
    assert not supports(NINE, "copy", "Nobody was hurt.", article)


def test_the_same_words_in_another_sentence_are_not() -> None:
    assert "nine cranes" in OTHER
    assert not supports(NINE, "other", OTHER, article)
    assert supports(NINE, "harbour", HARBOUR, article)


@pytest.mark.parametrize(
    ("expected", "given", "right"),
    [
        (Verdict.ANSWERED, Verdict.ANSWERED, True),
        (Verdict.ANSWERED, Verdict.CLOSEST, False),
        (Verdict.ANSWERED, Verdict.NOT_FOUND, False),
        (Verdict.CLOSEST, Verdict.ANSWERED, False),
        (Verdict.CLOSEST, Verdict.CLOSEST, True),
        (Verdict.CLOSEST, Verdict.NOT_FOUND, True),
        (Verdict.NOT_FOUND, Verdict.ANSWERED, False),
        (Verdict.NOT_FOUND, Verdict.CLOSEST, False),
        (Verdict.NOT_FOUND, Verdict.NOT_FOUND, True),
    ],
)
def test_a_near_question_may_be_refused_in_either_way(expected: Verdict, given: Verdict, right: bool) -> None:
    support = (NINE,) if expected is Verdict.ANSWERED else ()

    assert outcome(gold(*support, verdict=expected), answer(given)).right_verdict is right


@pytest.mark.parametrize("all", [False, True])
def test_nothing_supports_an_answer_to_an_unanswerable_question(all: bool) -> None:
    given = answer(Verdict.CLOSEST, ("harbour", "The harbour has nine cranes."), hits=(CRANES,))
    one = outcome(gold(verdict=Verdict.CLOSEST, all=all), given)

    assert (one.rank, one.right_quote, one.failure) == (None, False, None)


@pytest.mark.parametrize(
    ("given", "failure"),
    [
        (answer(Verdict.CLOSEST, ("harbour", "nine cranes"), hits=(CRANES,)), Failure.VERDICT),
        (answer(Verdict.ANSWERED, ("harbour", "the wind"), hits=(NO_ANSWER, CRANES)), Failure.QUOTE),
        (answer(Verdict.ANSWERED, ("harbour", "the wind"), hits=(NO_ANSWER,) * 4 + (CRANES,)), Failure.QUOTE),
        (answer(Verdict.ANSWERED, ("harbour", "the wind"), hits=(NO_ANSWER,) * 5 + (CRANES,)), Failure.PASSAGE),
        (answer(Verdict.ANSWERED, ("harbour", "the wind"), hits=(NO_ANSWER,)), Failure.PASSAGE),
        (answer(Verdict.ANSWERED, ("harbour", "nine cranes"), hits=(NO_ANSWER,)), None),
    ],
)
def test_a_question_has_the_worst_of_its_failures(given: Answer, failure: Failure | None) -> None:
    assert outcome(gold(NINE), given).failure is failure


OUTCOMES = [
    # Answerable: passage first and quoted first; second, and quoted second; sixth, not quoted; none, lost.
    outcome(gold(NINE), answer(Verdict.ANSWERED, ("harbour", "The harbour has nine cranes."), hits=(CRANES, FLOOD))),
    outcome(
        gold(NINE),
        answer(Verdict.ANSWERED, ("harbour", "The mayor"), ("harbour", "nine cranes"), hits=(FLOOD, CRANES)),
    ),
    outcome(gold(NINE), answer(Verdict.ANSWERED, ("harbour", "the wind"), hits=(*[NO_ANSWER] * 5, CRANES))),
    outcome(gold(NINE), answer(Verdict.NOT_FOUND)),
    # Near: answered, and refused. Foreign: refused as it should, and as it should not.
    outcome(gold(verdict=Verdict.CLOSEST), answer(Verdict.ANSWERED, ("river", "noon"))),
    outcome(gold(verdict=Verdict.CLOSEST), answer(Verdict.NOT_FOUND)),
    outcome(gold(verdict=Verdict.NOT_FOUND), answer(Verdict.NOT_FOUND)),
    outcome(gold(verdict=Verdict.NOT_FOUND), answer(Verdict.CLOSEST, ("river", "noon"))),
]


def test_the_metrics_are_those_computed_by_hand() -> None:
    metrics = measure(OUTCOMES, article)

    assert (metrics.questions, metrics.answerable) == (8, 4)
    assert metrics.recall == {1: 1 / 4, 3: 2 / 4, 5: 2 / 4}
    assert metrics.mrr == pytest.approx((1 + 1 / 2 + 1 / 6 + 0) / 4)
    assert metrics.exact_quotes == 1
    assert metrics.right_quote_first == 1 / 4
    assert metrics.right_quote == 2 / 4
    # Words of the quotes of each answer that quotes: 5, 2 + 2, 2, 1, 1.
    assert metrics.words_quoted == pytest.approx((5 + 4 + 2 + 1 + 1) / 5)
    assert metrics.answered_precision == 3 / 4
    assert metrics.answered_recall == 3 / 4
    assert metrics.answerable_lost == 1 / 4
    assert metrics.refused_precision == 3 / 4
    assert metrics.refused_recall == 3 / 4
    assert metrics.foreign_not_found == 1 / 2


def test_a_passage_after_the_tenth_counts_nothing() -> None:
    tenth = outcome(gold(NINE), answer(Verdict.ANSWERED, hits=(*[NO_ANSWER] * 9, CRANES)))
    eleventh = outcome(gold(NINE), answer(Verdict.ANSWERED, hits=(*[NO_ANSWER] * 10, CRANES)))

    assert measure([tenth], article).mrr == pytest.approx(1 / 10)
    assert measure([eleventh], article).mrr == 0


def test_a_quote_that_is_not_the_articles_is_seen() -> None:
    one = citation(1, "river", "noon")
    moved = Citation(**{**{name: getattr(one, name) for name in one.__slots__}, "start": one.start - 1})
    given = Answer("", Verdict.ANSWERED, "extractive", "", (one, moved))

    assert measure([outcome(gold(NINE), given)], article).exact_quotes == 1 / 2


def test_the_interval_holds_what_resampling_gives() -> None:
    # The mean of 100 values, 80 of them 1, is binomial: its 2.5 % and 97.5 % quantiles are 0.72 and 0.87.
    known = bootstrap([1.0] * 80 + [0.0] * 20)

    assert known is not None
    assert known.low == pytest.approx(0.72, abs=0.015)
    assert known.high == pytest.approx(0.875, abs=0.015)
    assert bootstrap([1.0] * 80 + [0.0] * 20) == known


def test_values_that_are_all_the_same_leave_no_doubt_and_no_values_no_interval() -> None:
    assert bootstrap([0.5] * 7) == Interval(0.5, 0.5)
    assert bootstrap([]) is None


def test_every_interval_is_over_its_own_questions() -> None:
    metrics, known = measure(OUTCOMES, article), intervals(OUTCOMES)
    values = {
        **{f"recall_{k}": value for k, value in metrics.recall.items()},
        "mrr_10": metrics.mrr,
        "right_quote_first": metrics.right_quote_first,
        "right_quote": metrics.right_quote,
        "refused_recall": metrics.refused_recall,
        "answerable_lost": metrics.answerable_lost,
    }

    assert known.keys() == values.keys()
    for name, value in values.items():
        interval = known[name]
        assert interval is not None
        assert 0 <= interval.low < value < interval.high <= 1, name


def test_without_unanswerable_questions_their_rate_has_no_interval() -> None:
    known = intervals(OUTCOMES[:4])

    assert known["refused_recall"] is None
    assert known["recall_1"] is not None


# What a language model wrote


def wrote(*statements: Statement, quotes: tuple[tuple[str, str], ...] = (), mode: str = "llm") -> Outcome:
    """An answer that a model wrote from three passages, after 30 ms, taking 50 more."""
    hits = (
        hit("harbour", "The harbour has nine cranes."),
        hit("harbour", "Two of them broke in the storm."),
        hit("river", "The river rose by three metres."),
    )
    made = replace(answer(Verdict.ANSWERED, *quotes, hits=hits), mode=mode, statements=statements)
    return Outcome(gold(NINE), replace(made, timings=Timings(5, 10, 15, 80)), 1, True, True, True)


def test_citations_are_scored_as_alce_defines_it() -> None:
    outcome = wrote(
        # Borne out by the first of two; the other is of no use.
        Statement("The harbour has nine cranes.", (1, 3), 1),
        # Cited wrongly.
        Statement("The river rose by three metres.", (2,), 2),
        # Borne out by nothing.
        Statement("The harbour has ninety cranes.", (1,), None, "wrong"),
        # Without a citation, and with one of a passage that is not there.
        Statement("Two of the cranes broke in the storm.", (), 3),
        Statement("Two of them broke in the storm.", (9,), 3),
        quotes=(
            ("harbour", "The harbour has nine cranes."),
            ("river", "The river rose by three metres."),
            ("harbour", "Two of them broke in the storm."),
        ),
    )
    found = measure_written([outcome], article)

    assert found.drafted_recall == pytest.approx(1 / 5)
    assert found.drafted_precision == pytest.approx(1 / 4)
    assert found.shown_recall == pytest.approx(1.0)
    assert found.shown_precision == pytest.approx(1.0)
    assert (found.asked, found.written, found.failed, found.sentences) == (1, 1, 0, 5)
    assert found.dropped == pytest.approx(1 / 5)
    assert (found.first_paint_p50, found.full_p95) == (30, 80)


def test_answers_that_no_model_was_asked_for_do_not_count() -> None:
    failed = replace(wrote(mode="extractive").answer, degraded="The language model took too long.")
    outcomes = [
        wrote(
            Statement("The harbour has nine cranes.", (1,), 1), quotes=(("harbour", "The harbour has nine cranes."),)
        ),
        Outcome(gold(NINE), failed, 1, True, True, True),
        Outcome(gold(NINE), answer(Verdict.CLOSEST), 1, True, True, False),
        Outcome(gold(NINE), replace(answer(Verdict.ANSWERED), kind=Kind.ARTICLES), 1, True, True, True),
    ]
    found = measure_written(outcomes, article)

    assert (found.asked, found.written, found.failed) == (2, 1, 1)
    assert found.drafted_recall == pytest.approx(1.0)
