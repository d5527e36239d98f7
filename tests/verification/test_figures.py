"""Which articles answer a question with different figures, and which only seem to."""

from __future__ import annotations

from datetime import date

import pytest

from retrieval.answer.extraction import Candidate
from retrieval.models import Article, Paragraph, Span
from retrieval.verification.figures import differing
from retrieval.weights import SIGNS, Signs


def told(day: str, text: str, title: str = "") -> Candidate:
    """Return the last sentence of an article as one that answers well; each line is a paragraph."""
    body = f"{title}\n\n{text}" if title else text
    paragraphs, at = [], 0
    for part in body.split("\n\n"):
        paragraphs.append(Paragraph(at, at + len(part)))
        at += len(part) + 2
    start = max(body.rfind(". ") + 2 if ". " in paragraph_text(body, paragraphs[-1]) else 0, paragraphs[-1].start)
    published = date.fromisoformat(day) if day else None
    article = Article(f"{day}{text}", title, None, (), published, None, body, tuple(paragraphs))
    span = Span(start, len(body))
    return Candidate(article, len(paragraphs), span, span, Signs(1, 1, 1, 0, 0), SIGNS)


def paragraph_text(body: str, one: Paragraph) -> str:
    return body[one.start : one.end]


def figures(question: str, *found: Candidate) -> list[str]:
    """Return the figures as they are told apart, the latest with a star, a correction with an exclamation mark."""
    return [f"{one.written}{'*' * one.latest}{'!' * one.corrects}" for _, one in differing(question, found)]


