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
from retrieval.writing.budget import Budget, Reserved
from retrieval.writing.providers import STREAMING, close_llm, load_client, open_llm

if TYPE_CHECKING:
    from llama_index.core.llms import LLM, ChatResponse

T = TypeVar("T")
Cancel = Callable[[], bool]

LOOK_SECONDS = 0.2
"""How often it is asked whether to go on."""
RETRY_SECONDS = 0.5
"""Before a second attempt; each wait after it is twice as long."""
BYTES_A_TOKEN = 2
"""By which tokens are reserved: more than any text takes."""
MOST_TOKENS = 10_000_000
"""A server that counts more for one call is not believed."""
CUT = frozenset({"length", "max_tokens"})
"""How the protocols say that a model was stopped by `max_tokens`."""


def never() -> bool:
    """Go on."""
    return False


@dataclass(frozen=True, slots=True)
class Said:
    """What a model has said so far. `is_cut` where it was stopped by its limit of tokens."""

    text: str = ""
    is_cut: bool = False


class Model:
    """A language model. Raises ModelError or ConfigError where it cannot be opened."""

    def __init__(self, settings: LlmSettings, data: Path) -> None:
        self.settings = settings
        self.budget = Budget(data, settings)
        # Each call has a client of its own, so that one that was given up can be closed. This tries whether it opens,
        # and loads what the first call would lose a second of its time with.
        llm = open_llm(settings)
        load_client(llm)
        close_llm(llm)

    def ask(self, system: str, message: str, cancel: Cancel = never) -> str:
        """Return what the model says to a message. Raises as `stream` does."""
        return deque(self.stream(system, message, cancel), maxlen=1).pop().text

    def stream(self, system: str, message: str, cancel: Cancel = never) -> Generator[Said]:
        """Yield what the model has said so far, each time that there is more. `cancel` is asked often.

        Where it fails before it said anything it is asked again, as often as config says. Raises ModelError where it
        cannot be asked, breaks off, takes longer than it may, or has no budget left, and Cancelled where `cancel` says
        so.
        """
        end = time.monotonic() + self.settings.timeout_s
        for attempt in range(self.settings.retries + 1):
            said = Said()
            try:
                for said in self._attempt(system, message, end, cancel):
                    yield said
                return
            except ModelError as error:
                wait = RETRY_SECONDS * 2**attempt
                again = attempt < self.settings.retries and not said.text and _may_pass(error.__cause__)
                if not again or time.monotonic() + wait > end:
                    raise
                time.sleep(wait)

    def _attempt(self, system: str, message: str, end: float, cancel: Cancel) -> Generator[Said]:
        if cancel():
            raise Cancelled(STOPPED)
        asked = len((system + message).encode("utf-8", "replace")) // BYTES_A_TOKEN
        reserved = self.budget.reserve(asked, self.settings.max_tokens)
        said, reason = Said(), None
        llm = open_llm(self.settings)
        try:
            with closing(_until(end, lambda: self._responses(llm, system, message), cancel)) as responses:
                for response in responses:
                    self._count(reserved, response)
                    found = _finish(response)
                    reason = reason if found is None else found
                    if response.delta:
                        said = Said(said.text + response.delta)
                        yield said
        except Cancelled:
            raise
        except Exception as error:
            raise ModelError(told(error)) from error
        finally:
            # A thread that still reads then meets a closed connection.
            close_llm(llm)
        if reason == "":
            raise ModelError("The language model broke off.")
        if not said.text.strip():
            raise ModelError(SAID_NOTHING)
        if reason in CUT:
            yield Said(said.text, is_cut=True)

    def _count(self, reserved: Reserved, response: ChatResponse) -> None:
        """Put what a server says that a call took in the place of what was reserved; else that stays counted."""
        if (usage := _usage(response)) is not None:
            self.budget.settle(reserved, *usage)

    def _responses(self, llm: LLM, system: str, message: str) -> Generator[ChatResponse]:
        from llama_index.core.llms import ChatMessage, MessageRole

        messages = [
            ChatMessage(role=MessageRole.SYSTEM, content=system),
            ChatMessage(role=MessageRole.USER, content=message),
        ]
        yield from llm.stream_chat(messages, **STREAMING.get(self.settings.provider, {}))


STOPPED = "The language model was told to stop."
SAID_NOTHING = "The language model said nothing."


def told(error: BaseException) -> str:
    """Return what to tell of a model that failed, in a sentence."""
    kinds = _kinds(error)
    if "Timeout" in kinds:
        return "The language model took too long."
    if "RateLimit" in kinds:
        return "The language model takes no more questions now."
    status = getattr(error, "status_code", 0)
    if status in (401, 403) or "Authentication" in kinds or "PermissionDenied" in kinds:
        why = "its server does not take the key"
    elif status == 404 or "NotFound" in kinds:
        why = "its server does not know it"
    elif status >= 500 or "InternalServer" in kinds:
        why = "its server failed"
    elif "Connect" in kinds:
        why = "it cannot be reached"
    else:
        why = f"what came back cannot be used ({type(error).__name__})"
    return f"The language model did not answer: {why}."


def _kinds(error: BaseException) -> str:
    return " ".join(kind.__name__ for kind in type(error).__mro__)


def _may_pass(error: BaseException | None) -> bool:
    """Say whether a failure may be gone at another attempt: of the connection or the server, or too many requests."""
    passing = ("Connect", "RateLimit", "InternalServer", "Overloaded", "ServiceUnavailable", "Protocol", "ReadError")
    status = getattr(error, "status_code", 0)
    return error is not None and (any(one in _kinds(error) for one in passing) or status >= 500)


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


class _End(Generic[T]):
    """Stands behind the last of what was read."""


def _until(end: float, begin: Callable[[], Generator[T]], cancel: Cancel) -> Generator[T]:
    """Yield what is read in a thread of its own. Raises TimeoutError where that is not all there in time, Cancelled.

    `end` is on the monotonic clock. What came in time is yielded however late it is asked for.
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

    # One that is waited for no longer ends by its closed connection, and keeps nobody from leaving.
    threading.Thread(target=read, name="language model", daemon=True).start()
    try:
        while True:
            if cancel():
                raise Cancelled(STOPPED)
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


def _usage(response: ChatResponse) -> tuple[int, int] | None:
    """Return the tokens of question and answer, where the server has said so, as LlamaIndex passes that on."""
    beside: Any = response.additional_kwargs or {}
    raw: Any = response.raw if isinstance(response.raw, dict) else {}
    said = response.message.additional_kwargs.get("usage") or raw.get("usage") or beside
    asked, answered = (
        next((int(said[name]) for name in names if said.get(name)), 0)
        for names in (("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens"))
    )
    return (asked, answered) if 0 < asked <= MOST_TOKENS and 0 <= answered <= MOST_TOKENS else None


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
