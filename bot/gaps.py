"""What readers could not find: questions without an answer or with a thumbs-down, those alike put together. Pure."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.state import Missed
from retrieval.models import Verdict

_HEAD = "question asked not_found thumbs_down first last other_wordings closest_articles".split()
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that are alike: how they were put, most often first, and how often and when they were asked.

    `articles` are the ids of those that came nearest, nearest first.
    """

    questions: tuple[str, ...]
    asked: int
    not_found: int
    disliked: int
    first: date
    last: date
    articles: tuple[str, ...]


def gaps(missed: Sequence[Missed], alike: Callable[[Sequence[str]], Sequence[Sequence[int]]]) -> list[Gap]:
    """Return what was missed, most often asked first; `alike` gives the places of questions that ask much the same."""
    by_wording: dict[str, list[Missed]] = {}
    for one in missed:
        by_wording.setdefault(one.asked, []).append(one)
    # The wording that was used most often stands first, and for its group.
    texts = sorted(by_wording, key=lambda text: len(by_wording[text]), reverse=True)
    found = [_gap([texts[at] for at in group], by_wording) for group in alike(texts)]
    return sorted(found, key=lambda one: (one.asked, one.last), reverse=True)


def _gap(texts: Sequence[str], by_wording: Mapping[str, Sequence[Missed]]) -> Gap:
    mine = [one for text in texts for one in by_wording[text]]
    days = [datetime.fromtimestamp(one.made, UTC).date() for one in mine]
    near = Counter(article for one in mine for article in one.articles[:1])
    return Gap(
        questions=tuple(texts),
        asked=len(mine),
        not_found=sum(one.verdict is Verdict.NOT_FOUND for one in mine),
        disliked=sum(one.disliked for one in mine),
        first=min(days),
        last=max(days),
        articles=tuple(article for article, _ in near.most_common(3)),
    )


def as_csv(found: Sequence[Gap]) -> str:
    """Return the gaps as a table for a spreadsheet, in which no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEAD)
    for one in found:
        row = [one.questions[0], one.asked, one.not_found, one.disliked, one.first, one.last]
        writer.writerow([*map(_cell, row), _cell(" | ".join(one.questions[1:])), _cell(" ".join(one.articles))])
    return out.getvalue()


def _cell(value: object) -> str:
    text = " ".join(str(value).split())
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
