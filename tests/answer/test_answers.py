"""Answers over the two articles: right, exact, short, and none where there is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from retrieval.answer.answering import ANSWERED_FROM, FEW, Signals, bound, judge
from retrieval.answer.extraction import OF_THE_TIME
from retrieval.corpus.sentences import split_sentences
from retrieval.evaluation import check_gold, evaluate, load_gold, measure
from retrieval.library import Library
from retrieval.models import Filters, Verdict
from retrieval.weights import Signs
from tests.conftest import GOLD, SEEDS, settings_for


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How many U.S. troops are stationed in Iraq?", "about 5,000 troops"),
        ("How many paratroopers were sent to Kuwait?", "750 paratroopers"),
        ("Who blamed Iran for the incident?", "President Trump on Tuesday blamed"),
        ("What is the joint chiefs chairman's warning about storming the embassy?", "buzzsaw"),
        ("How many rocket attacks hit Iraqi bases in two months?", "11 rocket attacks"),
    ],
)
def test_a_plain_question_is_answered_by_the_sentence_that_says_it(seeds: Library, question: str, words: str) -> None:
    answer = seeds.ask(question)

    assert answer.verdict is Verdict.ANSWERED
    assert words in answer.citations[0].quote


@pytest.mark.parametrize(
    "question",
    [
        "What is a good recipe for sourdough bread?",
        "How do I sort a dictionary in JavaScript?",
        "Who won the Wimbledon final?",
        "What is the boiling point of mercury?",
        "Wie viele Einwohner hat Berlin?",
        "¿Cuál es la capital de Australia?",
        "如何做红烧肉？",
        "🙂🙂🙂",
        "?!",
    ],
)
def test_a_foreign_question_is_not_found_and_quotes_nothing(seeds: Library, question: str) -> None:
    answer = seeds.ask(question)

    assert answer.verdict is Verdict.NOT_FOUND
    assert answer.citations == ()
    assert answer.text


@pytest.mark.parametrize(
    "question",
    [
        # Neither a day, nor "down", which the crowd cried, nor another form of Iran is a name that is missing.
        "What did the State Department say on New Year's Day about how things stood around the embassy?",
        "Things have calmed down, but what did the State Department spokesperson say about the security posture?",
        "What did Esper say would come of it if the Iranian-sponsored groups do something?",
    ],
)
def test_what_only_looks_like_a_missing_name_is_no_reason_to_refuse(seeds: Library, question: str) -> None:
    assert seeds.ask(question).verdict is Verdict.ANSWERED


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("When did the airstrikes take place?", "airstrikes"),
        ("What happened in December?", "airstrikes"),
        ("What happened in January 2020?", "January"),
        ("What occurred on December 31, 2019?", "Tuesday"),
    ],
)
def test_what_happened_need_not_be_said_to_have_happened(seeds: Library, question: str, words: str) -> None:
    answer = seeds.ask(question)

    assert answer.verdict is Verdict.ANSWERED
    said = [f"{one.quote} {one.published:%d %B %Y}" for one in answer.citations if one.published]
    assert any(words in one for one in said)


def test_a_sentence_is_weighed_by_its_time_and_not_by_that_of_the_opposite(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    ended, closed = "The strike at the port ended on Thursday.", "The port was closed by the strike on Monday."
    undated = "The strike at the port cost the city nine million crowns."
    text = f"---\npublished: 2024-05-20\n---\n{ended}\n\n{closed}\n\n{undated}"
    (tmp_path / "corpus" / "strike.txt").write_text(text, encoding="utf-8")
    with Library(settings_for(tmp_path / "corpus", tmp_path / "data"), command="tests") as library:
        library.update()
        library.ask("When did the strike begin?")
        engine = library._live.engine
        assert engine is not None

        def signs(question: str) -> dict[str, Signs]:
            asked = engine.found(*engine.understood(question))
            return {one.text: one.signs for one in engine.answerer.read(asked).found}

        begin, month = signs("When did the strike begin?"), signs("What did the strike cost in May 2024?")

    assert (begin[ended].kind, begin[closed].kind) == (0, 1)
    assert (month[ended].date, month[undated].date) == (1, OF_THE_TIME)


def test_a_count_that_stands_further_behind_comes_first(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    loud = "A barrage of rockets struck the base of Halden and killed a guard."
    counted = "“31 rockets are no warning. They are meant to kill,” the mayor said of what struck the base of Halden."
    text = "\n\n".join(
        [loud, *(f"Rockets struck the base of Halden in {year}." for year in range(2015, 2019)), counted]
    )
    (tmp_path / "corpus" / "halden.txt").write_text(text, encoding="utf-8")
    with Library(settings_for(tmp_path / "corpus", tmp_path / "data"), command="tests") as library:
        library.update()
        answer = library.ask("How many rockets struck the base of Halden?")
        other = library.ask("How many bombs struck the base of Halden?")

    assert (answer.verdict, answer.citations[0].quote) == (Verdict.ANSWERED, counted)
    assert other.verdict is Verdict.CLOSEST


def test_a_time_that_no_article_is_of_is_not_answered(seeds: Library) -> None:
    assert seeds.ask("What happened in March?").verdict is not Verdict.ANSWERED


def test_a_name_that_no_quote_has_is_a_reason_to_refuse(seeds: Library) -> None:
    assert seeds.ask("How many U.S. troops are stationed in Afghanistan?").verdict is Verdict.CLOSEST


def test_the_bounds_of_a_verdict_rise_with_the_passages_that_compete() -> None:
    bounds = [bound(ANSWERED_FROM, passages) for passages in (1, FEW, 100, 10_000, 10_000_000)]

    assert bounds[0] == bounds[1] == pytest.approx(ANSWERED_FROM)
    assert bounds == sorted(bounds)
    assert bounds[1] < bounds[2] < bounds[-1] < 1


def test_among_many_passages_the_same_signals_claim_less() -> None:
    signals = Signals(passage_similarity=0.45, passage_coverage=0.5, sentence_coverage=0.25)

    assert judge(signals, 10) is Verdict.ANSWERED
    assert judge(signals, 10_000) is Verdict.CLOSEST


def write_others(corpus: Path) -> None:
    """Write articles about something else, so that names are rare."""
    for number in range(20):
        (corpus / f"other{number}.txt").write_text(f"Fishermen saw {number} whales.", encoding="utf-8")


def test_a_name_may_be_said_in_another_way(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    text = "General Ali Quoll threatened the U.S. on Monday over the tariffs."
    (tmp_path / "corpus" / "quoll.txt").write_text(text, encoding="utf-8")
    write_others(tmp_path / "corpus")
    with Library(settings_for(tmp_path / "corpus", tmp_path / "data"), command="tests") as library:
        library.update()

        assert library.ask("Who threatened America over the tariffs?").verdict is Verdict.ANSWERED
        assert library.ask("Over the tariffs, who threatened America?").verdict is Verdict.ANSWERED
        assert library.ask("Who threatened Norway over the tariffs?").verdict is not Verdict.ANSWERED


def test_one_quote_has_to_have_all_that_is_wanted(tmp_path: Path) -> None:
    shutil.copytree(SEEDS, tmp_path / "corpus")
    saudi = "The president was received by the Saudi ambassador to the US, Ali Quoll, in Jeddah."
    (tmp_path / "corpus" / "saudi.txt").write_text(saudi, encoding="utf-8")
    write_others(tmp_path / "corpus")
    with Library(settings_for(tmp_path / "corpus", tmp_path / "data"), command="tests") as library:
        library.update()

        assert library.ask("Who was the US ambassador in Jeddah?").verdict is Verdict.ANSWERED
        # One quote speaks of an ambassador, and another of Baghdad.
        assert library.ask("Who was the US ambassador in Baghdad?").verdict is Verdict.CLOSEST


def test_an_article_speaks_of_what_its_title_says(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    text = "---\ntitle: Kestrel parade draws 200,000\n---\nThe club put the crowd at 300,000 on Monday."
    (tmp_path / "corpus" / "kestrel.txt").write_text(text, encoding="utf-8")
    write_others(tmp_path / "corpus")
    with Library(settings_for(tmp_path / "corpus", tmp_path / "data"), command="tests") as library:
        library.update()

        assert library.ask("When was the Kestrel parade?").verdict is not Verdict.NOT_FOUND


def test_a_sentence_is_quoted_with_the_short_one_behind_it(seeds: Library) -> None:
    answer = seeds.ask("What did the militia set fire to?")

    assert answer.citations[0].quote.endswith("inside the embassy complex. There were no reports of injuries.")


def test_only_the_passages_that_a_filter_leaves_compete(tmp_path: Path) -> None:
    shutil.copytree(SEEDS, tmp_path / "corpus")
    for number in range(300):
        words = f"The library of Port {number} lends out {number} tools. " * 3
        (tmp_path / "corpus" / f"other{number}.txt").write_text(words, encoding="utf-8")
    question = "On what date in December were the airstrikes, and in which countries?"
    with Library(settings_for(tmp_path / "corpus", tmp_path / "data"), command="tests") as library:
        library.update()

        assert library.ask(question).verdict is Verdict.CLOSEST
        assert library.ask(question, filters=Filters(article="000_53960138a22f9ebe")).verdict is Verdict.ANSWERED


def test_a_question_of_two_parts_gets_a_quote_for_each(seeds: Library) -> None:
    answer = seeds.ask("How many troops are stationed in Iraq, and how many rocket attacks were there on the bases?")

    quotes = " ".join(citation.quote for citation in answer.citations)
    assert "5,000" in quotes
    assert "11 rocket attacks" in quotes


def test_a_part_without_an_answer_is_named(seeds: Library) -> None:
    answer = seeds.ask("How many troops are stationed in Iraq, and who is the best baker of sourdough bread?")

    assert answer.verdict is Verdict.ANSWERED
    assert "5,000" in answer.citations[0].quote
    assert answer.note == "Nothing found answers “who is the best baker of sourdough bread?”"
    assert answer.text.endswith(answer.note)
    assert all("bread" not in citation.quote for citation in answer.citations)


def test_the_gold_questions_reach_what_is_promised(seeds: Library) -> None:
    questions = load_gold(GOLD)
    check_gold(questions, seeds.article)
    outcomes = evaluate(questions, seeds.ask, seeds.article)
    metrics = measure(outcomes, seeds.article)

    assert metrics.exact_quotes == 1
    assert metrics.recall[1] >= 0.85
    for outcome in outcomes:
        answer = outcome.answer
        assert len(answer.citations) <= 3
        assert len(answer.hits) <= 20
        for citation in answer.citations:
            article = seeds.article(citation.article)
            paragraph = article.paragraphs[citation.paragraph - 1]
            assert article.text[citation.start : citation.end] == citation.quote
            assert paragraph.start <= citation.start < min(citation.end, paragraph.end)
            # Who is meant by a pronoun may be said in the paragraph before.
            last = article.paragraphs[min(citation.paragraph, len(article.paragraphs) - 1)]
            assert citation.end <= max(paragraph.end, last.end)
            assert not paragraph.boilerplate
            assert citation.end <= paragraph.end or not last.boilerplate
            assert len(citation.quote.split()) <= 60
            assert len(split_sentences(citation.quote)) <= 2
            assert f"[{citation.number}]" in answer.text
