"""Wrong questions, wrong folders, wrong settings: told in a sentence or two with the way out, and an exit code."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from retrieval.errors import CorpusError, UnknownVersion
from retrieval.index.catalog import FILE
from retrieval.library import Library
from retrieval.models import Rollback
from tests.bot.conftest import (
    MILITARY_TIMES,
    SECONDS,
    TROOPS,
    UNPRIVILEGED,
    WASHINGTON_TIMES,
    Bot,
    Ran,
    read_only,
    run_here,
)
from tests.bot.tiny_disk import on_a_tiny_disk
from tests.conftest import SEEDS, settings_for
from tests.index.runs import write_articles

FAILURE, USAGE = 1, 2


def assert_not_found(ran: Ran) -> None:
    """Hold that the answer is a clear sentence that says that there is none."""
    assert ran.object["verdict"] == "not_found"
    assert ran.object["citations"] == []
    assert ran.object["answer"] == "The articles do not speak of this."
    assert ran.err == ""


def assert_answered_from_the_index(ran: Ran, *words: str) -> None:
    """Hold that a question was answered all the same, and that one line of standard error says what is wrong."""
    assert ran.object["verdict"] == "answered"
    assert ran.err.count("\n") == 1, ran.err
    assert ran.err.endswith(" answers.\n")
    for word in (*words, "The index of "):
        assert word in ran.err, ran.err


def articles(bot: Bot) -> list[str]:
    """Return the ids of the articles that the index holds."""
    return [article["article"] for article in bot.here("sources", "--json").object["articles"]]


# Questions


@pytest.mark.parametrize("question", ["", "   ", "\t\n "])
def test_an_empty_question_is_wrong_usage(seeded: Bot, question: str) -> None:
    seeded.here("ask", question).assert_told(USAGE, "The question is empty. Ask, for example: embassy-bot ask")


def test_an_empty_question_is_wrong_usage_in_a_child_too(seeded: Bot) -> None:
    seeded.run("ask", "").assert_told(USAGE, "The question is empty.")


def test_an_empty_search_is_wrong_usage(seeded: Bot) -> None:
    seeded.here("search", " ").assert_told(USAGE, "The question is empty.")


def test_an_endless_question_is_wrong_usage(seeded: Bot) -> None:
    seeded.here("ask", "why " * 2_500).assert_told(USAGE, "The question has 10,000 characters; at most 2,000 are read.")


def test_a_question_of_bytes_that_are_no_text_is_not_found(seeded: Bot) -> None:
    assert_not_found(seeded.run("ask", b"\xff\xfe\x80\x9c\xc3\x28", "--json"))


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("\x01\x02\x1b[31m\x7f\x9b", id="control characters"),
        pytest.param("🎉🔥🎉", id="emoji"),
        pytest.param("?!?", id="punctuation"),
        pytest.param("北京明天的天气怎么样？", id="Chinese"),
        pytest.param("كيف أطبخ الأرز؟", id="Arabic"),
        pytest.param("Quelle est la recette de la tarte aux pommes ?", id="French"),
    ],
)
def test_a_question_that_the_articles_cannot_know_is_not_found(seeded: Bot, question: str) -> None:
    assert_not_found(seeded.here("ask", question, "--json"))


def test_what_is_not_found_is_said_in_a_sentence(seeded: Bot) -> None:
    ran = seeded.here("ask", "🎉")

    assert ran.code == 0
    assert "Not in the articles" in ran.out
    assert "The articles do not speak of this." in ran.out


# Versions and days


def test_a_rollback_to_no_version_says_which_there_are(seeded: Bot) -> None:
    seeded.here("index", "rollback").assert_told(
        USAGE, "Give the ID of a version. Kept are 1;", "`embassy-bot index history`"
    )


@pytest.mark.parametrize("typed", ["2020-13", "2020-00"])
def test_a_month_that_no_year_has_is_told_in_words(seeded: Bot, typed: str) -> None:
    told = f"There is no month {typed[-2:]}, so that “{typed}” names no day. Write it as 2019-12-31"

    seeded.here("ask", TROOPS, "--after", typed).assert_told(USAGE, told)


@pytest.mark.parametrize("option", ["--after", "--before"])
def test_a_day_that_can_be_read_in_two_ways_is_told_with_both(seeded: Bot, option: str) -> None:
    told = "“1/2/2021” may be 2 January 2021 or 1 February 2021. Write it as 2021-01-02 or 2021-02-01."

    seeded.here("search", "troops", option, "1/2/2021").assert_told(USAGE, told)


def test_a_day_of_two_readings_without_a_year_is_told_in_the_year_of_the_articles(seeded: Bot) -> None:
    told = "“1/2” may be 2 January 2020 or 1 February 2020. Write it as 2020-01-02 or 2020-02-01."

    for command in (("ask", TROOPS, "--after"), ("search", "troops", "--before"), ("timeline", "--from")):
        seeded.here(*command, "1/2").assert_told(USAGE, told)


def test_a_question_says_how_a_day_of_two_readings_was_read(seeded: Bot) -> None:
    ran = seeded.here("ask", "How many U.S. troops were stationed in Iraq on 1/2/2020?")

    assert "understood as: How many U.S. troops were stationed in Iraq on 2 January 2020?" in ran.out
    assert "understood" not in seeded.here("ask", TROOPS).out


# Corpora


def test_without_a_corpus_folder_one_must_be_named(tmp_path: Path) -> None:
    bot = Bot(tmp_path / "nowhere", tmp_path / "data")

    bot.run("ask", TROOPS).assert_told(FAILURE, f"There is no corpus folder {tmp_path / 'nowhere'}.", "--corpus")


def test_an_empty_corpus_is_told_with_what_belongs_there(tmp_path: Path) -> None:
    corpus = tmp_path / "empty"
    corpus.mkdir()

    ran = Bot(corpus, tmp_path / "data").here("ask", TROOPS)

    ran.assert_told(FAILURE, f"No article could be read in {corpus}", "Put .txt, .md or .html files there", "--corpus")


def test_a_corpus_of_unreadable_files_is_told_with_the_reasons(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "empty.txt").touch()
    (corpus / "binary.md").write_bytes(b"%PDF\0\0\1\2")
    (corpus / "picture.png").write_bytes(b"\x89PNG")

    ran = Bot(corpus, tmp_path / "data").here("index")

    ran.assert_told(
        FAILURE,
        "No article could be read",
        "empty.txt: it is empty",
        "binary.md: it is binary, not text",
        "Not read: 1 .png",
        "Put .txt, .md or .html files there",
        sentences=4,
    )


def test_a_corpus_that_is_a_file_is_told(tmp_path: Path) -> None:
    corpus = tmp_path / "article.txt"
    corpus.write_text("Not a folder.", encoding="utf-8")

    Bot(corpus, tmp_path / "data").here("index").assert_told(FAILURE, f"{corpus} is a file, not a folder.")


@pytest.fixture
def grown(tmp_path: Path) -> Bot:
    """The program over a corpus of the test's own, indexed."""
    made = Bot(Path(shutil.copytree(SEEDS, tmp_path / "corpus")), tmp_path / "data")
    assert made.here("index").code == 0
    return made


