"""Articles that differ: which of them counts, by their days and by what they take back."""

from __future__ import annotations

from datetime import date

import pytest

from retrieval.models import Reference, Verification
from retrieval.verification.corrections import is_correction
from retrieval.verification.verification import verify

EARLIER, LATER = date(2024, 1, 3), date(2024, 1, 5)
ON_BAIL = "Olsen is free on bail."
NINE = "Nine people died in the Halden fire."
TWELVE = "Twelve people died in the Halden fire."
CORRECTION = "Correction: Twelve people died in the Halden fire, not nine, as an earlier version of this article said."
MISSTATED = "Correction: An earlier version of this article misstated the number of deaths as nine."


def held(sentence: str, *passages: tuple[str, date | None]) -> Verification:
    return verify(sentence, [Reference(text, published) for text, published in passages], strict=True)


@pytest.mark.parametrize("revoked", [LATER, EARLIER, None])
@pytest.mark.parametrize(
    ("sentence", "passage", "other"),
    [
        (ON_BAIL, "Olsen is free on bail.", "A judge revoked Olsen's bail on Thursday."),
        (ON_BAIL, "Olsen is free on bail.", "A judge revoked his bail after Olsen had missed a hearing."),
        (ON_BAIL, "Olsen was released on bail.", "Olsen's bail was withdrawn."),
        ("The ban on fishing is in force.", "A ban on fishing is in force.", "The ban on fishing was lifted."),
        ("Olsen was acquitted.", "Olsen was acquitted on Monday.", "An appeals court overturned Olsen's acquittal."),
    ],
)
def test_what_is_revoked_in_no_older_article_is_otherwise(
    sentence: str, passage: str, other: str, revoked: date | None
) -> None:
    found = held(sentence, (passage, EARLIER), (other, revoked))

    assert not found.supported
    assert found.against
    assert found.quote == other


def test_what_is_revoked_further_down_is_otherwise() -> None:
    down = "On Thursday a judge revoked the bail and Olsen was taken back to jail."
    found = held(ON_BAIL, (f"Olsen was arrested on Monday and is free on bail of $50,000.\n\n{down}", EARLIER))

    assert found.against
    assert found.quote == down


@pytest.mark.parametrize(
    ("sentence", "passage", "other"),
    [
        (ON_BAIL, "Olsen is free on bail.", "Prosecutors want Olsen's bail revoked."),
        (ON_BAIL, "Olsen is free on bail.", "A judge refused to revoke Olsen's bail."),
        (ON_BAIL, "Olsen is free on bail.", "Olsen's bail was not revoked."),
        (ON_BAIL, "Olsen is free on bail.", "A judge revoked Berg's bail."),
        (ON_BAIL, "Olsen is free on bail.", "Olsen's passport was revoked."),
        ("Olsen was released on bail.", "Olsen was released on bail.", "Olsen's bail was revoked."),
        ("Olsen's bail was revoked.", "Olsen is free on bail.", "Olsen's bail was revoked."),
        ("Olsen was acquitted.", "Olsen was acquitted.", "An appeals court overturned Berg's acquittal."),
    ],
)
def test_what_is_not_revoked_or_only_for_another_is_borne_out(sentence: str, passage: str, other: str) -> None:
    assert held(sentence, (passage, EARLIER), (other, LATER)).supported


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(
    ("sentence", "other"),
    [
        ("The United States has 5,000 troops in Iraq.", "The United States withdrew its troops from Iraq in May."),
        ("Iran faces sanctions.", "Obama lifted sanctions on Iran in 2016, and Trump imposed them again in 2018."),
        ("Iran is under sanctions.", "Obama lifted sanctions on Iran in 2016, and Trump imposed them again in 2018."),
        ("The union is on strike.", "The union ended an earlier strike on Monday."),
        ("The union is on strike.", "A rival ended its strike on Monday."),
        ("The ceasefire holds.", "An earlier ceasefire ended in bloodshed in May."),
        ("The season begins in May.", "The last season ended in October."),
        ("Lee leads the campaign.", "Lee's rival suspended his campaign in May."),
        ("Lee is on probation.", "Lee's rival lifted his probation."),
        ("The company holds a licence for the mine.", "The state revoked the licence of a rival."),
        ("The ban on fishing is in force.", "The ban on hunting was lifted."),
        ("The ban on fishing is in force.", "The state will not renew it when the ban expires in 2040."),
        ("The war is in its third year.", "Lee says he ended the war, which is not true."),
        ("Olsen is under house arrest.", "Berg says he lifted the house arrest of Olsen, which is not true."),
        ("The court convicted Doe.", "The conviction of his brother was overturned."),
        ("The court convicted Doe.", "The conviction of Doe's brother was overturned."),
    ],
)
def test_what_was_so_of_another_or_long_ago_revokes_nothing(sentence: str, other: str, apart: bool) -> None:
    passages = [sentence, other] if apart else [f"{sentence} {other}"]

    assert held(sentence, *((one, EARLIER) for one in passages)).supported


