"""The program's start: run a command, and turn what goes wrong into one sentence and an exit code."""

from __future__ import annotations

import os
import sys

from rich.console import Console

from bot.cli.app import app
from retrieval.errors import EmbassyError, UsageError

INTERRUPTED = 130
DEBUG_VARIABLE = "EMBASSY_BOT_DEBUG"


def main() -> None:
    """Run the command line. Exits with 0, 1 for a failure, 2 for wrong usage, 130 when interrupted."""
    try:
        app()
    except EmbassyError as error:
        _say(str(error))
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except KeyboardInterrupt:
        _say("Stopped. Nothing was lost.")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of the output went away; the interpreter must not complain of it again while it closes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        _say(
            f"Something failed that should not: {type(error).__name__}: {error}. "
            f"Nothing that was stored is lost. Run it again with {DEBUG_VARIABLE}=1 to see where."
        )
        sys.exit(1)


def _say(sentence: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(sentence, style="red", markup=False)


if __name__ == "__main__":
    main()