def test_an_index_survives_a_corpus_that_became_empty(grown: Bot, tmp_path: Path) -> None:
    before = grown.here("source", WASHINGTON_TIMES, "--json").object
    aside = tmp_path / "aside"
    grown.corpus.rename(aside)
    grown.corpus.mkdir()

    grown.here("index").assert_told(FAILURE, "No article could be read", "nothing was changed", "--corpus")
    assert_answered_from_the_index(grown.here("ask", TROOPS, "--json"), "No article could be read", "--corpus")
    assert articles(grown) == [MILITARY_TIMES, WASHINGTON_TIMES]
    assert grown.here("source", WASHINGTON_TIMES, "--json").object == before

    grown.corpus.rmdir()
    aside.rename(grown.corpus)
    ran = grown.here("ask", TROOPS, "--json")
    assert ran.object["verdict"] == "answered"
    assert ran.err == ""


def test_an_index_answers_where_its_corpus_folder_is_gone(grown: Bot, tmp_path: Path) -> None:
    assert grown.here("index").code == 0
    grown.corpus.rename(tmp_path / "away")

    ran = grown.here("ask", TROOPS, "--json")

    assert_answered_from_the_index(ran, f"There is no corpus folder {grown.corpus}.", "--corpus")


def test_a_corpus_folder_that_was_never_indexed_is_not_answered_for_by_another(own: Bot, tmp_path: Path) -> None:
    ran = own.over(tmp_path / "mistyped").here("ask", TROOPS)

    ran.assert_told(FAILURE, f"There is no corpus folder {tmp_path / 'mistyped'}.", "--corpus")


