"""What a person sees in the terminal: where quotes come from, and article text as text, whatever is in it."""

from __future__ import annotations

import io
import shlex
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from bot.cli import show
from bot.cli.app import app
from retrieval.models import Answer, Citation, Kind, Verdict
from tests.bot.conftest import MILITARY_TIMES, TROOPS, WASHINGTON_TIMES, Bot, Ran

COMMANDS = ("ask", "chat", "search", "timeline", "sources", "source", "check", "verify", "index", "eval", "doctor")

QUOTE = "The U.S. has about 5,000 troops currently stationed in Iraq."
"""What answers `TROOPS`, in paragraph 9 of the Washington Times."""

RED, BEL, RTL, CSI = "\x1b[31m", "\x07", "\u202e", "\x9b"
MARK = "\N{REPLACEMENT CHARACTER}"
ARTICLE = (
    f"The {RED}minister{BEL} said the ferry {RTL}sank\u202c near the island. "
    f"She called it [bold]a black day[/bold] for the [/red] town of {CSI}31mPort.\n\n"
    "Ordinary  markets\twere open on the day of the storm, as they are [link=https://example.org]always[/link] open."
)
SIDECAR = r"""
["a\u001B[32m [b].txt"]
title = "A \u001b[31mred\u202e title [bold]loud[/bold] [/z]"
publisher = "The \u001b]0;x\u0007Herald [i]"
authors = ["An\u001b[5m Author [u]"]
published = { value = 2020-01-03, basis = "inferred", from = "a [/guess] \u001b[5m" }
"""
RAW = f"{RED} ferry {RTL}{CSI}{BEL}"


def assert_plain(shown: str) -> None:
    """Hold that nothing in what is shown can steer a terminal, or turn the direction of what follows."""
    steering = {char for char in shown if unicodedata.category(char) == "Cc" and char != "\n"}
    turning = {char for char in shown if unicodedata.bidirectional(char) in {"LRE", "RLE", "LRO", "RLO", "PDF"}}
    isolating = {char for char in shown if unicodedata.bidirectional(char) in {"LRI", "RLI", "FSI", "PDI"}}
    assert steering | turning | isolating == set()


def words(shown: str) -> str:
    """Return what is shown without its line breaks, columns and bars."""
    return " ".join(shown.replace("▌", " ").split())


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Bot:
    """The program over one article that tries to steer the terminal, by its text, its facts and its name."""
    folder = tmp_path_factory.mktemp("hostile")
    corpus = folder / "corpus"
    corpus.mkdir()
    (corpus / "a\x1b[32m [b].txt").write_text(ARTICLE, encoding="utf-8")
    (corpus / "articles.toml").write_text(SIDECAR, encoding="utf-8")
    (corpus / f"broken{RED}.txt").touch()
    made = Bot(corpus, folder / "data")
    ran = made.here("index")
    assert ran.code == 0, ran.err
    assert_plain(ran.out + ran.err)
    return made


# What articles hold


@pytest.mark.parametrize(
    "command",
    [
        ("ask", f"Where did the {RED}ferry{RTL} sink?"),
        ("ask", "What did the minister call the sinking of the ferry?"),
        ("ask", RAW),
        ("search", f"minister {CSI} ferry"),
        ("sources",),
        ("source", "a"),
        ("source", "a", "--paragraph", "1"),
        ("source", "a", "--quote", "ferry"),
        ("index",),
        ("doctor",),
        ("source", f"nosuch{RED}{RTL}"),
        ("ask", TROOPS, "--publisher", f"nobody{RED}{RTL}"),
        ("ask", TROOPS, "--article", f"nosuch{RED}{RTL}"),
    ],
)
def test_control_characters_and_turned_writing_never_reach_the_terminal(hostile: Bot, command: tuple[str, ...]) -> None:
    ran = hostile.here(*command)

    assert_plain(ran.out)
    assert_plain(ran.err)


def test_control_characters_in_the_names_of_unreadable_articles_never_reach_the_terminal(
    hostile: Bot, tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / f"empty{RED}{RTL}.txt").touch()

    for bot in (hostile.over(corpus), Bot(corpus, tmp_path / "data")):
        ran = bot.here("ask", "Where did the ferry sink?")
        assert f"empty{MARK}[31m{MARK}.txt: it is empty" in ran.err
        assert_plain(ran.out + ran.err)


