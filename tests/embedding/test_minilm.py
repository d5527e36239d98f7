"""The bundled model: its vectors, its cache, and weights that are not what they should be."""

from __future__ import annotations

import contextlib
import json
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pytest

from retrieval.config import EmbeddingSettings
from retrieval.embedding import minilm
from retrieval.embedding.bert import DIMENSIONS, bert_graph
from retrieval.embedding.bundled import BundledEmbedding
from retrieval.embedding.minilm import MiniLM
from retrieval.embedding.providers import fingerprint, open_model
from retrieval.errors import ConfigError, ModelError
from retrieval.index.glance import collection_name

REFERENCE = json.loads((Path(__file__).parent / "reference_vectors.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def model(cache: Path) -> MiniLM:
    return minilm.load(cache)


def test_the_graph_gives_what_sentence_transformers_gave_for_the_same_weights(tmp_path: Path) -> None:
    import onnx
    import safetensors.numpy

    assert REFERENCE["weights_sha256"] == minilm.WEIGHTS_SHA256
    weights = minilm.weights_folder() / "model.safetensors"
    onnx.save(bert_graph(safetensors.numpy.load_file(weights)), tmp_path / "exact.onnx")
    exact = MiniLM(tmp_path / "exact.onnx", minilm.weights_folder() / "tokenizer.json")

    found = exact.embed([item["text"] for item in REFERENCE["items"]])

    expected = np.array([item["vector"] for item in REFERENCE["items"]], dtype=np.float32)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_in_int8_every_vector_stays_close_to_the_reference(model: MiniLM) -> None:
    found = model.embed([item["text"] for item in REFERENCE["items"]])

    expected = np.array([item["vector"] for item in REFERENCE["items"]], dtype=np.float32)
    cosines = (found * expected).sum(axis=1)
    assert cosines.min() > 0.95
    assert cosines.mean() > 0.98


def test_vectors_have_unit_length_and_384_numbers(model: MiniLM) -> None:
    vectors = model.embed(["One sentence.", "Another one, a little longer than the first."])

    assert vectors.shape == (2, DIMENSIONS)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_texts_vector_does_not_depend_on_its_neighbours(model: MiniLM) -> None:
    texts = ["A short one.", "word " * 300, "Troops were sent to the embassy on Tuesday.", ""]

    together = model.embed(texts)

    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_array_equal(model.embed([text])[0], vector)


def test_no_texts_give_no_vectors(model: MiniLM) -> None:
    assert model.embed([]).shape == (0, DIMENSIONS)


def test_a_corrupted_cache_is_rebuilt(cache: Path, model: MiniLM, tmp_path: Path) -> None:
    copy = tmp_path / "cache"
    shutil.copytree(cache, copy)
    (built,) = copy.glob("*.onnx")
    content = bytearray(built.read_bytes())
    content[len(content) // 2] ^= 0xFF
    built.write_bytes(content)

    vectors = minilm.load(copy).embed(["One sentence."])

    np.testing.assert_array_equal(vectors, model.embed(["One sentence."]))
    assert built.read_bytes() == next(cache.glob("*.onnx")).read_bytes()


def test_half_a_build_is_built_again(tmp_path: Path, cache: Path) -> None:
    (built,) = cache.glob("*.onnx")
    shutil.copy(built, tmp_path / built.name)  # without the checksum, which is written last

    minilm.load(tmp_path)

    assert (tmp_path / built.name).with_suffix(".sha256").exists()


def test_weights_of_another_sha256_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model"
    shutil.copytree(minilm.weights_folder(), folder)
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x01")
    monkeypatch.setattr(minilm, "weights_folder", lambda: folder)

    with pytest.raises(ModelError, match=r"model\.safetensors .* not the expected file"):
        minilm.load(tmp_path / "cache")

    assert not list((tmp_path / "cache").glob("*.onnx"))


def test_a_cache_folder_that_cannot_be_made_is_named_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(ModelError, match=r"\[embedding\] cache"):
        minilm.load(tmp_path / "file" / "cache")


def test_the_model_is_a_llamaindex_embedding(model: MiniLM) -> None:
    embedding = BundledEmbedding(model)

    question = embedding.get_query_embedding("One sentence.")
    texts = embedding.get_text_embedding_batch(["One sentence.", "Two."])

    assert question == texts[0]
    assert len(texts[1]) == DIMENSIONS


@pytest.mark.parametrize("provider", ["huggingface", "openai-like", "ollama"])
def test_a_missing_extra_names_the_command_that_installs_it(provider: str) -> None:
    settings = EmbeddingSettings.model_validate(
        {"provider": provider, "model": "some-model", "base_url": "http://127.0.0.1:1"}
    )
    with contextlib.suppress(PackageNotFoundError):
        version(f"llama-index-embeddings-{provider}")
        pytest.skip(f"the extra {provider} is installed here")
    with pytest.raises(ModelError, match=f"uv sync --extra {provider}"):
        open_model(settings)


def test_another_provider_needs_a_models_name() -> None:
    with pytest.raises(ConfigError, match=r"\[embedding\] model"):
        fingerprint(EmbeddingSettings(provider="ollama"))


def test_each_model_has_a_fingerprint_and_a_collection_of_its_own() -> None:
    settings = [
        EmbeddingSettings(),
        EmbeddingSettings(provider="ollama", model="a/b"),
        EmbeddingSettings(provider="ollama", model="a-b"),
        EmbeddingSettings(provider="openai-like", model="a-b"),
    ]

    assert len({fingerprint(one) for one in settings}) == len(settings)
    assert len({collection_name("id", fingerprint(one)) for one in settings}) == len(settings)


def test_a_model_that_moves_keeps_its_vectors() -> None:
    here, there = (
        EmbeddingSettings(provider="openai-like", model="a", base_url=f"http://127.0.0.1:{port}") for port in (1, 2)
    )

    assert fingerprint(here) == fingerprint(there)
