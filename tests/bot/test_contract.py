"""What other programs rely on: the JSON of each command, and nothing else on standard output."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from retrieval.corpus.sentences import split_sentences
from tests.bot.conftest import MILITARY_TIMES, TROOPS, WASHINGTON_TIMES, Bot
from tests.index.runs import write_articles

ANSWER_KEYS = {"question", "verdict", "mode", "answer", "citations", "passages", "timings_ms"}
CITATION_KEYS = {
    "number", "article", "title", "publisher", "published", "url", "paragraph", "quote", "start", "end",
}  # fmt: skip
PASSAGE_KEYS = {"article", "paragraphs", "text", "start", "end", "score"}
TIMING_KEYS = {"embed", "search", "answer", "total"}
FACT_KEYS = {"article", "title", "publisher", "authors", "published", "url", "known"}
VERDICTS = {"answered", "closest", "not_found"}

QUESTIONS = (
    TROOPS,
    "Who stormed the U.S. Embassy in Baghdad?",
    "What did Milley say about anyone who attempts to overrun the embassy?",
    "How many rocket attacks were there over the last two months?",
    "Why did the U.S. strike the militia?",
    "What colour is the embassy's roof?",
    "How long should a soft-boiled egg cook?",
)
LONG = "x" * 10_000
ODD: tuple[tuple[str, bytes], ...] = (
    ("blank", b""),
    ("spaces", b"   "),
    ("not UTF-8", b"\xff\xfe\x80\x81"),
    ("endless", LONG.encode()),
    ("emoji", "🎉🔥🎉".encode()),
    ("NULs", b"How many\0 U.S. troops\0 are stationed in Iraq?"),
    ("only NULs", b"\0\0\0"),
    ("controls", b"\x01\x02\x1b[31m\x7f"),
    ("carriage return", TROOPS.encode() + b"\r"),
)

JsonObject = dict[str, Any]


def assert_shape(answer: JsonObject) -> None:
    """Hold an answer against its form, whatever it says."""
    assert answer.keys() == ANSWER_KEYS
    assert isinstance(answer["question"], str)
    assert answer["verdict"] in VERDICTS
    assert answer["mode"] == "extractive"
    assert isinstance(answer["answer"], str)
    assert answer["answer"]
    for citation in answer["citations"]:
        assert citation.keys() == CITATION_KEYS
        for name in ("article", "title", "quote"):
            assert isinstance(citation[name], str), name
            assert citation[name], name
        for name in ("publisher", "published", "url"):
            assert citation[name] is None or isinstance(citation[name], str), name
        for name in ("number", "paragraph", "start", "end"):
            assert type(citation[name]) is int, name
        assert citation["paragraph"] >= 1
        assert citation["published"] is None or re.fullmatch(r"\d{4}-\d{2}-\d{2}", citation["published"])
    assert_passages(answer["passages"])
    assert answer["timings_ms"].keys() == TIMING_KEYS
    assert all(isinstance(value, float) and value >= 0 for value in answer["timings_ms"].values())


def assert_passages(passages: list[JsonObject]) -> None:
    """Hold passages against their form and their order."""
    for passage in passages:
        assert passage.keys() == PASSAGE_KEYS
        first, last = passage["paragraphs"]
        assert 1 <= first <= last
        assert passage["text"]
        assert isinstance(passage["score"], float)
        assert 0 <= passage["score"] <= 1
    scores = [passage["score"] for passage in passages]
    assert scores == sorted(scores, reverse=True)


def without_timings(answer: JsonObject) -> JsonObject:
    return {name: value for name, value in answer.items() if name != "timings_ms"}


@pytest.fixture(scope="module")
def lines(seeded: Bot) -> dict[str, JsonObject]:
    """The answers of one `ask -` to good and odd lines, by question or by the name of what is odd."""
    sent = [question.encode() for question in QUESTIONS] + [line for _, line in ODD]
    ran = seeded.run("ask", "-", stdin=b"\n".join(sent))
    assert ran.code == 0, ran.err
    assert ran.err == ""
    names = [*QUESTIONS, *(name for name, _ in ODD)]
    return dict(zip(names, ran.objects, strict=True))


@pytest.fixture(scope="module")
def answers(lines: dict[str, JsonObject]) -> list[JsonObject]:
    """The answers to the good questions."""
    return [lines[question] for question in QUESTIONS]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Bot:
    """The program over more passages than an answer shows, one of them a sentence of 150 words; indexed."""
    folder = tmp_path_factory.mktemp("many")
    write_articles(folder / "corpus", 40)
    endless = " and ".join(f"the zeppelin crossed over the {number}th town" for number in range(2, 23))
    (folder / "corpus" / "zeppelin.txt").write_text(f"On Friday {endless}.", encoding="utf-8")
    made = Bot(folder / "corpus", folder / "data")
    assert made.here("index").code == 0
    return made


def texts_of(bot: Bot) -> Callable[[str], str]:
    """Return a function from an article's id to its text, as `source --json` gives it."""
    return cache(lambda article: str(bot.here("source", article, "--json").object["text"]))


