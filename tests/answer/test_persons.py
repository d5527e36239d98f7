"""Whether texts speak of somebody as "he" or as "she"."""

from __future__ import annotations

import pytest

from retrieval.answer.persons import pronoun_of


@pytest.mark.parametrize(
    ("name", "text", "pronoun"),
    [
        ("Anna Berg", "Mayor Anna Berg opened it. “He came too late,” Berg said. She is 54.", "she"),
        ("Mayor Anna Berg", "Anna Berg opened it with her husband.", "she"),
        ("Karl Berg", "Her husband, Karl Berg, steered the boat.", "he"),
        ("Per Dahl", "Councillor Per Dahl voted no. Mr. Dahl is 47.", "he"),
        ("Mrs. Vik", "", "she"),
        ("Dahl", "Dahl said that he would vote no. He had done so before.", "he"),
        ("Ingrid Moe", "Ingrid Moe, a mother of two, leads the school.", "she"),
        ("Kim Solberg", "The architect, Kim Solberg, drew a roof of grass.", ""),
        ("Kim Solberg", "Kim Solberg spoke first. Mrs. Vik said she agreed.", ""),
        ("Kim Solberg", "Kim Solberg spoke. Per Dahl said he agreed.", ""),
        ("Berg", "Anna Berg spoke, and she left. Karl Berg stayed, and he spoke.", ""),
        ("Anna Berg", "Karl Berg said he was ill. Anna Berg said she was not. Berg laughed, and he left.", "she"),
        # Another is meant.
        ("Karl Berg", "Karl Berg’s wife said she was proud.", ""),
        ("Karl Berg", "Karl Berg's wife said she was proud.", ""),
        ("Karl Berg", "Anna Lee, the wife of Karl Berg, said she would stay.", ""),
        ("Karl Berg", "Anna Lee, the wife of the late Mayor Karl Berg, said she would stay.", ""),
        ("Anna Lee", "Anna Lee, the wife of Karl Berg, said he would stay.", "she"),
        ("Karl Berg", "Karl Berg, whose wife was ill, left. Karl Berg, whose mother said she was ill, left.", ""),
        ("Karl Berg", "Karl Berg, the man with a sister, left.", ""),
        ("Kim Solberg", "Kim Solberg spoke. Dahl said he agreed.", ""),
        ("Angela Merkel", "Trump met Angela Merkel. He said it went well.", ""),
        ("Angela Merkel", "Trump met with German Chancellor Angela Merkel. He said it went well.", ""),
        ("Angela Merkel", "He met Angela Merkel. He said it went well.", ""),
        ("Mark Milley", "Clinton met Gen. Mark Milley. She said it went well.", ""),
        # Nobody else is.
        ("Angela Merkel", "Trump said that Angela Merkel called. She was glad.", "she"),
        ("Angela Merkel", "On Monday in the hall Angela Merkel said she was glad.", "she"),
        ("Mike Pompeo", "Secretary of State Mike Pompeo said he would go.", "he"),
        # What looks like a title.
        ("Karl Berg", "Fans will miss Karl Berg.", ""),
        ("Anna Berg", "She sat beside the king, Karl Berg. Miss Anna Berg left.", "she"),
        ("Anna Berg", "Anna Berg, a policeman’s daughter, leads the school.", "she"),
        ("Anna Berg", "Anna Berg, a policeman's friend, leads the school.", ""),
        # Who has a hyphen, or a title, is not a second one of the surname.
        ("Jean-Luc Moreau", "Jean-Luc Moreau opened it. Moreau said he was glad.", "he"),
        ("Jean-Luc Moreau", "Moreau said he was glad. The hall was named for Jean-Luc Moreau", "he"),
        ("Per Dahl", "Mayor Per Dahl voted no. But Dahl said he would stay. When Dahl left, all left.", "he"),
        ("Donald Trump", "President Trump said he would go. It was Donald Trump", "he"),
        ("Nancy Pelosi", "Nancy Pelosi spoke on Monday. House Speaker Pelosi left. Pelosi said she was sure.", "she"),
        ("Per Dahl", "Per Dahl spoke. On Monday Dahl said he would stay.", "he"),
        ("He", "", ""),
        ("", "She left.", ""),
    ],
)
def test_texts_say_how_somebody_is_spoken_of(name: str, text: str, pronoun: str) -> None:
    assert pronoun_of(name, [text]) == pronoun


def test_what_speaks_for_both_speaks_for_neither() -> None:
    texts = ["Robin Dahl said he was ill.", "Robin Dahl said she was well."]

    assert pronoun_of("Robin Dahl", texts) == ""
    assert pronoun_of("Robin Dahl", [*texts, texts[1]]) == ""
    assert pronoun_of("Robin Dahl", [*texts, texts[1], texts[1]]) == "she"


@pytest.mark.parametrize("text", ["A-" * 20_000, "A’" * 20_000, "A" * 40_000, "Ann Lee, a " + "x-" * 20_000])
def test_an_endless_word_is_read_to_its_end(text: str) -> None:
    # Where each letter began anew, this took half a minute.
    assert pronoun_of("Ann Lee", [text]) == ""
