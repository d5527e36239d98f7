"""The program's start: run a command, and turn what goes wrong into one sentence and an exit code."""

from __future__ import annotations

import io
import os
import signal
import sys
from types import FrameType

from retrieval.errors import EmbassyError, UsageError

INTERRUPTED = 130
STOPPED = "Stopped. Nothing was lost."
DEBUG_VARIABLE = "EMBASSY_BOT_DEBUG"


def main() -> None:
    """Run the command line. Exits with 0, 1 for a failure, 2 for wrong usage, 130 when interrupted."""
    _replace_unwritable()
    interrupts = _note_interrupts()
    code, sentence = _run()
    if interrupts and code:
        code, sentence = INTERRUPTED, STOPPED
    if sentence:
        _say(sentence)
    sys.exit(code)


def _run() -> tuple[int | str | None, str | None]:
    """Run the command; return its exit code, and what there is to say about it."""
    try:
        # Loading takes a moment, and an interrupt in it is told like any other.
        from bot.cli.app import app

        app()
    except SystemExit as end:
        # Typer makes a silent end of an interrupt.
        return end.code, STOPPED if end.code == INTERRUPTED else None
    except EmbassyError as error:
        return 2 if isinstance(error, UsageError) else 1, str(error)
    except KeyboardInterrupt:
        return INTERRUPTED, STOPPED
    except BrokenPipeError:
        # The reader of the output went away; the interpreter must not complain of it again while it closes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1, None
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        return 1, (
            f"Something failed that should not: {type(error).__name__}: {error}. "
            f"Nothing that was stored is lost. Run it again with {DEBUG_VARIABLE}=1 to see where."
        )
    return 0, None


def _note_interrupts() -> list[int]:
    """Return a list that is empty until an interrupt comes: some libraries make an error of their own of it."""
    noted: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        noted.append(number)
        signal.default_int_handler(number, frame)

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, note)
    return noted


def _replace_unwritable() -> None:
    """Let a character that the terminal's encoding lacks, or bytes that are no text, be a mark and no failure."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _say(sentence: str) -> None:
    from rich.console import Console
    from rich.text import Text

    from bot.cli.show import printable

    Console(stderr=True, soft_wrap=True, highlight=False).print(Text(printable(sentence), style="red"))


if __name__ == "__main__":
    main()