# One question


def test_ask_prints_one_json_object_and_nothing_else(seeded: Bot) -> None:
    ran = seeded.run("ask", TROOPS, "--json")

    assert ran.err == ""
    assert_shape(ran.object)
    assert ran.object["question"] == TROOPS
    assert ran.object["verdict"] == "answered"


def test_the_first_ask_indexes_and_still_prints_one_json_object(seeded: Bot, tmp_path: Path) -> None:
    ran = seeded.keeping(tmp_path / "new").run("ask", TROOPS, "--json")

    assert_shape(ran.object)
    assert ran.object["verdict"] == "answered"
    assert "Indexed 2 articles" in ran.err


def test_json_is_utf_8_whatever_the_encoding_of_the_terminal(seeded: Bot, lines: dict[str, JsonObject]) -> None:
    ran = seeded.run("ask", "-", stdin=QUESTIONS[2].encode(), settings={"PYTHONIOENCODING": "ascii"})

    assert without_timings(ran.object) == without_timings(lines[QUESTIONS[2]])
    assert "…" in ran.object["citations"][0]["title"]


def test_the_verdict_is_one_of_three(answers: list[JsonObject]) -> None:
    verdicts = [answer["verdict"] for answer in answers]

    assert set(verdicts) <= VERDICTS
    assert verdicts[0] == "answered"
    assert verdicts[-1] == "not_found"


def test_the_best_citation_says_where_it_comes_from(answers: list[JsonObject]) -> None:
    citation = answers[0]["citations"][0]

    assert citation == {
        "number": 1,
        "article": WASHINGTON_TIMES,
        "title": "The Pentagon will dispatch additional U.S. troops to guard the…",
        "publisher": "The Washington Times",
        "published": "2019-12-31",
        "url": None,
        "paragraph": 9,
        "quote": "The U.S. has about 5,000 troops currently stationed in Iraq.",
        "start": citation["start"],
        "end": citation["start"] + 60,
    }


def test_every_quote_stands_in_its_article_and_paragraph(seeded: Bot, answers: list[JsonObject]) -> None:
    checked = 0
    for answer in answers:
        for citation in answer["citations"]:
            article = seeded.here("source", citation["article"], "--json").object
            paragraph = article["paragraphs"][citation["paragraph"] - 1]
            assert article["text"][citation["start"] : citation["end"]] == citation["quote"]
            assert paragraph["number"] == citation["paragraph"]
            assert paragraph["start"] <= citation["start"] < citation["end"] <= paragraph["end"]
            assert not paragraph["boilerplate"]
            checked += 1
    assert checked >= len(QUESTIONS)


def test_every_passage_stands_in_its_article(seeded: Bot, answers: list[JsonObject]) -> None:
    text = texts_of(seeded)
    passages = [passage for answer in answers for passage in answer["passages"]]

    assert passages
    for passage in passages:
        assert text(passage["article"])[passage["start"] : passage["end"]] == passage["text"]