def test_a_slip_in_articles_toml_is_told_and_changes_nothing(grown: Bot) -> None:
    sidecar = grown.corpus / "articles.toml"
    sidecar.write_text(sidecar.read_text(encoding="utf-8").replace("publisher", "publishr"), encoding="utf-8")

    grown.here("index").assert_told(FAILURE, "articles.toml", "did you mean 'publisher'?", "Nothing was changed.")
    assert articles(grown) == [MILITARY_TIMES, WASHINGTON_TIMES]
    assert_answered_from_the_index(grown.here("ask", TROOPS, "--json"), "articles.toml", "did you mean 'publisher'?")


# Data folders


@pytest.mark.parametrize(
    "command",
    [
        ("ask", TROOPS),
        ("search", "troops"),
        ("timeline",),
        ("sources",),
        ("source", WASHINGTON_TIMES),
        ("check", "There are troops in Iraq."),
        ("index", "--dry-run"),
        ("index", "rollback", "3", "--dry-run"),
    ],
)
def test_a_refused_command_leaves_no_data_folder_behind(tmp_path: Path, command: tuple[str, ...]) -> None:
    data = tmp_path / "new" / "data"

    ran = Bot(tmp_path / "mistyped", data).here(*command)

    assert ran.code in (FAILURE, USAGE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ("ask", TROOPS, "--after", "football"),
        ("search", "troops", "--before", "2020-13"),
        ("timeline", "--from", "soon"),
        ("timeline", "why " * 2_500),
        ("check", "?"),
    ],
)
def test_what_is_no_question_of_any_articles_is_refused_before_they_are_indexed(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    assert Bot(SEEDS, tmp_path / "data").here(*command).code == USAGE
    assert list(tmp_path.iterdir()) == []


def test_a_refused_command_leaves_what_others_keep_in_the_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "discord.sqlite3").touch()

    Bot(tmp_path / "mistyped", data).here("sources").assert_told(FAILURE, "There is no corpus folder")

    assert [path.name for path in data.iterdir()] == ["discord.sqlite3"]


