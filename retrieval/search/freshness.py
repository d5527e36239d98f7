"""How fresh an article is on the day of asking: news is mostly asked about while it is news.

The exponential prior of Li and Croft 2003, "Time-based language models". It fades within months, so that an archive is
searched as if it were not there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date

from retrieval.corpus.asked_dates import AskedDate

FADES_IN = 14
"""Days in which an article's freshness falls to 1/e of what it was."""
CLOCKS_APART = 1
"""Days. Where an article comes from it may be tomorrow already."""

_SINCE = re.compile(r"\bsince\s+(?:the\s+)?\Z", re.IGNORECASE)


def freshness(published: date | None, today: date) -> float:
    """Return 1 for an article of the day, less for older ones, and 0 without a day or for one of a later day."""
    age = (today - published).days if published else -math.inf
    return math.exp(-max(age, 0) / FADES_IN) if age >= -CLOCKS_APART else 0.0


def is_of_the_past(question: str, days: Sequence[AskedDate], today: date) -> bool:
    """Say whether all days that a question asks about are over for so long that fresh articles are no likelier.

    The days are places in the question: "since 2019" reaches up to today.
    """
    return bool(days) and all(
        (today - day.at_last(today)[1]).days > FADES_IN and not _SINCE.search(question, 0, day.start) for day in days
    )
