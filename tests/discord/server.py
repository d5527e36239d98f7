"""A Discord on the loopback: gateway and REST over real sockets, which discord.py talks to as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import yarl
from aiohttp import web
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.discord.contract import Contract
from tests.discord.endpoints import ENDPOINTS
from tests.discord.faults import Faults
from tests.discord.gateway import Gateway
from tests.discord.interactions import INTERACTION_ENDPOINTS, Interactions
from tests.discord.limits import Limits, LimitSettings
from tests.discord.rest import PREFIX, Rest
from tests.discord.world import World

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Loopback:
    """The parts of a server that runs."""

    world: World
    gateway: Gateway
    rest: Rest
    faults: Faults
    interactions: Interactions
    address: str
    """Host and port."""


@asynccontextmanager
async def loopback(
    *,
    limits: LimitSettings | None = None,
    heartbeat: float = 41.25,
    message_content: bool = False,
    contract: Contract | None = None,
) -> AsyncIterator[Loopback]:
    """Serve a Discord in this event loop; AssertionError at its end if anyone broke the contract."""
    world = World(message_content=message_content)
    gateway = Gateway(world, heartbeat=heartbeat)
    faults = Faults()
    rest = Rest(world, Limits(limits or LimitSettings()), faults, contract)
    app = web.Application()
    app.router.add_get("/gateway", gateway.handle)
    rest.add(app, ENDPOINTS)
    rest.add(app, INTERACTION_ENDPOINTS)
    app.router.add_get("/files/{id}", _file_of(world))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, 0)
        await site.start()
        address = "{}:{}".format(*runner.addresses[0][:2])
        world.gateway_url = gateway.url = gateway_url(address)
        world.files_url = f"http://{address}/files"
        yield Loopback(world, gateway, rest, faults, Interactions(world), address)
    except BaseException as error:
        # What broke the contract is often why the test failed.
        for violation in rest.violations:
            error.add_note(violation)
        raise
    finally:
        gateway.drop()
        await runner.cleanup()
    if rest.violations:
        raise AssertionError("\n".join(rest.violations))


def _file_of(world: World) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return what serves uploaded files: in pieces, so that no header says how large they are."""

    async def serve(request: web.Request) -> web.StreamResponse:
        if (content := world.files.get(request.match_info["id"])) is None:
            raise web.HTTPNotFound
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        for start in range(0, len(content), 1 << 16):
            await response.write(content[start : start + (1 << 16)])
        await response.write_eof()
        return response

    return serve


def gateway_url(address: str) -> str:
    """Return where the gateway of a server is."""
    return f"ws://{address}/gateway"


@contextmanager
def discord_at(address: str) -> Iterator[None]:
    """Have discord.py find Discord there."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = f"http://{address}{PREFIX}", yarl.URL(gateway_url(address))
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before