def test_control_characters_in_a_question_never_reach_the_terminal_in_chat(hostile: Bot) -> None:
    asked = f"Where did the {RED}ferry{RTL} sink?\n:history\n:source 1\n:sources\n:{RED}\n"

    ran = hostile.run("chat", stdin=asked.encode())

    assert ran.code == 0
    assert f"1 Where did the {MARK}[31mferry{MARK} sink?" in words(ran.out)
    assert_plain(ran.out)
    assert_plain(ran.err)


def test_what_a_control_character_stood_for_is_shown_as_a_mark(hostile: Bot) -> None:
    ran = hostile.here("source", "a")

    assert f"The {MARK}[31mminister{MARK} said the ferry {MARK}sank{MARK} near the island." in words(ran.out)


def test_markup_in_an_article_is_shown_as_it_stands(hostile: Bot) -> None:
    shown = words(hostile.here("source", "a").out)

    assert "[bold]a black day[/bold] for the [/red] town" in shown
    assert "[link=https://example.org]always[/link]" in shown
    assert "title [bold]loud[/bold] [/z]" in shown
    assert "Herald [i]" in shown
    assert "Author [u]" in shown
    assert "inferred, from a [/guess]" in shown


def test_markup_is_shown_as_it_stands_wherever_articles_are_named(hostile: Bot) -> None:
    for command in (("search", "ferry island"), ("ask", "Where did the ferry sink?")):
        shown = words(hostile.here(*command).out)
        assert "Herald [i], 3 January 2020" in shown
        assert f"a{MARK}[32m [b]" in shown
    assert "title [bold]loud[/bold] [/z]" in words(hostile.here("sources").out)


def test_json_holds_the_article_as_it_is(hostile: Bot) -> None:
    assert hostile.here("source", "a", "--json").object["text"] == ARTICLE


def test_an_answer_that_only_comes_close_says_so_once_before_its_quotes() -> None:
    quote = "The  harbour council\tof Port\r\nvoted to close the bridge."
    lead = "The articles do not seem to say this. The closest passages:"
    text = f"{lead} {' '.join(quote.split())} [1]"
    citation = Citation(
        1, "bridge", "Traffic", True, "The Herald", date(2020, 1, 3), None, 2, quote, 10, 10 + len(quote)
    )
    screen = io.StringIO()

    Console(file=screen, width=160).print(
        show.answer(Answer("Why?", Verdict.CLOSEST, "extractive", text, (citation,), note=lead))
    )

    before, quotes = words(screen.getvalue()).split("The closest passages:")
    assert before.startswith("No direct answer")
    assert "harbour council" not in before
    assert quotes.count("The harbour council of Port voted to close the bridge.") == 1
    assert "The Herald, 3 January 2020, paragraph 2" in quotes


def test_the_command_that_shows_the_surroundings_can_be_pasted_whatever_the_article_is_called() -> None:
    citation = Citation(1, "the herald's/a b", "Traffic", True, None, None, None, 2, "It closed.", 0, 10)
    screen = io.StringIO()

    Console(file=screen, width=160).print(
        show.answer(Answer("Why?", Verdict.ANSWERED, "extractive", "It.", (citation,)))
    )

    command = screen.getvalue().partition("embassy-bot ")[2]
    assert shlex.split(command) == ["source", "the herald's/a b", "--paragraph", "2"]


def test_help_is_no_failure_to_find_something() -> None:
    note = "Hello! You could ask: “What did the [bold]mayor[/bold] say?”"
    screen = io.StringIO()

    Console(file=screen, width=160).print(
        show.answer(Answer("hi", Verdict.NOT_FOUND, "extractive", note, note=note, kind=Kind.HELP))
    )

    shown = words(screen.getvalue())
    assert shown.startswith("What you can ask ─")
    assert note in shown
    assert shown.endswith("all articles: embassy-bot sources")


def test_what_is_told_of_articles_stands_before_the_lines_that_show_it() -> None:
    citation = Citation(1, "bridge", "Traffic", True, None, None, None, 2, "By A. Lind", 0, 10)
    screen = io.StringIO()

    Console(file=screen, width=160).print(
        show.answer(
            Answer(
                "Who wrote it?",
                Verdict.ANSWERED,
                "extractive",
                "A. Lind wrote it. By A. Lind [1]",
                (citation,),
                note="A. Lind wrote it.",
                kind=Kind.ARTICLES,
            )
        )
    )

    shown = words(screen.getvalue())
    assert shown.startswith("About the articles ─")
    assert shown.index("A. Lind wrote it.") < shown.index("By A. Lind [1]")
    assert shown.count("A. Lind wrote it.") == 1


