"""What goes wrong: one sentence and an id for the user, a traceback under that id in the log, and nothing secret."""

from __future__ import annotations

import asyncio
import logging
import re

import aiohttp
import discord
import pytest

from bot.errors import Told, TryAgain, explain
from bot.logs import LINE, Json, Lines
from bot.metrics import Metrics
from bot.sending import Budget, Sender
from bot.service import Gone
from bot.worker import QueueFull, Worker
from retrieval.errors import QuestionError, StorageDamaged
from retrieval.library import Library
from tests.bot.world import acted, text, world

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GhIjKl.abcdefghijklmnopqrstuvwxyz0123456789AB"
TROOPS = "How many U.S. troops are stationed in Iraq?"


class Breaking(Library):
    """A library whose index fails while it answers."""

    def ask(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
        raise StorageDamaged("The catalog /srv/secret/data is damaged.")


@acted
async def test_a_failure_is_told_with_the_id_under_which_the_log_has_it(
    seeds: Library, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(Breaking(seeds.settings, command="breaking")) as w:
        shown = text(await w.ask(TROOPS))

    found = re.search(r"`([0-9a-f]{8})`", shown)
    assert found is not None
    assert shown.startswith("The index of the articles cannot be read.")
    assert "/srv" not in shown
    (record,) = [one for one in caplog.records if found[1] in one.getMessage()]
    assert record.exc_info is not None


@acted
async def test_a_failure_before_the_question_is_answered_is_told_too(
    seeds: Library, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(seeds) as w:
        w.state._db.execute("DROP TABLE claims")
        shown = text(await w.ask(TROOPS))

    found = re.search(r"`([0-9a-f]{8})`", shown)
    assert found is not None
    assert shown.startswith("Something went wrong that should not.")
    assert [one.exc_info for one in caplog.records if found[1] in one.getMessage()]


@acted
async def test_a_full_queue_is_told(seeds: Library) -> None:
    async with world(seeds, queue=1) as w:
        w.bot.service._questions.waiting = 1
        assert "Too many questions are waiting" in text(await w.ask(TROOPS))
        w.bot.service._questions.waiting = 0


@acted
async def test_a_stopping_bot_takes_no_more_questions(seeds: Library) -> None:
    async with world(seeds) as w:
        await w.bot.drain()
        assert "being restarted" in text(await w.ask(TROOPS))


@acted
async def test_draining_waits_for_the_answer_under_way(seeds: Library) -> None:
    async with world(seeds) as w:
        async with w.bot.busy():
            waiting = asyncio.create_task(w.bot.drain())
            await asyncio.sleep(0)
            assert not waiting.done()
        await waiting


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Told("Only moderators."), "Only moderators."),
        (TryAgain(3.2), "That is a lot of questions at once. Try again in 4 s."),
        (QueueFull(), "Too many questions are waiting already. Ask again in a moment."),
        (Gone(), "This answer is too old for its buttons: what they need is no longer kept. Ask it again."),
        (QuestionError("The question is empty. Ask, for example: embassy-bot ask"), "The question is empty."),
    ],
)
def test_what_a_user_can_mend_has_no_id(error: Exception, sentence: str) -> None:
    failure = explain(error, "testing")
    assert (failure.sentence, failure.id) == (sentence, "")


@pytest.mark.parametrize("error", [ValueError(TOKEN), OSError(2, "no", "/etc/secret"), StorageDamaged("/srv/data")])
def test_what_they_cannot_has_an_id_and_no_detail(error: Exception) -> None:
    failure = explain(error, "testing")
    assert failure.id
    assert TOKEN not in failure.sentence
    assert "/" not in failure.sentence


def test_the_log_has_no_token() -> None:
    try:
        raise ValueError(TOKEN)
    except ValueError as error:
        record = logging.LogRecord(
            "x", 40, "x", 1, "failed with %s", (TOKEN,), (type(error), error, error.__traceback__)
        )
    for line in (Lines(LINE).format(record), Json().format(record)):
        assert TOKEN not in line
        assert "(token)" in line
        assert "Traceback" in line


class Response:
    """As much of a response as discord.py's errors read."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.reason = ""


def refusing(*errors: Exception) -> tuple[list[int], object]:
    """Return a request that fails with each error once, and then goes through, with the list of its attempts."""
    attempts: list[int] = []
    left = list(errors)

    async def request() -> str:
        attempts.append(1)
        if left:
            raise left.pop(0)
        return "sent"

    return attempts, request


def test_a_reset_connection_and_a_failing_server_are_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.sending.FIRST_WAIT", 0.0)
    attempts, request = refusing(
        ConnectionResetError(),
        aiohttp.ServerDisconnectedError(),
        discord.DiscordServerError(Response(503), ""),  # type: ignore[arg-type]
    )
    assert asyncio.run(Sender(50, Metrics().rate_limits.inc).attempt(request)) == "sent"  # type: ignore[arg-type]
    assert len(attempts) == 4


def test_a_refusal_is_not_repeated() -> None:
    attempts, request = refusing(discord.Forbidden(Response(403), ""))  # type: ignore[arg-type]
    with pytest.raises(discord.Forbidden):
        asyncio.run(Sender(50, Metrics().rate_limits.inc).attempt(request))  # type: ignore[arg-type]
    assert len(attempts) == 1


@pytest.mark.parametrize("rate", [5, 50, 200])
def test_no_second_has_more_requests_than_the_rate(rate: int, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0
    begun: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal clock
        clock += seconds

    async def play() -> None:
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "time", lambda: clock)
        budget = Budget(rate)
        for _ in range(rate * 5):
            await budget.take()
            begun.append(clock)

    monkeypatch.setattr("bot.sending.asyncio.sleep", sleep)
    asyncio.run(play())
    busiest = max(sum(1 for one in begun if start <= one < start + 1) for start in begun)

    assert busiest <= rate
    assert begun[-1] < 8


def test_typing_is_left_out_where_requests_are_scarce() -> None:
    async def play() -> list[bool]:
        budget = Budget(50)
        return [budget.take_if_idle() for _ in range(20)]

    taken = asyncio.run(play())
    assert taken[0]
    assert not taken[-1]


def test_a_worker_refuses_what_is_too_much_and_keeps_the_order() -> None:
    async def play() -> list[int]:
        worker = Worker("test", 3)
        order: list[int] = []
        calls = [asyncio.create_task(worker.run(order.append, number)) for number in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(QueueFull):
            await worker.run(order.append, 9)
        await asyncio.gather(*calls)
        worker.close()
        return order

    assert asyncio.run(play()) == [0, 1, 2]
