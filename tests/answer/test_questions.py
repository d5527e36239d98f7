"""What a question asks for."""

from __future__ import annotations

import pytest

from retrieval.answer.questions import Asks, asks_for, asks_of_now, offers, parts


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many people came?", Asks.NUMBER),
        ("the number of boats", Asks.NUMBER),
        ("When did the ferry sail?", Asks.TIME),
        ("On what day was the vote?", Asks.TIME),
        ("Who won?", Asks.PERSON),
        ("Which company built it?", Asks.PERSON),
        ("Where did it sink?", Asks.PLACE),
        ("In which city was it?", Asks.PLACE),
        ("Why was it closed?", Asks.REASON),
        ("What caused the fire?", Asks.REASON),
        ("What did the mayor say about it?", Asks.WORDS),
        ("Is the bridge open?", Asks.OTHER),
        ("", Asks.OTHER),
    ],
)
def test_a_questions_first_telling_words_say_what_it_asks_for(question: str, kind: Asks) -> None:
    assert asks_for(question) is kind


@pytest.mark.parametrize(
    ("sentence", "kind", "expected"),
    [
        ("Some 40 boats sank.", Asks.NUMBER, True),
        ("Several boats sank.", Asks.NUMBER, True),
        ("The boats sank.", Asks.NUMBER, False),
        ("It sank on Tuesday.", Asks.TIME, True),
        ("It sank in the storm.", Asks.TIME, False),
        ("It was bought by Anna Lind.", Asks.PERSON, True),
        ("It was bought by a sailor.", Asks.PERSON, False),
        ("It sank near Malta.", Asks.PLACE, True),
        ("It sank because of the storm.", Asks.REASON, True),
        ("“Never again,” he said.", Asks.WORDS, True),
        ("It sank near Malta.", Asks.OTHER, False),
    ],
)
def test_a_sentence_offers_a_kind_of_thing_or_does_not(sentence: str, kind: Asks, expected: bool) -> None:
    assert offers(sentence, kind, "a question") is expected


def test_what_the_question_names_itself_is_no_answer_to_it() -> None:
    assert not offers("It sank on Tuesday.", Asks.TIME, "When on Tuesday did it sink?")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who won the vote and when?", ["Who won the vote and when?"]),
        (
            "Who won the vote on Monday, and when does the term begin?",
            ["Who won the vote on Monday", "when does the term begin?"],
        ),
        ("Who sells fish and chips?", ["Who sells fish and chips?"]),
        (
            "How many boats were sunk? Where were they going to?",
            ["How many boats were sunk?", "Where were they going to?"],
        ),
    ],
)
def test_a_joint_question_has_parts_where_each_can_stand_alone(question: str, expected: list[str]) -> None:
    assert parts(question) == expected


@pytest.mark.parametrize(
    ("question", "now"),
    [
        ("Who is the mayor of Tarn?", True),
        ("who's the mayor of Tarn", True),
        ("When will the bridge open?", True),
        ("Is the activist free on bail?", True),
        ("How many U.S. troops are there?", True),
        ("And what does the plant make?", True),
        ("Who was the mayor of Tarn?", False),
        ("When did the bridge open?", False),
        ("What did the mayor say is wrong?", False),
        ("Which court was it that has freed him?", False),
        ("Was he freed, and is he ill?", False),
    ],
)
def test_a_question_is_about_now_or_about_what_was(question: str, now: bool) -> None:
    assert asks_of_now(question) is now
