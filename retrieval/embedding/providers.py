"""Embedding models as LlamaIndex BaseEmbedding: which one, by config."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from retrieval.config import EmbeddingSettings
from retrieval.embedding import minilm
from retrieval.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding


def fingerprint(settings: EmbeddingSettings) -> str:
    """Return what names the model: vectors of different fingerprints are never compared. Loads nothing.

    Where a server answers is no part of it: a model that moves keeps its vectors.
    """
    if settings.provider == "minilm":
        return minilm.FINGERPRINT
    if not settings.model:
        raise ConfigError(f"[embedding] provider {settings.provider!r} needs [embedding] model, the model's name.")
    # Whatever else becomes of the name, as in Chroma's collections, the hash keeps two models apart.
    named = hashlib.blake2b(settings.model.encode(), digest_size=3).hexdigest()
    return f"{settings.provider}-{settings.model}-{named}"


def as_configured(settings: EmbeddingSettings, model: str, kept: str) -> EmbeddingSettings:
    """Return the settings that open a model: today's where they name it, else those kept as JSON when it was used.

    Where and how a model runs may change freely, so that one that moved is found.
    """
    return settings if fingerprint(settings) == model else EmbeddingSettings.model_validate_json(kept)


def check_dimensions(model: str, found: int, kept: int | None) -> None:
    """Raise ModelError where a model's vectors are of another length than those that it gave before."""
    if kept is not None and found != kept:
        raise ModelError(
            f"The embedding model {model} returns vectors of {found} numbers, and those that are kept have {kept}: it "
            "is another model. Correct [embedding] base_url, or give the model a name of its own; nothing was changed."
        )


def open_model(settings: EmbeddingSettings) -> BaseEmbedding:
    """Open the model. Raises ModelError, with the command that installs a missing extra, or ConfigError."""
    fingerprint(settings)
    return _OPENERS[settings.provider](settings)


@contextmanager
def answering(model: str) -> Iterator[None]:
    """Turn whatever a model's client raises while it embeds into a ModelError, with the way out."""
    try:
        yield
    except Exception as error:
        raise ModelError(
            f"The embedding model {model} did not answer ({type(error).__name__}: {error}). Check that it runs and "
            "that [embedding] names it rightly; nothing was lost."
        ) from error


def cache_folder(settings: EmbeddingSettings) -> Path:
    """Return the folder in which built models are kept."""
    return Path(settings.cache) if settings.cache else platformdirs.user_cache_path("embassy-bot")


def _minilm(settings: EmbeddingSettings) -> BaseEmbedding:
    from retrieval.embedding.bundled import BundledEmbedding

    return BundledEmbedding(minilm.load(cache_folder(settings), settings.threads or None))


def _huggingface(settings: EmbeddingSettings) -> BaseEmbedding:
    try:
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    except ImportError as error:
        raise _missing("huggingface") from error
    model: BaseEmbedding = HuggingFaceEmbedding(model_name=settings.model, cache_folder=settings.cache or None)
    return model


def _openai_like(settings: EmbeddingSettings) -> BaseEmbedding:
    try:
        from llama_index.embeddings.openai_like import OpenAILikeEmbedding
    except ImportError as error:
        raise _missing("openai-like") from error
    if not settings.base_url:
        raise ConfigError('[embedding] provider "openai-like" needs [embedding] base_url, as http://127.0.0.1:8080/v1.')
    model: BaseEmbedding = OpenAILikeEmbedding(
        model_name=settings.model,
        api_base=settings.base_url,
        # Local servers need none, and the client refuses an empty one.
        api_key=os.environ.get(settings.api_key_env) or "none",
    )
    return model


def _ollama(settings: EmbeddingSettings) -> BaseEmbedding:
    try:
        from llama_index.embeddings.ollama import OllamaEmbedding
    except ImportError as error:
        raise _missing("ollama") from error
    model: BaseEmbedding = OllamaEmbedding(
        model_name=settings.model, base_url=settings.base_url or "http://127.0.0.1:11434"
    )
    return model


def _missing(extra: str) -> ModelError:
    return ModelError(
        f"The embedding provider {extra!r} is not installed. Run `uv sync --extra {extra}`, "
        f"or `pip install 'embassy-bot[{extra}]'`."
    )


_OPENERS: dict[str, Callable[[EmbeddingSettings], BaseEmbedding]] = {
    "minilm": _minilm,
    "huggingface": _huggingface,
    "openai-like": _openai_like,
    "ollama": _ollama,
}
