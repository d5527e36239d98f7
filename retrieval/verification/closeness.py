"""How closely a sentence keeps to the words that bear it out: what is asked besides of those that a reader is shown."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import TYPE_CHECKING

from retrieval.verification.language import LEAST_WORDS
from retrieval.verification.pairing import Pair
from retrieval.verification.polarity import is_negating
from retrieval.verification.syntax import SUBJECT, tree_distance
from retrieval.verification.vocabulary import EMPTY, NONE, SPEECH

if TYPE_CHECKING:
    from spacy.tokens import Token

CLOSE, MANY = 3, 99
"""Steps in the tree of a sentence."""


def main_deed(pair: Pair) -> str:
    """What the claim says above all stands in the very sentences: stricter than most writing, which has many words."""
    verb = next((one for one in pair.claim if one.dep_ == "ROOT"), None)
    while (
        verb is not None and verb.lemma_ in SPEECH and (told := [one for one in verb.children if one.dep_ == "ccomp"])
    ):
        verb = told[0]
    if verb is None or verb.pos_ != "VERB" or verb.lemma_ in EMPTY | SPEECH or pair.near(verb):
        return ""
    return f"the passage does not say “{verb.text}”"


def closely(pair: Pair, known: Set[str]) -> str:
    """A claim stays close to the words that bear it out, as what a language model says has to.

    Its verbs, adjectives and adverbs, or such as mean the same, are in these very words; each thing that it speaks of
    is in the passage, or among the words known, in small letters; and what is something is that there too.
    """
    root = next((one for one in pair.claim if one.dep_ == "ROOT"), None)
    has_subject = root is not None and any(one.dep_ in SUBJECT | {"expl"} for one in root.children)
    if root is None or root.pos_ not in ("VERB", "AUX") or not has_subject or len(pair.words) < LEAST_WORDS:
        return "it is no whole sentence"
    for word in pair.words:
        if word.i in pair.dated or word.i in pair.quoted:
            continue
        if word.pos_ == "NOUN":
            if not pair.matches(word) and not {word.lower_, word.lemma_.lower()} & known:
                return f"the passage does not speak of “{word.text}”"
        elif word.pos_ in ("VERB", "ADJ", "ADV") and word.lemma_ not in SPEECH and not pair.near(word):
            return f"the passage does not say “{word.text}” of that"
    if denies(pair.claim) and not any(denies(pair.sentences[at]) for at in range(pair.span[0], pair.span[1] + 1)):
        return "the passage denies nothing there"
    return _is_that(pair, root)


def _is_that(pair: Pair, root: Token) -> str:
    """What a claim says something to be stands beside it in the passage."""
    for verb in (root, *(one for one in root.conjuncts)):
        subject = next((one for one in verb.children if one.dep_ in SUBJECT), None)
        what = next((one for one in verb.children if one.dep_ == "attr"), None)
        if verb.lemma_ != "be" or subject is None or what is None or what.pos_ not in ("NOUN", "PROPN"):
            continue
        pairs = [(one, other) for one in pair.near(subject) for other in pair.near(what)]
        if not pair.near(what) or (pairs and min(_apart(one, other) for one, other in pairs) > CLOSE):
            return f"the passage does not say that it is {what.text}"
    return ""


def denies(words: Iterable[Token]) -> bool:
    """Say whether a sentence has a "not", a "no" or a verb that denies."""
    return any(one.dep_ == "neg" or one.lower_ in NONE or is_negating(one) for one in words)


def _apart(one: Token, other: Token) -> int:
    """Return how many steps two words are apart in the tree of their sentence; many where they are not in one."""
    return tree_distance(one, other) if one.sent == other.sent else MANY
