"""Quoted words are found as a keyboard types them, and shown as the article writes them."""

from __future__ import annotations

import pytest

from tests.bot.conftest import Bot

USAGE = 2

TEXT = (
    "The Sha’ir “wanted to sing,” said the mayor\u00a0… of Alda–Boro.\n\n"
    "Two ferries sank in 2001, 2003 and\n2005.\n\nThe Sha'ir said 3 x 3 (or 9)."
)


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Bot:
    """The program over one article."""
    folder = tmp_path_factory.mktemp("harbour")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "harbour.txt").write_text(TEXT, encoding="utf-8")
    made = Bot(folder / "corpus", folder / "data")
    assert made.here("index").code == 0
    return made


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Sha’ir “wanted", "Sha’ir “wanted"),
        ("Sha'ir", "Sha'ir"),
        ("the sha'ir", None),
        ("""Sha'ir "wanted to sing," said""", "Sha’ir “wanted to sing,” said"),
        ("mayor ... of Alda-Boro", "mayor\u00a0… of Alda–Boro"),
        ("2003 and 2005", "2003 and\n2005"),
        ("3 x 3 (or 9).", "3 x 3 (or 9)."),
        ("Shair", None),
        ("3 . 3", None),
        ("  ", None),
    ],
)
def test_words_are_found_in_any_typography(harbour: Bot, typed: str, shown: str | None) -> None:
    ran = harbour.here("source", "harbour", "--quote", typed, "--json")

    if shown is None:
        ran.assert_told(USAGE, "These words do not stand in harbour, letter for letter")
    else:
        start, end = ran.object["highlight"]
        assert ran.object["text"][start:end] == shown


def test_words_are_looked_for_in_the_paragraph_that_is_named(harbour: Bot) -> None:
    start, end = harbour.here("source", "harbour", "--paragraph", "3", "--quote", "Sha’ir", "--json").object[
        "highlight"
    ]

    assert TEXT[start:end] == "Sha'ir"
    assert start > TEXT.index("2005")


def test_the_articles_own_words_are_highlighted(harbour: Bot) -> None:
    assert "Sha’ir “wanted" in harbour.here("source", "harbour", "--quote", "Sha'ir \"wanted").out