# Answers and articles


@pytest.fixture(scope="module")
def asked(seeded: Bot) -> Ran:
    return seeded.run("ask", TROOPS)


def test_an_answer_shows_its_quote_with_publisher_date_and_paragraph(asked: Ran) -> None:
    shown = words(asked.out)

    assert asked.code == 0
    assert shown.startswith("Answer ─")
    assert f"{QUOTE} [1] [1] The Washington Times, 31 December 2019, paragraph 9" in shown


def test_an_answer_names_the_command_that_shows_its_surroundings(seeded: Bot, asked: Ran) -> None:
    command = f"source {WASHINGTON_TIMES} --paragraph 9"

    # With the options that it was called with, so that it can be typed as it stands.
    assert f"embassy-bot --corpus {seeded.corpus} --data {seeded.data} {command}" in words(asked.out)
    assert "about 5,000 troops" in seeded.here(*command.split()).out


def test_a_paragraph_is_shown_with_its_neighbours_and_no_others(seeded: Bot) -> None:
    shown = words(seeded.here("source", WASHINGTON_TIMES, "--paragraph", "8").out)

    assert "7 SEE ALSO: Militiamen breach U.S. Embassy in Baghdad" in shown
    assert "8 President Trump on Tuesday blamed the incident on Iran." in shown
    assert f"9 {QUOTE}" in shown
    assert "The protests came on the heels" not in shown
    assert "Sign up for Daily Newsletters" not in shown


def test_the_first_and_the_last_paragraph_have_one_neighbour(seeded: Bot) -> None:
    first = words(seeded.here("source", WASHINGTON_TIMES, "--paragraph", "1").out)
    last = words(seeded.here("source", WASHINGTON_TIMES, "--paragraph", "11").out)

    assert "1 The Pentagon will dispatch" in first
    assert "2 Defense Secretary Mark T. Esper" in first
    assert "We have taken appropriate" not in first
    assert "10 Sign up for Daily Newsletters" in last
    assert "11 Copyright © 2019" in last
    assert "about 5,000 troops" not in last


def test_a_whole_article_is_shown_with_what_is_known_about_it_and_how(seeded: Bot) -> None:
    shown = words(seeded.here("source", MILITARY_TIMES).out)

    assert "publisher Military Times inferred, from the article's own words" in shown
    assert "authors Shawn Snow, Aaron Mehta inferred, from the two author biographies" in shown
    assert "url unknown" in shown
    assert "The game has changed" in shown


def test_the_list_of_articles_marks_what_is_only_inferred(seeded: Bot) -> None:
    shown = words(seeded.here("sources").out)

    assert "2 January 2020* Military Times*" in shown
    assert "31 December 2019 The Washington Times" in shown
    assert "* inferred" in shown


def test_passages_are_shown_with_publisher_date_and_paragraphs(seeded: Bot) -> None:
    shown = words(seeded.here("search", "troops stationed in Iraq", "--limit", "1").out)

    assert shown.startswith("1 ")
    assert "2 Military Times" not in shown
    assert ", paragraph" in shown
    assert "score" in shown


# Chat


@pytest.fixture(scope="module")
def chatted(seeded: Bot) -> list[str]:
    """What chat showed, cut before each of its prompts."""
    typed = (":source 1", TROOPS, ":source 1", ":source 9", f":source {'1' * 5_000}", ":source", "why " * 2_500, " ",
             ":history", ":sources", ":help", "\udcff\udcfe",
             ":sorces", "How many U.S. troops are stationed?", "And where?", ":quit", TROOPS)  # fmt: skip
    ran = seeded.run("chat", stdin="\n".join(typed).encode("utf-8", "surrogateescape"))
    assert ran.code == 0, ran.err
    assert ran.err == ""
    return [words(part) for part in ran.out.split("› ")]


def test_chat_is_left_without_the_colon_too(seeded: Bot) -> None:
    ran = seeded.run("chat", stdin=f"Quit\n{TROOPS}\n".encode())

    assert ran.code == 0
    assert "5,000" not in ran.out


