"""What a question plainly wants, and whether quotes have it."""

from __future__ import annotations

import pytest

from retrieval.answer.wanted import lacks
from retrieval.library import Library
from retrieval.models import Verdict

WANTED = [
    ("How many protesters were there?", "Hundreds of protesters came to the gate.", False),
    ("How many protesters were there?", "Protesters threw stones, and 750 soldiers were sent.", True),
    ("How many demonstrators came to the gate?", "Some 300 protesters stood at the gate.", False),
    ("How many soldiers were wounded?", "The rockets wounded four U.S. troops.", False),
    ("How many Iraqi soldiers were wounded?", "The rockets wounded four U.S. troops.", True),
    ("How many troops are sent?", "Officials will send 750 paratroopers to Kuwait.", False),
    ("How many American soldiers were wounded?", "The rockets wounded four U.S. troops.", False),
    ("How many U.S. troops are in Iraq?", "The U.S. has about 5,000 troops stationed in Iraq.", False),
    ("How many hospital employees walked off the job?", "More than 75,000 health care workers walked off.", False),
    ("How many people died?", "The storm killed 12.", False),
    ("How many rockets were fired?", "A barrage of rockets struck the base.", True),
    ("How long will the soldiers stay?", "The soldiers were sent to Kuwait on Tuesday.", True),
    ("How long will the soldiers stay?", "The soldiers are to stay until spring.", False),
    ("How long did the siege last?", "The siege ended after three days.", False),
    ("Who is the leader of the militia?", "Members of the militia stormed the hall.", True),
    ("Who is the leader of the militia?", "Abu Ali, the commander of the militia, denied it.", False),
    ("Who was the ambassador at the time?", "Smoke rose over the embassy.", True),
    ("Who was killed?", "A barrage of rockets killed a contractor.", False),
    ("What was the name of the contractor?", "The rockets killed an American contractor.", True),
    ("What was the name of the contractor?", "The rockets killed the contractor Nawres Hamid.", False),
    ("What was the name of the contractor?", "Nawres Hamid, an American contractor, was killed.", False),
    ("What was the name of the contractor?", "Two Delmarva Power contractors were shot.", True),
    ("When did the strike begin?", "The strike ended on Thursday.", True),
    ("When did the strike begin?", "The strike began on Monday and ended on Thursday.", False),
    ("When did the strike begin?", "The strike ended on Thursday. It had begun on Monday.", False),
    ("When will the bridge open?", "The bridge will be closed from Monday on.", True),
    ("When will the bridge open?", "The bridge will be opened to all on Monday.", False),
    ("When did the strike end?", "The strike ended on Thursday.", False),
    ("Did the river rise?", "The river fell on Thursday.", False),
    ("What did the prime minister say about it?", "Prime Minister Adel Quoll condemned it.", False),
    ("What did Iraq's prime minister say about it?", "U.S. officials called it a response.", True),
    ("What did the president say?", "Quoll called it an attack.", False),
    ("Who was the winner?", "Ines Quoll won the vote.", False),
    ("Who is the founder of the group?", "Ann Doe founded it in 2003.", False),
    ("How long was the whale?", "The whale was eleven metres long.", False),
    ("How long has he been in office?", "He has been mayor since 2003.", False),
    ("How many Marines arrived?", "They reinforced the embassy with 100 Marines.", False),
    ("How many Iraqis died?", "At least 40 Iraqis were killed.", False),
    ("How many cars burned?", "Some 30 vehicles burned.", False),
    ("How many wounded were there?", "It wounded four U.S. troops.", False),
    ("How many dollars were lost?", "They lost $5 million.", False),
    ("What was the name of the president?", "President Quoll resigned.", False),
    ("What happened then?", "It rained.", False),
    ("What time did they break in?", "They broke in on Friday.", True),
    ("What time of day did they break in?", "They broke in at dawn.", False),
    ("At what time does it open?", "It opens at 9 a.m. each day.", False),
    ("At what time does it open?", "It opens at 21:30.", False),
    ("What time of the year is it warm?", "It is warm in May.", False),
    ("Has Tehran denied it?", "Iran was blamed for the attack.", True),
    ("Has Tehran denied it?", "The two have no relations.", True),
    ("Has Tehran denied it?", "Iran has denied the attack.", False),
    ("Were the diplomats evacuated?", "Marines were sent to guard the diplomats.", True),
    ("Was anyone injured?", "There were no reports of injuries.", False),
    ("Are several hundred of the armed men there?", "The men are there.", False),
    ("Are the Iran-backed groups strong?", "The groups are strong.", False),
    ("How much will it cost to repair the damage to the embassy?", "The repair of the bridge costs millions.", True),
    ("Who was blamed for the embassy attack?", "Pence was blamed for the attack on the Capitol.", True),
    ("Who was blamed for the embassy attack?", "Iran was blamed for the embassy attack.", False),
    ("Who stormed the building?", "The crowd stormed the embassy.", False),
    ("Which side won the war?", "The rebels won.", False),
]


@pytest.mark.parametrize(("question", "quote", "lacking"), WANTED, ids=range(len(WANTED)))
def test_what_a_question_wants_is_in_the_quotes_or_not(question: str, quote: str, lacking: bool) -> None:
    assert lacks(question, quote) is lacking


@pytest.mark.parametrize(
    "question", ["", "how many", "How many?", "Who is the", "name of the", "\ud800 how long did it rain?", "?" * 500]
)
def test_any_text_may_be_a_question(question: str) -> None:
    # Nothing is raised, and nothing is wanted by what asks for nothing.
    assert lacks(question, "It rained on Tuesday.") is (question == "\ud800 how long did it rain?")


def test_a_short_title_and_one_of_two_names_are_enough(seeds: Library) -> None:
    assert seeds.ask("According to General Milley, who were the people at the embassy?").verdict is Verdict.ANSWERED
    assert seeds.ask("Did Milley or Rumsfeld warn of a buzzsaw?").verdict is Verdict.ANSWERED
    assert seeds.ask("Did Rumsfeld warn of a buzzsaw?").verdict is not Verdict.ANSWERED