def test_what_was_refused_can_be_asked_again_in_the_same_process(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    with Library(settings_for(corpus, tmp_path / "data")) as library:
        with pytest.raises(CorpusError):
            library.update()
        assert not (tmp_path / "data").exists()
        shutil.copytree(SEEDS, corpus)
        assert library.update().articles == 2
        with pytest.raises(UnknownVersion):
            library.plan(Rollback(7))
        assert len(library.articles()) == 2


@pytest.mark.parametrize("command", [("ask", TROOPS), ("sources",), ("index",)])
def test_a_data_folder_that_is_a_file_is_told(seeded: Bot, tmp_path: Path, command: tuple[str, ...]) -> None:
    file = tmp_path / "file"
    file.touch()

    ran = seeded.keeping(file).here(*command)

    ran.assert_told(
        FAILURE, f"The data folder {file} cannot be made: a file is in the way", "name another folder with --data"
    )


def test_a_read_only_data_folder_is_told(seeded: Bot, locked: Path) -> None:
    bot = seeded.confined(*UNPRIVILEGED)
    for data in (locked, locked / "below"):
        ran = bot.keeping(data).run("sources")
        ran.assert_told(FAILURE, f"The data folder {data} cannot be written", "Give this user the right", "--data")


def test_a_data_folder_made_read_only_is_told_and_answers_again_once_it_is_not(own: Bot, locked: Path) -> None:
    data = Path(shutil.copytree(own.data, locked.parent / "once"))
    bot = own.keeping(data)
    with read_only(data):
        ran = bot.confined(*UNPRIVILEGED).run("ask", TROOPS)
        ran.assert_told(FAILURE, f"The data folder {data} cannot be written")
    assert bot.here("ask", TROOPS, "--json").object["verdict"] == "answered"
    assert bot.here("doctor").code == 0


def test_a_full_disk_is_told_and_a_later_run_with_space_completes(own: Bot, tmp_path: Path) -> None:
    corpus = Path(shutil.copytree(SEEDS, tmp_path / "corpus"))
    write_articles(corpus, 120)
    (tmp_path / "report.txt").write_text("\n\n".join(f"The ferry sank on day {day}." for day in range(9_000)))
    ran = on_a_tiny_disk(
        own.over(corpus),
        tmp_path,
        full={
            "update": ["index"],
            "add": ["index", "add", tmp_path / "report.txt"],
            "rebuild": ["index", "rebuild"],
            "listed": ["sources", "--json"],
        },
        roomy={"after": ["index", "--json"], "whole": ["doctor", "--json"]},
    )
    for name in ("update", "add", "rebuild"):
        ran(name).assert_told(FAILURE, "is full. Free some space and run the same again")
    assert len(ran("listed").object["articles"]) == 2
    assert ran("after").object["articles"] == 122
    assert ran("whole").object["whole"] is True


def test_a_limit_on_the_size_of_files_is_told_and_a_later_run_without_it_completes(seeded: Bot, tmp_path: Path) -> None:
    bot = seeded.keeping(tmp_path / "data")

    # The shell counts in blocks of 512 bytes.
    bot.confined("sh", "-c", 'ulimit -f 100; exec "$@"', "sh").run("index").assert_told(FAILURE, str(bot.data))

    assert bot.here("index", "--json").object["articles"] == 2
    assert bot.here("doctor", "--json").object["whole"] is True


@pytest.mark.parametrize("command", [("ask", TROOPS), ("index",), ("sources",)])
def test_a_data_folder_of_a_newer_version_is_told(own: Bot, command: tuple[str, ...]) -> None:
    with closing(sqlite3.connect(own.data / FILE)) as catalog:
        catalog.execute("PRAGMA user_version = 7")

    ran = own.here(*command)

    ran.assert_told(FAILURE, "was written by a newer version", "format 7", "Update the program", "--data")


def test_a_data_folder_in_use_is_told_with_who_uses_it_and_articles_can_still_be_read(own: Bot) -> None:
    with own.start("ask", "-") as owner:
        assert owner.stdin is not None
        assert owner.stdout is not None
        owner.stdin.write(TROOPS.encode() + b"\n")
        owner.stdin.flush()
        # Its answer says that it owns the folder.
        assert owner.stdout.readline().startswith(b"{")

        refused = own.run("ask", TROOPS)
        listed = own.run("sources", "--json")
        shown = own.run("source", WASHINGTON_TIMES, "--json")

        owner.stdin.close()
        assert owner.wait(SECONDS) == 0

    refused.assert_told(
        FAILURE, f"The data folder {own.data} is in use by `embassy-bot ask` (process {owner.pid}, since ", "--data"
    )
    assert len(listed.object["articles"]) == 2
    assert shown.object["article"] == WASHINGTON_TIMES
    assert own.here("ask", TROOPS, "--json").object["verdict"] == "answered"


@pytest.mark.parametrize("command", [("ask", TROOPS), ("index",), ("sources",)])
def test_a_catalog_overwritten_with_garbage_is_told(own: Bot, command: tuple[str, ...]) -> None:
    (own.data / FILE).write_bytes(b"garbage" * 5_000)

    own.here(*command).assert_told(FAILURE, "is damaged", "Restore the folder from a backup, or move it away and run")


@pytest.mark.parametrize("command", [("ask", TROOPS), ("index",), ("sources",)])
def test_a_catalog_with_garbage_in_it_is_told(own: Bot, command: tuple[str, ...]) -> None:
    content = bytearray((own.data / FILE).read_bytes())
    content[4096:-4096] = b"\xa5" * (len(content) - 8192)
    (own.data / FILE).write_bytes(content)

    own.here(*command).assert_told(FAILURE, "is damaged", "Restore the folder from a backup, or move it away and run")


def test_once_a_damaged_data_folder_is_moved_away_a_new_index_answers(own: Bot, tmp_path: Path) -> None:
    (own.data / FILE).write_bytes(b"garbage" * 5_000)
    assert own.here("doctor").code == FAILURE

    own.data.rename(tmp_path / "away")

    assert own.here("ask", TROOPS, "--json").object["verdict"] == "answered"


# Settings


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("[corpus\n", ["settings.toml is not TOML", "See config.example.toml."], id="not TOML"),
        pytest.param("\xff", ["settings.toml is not TOML"], id="not UTF-8"),
        pytest.param('[corpus]\npaht = "x"\n', ["unknown key [corpus] paht", "did you mean 'path'?"], id="key"),
        pytest.param('[corpos]\npath = "x"\n', ["unknown table corpos", "did you mean 'corpus'?"], id="table"),
        pytest.param("[data]\nkeep_versions = 0\n", ["[data] keep_versions", "not 0"], id="out of bounds"),
    ],
)
def test_settings_that_do_not_hold_are_told_by_their_names(tmp_path: Path, content: str, told: list[str]) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(content, encoding="latin-1")

    run_here(("--config", file, "sources")).assert_told(USAGE, *told)