def test_quotes_are_few_and_short(seeded: Bot, answers: list[JsonObject]) -> None:
    text = texts_of(seeded)
    for answer in answers:
        assert len(answer["citations"]) <= 3
        for citation in answer["citations"]:
            assert len(citation["quote"].split()) <= 60
            assert len(split_sentences(text(citation["article"]), citation["start"], citation["end"])) <= 2


def test_of_a_sentence_without_end_at_most_60_words_are_quoted(many: Bot) -> None:
    answer = many.here("ask", "What did the zeppelin cross over on Friday?", "--json").object

    assert_shape(answer)
    citation = answer["citations"][0]
    text = many.here("source", "zeppelin", "--json").object["text"]
    assert citation["article"] == "zeppelin"
    assert len(text.split()) > 120
    assert 20 <= len(citation["quote"].split()) <= 60
    assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_the_answer_carries_the_numbers_of_its_citations(answers: list[JsonObject]) -> None:
    for answer in answers:
        numbers = [citation["number"] for citation in answer["citations"]]
        assert numbers == list(range(1, len(numbers) + 1))
        assert [int(mark) for mark in re.findall(r"\[(\d+)\]", answer["answer"])] == numbers


def test_an_answer_holds_its_quotes(answers: list[JsonObject]) -> None:
    for answer in answers:
        for citation in answer["citations"]:
            assert " ".join(citation["quote"].split()) in answer["answer"]


def test_what_is_answered_or_closest_has_citations_and_what_is_not_found_has_none(answers: list[JsonObject]) -> None:
    for answer in answers:
        assert bool(answer["citations"]) == (answer["verdict"] != "not_found")


def test_an_answer_shows_at_most_20_passages(many: Bot) -> None:
    answer = many.here("ask", "Which ferry left the harbour in the storm?", "--json").object

    assert_shape(answer)
    assert len(answer["passages"]) == 20


def test_filters_hold_for_every_passage(seeded: Bot) -> None:
    for filters in (
        ("--publisher", "military times"),
        ("--article", MILITARY_TIMES[:3]),
        ("--after", "2020-01-01"),
    ):
        answer = seeded.here("ask", "How many troops?", "--json", *filters).object
        assert {passage["article"] for passage in answer["passages"]} == {MILITARY_TIMES}
    answer = seeded.here("ask", "How many troops?", "--json", "--before", "2019-12-31").object
    assert {passage["article"] for passage in answer["passages"]} == {WASHINGTON_TIMES}


# Many questions


def test_each_line_gets_an_answer_of_the_same_shape_in_order(lines: dict[str, JsonObject]) -> None:
    for answer in lines.values():
        assert_shape(answer)
    assert [lines[question]["question"] for question in QUESTIONS] == list(QUESTIONS)


def test_a_line_gets_the_answer_that_it_gets_alone(seeded: Bot, lines: dict[str, JsonObject]) -> None:
    for question in QUESTIONS[:2]:
        alone = seeded.here("ask", question, "--json").object
        assert without_timings(alone) == without_timings(lines[question])


@pytest.mark.parametrize("name", ["blank", "spaces", "only NULs"])
def test_an_empty_line_is_answered_with_what_to_do(lines: dict[str, JsonObject], name: str) -> None:
    assert lines[name]["verdict"] == "not_found"
    assert "The question is empty." in lines[name]["answer"]
    assert lines[name]["citations"] == lines[name]["passages"] == []


def test_a_line_that_is_not_utf_8_is_answered_with_what_to_do(lines: dict[str, JsonObject]) -> None:
    assert lines["not UTF-8"]["question"] == "\N{REPLACEMENT CHARACTER}" * 4
    assert lines["not UTF-8"]["verdict"] == "not_found"
    assert lines["not UTF-8"]["answer"] == "This line is not UTF-8 text; send it as UTF-8."


def test_an_endless_line_is_answered_with_what_to_do(lines: dict[str, JsonObject]) -> None:
    assert lines["endless"]["question"] == LONG
    assert lines["endless"]["verdict"] == "not_found"
    assert lines["endless"]["answer"].startswith("The question has 10,000 characters; at most 2,000 are read.")


