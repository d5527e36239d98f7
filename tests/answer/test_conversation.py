"""What a follow-up is understood to ask, and that it then finds the quote that a whole question would find."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from retrieval.answer.conversation import MAX_TURNS, understand
from retrieval.library import Library
from retrieval.models import Answer, Turn, Verdict
from tests.conftest import GOLD, settings_for


@dataclass(frozen=True)
class Dialogue:
    """What is asked one after the other, and words that a quote of the last answer must have."""

    asked: tuple[str, ...]
    quoted: str


DIALOGUES = [
    Dialogue(tuple(asked), quoted)
    for quoted, *asked in (
        # Ellipsis: a question without its matter.
        ("wounded four U.S. troops", "Who was killed in the rocket attack at Kirkuk?", "and how many were wounded?"),
        ("killed an American contractor", "How many American soldiers were injured at Kirkuk?", "and who was killed?"),
        ("Dec. 27", "How many rocket attacks were there against Iraqi bases?", "and on Kirkuk?"),
        # A pronoun, twice.
        ("no reports of injuries", "Who stormed it?", "What did they set fire to?", "was anyone hurt there?"),
        # A lone question word.
        ("militia Tuesday", "Who attacked the embassy?", "when?"),
        ("after a shocking attack", "When will the Pentagon send more troops to the embassy?", "why?"),
        ("on Wednesday bound for Kuwait", "Which battalion boarded planes for Kuwait?", "When was that?"),
        ("designed to inflict damage", "When was the attack on Kirkuk, with 31 rockets?", "Why did that happen?"),
        ("about 5,000 troops", "Are American troops stationed in Iraq?", "how many?"),
        ("highly unlikely to be physically overrun", "Who is confident that the embassy is strong?", "why?"),
        # Another phrase in place of one.
        ("with 100 Marines", "How many paratroopers are being sent?", "what about the Marines?"),
        ("750 paratroopers", "How many Marines were sent to reinforce the embassy?", "and paratroopers?"),
        ("paratroopers with the 82nd Airborne to Kuwait", "How many troops are sent to Iraq?", "and to Kuwait?"),
        (
            "highly unlikely to be",
            "What did Milley say about the protesters?",
            "and about the integrity of the embassy?",
        ),
        ("core members", "What did Esper say about the protesters?", "What about Milley?"),
        # Who said it.
        ("fiction of deniability", "What were the strikes to restore?", "who said that?"),
        ("The game has changed", "Has the game changed in the region?", "Who said this?"),
        ("We haven’t seen sufficient action", "Has there been sufficient action on that front?", "And who said that?"),
        # Pronouns.
        (
            "confident that the integrity",
            "Who is the chairman of the Joint Chiefs?",
            "is he confident that the embassy is strong?",
        ),
        (
            "called on the Iraqi government to ensure",
            "Who is the defense secretary?",
            "What did he call on Iraq to do?",
        ),
        ("Molotov cocktails", "Who camped in front of the American embassy?", "what did they throw?"),
        ("ISIS’ rampage across Iraq in 2014", "Are the PMF groups popular in Iraq?", "how did they begin?"),
        ("Down, Down USA", "Who tried to scale the walls of the embassy?", "what did they shout?"),
        (
            "extensive network of militia and proxy groups",
            "Who does the US hold responsible?",
            "how does it carry out attacks?",
        ),
        ("set up a command center", "What did the militia throw at the embassy?", "and what did it set up?"),
        # What is pointed at.
        ("Dec. 27 killed an American contractor", "What was hit by a barrage of rockets?", "who died in that attack?"),
        ("Members of Kataeb Hezbollah", "Where was a fire set inside the embassy complex?", "who did that?"),
        ("set fire to a reception area", "Who stormed the embassy complex?", "what was set on fire there?"),
        # More of it.
        ("rocket attack", "Who do US officials blame for the rocket attacks?", "tell me more"),
        ("Milley", "What did Milley say about the Kirkuk attack?", "Did he say anything else?"),
        # What was tried once the rules stood.
        ("750 paratroopers", "Which soldiers are going to Kuwait?", "how many of them?"),
        ("prepared to do so if needed", "How many additional troops could be deployed?", "Have they deployed yet?"),
        ("get the Iranian influence", "Who is the Secretary of Defense?", "what does he say about Iranian influence?"),
        ("11 rocket attacks", "Were Iraqi bases attacked by rockets?", "how often?"),
        ("many of them are Shia", "When did the PMF groups spring up?", "who supports them?"),
        ("C17 Globemaster", "Which battalion was sent to Kuwait?", "how did it get there?"),
        ("defensive strikes", "Did the US strike Kata'ib Hizbollah?", "How did the Pentagon describe those strikes?"),
        ("wounded four", "What happened at Kirkuk?", "How many troops were hurt in that attack?"),
        ("set fire to a reception area", "Who stormed the compound?", "What else did they do?"),
        ("unspecified number", "Will troops be sent to the embassy?", "How many?"),
        # Three turns.
        ("wounded four", "Who was killed at Kirkuk?", "when?", "and how many were wounded?"),
        (
            "about 5,000 troops",
            "How many Marines were sent?",
            "what about the paratroopers?",
            "How many U.S. troops are there in Iraq?",
        ),
        (
            "highly unlikely",
            "Who is the chairman of the Joint Chiefs?",
            "What did he say about the protesters?",
            "and about the integrity of the embassy?",
        ),
        ("on Tuesday", "Who stormed the embassy?", "why?", "when?"),
        (
            "Supporters of the Iran-backed militia",
            "Who won the tennis final at Wimbledon?",
            "Who stormed the US embassy?",
            "when was that?",
        ),
        (
            "11 rocket attacks",
            "What is the capital of Mongolia?",
            "Where were rocket attacks against Iraqi bases?",
            "how many?",
        ),
        (
            "in Iraq and Syria",
            "Why did the US carry out the airstrikes against the militia?",
            "where was that?",
        ),
    )
]

BEYOND = [
    Dialogue(("Who stormed the embassy?", "Was anyone hurt?"), "no reports of injuries"),
]
"""Follow-ups that are understood well enough, to questions that find nothing when they are typed whole either.