@pytest.mark.parametrize(
    ("sentence", "other"),
    [
        ("The union is on strike.", "The union ended its strike in January."),
        ("Iran is under sanctions.", "Trump lifted the sanctions on Iran."),
        ("Iran is under sanctions.", "Sanctions against Iran have been lifted."),
        (ON_BAIL, "Olsen's bail was revoked, police said."),
        (ON_BAIL, "Olsen fled when a judge revoked his bail."),
        ("The court convicted Doe.", "The conviction of Doe was overturned."),
    ],
)
def test_what_was_revoked_of_the_very_one_is_otherwise(sentence: str, other: str) -> None:
    assert held(sentence, (f"{sentence} {other}", EARLIER)).against
    assert held(sentence, (sentence, EARLIER), (other, LATER)).against


def test_what_was_revoked_may_be_another_one_where_too_little_says_which() -> None:
    sentence = "The ban on fishing is in force."

    assert held(sentence, (sentence, EARLIER), ("A ban was lifted on Tuesday.", LATER)).supported


def test_what_is_so_again_is_borne_out_though_its_quote_leaves_something_out() -> None:
    again = "Olsen lives in Halden. It is a small town. He is free on bail again."

    assert held("Olsen is free on bail in Halden.", (again, LATER), ("Olsen's bail was revoked.", EARLIER)).supported


def test_what_is_so_again_is_borne_out() -> None:
    assert held(ON_BAIL, ("Olsen is free on bail again.", LATER), ("Olsen's bail was revoked.", EARLIER)).supported


@pytest.mark.parametrize("newer_first", [False, True])
def test_the_newer_figure_wins(newer_first: bool) -> None:
    passages = [(NINE, EARLIER), (TWELVE, LATER)]
    passages = passages[::-1] if newer_first else passages

    assert held("12 people died in the Halden fire.", *passages).supported
    found = held(NINE, *passages)
    assert found.against
    assert found.quote == TWELVE


@pytest.mark.parametrize(
    "newer",
    [
        "The number of victims of the fire in Halden is now 12.",
        "Officials corrected the toll of the fire in Halden to 12 people.",
        "The Halden fire killed 12 people, officials said.",
    ],
)
def test_an_older_figure_does_not_speak_against_a_newer_one(newer: str) -> None:
    assert not held("12 people died in the Halden fire.", (newer, LATER), (NINE, EARLIER)).against


@pytest.mark.parametrize(
    "newer",
    [
        "Twelve people died in the Norvik fire.",
        "Twelve people were hurt in the Halden fire.",
        "At least five people died in the Halden fire.",
    ],
)
def test_a_newer_figure_of_something_else_overrules_none(newer: str) -> None:
    assert held(NINE, (NINE, EARLIER), (newer, LATER)).supported


def test_an_older_figure_still_speaks_against_what_a_newer_article_says_of_something_else() -> None:
    found = held(TWELVE, (NINE, EARLIER), ("The storm in Tarn killed 12 people.", LATER))

    assert found.against
    assert found.quote == NINE


