"""The gateway: sessions over WebSockets, with sequence numbers, heartbeats, RESUME and replay."""

from __future__ import annotations

import asyncio
import json
import secrets
import zlib
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from tests.discord.entities import Json, Permission
from tests.discord.sockets import reset
from tests.discord.world import Event, World

KEPT = 10_000
"""Events of a session that are kept for its next connection; older ones make a RESUME fail."""

COMMANDS_A_MINUTE = 120


class Op(IntEnum):
    """The gateway's opcodes."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    RESUME = 6
    RECONNECT = 7
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Close(IntEnum):
    """The gateway's close codes that this server uses."""

    UNKNOWN_OPCODE = 4001
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    RATE_LIMITED = 4008
    SESSION_TIMED_OUT = 4009
    DISALLOWED_INTENTS = 4014


class Intent(IntFlag):
    """The intents that decide over the events of this server."""

    GUILDS = 1 << 0
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15


PRIVILEGED = 1 << 1 | 1 << 8 | Intent.MESSAGE_CONTENT


@dataclass(eq=False)
class Session:
    """What the gateway remembers of a client between its connections."""

    intents: int
    shard: tuple[int, int]
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    sequence: int = 0
    sent: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=KEPT))
    connection: Connection | None = None

    def wants(self, event: Event) -> bool:
        """Whether an event is of this session's shard and intents, and of a channel that the bot may see."""
        guild = event.data.get("guild_id") or (event.data["id"] if event.name == "GUILD_CREATE" else None)
        number, count = self.shard
        if ((int(guild) >> 22) % count if guild else 0) != number:
            return False
        if event.name == "INTERACTION_CREATE":
            return True
        if event.channel and not event.channel.allows(Permission.VIEW_CHANNEL):
            return False
        if event.name.startswith("MESSAGE_"):
            return bool(self.intents & (Intent.GUILD_MESSAGES if guild else Intent.DIRECT_MESSAGES))
        return bool(self.intents & Intent.GUILDS)

    def dispatch(self, name: str, data: Json) -> None:
        """Send an event now or when the client resumes."""
        self.sequence += 1
        payload = json.dumps({"op": Op.DISPATCH, "t": name, "s": self.sequence, "d": data})
        self.sent.append((self.sequence, payload))
        if self.connection:
            self.connection.send(payload)


