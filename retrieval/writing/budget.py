"""How many tokens a language model may take a day, counted in a file of the data folder, over all processes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from retrieval.config import LlmSettings
from retrieval.errors import ModelError

FILE = "llm-usage.sqlite3"
DAYS_KEPT = 400
MILLION = 1_000_000

_TABLE = """
CREATE TABLE IF NOT EXISTS usage (
  day TEXT NOT NULL, model TEXT NOT NULL, calls INTEGER NOT NULL, input INTEGER NOT NULL, output INTEGER NOT NULL,
  PRIMARY KEY (day, model)) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls of a model on one day (UTC), and the tokens that these took and gave."""

    calls: int = 0
    input: int = 0
    output: int = 0

    def cost(self, settings: LlmSettings) -> float:
        """Return what that costs, in the currency of the settings' prices."""
        return (self.input * settings.input_price + self.output * settings.output_price) / MILLION


@dataclass(slots=True)
class Reserved:
    """What is counted for a call, on the day on which it began."""

    day: str
    input: int
    output: int


class Budget:
    """Counts a model's tokens, and says when the day's are used up."""

    def __init__(self, data: Path, settings: LlmSettings) -> None:
        self._file = data / FILE
        self._settings = settings
        self._model = f"{settings.provider} {settings.model}"

    @property
    def today(self) -> Usage:
        """What the model took today."""
        with self._opened() as database:
            return self._used(database)

    def reserve(self, input: int, output: int) -> Reserved:
        """Take tokens before a call. Raises ModelError where the day has not as many left."""
        settings, day = self._settings, _today()
        with self._opened() as database:
            database.execute("BEGIN IMMEDIATE")
            used = self._used(database)
            after = Usage(used.calls + 1, used.input + input, used.output + output)
            over = settings.daily_tokens and after.input + after.output > settings.daily_tokens
            if over or (settings.daily_cost and after.cost(settings) > settings.daily_cost):
                raise ModelError("The language model's budget for today is used up.")
            self._add(database, day, Usage(1, input, output))
            database.execute("DELETE FROM usage WHERE day < date(?, ?)", (day, f"-{DAYS_KEPT} days"))
            database.execute("COMMIT")
        return Reserved(day, input, output)

    def settle(self, reserved: Reserved, input: int, output: int) -> None:
        """Count what a call took in the place of what was reserved for it."""
        with self._opened() as database:
            self._add(database, reserved.day, Usage(0, input - reserved.input, output - reserved.output))
        reserved.input, reserved.output = input, output

    def _add(self, database: sqlite3.Connection, day: str, usage: Usage) -> None:
        database.execute(
            "INSERT INTO usage VALUES (?, ?, ?, ?, ?) ON CONFLICT (day, model) DO UPDATE SET "
            "calls = calls + excluded.calls, input = input + excluded.input, output = output + excluded.output",
            (day, self._model, usage.calls, usage.input, usage.output),
        )

    def _used(self, database: sqlite3.Connection) -> Usage:
        row = database.execute(
            "SELECT calls, input, output FROM usage WHERE day = ? AND model = ?", (_today(), self._model)
        ).fetchone()
        return Usage(*row) if row else Usage()

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file, isolation_level=None, timeout=10)) as database:
                database.execute(_TABLE)
                yield database
        except (sqlite3.Error, OSError) as error:
            # Without a count there is no limit; then rather no model.
            raise ModelError(f"The language model's budget cannot be read ({type(error).__name__}).") from error


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
