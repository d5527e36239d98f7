"""What is said of the [discord] settings before anything connects."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest

from bot.checks import PERMISSIONS, application, examine_discord, invite, token_problem
from bot.config import BotSettings
from bot.run import run
from bot.state import Kept, State
from retrieval.errors import ConfigError
from retrieval.library import Library
from retrieval.models import Verdict
from tests.bot.world import settings_with

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GhIjKl.abcdefghijklmnopqrstuvwxyz0123456789AB"


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("", "DISCORD_TOKEN is not set"),
        (f"Bot {TOKEN}", "should be the bare token"),
        (f"{TOKEN}\n", "should be the bare token"),
        ("abc", "does not look like a bot's token"),
        (f"aaaaaaaaaaaaaaaaaaaaaaaa.{TOKEN.partition('.')[2]}", "does not begin with a bot's id"),
    ],
)
def test_a_token_that_cannot_be_one_is_told_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, token: str, words: str
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", token)
    problem = token_problem(BotSettings())

    assert problem is not None
    assert words in problem
    assert not token or token.strip() not in problem


def test_a_token_names_the_application_and_with_it_the_invite_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)

    assert token_problem(BotSettings()) is None
    assert application(BotSettings()) == 123456789012345678
    assert [check.detail for check in examine_discord(BotSettings())][1] == invite(123456789012345678)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "/index is in no server; owners have it in direct messages"),
        ({"admin_guilds": [5], "audit_channel": 7}, "/index in 1 server(s)"),
        (
            {"admin_guilds": [5, 6], "admin_roles": [8, 9]},
            "/index in 2 server(s), for 2 roles besides Manage Server; no",
        ),
    ],
)
def test_it_is_said_where_the_index_can_be_changed(config: dict[str, object], words: str) -> None:
    checks = {one.name: one.detail for one in examine_discord(BotSettings.model_validate({"discord": config}))}

    assert checks["discord admins"].startswith(words)


def test_the_invite_asks_for_exactly_four_permissions() -> None:
    names = ("view_channel", "send_messages", "send_messages_in_threads", "read_message_history")

    assert discord.Permissions(PERMISSIONS) == discord.Permissions(**dict.fromkeys(names, True))
    assert f"permissions={PERMISSIONS}" in invite(1)


def test_the_bot_does_not_start_without_a_token(seeds: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    with pytest.raises(ConfigError, match="DISCORD_TOKEN is not set"):
        run(settings_with(seeds), seeds)


def kept(asker: int) -> Kept:
    return Kept(asker, 1, 2, "What happened?", Verdict.NOT_FOUND)


def test_what_is_too_old_is_deleted(tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        old, new = state.keep(kept(1)), state.keep(kept(1))
        state._db.execute("UPDATE answers SET made = made - 31 * 86400 WHERE id = ?", (old.id,))

        assert state.prune(30) == 1
        assert (state.answer(old.id), state.answer(new.id)) == (None, new)


def test_nothing_is_left_of_a_user_who_wants_to_be_forgotten(tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        mine, other = state.keep(kept(1)), state.keep(kept(2))
        state.vote(other.id, 1, True)
        state.forget_user(1)

        assert (state.answer(mine.id), state.answer(other.id)) == (None, other)
        assert state.kept_of(1).votes == 0


def test_a_question_is_claimed_once_also_by_another_process(tmp_path: Path) -> None:
    with State(tmp_path / "state") as first, State(tmp_path / "state") as second:
        assert [first.claim(5), second.claim(5), first.claim(6)] == [True, False, True]
