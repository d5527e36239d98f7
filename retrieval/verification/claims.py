"""A text held against the articles, claim by claim."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from retrieval.answer.citing import cite
from retrieval.corpus.sentences import split_sentences
from retrieval.errors import QuestionError
from retrieval.models import Article, ClaimCheck, Passage, Reference, Span, Stand
from retrieval.verification.language import LEAST_WORDS, parsed, words_of
from retrieval.verification.verification import verify, without_marks

MAX_CHECKED, MAX_CLAIMS = 6_000, 8
"""Characters of a text that is checked, and claims."""

_MARKUP = re.compile(r"^\s*(?:>+|[-*•]|#+|\d+[.)])\s+", re.MULTILINE)
_MENTION = re.compile(r"<[@#!&:a-zA-Z][^>]*>|https?://\S+|[*_~|`]{1,3}")


def claims(text: str) -> list[str]:
    """Return the first claims of a text, up to `MAX_CLAIMS`. Raises QuestionError where it is endless, or has none."""
    if len(text) > MAX_CHECKED:
        raise QuestionError(f"The text has {len(text):,} characters; at most {MAX_CHECKED:,} are checked at once.")
    found, _ = _told_apart(text)
    if not found:
        raise QuestionError("There is no statement in that which could be checked.")
    return found[:MAX_CLAIMS]


def unclaimed(text: str) -> list[str]:
    """Return what `claims` leaves out of a text: what says too little, and what is over `MAX_CLAIMS`."""
    found, others = _told_apart(text[:MAX_CHECKED])
    return [*found[MAX_CLAIMS:], *others]


def _told_apart(text: str) -> tuple[list[str], list[str]]:
    """Return the sentences of a text that state something, and those that say too little; questions are neither."""
    readable = text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
    plain = _MENTION.sub(" ", _MARKUP.sub("", readable))
    sentences = [plain[span.start : span.end] for span in split_sentences(plain, 0, len(plain))]
    stated: list[str] = []
    others: list[str] = []
    for one in (" ".join(without_marks(sentence)[0].split()) for sentence in sentences):
        if one and not one.endswith("?"):
            (stated if _states(one) else others).append(one)
    return stated, others


def _states(sentence: str) -> bool:
    """Say whether a sentence can be checked: two of its words carry meaning, or its verb does: "No one was hurt"."""
    words = words_of(parsed(sentence))
    return len(words) >= LEAST_WORDS or any(one.dep_ == "ROOT" and one.pos_ == "VERB" for one in words)


def check(
    stated: Iterable[str], passages: Callable[[str], Sequence[Passage]], article: Callable[[str], Article]
) -> list[ClaimCheck]:
    """Hold each claim against the passages that come nearest to it; cite those that bear it out or speak against it."""
    return [_checked(number, claim, passages(claim), article) for number, claim in enumerate(stated, start=1)]


def _checked(number: int, claim: str, passages: Sequence[Passage], article: Callable[[str], Article]) -> ClaimCheck:
    found = verify(claim, [Reference(one.text, article(one.article).published) for one in passages], strict=True)
    stand = Stand.SUPPORTED if found.supported else Stand.AGAINST if found.against else Stand.SILENT
    if stand is Stand.SILENT or not found.passage:
        return ClaimCheck(claim, Stand.SILENT, found.reason, None)
    passage = passages[found.passage - 1]
    span = Span(passage.start + found.start, passage.start + found.end)
    return ClaimCheck(claim, stand, found.reason, cite(number, article(passage.article), span))
