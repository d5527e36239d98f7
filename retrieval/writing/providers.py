"""Language models as LlamaIndex LLM: which one, by config."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from retrieval.config import LlmSettings
from retrieval.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from llama_index.core.llms import LLM


def open_llm(settings: LlmSettings) -> LLM:
    """Open the model. Raises ModelError, with the command that installs a missing extra, or ConfigError."""
    if not settings.model:
        raise ConfigError(f"[llm] provider {settings.provider!r} needs [llm] model, the model's name.")
    try:
        llm = _OPENERS[settings.provider](settings)
        if settings.provider != "ollama":
            # Some know only certain names, and say so no sooner; Ollama would be asked over the network.
            _ = llm.metadata
    except (ConfigError, ModelError):
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        raise ConfigError(f"[llm] model {settings.model!r} cannot be opened: {said}") from error
    return llm


def load_client(llm: LLM) -> None:
    """Import what a call needs, which OpenAI's client does only when it is first asked for."""
    from llama_index.core.llms import ChatMessage  # noqa: F401

    if (client := getattr(llm, "_get_client", None)) is not None:
        _ = getattr(client(), "chat", None)


def close_llm(llm: LLM) -> None:
    """Let go of a model's connections, for which LlamaIndex has no way; Ollama's client keeps its own inside."""
    client = getattr(llm, "_client", None)
    for one in (client, getattr(client, "_client", None)):
        if one is not None and hasattr(one, "close"):
            one.close()


def _openai_like(settings: LlmSettings) -> LLM:
    try:
        from llama_index.llms.openai_like import OpenAILike
    except ImportError as error:
        raise _missing("llm-openai-like") from error
    if not settings.base_url:
        raise ConfigError('[llm] provider "openai-like" needs [llm] base_url, as http://127.0.0.1:8080/v1.')
    model: LLM = OpenAILike(
        model=settings.model,
        api_base=settings.base_url,
        # Local servers need none, and the client refuses an empty one.
        api_key=os.environ.get(settings.api_key_env) or "none",
        is_chat_model=True,
        temperature=0.0,
        max_tokens=settings.max_tokens,
        timeout=settings.timeout_s,
        # Tried again elsewhere, within the time and the budget.
        max_retries=0,
    )
    return model


def _openai(settings: LlmSettings) -> LLM:
    try:
        from llama_index.llms.openai import OpenAI
    except ImportError as error:
        raise _missing("llm-openai") from error
    model: LLM = OpenAI(
        model=settings.model,
        api_base=settings.base_url or None,
        api_key=_key(settings),
        temperature=0.0,
        max_tokens=settings.max_tokens,
        timeout=settings.timeout_s,
        # Tried again elsewhere, within the time and the budget.
        max_retries=0,
    )
    return model


def _anthropic(settings: LlmSettings) -> LLM:
    try:
        from llama_index.llms.anthropic import Anthropic
    except ImportError as error:
        raise _missing("llm-anthropic") from error
    model: LLM = Anthropic(
        model=settings.model,
        base_url=settings.base_url or None,
        api_key=_key(settings),
        max_tokens=settings.max_tokens,
        timeout=settings.timeout_s,
        # Tried again elsewhere, within the time and the budget.
        max_retries=0,
    )
    return model


def _ollama(settings: LlmSettings) -> LLM:
    try:
        from llama_index.llms.ollama import Ollama
    except ImportError as error:
        raise _missing("llm-ollama") from error
    model: LLM = Ollama(
        model=settings.model,
        base_url=settings.base_url or "http://127.0.0.1:11434",
        temperature=0.0,
        request_timeout=settings.timeout_s,
        additional_kwargs={"num_predict": settings.max_tokens},
    )
    return model


def _key(settings: LlmSettings) -> str:
    key = os.environ.get(settings.api_key_env)
    if not key:
        raise ConfigError(f"[llm] provider {settings.provider!r} needs its key in ${settings.api_key_env}.")
    return key


def _missing(extra: str) -> ModelError:
    return ModelError(
        f"The language model's provider is not installed. Run `uv sync --extra {extra}`, "
        f"or `pip install 'embassy-bot[{extra}]'`."
    )


STREAMING: dict[str, dict[str, Any]] = {
    # Only then these say how many tokens a stream took.
    "openai-like": {"stream_options": {"include_usage": True}},
    "openai": {"stream_options": {"include_usage": True}},
}
"""What a provider is asked besides, for a stream."""

_OPENERS: dict[str, Callable[[LlmSettings], LLM]] = {
    "openai-like": _openai_like,
    "openai": _openai,
    "anthropic": _anthropic,
    "ollama": _ollama,
}
