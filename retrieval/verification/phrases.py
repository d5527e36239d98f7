"""What a claim says in a phrase of its own: how, where or why something was done, and what something is said to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.search import wordnet
from retrieval.verification.pairing import Pair
from retrieval.verification.syntax import SUBJECT, parts, verb_of

if TYPE_CHECKING:
    from spacy.tokens import Token


_KNOWN = frozenset({"the", "this", "that", "these", "those"})
"""What stands before something that is known already, and so may have gone by another name."""


def phrases(pair: Pair) -> str:
    """Of each phrase behind a preposition that tells something new there is a word, as of “won on penalties”."""
    for word in pair.claim:
        whole = {one.i for one in word.subtree}
        if word.dep_ != "pobj" or whole & (pair.quoted | pair.dated | pair.numeric) or word.i in pair.names:
            continue
        if any(one.dep_ == "poss" or one.lower_ in _KNOWN for one in word.lefts):
            continue
        told = [one for one in word.subtree if one in pair.words]
        found = [match for one in told for match in pair.matches(one)]
        verb = verb_of(word)
        doer = parts(verb)[0] if verb is not None else None
        if told and all(_is_of_another(pair, verb, doer, match) for match in found):
            return f"the passage does not say “{word.head.text} {word.text}”"
    return ""


def attributes(pair: Pair) -> str:
    """What is said to be somehow is there, and it is not only something else that is so: a hot day is no hot sun."""
    root = next((one for one in pair.claim if one.dep_ == "ROOT" and one.lemma_ == "be"), None)
    subject = next((one for one in root.children if one.dep_ in SUBJECT), None) if root is not None else None
    if root is None or subject is None or subject.pos_ == "PRON":
        return ""
    told = [one for one in subject.subtree if one in pair.words]
    if subject in told and not any(pair.matches(one) for one in told):
        return f"the passage does not speak of “{subject.text}”"
    how = next((one for one in root.children if one.dep_ == "acomp" and one in pair.words), None)
    if how is None or how.i in pair.quoted:
        return ""
    if not pair.matches(how):
        return f"the passage does not say “{how.text}” of that"
    bearers = [bearer(one) for one in pair.near(how) or pair.matches(how)]
    others = [one for one in bearers if one is not None and one.pos_ in ("NOUN", "PROPN")]
    if len(others) < len(bearers) or any(_is_of(pair, subject, one) for one in others):
        return ""
    return f"the passage says “{how.text}” of “{others[0].text}”"


def _is_of_another(pair: Pair, verb: Token | None, doer: Token | None, match: Token) -> bool:
    """Say whether a word of the passage is what somebody else did something else to: Halden missed two penalties."""
    its = verb_of(match)
    its_doer = parts(its)[0] if its is not None else None
    if (
        match.dep_ != "dobj"
        or verb is None
        or doer is None
        or its is None
        or its_doer is None
        or pair.is_same_word(verb, its)
    ):
        return False
    return its_doer.pos_ in ("NOUN", "PROPN") and not pair.is_party(doer, its_doer)


def bearer(how: Token) -> Token | None:
    """Return what an adjective is said of: an "icy road", it is icy, they call it icy."""
    if how.dep_ == "amod":
        return how.head
    if how.dep_ not in ("acomp", "oprd"):
        return None
    beside = [one for kinds in ({"dobj"}, SUBJECT) for one in how.head.children if one.dep_ in kinds]
    return beside[0] if beside else None


def _is_of(pair: Pair, subject: Token, bearer: Token) -> bool:
    """Say whether what an adjective is said of may be what a claim speaks of, or its phrase speaks of that."""
    if pair.is_party(subject, bearer) or wordnet.of_a_kind(subject.lemma_, bearer.lemma_):
        return True
    phrase = set(bearer.subtree)
    return any(one in phrase for one in pair.matches(subject))