def test_chat_begins_with_what_can_be_typed(chatted: list[str]) -> None:
    for command in (":source N", ":sources", ":history", ":quit"):
        assert command in chatted[0]


def test_chat_says_that_something_must_be_asked_first(chatted: list[str]) -> None:
    assert chatted[1] == "Nothing was asked yet; :source shows where a quote of it stands."


def test_chat_answers_a_question(chatted: list[str]) -> None:
    assert f"{QUOTE} [1] [1] The Washington Times, 31 December 2019, paragraph 9" in chatted[2]


def test_chat_shows_a_quote_in_its_surroundings(chatted: list[str]) -> None:
    assert "8 President Trump on Tuesday blamed the incident on Iran." in chatted[3]
    assert f"9 {QUOTE}" in chatted[3]


@pytest.mark.parametrize("number", [4, 5, 6])
def test_chat_says_which_citations_there_are(chatted: list[str], number: int) -> None:
    assert chatted[number].startswith("There is no such citation in the last answer. There is :source 1")


def test_chat_goes_on_after_a_question_that_cannot_be_answered(chatted: list[str]) -> None:
    assert chatted[7].startswith("The question has 9,999 characters; at most 2,000 are read.")
    assert chatted[8] == ""


def test_chat_lists_what_was_asked(chatted: list[str]) -> None:
    assert chatted[9] == f"1 {TROOPS}"


def test_chat_lists_the_articles(chatted: list[str]) -> None:
    assert "Military Times" in chatted[10]
    assert "The Washington Times" in chatted[10]


def test_chat_says_again_what_can_be_typed(chatted: list[str]) -> None:
    assert ":history what was asked so far" in chatted[11]


def test_chat_names_the_nearest_command(chatted: list[str]) -> None:
    assert chatted[13] == "There is no command :sorces. The nearest is :sources; :help lists all."


def test_chat_shows_how_it_understood_a_follow_up(chatted: list[str]) -> None:
    assert chatted[14].startswith("Answer ")
    assert chatted[15].startswith("understood as: Where was it that U.S. troops are stationed?")


def test_chat_takes_bytes_that_are_no_text_as_a_question(chatted: list[str]) -> None:
    assert "The articles do not speak of this." in chatted[12]


def test_chat_ends_at_quit(chatted: list[str]) -> None:
    assert chatted[16:] == [""]


def test_chat_ends_with_its_input(seeded: Bot) -> None:
    ran = seeded.here("chat")

    assert ran.code == 0
    assert ran.err == ""


# Help, progress and the two streams


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_text(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"])

    assert shown.exit_code == 0
    assert shown.stderr == ""
    head, _, options = shown.stdout.partition("Options:")
    assert len(head.split("\n\n")[1].strip()) > 20
    # Each option's name is followed, on its line or the next, by what it does.
    assert all(len(words(option).split(" ")) > 2 for option in options.split("\n  --")[1:])


def test_the_help_lists_every_command_and_shared_option() -> None:
    shown = CliRunner().invoke(app, ["--help"])

    assert shown.exit_code == 0
    assert "Answer questions about news articles" in shown.stdout
    for name in (*COMMANDS, "--config", "--corpus", "--data"):
        assert f"  {name} " in shown.stdout


def test_progress_and_the_summary_of_indexing_go_to_standard_error_only(seeded: Bot, tmp_path: Path) -> None:
    ran = seeded.keeping(tmp_path / "data").here("sources")

    assert ran.code == 0
    assert ran.err.startswith("Indexed 2 articles, ")
    assert f"added 2 {WASHINGTON_TIMES}, {MILITARY_TIMES}" in words(ran.err)
    assert "Indexed" not in ran.out
    assert "added" not in ran.out


def test_nothing_is_said_of_an_index_that_is_up_to_date(asked: Ran) -> None:
    assert asked.err == ""


def test_index_says_what_it_did(own: Bot) -> None:
    ran = own.here("index")

    assert ran.err == ""
    assert ran.out.startswith("Up to date 2 articles, ")


def test_characters_that_the_terminal_lacks_are_replaced(seeded: Bot) -> None:
    ran = seeded.run("ask", TROOPS, settings={"PYTHONIOENCODING": "ascii"})

    assert ran.code == 0
    assert ran.out.isascii()
    assert f"{QUOTE} [1]" in words(ran.out)
    assert "? The U.S. has about" in words(ran.out)