def test_figures_of_which_none_is_newer_are_both_borne_out() -> None:
    assert held(NINE, (NINE, EARLIER), (TWELVE, EARLIER)).supported
    assert held(TWELVE, (NINE, EARLIER), (TWELVE, EARLIER)).supported
    assert held(NINE, (NINE, None), (TWELVE, LATER)).supported


@pytest.mark.parametrize("correction", [CORRECTION, f"{TWELVE}\n\n{MISSTATED}"])
def test_a_correction_wins_over_its_article(correction: str) -> None:
    for passages in ([correction], [NINE, correction], [correction, NINE]):
        found = held(NINE, *((one, EARLIER) for one in passages))
        assert found.against
        assert found.passage == passages.index(correction) + 1
        assert held(TWELVE, *((one, EARLIER) for one in passages)).supported


def test_what_an_earlier_version_said_is_not_borne_out() -> None:
    said = "Correction: An earlier version of this article said that the fire was in Norvik. It was in Halden."

    assert held("The fire was in Norvik.", (said, EARLIER)).against
    assert held("The fire was in Norvik.", ("The fire was in Norvik.", EARLIER), (said, EARLIER)).against


@pytest.mark.parametrize(
    "said",
    [
        "Correction: The article said that nine people died in the Halden fire.",
        "Correction\n\nThe article said that nine people died in the Halden fire.",
        "Clarification: The article, since corrected, said that nine people died in the Halden fire.",
        "An earlier version of this story said that nine people died in the Halden fire.",
        "The article incorrectly said that nine people died in the Halden fire.",
        "An earlier version of this article misstated the number of deaths in the Halden fire as nine.",
    ],
)
def test_what_a_correction_says_that_was_said_is_otherwise(said: str) -> None:
    assert held(NINE, (said, EARLIER)).against


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        (NINE, "An earlier report said that nine people died in the Halden fire."),
        ("The city is sinking.", "A previous United Nations report said that the city is sinking."),
        (
            "Berg took bribes.",
            "In an earlier article, the newspaper said that Berg took bribes. Berg admitted it.",
        ),
        ("The city is sinking.", "A previous edition of the survey said that the city is sinking."),
        ("Iran was behind the attack.", "The original story said that Iran was behind the attack."),
        ("Iran was behind the attack.", "Editor's note: It is graphic.\n\nThe story said Iran was behind the attack."),
        (
            "Iran was behind the attack.",
            "Editor's note: The story said that Iran was behind the attack.",
        ),
        (
            "Iran was behind the attack.",
            "Correction: The captain's name was misspelled.\n\nThe report said that Iran was behind the attack.",
        ),
    ],
)
def test_what_an_earlier_report_said_is_not_wrong(sentence: str, passage: str) -> None:
    assert held(sentence, (passage, EARLIER)).supported


def test_a_correction_of_another_figure_takes_back_nothing() -> None:
    sentence = "Nine houses burned in Norvik."
    boy = "Correction: An earlier version of this article misstated the age of the boy as nine."

    assert held(sentence, (f"{sentence}\n\n{boy}", EARLIER)).supported


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Correction: Fire in Halden", True),
        ("It rained.\n\n“Corrected”: It was in Halden.", True),
        ("Editor's note: This article contains graphic details.", False),
        ("Clarification: The mayor spoke on Monday.", False),
        ("Editor’s note: This article has been corrected.", True),
        ("Clarification: An earlier version misstated the day.", True),
        ("Editor's note:\n\nAn earlier version misstated the day.", True),
        ("Correctional officers: nine", False),
        ("\n" * 200_000, False),
        ("- \n" * 200_000 + "Correction: nine", True),
    ],
    ids=range(10),
)
def test_only_what_corrects_something_is_a_correction(text: str, expected: bool) -> None:
    assert is_correction(text) == expected


def test_what_a_report_said_is_no_correction() -> None:
    for said in ("Nine people died in the fire, the report said.", "Correction officers said that nine people died."):
        assert held(said, (said, EARLIER)).supported


def test_a_number_that_is_denied_is_not_there() -> None:
    reference = ("Correction: 12 people died in the fire, not nine.", EARLIER)

    assert held("12 people died in the fire.", reference).supported
    assert held("Nine people died in the fire.", reference).against
