"""A language model's server on loopback, in OpenAI's protocol with streams, that says what a test wants."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT_SECONDS = 60.0
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 200, "total_tokens": 1_200}
"""What the server says that each of its streams took."""


class Raw(str):
    """An event of a stream, as it stands."""


class Cut:
    """The connection is closed here, in the middle of a stream."""


class Keep:
    """A comment, by which a server keeps the connection while it has nothing to say."""


class Full:
    """The model is stopped by its limit of tokens here."""


Piece = str | float | threading.Event | Keep | Cut | Full
"""Of a stream: what is said, an event as it stands, for how long nothing comes (seconds, or until something happens),
or an end of its own."""
Reply = str | int | bytes | float | Sequence[Piece]
"""What is said, in a stream of words; an HTTP status; the body's bytes as they are; or the pieces of a stream."""


@contextmanager
def serving(*replies: Reply, into: list[dict[str, Any]] | None = None) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve these replies one after another, the last one for good; yield the address and the requests that came."""
    requests: list[dict[str, Any]] = [] if into is None else into

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.append(json.loads(body))
            try:
                _answer(self, replies[min(len(requests), len(replies)) - 1])
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of a client that went away."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    if isinstance(reply, int | bytes):
        body = reply if isinstance(reply, bytes) else b'{"error": {"message": "no"}}'
        handler.send_response(200 if isinstance(reply, bytes) else reply)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        return
    pieces = [reply] if isinstance(reply, float) else re.findall(r"\S+\s*", reply) if isinstance(reply, str) else reply
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    reason = "stop"
    for piece in pieces:
        if isinstance(piece, float):
            time.sleep(piece)
        elif isinstance(piece, threading.Event):
            piece.wait(WAIT_SECONDS)
        elif isinstance(piece, Keep):
            _chunk(handler, b": keep\n\n")
        elif isinstance(piece, Cut):
            handler.close_connection = True
            return
        elif isinstance(piece, Full):
            reason = "length"
            break
        else:
            _send(handler, piece if isinstance(piece, Raw) else _event({"delta": {"content": piece}}))
    _send(handler, _event({"delta": {}, "finish_reason": reason}))
    _send(handler, json.dumps({**_HEAD, "choices": [], "usage": USAGE}))
    _send(handler, "[DONE]")
    handler.wfile.write(b"0\r\n\r\n")


_HEAD = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "scripted"}


def _event(choice: dict[str, Any]) -> str:
    return json.dumps({**_HEAD, "choices": [{"index": 0, "finish_reason": None, **choice}]})


def _send(handler: BaseHTTPRequestHandler, event: str) -> None:
    _chunk(handler, f"data: {event}\n\n".encode())


def _chunk(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    handler.wfile.flush()
