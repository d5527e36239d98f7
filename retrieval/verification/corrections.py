"""Which words of an article only repeat what an earlier version of it said, or deny it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from retrieval.verification.vocabulary import SPEECH, listed

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token


_VERSIONS = listed("version edition article story report headline caption")
_EDITIONS = listed("version edition")
_EARLIER = listed("early previous prior original")
_WRONGLY = listed("incorrectly wrongly mistakenly erroneously inaccurately")
_MISTAKING = listed("misstate misreport misidentify misspell misquote")
_CORRECTION = re.compile(
    r"^[^\w\n]*(?:(?P<sure>corrections?|corrected)|clarifications?|editor[’']s note)\b\W*[:.—–\n-]",
    re.IGNORECASE | re.MULTILINE,
)
_WRONG = re.compile(
    r"\b(?:(?:in)?correct(?:s|ed|ly|ion|ing)?|mis(?:stat|report|identif|spel|quot)\w+|version)\b", re.IGNORECASE
)
"""Of these a note or a clarification speaks that corrects something."""


def is_correction(text: str) -> bool:
    """Say whether a text has a paragraph that corrects something."""
    return next(_correcting(text), None) is not None


def _correcting(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the paragraphs that correct something start and end, each with the one below that it heads."""
    for match in _CORRECTION.finditer(text):
        end = text.find("\n", match.end())
        end = len(text) if end < 0 else end
        if match["sure"] or _WRONG.search(text, match.end(), end):
            yield match.start(), end


def corrected(doc: Doc) -> set[int]:
    """Return the words of a text that tell what was said before, and is wrong."""
    marked = list(_correcting(doc.text))
    found: set[int] = set()
    for verb in doc:
        if verb.lemma_ not in SPEECH and verb.lemma_ not in _MISTAKING:
            continue
        version = next((one for one in _beside(verb) if one.lemma_.lower() in _VERSIONS), None)
        if version is None:
            continue
        is_marked = any(start <= verb.idx < end for start, end in marked)
        if is_marked or verb.lemma_ in _MISTAKING or _is_of_this(version) or _is_wrong(verb):
            # "An earlier version said nine, but it was 12."
            joined = {one.i for child in verb.children if child.dep_ == "conj" for one in child.subtree}
            found |= {one.i for one in verb.subtree if one.i > verb.i and one.i not in joined}
    return found


def is_denied(doc: Doc, at: int) -> bool:
    """Say whether a number is named as the wrong one: 12, not nine."""
    return at > 0 and doc[at - 1].lower_ == "not"


def _is_of_this(version: Token) -> bool:
    """Say whether something is an earlier version of an article, and not an article on its own."""
    of = (one for prep in version.children if prep.lower_ == "of" for one in prep.children)
    return version.lemma_.lower() in _EDITIONS and (
        any(one.lemma_.lower() in _EARLIER for one in version.children)
        and any(one.lemma_.lower() in _VERSIONS for one in of)
    )


def _is_wrong(verb: Token) -> bool:
    return any(child.lower_ in _WRONGLY for child in verb.children)


def _beside(verb: Token) -> list[Token]:
    """Return who says something, and where it is said."""
    found = [one for one in verb.children if one.dep_ in ("nsubj", "nsubjpass")]
    found += [pobj for prep in verb.children if prep.dep_ == "prep" for pobj in prep.children if pobj.dep_ == "pobj"]
    return found
