"""The language model that the settings name, if any: opened when first needed, and done without where it fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.config import LlmSettings
from retrieval.errors import ConfigError, ModelError
from retrieval.models import Answer, Article, Kind, Reference, Turn, Verdict

if TYPE_CHECKING:
    from retrieval.verification.apart import Apart
    from retrieval.writing.model import Model


class ConfiguredModel:
    """What the configured language model does for a library. Without one, everything stays as it is.

    `data` is the folder that keeps its budget; `guard` is held while it is opened, as by all that opens something.
    """

    def __init__(self, settings: LlmSettings, data: Path, guard: threading.RLock) -> None:
        self.settings = settings
        self._data = data
        self._guard = guard
        self._model: Model | None = None
        self._apart: Apart | None = None

    def close(self) -> None:
        """End the process that verifies."""
        if self._apart is not None:
            self._apart.close()
            self._apart = None

    def prepare(self) -> str:
        """Load what `write` needs, and verify in a process of its own from now on.

        Return why the model cannot be asked, in a sentence; empty where it can, as far as is known.
        """
        from retrieval.verification.apart import Apart
        from retrieval.verification.language import parsed

        try:
            self._opened()
        except (ModelError, ConfigError) as error:
            return str(error)
        with self._guard:
            self._apart = self._apart or Apart()
        ready = "It is ready."
        parsed(ready)
        self._apart.verify(ready, [Reference(ready)], ready)
        return ""

    @property
    def usage(self) -> tuple[int, int, int]:
        """How often it was asked today (UTC), and the tokens that it took and gave."""
        if not self.settings.is_on:
            return 0, 0, 0
        try:
            used = self._opened().budget.today
        except (ModelError, ConfigError):
            return 0, 0, 0
        return used.calls, used.input, used.output

    def write(
        self,
        answer: Answer,
        history: Sequence[Turn],
        ask: Callable[[str], Answer],
        article: Callable[[str], Article],
        told: Callable[[Answer], None] | None,
        cancel: Callable[[], bool],
    ) -> Answer:
        """Return an answer in the model's words, as far as the articles bear it out, else as it is, saying why.

        `ask` answers a follow-up that the model understands otherwise, with quotes; `article` gives an article by its
        id; `told` is given the answer as it grows. Raises Cancelled where `cancel` says True.
        """
        if not self.settings.is_on or answer.kind is not Kind.MATTER:
            return answer
        began, before = time.perf_counter(), answer.timings
        try:
            answer = self._written(answer, history, ask, article, told, cancel)
        except (ModelError, ConfigError) as error:
            answer = answer.lacking(str(error))
        taken = (time.perf_counter() - began) * 1000
        return replace(answer, timings=replace(before, total=before.total + taken))

    def _written(
        self,
        answer: Answer,
        history: Sequence[Turn],
        ask: Callable[[str], Answer],
        article: Callable[[str], Article],
        told: Callable[[Answer], None] | None,
        cancel: Callable[[], bool],
    ) -> Answer:
        from retrieval.verification.apart import strictly
        from retrieval.writing.rewriting import whole_question
        from retrieval.writing.writer import write

        model = self._opened()
        understood = answer.understood or answer.question
        whole = whole_question(model, answer.question, understood, history, cancel)
        if whole != understood:
            shown = "" if whole == answer.question else whole
            answer = replace(ask(whole), question=answer.question, understood=shown)
        if answer.verdict is not Verdict.ANSWERED:
            return answer
        return write(model, answer, article, told, cancel, self._apart.verify if self._apart else strictly)

    def whole_claims(self, claims: Sequence[str], text: str, cancel: Callable[[], bool]) -> list[str]:
        """Return claims of a text, put so that each stands alone, as far as the model can do it.

        Raises Cancelled where `cancel` says True.
        """
        if not self.settings.is_on:
            return list(claims)
        from retrieval.writing.rewriting import points_back, whole_claims

        if not points_back(claims):
            return list(claims)
        try:
            return whole_claims(self._opened(), claims, text, cancel)
        except (ModelError, ConfigError):
            return list(claims)

    def _opened(self) -> Model:
        from retrieval.writing.model import Model

        with self._guard:
            self._model = self._model or Model(self.settings, self._data)
            return self._model
