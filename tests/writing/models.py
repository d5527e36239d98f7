"""A language model's server on loopback, in OpenAI's protocol with streams, that says what a test wants."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from retrieval.config import LlmSettings
from retrieval.library import Library
from tests.serving import Handler, http_served

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

    class Scripted(Handler):
        def answer(self) -> None:
            requests.append(json.loads(self.read()))
            _answer(self, replies[min(len(requests), len(replies)) - 1])

    with http_served(Scripted) as address:
        yield f"{address}/v1", requests


def _answer(handler: Handler, reply: Reply) -> None:
    if isinstance(reply, bytes):
        handler.send_whole(reply)
        return
    if isinstance(reply, int):
        handler.send_whole(b'{"error": {"message": "no"}}', reply)
        return
    pieces = [reply] if isinstance(reply, float) else re.findall(r"\S+\s*", reply) if isinstance(reply, str) else reply
    handler.begin_stream("text/event-stream")
    reason = "stop"
    for piece in pieces:
        if isinstance(piece, float):
            time.sleep(piece)
        elif isinstance(piece, threading.Event):
            piece.wait(WAIT_SECONDS)
        elif isinstance(piece, Keep):
            handler.send_chunk(b": keep\n\n")
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
    handler.send_chunk(b"")


_HEAD = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "scripted"}


def _event(choice: dict[str, Any]) -> str:
    return json.dumps({**_HEAD, "choices": [{"index": 0, "finish_reason": None, **choice}]})


def _send(handler: Handler, event: str) -> None:
    handler.send_chunk(f"data: {event}\n\n".encode())


@contextmanager
def configured(library: Library, llm: LlmSettings) -> Iterator[None]:
    """Give a library that is shared with other tests, and owns its folder, this language model while the block runs."""
    before = library.settings
    library.settings = before.model_copy(update={"llm": llm})
    library._llm.settings, library._llm._model = llm, None
    try:
        yield
    finally:
        library.settings = before
        library._llm.settings, library._llm._model = before.llm, None
