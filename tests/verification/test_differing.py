"""Which sentences count the same thing differently, and which only look as if they did."""

from __future__ import annotations

import pytest

from retrieval.verification.differing import differing

KIRKUK = (
    "A barrage of rockets that struck a Kirkuk military installation on Dec. 27 killed an American contractor and "
    "wounded four U.S. troops."
)


@pytest.mark.parametrize(
    ("one", "other", "figures"),
    [
        (
            KIRKUK,
            "Five U.S. troops were wounded when rockets struck a military base in Kirkuk on December 27.",
            ("four U.S. troops", "Five U.S. troops"),
        ),
        (
            KIRKUK,
            "Three U.S. troops were injured on Friday by rockets that struck a Kirkuk military base.",
            ("four U.S. troops", "Three U.S. troops"),
        ),
        (
            "The quake killed 20 people in Izmir on Friday.",
            "The earthquake in Izmir killed 25 people on Friday.",
            ("20 people", "25 people"),
        ),
        (
            "The council approved $3 million for the bridge on Monday.",
            "On Monday the council approved $5 million for the bridge.",
            ("$3 million", "$5 million"),
        ),
        (
            "Unemployment fell to 4.5 percent in May.",
            "Unemployment fell to 4.7 percent in May.",
            ("4.5 percent", "4.7 percent"),
        ),
    ],
)
def test_what_two_articles_count_differently_is_named_as_each_has_it(
    one: str, other: str, figures: tuple[str, str]
) -> None:
    assert differing(one, other) == figures
    assert differing(other, one) == figures[::-1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(KIRKUK, KIRKUK, id="the same"),
        pytest.param("Up to 50 rockets hit the base.", "31 rockets hit the base.", id="up to so many"),
        pytest.param("The first blast killed 3 people.", "The second blast killed 5 people.", id="another in a row"),
        pytest.param("At 5 p.m. people were hurt in the fire.", "At 6 p.m. people were hurt in the fire.", id="hours"),
        pytest.param("The ministry plans to send 500 troops.", "The ministry sent 300 troops.", id="only planned"),
        pytest.param(
            "Three people were killed in the attack in Kirkuk on Friday.",
            "Five people were wounded in the attack in Kirkuk on Friday.",
            id="another deed",
        ),
        pytest.param(
            "The quake killed 20 people in Izmir on Friday.",
            "The quake killed 25 people in Athens on Friday.",
            id="another place",
        ),
        pytest.param(
            "The quake killed at least 20 people in Izmir on Friday.",
            "The earthquake in Izmir killed 25 people on Friday.",
            id="at least so many",
        ),
        pytest.param(
            "About 5,000 people marched in Oslo on Saturday.",
            "Police said 5,200 people marched through Oslo on Saturday.",
            id="about so many",
        ),
        pytest.param(
            "The ferry sank on 3 May with its captain.", "The ferry sank on 4 May with its captain.", id="only the day"
        ),
        pytest.param(
            "It was the third attack on the base in Kirkuk.",
            "It was the fourth attack on the base in Kirkuk.",
            id="only the place in a row",
        ),
        pytest.param("Four troops were wounded.", "The council met in Oslo for five hours.", id="something else"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_what_only_looks_different_is_let_be(one: str, other: str) -> None:
    assert differing(one, other) is None
