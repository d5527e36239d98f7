"""Models that answer over the network, by a server on this machine that speaks their protocols."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

import pytest

from retrieval.config import EmbeddingSettings
from retrieval.embedding.providers import answering, open_model
from retrieval.errors import ModelError

Provider = Literal["openai-like", "ollama"]


class _Server(BaseHTTPRequestHandler):
    """Embeds a text as a function of its words, as `POST …/embeddings` and as `POST …/api/embed`."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
        vectors = [[byte / 255 for byte in hashlib.sha256(text.encode()).digest()] for text in texts]
        if self.path.endswith("/embeddings"):
            data = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
            usage = {"prompt_tokens": 1, "total_tokens": 1}
            self._send({"object": "list", "model": asked["model"], "data": data, "usage": usage})
        else:
            self._send({"model": asked["model"], "embeddings": vectors})

    def _send(self, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("provider", ["openai-like", "ollama"])
def test_a_served_model_embeds_through_llamaindexs_integration(provider: Provider, address: str) -> None:
    if importlib.util.find_spec("llama_index.embeddings") is None:
        pytest.skip(f"needs the extra: uv sync --extra {provider}")
    url = f"{address}/v1" if provider == "openai-like" else address
    model = open_model(EmbeddingSettings(provider=provider, model="small", base_url=url))

    vectors = model.get_text_embedding_batch(["one", "two"])

    assert len(vectors) == 2
    assert vectors[0] == pytest.approx(model.get_text_embedding("one"))


def test_a_model_that_fails_is_told_in_one_sentence() -> None:
    with pytest.raises(ModelError, match=r"small did not answer \(ConnectionError: refused\)"), answering("small"):
        raise ConnectionError("refused")
