"""Which words of an article only repeat what an earlier version of it said, or deny it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.verification.language import parsed
from retrieval.verification.numbers import numbers
from retrieval.verification.vocabulary import SPEECH, listed

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

    from retrieval.models import Article

_VERSIONS = listed("version edition article story report headline caption")
_EARLIER = listed("early previous prior original")
_WRONGLY = listed("incorrectly wrongly mistakenly erroneously inaccurately")
_MISTAKING = listed("misstate misreport misidentify misspell misquote")
_CORRECTION = re.compile(
    r"(?:\A|\n)\W*(?:corrections?|corrected|clarifications?|editor[’']s note)\b\W*[:.—–\n-]", re.IGNORECASE
)


def is_correction(text: str) -> bool:
    """Say whether a text has a paragraph that corrects something."""
    return bool(_CORRECTION.search(text))


def corrects(article: Article, sentence: str, value: float) -> bool:
    """Say whether an article is a correction, or a paragraph that corrects something has the sentence or the value."""
    parts = [article.text[one.start : one.end] for one in article.paragraphs]
    return is_correction(article.title) or any(
        sentence in part or any(number.value == value for number in numbers(parsed(part)))
        for part in parts
        if is_correction(part)
    )


def corrected(doc: Doc) -> set[int]:
    """Return the words of a text that tell what was said before, and is wrong."""
    marked = [match.start() for match in _CORRECTION.finditer(doc.text)]
    found: set[int] = set()
    for verb in doc:
        if verb.lemma_ not in SPEECH and verb.lemma_ not in _MISTAKING:
            continue
        version = next((one for one in _beside(verb) if one.lemma_.lower() in _VERSIONS), None)
        if version is None:
            continue
        start = max((at for at in marked if at <= verb.idx), default=None)
        if (
            verb.lemma_ in _MISTAKING
            or any(child.lower_ in _WRONGLY for child in verb.children)
            or any(child.lemma_.lower() in _EARLIER for child in version.children)
            or (start is not None and "\n" not in doc.text[start : verb.idx].strip("\n"))
        ):
            # "Earlier reports said nine, but it was 12."
            joined = {one.i for child in verb.children if child.dep_ == "conj" for one in child.subtree}
            found |= {one.i for one in verb.subtree if one.i > verb.i and one.i not in joined}
    return found


def is_denied(doc: Doc, at: int) -> bool:
    """Say whether a number is named as the wrong one: 12, not nine."""
    return at > 0 and doc[at - 1].lower_ == "not"


def _beside(verb: Token) -> list[Token]:
    """Return who says something, and where it is said."""
    found = [one for one in verb.children if one.dep_ in ("nsubj", "nsubjpass")]
    found += [pobj for prep in verb.children if prep.dep_ == "prep" for pobj in prep.children if pobj.dep_ == "pobj"]
    return found