@pytest.mark.parametrize("name", ["emoji", "controls"])
def test_a_line_without_words_is_not_found(lines: dict[str, JsonObject], name: str) -> None:
    assert lines[name]["verdict"] == "not_found"
    assert lines[name]["citations"] == []


@pytest.mark.parametrize("name", ["NULs", "carriage return"])
def test_marks_between_words_and_line_ends_of_other_systems_change_no_answer(
    lines: dict[str, JsonObject], name: str
) -> None:
    assert lines[name]["question"] == TROOPS
    assert lines[name]["answer"] == lines[TROOPS]["answer"]


def test_no_lines_get_no_answers(seeded: Bot) -> None:
    ran = seeded.run("ask", "-")

    assert (ran.code, ran.out, ran.err) == (0, "", "")


# The other commands


def test_search_prints_one_json_object(seeded: Bot) -> None:
    ran = seeded.run("search", "rocket attacks", "--limit", "3", "--json")

    assert ran.err == ""
    assert ran.object.keys() == {"query", "passages"}
    assert ran.object["query"] == "rocket attacks"
    assert len(ran.object["passages"]) == 3
    assert_passages(ran.object["passages"])
    text = texts_of(seeded)
    for passage in ran.object["passages"]:
        assert text(passage["article"])[passage["start"] : passage["end"]] == passage["text"]


def test_what_is_searched_for_is_printed_as_text_even_where_it_is_none(seeded: Bot) -> None:
    # How Python hands on an argument whose bytes are no text.
    ran = seeded.here("search", "\udcff rocket", "--json")

    assert ran.object["query"] == "? rocket"


def test_timeline_prints_one_json_object(seeded: Bot) -> None:
    found = seeded.run("timeline", "U.S. troops", "--from", "December 2019", "--to", "2019-12-31", "--json")

    assert found.err == ""
    assert found.object.keys() == {"topic", "from", "to", "events", "total"}
    asked = [found.object[name] for name in ("topic", "from", "to")]
    assert asked == ["U.S. troops", "2019-12-01", "2019-12-31"]
    assert found.object["total"] >= len(found.object["events"]) > 1
    days = [event["from"] for event in found.object["events"]]
    assert days == sorted(days)
    text = texts_of(seeded)
    for event in found.object["events"]:
        assert event.keys() == {"from", "to", "when", "citations", "differing"}
        assert "2019-12-01" <= event["from"] <= event["to"] <= "2019-12-31"
        assert event["differing"] == []
        (citation,) = event["citations"]
        assert citation.keys() == CITATION_KEYS | {"days"}
        assert text(citation["article"])[citation["start"] : citation["end"]] == citation["quote"]


def test_a_timeline_without_events_is_printed_too(seeded: Bot) -> None:
    found = seeded.here("timeline", "football", "--json").object

    assert found == {"topic": "football", "from": None, "to": None, "events": [], "total": 0}


def test_sources_prints_one_json_object(seeded: Bot) -> None:
    found = seeded.here("sources", "--json").object

    assert found.keys() == {"articles"}
    assert [article["article"] for article in found["articles"]] == [MILITARY_TIMES, WASHINGTON_TIMES]
    for article in found["articles"]:
        assert article.keys() == FACT_KEYS | {"words", "passages"}
        assert article["words"] > 0
        assert article["passages"] > 0


def test_sources_says_how_each_fact_is_known(seeded: Bot) -> None:
    latest, _ = seeded.here("sources", "--json").object["articles"]

    assert latest["authors"] == ["Shawn Snow", "Aaron Mehta"]
    assert latest["published"] == "2020-01-02"
    assert latest["known"].keys() == {"title", "publisher", "authors", "published"}
    assert {fact["basis"] for fact in latest["known"].values()} == {"inferred", "stand-in"}
    assert all(fact["from"] for fact in latest["known"].values())


def test_source_prints_one_json_object(seeded: Bot) -> None:
    found = seeded.run("source", WASHINGTON_TIMES, "--json").object

    assert found.keys() == FACT_KEYS | {"text", "paragraphs", "highlight"}
    assert found["highlight"] is None
    assert found["text"] == (seeded.corpus / f"{WASHINGTON_TIMES}.txt").read_bytes().decode("utf-8")
    for number, paragraph in enumerate(found["paragraphs"], start=1):
        assert paragraph.keys() == {"number", "start", "end", "boilerplate"}
        assert paragraph["number"] == number
        assert found["text"][paragraph["start"] : paragraph["end"]].strip()


