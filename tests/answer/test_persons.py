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
        ("He", "", ""),
        ("", "She left.", ""),
    ],
)
def test_texts_say_how_somebody_is_spoken_of(name: str, text: str, pronoun: str) -> None:
    assert pronoun_of(name, [text]) == pronoun


def test_what_speaks_for_both_speaks_for_neither() -> None:
    texts = ["Robin Dahl said he was ill.", "Robin Dahl said she was well."]

    assert pronoun_of("Robin Dahl", texts) == ""
    assert pronoun_of("Robin Dahl", [*texts, texts[1], texts[1]]) == "she"
