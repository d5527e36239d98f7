"""What a claim says in a phrase of its own, and of what it says that it is so."""

from __future__ import annotations

import pytest

from retrieval.models import Reference
from retrieval.verification.verification import verify


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("Norvik won on penalties.", "Norvik won 2-1 in extra time against Halden on Saturday."),
        ("Norvik won the cup on penalties.", "Norvik won the cup in extra time on Sunday, beating Halden 2-1."),
        ("Norvik won on penalties.", "Norvik won in extra time after Halden missed two penalties."),
        ("The bill passed by acclamation.", "The bill passed by a narrow vote."),
        ("The mayor paid in cash.", "The mayor paid by card for the dinner."),
        ("The mayor died of cancer.", "The mayor died in a car crash."),
        ("The mayor died in hospital.", "The mayor died at a hotel."),
        ("The mayor died in hospital.", "The mayor died at home. Berg works at a clinic."),
    ],
)
def test_a_phrase_of_which_nothing_is_there_is_not_borne_out(sentence: str, passage: str) -> None:
    found = verify(sentence, [Reference(passage)], strict=True)

    assert not found.supported
    assert "the passage does not say “" in found.reason


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("Norvik won on penalties.", "Norvik won the cup final on penalties after extra time."),
        ("Norvik won on penalties.", "After extra time, Norvik won the cup final in a penalty shootout."),
        ("The mayor died in a crash.", "The mayor died on Monday in a car crash."),
        ("The panda got out through a hole in the fence.", "The panda got out. The fence had a gap."),
        ("The mayor died in hospital.", "The mayor died at a clinic."),
        ("The mayor died at a clinic.", "The mayor died in hospital on Monday."),
        ("Lee was held in custody.", "Lee was held in jail until Friday."),
        ("The panda got out through the hole.", "The panda got out. A fence was broken."),
        ("The panda got out through its hole.", "The panda got out. A fence was broken."),
    ],
)
def test_a_phrase_that_is_there_in_other_words_is_borne_out(sentence: str, passage: str) -> None:
    assert verify(sentence, [Reference(passage)], strict=True).supported


@pytest.mark.parametrize(
    "passage",
    [
        "Sunday was hot in Oslo.",
        "On a hot Sunday in Oslo thousands went to the beach.",
        "The match was on Sunday. It was a hot day.",
        "The festival begins on Sun. at noon.",
        "The festival begins on Sun. at noon. Organisers expect hot weather.",
        "The Sun reported that the hot line was closed.",
    ],
)
def test_what_another_thing_is_is_not_borne_out(passage: str) -> None:
    assert not verify("The sun is hot.", [Reference(passage)], strict=True).supported


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("The sun is hot.", "The sun is very hot, said the astronomer Ann Doe."),
        ("The bridge is safe.", "The bridge was closed on Monday. Engineers called it safe."),
        ("The bridge is safe.", "The bridge was inspected on Monday. The structure is safe, they said."),
        ("The roads are icy.", "Police warned of icy conditions on the roads."),
        ("Olsen is guilty.", "A jury found Olsen guilty of fraud."),
        ("The bridge is unsafe.", "Engineers found that the bridge is not safe."),
        ("The bridge is not safe.", "Engineers called the bridge unsafe."),
        ("The weather is cold.", "It was cold in Oslo."),
        ("The hall is full.", "The hall was filled to the last seat."),
        ("The mayor is dead.", "The mayor died on Monday."),
        ("The night was quiet in Baghdad.", "Baghdad was quiet in the night."),
    ],
)
def test_what_is_said_to_be_so_in_other_words_is_borne_out(sentence: str, passage: str) -> None:
    assert verify(sentence, [Reference(passage)], strict=True).supported


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("The bridge is safe.", "Engineers called the bridge unsafe."),
        ("The bridge is unsafe.", "Engineers called the bridge safe."),
        ("The bridge is unsafe.", "Engineers did not call the bridge safe."),
        ("The bridge is unsafe.", "The bridge may not be safe."),
        ("The bridge is unsafe.", "The bridge was closed on Monday. The road is not safe."),
        ("The weather is cold.", "The soup stood on the table. It was cold."),
        ("The weather is cold.", "It was not cold in Oslo."),
        ("The weather is cold.", "The soup was cold in Oslo."),
        ("The soup is cold.", "It was cold in Oslo."),
        ("The hall is full.", "The glass was filled in the hall."),
        ("The hall is full.", "The hall was not filled."),
        ("The hall is full.", "The hall could be filled to the last seat."),
        ("The mayor is quiet.", "Baghdad was quiet in the night, the mayor said."),
    ],
)
def test_what_is_so_only_of_another_or_not_for_sure_is_not_borne_out(sentence: str, passage: str) -> None:
    assert not verify(sentence, [Reference(passage)], strict=True).supported
