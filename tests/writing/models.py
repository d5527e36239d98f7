"""A language model's server on loopback, in OpenAI's protocol, that says what a test wants."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = str | int | bytes | float
"""What is written; an HTTP status; the body's bytes as they are; or for how many seconds nothing comes."""


@contextmanager
def serving(*replies: Reply) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve these replies one after another, the last one for good; yield the address and the requests that came."""
    requests: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.append(json.loads(body))
            _answer(self, replies[min(len(requests), len(replies)) - 1])

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    send: Callable[[bytes], object] = handler.wfile.write
    if isinstance(reply, float):
        time.sleep(reply)
        handler.close_connection = True
        return
    handler.send_response(reply if isinstance(reply, int) else 200)
    handler.send_header("Content-Type", "application/json")
    if isinstance(reply, str):
        body = json.dumps(
            {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": "scripted",
                "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": reply}}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
        ).encode()
    else:
        body = reply if isinstance(reply, bytes) else b'{"error": {"message": "no"}}'
    handler.send_header("Content-Length", str(len(body) if not isinstance(reply, bytes) else len(body) + 10))
    handler.end_headers()
    send(body)
    if isinstance(reply, bytes):
        handler.close_connection = True
