"""Whether a sentence says that something is so, that it is not, or only that it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.verification.vocabulary import AIMS, HEDGES, NEGATING, NONE, SPEECH

if TYPE_CHECKING:
    from spacy.tokens import Token


def is_negated(token: Token) -> bool:
    """Say whether a word is said not to be so: by "not" and "no", or by a verb as "decline" above it."""
    turned = _has_negation(token)
    head = token.head
    if head == token:
        return turned
    if token.dep_ in ("xcomp", "ccomp", "pcomp"):
        if is_negating(head):
            turned = not turned
        if token.dep_ == "xcomp" and any(
            child.dep_ == "neg" or (child.dep_ in ("nsubj", "nsubjpass") and _is_none(child)) for child in head.children
        ):
            turned = not turned
    of_none = head.lower_ == "of" and _is_none(head.head)
    if token.dep_ in ("pobj", "pcomp") and (head.lower_ == "without" or of_none):
        turned = not turned
    if token.dep_ in ("oprd", "acl") and _has_negation(head):
        turned = not turned
    return turned


def is_negating(verb: Token) -> bool:
    """Say whether a verb turns round what it governs, as "decline" and "rule out" do."""
    if verb.lemma_.lower() not in NEGATING:
        return False
    return verb.lemma_ != "rule" or any(child.lower_ == "out" for child in verb.children)


def is_undone(word: Token, other: Token) -> bool:
    """Say whether one of two words is the other one with an "un" or "in" before it."""
    left, right = word.lower_, other.lower_
    return any(one == f"{start}{rest}" for start in ("un", "in") for one, rest in ((left, right), (right, left)))


def _has_negation(token: Token) -> bool:
    found = 0
    for child in token.children:
        if (
            (child.dep_ == "neg" and not _corrects(token, child))
            or (child.lower_ in ("unless", "without") and child.dep_ == "mark")
            or (child.lower_ == "neither" and child.dep_ in ("preconj", "cc", "advmod"))
            or (child.dep_ in ("det", "nsubj", "nsubjpass", "dobj", "attr", "compound") and child.lower_ in NONE)
            or (child.dep_ in ("nsubj", "nsubjpass", "dobj", "attr") and _is_none(child))
        ):
            found += 1
    if token.dep_ == "conj":
        found += any(child.lower_ == "nor" and child.dep_ == "cc" for child in token.head.children)
    if token.dep_ == "pobj" and token.head.head.lemma_ == "be":
        found += sum(child.dep_ == "neg" for child in token.head.head.children)
    if token.pos_ in ("NOUN", "PROPN") and any(
        one.lower_ in NONE and one.nbor().text != "-"
        for child in token.lefts
        for one in child.subtree
        if child.dep_ in ("compound", "amod")
    ):
        found += 1
    if token.dep_ in ("attr", "acomp", "oprd", "dobj") and token.head.lemma_ in ("be", "have"):
        found += sum(child.dep_ == "neg" for child in token.head.children)
    return found % 2 == 1


def _corrects(token: Token, negation: Token) -> bool:
    """Say whether a "not" behind a word denies a number, and not the word: in the fire, not nine."""
    return negation.i > token.i and negation.i + 1 < len(token.doc) and negation.nbor().pos_ == "NUM"


def _is_none(noun: Token) -> bool:
    return (
        noun.lower_ in NONE
        or any(one.lower_ in NONE for one in noun.lefts)
        or any(one.lower_ in NONE for child in noun.lefts for one in child.lefts)
    )


def _is_order(verb: Token) -> bool:
    """Say whether a verb tells somebody to do something, and so states nothing."""
    top = verb.head if verb.dep_ == "conj" else verb
    if verb.tag_ != "VB" or top.dep_ != "ROOT" or top.tag_ != "VB":
        return False
    return not any(child.dep_ in ("nsubj", "nsubjpass", "aux", "expl") for one in (verb, top) for child in one.children)


def is_hedged(token: Token) -> bool:
    """Say whether a word stands under a "may", an "expected to" or the like."""
    seen = token
    for _ in range(4):
        for child in seen.children:
            # In reported speech "would" is a "will".
            reported = child.lower_ == "would" and seen.dep_ == "ccomp" and seen.head.lemma_ in SPEECH
            if child.dep_ in ("aux", "advmod", "mark") and child.lower_ in HEDGES and not reported:
                return True
        if _is_order(seen):
            return True
        # They wanted attention, and did get it "by throwing" something.
        if seen.head == seen or (seen.dep_ == "pcomp" and seen.head.lower_ in ("by", "after", "since")):
            return False
        seen = seen.head
        if seen.lemma_.lower() in HEDGES:
            return True
        # "The intent was to kill."
        aims = (one for one in seen.children if one.dep_ == "nsubj") if seen.lemma_ == "be" else ()
        if any(one.lemma_.lower() in HEDGES | AIMS for one in aims):
            return True
    return False
