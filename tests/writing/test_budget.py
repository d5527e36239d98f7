"""What a language model may take a day: counted over all processes, and kept to."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import ValidationError

from retrieval.config import LlmSettings
from retrieval.errors import ModelError
from retrieval.library import Library
from retrieval.writing import budget
from retrieval.writing.budget import FILE, Budget, Reserved, Usage
from retrieval.writing.model import Model
from tests.conftest import SEEDS, settings_for
from tests.writing.models import USAGE, Cut, serving

TROOPS = "How many U.S. troops are stationed in Iraq?"
SPENT = "The language model's budget for today is used up."


def settings(**values: object) -> LlmSettings:
    return LlmSettings.model_validate({"provider": "openai-like", "model": "scripted", "retries": 0, **values})


def test_what_a_call_took_is_counted_in_the_place_of_what_was_reserved(tmp_path: Path) -> None:
    used = Budget(tmp_path, settings())
    reserved = used.reserve(900, 300)
    assert used.today == Usage(1, 900, 300)
    used.settle(reserved, 1_000, 200)
    assert Budget(tmp_path, settings()).today == Usage(1, 1_000, 200)
    assert Budget(tmp_path, settings(model="another")).today == Usage()


@pytest.mark.parametrize(
    "limit",
    [
        {"daily_tokens": 2_500},
        {"daily_cost": 0.0045, "input_price": 1.0, "output_price": 5.0},
    ],
)
def test_a_call_beyond_the_limit_is_refused_and_takes_nothing(tmp_path: Path, limit: dict[str, float]) -> None:
    used = Budget(tmp_path, settings(**limit))
    used.reserve(1_000, 200)
    used.reserve(1_000, 200)
    with pytest.raises(ModelError, match="budget for today is used up"):
        used.reserve(1_000, 200)
    assert used.today == Usage(2, 2_000, 400)


def test_a_call_over_midnight_counts_on_the_day_on_which_it_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = Budget(tmp_path, settings())
    monkeypatch.setattr(budget, "_today", lambda: "2020-01-01")
    reserved = used.reserve(900, 300)
    monkeypatch.setattr(budget, "_today", lambda: "2020-01-02")
    used.settle(reserved, 10, 10)
    assert used.today == Usage()
    monkeypatch.setattr(budget, "_today", lambda: "2020-01-01")
    assert used.today == Usage(1, 10, 10)


@pytest.mark.parametrize("tokens", [-(10**9), 10**30, 0])
def test_a_server_that_miscounts_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tokens: int) -> None:
    monkeypatch.setitem(USAGE, "prompt_tokens", tokens)
    with serving("Yes.") as (url, _):
        model = Model(settings(base_url=url), tmp_path)
        assert model.ask("Be short.", "Ready?") == "Yes."
    assert model.budget.today.output == model.settings.max_tokens


def test_what_was_given_up_stays_counted(tmp_path: Path) -> None:
    with serving(["Yes", Cut()]) as (url, _):
        model = Model(settings(base_url=url), tmp_path)
        with pytest.raises(ModelError):
            model.ask("Be short.", "Ready?")
    assert model.budget.today.output == model.settings.max_tokens


def test_many_at_once_take_no_more_than_there_is(tmp_path: Path) -> None:
    taken: list[Reserved] = []

    def take() -> None:
        for _ in range(10):
            with suppress(ModelError):
                taken.append(Budget(tmp_path, settings(daily_tokens=1_000)).reserve(90, 10))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 10
    assert Budget(tmp_path, settings()).today == Usage(10, 900, 100)


def test_a_count_that_cannot_be_read_lets_no_model_be_asked(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 100)
    with pytest.raises(ModelError, match="budget cannot be read"):
        Budget(tmp_path, settings()).reserve(1, 1)


def test_a_cost_without_prices_is_refused() -> None:
    with pytest.raises(ValidationError, match="needs input_price and output_price"):
        settings(daily_cost=1.0)


def test_answers_go_on_without_the_model_once_the_day_is_used_up(tmp_path: Path) -> None:
    said = "The U.S. has about 5,000 troops stationed in Iraq [1]."
    with serving(said, [said, Cut()], said) as (url, requests):
        llm = settings(base_url=url, daily_tokens=5_000)
        with Library(settings_for(SEEDS, tmp_path).model_copy(update={"llm": llm})) as library:
            library.update()
            written = library.ask(TROOPS, write=True)
            used = Budget(tmp_path, llm)
            assert written.is_written
            assert used.today == Usage(1, USAGE["prompt_tokens"], USAGE["completion_tokens"])
            # Of one that broke off the server did not say how many there were; what was reserved stays counted.
            library.ask(TROOPS, write=True)
            assert used.today.output == USAGE["completion_tokens"] + llm.max_tokens
            while requests and len(requests) < 10 and not (answer := library.ask(TROOPS, write=True)).degraded:
                assert answer.is_written
            assert not answer.is_written
            assert answer.degraded == SPENT
            assert answer.citations
            assert len(requests) < 6
