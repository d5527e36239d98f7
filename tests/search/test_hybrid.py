"""Searching: fusion, filters, near-duplicates, and being a LlamaIndex retriever."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest

from retrieval.errors import QuestionError
from retrieval.library import Library
from retrieval.models import Filters
from retrieval.search.hybrid import without_near_duplicates
from tests.conftest import settings_for

FIRST, SECOND = "000_53960138a22f9ebe", "002_1fcff6672cc40b27"


def test_every_hit_is_an_exact_stretch_of_its_article(seeds: Library) -> None:
    hits = seeds.search("rocket attacks on bases in Iraq")

    assert hits
    for hit in hits:
        assert seeds.article(hit.passage.article).text[hit.passage.start : hit.passage.end] == hit.passage.text


def test_hits_come_best_first_with_scores_between_0_and_1(seeds: Library) -> None:
    scores = [hit.score for hit in seeds.search("airstrikes against the militia")]

    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_the_same_question_finds_the_same_twice(seeds: Library) -> None:
    assert seeds.search("paratroopers in Kuwait") == seeds.search("paratroopers in Kuwait")


def test_a_question_without_a_word_of_the_corpus_is_still_searched_by_meaning(seeds: Library) -> None:
    hits = seeds.search("warriors breaching ambassadorial premises", top_k=3)

    assert [(hit.dense_rank, hit.lexical_rank) for hit in hits] == [(1, None), (2, None), (3, None)]


@pytest.mark.parametrize(
    ("filters", "articles"),
    [
        (Filters(publisher="The Washington Times"), {FIRST}),
        (Filters(publisher="the washington times"), {FIRST}),
        (Filters(article=SECOND), {SECOND}),
        (Filters(after=date(2020, 1, 1)), {SECOND}),
        (Filters(before=date(2019, 12, 31)), {FIRST}),
        (Filters(after=date(2019, 12, 31), before=date(2020, 1, 2)), {FIRST, SECOND}),
        (Filters(publisher="The Washington Times", after=date(2020, 1, 1)), set()),
    ],
)
def test_filters_leave_only_articles_that_match(seeds: Library, filters: Filters, articles: set[str]) -> None:
    assert {hit.passage.article for hit in seeds.search("embassy", filters=filters)} == articles


def test_an_undated_article_matches_no_date(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "undated.txt").write_text("The harbour was closed in the storm.", encoding="utf-8")
    with Library(settings_for(tmp_path / "corpus", tmp_path / "data")) as library:
        library.update()
        assert library.search("harbour")
        assert not library.search("harbour", filters=Filters(after=date(1900, 1, 1)))


def test_of_near_duplicates_only_the_best_is_shown(tmp_path: Path) -> None:
    text = (
        "The council of the port voted on Monday to close the old bridge for repairs that will last until spring. "
        "Ferries will cross the river every ten minutes instead, the mayor said after the vote. "
    )
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.txt").write_text(text, encoding="utf-8")
    (corpus / "copy.txt").write_text(text + "Residents were told by letter.", encoding="utf-8")
    (corpus / "other.txt").write_text("The museum of the port shows paintings of storms.", encoding="utf-8")
    with Library(settings_for(corpus, tmp_path / "data")) as library:
        library.update()
        found = [hit.passage.article for hit in library.search("when will the bridge be closed")]

    assert sorted(found) in (["a", "other"], ["copy", "other"])


def test_texts_that_differ_in_a_number_are_both_shown() -> None:
    text = "The fire in the old market hall injured {} people on Sunday night, the fire service said in a statement."
    texts = {"first": text.format(12), "later": text.format(14)}

    assert without_near_duplicates(["first", "later"], texts.__getitem__, 10) == ["first", "later"]


def test_the_limit_counts_what_is_shown() -> None:
    texts = {str(number): f"Sentence about subject{number} and matter{number} only." for number in range(5)}

    assert without_near_duplicates(list(texts), texts.__getitem__, 3) == ["0", "1", "2"]


def test_words_in_quotation_marks_find_the_place_where_they_stand_together(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "scattered.txt").write_text("Red was the boat, and later a great storm came over the sea.", "utf-8")
    (corpus / "together.txt").write_text("They called the painting “a red storm” and hung it up.", "utf-8")
    with Library(settings_for(corpus, tmp_path / "data")) as library:
        library.update()
        assert library.search('"red storm"')[0].passage.article == "together"


def test_the_retriever_gives_llamaindex_nodes_with_offsets(seeds: Library) -> None:
    nodes = seeds.retriever().retrieve("paratroopers to Kuwait")

    assert nodes[0].score is not None
    for node in nodes:
        text = seeds.article(str(node.node.metadata["article"])).text
        assert text[node.node.start_char_idx : node.node.end_char_idx] == node.node.text  # type: ignore[attr-defined]


@pytest.mark.parametrize("query", ["", "   ", "\n\t", "x" * 10_000])
def test_an_empty_or_endless_query_is_refused(seeds: Library, query: str) -> None:
    with pytest.raises(QuestionError):
        seeds.search(query)


@pytest.mark.parametrize("query", ["🙂🙂", "?!…", "\x00\x01", "AND OR NOT (", 'text:"', "何人の兵士", "*" * 50])
def test_odd_queries_find_something_or_nothing_but_never_fail(seeds: Library, query: str) -> None:
    seeds.search(query)


def test_a_misspelt_question_is_embedded_as_it_is_put_right(seeds: Library) -> None:
    seeds.search("troops")
    engine = seeds._live.engine
    assert engine is not None
    spelled, vector = engine.understood("How many paratropers are sent?")

    assert spelled.text == "How many paratroopers are sent?"
    assert vector == pytest.approx(engine.retriever.embed(spelled.text), abs=1e-6)
    assert vector != pytest.approx(engine.retriever.embed("How many paratropers are sent?"), abs=1e-3)


def test_no_thread_is_left_once_a_library_is_closed(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("The bridge opened in 1931.", encoding="utf-8")
    before = set(threading.enumerate())
    with Library(settings_for(tmp_path / "corpus", tmp_path / "data"), command="tests") as library:
        library.update()
        library.search("the bridge")
        searching = {one for one in threading.enumerate() if one.name.startswith("search")} - before
    assert searching
    assert not searching & set(threading.enumerate())
