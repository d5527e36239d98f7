"""What points back to something said before, put into words of its own by a language model.

A model may only bring in words that were there: whatever else it writes, the text stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.answer.conversation import LONGEST, MAX_TURNS
from retrieval.answer.phrases import WH, listed, stems, words
from retrieval.models import Turn
from retrieval.writing.model import Cancel, Model, never

QUOTE_CHARACTERS = 400
"""Of what answered an earlier question, which the model is shown."""

_NUMBERED = re.compile(r"^\s*\[?(\d{1,2})[\].):]\s*(.+?)\s*$", re.MULTILINE)
_LABEL = re.compile(r"^\s*(?:(?:rewritten|question|answer)\b[^:]{0,20}:\s*)+", re.IGNORECASE)
_BACK = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|this|that|these|those|there|then)\b", re.IGNORECASE
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
        prompts.turn.format(question=one.standalone, answer=" ".join(one.quotes)[:QUOTE_CHARACTERS] or "None.")
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


def whole_claims(model: Model, claims: Sequence[str], text: str) -> list[str]:
    """Return claims taken from a text, those that point back in it as ones that stand alone. Raises ModelError."""
    found = list(claims)
    if not any(_BACK.search(one) for one in claims[1:]):
        return found
    prompts = model.settings.prompts
    listed = "\n".join(f"{number}. {one}" for number, one in enumerate(claims, start=1))
    said = model.ask(prompts.claims_system, prompts.claims.format(text=text, statements=listed))
    for number, rewritten in _NUMBERED.findall(said):
        at = int(number) - 1
        if 0 < at < len(found) and _BACK.search(claims[at]) and _is_rewording(claims[at], rewritten, text):
            found[at] = rewritten
    return found


def _is_rewording(original: str, rewritten: str, known: str) -> bool:
    """Say whether a text has all the words of the original that carry meaning, and no others than those known."""
    has, may, must = stems(rewritten), stems(known), stems(_BACK.sub(" ", original))
    return must <= has <= may | must
