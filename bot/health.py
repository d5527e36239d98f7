"""Whether the bot is well, and what it counts, over HTTP: `/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from bot.config import HealthSettings
from retrieval.errors import ConfigError

if TYPE_CHECKING:
    from bot.client import EmbassyBot

LOOK_SECONDS = 5.0
"""How long what was found of Chroma holds: a server is not asked at every look."""
PATIENCE = 10.0
"""Seconds after which a part that says nothing counts as not ready."""
PLAIN = "text/plain; version=0.0.4; charset=utf-8"


@asynccontextmanager
async def serving(bot: EmbassyBot, settings: HealthSettings) -> AsyncIterator[str]:
    """Serve the pages while the block runs, where config says so; yield the address, or "".

    Raises ConfigError where the port is taken.
    """
    if not settings.port:
        yield ""
        return
    pages = Pages(bot)
    app = web.Application()
    app.router.add_get("/healthz", pages.health)
    app.router.add_get("/readyz", pages.readiness)
    app.router.add_get("/metrics", pages.metrics)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
        except OSError as error:
            raise ConfigError(
                f"[health] port: {settings.host}:{settings.port} cannot be served on ({error.strerror})."
            ) from error
        yield f"http://{settings.host}:{settings.port}"
    finally:
        await runner.cleanup()


class Pages:
    """The pages, of one bot."""

    def __init__(self, bot: EmbassyBot) -> None:
        self._bot = bot
        self._vectors = (0.0, False)

    async def health(self, request: web.Request) -> web.Response:
        """Say that the program runs, and its event loop turns."""
        return web.json_response({"status": "ok"})

    async def readiness(self, request: web.Request) -> web.Response:
        """Say whether questions can be answered, with 503 where they cannot."""
        parts = await self._parts()
        ready = all(parts.values())
        return web.json_response({"ready": ready, **parts}, status=200 if ready else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        """Return the metrics."""
        bot = self._bot
        for part, there in (await self._parts()).items():
            bot.metrics.ready.labels(part).set(there)
        if not bot.is_closed():
            await bot.service.gauge()
        return web.Response(body=bot.metrics.text(), headers={"Content-Type": PLAIN})

    async def _parts(self) -> dict[str, bool]:
        bot = self._bot
        if bot.is_closed():
            return dict.fromkeys(("gateway", "index", "vectors", "taking_questions"), False)
        gateway = bot.is_ready() and not any(one.is_closed() for one in bot.shards.values())
        try:
            async with asyncio.timeout(PATIENCE):
                index, vectors = await bot.service.has_index(), await self._vectors_answer()
        except TimeoutError:
            index = vectors = False
        return {"gateway": gateway, "index": index, "vectors": vectors, "taking_questions": not bot.stopping}

    async def _vectors_answer(self) -> bool:
        at, there = self._vectors
        if time.monotonic() - at > LOOK_SECONDS or not at:
            there = await self._bot.service.vectors_answer()
            self._vectors = time.monotonic(), there
        return there
