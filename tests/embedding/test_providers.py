"""Models that answer over the network, by a server on this machine that speaks their protocols."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Literal

import pytest

from retrieval.config import EmbeddingSettings
from retrieval.embedding.providers import answering, open_model
from retrieval.errors import ModelError
from tests.serving import Handler, http_served

Provider = Literal["openai-like", "ollama"]


class Embedding(Handler):
    """Embeds a text as a function of its words, as `POST …/embeddings` and as `POST …/api/embed`."""

    def answer(self) -> None:
        asked = json.loads(self.read())
        texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
        vectors = [[byte / 255 for byte in hashlib.sha256(text.encode()).digest()] for text in texts]
        if self.path.endswith("/embeddings"):
            data = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
            usage = {"prompt_tokens": 1, "total_tokens": 1}
            body = {"object": "list", "model": asked["model"], "data": data, "usage": usage}
        else:
            body = {"model": asked["model"], "embeddings": vectors}
        self.send_whole(json.dumps(body).encode())


@pytest.fixture
def address() -> Iterator[str]:
    with http_served(Embedding) as found:
        yield found


@pytest.mark.parametrize("provider", ["openai-like", "ollama"])
def test_a_served_model_embeds_through_llamaindexs_integration(provider: Provider, address: str) -> None:
    pytest.importorskip(
        f"llama_index.embeddings.{provider.replace('-', '_')}", reason=f"needs the extra: uv sync --extra {provider}"
    )
    url = f"{address}/v1" if provider == "openai-like" else address
    model = open_model(EmbeddingSettings(provider=provider, model="small", base_url=url))

    vectors = model.get_text_embedding_batch(["one", "two"])

    assert len(vectors) == 2
    assert vectors[0] == pytest.approx(model.get_text_embedding("one"))


def test_a_model_that_fails_is_told_in_one_sentence() -> None:
    with pytest.raises(ModelError, match=r"small did not answer \(ConnectionError: refused\)"), answering("small"):
        raise ConnectionError("refused")
