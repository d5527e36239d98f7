"""What the program writes to its log: one line an event, with the question that it belongs to, and never a secret.

A terminal gets lines to read, anything else JSON. What people write is left out, unless config says otherwise.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from logging.handlers import RotatingFileHandler

from pythonjsonlogger.json import JsonFormatter

from bot.config import LogSettings
from retrieval.errors import ConfigError

LINE = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
FIELDS = "fields"
"""Under this a log record has what an event is told with, by name."""
_SECRETS = re.compile(r"[A-Za-z0-9_-]{18,40}\.[A-Za-z0-9_-]{4,12}\.[A-Za-z0-9_-]{20,60}|(?<=/)aW[A-Za-z0-9_-]{60,}")
"""A bot's token, and the token of an interaction, which stands in addresses."""
_question: ContextVar[str] = ContextVar("question", default="")


@contextmanager
def question() -> Iterator[str]:
    """Give all that is logged inside one question's id; yield it."""
    token = _question.set(secrets.token_hex(4))
    try:
        yield _question.get()
    finally:
        _question.reset(token)


def question_id() -> str:
    """Return the id of the question that is being answered, or a new one where there is none."""
    return _question.get() or secrets.token_hex(4)


def event(log: logging.Logger, name: str, level: int = logging.INFO, /, **fields: object) -> None:
    """Log an event with what is known of it."""
    log.log(level, name, extra={FIELDS: fields})


class Lines(logging.Formatter):
    """A line for a person: the event, and what is known of it as name=value. Tokens are taken out."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        # A message of several lines would look like several events.
        line = super().format(record)
        told = [f"{name}={value}" for name, value in _known(record).items()]
        head, *rest = line.split("\n", 1)
        return redacted("\n".join([" ".join([head, *told]), *rest]))


class Json(JsonFormatter):
    """The same as a JSON object, with the traceback as a text in it."""

    def __init__(self) -> None:
        super().__init__(
            "{asctime}{levelname}{name}{message}",
            style="{",
            datefmt="%Y-%m-%dT%H:%M:%S%z",
            rename_fields={"asctime": "at", "levelname": "level", "name": "logger", "message": "event"},
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return the object, on one line."""
        told = logging.makeLogRecord({**record.__dict__, **_known(record)})
        told.__dict__.pop(FIELDS, None)
        return redacted(super().format(told))


def redacted(line: str) -> str:
    """Return a line without tokens."""
    return _SECRETS.sub("(token)", line)


def configure(settings: LogSettings, *more: logging.Handler) -> None:
    """Send the log where config says, and to further handlers. Raises ConfigError where the file cannot be written."""
    to_screen = logging.StreamHandler()
    is_json = settings.format == "json" or (settings.format == "auto" and not sys.stderr.isatty())
    to_screen.setFormatter(Json() if is_json else Lines(LINE))
    handlers: list[logging.Handler] = [to_screen, *more]
    if settings.file:
        try:
            to_file = RotatingFileHandler(
                settings.file, maxBytes=settings.max_mb * 1_000_000, backupCount=settings.keep, encoding="utf-8"
            )
        except OSError as error:
            raise ConfigError(f"[log] file: {settings.file} cannot be written ({error.strerror}).") from error
        to_file.setFormatter(Lines(LINE) if settings.format == "text" else Json())
        handlers.append(to_file)
    root = logging.getLogger()
    root.handlers[:] = handlers
    for name, level in (("bot", settings.level.upper()), ("discord", "WARNING")):
        logging.getLogger(name).setLevel(level)


def _known(record: logging.LogRecord) -> dict[str, object]:
    """Return what is known of an event besides its name."""
    question = _question.get()
    return {**({"question": question} if question else {}), **(record.__dict__.get(FIELDS) or {})}