def test_a_missing_config_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "missing.toml"

    run_here(("--config", file, "sources")).assert_told(USAGE, f"The config file {file} cannot be read")


# Articles, filters and gold questions


@pytest.mark.parametrize("name", ["nosuch", "", "\udcff"])
def test_an_unknown_article_is_told_with_those_there_are(seeded: Bot, name: str) -> None:
    seeded.here("source", name).assert_told(USAGE, "There is no article", WASHINGTON_TIMES, "`embassy-bot sources`")


def test_a_name_that_several_articles_share_is_told(seeded: Bot) -> None:
    ran = seeded.here("source", "0")

    ran.assert_told(USAGE, "'0' may be any of", WASHINGTON_TIMES, MILITARY_TIMES, "Give more of its id.")


def test_a_paragraph_out_of_range_is_told(seeded: Bot) -> None:
    ran = seeded.here("source", WASHINGTON_TIMES, "--paragraph", "99")

    ran.assert_told(USAGE, f"The article {WASHINGTON_TIMES} has 11 paragraphs; there is no 99.")


@pytest.mark.parametrize(
    "options",
    [("--quote", "about 6,000 troops"), ("--quote", ""), ("--paragraph", "1", "--quote", "about 5,000 troops")],
)
def test_words_that_do_not_stand_there_are_told(seeded: Bot, options: tuple[str, ...]) -> None:
    ran = seeded.here("source", WASHINGTON_TIMES, *options)

    ran.assert_told(USAGE, "These words do not stand in", WASHINGTON_TIMES, "letter for letter")


@pytest.mark.parametrize("command", ["ask", "search"])
def test_days_the_wrong_way_round_are_told(seeded: Bot, command: str) -> None:
    ran = seeded.here(command, TROOPS, "--after", "2020-01-05", "--before", "2020-01-01")

    ran.assert_told(USAGE, "2020-01-05 is later than 2020-01-01", "Swap the two")


@pytest.mark.parametrize("typed", ["2019-13-01", "2019-13", "May-2021", "some day", "2019-12-31 or so", ""])
def test_what_is_no_day_is_told(seeded: Bot, typed: str) -> None:
    ran = seeded.here("search", TROOPS, "--after", typed)

    ran.assert_told(USAGE, "names no day. Write it as 2019-12-31")


def test_a_filter_may_be_a_month_or_counted_from_the_newest_article(seeded: Bot) -> None:
    assert "Washington Times" not in seeded.here("search", TROOPS, "--after", "January 2020").out
    assert "Military Times" not in seeded.here("search", TROOPS, "--before", "December 2019").out
    assert "Military Times" not in seeded.here("search", TROOPS, "--before", "yesterday").out
    assert "Military Times" not in seeded.here("search", TROOPS, "--before", "2019-12").out
    # Of a year that is not named, the last one in which it was.
    assert "Washington Times" in seeded.here("search", TROOPS, "--after", "March 4").out


def test_a_day_of_publication_that_is_none_is_told(seeded: Bot) -> None:
    ran = seeded.here("index", "add", "-", "--date", "31.12.2019")

    assert ran.code == USAGE
    assert "'31.12.2019' is no day. Write it as 2019-12-31." in ran.err


@pytest.mark.parametrize("command", ["ask", "search"])
def test_filters_that_no_article_passes_are_wrong_usage(seeded: Bot, command: str) -> None:
    ran = seeded.here(command, TROOPS, "--after", "2021-01-01")

    ran.assert_told(USAGE, "No article passes these filters", "the newest of 2020-01-02")


