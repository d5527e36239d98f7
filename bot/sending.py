"""What leaves for Discord: under one budget of requests, and tried again without being posted twice.

Discord allows a bot 50 requests a second over all its channels (answers to interactions are not counted), and bars it
for a while if it asks for many more. discord.py keeps the limits of each route, tries a 5xx again and gives a 429 five
attempts; it gives up on a connection that was reset. A message with a nonce that is enforced is stored once, however
often it is sent within minutes, so that everything may be tried again.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import aiohttp
import discord

_log = logging.getLogger(__name__)

Result = TypeVar("Result")

ATTEMPTS = 6
FIRST_WAIT = 0.25
"""Seconds before the second attempt; each wait after it is twice as long."""
BURST_SHARE = 0.2
LIMITED = 429


class Budget:
    """Requests a second. In any second no more than `rate` begin, however they come: a share of them at once, and the
    others spaced (the generic cell rate algorithm)."""

    def __init__(self, rate: int) -> None:
        burst = max(1, int(rate * BURST_SHARE))
        self._step = 1 / (rate - burst)
        self._slack = (burst - 1) * self._step
        self._free_at = 0.0
        self._turn = asyncio.Lock()

    async def take(self) -> None:
        """Wait for a request's turn, in the order of asking."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            if (wait := self._free_at - self._slack - loop.time()) > 0:
                await asyncio.sleep(wait)
            # By the clock as it is now: of many that wake late, on a machine that is busy, not all may go together.
            self._free_at = max(self._free_at, loop.time()) + self._step

    @property
    def is_idle(self) -> bool:
        """Whether half of the burst is free, for what may as well be left out."""
        return not self._turn.locked() and self._free_at - asyncio.get_running_loop().time() <= self._slack / 2

    def take_if_idle(self) -> bool:
        """Take a turn, where the budget is idle."""
        if not self.is_idle:
            return False
        self._free_at = max(self._free_at, asyncio.get_running_loop().time()) + self._step
        return True


class Sender:
    """Sends under a budget, and again where that may help. `limited` is called for each 429."""

    def __init__(self, rate: int, limited: Callable[[], None]) -> None:
        self._budget = Budget(rate)
        self._limited = limited

    @property
    def is_idle(self) -> bool:
        """Whether there are requests to spare."""
        return self._budget.is_idle

    def trace(self) -> aiohttp.TraceConfig:
        """Return what has every request of a client wait for its turn just before it leaves.

        There, and not where it is asked for: discord.py holds requests back for their channel's limit and tries some
        again by itself, and those that it lets go together would be too many for one second.
        """
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._turn)
        trace.on_request_end.append(self._note)
        return trace

    async def _note(self, session: object, context: object, request: aiohttp.TraceRequestEndParams) -> None:
        if request.response.status == LIMITED:
            self._limited()

    async def _turn(self, session: object, context: object, request: aiohttp.TraceRequestStartParams) -> None:
        if is_counted(request.url.path):
            await self._budget.take()

    async def reply(
        self,
        channel: discord.abc.Messageable,
        view: discord.ui.LayoutView,
        to: discord.Message | discord.PartialMessage | None,
        nonce: int,
        mentioned: Sequence[int] = (),
    ) -> discord.Message:
        """Send a message, as a reply where `to` may be replied to. It is posted once for each nonce.

        Of the users that it mentions only those `mentioned` hear of it.
        """
        reference = to.to_reference(fail_if_not_exists=False) if to is not None else None
        allowed = discord.AllowedMentions(
            everyone=False, roles=False, replied_user=False, users=[discord.Object(user) for user in mentioned]
        )

        async def send() -> discord.Message:
            nonlocal reference
            try:
                if reference is None:
                    return await channel.send(view=view, nonce=nonce, allowed_mentions=allowed)
                return await channel.send(view=view, nonce=nonce, allowed_mentions=allowed, reference=reference)
            except discord.HTTPException as error:
                if reference is None or error.code not in UNREPLIABLE:
                    raise
                # Without the permission to read the history Discord takes no replies.
                reference = None
                return await channel.send(view=view, nonce=nonce, allowed_mentions=allowed)

        return await self.attempt(send)

    async def attempt(self, request: Callable[[], Awaitable[Result]]) -> Result:
        """Make a request that may be repeated, until it is through or does not deserve another attempt."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await request()
            except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                if attempt == ATTEMPTS or not _may_pass(error):
                    raise
                _log.warning("attempt %d at a request failed (%s), trying again", attempt, type(error).__name__)
            await asyncio.sleep(FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(0.8, 1.2))
        raise AssertionError("the last attempt returns or raises")

    async def typing(self, channel: discord.abc.Messageable) -> None:
        """Show that an answer is being written, unless requests are scarce: the answers come first."""
        if not self._budget.take_if_idle():
            return
        try:
            await channel.typing()
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            _log.info("typing was not shown (%s)", type(error).__name__)


UNREPLIABLE = frozenset({50013, 160002, 50035})
"""Discord's codes for a reply that it does not take: missing permissions, no history, a message that is gone."""


def is_counted(path: str) -> bool:
    """Say whether a request takes its turn as it leaves: what answers an interaction Discord does not count, the
    gateway is none, and showing that one types took its turn before."""
    _, api, rest = path.partition("/api/")
    uncounted = ("/interactions/" in rest, "/webhooks/" in rest, rest.endswith("/typing"))
    return bool(api) and not any(uncounted)


def _may_pass(error: BaseException) -> bool:
    return not isinstance(error, discord.HTTPException) or error.status == LIMITED or error.status >= 500
