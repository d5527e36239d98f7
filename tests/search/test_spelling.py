"""The question's words in the corpus's own spelling, and the other forms that the corpus has for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.embedding.minilm import common_words
from retrieval.index.lexicon import Lexicon, build, lexical_form, terms
from retrieval.library import Library
from retrieval.search.likeness import is_one_name, is_slip, other_usage
from retrieval.search.spelling import Speller, spoken
from tests.index.runs import one_article

TEXTS = {
    "teheran": "Supporters of Hizbollah marched through Teheran on Tuesday, while paratroopers landed in Kuwait.",
    "tehran": "The group Hezbollah denied it, and Tehran was silent. The embassy would not comment.",
    "rockets": "Rockets were fired at the compound; a racket of drums was heard. Mr. Milley spoke of the military.",
    "long": "The Popular Mobilization Forces grew out of the war, and the World Health Organization (WHO) helped.",
    "short": "PMF groups are liked in Baghdad. A reporter of the news paper asked the command center.",
    "strikes": "The airstrikes hit a base. A buzz saw was heard, and more rockets fell.",
    "shia": "Kataeb Shaheed is a militia. Its counter-terror office in Iraq is closed to the Sa’ir people.",
    "known": "The U.S. Harbour Command (HARCOM) and the Popular Mobilization Forces, known as the PMF, met.",
    "hsb": "The Harbour Safety Board (HSB) met the Hill Station Band, or HSB. Members of the HSB sang.",
    "ice": "Officers of Immigration and Customs Enforcement (ICE) slipped on the ice.",
}


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    folder: Path = tmp_path_factory.mktemp("lexicon")
    rows = ((key, str(number), text, None) for number, (key, text) in enumerate(TEXTS.items()))
    build(folder, "v", one_article(rows))
    return Lexicon.open(folder, "v")


@pytest.fixture(scope="module")
def speller(lexicon: Lexicon) -> Speller:
    return Speller(lexicon, common_words())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("embasy", "embassy"),
        ("mebassy", "embassy"),
        ("kuwayt", "kuwait"),
        ("paratropers", "paratroopers"),
        ("rokets", "rockets"),
        ("Hizballah", "hizbollah"),
        ("millitary", "military"),
        ("Bagdad", "baghdad"),
        ("Irak", "iraq"),
        ("Embasy", "embassy"),
        ("mobilzation", "mobilization"),
    ],
)
def test_a_typo_becomes_the_corpuss_word(speller: Speller, typed: str, meant: str) -> None:
    assert speller.spell(f"about {typed} again").text == f"about {meant} again"


@pytest.mark.parametrize(
    "word",
    [
        *("world", "embassies", "compounds", "fired", "the", "iron", "xqzt", "2019", "drum"),
        *(
            "they're",
            "they’d",
            "rackets",
            "mobilisation",
            "newspaper",
            "unfired",
            "racketers",
            "Milligan",
            "Rickets",
            "Kuwaiti",
        ),
    ],
)
def test_a_right_word_stays_as_it_is(speller: Speller, word: str) -> None:
    assert speller.spell(f"about {word} again").text == f"about {word} again"


def test_in_a_shouted_question_capitals_mean_nothing(speller: Speller) -> None:
    assert speller.spell("WHO FIRED THE ROKETS?").text == "WHO FIRED THE rockets?"


@pytest.mark.parametrize(
    ("typed", "meant"), [("whos", "who's"), ("Whats", "What's"), ("WHERES", "WHERE'S"), ("whose", "whose")]
)
def test_an_apostrophe_is_left_out_in_haste(speller: Speller, typed: str, meant: str) -> None:
    assert speller.spell(f"{typed} there?").text == f"{meant} there?"


def test_a_word_of_the_dictionary_is_a_slip_for_a_name_only(speller: Speller) -> None:
    # Both are in the dictionary, and neither in the corpus, which has "center" and "Iraq".
    assert speller.spell("a canter to Irak").text == "a canter to iraq"


def test_a_name_brings_its_other_spellings(speller: Speller) -> None:
    assert speller.spell("Where is Hezbollah?").variants == {"hezbollah": frozenset({"hizbollah"})}
    assert speller.spell("Hizballah").variants == {"hizbollah": frozenset({"hezbollah"})}
    assert speller.spell("in tehran").variants == {"tehran": frozenset({"teheran"})}


@pytest.mark.parametrize("apostrophe", ["'", "’", "‘", "ʼ", "`", ""])
def test_an_apostrophe_is_written_in_many_ways_or_not_at_all(speller: Speller, apostrophe: str) -> None:
    assert speller.spell(f"Who are the Kata{apostrophe}ib?").text == "Who are the kataeb?"
    assert spoken(f"the Sa{apostrophe}ir’s") == " sair "


def test_an_ordinary_word_brings_none(speller: Speller) -> None:
    assert speller.spell("Who fired rockets at the compound?").variants == {}


@pytest.mark.parametrize(
    ("question", "stem", "form"),
    [
        ("Who hit the base with air strikes?", "air", "airstrik"),
        ("Who hit the base with air-strikes?", "strike", "airstrik"),
        ("Which newspaper asked?", "newspap", "news paper"),
        ("Where was the buzzsaw?", "buzzsaw", "buzz saw"),
        ("What about counterterror?", "counterterror", "counter terror"),
        ("Where is the command centre?", "centr", "center"),
        ("What about Kuwaiti ships?", "kuwaiti", "kuwait"),
        ("What does PMF do?", "pmf", "popular mobil forc"),
        ("what does pmf do?", "pmf", "popular mobil forc"),
        ("What do the Popular Mobilization Forces do?", "mobil", "pmf"),
        ("what do popular mobilisation forces do?", "forc", "pmf"),
        ("What did HARCOM say?", "harcom", "harbour command"),
        ("What did Harbor Command say?", "command", "harcom"),
        ("Who runs the HSB?", "hsb", "harbour safeti board"),
        ("Who runs the HSB?", "hsb", "hill station band"),
        ("Who works for ICE?", "ice", "immigr custom enforc"),
    ],
)
def test_what_is_written_in_another_form_is_covered(speller: Speller, question: str, stem: str, form: str) -> None:
    spelled = speller.spell(question)

    assert form in spelled.variants[stem]
    assert spelled.is_in(stem, f" once {form} twice ")
    assert not spelled.is_in(stem, f" once {form[1:]} twice ")


def test_an_ordinary_word_is_no_abbreviation(speller: Speller) -> None:
    assert speller.spell("Who slipped on the ice?").variants == {}


def test_who_in_capitals_is_a_name_and_else_a_question(speller: Speller) -> None:
    assert speller.spell("Where did WHO help?").variants == {"who": frozenset({"world health organiz"})}
    assert speller.spell("Who helped where?").variants == {}


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What is PMF?", {"long", "short", "known"}),
        ("Popular Mobilisation Forces", {"long", "short", "known"}),
        ("air strikes", {"strikes"}),
        ("newspaper", {"short"}),
        ("Hisballah", {"teheran", "tehran"}),
        ("tehran", {"teheran", "tehran"}),
    ],
)
def test_passages_are_found_in_either_form(speller: Speller, lexicon: Lexicon, question: str, found: set[str]) -> None:
    spelled = speller.spell(question)

    assert {key for key, _ in lexicon.query(spelled.text, 10, forms=spelled.variants)} == found


def test_of_the_forms_of_a_word_the_one_that_stands_there_counts(lexicon: Lexicon) -> None:
    either = {**dict(lexicon.query("Hezbollah", 10)), **dict(lexicon.query("Hizbollah", 10))}

    assert len(either) == 2
    assert dict(lexicon.query("Hezbollah", 10, forms={"hezbollah": ["hizbollah"]})) == either
    assert lexicon.query("PMF", 10, forms={"pmf": ["pmf"]}) == lexicon.query("PMF", 10)


def test_an_abbreviation_brings_no_more_than_its_commonest_names(tmp_path: Path) -> None:
    names = ["Bay", "Bell", "Bird", "Boat", "Book"]
    rows = [(name, name, f"The Alda {name} Club (ABC) met.", None) for name in names]
    build(tmp_path, "v", one_article([*rows, ("again", "again", "The Alda Book Club (ABC) met again.", None)]))

    spelled = Speller(Lexicon.open(tmp_path, "v"), common_words()).spell("Who met the ABC?")

    assert len(spelled.variants["abc"]) == 3
    assert "alda book club" in spelled.variants["abc"]


@pytest.mark.parametrize("typed", ["Kataib Hezbollah", "Kata'ib Hizballah", "Kata’ib Hezbollah", "ketaib hizbullah"])
def test_the_seeds_are_both_found_by_any_spelling_of_a_name(seeds: Library, typed: str) -> None:
    first = {hit.passage.article for hit in seeds.search(typed, top_k=4) if hit.lexical_rank is not None}

    assert len(first) == 2


@pytest.mark.parametrize(
    ("typed", "meant", "expected"),
    [
        ("rokets", "rockets", True),
        ("rockest", "rockets", True),
        ("rockwts", "rockets", True),
        ("rocpets", "rockets", False),
        ("rockeds", "rockets", False),
        ("rovkets", "rockets", True),
        ("wor", "war", False),
        ("abcdefgh", "hgfedcba", False),
    ],
)
def test_a_slip_is_one_that_hands_and_ears_make(typed: str, meant: str, expected: bool) -> None:
    assert is_slip(typed, meant) is expected


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        ("hezbollah", "hizbullah", True),
        ("kataib", "kataeb", True),
        ("korean", "karen", False),
        ("dallas", "dales", False),
        ("carlos", "carla", False),
    ],
)
def test_one_name_has_the_same_consonants(name: str, other: str, expected: bool) -> None:
    assert is_one_name(name, other) is expected


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("centre", "center"),
        ("center", "centre"),
        ("defence", "defense"),
        ("organisations", "organizations"),
        ("organized", "organised"),
        ("harbour", "harbor"),
        ("travelled", "traveled"),
        ("analyse", "analyze"),
    ],
)
def test_a_word_has_another_form_in_another_country(word: str, other: str) -> None:
    assert other in other_usage(word)


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("the U.S. Army", "the US Army"),
        ("Kata’ib and Kata'ib", "Kataib and Kataib"),
        ("Iraq’s 5,000 troops", "Iraq 5000 troops"),
        ("on Dec. 29 that", "on December 29 that"),
        ("on 27 Dec.", "on 27 December"),
        ("in May", "in May"),
        ("1,000,000", "1000000"),
        ("1,2 and 3", "1,2 and 3"),
    ],
)
def test_what_is_written_in_many_ways_has_one_form(written: str, form: str) -> None:
    assert lexical_form(written) == form


def test_a_question_is_searched_without_the_words_it_is_put_with() -> None:
    assert terms("How many of the troops were in Iraq?") == ["troop", "iraq"]
