"""Abbreviations that an article defines or uses beside the name."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.corpus.names import TOGETHER, Row, abbreviations, with_abbreviations


def pairs(text: str) -> list[tuple[str, str]]:
    return [(one.short, one.long) for one in abbreviations(text)]


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("The Popular Mobilization Forces (PMF) marched.", "PMF", "Popular Mobilization Forces"),
        ("The PMF (Popular Mobilization Forces) marched.", "PMF", "Popular Mobilization Forces"),
        ("the PMF, or Popular Mobilization Forces, marched", "PMF", "Popular Mobilization Forces"),
        ("the Popular Mobilization Forces, or PMF, marched", "PMF", "Popular Mobilization Forces"),
        ("said U.S. Central Command (CENTCOM) on Monday", "CENTCOM", "Central Command"),
        ("the Islamic State of Iraq and Syria, known as ISIS, fell", "ISIS", "Islamic State of Iraq and Syria"),
        ("the Harbour Safety Board, better known as the HSB, met", "HSB", "Harbour Safety Board"),
        ("the Harbour Safety Board — it met. It is referred to as HSB.", "HSB", "Harbour Safety Board"),
        ("HSB stands for Harbour Safety Board.", "HSB", "Harbour Safety Board"),
        ("the Harbour Safety Board (“HSB”) met", "HSB", "Harbour Safety Board"),
        ("the Harbour Safety Board (the HSB) met", "HSB", "Harbour Safety Board"),
        ("the Centers for Disease Control and Prevention (CDC)", "CDC", "Centers for Disease Control and Prevention"),
        ("the Department of the Harbours (DOTH)", "DOTH", "Department of the Harbours"),
        ("the United Nations (U.N.) said", "U.N.", "United Nations"),
        ("two improvised explosive devices (IEDs) were found", "IEDs", "improvised explosive devices"),
        ("the Ministry of Defence (MoD) said", "MoD", "Ministry of Defence"),
        ("All-domain Anomaly Resolution Office (AARO)", "AARO", "All-domain Anomaly Resolution Office"),
        ("a limited liability corporation (LLC)", "LLC", "limited liability corporation"),
        ("a state television (TV) crew", "TV", "television"),
        ("IDF (Israel Defense Forces)", "IDF", "Israel Defense Forces"),
    ],
)
def test_a_definition_gives_both_forms(text: str, short: str, long: str) -> None:
    assert pairs(text) == [(short, long)]


@pytest.mark.parametrize(
    "text",
    [
        "Rep. Ronny Tall (R-Texas) said so.",
        "Sen. Dora Nell (D-N.Y.) said so.",
        "The report (2019) was read.",
        "PORT ALDA (PA) — The mayor left.",
        "Albany Park (AP) — The mayor left.",
        "ALDA (AP) — The mayor left.",
        "The mayor (pictured) left the (AP) building.",
        "The mayor of Alda (left) and her F-16 fighter (F-16)",
        "the Harbour Safety Board (OK)",
        "the Harbour Safety Board. PMF groups met.",
        "the harbour safety board met the HSB",
        "Harbour (HSB) Safety Board",
        "The HSB board, or what was left of it, met.",
        "",
        "() ( ) (A) (AB",
    ],
)
def test_what_is_no_definition_gives_none(text: str) -> None:
    assert pairs(text) == []


def test_a_name_and_its_capital_letters_in_one_text_belong_together() -> None:
    text = "Fighters of Iraq’s Popular Mobilization Forces came.\n\nPMF groups left. The PMF said so."

    assert pairs(text) == [("PMF", "Popular Mobilization Forces")]


def test_what_is_defined_is_not_guessed_at() -> None:
    text = "Harry Stein Bell of the Harbour Safety Board (HSB) spoke."

    assert pairs(text) == [("HSB", "Harbour Safety Board")]


def test_both_forms_have_their_places() -> None:
    text = "In Alda the Harbour Safety Board, or HSB, met. The World Ferry Union was there. WFU members sang."

    found = abbreviations(text)

    assert [one.short for one in found] == ["HSB", "WFU"]
    for one in found:
        assert text[one.short_at.start : one.short_at.end] == one.short
        assert text[one.long_at.start : one.long_at.end] == one.long
    assert found[0].short_at.start == text.index("HSB")


@given(st.text(st.sampled_from("AB ab.,()-’\n"), max_size=200))
def test_in_any_text_the_places_hold_the_forms(text: str) -> None:
    for one in abbreviations(text):
        assert text[one.short_at.start : one.short_at.end] == one.short
        assert text[one.long_at.start : one.long_at.end] == one.long
        assert len(one.long) > len(one.short)


def test_an_articles_forms_come_with_its_first_passage() -> None:
    day = date(2020, 1, 2)
    rows: list[Row] = [
        ("1", "Alda", "The Harbour Safety Board met.", day),
        ("2", "Alda", "The HSB left.", day),
        ("3", "Boro", "The HSB is not the Hill Station Band.", None),
    ]

    found = list(with_abbreviations(rows))

    assert [row for row, _ in found] == rows
    assert [forms for _, forms in found] == [
        {("HSB", "Harbour Safety Board")},
        set(),
        {("HSB", "Hill Station Band")},
    ]


def test_of_an_endless_article_no_passage_is_lost() -> None:
    rows: list[Row] = [
        (str(number), "Alda", f"The HSB met {number} times.", None) for number in range(2 * TOGETHER + 1)
    ]

    assert [row for row, _ in with_abbreviations(iter(rows))] == rows
