"""Discord's REST API: what happens to every request, whatever it asks for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.discord import files
from tests.discord.contract import Contract
from tests.discord.entities import Channel, Json, Permission
from tests.discord.faults import Failing, Fault, Faults, Held, Reset, Route, TooMany
from tests.discord.limits import Limited, Limits
from tests.discord.sockets import reset
from tests.discord.world import World

PREFIX = "/api/v10"

Body = Json | list[Json] | None
"""What an endpoint answers; None is 204."""


class ApiError(Exception):
    """A request that Discord refuses, with the HTTP status and Discord's own code."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.payload = {"code": code, "message": message}


@dataclass(frozen=True)
class Call:
    """A request as an endpoint sees it: the parts of its path, its query and its body."""

    world: World
    path: dict[str, str]
    query: dict[str, str]
    body: Json

    def channel(self, *permissions: Permission) -> Channel:
        """Return the channel that the path names; ApiError where the bot lacks a permission in it."""
        channel = self.world.channels.get(int(self.path["channel_id"]))
        if channel is None:
            raise ApiError(404, 10003, "Unknown Channel")
        if not channel.allows(Permission.VIEW_CHANNEL):
            raise ApiError(403, 50001, "Missing Access")
        if not all(channel.allows(one) for one in permissions):
            raise ApiError(403, 50013, "Missing Permissions")
        return channel

    def message(self, channel: Channel) -> Json:
        """Return the message that the path names."""
        message = channel.messages.get(int(self.path["message_id"]))
        if message is None:
            raise ApiError(404, 10008, "Unknown Message")
        return message


@dataclass(frozen=True)
class Logged:
    """A request that came, and the status that it was answered with; 0 for a reset connection.

    `everywhere` where it was refused because all requests together were too many; `at` is when, on a monotonic clock.
    """

    route: Route
    path: dict[str, str]
    status: int
    everywhere: bool = False
    at: float = field(default_factory=time.monotonic)


Endpoint = Callable[[Call], Body]


@dataclass
class Rest:
    """Serves endpoints by Discord's rules: token, limits, form, and the faults that a test has planned."""

    world: World
    limits: Limits
    faults: Faults
    contract: Contract | None
    log: list[Logged] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    """Where this server, or who talks to it, broke Discord's contract."""

    def add(self, app: web.Application, routes: dict[Route, Endpoint]) -> None:
        """Serve these endpoints."""
        for route, endpoint in routes.items():
            app.router.add_route(route[0], PREFIX + route[1], self._handler(route, endpoint))

    def count(self, status: int) -> int:
        """Return how many requests were answered with this status."""
        return sum(logged.status == status for logged in self.log)

    @property
    def refused_everywhere(self) -> int:
        """How many requests met the limit over all, which is the bot's to keep; discord.py keeps those of routes."""
        return sum(logged.everywhere for logged in self.log)

    def _handler(self, route: Route, endpoint: Endpoint) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            path = dict(request.match_info)
            limited = self._limited(route, path)
            fault = None if limited.retry_after is not None else self.faults.take(route)
            if isinstance(fault, TooMany):
                limited = self.limits.hold(
                    " ".join(route), _major(path), fault.retry_after, everywhere=fault.everywhere
                )
            answer: object
            if limited.retry_after is not None:
                status, answer = 429, _too_many(limited)
            else:
                status, answer = await self._answer(request, route, path, endpoint, fault)
            everywhere = limited.retry_after is not None and limited.everywhere
            self.log.append(Logged(route, path, status, everywhere))
            self.world.changes.note()
            if status == 0:
                reset(request)
            return _response(status, answer, limited)

        return handle

    def _limited(self, route: Route, path: dict[str, str]) -> Limited:
        # What answers an interaction does not count against the bot's limit over all.
        answers = "interaction_token" in path or "webhook_token" in path
        return self.limits.take(" ".join(route), _major(path), counts=not answers)

    async def _answer(
        self, request: web.Request, route: Route, path: dict[str, str], endpoint: Endpoint, fault: Fault | None
    ) -> tuple[int, object]:
        """Return status and body; status 0 for a connection that is to be reset."""
        text, sent = await files.read(request)
        if isinstance(fault, Reset) and not fault.stored:
            return 0, None
        if isinstance(fault, Failing) and not fault.stored:
            return fault.status, {"code": 0, "message": f"{fault.status}: Internal Server Error"}
        status, body = self._do(request, route, path, endpoint, text, sent)
        if isinstance(fault, Reset):
            return 0, None
        if isinstance(fault, Failing):
            return fault.status, {"code": 0, "message": f"{fault.status}: Internal Server Error"}
        if isinstance(fault, Held):
            self.world.changes.note()
            await fault.release.wait()
        return status, body

    def _do(
        self,
        request: web.Request,
        route: Route,
        path: dict[str, str],
        endpoint: Endpoint,
        text: str,
        sent: dict[str, files.Sent],
    ) -> tuple[int, object]:
        """Check the request, do what it asks for, and check the response."""
        open_to_all = "interaction_token" in path or "webhook_token" in path
        if not open_to_all and request.headers.get("Authorization") != f"Bot {self.world.token}":
            return 401, {"code": 0, "message": "401: Unauthorized"}
        body: Json | list[Json] | None = json.loads(text) if text else None
        query = dict(request.query)
        if self.contract and (faults := self.contract.faults_of_request(*route, query, body)):
            self.violations += faults
            return 400, {"code": 50035, "message": f"Invalid Form Body: {faults[0]}"}
        given = {"list": body} if isinstance(body, list) else body or {}
        try:
            given = files.stored(given, sent, self.world.snowflakes.next) if sent else given
        except KeyError as error:
            return 400, {"code": 50035, "message": f"Invalid Form Body: there is no file {error}"}
        try:
            answer = endpoint(Call(self.world, path, query, given))
        except ApiError as error:
            return error.status, error.payload
        status = 204 if answer is None else 200
        if self.contract:
            self.violations += self.contract.faults_of_response(*route, status, answer)
        return status, answer


def _major(path: dict[str, str]) -> str | None:
    """Return the part of a path that limits are counted by."""
    return path.get("channel_id") or path.get("webhook_token")


def _too_many(limited: Limited) -> Json:
    return {
        "message": "You are being rate limited.",
        "retry_after": limited.retry_after,
        "global": limited.everywhere,
    }


def _response(status: int, body: object, limited: Limited) -> web.Response:
    # Discord stands behind a proxy that names itself; discord.py takes a 429 without it for a ban.
    headers = {**limited.headers, "Via": "1.1 google"}
    if limited.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(limited.retry_after)))
    if body is None:
        return web.Response(status=status or 204, headers=headers)
    # aiohttp would add a charset, which discord.py does not take for JSON.
    headers["Content-Type"] = "application/json"
    return web.Response(status=status, body=json.dumps(body).encode(), headers=headers)
