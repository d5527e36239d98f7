"""How many questions a user may ask, and a channel may take, in a minute."""

from __future__ import annotations

from collections.abc import Callable

import discord
from discord import app_commands

from bot.errors import TryAgain

MINUTE = 60.0
MANY = 10_000


class Limits:
    """Cooldowns of users and channels. Kept in memory: a restart forgives. `met` is called where one is met."""

    def __init__(self, user_questions: int, channel_questions: int, met: Callable[[], None]) -> None:
        self._met = met
        self._rates = {"user": user_questions, "channel": channel_questions}
        self._cooldowns: dict[tuple[str, int], app_commands.Cooldown] = {}

    def take(self, user: int, channel: int) -> None:
        """Count one question. Raises TryAgain where it is one too many; it is then not counted."""
        now = discord.utils.utcnow().timestamp()
        keys = [("user", user), ("channel", channel)]
        wait = max(self._of(key).get_retry_after(now) for key in keys)
        if wait:
            self._met()
            raise TryAgain(wait)
        for key in keys:
            self._of(key).update_rate_limit(now)
        if len(self._cooldowns) > MANY:
            self._forget_idle(now)

    def _of(self, key: tuple[str, int]) -> app_commands.Cooldown:
        if key not in self._cooldowns:
            self._cooldowns[key] = app_commands.Cooldown(self._rates[key[0]], MINUTE)
        return self._cooldowns[key]

    def _forget_idle(self, now: float) -> None:
        whole = {key: one for key, one in self._cooldowns.items() if one.get_tokens(now) < one.rate}
        self._cooldowns = whole


class Notices:
    """Who was told to wait, and until when: being told again and again is worse than waiting."""

    def __init__(self) -> None:
        self._until: dict[int, float] = {}

    def first(self, user: int, seconds: float) -> bool:
        """Say whether a user is to be told now, and note that for so many seconds."""
        now = discord.utils.utcnow().timestamp()
        if self._until.get(user, 0.0) > now:
            return False
        self._until = {one: until for one, until in self._until.items() if until > now}
        self._until[user] = now + seconds
        return True
