"""Figures that differ between articles are both shown, with their dates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from retrieval.answer.counting import counted_things
from retrieval.answer.figures import figure
from retrieval.library import Library
from retrieval.models import Answer, Verdict
from tests.conftest import settings_for

QUESTION = "How many people died when the ferry sank at Lorvik?"


@pytest.mark.parametrize(
    ("question", "things"),
    [
        ("How many U.S. troops are stationed in Iraq?", "troops"),
        ("how many rocket attacks were there", "attacks"),
        ("What was the number of dead passengers on the ferry?", "passengers"),
        ("About how many people died?", "died"),
        ("Who counted the troops?", None),
        ("How many?", None),
    ],
)
def test_a_question_names_what_it_wants_counted(question: str, things: str | None) -> None:
    assert counted_things(question) == things


@pytest.mark.parametrize(
    ("text", "things", "value"),
    [
        ("The U.S. has about 5,000 troops in Iraq.", "troops", 5000),
        ("About five thousand American troops are there.", "troops", 5000),
        ("It sent seven hundred and fifty paratroopers.", "paratroopers", 750),
        ("It cost 1.5 million dollars and 3 lives.", "dollars", 1_500_000),
        ("One troop was wounded, and four troops left.", "troops", 1),
        ("100 Marines and 750 paratroopers went.", "paratroopers", 750),
        ("100 Marines and 750 paratroopers went.", "soldiers", None),
        ("One of the troops said so.", "troops", None),
        ("In 2019, troops left.", "troops", None),
        ("In 2019 troops left.", "troops", None),
        ("Some 20% of troops left.", "troops", None),
        ("The 82nd Airborne's troops left.", "troops", None),
        ("No troops were named.", "troops", None),
    ],
)
def test_the_number_of_these_things_is_read_in_digits_and_in_words(text: str, things: str, value: float | None) -> None:
    found = figure(text, things)

    assert (found.value if found else None) == value


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[..., Answer]]:
    """Answers a question from articles given as (day, text)."""
    opened: list[Library] = []

    def asked(*articles: tuple[str, str]) -> Answer:
        for day, text in articles:
            (tmp_path / "corpus").mkdir(exist_ok=True)
            (tmp_path / "corpus" / f"{day}.txt").write_text(f"---\npublished: {day}\n---\n{text}\n")
        library = Library(settings_for(tmp_path / "corpus", tmp_path / "data"), command="tests")
        opened.append(library)
        library.update()
        return library.ask(QUESTION)

    yield asked
    for library in opened:
        library.close()


def test_articles_that_count_differently_are_both_quoted_in_the_order_of_their_dates(
    ask: Callable[..., Answer],
) -> None:
    answer = ask(
        ("2021-03-09", "Police said on Tuesday that 17 people died when the ferry sank at Lorvik. The captain lived."),
        ("2021-03-07", "Twelve people died when the ferry sank at Lorvik, the coast guard said. It was a cold day."),
    )

    assert answer.verdict is Verdict.ANSWERED
    assert [str(one.published) for one in answer.citations] == ["2021-03-07", "2021-03-09"]
    assert answer.note == "The articles give different figures: 12 (7 March 2021); 17 (9 March 2021, the latest)."
    assert answer.text.endswith(answer.note)


def test_articles_that_agree_on_a_figure_are_not_said_to_differ(ask: Callable[..., Answer]) -> None:
    answer = ask(
        ("2021-03-09", "Police said on Tuesday that 12 people died when the ferry sank at Lorvik."),
        ("2021-03-07", "Twelve people died when the ferry sank at Lorvik, the coast guard said."),
    )

    assert answer.verdict is Verdict.ANSWERED
    assert not answer.note


def test_a_figure_of_something_else_does_not_differ(ask: Callable[..., Answer]) -> None:
    answer = ask(
        ("2021-03-09", "Some 300 people came to the church of Lorvik to hear of the ferry."),
        ("2021-03-07", "Twelve people died when the ferry sank at Lorvik, the coast guard said."),
    )

    assert answer.verdict is Verdict.ANSWERED
    assert "Twelve" in answer.citations[0].quote
    assert "different" not in answer.note


def test_further_quotes_follow_in_the_order_of_their_dates(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for day, text in (
        ("2021-03-11", "Police questioned the captain of the Lorvik ferry for two hours about the fire on deck."),
        (
            "2021-03-05",
            "The harbour master warned the captain of the Lorvik ferry of a fire in its engine room.",
        ),
        ("2021-03-08", "Passengers praised the captain of the Lorvik ferry, who put out the fire with a wet blanket."),
    ):
        (corpus / f"{day}.txt").write_text(f"---\npublished: {day}\n---\n{text}\n")
    with Library(settings_for(corpus, tmp_path / "data"), command="tests") as library:
        library.update()
        answer = library.ask("What is said of the captain of the Lorvik ferry and the fire?")

    days = [one.published for one in answer.citations if one.published]
    assert len(days) == 3
    assert days[1:] == sorted(days[1:])


def test_what_became_of_it_is_quoted_beside_what_was_before_in_nearly_the_same_words(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for day, text in (
        ("2021-03-05", "A judge freed the activist Tom Reyes on bail on Friday. It had rained all week."),
        ("2021-03-12", "A court revoked the bail of the activist Tom Reyes on Friday and sent him back to prison."),
    ):
        (corpus / f"{day}.txt").write_text(f"---\npublished: {day}\n---\n{text}\n")
    with Library(settings_for(corpus, tmp_path / "data"), command="tests") as library:
        library.update()
        answer = library.ask("Is Tom Reyes free on bail?")

    assert [str(one.published) for one in answer.citations] == ["2021-03-05", "2021-03-12"]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Who is the chief executive of Norfab?", "2021-07-01"),
        ("Who was the chief executive of Norfab?", "2021-02-01"),
    ],
)
def test_of_what_is_so_now_the_newest_article_is_quoted_first(tmp_path: Path, question: str, first: str) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for day, text in (
        ("2021-02-01", "Peter Holm is the chief executive of Norfab, the company said."),
        ("2021-07-01", "Maria Vik became chief executive of Norfab on Monday after Peter Holm resigned."),
        ("2021-03-02", "The court ruled that the Norfab plant must close by July."),
        ("2021-04-12", "Storm Ada was heading for Lorvik on Thursday."),
    ):
        (corpus / f"{day}.txt").write_text(f"---\npublished: {day}\n---\n{text}\n")
    with Library(settings_for(corpus, tmp_path / "data"), command="tests") as library:
        library.update()
        answer = library.ask(question)

    assert str(answer.citations[0].published) == first
