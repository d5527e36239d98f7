"""What points back to something said before, put into words of its own by a language model.

A model may only bring in words that were there: whatever else it writes, the text stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.answer.conversation import LONGEST, MAX_TURNS
from retrieval.answer.phrases import POINTING, WH, listed, stems, words
from retrieval.models import Turn
from retrieval.writing.model import Cancel, Model, never
from retrieval.writing.writer import fenced

QUOTE_CHARACTERS = 400
"""Of what answered an earlier question, which the model is shown."""

_NUMBERED = re.compile(r"^\s*\[?(\d{1,2})[\].):]\s*(.+?)\s*$", re.MULTILINE)
_LABEL = re.compile(r"^\s*(?:(?:rewritten|question|answer)\b[^:]{0,20}:\s*)+", re.IGNORECASE)
_BACK = re.compile(
    rf"\b(?:(?:do|did|does|done|do so|happen|happened) )?(?:{POINTING}|then|so)\b(?!['’-])",
    re.IGNORECASE,
)
_LEAD = re.compile(r"^\W*(?:(?:and|but|so|then|also|ok|okay|well)\b,?\s+)*", re.IGNORECASE)
_NEGATIONS = frozenset(
    "not no never none nobody nothing neither nor without cannot can't won't didn't doesn't don't isn't aren't wasn't "
    "weren't hasn't haven't hadn't wouldn't couldn't shouldn't".split()
)


def whole_question(
    model: Model, question: str, understood: str, history: Sequence[Turn], cancel: Cancel = never
) -> str:
    """Return a follow-up as a question that stands alone, or `understood`, which it was taken for without a model.

    Raises ModelError, Cancelled.
    """
    prompts, turns = model.settings.prompts, history[-MAX_TURNS:]
    if not turns or (understood == question and not _BACK.search(question)):
        return understood
    shown = "\n\n".join(
        prompts.turn.format(question=one.standalone, answer=fenced(" ".join(one.quotes)[:QUOTE_CHARACTERS]) or "None.")
        for one in turns
    )
    said = model.ask(prompts.follow_up_system, prompts.follow_up.format(turns=shown, question=question), cancel)
    lines = [line for line in said.splitlines() if line.strip()]
    rewritten = " ".join(_LABEL.sub("", lines[0]).strip('"“”*` ').split()) if lines else ""
    known = " ".join([question, understood, *(text for one in turns for text in (one.standalone, *one.quotes))])
    asking = listed(WH)
    kept = asking.intersection(words(question)) <= set(words(rewritten))
    if not rewritten.endswith("?") or len(rewritten) > LONGEST or not kept:
        return understood
    if not _is_rewording(question, rewritten, known):
        return understood
    return rewritten


def points_back(claims: Sequence[str]) -> bool:
    """Say whether one of several claims speaks of something by a word that may stand for what was named before."""
    return any(_BACK.search(one) for one in claims[1:])


def whole_claims(model: Model, claims: Sequence[str], text: str, cancel: Cancel = never) -> list[str]:
    """Return claims taken from a text, those that point back in it as ones that stand alone. Raises ModelError."""
    found = list(claims)
    prompts = model.settings.prompts
    listed = "\n".join(f"{number}. {one}" for number, one in enumerate(claims, start=1))
    said = model.ask(prompts.claims_system, prompts.claims.format(text=fenced(text), statements=listed), cancel)
    for number, rewritten in _NUMBERED.findall(said):
        at = int(number) - 1
        if 0 < at < len(found) and _BACK.search(claims[at]) and _is_rewording(claims[at], rewritten, text):
            found[at] = rewritten
    return found


def _is_rewording(original: str, rewritten: str, known: str) -> bool:
    """Say whether a text is the original with nothing but names and things, of those known, for what points back.

    What stands between such words in the original must stand in the other text, in the same order and unbroken.
    """
    said, at = " ".join(words(rewritten)), 0
    for piece in _BACK.split(_LEAD.sub("", original)):
        wanted = " ".join(words(piece))
        found = re.compile(rf"(?<!\S){re.escape(wanted)}(?!\S)").search(said, at) if wanted else None
        if wanted and found is None:
            return False
        at = found.end() if found else at
    added = set(words(rewritten)) - set(words(original))
    return _NEGATIONS.isdisjoint(added) and stems(rewritten) <= stems(known) | stems(original)
