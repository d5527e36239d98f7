"""A language model as it is asked here: what it says piece by piece, within a time and a day's budget."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from retrieval.config import LlmSettings
from retrieval.errors import Cancelled, ModelError
from retrieval.writing.budget import Budget
from retrieval.writing.providers import STREAMING, open_llm

if TYPE_CHECKING:
    from llama_index.core.llms import ChatResponse

T = TypeVar("T")
Cancel = Callable[[], bool]

LOOK_SECONDS = 0.2
"""How often it is asked whether to go on."""
CHARACTERS_A_TOKEN = 4
"""By which tokens are counted where a server does not say how many there were; English has more on the average."""
CUT = frozenset({"length", "max_tokens"})
"""How the protocols say that a model was stopped by `max_tokens`."""


def never() -> bool:
    """Go on."""
    return False


@dataclass
class Said:
    """What a model has said so far. `is_cut` where it was stopped by its limit of tokens."""

    text: str = ""
    is_cut: bool = False


class Model:
    """A language model. Raises ModelError or ConfigError where it cannot be opened."""

    def __init__(self, settings: LlmSettings, data: Path) -> None:
        self.settings = settings
        self.budget = Budget(data, settings)
        self._llm = open_llm(settings)

    def close(self) -> None:
        """Let go of connections."""
        # LlamaIndex has no way to; Ollama's client keeps its own inside.
        client = getattr(self._llm, "_client", None)
        for one in (client, getattr(client, "_client", None)):
            if one is not None and hasattr(one, "close"):
                one.close()

    def ask(self, system: str, message: str, cancel: Cancel = never) -> str:
        """Return what the model says to a message. Raises as `stream` does."""
        return deque(self.stream(system, message, cancel), maxlen=1).pop().text

    def stream(self, system: str, message: str, cancel: Cancel = never) -> Generator[Said]:
        """Yield what the model has said so far, each time that there is more. `cancel` is asked often.

        Raises ModelError where it cannot be asked, breaks off, takes longer than it may, or has no budget left, and
        Cancelled where `cancel` says so.
        """
        asked = _tokens(system) + _tokens(message)
        reserved = self.budget.reserve(asked, self.settings.max_tokens)
        said, usage, finished = Said(), (0, 0), "unknown"
        try:
            with closing(
                _within(self.settings.timeout_s, lambda: self._responses(system, message), cancel)
            ) as responses:
                for response in responses:
                    said = Said(said.text + (response.delta or ""))
                    usage = _usage(response) or usage
                    reason = _finish(response)
                    finished = finished if reason is None else reason
                    if response.delta:
                        yield said
        except Cancelled:
            raise
        except Exception as error:
            raise ModelError(told(error)) from error
        finally:
            self.budget.settle(reserved, usage[0] or asked, usage[1] or _tokens(said.text))
        if finished == "":
            raise ModelError("The language model broke off.")
        if not said.text.strip():
            raise ModelError("The language model said nothing.")
        if finished in CUT:
            yield Said(said.text, is_cut=True)

    def _responses(self, system: str, message: str) -> Generator[ChatResponse]:
        from llama_index.core.llms import ChatMessage, MessageRole

        messages = [
            ChatMessage(role=MessageRole.SYSTEM, content=system),
            ChatMessage(role=MessageRole.USER, content=message),
        ]
        yield from self._llm.stream_chat(messages, **STREAMING.get(self.settings.provider, {}))


def told(error: BaseException) -> str:
    """Return what to tell of a model that failed, in a sentence."""
    kinds = " ".join(kind.__name__ for kind in type(error).__mro__)
    if "Timeout" in kinds:
        return "The language model took too long."
    if "RateLimit" in kinds:
        return "The language model takes no more questions now."
    name = type(error).__name__
    return f"The language model did not answer ({name})."


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


class _End(Generic[T]):
    """Stands behind the last of what was read."""


def _within(seconds: float, begin: Callable[[], Generator[T]], cancel: Cancel) -> Generator[T]:
    """Yield what is read in a thread of its own. Raises TimeoutError where that is not all there in time, Cancelled.

    What came in time is yielded however late it is asked for.
    """
    arrived: SimpleQueue[tuple[float, T | _Failed | _End[T]]] = SimpleQueue()
    left = threading.Event()

    def read() -> None:
        try:
            with closing(begin()) as responses:
                for one in responses:
                    arrived.put((time.monotonic(), one))
                    if left.is_set():
                        return
            arrived.put((time.monotonic(), _End()))
        except BaseException as error:
            arrived.put((time.monotonic(), _Failed(error)))

    end = time.monotonic() + seconds
    # One that is waited for no longer ends by the client's own timeout, and keeps nobody from leaving.
    threading.Thread(target=read, name="language model", daemon=True).start()
    try:
        while True:
            if cancel():
                raise Cancelled("The language model was told to stop.")
            try:
                at, one = arrived.get(timeout=min(LOOK_SECONDS, max(0.0, end - time.monotonic())))
            except Empty:
                at, one = time.monotonic(), None
            if at > end:
                raise TimeoutError
            if isinstance(one, _Failed):
                raise one.error
            if isinstance(one, _End):
                return
            if one is not None:
                yield one
    finally:
        left.set()


def _tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS_A_TOKEN)


def _usage(response: ChatResponse) -> tuple[int, int] | None:
    """Return the tokens of question and answer, where the server has said so, as LlamaIndex passes that on."""
    beside: Any = response.additional_kwargs or {}
    raw: Any = response.raw if isinstance(response.raw, dict) else {}
    said = response.message.additional_kwargs.get("usage") or raw.get("usage") or beside
    asked, answered = (
        next((int(said[name]) for name in names if said.get(name)), 0)
        for names in (("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens"))
    )
    return (asked, answered) if asked else None


def _finish(response: ChatResponse) -> str | None:
    """Return why a model ended; "" where it has not yet, and None where that cannot be told from this."""
    beside, raw = response.message.additional_kwargs, response.raw
    if "stop_reason" in beside:
        # Anthropic
        return beside["stop_reason"] or ""
    if isinstance(raw, dict):
        # Ollama
        return (raw.get("done_reason") or "stop") if raw.get("done") else ""
    choices = getattr(raw, "choices", None)
    return (choices[0].finish_reason or "") if choices else None