class Connection:
    """One WebSocket. What is sent goes out in order, compressed as the client asked for."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, *, compressed: bool) -> None:
        self.socket = socket
        self._request = request
        self._deflate = zlib.compressobj() if compressed else None
        self._outbox: asyncio.Queue[str | int] = asyncio.Queue()
        self.closing = False
        """Whether this side closes it."""

    def send(self, payload: str) -> None:
        """Send a payload after those before it."""
        self._outbox.put_nowait(payload)

    def tell(self, op: Op, data: object) -> None:
        """Send a payload that is no event."""
        self.send(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    def close(self, code: int) -> None:
        """Close the socket after what was sent before."""
        self.closing = True
        self._outbox.put_nowait(code)

    def reset(self) -> None:
        """Reset the TCP connection: what was not sent yet never is."""
        reset(self._request)

    async def write(self) -> None:
        """Send what comes into the outbox, until the socket is closed."""
        while not self.socket.closed:
            item = await self._outbox.get()
            try:
                if isinstance(item, int):
                    await self.socket.close(code=item)
                elif self._deflate:
                    data = self._deflate.compress(item.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                    await self.socket.send_bytes(data)
                else:
                    await self.socket.send_str(item)
            except ConnectionError:
                return  # The client is gone; its session keeps what it has not seen.


class Gateway:
    """All sessions of one bot, and the means to disturb them."""

    def __init__(self, world: World, *, heartbeat: float = 41.25) -> None:
        """Tell clients to send a heartbeat every so many seconds."""
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.connections: list[Connection] = []
        self.identified = self.resumed = self.heartbeats = 0
        self._world = world
        self._heartbeat = heartbeat
        world.listeners.append(self._publish)

    def drop(self) -> None:
        """Reset every connection."""
        for connection in self.connections:
            connection.reset()

    def close(self, code: int) -> None:
        """Close every connection with this code."""
        for connection in self.connections:
            connection.close(code)

    def ask_to_reconnect(self) -> None:
        """Ask every client to connect anew and to resume."""
        for connection in self.connections:
            connection.tell(Op.RECONNECT, None)

    def invalidate(self, *, resumable: bool) -> None:
        """Tell every client that its session is invalid; one that is not resumable is forgotten."""
        if not resumable:
            self.forget()
        for connection in self.connections:
            connection.tell(Op.INVALID_SESSION, resumable)

    def forget(self) -> None:
        """Forget all sessions: who resumes one is told that it is invalid."""
        self.sessions.clear()

    def lose(self) -> None:
        """Forget all sessions and reset their connections: who resumes learns that the session is gone."""
        self.forget()
        self.drop()

    @property
    def connected(self) -> int:
        """How many sessions have a connection."""
        return sum(session.connection is not None for session in self.sessions.values())

    def _publish(self, event: Event) -> None:
        for session in self.sessions.values():
            if session.wants(event):
                data = event.data
                if event.channel and "content" in data:
                    data = self._world.as_seen(event.channel, data)
                session.dispatch(event.name, data)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until it ends."""
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        connection = Connection(socket, request, compressed=request.query.get("compress") == "zlib-stream")
        self.connections.append(connection)
        writing = asyncio.create_task(connection.write())
        try:
            await self._converse(connection)
        finally:
            self.connections.remove(connection)
            self._leave(connection)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        return socket

    async def _converse(self, connection: Connection) -> None:
        connection.tell(Op.HELLO, {"heartbeat_interval": int(self._heartbeat * 1000)})
        clock = asyncio.get_running_loop()
        due = clock.time() + 2 * self._heartbeat
        commands: deque[float] = deque(maxlen=COMMANDS_A_MINUTE)
        while True:
            try:
                message = await connection.socket.receive(timeout=due - clock.time())
            except TimeoutError:
                connection.close(Close.SESSION_TIMED_OUT)
                due = clock.time() + self._heartbeat
                continue
            if message.type is not WSMsgType.TEXT:
                return
            if len(commands) == COMMANDS_A_MINUTE and commands[0] > clock.time() - 60:
                connection.close(Close.RATE_LIMITED)
            commands.append(clock.time())
            if self._receive(connection, message):
                due = clock.time() + 2 * self._heartbeat

    def _receive(self, connection: Connection, message: WSMessage) -> bool:
        """Handle what a client sent; whether it was a heartbeat."""
        payload: Json = json.loads(message.data)
        op, data = payload["op"], payload["d"]
        if op == Op.HEARTBEAT:
            self.heartbeats += 1
            connection.tell(Op.HEARTBEAT_ACK, None)
        elif op == Op.IDENTIFY:
            self._identify(connection, data)
        elif op == Op.RESUME:
            self._resume(connection, data)
        elif op != Op.PRESENCE:
            connection.close(Close.UNKNOWN_OPCODE)
        self._world.changes.note()
        return bool(op == Op.HEARTBEAT)

    def _identify(self, connection: Connection, data: Json) -> None:
        refused = PRIVILEGED & ~(Intent.MESSAGE_CONTENT if self._world.message_content else 0)
        if data["token"] != self._world.token:
            connection.close(Close.AUTHENTICATION_FAILED)
            return
        if data["intents"] & refused:
            connection.close(Close.DISALLOWED_INTENTS)
            return
        number, count = data.get("shard") or (0, 1)
        session = Session(data["intents"], (number, count), connection=connection)
        self.sessions[session.id] = session
        self.identified += 1
        guilds = [guild for guild in self._world.guilds.values() if (guild.id >> 22) % count == number]
        session.dispatch(
            "READY",
            {
                "v": 10,
                "user": self._world.bot.payload(),
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "resume_gateway_url": self.url,
                "shard": [number, count],
                "application": {"id": str(self._world.bot.id), "flags": self._world.application_flags},
                "private_channels": [],
            },
        )
        for guild in guilds:
            session.dispatch("GUILD_CREATE", guild.payload())

    def _resume(self, connection: Connection, data: Json) -> None:
        session = self.sessions.get(data["session_id"] or "")
        if data["token"] != self._world.token:
            connection.close(Close.AUTHENTICATION_FAILED)
            return
        seen = data["seq"] or 0
        if session is None or seen > session.sequence or (session.sent and session.sent[0][0] > seen + 1):
            connection.tell(Op.INVALID_SESSION, False)
            return
        if session.connection:
            session.connection.close(WSCloseCode.GOING_AWAY)
        self.resumed += 1
        for sequence, payload in session.sent:
            if sequence > seen:
                connection.send(payload)
        session.connection = connection
        session.dispatch("RESUMED", {})

    def _leave(self, connection: Connection) -> None:
        """Part a session from its connection. A client that closes with 1000 or 1001 has ended it."""
        ended = not connection.closing and connection.socket.close_code in (WSCloseCode.OK, WSCloseCode.GOING_AWAY)
        for session in list(self.sessions.values()):
            if session.connection is connection:
                session.connection = None
                if ended:
                    del self.sessions[session.id]
        self._world.changes.note()
