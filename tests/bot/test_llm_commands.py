"""The commands with a language model: `ask`, `eval --mode llm`, `doctor` and `check`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bot.conftest import TROOPS, WASHINGTON_TIMES, Bot, Ran
from tests.writing.models import Reply, serving

USAGE = 2
SAID = "The U.S. has about 5,000 troops stationed in Iraq [1]. They are 90,000 in Mosul [1]."
GOLD = f"""
[[question]]
id = "troops"
question = "{TROOPS}"
kind = "number"
verdict = "answered"
support = [{{ article = "{WASHINGTON_TIMES}", contains = "about 5,000 troops" }}]
[[question]]
id = "foreign"
question = "Who won the Wimbledon final?"
kind = "foreign"
verdict = "not_found"
"""

Run = Callable[..., Ran]


@pytest.fixture
def with_model(seeded: Bot, tmp_path: Path) -> Run:
    """Run a command with a language model that replies so."""

    def run(*arguments: str | Path, reply: Reply = SAID, model: str = "scripted", more: str = "") -> Ran:
        with serving(reply) as (url, _):
            config = tmp_path / "config.toml"
            config.write_text(
                f'[llm]\nprovider = "openai-like"\nmodel = "{model}"\nbase_url = "{url}"\nretries = 0\n{more}',
                encoding="utf-8",
            )
            return seeded.here("--config", config, *arguments)

    return run


def test_ask_says_what_was_left_out(with_model: Run) -> None:
    ran = with_model("ask", TROOPS)

    assert ran.code == 0, ran.err
    assert "The U.S. has about 5,000 troops stationed in Iraq. [1]" in ran.out
    assert "90,000" not in ran.out
    assert "1 sentence left out that the articles do not bear out" in ran.out


def test_ask_as_json_has_the_usual_shape(with_model: Run) -> None:
    answer = with_model("ask", TROOPS, "--json").object

    assert answer["mode"] == "llm"
    assert answer["answer"] == "The U.S. has about 5,000 troops stationed in Iraq. [1]"
    assert set(answer["timings_ms"]) == {"embed", "search", "answer", "total"}


def test_eval_measures_what_the_model_makes_of_the_answers(with_model: Run, tmp_path: Path) -> None:
    gold = tmp_path / "gold.toml"
    gold.write_text(GOLD, encoding="utf-8")
    found = with_model("eval", gold, "--mode", "llm", "--json").object

    llm = found["llm"]
    assert (llm["asked"], llm["written"], llm["failed"], llm["sentences"]) == (1, 1, 0, 2)
    assert (llm["dropped"], llm["drafted_recall"], llm["drafted_precision"]) == (0.5, 0.5, 0.5)
    assert (llm["shown_recall"], llm["shown_precision"]) == (1.0, 1.0)
    assert 0 < llm["first_paint_p50"] < llm["full_p50"]
    assert "llm" not in with_model("eval", gold, "--json").object
    table = with_model("eval", gold, "--mode", "llm").out
    assert "citations shown: recall" in table


def test_eval_without_a_model_to_measure_says_so(seeded: Bot, tmp_path: Path) -> None:
    gold = tmp_path / "gold.toml"
    gold.write_text(GOLD, encoding="utf-8")

    seeded.here("eval", gold, "--mode", "llm").assert_told(USAGE, "set [llm] provider in config.toml")


def test_doctor_says_what_the_model_took_today(with_model: Run) -> None:
    more = "daily_tokens = 100000\ndaily_cost = 5.0\ninput_price = 1.0\noutput_price = 2.0"
    ran = with_model("doctor", reply="Yes.", model="asked-once", more=more)

    assert "openai-like asked-once, which answered in" in ran.out
    assert "; 1,200 tokens today of 100,000, at a cost of 0.00 of 5.00" in " ".join(ran.out.split())


def test_a_day_that_is_used_up_is_told_beside_the_quotes(with_model: Run) -> None:
    ran = with_model("ask", TROOPS, more="daily_tokens = 16")

    assert "The language model's budget for today is used up." in ran.out
    assert "The U.S. has about 5,000 troops currently stationed in Iraq." in ran.out
