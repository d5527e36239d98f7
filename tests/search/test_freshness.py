"""News is found sooner while it is news, and an archive is searched as if that were not so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from retrieval.corpus.asked_dates import named_days
from retrieval.engine import Engine
from retrieval.library import Library
from retrieval.models import Answer, Filters, Update
from retrieval.search.freshness import FADES_IN, freshness, is_of_the_past
from tests.conftest import SEEDS, settings_for

TODAY = date(2024, 5, 20)
STRIKE = "How many ferry workers are on strike?"
ARTICLES = {
    "march": (date(2024, 3, 4), "The ferry strike began: 300 ferry workers are on strike, the union of workers said."),
    "may": (date(2024, 5, 19), "The strike on the ferries has grown: 900 ferry workers had stopped work by Sunday."),
    "undated": (None, "Ferry workers were on strike once before, when the old harbour was still in use."),
    "ahead": (date(2024, 12, 24), "Ferry workers on strike sang carols, a column about the strike to come imagined."),
    "other": (date(2024, 5, 20), "The museum of the port shows paintings of storms until the end of the summer."),
}


def written(folder: Path, articles: Mapping[str, tuple[date | None, str]]) -> Library:
    """Return a library over these articles, brought up to date."""
    (folder / "corpus").mkdir()
    for name, (published, text) in articles.items():
        head = f"---\npublished: {published}\n---\n" if published else ""
        (folder / "corpus" / f"{name}.txt").write_text(head + text, encoding="utf-8")
    library = Library(settings_for(folder / "corpus", folder / "data"), command="tests")
    library.update()
    return library


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with written(tmp_path_factory.mktemp("freshness"), ARTICLES) as library:
        yield library


def found(library: Library, query: str, today: date) -> list[str]:
    return [hit.passage.article for hit in library.search(query, today=today)]


def test_freshness_fades_with_the_age_of_an_article() -> None:
    ages = [freshness(TODAY - timedelta(days), TODAY) for days in (0, 1, FADES_IN, 60, 3650)]

    assert ages == sorted(ages, reverse=True)
    assert ages[0] == 1
    assert ages[2] == pytest.approx(0.368, abs=0.001)
    assert ages[-1] < 1e-9


def test_an_article_of_tomorrow_may_come_from_where_it_is_tomorrow_already() -> None:
    assert freshness(TODAY + timedelta(1), TODAY) == 1
    assert freshness(TODAY + timedelta(2), TODAY) == 0


def test_an_article_without_a_day_is_never_fresh() -> None:
    assert freshness(None, TODAY) == 0


@pytest.mark.parametrize(
    ("question", "past"),
    [
        ("What happened at the harbour?", False),
        ("What happened last week?", False),
        ("What happened yesterday?", False),
        ("What happened on 3 March 2024?", True),
        ("What happened in 2019?", True),
        ("What happened on New Year's Eve?", True),
        ("What happened on May 17?", False),
        ("What happened in May?", False),
        ("What happened in June?", True),
        ("What changed between 3 March 2024 and yesterday?", False),
        ("What has happened since 2019?", False),
        ("What has Iran done since the 2015 deal?", False),
    ],
)
def test_a_question_about_days_long_gone_is_not_about_fresh_news(question: str, past: bool) -> None:
    assert is_of_the_past(question, named_days(question, TODAY), TODAY) is past


def test_the_latest_article_comes_first_while_it_is_fresh(news: Library) -> None:
    assert found(news, STRIKE, TODAY)[0] == "may"


def test_an_archive_is_searched_by_its_words_alone(news: Library) -> None:
    years_later = found(news, STRIKE, date(2031, 1, 1))

    assert years_later[0] == "march"
    assert years_later == found(news, STRIKE, date(2040, 1, 1))


def test_articles_without_a_day_or_from_the_future_gain_nothing(news: Library) -> None:
    before = [name for name in found(news, STRIKE, date(2031, 1, 1)) if name in ("undated", "ahead")]
    now = found(news, STRIKE, TODAY)

    assert [name for name in now if name in ("undated", "ahead")] == before
    assert now.index("may") < min(now.index("undated"), now.index("ahead"))


def test_a_named_day_outweighs_freshness(news: Library) -> None:
    assert found(news, "How many ferry workers were on strike on 4 March 2024?", TODAY)[0] == "march"


def test_scores_stay_between_0_and_1(news: Library) -> None:
    scores = [hit.score for hit in news.search(STRIKE, today=TODAY)]

    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_an_answer_is_of_the_day_on_which_it_is_asked(news: Library) -> None:
    now, later = (news.ask(STRIKE, today=day) for day in (TODAY, date(2031, 1, 1)))

    assert now.hits[0].passage.article == "may"
    assert later.hits[0].passage.article == "march"


def test_last_week_counts_from_the_day_of_asking_where_newer_articles_are_there(tmp_path: Path) -> None:
    closed = {
        what: (day, f"On {day:%-d %B %Y} the council closed the {what} to all traffic.")
        for day, what in ((date(2024, 3, 6), "bridge"), (date(2024, 5, 15), "tunnel"))
    }
    with written(tmp_path, closed) as library:
        asked = "What did the council close last week?"

        assert found(library, asked, date(2024, 3, 12))[0] == "bridge"
        assert found(library, asked, date(2024, 5, 21))[0] == "tunnel"


def test_days_without_a_year_are_those_that_were_last(tmp_path: Path) -> None:
    fires = {
        "old": (date(2021, 5, 18), "In the market hall fire on May 17, 12 people were hurt, the mayor said."),
        "new": (date(2024, 5, 18), "After the market hall fire on May 17, 30 people had been hurt, a doctor said."),
        "other": (date(2024, 5, 20), ARTICLES["other"][1]),
    }
    asked = "How many people were hurt in the market hall fire on May 17?"
    with written(tmp_path, fires) as library:
        now, later = (
            {hit.passage.article: hit.score for hit in library.search(asked, today=day)}
            for day in (TODAY, date(2031, 1, 1))
        )

    assert now["new"] / now["old"] > 1.5 * later["new"] / later["old"]


def test_the_day_of_asking_is_this_very_day(tmp_path: Path) -> None:
    later = date.today() - TODAY
    moved = {name: (published and published + later, text) for name, (published, text) in ARTICLES.items()}
    with written(tmp_path, moved) as library:
        assert library.search(STRIKE)[0].passage.article == "may"
        assert library.ask(STRIKE).hits[0].passage.article == "may"
        assert library.retriever().retrieve(STRIKE)[0].node.metadata["article"] == "may"


def test_a_last_week_that_the_commands_are_given_counts_from_the_same_day(tmp_path: Path) -> None:
    ahead = {"ahead": (date.today() + timedelta(400), ARTICLES["ahead"][1])}
    with written(tmp_path, ahead) as library:
        assert library.stretch("yesterday", "yesterday") == (date.today() - timedelta(1),) * 2


def test_a_canary_question_is_asked_as_on_the_day_of_its_article(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[date | None] = []
    answer = Engine.answer

    def noting(engine: Engine, question: str, filters: Filters | None = None, today: date | None = None) -> Answer:
        asked.append(today)
        return answer(engine, question, filters, today)

    shutil.copytree(SEEDS, tmp_path / "corpus")
    with Library(settings_for(tmp_path / "corpus", tmp_path / "data"), command="tests") as library:
        library.update()
        monkeypatch.setattr(Engine, "answer", noting)
        (tmp_path / "corpus" / "new.txt").write_text("The museum of the port is closed.", encoding="utf-8")
        library.apply(library.plan(Update()))

    assert set(asked) == {date(2019, 12, 31), date(2020, 1, 2)}