def test_source_says_where_a_quote_and_a_paragraph_stand(seeded: Bot) -> None:
    words = "about 5,000 troops"
    for options, shown in (
        (("--quote", words), words),
        (("--paragraph", "8"), "President Trump on Tuesday blamed the incident on Iran."),
        (("--paragraph", "9", "--quote", words), words),
    ):
        found = seeded.here("source", WASHINGTON_TIMES, *options, "--json").object
        start, end = found["highlight"]
        assert found["text"][start:end] == shown


def test_an_article_is_found_by_the_beginning_of_its_id_and_by_words_of_its_title(seeded: Bot) -> None:
    for name in (WASHINGTON_TIMES, "000", "pentagon will dispatch"):
        assert seeded.here("source", name, "--json").object["article"] == WASHINGTON_TIMES


def test_index_prints_one_json_object(own: Bot) -> None:
    found = own.here("index", "--json").object

    assert found.keys() == {
        "version", "added", "changed", "removed", "unchanged", "skipped", "ignored", "articles", "passages",
        "embedded", "seconds",
    }  # fmt: skip
    assert found["version"] is None
    assert found["added"] == found["changed"] == found["removed"] == found["skipped"] == []
    assert found["unchanged"] == found["articles"] == 2
    assert found["embedded"] == 0


def test_index_says_what_it_added_and_what_it_left_out(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    write_articles(corpus, 2)
    (corpus / "empty.txt").touch()
    (corpus / "picture.png").write_bytes(b"\x89PNG")

    found = Bot(corpus, tmp_path / "data").here("index", "--json").object

    assert found["version"] == 1
    assert found["added"] == ["article-00000", "article-00001"]
    assert found["skipped"] == [{"path": "empty.txt", "reason": "it is empty"}]
    assert found["ignored"] == {".png": 1}
    assert found["embedded"] == found["passages"] > 0


def test_eval_prints_one_json_object(seeded: Bot, tmp_path: Path) -> None:
    gold = tmp_path / "gold.toml"
    gold.write_text(
        f'[[question]]\nid = "troops"\nquestion = "{TROOPS}"\nkind = "number"\nverdict = "answered"\n'
        f'support = [{{ article = "{WASHINGTON_TIMES}", contains = "about 5,000 troops" }}]\n'
        '[[question]]\nid = "egg"\nquestion = "How long should an egg cook?"\nkind = "foreign"\n'
        'verdict = "not_found"\n',
        encoding="utf-8",
    )

    ran = seeded.run("eval", gold, "--json")

    found = ran.object
    assert ran.err == ""
    assert found.pop("misses") == []
    intervals = found.pop("intervals")
    assert intervals.keys() == {
        "recall_1", "recall_3", "recall_5", "mrr_10", "right_quote_first", "right_quote", "refused_recall",
        "answerable_lost",
    }  # fmt: skip
    assert all(interval == [found[name], found[name]] for name, interval in intervals.items())
    assert found.keys() == {
        "questions", "answerable", "recall_1", "recall_3", "recall_5", "mrr_10", "exact_quotes", "right_quote_first",
        "right_quote", "words_quoted", "answered_precision", "answered_recall", "refused_precision", "refused_recall",
        "foreign_not_found", "answerable_lost",
    }  # fmt: skip
    assert (found["questions"], found["answerable"]) == (2, 1)
    assert found["exact_quotes"] == found["right_quote"] == found["foreign_not_found"] == 1.0


def test_doctor_prints_one_json_object(own: Bot) -> None:
    found = own.here("doctor", "--json").object

    assert found.keys() == {"whole", "checks"}
    assert found["whole"] is True
    assert all(check.keys() == {"name", "detail", "problem"} for check in found["checks"])
    assert all(check["problem"] is None for check in found["checks"])