def test_an_unknown_publisher_is_told_with_those_there_are(seeded: Bot) -> None:
    ran = seeded.here("ask", TROOPS, "--publisher", "The Herald")

    ran.assert_told(USAGE, "There is no publisher 'The Herald'.", "Military Times, The Washington Times")


def test_an_unknown_article_to_ask_about_is_told(seeded: Bot) -> None:
    seeded.here("ask", TROOPS, "--article", "nosuch").assert_told(USAGE, "There is no article 'nosuch'.")


def test_missing_gold_questions_are_told(seeded: Bot, tmp_path: Path) -> None:
    ran = seeded.here("eval", tmp_path / "gold.toml")

    ran.assert_told(USAGE, f"The gold questions {tmp_path / 'gold.toml'} cannot be read")


GOLD = '[[question]]\nid = "one"\nquestion = "Who?"\nkind = "who"\n'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("[[question]", "are not TOML", id="not TOML"),
        pytest.param("", "holds no [[question]]", id="empty"),
        pytest.param("question = 3\n", "gold.toml", id="not a list"),
        pytest.param(f'asked = "soon"\n{GOLD}verdict = "closest"\n', "gold.toml, asked: ", id="no day"),
        pytest.param(f'asekd = 2020-01-03\n{GOLD}verdict = "closest"\n', "gold.toml, asekd: ", id="unknown key"),
        pytest.param(GOLD, "Field required", id="no verdict"),
        pytest.param(GOLD + 'verdict = "perhaps"\n', "[[question]] 0", id="unknown verdict"),
        pytest.param(GOLD + 'verdict = "answered"\n', "one: an answered question has support", id="no support"),
        pytest.param((GOLD + 'verdict = "closest"\n') * 2, "one: two questions have this id", id="an id used twice"),
        pytest.param(
            GOLD + f'verdict = "answered"\nsupport = [{{ article = "{WASHINGTON_TIMES}", contains = "nowhere" }}]\n',
            f"one: 'nowhere' does not stand in {WASHINGTON_TIMES}",
            id="words that stand nowhere",
        ),
        pytest.param(
            GOLD + 'verdict = "answered"\nsupport = [{ article = "nosuch", contains = "troops" }]\n',
            "There is no article 'nosuch'",
            id="unknown article",
        ),
    ],
)
def test_malformed_gold_questions_are_told(seeded: Bot, tmp_path: Path, content: str, told: str) -> None:
    gold = tmp_path / "gold.toml"
    gold.write_text(content, encoding="utf-8")

    seeded.here("eval", gold).assert_told(USAGE, told)


@pytest.mark.parametrize("place", [".", "nosuch/page.html"])
def test_a_page_that_cannot_be_written_is_told(seeded: Bot, tmp_path: Path, place: str) -> None:
    gold = tmp_path / "gold.toml"
    gold.write_text(GOLD + 'verdict = "closest"\n', encoding="utf-8")

    ran = seeded.here("eval", gold, "--html", tmp_path / place)

    ran.assert_told(USAGE, f"The page {tmp_path / place} cannot be written")


# The command line itself


@pytest.mark.parametrize(
    "arguments",
    [
        ("--nosuch",),
        ("nosuch",),
        ("ask",),
        ("ask", TROOPS, "--nosuch"),
        ("index", "add", "-", "--date", "yesterday"),
        ("search", TROOPS, "--limit", "0"),
        ("source", WASHINGTON_TIMES, "--paragraph", "0"),
    ],
)
def test_an_unknown_option_or_value_is_wrong_usage(seeded: Bot, arguments: tuple[str, ...]) -> None:
    ran = seeded.here(*arguments)

    assert ran.code == USAGE
    assert ran.out == ""
    assert ran.err.startswith("Usage: ")
    assert "--help' for help." in ran.err
    assert ran.err.count("Error: ") == 1
    assert "Traceback" not in ran.err


def test_an_unknown_option_is_wrong_usage_in_a_child_too(seeded: Bot) -> None:
    ran = seeded.run("ask", TROOPS, "--nosuch")

    assert ran.code == USAGE
    assert ran.out == ""
    assert "No such option: --nosuch" in ran.err