@pytest.mark.parametrize(
    ("question", "one", "other", "expected"),
    [
        pytest.param(
            "How many people died when the ferry sank at Lorvik?",
            "Twelve people died when the ferry sank at Lorvik, the coast guard said.",
            "Police said on Tuesday that 17 people died when the ferry sank at Lorvik.",
            ["12", "17*"], id="died",
        ),
        pytest.param(
            "How many people were killed by the storm?",
            "The storm killed nine people in Tarn on Monday.",
            "At least 12 people died in the storm, the mayor of Tarn said.",
            ["9", "12*"], id="killed and died",
        ),
        pytest.param(
            "How many protesters were wounded in Harrow?",
            "Forty protesters were wounded in Harrow on Saturday.",
            "Doctors said 52 protesters were injured in Harrow.",
            ["40", "52*"], id="wounded and injured",
        ),
        pytest.param(
            "How many people were arrested in Harrow?",
            "Police arrested 15 people in Harrow on Saturday.",
            "Four people were wounded and 21 people were arrested in Harrow on Saturday.",
            ["15", "21*"], id="the one arrested of two counts",
        ),
        pytest.param(
            "How many votes did Anna Berg get?",
            "Anna Berg got 4,100 votes, the council said.",
            "Berg received 4,250 votes after the recount.",
            ["4,100", "4,250*"], id="votes",
        ),
        pytest.param(
            "How many people were killed in the fire?",
            "The fire killed nine people.",
            "Officials said 12 people were killed in the fire, not nine people as reported earlier.",
            ["9", "12*"], id="not nine",
        ),
        pytest.param(
            "How many people were killed in the fire?",
            "The fire in Tarn killed nine people.",
            "Earlier reports said nine people were killed in the fire in Tarn, but 12 people were killed.",
            ["9", "12*"], id="earlier reports",
        ),
        pytest.param(
            "How many U.S. troops are in Iraq?",
            "The U.S. has about 5,000 troops in Iraq.",
            "There are 5,200 American troops in Iraq.",
            ["5,000", "5,200*"], id="troops",
        ),
        pytest.param(
            "How many houses did the flood destroy?",
            "The flood destroyed 30 houses in Tarn on 3 May.",
            "The flood of May 3 destroyed 44 houses in Tarn.",
            ["30", "44*"], id="of one day",
        ),
        pytest.param(
            "How many people were evacuated?",
            "On Monday 300 people were evacuated from Tarn.",
            "On Monday, 450 people were evacuated, officials said on Tuesday.",
            ["300", "450*"], id="said on another day",
        ),
        pytest.param(
            "How many people were injured in the crash?",
            "The crash left 12 people injured.",
            "There were 14 people injured in the crash.",
            ["12", "14*"], id="left and there were",
        ),
        pytest.param(
            "How many people were killed in the blast in Tarn?",
            "Nine people were killed in the blast on Quay Street in Tarn.",
            "The death of 11 people in the blast in Tarn was confirmed.",
            ["9", "11*"], id="the death of so many",
        ),
        pytest.param(
            "How many homes lost power?",
            "Some 2,000 homes lost power on Friday.",
            "The storm of Friday cost one life, and 3,100 homes lost power.",
            ["2,000", "3,100*"], id="homes",
        ),
        pytest.param(
            "How many people attended the rally in Harrow?",
            "The rally in Harrow was attended by 3,000 people.",
            "About 5,000 people attended the rally in Harrow.",
            ["3,000", "5,000*"], id="by so many",
        ),
        pytest.param(
            "How many people died in the fire?",
            "Nine people died in the fire, and 30 people were hurt.",
            "Thirty-one people were hurt and 10 people died in the fire.",
            ["9", "10*"], id="each with two counts",
        ),
        pytest.param(
            "How many workers did Norfab lay off?",
            "Norfab laid off 120 workers in Tarn.",
            "Norfab said it had laid off 150 workers.",
            ["120", "150*"], id="laid off",
        ),
        pytest.param(
            "How many seats did the Green Party win?",
            "The Green Party won 14 seats.",
            "The Green Party won 15 seats, the final result shows.",
            ["14", "15*"], id="seats",
        ),
    ],
)  # fmt: skip
def test_figures_of_the_same_thing_differ(question: str, one: str, other: str, expected: list[str]) -> None:
    older, newer = told("2024-05-06", one), told("2024-05-08", other)

    assert figures(question, older, newer) == expected
    assert figures(question, newer, older) == expected


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        pytest.param(
            "How many people were wounded at the protest in Harrow?",
            "Forty people were wounded at the protest in Harrow.",
            "Four people were arrested at the protest in Harrow.", id="another deed",
        ),
        pytest.param(
            "How many people were wounded in Harrow?",
            "Forty people were wounded in Harrow.",
            "Four people were arrested and 40 people were wounded in Harrow.", id="the other of two counts",
        ),
        pytest.param(
            "How many people died in the storm?",
            "Nine people died in the storm.",
            "The storm left 300 people homeless.", id="what is said of them",
        ),
        pytest.param(
            "How many people were killed in the blast?",
            "The blast killed nine people.",
            "The blast wounded 40 people.", id="killed and wounded",
        ),
        pytest.param(
            "How many votes did Anna Berg get?",
            "Anna Berg got 4,100 votes.",
            "Karl Lund got 3,900 votes.", id="another candidate",
        ),
        pytest.param(
            "How many votes did Anna Berg get?",
            "Anna Berg got 4,100 votes.",
            "Anna Berg won by 200 votes.", id="by how many",
        ),
        pytest.param(
            "How many people were arrested in Harrow?",
            "Police arrested 15 people in Harrow.",
            "Police arrested 21 people in Velmar, as they had in Harrow.", id="another place",
        ),
        pytest.param(
            "How many people were arrested in the protests?",
            "Police arrested 15 people in Harrow.",
            "Police arrested 21 people in Velmar.", id="places that the question does not name",
        ),
        pytest.param(
            "How many people were arrested in Harrow?",
            "Police arrested 15 people in Harrow.",
            "Police arrested 15 people in Harrow and 21 people in Velmar.", id="two places",
        ),
        pytest.param(
            "How many people were arrested in Harrow?",
            "Police arrested 15 people in Harrow on Saturday.",
            "Police arrested 21 people in Harrow on Sunday.", id="another day",
        ),
        pytest.param(
            "How many people died when the ferry sank?",
            "Twelve people died when the ferry sank.",
            "In 2019, 30 people died when a ferry sank.", id="years before",
        ),
        pytest.param(
            "How many people died when the ferry sank?",
            "Twelve people died when the ferry sank.",
            "Three more people died in hospital after the ferry sank.", id="more",
        ),
        pytest.param(
            "How many people were arrested?",
            "Police arrested 15 people in Harrow.",
            "Police arrested six young people in Harrow.", id="some of them",
        ),
        pytest.param(
            "How many people died in the fire?",
            "Twelve people died in the fire.",
            "Up to 30 people may have died in the fire.", id="only feared",
        ),
        pytest.param(
            "How many people were killed in the fire?",
            "The fire killed 12 people.",
            "The fire killed 12 people, not nine people.", id="a denied one",
        ),
        pytest.param(
            "How many troops are in Iraq?",
            "There are 5,000 troops in Iraq.",
            "The U.S. sent 750 troops to Iraq.", id="sent, not there",
        ),
        pytest.param(
            "How many miners were rescued?",
            "Rescuers saved 33 miners in Copar.",
            "Rescuers saved 12 of the 40 miners in Copar.", id="the whole",
        ),
        pytest.param(
            "How many people were killed by the typhoon?",
            "Typhoon Anna killed nine people.",
            "Typhoon Berta killed 14 people.", id="another doer",
        ),
        pytest.param(
            "How many people were released?",
            "Police released eight people in Harrow.",
            "Police arrested 15 people in Harrow.", id="arrested and released",
        ),
        pytest.param(
            "How many seats did the Green Party win?",
            "The Green Party won 14 seats.",
            "The Labour Party won 41 seats.", id="another party",
        ),
        pytest.param(
            "How many people were arrested at the march?",
            "Four people were arrested at the march on 4 May.",
            "Nine people were arrested at the march on 8 May.", id="another day's march",
        ),
        pytest.param(
            "How many protesters were wounded?",
            "Forty protesters were wounded.",
            "Four policemen and 12 protesters were arrested.", id="protesters who were arrested",
        ),
        pytest.param(
            "How many people died in the fire?",
            "Nine people died in the fire.",
            "Nobody died in the fire, but 30 people were hurt.", id="nobody",
        ),
        pytest.param(
            "How many people were killed in Tarn?",
            "Nine people were killed in Tarn.",
            "Nine people were killed in Tarn and five people were killed in Lorvik.", id="a second place",
        ),
        pytest.param(
            "How many firefighters were called to the fire?",
            "Sixty firefighters were called to the fire.",
            "Two firefighters were hurt in the fire.", id="of the same trade",
        ),
        pytest.param(
            "How many schools were closed in Tarn?",
            "Twelve schools were closed in Tarn.",
            "Twelve schools and 30 shops were closed in Tarn.", id="other things",
        ),
    ],
)  # fmt: skip
def test_figures_of_something_else_do_not_differ(question: str, one: str, other: str) -> None:
    older, newer = told("2024-05-06", one), told("2024-05-08", other)

    assert figures(question, older, newer) == []
    assert figures(question, newer, older) == []


