"""Phrases and clauses in the tree of a sentence: what belongs to a phrase, and who does what a verb says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.verification.language import CONTENT

if TYPE_CHECKING:
    from spacy.tokens import Token

SUBJECT = frozenset({"nsubj", "nsubjpass"})
BESIDE = frozenset({"compound", "amod", "nmod"})
"""What stands right before a noun."""

_OUTER = ("relcl", "acl", "advcl", "punct", "cc", "conj")


def members(token: Token, *, narrow: bool = False) -> list[Token]:
    """Return the words of a phrase, without its clauses; `narrow` also leaves out what hangs on it by "of" or "in"."""
    found: list[Token] = []

    def take(one: Token) -> None:
        found.append(one)
        for child in one.children:
            if child.dep_ in _OUTER or child.pos_ in ("DET", "VERB"):
                continue
            if child.dep_ == "prep" and (narrow or child.lower_ not in ("of", "for", "from", "with")):
                continue
            if child.dep_ == "poss" and narrow:
                continue
            take(child)

    take(token)
    return [one for one in found if one.pos_ in CONTENT]


def phrase_top(token: Token) -> Token:
    """Return the noun that a phrase hangs on; of what somebody is said to be, the subject."""
    while token.dep_ in ("compound", "amod", "nmod", "appos", "attr") and token.head.pos_ in ("NOUN", "PROPN"):
        token = token.head
    if token.dep_ == "attr":
        return next((one for one in token.head.children if one.dep_ == "nsubj"), token)
    return token


def phrase_text(token: Token) -> str:
    """Return the words of a phrase that carry meaning, in their order."""
    return " ".join(one.text for one in sorted(members(token), key=lambda one: one.i))


def parts(verb: Token) -> tuple[Token | None, Token | None]:
    """Return who does what a verb says, and to whom it is done; of "who" and "that" whom these mean."""
    doer = done = None
    for child in verb.children:
        if child.dep_ in ("nsubj", "csubj"):
            doer = child
        elif child.dep_ in ("nsubjpass", "dobj", "dative"):
            done = done or child
        elif child.dep_ == "agent":
            doer = next((one for one in child.children if one.dep_ == "pobj"), doer)
        elif child.dep_ in ("npadvmod", "compound") and verb.tag_ == "VBN" and child.i < verb.i:
            doer = doer or child
    if verb.pos_ == "NOUN":
        # "the shooting of a boy by two men"
        of = [
            one for prep in verb.children if prep.lower_ in ("of", "by") for one in prep.children if one.dep_ == "pobj"
        ]
        done = next((one for one in of if one.head.lower_ == "of"), None)
        return next((one for one in of if one.head.lower_ == "by"), None), done
    if doer is None and verb.dep_ in ("conj", "xcomp", "advcl") and verb.tag_ != "VBN":
        head = verb.head
        if head.pos_ == "VERB" and (verb.dep_ != "advcl" or verb.tag_ == "VBG"):
            doer, its_done = parts(head)
            if verb.dep_ == "xcomp" and its_done is not None:
                doer = its_done
    if doer is done is None and verb.dep_ == "conj" and verb.tag_ == "VBN" and verb.head.pos_ == "VERB":
        done = parts(verb.head)[1] if any(one.dep_ == "nsubjpass" for one in verb.head.children) else None
    if verb.dep_ == "relcl":
        if doer is not None and doer.lower_ in ("that", "who", "which"):
            doer = verb.head
        if done is not None and done.lower_ in ("that", "who", "which", "whom"):
            done = verb.head
    is_by = doer is not None and doer.dep_ in ("pobj", "npadvmod", "compound")
    doer = _meant(doer) if doer is not None else None
    passive = verb.tag_ == "VBN" and not _has_auxiliary(verb)
    if verb.dep_ == "conj" and any(child.dep_ == "nsubj" for child in verb.children):
        # "83 were arrested and 17 hurt"
        passive = passive or any(child.dep_ == "nsubjpass" for child in verb.head.children)
    # Not so "backed by Iran", nor "Iran-backed".
    if passive and doer is not None and done is None and not is_by:
        doer, done = None, doer
    if verb.dep_ in ("acl", "amod") and verb.tag_ == "VBN" and done is None:
        done = verb.head
    elif verb.dep_ == "acl" and verb.tag_ == "VBG" and doer is None:
        doer = verb.head
    return doer, done


def _has_auxiliary(verb: Token) -> bool:
    return any(child.dep_ in ("aux", "auxpass") for child in verb.children) or (
        verb.dep_ == "conj" and not any(child.dep_ in ("nsubj", "nsubjpass") for child in verb.children)
    )


def _meant(token: Token) -> Token:
    """Return whom a "they" means: the many of the clause above it, where there are some."""
    if token.lower_ != "they":
        return token
    for above in token.head.ancestors:
        for child in above.children:
            if child.dep_ == "nsubj" and child.i < token.i and child.lower_.endswith("s"):
                return child
    return token


def verb_of(token: Token) -> Token | None:
    """Return the nearest verb above a word."""
    return next((one for one in token.ancestors if one.pos_ == "VERB"), None)


def tree_distance(one: Token, other: Token) -> int:
    """Return how many steps it is from one word to another in the tree of their sentence."""
    up, down = [one, *one.ancestors], [other, *other.ancestors]
    shared = next((token for token in up if token in down), None)
    return up.index(shared) + down.index(shared) if shared is not None else len(up) + len(down)
