"""Where sentences begin and end, and that no character is ever lost on the way."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.corpus.sentences import split_sentences


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


def parts(marked: str) -> tuple[str, list[str]]:
    """Read an example in which `|` stands where a cut is expected: the text, and its sentences."""
    return marked.replace("|", ""), [part.strip() for part in marked.split("|")]


def expect(marked: str) -> None:
    text, wanted = parts(marked)
    assert sentences(text) == wanted


# --- Full stops and abbreviations


@pytest.mark.parametrize(
    "marked",
    [
        "The river rose. |The town was cleared. |Nobody was hurt.",
        "Was it safe? |Nobody knew! |The mayor waited.",
        "Really?! |Yes!! |Who said so?? |He did.",
        "One sentence without an end",
    ],
)
def test_plain_sentences_end_at_their_marks(marked: str) -> None:
    expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "Guards left the U.S. Embassy on foot. |The U.S. compound stood empty.",
        "Mr. Olsen met Dr. Vance, Gen. Ruth Hale and Lt. Col. Ito. |Then Sgt. 1st Class Dunn spoke.",
        "Laura T. Quist read J. K. Morrow aloud. |So did J.R. Pell.",
        "Harbor Foods Inc. Chief Executive Ann Roe moved to St. Paul from Mt. Airy.",
        "The D.C. Council and the U.N. Security Council met; so did the U.K. Treasury.",
        "GEN. HALE FLEW TO ST. LOUIS. |THE CROWD LEFT.",
        "Fire crews met on Mill Blvd. North of it, nothing burned.",
        "The Rep. Hollis seat and then-Gov. Marsh were named in Ferry v. Ohio.",
    ],
)
def test_an_abbreviation_before_a_name_does_not_end_a_sentence(marked: str) -> None:
    expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "The bridge failed on Dec. 29 that year. |It reopened on Jan. 2 at noon.",
        "Bus No. 5 is late. |See Fig. 3 on p. 12, vol. 2.",
        "It begins at 4 p.m. Tuesday, not at 9 a.m. Sept. 3. |Doors open at 5 p.m. ET sharp.",
        "Old towns, e.g. Bergen, i.e. ports, vs. Mining towns etc. are listed.",
        "She has a Ph.D. in law and a B.A. in art.",
        "Tickets at 7:30p.m. Friday cost more.",
        "Call ext. 40 for details.",
    ],
)
def test_an_abbreviation_before_what_it_belongs_to_does_not_end_a_sentence(marked: str) -> None:
    expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "Many settled in the U.S. |The rest went home.",
        "The vote closed at 5 p.m. |He said nothing.",
        "The vote closed at 5 p.m. |Clerks began to count.",
        "The office is in Washington, D.C. |Officials said it was shut.",
        "They met in Salem, Ore. |Loggers came too.",
        "The bill came from Rep. Ada Poole, D-Ore. |Senators ignored it.",
        "It lasted until 31 Dec. |The strikes went on.",
        "She works for Harbor Foods Inc. |It sells fish.",
        "They named it after King Jr. |But nobody came.",
        "We chose plan B. |It failed as well.",
        "Will it rain? |No. |He was sure of that.",
        "“They sent it to the U.S.” |Harker was not told.",
    ],
)
def test_an_abbreviation_ends_a_sentence_where_the_next_word_begins_one(marked: str) -> None:
    expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "SALEM, Ore. — Rain fell on Sunday. |It stopped.",
        "CAPE HOLM, Fla. (AP) — Rain fell on Sunday.",
        "Open 9 a.m. - 4 p.m. on weekdays.",
        "The Salem (Ore.) Courier wrote about it.",
        "The “U.S.” Embassy was a tent.",
    ],
)
def test_a_dash_or_a_bracket_after_an_abbreviation_goes_on_with_the_sentence(marked: str) -> None:
    expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "About 3.5 million saw it. |It cost $2.7 or €1.50 in 2019. |Sales fell in 2020.",
        "Version 2.0.1 is at https://example.org/a.html?q=1.5 and www.example.org. |Get it.",
        "Write to jo.doe@mail.example.co.uk today. |Booking.com pays. |So does Node.js now.",
        "He scored 12. |Police left. |31 boats sank.",
    ],
)
def test_points_inside_numbers_and_addresses_end_nothing(marked: str) -> None:
    expect(marked)


# --- Ellipses


@pytest.mark.parametrize(
    "marked",
    [
        "Nothing moved on that side…they have to try again.",
        "Wait ... and then go. |I... don't know. |Well… maybe.",
        "I... I don't know.",
        "And … I was gone. |That was all.",
        "If you wait much longer . . . the weather will turn.",
        "The prize goes to ... Norway.",
        "... The rest is lost. |So it is.",
    ],
)
def test_an_ellipsis_in_a_sentence_does_not_end_it(marked: str) -> None:
    expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "They killed sailors, airmen and cooks…. |31 shells are no warning.",
        "We lost the whole harvest.... |Rain came late.",
        "That was how it went back then... |The rest you know.",
        "It was a long day. |... They never came back.",
        "“I would not say so…” |Harker left.",
    ],
)
def test_an_ellipsis_ends_a_sentence_with_a_fourth_dot_or_before_a_clear_beginning(marked: str) -> None:
    expect(marked)


# --- Quotations and brackets


@pytest.mark.parametrize(
    "marked",
    [
        "“We stay here. |I do.” |He said so.",
        '"We stay here. |I do." |He said so. |"Good," she said. |"We are glad."',
        "'We stay.' |He left. |‘We go.’ |She stayed.",
        "“He told us, ‘Go home.’” |They went.",
        "“Is it over? |Yes. |And they will regret it. |We are ready,” Harker said.",
        "“That is all,” said Harker. |“We are done.”",
        "“Enough!” |The crowd left.",
        "(He came. |She did not.) |They slept. |[Laughter.] |Then silence.",
        "She wrote it down (see the note). |He read it.",
        "It was **bold.** |Next came _this._ |Then it ended.",
        "It is settled.[12] |Nobody asked.¹ |They left.",
    ],
)
def test_what_closes_belongs_to_the_sentence_before_and_what_opens_to_the_one_after(marked: str) -> None:
    expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "“Who goes there?” asked Tom.",
        "“Yes.” he said.",
        '"Stop!" she cried, and ran.',
        "“Who goes there?” Judge Mary Tonkin asked.",
        "“Is it so?” I said.",
        "'Why not?' Marlow told reporters.",
        "A crowd chanted “Out!” as they passed.",
    ],
)
def test_words_that_name_the_speaker_stay_with_a_quotation(marked: str) -> None:
    expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "“We never closed the quote. |He said so. |They left.",
        '"We never closed the quote. |He said so. |She said "no." |They left.',
        "We never opened it.” |He said so.",
        "(We never closed the bracket. |He said so.",
    ],
)
def test_a_missing_quote_or_bracket_breaks_nothing(marked: str) -> None:
    expect(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "They sang for the crowd.|The crowd sang back.",
        "They sang for the crowd.|“It was loud,” said Marlow.",
        'She laughed at the noise.|"That was all," said Marlow.',
        "Is it over?|Here is what we know.",
    ],
)
def test_a_forgotten_space_between_sentences_does_not_join_them(marked: str) -> None:
    expect(marked)


# --- What a sentence can begin with


@pytest.mark.parametrize(
    "marked",
    [
        "Sales rose. |iPhone sales fell. |eBay shut. |example.org has more.",
        "It was late. |31 boats sank. |$5 was paid. |#MeToo spread. |@marlow left.",
        "It was late. |- Then a dash. |— Another. |• A bullet.",
        "We won! 🎉🎉 |The next game is lost. 👍🏽 |We go home.",
    ],
)
def test_a_sentence_may_begin_with_a_small_brand_a_digit_or_a_dash_but_not_with_emoji(marked: str) -> None:
    expect(marked)


def test_a_small_letter_begins_a_sentence_only_where_nothing_is_capitalised() -> None:
    expect("i went home. |then i slept. |why? |because mr. fox was late.")
    expect("He went home. then he slept.")


def test_a_name_with_its_own_exclamation_mark_goes_on() -> None:
    expect("Shares of Yahoo! Finance and fans of Jeopardy! Masters cheered. |Yahoo! |They won.")


# --- Lines


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\u2028"])
def test_a_lone_line_break_is_a_space_and_a_blank_line_an_end(line_break: str) -> None:
    text = line_break.join(["The river", "rose. It", "", "fell", " \t", "again"])
    assert [" ".join(part.split()) for part in sentences(text)] == ["The river rose.", "It", "fell", "again"]


def test_list_items_begin_anew_and_keep_their_marks() -> None:
    expect("We need\n|- bread\n  |* milk\n|• eggs\n|1. Flour. |It is dear.\n|2) Salt")


def test_a_number_before_an_item_is_no_sentence() -> None:
    expect("1. Northern Lights\n|2. Southern Sea")
    expect("Stay calm. |2. Call for help.")


def test_a_heading_is_a_sentence_of_its_own() -> None:
    expect("He left.\n|# What now? Nobody knows. Mr. Fox\n|They met again. |It rained.")


# --- Other languages


@pytest.mark.parametrize(
    "marked",
    [
        "ذهب الرجل إلى البيت. |هل عاد؟ |لا! |عاد د. أحمد غدا.",
        "הוא הלך הביתה. |היא באה? |כן! |הם כאן.",
        "今天很好。|我走了！|你呢？|“好。”|他说。",
        "「はい。」と言った。|次です。",
        "你好!|我是李雷.|再见",
        "यह अच्छा है। |वह गया। |हाँ. |ठीक",
        "Привет. |Это А. С. Пушкин. |Он жил в г. Москва.",
        "Am 3. Oktober kam Prof. Dr. Meier z.B. nach Berlin. |„Ja.“ |Er ging. |»Gut.« |Sie blieb.",
        "« Oui. » |Il partit. |Non lo è. |Il resto va. |¿Vienes? |¡Claro! |Vamos.",
        "그는 집에 갔다. |그녀는 왔다. |끝.",
        "Ναι. |Είναι εδώ. |Τέλος!",
    ],
)
def test_other_languages_are_cut_at_their_own_marks(marked: str) -> None:
    expect(marked)


# --- The contract, over any text

_PIECES = st.sampled_from(
    [
        *"aZé1.!?…。؟\"'“”‘’«»()[]#*_-—•,;:\n\r\t\f\x1c\x85\u2028\u2029\u200b\u200f\u00a0\u0301アאبष",
        *("\r\n", "\n\n", " ", " ", ". ", "U.S. ", "p.m. ", "The ", "...", ". . . ", "1. ", "\n- ", "\n# "),
        *("iPhone", "🎉", "👩\u200d🚒"),
    ]
)
_TEXTS = st.one_of(st.text(), st.lists(_PIECES, max_size=60).map("".join))


@given(_TEXTS)
def test_spans_are_ordered_disjoint_trimmed_and_hold_every_visible_character(text: str) -> None:
    spans = split_sentences(text)
    here = 0
    for span in spans:
        assert here <= span.start < span.end <= len(text)
        assert text[here : span.start].strip() == ""
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        here = span.end
    assert text[here:].strip() == ""


@given(_TEXTS, st.integers(-5, 70), st.none() | st.integers(-5, 70))
def test_a_stretch_is_split_as_if_it_stood_alone(text: str, start: int, end: int | None) -> None:
    first = slice(start, end).indices(len(text))[0]
    alone = split_sentences(text[start:end])
    assert [(span.start - first, span.end - first) for span in split_sentences(text, start, end)] == [
        (span.start, span.end) for span in alone
    ]


@given(st.lists(_TEXTS, max_size=4))
@example(["0\r-", ""])
def test_paragraphs_do_not_influence_each_other(paragraphs: list[str]) -> None:
    whole = "\n\n".join(paragraphs)
    assert sentences(whole) == [sentence for part in paragraphs for sentence in sentences(part)]


def test_nothing_comes_of_nothing() -> None:
    assert split_sentences("") == []
    assert split_sentences(" \n\t\r\n\u00a0") == []
    assert split_sentences("Some text.", 4, 4) == []