One that finds its quote after all belongs above.
"""

Asking = Callable[[str], Answer]


@pytest.fixture(scope="module")
def ask(seeds: Library) -> Asking:
    """Ask the library over the seeds, each question once."""
    return cache(seeds.ask)


def finds(answer: Answer, quoted: str) -> bool:
    return answer.verdict is Verdict.ANSWERED and any(quoted in one.quote for one in answer.citations)


@pytest.mark.parametrize(
    "dialogue",
    [*DIALOGUES, *(pytest.param(one, marks=pytest.mark.xfail(strict=True)) for one in BEYOND)],
    ids=lambda dialogue: " > ".join(dialogue.asked),
)
def test_a_follow_up_finds_the_quote_that_answers_it(ask: Asking, dialogue: Dialogue) -> None:
    history: list[Turn] = []
    for question in dialogue.asked:
        answer = ask(understand(question, history).question)
        history.append(answer.turn)

    assert finds(answer, dialogue.quoted), history[-1]


def test_many_follow_ups_find_nothing_as_they_are_typed(ask: Asking) -> None:
    found = [dialogue for dialogue in DIALOGUES if finds(ask(dialogue.asked[-1]), dialogue.quoted)]

    assert len(found) <= 0.7 * len(DIALOGUES)


def turn(standalone: str, *quotes: str) -> Turn:
    return Turn(standalone, Verdict.ANSWERED if quotes else Verdict.NOT_FOUND, quotes)


FERRY = turn(
    "Why did the ferry sink near Port Ellen?",
    "The ferry struck a rock, harbour master Ann Lee told reporters, and two sailors drowned.",
)


@pytest.mark.parametrize(
    ("before", "typed", "understood"),
    [
        (FERRY, "when?", "When did the ferry sink near Port Ellen?"),
        (FERRY, "When was that?", "When did the ferry sink near Port Ellen?"),
        (FERRY, "and how many were rescued?", "How many were rescued about the ferry near Port Ellen?"),
        (FERRY, "and near Rome?", "Why did the ferry sink near Rome?"),
        (FERRY, "What about the barge?", "Why did the barge sink near Port Ellen?"),
        (FERRY, "How old was it?", "How old was the ferry?"),
        (FERRY, "what did she say about the rock?", "What did Ann Lee say about the rock?"),
        (FERRY, "Did she say anything else?", "Did Ann Lee say anything else about the ferry near Port Ellen?"),
        (FERRY, "What happened there?", "What happened near Port Ellen?"),
        (FERRY, "Who drowned near that rock?", "Who drowned near a rock?"),
        (FERRY, "tell me more", "What else is there about the ferry near Port Ellen?"),
        (
            turn("Was the harbour closed?", "“The harbour will stay closed until the spring,” Ann Lee said."),
            "who said that?",
            "Who said “The harbour will stay closed until the spring”?",
        ),
        (
            turn("Who is Ines Quoll?", "The comments from Joint Council chairman Ben Okri follow those of Ines Quoll."),
            "what did she say about it?",
            "What did Ines Quoll say about it?",
        ),
        (turn("Who rescued the sailors?"), "when?", "When was it that someone rescued the sailors?"),
        (turn("Who rescued the sailors?"), "why did they do it?", "Why did the sailors do it?"),
        (
            turn("Who is the mayor?", "Mayor Ben Okri opened the bridge."),
            "How old is he?",
            "How old is Mayor Ben Okri?",
        ),
        (turn("How many boats were lost?"), "and of the sailors?", "How many boats were lost of the sailors?"),
        (turn("How many died in Holloway?"), "and last year?", "How many died in Holloway last year?"),
        (turn("How many died in Holloway in May 2020?"), "and in March?", "How many died in Holloway in March?"),
        (turn("What happened on Tuesday in Holloway?"), "and on Friday?", "What happened in Holloway on Friday?"),
        (turn("Who will run the hospital?", "A charity will run it."), "is it big?", "Is the hospital big?"),
        (
            turn("Who could buy the company?", "A rival bank could buy it, Ann Lee said."),
            "where is it based?",
            "Where is the company based?",
        ),
        # Another phrase in the place of the subject only: the verb and what belongs to it stay.
        (turn("How old is the mayor?"), "and the lighthouse?", "How old is the lighthouse?"),
        (turn("How was the parade paid for?"), "and the school?", "How was the school paid for?"),
        (turn("How much will the school cost?"), "and the parade?", "How much will the parade cost?"),
        (turn("How did the ferry run aground?"), "and the barge?", "How did the barge run aground?"),
        (turn("What was the parade like?"), "and the ferry?", "What was the ferry like?"),
        (turn("Is the old building dry?"), "and the new one?", "Is the new one dry?"),
        (turn("Why were the fireworks called off?"), "and the parade?", "Why was the parade called off?"),
        (turn("Why was the parade called off?"), "and the fireworks?", "Why were the fireworks called off?"),
        (turn("Were the boats lost?"), "and the barge?", "Was the barge lost?"),
        (turn("How big is the school?"), "and how old?", "How old is the school?"),
        (turn("How many passengers were aboard?"), "how many of them were hurt?", "How many passengers were hurt?"),
        (turn("Where are the boats?"), "how many of them are lost?", "How many of the boats are lost?"),
        (turn("How big is the school?"), "how come?", "How come is the school big?"),
        (turn("How big is the school?"), "and why?", "Why is the school big?"),
        (turn("How long did the school burn?"), "why?", "Why did the school burn?"),
        # What those asked about do is what tells which they are.
        (
            turn("How many ferries sail to Hest?"),
            "How many of those are new?",
            "How many of the ferries that sail to Hest are new?",
        ),
        (
            turn("Which ferries sail to Hest?"),
            "which of them are new?",
            "Which of the ferries that sail to Hest are new?",
        ),
        (turn("How many ferries built in Hest were lost?"), "how many of them are new?", "How many ferries are new?"),
        (turn("What do ferries carry?"), "how many of them are new?", "How many ferries are new?"),
        (turn("Which island is the school on?"), "how big is it?", "How big is the island?"),
        (turn("Who is Mrs. Vik?"), "what did she say?", "What did Mrs. Vik say?"),
        (
            turn("How old is the mayor?", "Mayor Ann Lee, 54, opened the bridge, she said."),
            "and her husband?",
            "How old is Mayor Ann Lee’s husband?",
        ),
        (
            turn("Who does the union blame?", "The ferry line is to blame, the union said on Monday."),
            "where is it based?",
            "Where is the ferry line based?",
        ),
    ],
)
def test_a_follow_up_becomes_a_whole_question(before: Turn, typed: str, understood: str) -> None:
    assert understand(typed, [before]).question == understood
    assert understand(typed, [before]).rewritten


@pytest.mark.parametrize(
    "question",
    [
        "Why is it so hard to raise the wreck?",
        "How long does it take to reach the island?",
        "Will it rain in Lisbon tomorrow?",
        "In his statement, what did the mayor promise?",
        "What did the mayor say about his plans?",
        "What did the crew do when they saw the rock?",
        "Who said that anyone could have seen the rock?",
        "A tanker struck the pier. What happened there?",
        "Is there a harbour on the island?",
        "And who is the mayor of the island?",
        "Who wrote this article?",
        "Which university has its own harbour?",
        "rock island ferry",
        "thanks",
        "ok, thanks",
        "Are you there?",
        "who are you?",
        "What is tonnage?",
        "That bridge?",
        "  How   many? ",
        "?!",
    ],
)
def test_what_stands_alone_or_is_no_follow_up_stays_letter_for_letter(question: str) -> None:
    history = [FERRY] if question.strip()[0] != "H" else []

    assert understand(question, history).question == question
    assert not understand(question, history).rewritten


@pytest.mark.parametrize("typed", ["how so?", "how about?", "how many?", "how much?", "who?"])
def test_a_measure_is_not_asked_for_in_words_that_name_none(typed: str) -> None:
    assert understand(typed, [turn("How big is the school?")]).question == typed


ANNA = turn("Who opened the parade?", "Mayor Anna Berg opened the parade. She has led the town since 2015.")
KARL = turn("Who steered the boat?", "Her husband, Karl Berg, steered the lead boat.")


@pytest.mark.parametrize(
    ("history", "typed", "understood"),
    [
        ([ANNA, KARL], "how old is she?", "How old is Mayor Anna Berg?"),
        ([ANNA, KARL], "how old is he?", "How old is Karl Berg?"),
        ([KARL, ANNA], "and what did he say?", "What did Karl Berg say?"),
        # Nobody was named of whom it may be said.
        ([KARL], "how old is she?", "how old is she?"),
        ([KARL], "and how old is she?", "and how old is she?"),
        ([ANNA], "and why did he?", "and why did he?"),
        # A pronoun at the head of a sentence is nobody's name.
        (
            [turn("Who is the chairman?", "Olaf Lund leads the guild. He said it was rich.")],
            "is he old?",
            "Is Olaf Lund old?",
        ),
        # Where nothing tells, the one who was named is meant.
        ([turn("Who drew the roof?", "The architect, Kim Solberg, drew it.")], "is she old?", "Is Kim Solberg old?"),
    ],
)
def test_he_is_not_she(history: list[Turn], typed: str, understood: str) -> None:
    assert understand(typed, history).question == understood


def test_what_other_texts_say_of_somebody_tells_who_is_meant() -> None:
    history = [turn("Who runs the line?", "Robin Dahl runs it."), turn("Who repaired it?", "Kim Solberg repaired it.")]
    texts = {"Kim Solberg": ["Mr. Solberg is an engineer."], "Robin Dahl": ["Robin Dahl said she was proud of it."]}

    assert understand("how old is she?", history).question == "How old is Kim Solberg?"
    assert understand("how old is she?", history, texts.__getitem__).question == "How old is Robin Dahl?"


def test_the_articles_are_asked_only_for_whom_the_quotes_leave_open() -> None:
    looked_up: list[str] = []

    def speaking_of(name: str) -> list[str]:
        looked_up.append(name)
        return ["Ms. Solberg is an engineer."] if name == "Kim Solberg" else []

    assert understand("how old is she?", [ANNA, KARL], speaking_of).rewritten
    assert understand("how old is he?", [ANNA, KARL], speaking_of).rewritten
    assert looked_up == []

    history = [turn("Who repaired it?", "Kim Solberg repaired it for Robin Dahl and his wife, Anna Berg.")]
    assert understand("how old is she?", history, speaking_of).question == "How old is Anna Berg?"
    assert looked_up == []

    history = [turn("Who repaired it?", "Kim Solberg repaired it for Robin Dahl, said Nor Vik.")]
    assert understand("how old is she?", history, speaking_of).question == "How old is Kim Solberg?"
    assert looked_up == ["Kim Solberg"]


def test_nobody_is_looked_up_twice() -> None:
    looked_up: list[str] = []

    def speaking_of(name: str) -> list[str]:
        looked_up.append(name)
        return [f"{name} said he was there."]

    history = [turn("Who repaired it?", "Kim Solberg repaired it.")] * 3
    assert understand("and how old is she?", history, speaking_of).question == "and how old is she?"
    assert looked_up == ["Kim Solberg"]


def test_the_articles_tell_who_is_she(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "line.txt").write_text("Robin Dahl runs the ferry line of Lorvik.\n\nFive boats sail for it.\n", "utf-8")
    (corpus / "engine.txt").write_text("Kim Solberg repaired the engine of the ferry Aurora.\n", "utf-8")
    (corpus / "more.txt").write_text(
        "Kim Solberg is 61. He lives in Hest. Robin Dahl is 48. She lives in Molde.\n", "utf-8"
    )
    with Library(settings_for(corpus, tmp_path / "data")) as library:
        library.update()
        first = library.ask("Who runs the ferry line?")
        second = library.ask("Who repaired the engine?", history=[first.turn])
        third = library.ask("How old is she?", history=[first.turn, second.turn])

    assert third.understood == "How old is Robin Dahl?"


def test_no_gold_question_is_rewritten_after_another() -> None:
    gold = tomllib.loads(GOLD.read_text(encoding="utf-8"))["question"]
    history: list[Turn] = []
    for one in gold:
        assert understand(one["question"], history).question == one["question"]
        history.append(turn(one["question"], *(place["contains"] for place in one.get("support", ()))))


def test_without_a_quote_who_said_that_is_about_the_matter() -> None:
    assert understand("who said that?", [turn("Did the ferry sink?")]).question == "Who said that about the ferry?"


def test_a_question_without_an_answer_is_remembered_all_the_same() -> None:
    assert understand("And when?", [FERRY, turn("Who built the lighthouse?")]).question == (
        "When was it that someone built the lighthouse?"
    )


def test_what_was_asked_long_ago_is_forgotten() -> None:
    nameless = [turn("why?")] * MAX_TURNS

    assert understand("tell me more", [FERRY, *nameless[1:]]).rewritten
    assert not understand("tell me more", [FERRY, *nameless]).rewritten


def test_a_question_does_not_grow_without_end() -> None:
    assert not understand("when?", [turn("Why did the ferry " + "really " * 100 + "sink?")]).rewritten


def test_an_answer_tells_what_was_typed_and_how_it_was_understood(seeds: Library) -> None:
    first = seeds.ask("How many U.S. troops are stationed in Iraq?")
    second = seeds.ask("and  where?", history=[first.turn])
    third = seeds.ask("who said that?", history=[first.turn, second.turn])

    assert (first.understood, second.question) == ("", "and where?")
    assert second.understood == "Where was it that U.S. troops are stationed in Iraq?"
    assert second.turn.standalone == second.understood
    assert second.citations[0].quote in second.turn.quotes
    assert third.understood.startswith("Who said “")
