"""What a question plainly wants, and whether quotes have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from retrieval.answer.wanted import deed_asked, lacks
from retrieval.library import Library
from retrieval.models import Verdict
from tests.conftest import settings_for

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
    ("What time was it announced?", "The decision was announced at 1100 GMT.", False),
    ("What time was the fire brigade called?", "Crews were called at 0340 local time.", False),
    ("What time does it start?", "It starts at half past ten.", False),
    ("What time does it start?", "Doors open at 8:45 P.M.", False),
    ("What time did it burn?", "Overnight the hall burned down.", False),
    ("What time did they close?", "The nightclub was closed by Dawn Smith on Friday.", True),
    ("What time did Kiptanui run?", "He won in two hours and 11 seconds.", False),
    ("What time zone is Baghdad in?", "Baghdad is three hours ahead of London.", False),
    ("Who won and what time was it?", "Ann Doe won.", False),
    ("How much will it cost to repair the damage to the embassy?", "The repair of the bridge costs millions.", True),
    ("Who was blamed for the embassy attack?", "Pence was blamed for the attack on the Capitol.", True),
    ("Who was blamed for the embassy attack?", "Iran was blamed for the embassy attack.", False),
    ("Who stormed the building?", "The crowd stormed the embassy.", False),
    ("Which side won the war?", "The rebels won.", False),
    ("Who presented the plan?", "The minister presented the proposal.", False),
    ("Who left the cabinet?", "Two ministers left the government.", False),
    ("How did the market react?", "Stocks fell sharply.", False),
    ("Who broke into the compound?", "Two men broke into the bank.", True),
    ("Who bombed the airport?", "The rebels bombed the bridge.", True),
    ("How many rebel fighters died?", "The blast killed 45 troops.", True),
    ("How many rebel fighters died?", "The blast killed 45 troops of the rebels.", False),
    ("How many police officers were hurt?", "Stones hurt 12 officers of the police.", False),
    ("How many hospital workers were dismissed?", "They dismissed 40 workers.", False),
    ("How many rockets were fired?", "There were 11 rocket attacks on the base.", True),
    ("How many rockets were fired?", "They fired 31 rockets.", False),
    ("How many rockets were fired?", "The 31 rockets, all of them old, hit the base.", False),
    ("How many Iraqi soldiers were wounded?", "Rockets hit Iraqi bases. They wounded four U.S. troops.", True),
    ("How many Iraqi soldiers were wounded?", "Rockets hit the bases. They wounded four Iraqi troops.", False),
    ("When did the wall fall?", "The match was played in August 1990, after the wall had fallen.", True),
    ("When did the wall fall?", "After the wall had fallen, the match was played in August 1990.", True),
    ("When did the wall fall?", "After the wall fell on 9 November 1989, the match was played.", False),
    ("When did the wall fall?", "The wall fell on Thursday, after weeks of protest.", False),
    ("When was the attack?", "The strike came on Sunday, two days after the attack.", False),
    ("What was played after the wall fell?", "The match was played in August 1990, after the wall fell.", False),
    ("When was it played after the wall fell?", "It was played in August 1990, after the wall fell.", False),
    ("When did the wall fall?", "The match was played in 1990, after the wall fell on Thursday.", False),
    ("When was the funeral held after the attack?", "After the attack, they buried him on 4 May 2019.", False),
    ("How many company employees were dismissed?", "They dismissed some 40 employees.", False),
    ("How many family members were hurt?", "Three members of it were hurt.", False),
    ("How many militia fighters were hurt?", "The blast hurt 45 people and a crew.", True),
    ("When did the bridge open?", "The first cars crossed it on 4 May 1990, after it was tested.", False),
    ("When did the wall fall?", "The match was played after the wall fell.", True),
    ("Why did the roof catch fire?", "The hall was damaged after a fire broke out beneath its roof.", True),
    ("Why did the roof catch fire?", "The roof burned after a worker had left a blowtorch lit.", False),
    ("Why did the roof catch fire?", "The roof burned for hours.", False),
    ("Why was the airport closed?", "Heavy snow closed the airport on Monday.", False),
    ("Why did the bridge collapse?", "The bridge collapsed under the weight of a truck.", False),
    ("What caused the blackout in Lorvik?", "A falling tree caused the blackout in Lorvik on Monday.", False),
    ("When did the protests begin?", "Many took to the streets on 1 May, after weeks of calls for protests.", False),
    ("When did the president land?", "He landed on Tuesday morning, before the president’s talks.", False),
    (
        "When was the peace deal signed?",
        "On Monday they put their names to it, ahead of the peace deal's jubilee.",
        False,
    ),
    ("When did the wall fall?", "The wall fell on Friday, after the wall had cracked.", False),
    ("When did the wall fall?", "It was played in 1990 after the wall fell and just before the feast.", True),
    ("How many rebel fighters died?", "Forty insurgents were killed.", False),
    ("How many passenger trains were cancelled?", "The railway cancelled forty trains.", False),
    ("How many student loans were forgiven?", "They forgave 40,000 loans.", False),
    ("How many army bases are there?", "There are 12 military bases.", False),
    ("Why was the hall closed?", "The hall was closed because of mould.", False),
]


@pytest.mark.parametrize(("question", "quote", "lacking"), WANTED, ids=range(len(WANTED)))
def test_what_a_question_wants_is_in_the_quotes_or_not(question: str, quote: str, lacking: bool) -> None:
    assert lacks(question, quote) is lacking


def test_a_building_may_be_spoken_of_around_a_quote() -> None:
    assert lacks("Who stormed the embassy?", "A crowd stormed it.")
    assert not lacks("Who stormed the embassy?", "A crowd stormed it.", "There was smoke over the embassy.")


def test_whom_a_count_is_of_may_be_said_around_a_quote() -> None:
    assert not lacks("How many rebel fighters died?", "The blast killed 45 troops.", "Rebels hold the town.")


@pytest.mark.parametrize(
    ("question", "deed"),
    [
        ("How many soldiers did the blast kill?", "kill"),
        ("How many moons does Jupiter have?", None),
        ("How many days did it happen?", None),
        ("How many troops are in Iraq?", None),
        ("Has Tehran denied it?", "denied"),
        ("Has Tehran denied being involved in the attack?", "denied"),
        ("Were the diplomats evacuated from the embassy?", "evacuated"),
        ("Was anyone injured?", "injured"),
        ("Have the workers accepted the offer?", "accepted"),
        ("Has Trump threatened Iran?", "threatened"),
        ("Are several hundred of the armed men there?", None),
        ("Are the Iran-backed groups strong?", None),
        ("Was the newly elected mayor sworn in?", None),
        ("Is it true that the man who attacked the bank is in custody?", None),
        ("Is there any word on who killed him?", None),
        ("Have wanted men been caught?", None),
        ("Are there fewer troops than he promised?", None),
        ("Is limited war likely?", None),
        ("Is the mission located on Palm Street?", None),
        ("Are more troops expected in the Middle East?", None),
        ("What was denied?", None),
        ("", None),
    ],
)
def test_a_deed_is_asked_about_or_not(question: str, deed: str | None) -> None:
    assert deed_asked(question) == deed


DEEDS = {
    "fire": "Three workers died when flames tore through a paint factory in Orla on Monday.",
    "vance": "Police detained the banker Peter Vance at the border of Orla on Tuesday.",
    "leclerc": "A judge in Orla sentenced Anne Leclerc to eight years in prison on Wednesday.",
    "teachers": "The city of Orla will hire 75 teachers before the summer, the mayor said.",
}


@pytest.fixture(scope="module")
def orla(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("orla")
    (folder / "corpus").mkdir()
    for name, text in DEEDS.items():
        (folder / "corpus" / f"{name}.txt").write_text(text, encoding="utf-8")
    with Library(settings_for(folder / "corpus", folder / "data"), command="tests") as library:
        library.update()
        yield library


@pytest.mark.parametrize(
    ("question", "verdict"),
    [
        ("Was anyone killed in the paint factory in Orla?", Verdict.ANSWERED),
        ("Was the banker Peter Vance arrested at the border?", Verdict.ANSWERED),
        ("Was the banker Peter Vance promoted at the border?", Verdict.CLOSEST),
        ("Was Anne Leclerc jailed by a judge in Orla?", Verdict.ANSWERED),
        ("Was Anne Leclerc married by a judge in Orla?", Verdict.CLOSEST),
        ("Were 75 teachers recruited by the city of Orla?", Verdict.ANSWERED),
        ("Were 75 teachers poisoned by the city of Orla?", Verdict.CLOSEST),
    ],
)
def test_a_deed_may_be_told_in_other_words(orla: Library, question: str, verdict: Verdict) -> None:
    assert orla.ask(question).verdict is verdict


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