QUESTION = "How many people died in the fire in Tarn?"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            told("2024-05-07", "The council voted on Tuesday. Karl Lund got 3,900 votes."),
            told("2024-05-22", "The recount took all night. Karl Lund got 9,412 votes."),
            id="the day named before it",
        ),
        pytest.param(
            told("2024-05-07", "Karl Lund got 3,900 votes.", "Primary in Tarn"),
            told("2024-05-22", "On Tuesday, Karl Lund got 9,412 votes."),
            id="a day after the other article",
        ),
    ],
)
def test_an_article_does_not_count_what_is_not_of_its_time(one: Candidate, other: Candidate) -> None:
    assert figures("How many votes did Karl Lund get?", one, other) == []
    assert figures("How many votes did Karl Lund get?", other, one) == []


def test_what_the_title_or_the_sentence_before_names_need_not_be_named_again() -> None:
    older = told("2024-05-06", "Nine people died, the hospital said.", "Fire in Tarn")
    newer = told("2024-05-07", "The fire in Tarn is out. Twelve people died.")

    assert figures(QUESTION, newer, older) == ["9", "12*"]


def test_an_article_about_something_else_in_the_same_place_does_not_differ() -> None:
    older = told("2024-05-06", "Nine people died in the flood in Tarn.")
    newer = told("2024-05-07", "Twelve people died in the fire in Tarn.")

    assert figures(QUESTION, newer, older) == []


def test_of_more_figures_than_are_quoted_the_best_and_the_latest_are() -> None:
    found = [told(f"2024-05-0{day}", f"{day} people died in the fire in Tarn.") for day in (4, 3, 2, 6)]

    assert figures(QUESTION, *found) == ["3", "4", "6*"]


def test_a_figure_is_as_new_as_the_newest_article_that_has_it() -> None:
    again = told("2024-05-08", "Nine people died in the fire in Tarn, the mayor repeated.")
    found = [
        told("2024-05-06", "Nine people died in the fire in Tarn."),
        told("2024-05-07", "Twelve people died in the fire in Tarn."),
    ]

    assert figures(QUESTION, *found, again) == ["12", "9*"]


@pytest.mark.parametrize("day", ["", "2024-05-06"])
def test_none_is_the_latest_where_that_is_not_known(day: str) -> None:
    found = [
        told("2024-05-06", "Nine people died in the fire in Tarn."),
        told(day, "Twelve people died in the fire in Tarn."),
    ]

    assert "*" not in "".join(figures(QUESTION, *found))
    assert len(figures(QUESTION, *found)) == 2


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Twelve people died in the fire in Tarn.", "Correction: Fire in Tarn"),
        ("Correction: Twelve people died in the fire in Tarn, not nine people.", ""),
        (
            "Correction: An earlier version had a number lower than 12.\n\n12 people died in the fire in Tarn.",
            "",
        ),
    ],
)
def test_an_article_that_is_a_correction_is_said_to_be_one(text: str, title: str) -> None:
    older = told("2024-05-06", "Nine people died in the fire in Tarn.")

    assert figures(QUESTION, older, told("2024-05-07", text, title)) == ["9", "12*!"]


def test_a_correction_of_something_else_is_none_of_the_figure() -> None:
    older = told("2024-05-06", "Nine people died in the fire in Tarn.")
    newer = told(
        "2024-05-07", "Correction: The captain's name was misspelled.\n\nTwelve people died in the fire in Tarn."
    )

    assert figures(QUESTION, older, newer) == ["9", "12*"]
