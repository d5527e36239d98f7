"""Each provider's own client against a loopback server that speaks its protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from retrieval.config import LlmSettings
from retrieval.errors import ModelError
from retrieval.writing.budget import Usage
from retrieval.writing.model import Model, Said
from tests.serving import Handler, http_served
from tests.writing.models import Cut, Full, Reply, serving

PIECES = ("Troops ", "were sent.")
SENT = "Troops were sent."
End = Literal["stop", "full", "cut"]


def ollama(end: End) -> tuple[str, list[str]]:
    """Return the kind and the lines of a stream of Ollama's."""
    common = {"model": "scripted", "created_at": "2020-01-02T00:00:00Z"}
    said = [{"message": {"role": "assistant", "content": one}, "done": False} for one in PIECES]
    reason = "length" if end == "full" else "stop"
    counts = {"prompt_eval_count": 11, "eval_count": 7}
    last = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": reason, **counts}
    lines = said if end == "cut" else [*said, last]
    return "application/x-ndjson", [json.dumps({**common, **one}) + "\n" for one in lines]


def anthropic(end: End) -> tuple[str, list[str]]:
    """Return the kind and the events of a stream of Anthropic's."""
    message: dict[str, Any] = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": "x",
        "stop_reason": None,
    }
    reason = "max_tokens" if end == "full" else "end_turn"
    texts = [{"index": 0, "delta": {"type": "text_delta", "text": one}} for one in PIECES]
    events: list[tuple[str, dict[str, Any]]] = [
        ("message_start", {"message": {**message, "usage": {"input_tokens": 11, "output_tokens": 1}}}),
        ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
        *(("content_block_delta", one) for one in texts),
    ]
    if end != "cut":
        delta = {"stop_reason": reason, "stop_sequence": None}
        events += [
            ("content_block_stop", {"index": 0}),
            ("message_delta", {"delta": delta, "usage": {"output_tokens": 7}}),
            ("message_stop", {}),
        ]
    return "text/event-stream", [
        f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n" for name, data in events
    ]


@contextmanager
def streaming(kind: str, pieces: Sequence[str]) -> Iterator[str]:
    """Serve a stream; yield the address."""

    class Streaming(Handler):
        def answer(self) -> None:
            self.read()
            if self.path == "/api/show":
                self.send_whole(b'{"model_info": {"x.context_length": 4096}, "capabilities": [], "details": {}}')
                return
            self.begin_stream(kind)
            for piece in (*pieces, ""):
                self.send_chunk(piece.encode())

    with http_served(Streaming) as address:
        yield address


@contextmanager
def opened(provider: str, end: End, data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    """Open a provider's model over a stream that ends so."""
    monkeypatch.setenv("LLM_API_KEY", "none")
    last: list[Cut | Full] = [] if end == "stop" else [Full()] if end == "full" else [Cut()]
    reply: Reply = [*PIECES, *last]
    name = {"anthropic": "claude-haiku-4-5", "openai": "gpt-4o-mini"}.get(provider, "scripted")
    if provider in ("ollama", "anthropic"):
        kind, pieces = ollama(end) if provider == "ollama" else anthropic(end)
        with streaming(kind, pieces) as url:
            yield Model(settings(provider, name, url), data)
    else:
        with serving(reply) as (url, _):
            yield Model(settings(provider, name, url), data)


def settings(provider: str, model: str, url: str) -> LlmSettings:
    values = {"provider": provider, "model": model, "base_url": url, "retries": 0, "timeout_s": 20.0}
    return LlmSettings.model_validate(values)


PROVIDERS = ("openai-like", "openai", "anthropic", "ollama")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_streamed_is_read_and_its_tokens_are_counted(
    provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(provider, "stop", tmp_path, monkeypatch) as model:
        assert list(model.stream("Be short.", "What was sent?")) == [Said("Troops "), Said(SENT)]
        asked = (11, 7) if provider in ("ollama", "anthropic") else (1_000, 200)
        assert model.budget.today == Usage(1, *asked)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_the_limit_of_tokens_cut_off_is_known(
    provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(provider, "full", tmp_path, monkeypatch) as model:
        assert list(model.stream("Be short.", "What was sent?"))[-1] == Said(SENT, is_cut=True)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_stream_that_breaks_off_is_no_answer(provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(provider, "cut", tmp_path, monkeypatch) as model, pytest.raises(ModelError):
        list(model.stream("Be short.", "What was sent?"))
