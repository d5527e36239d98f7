"""What a claim says in a phrase of its own: how, where or why something was done, and what something is said to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.search import wordnet
from retrieval.verification.pairing import Pair
from retrieval.verification.polarity import is_hedged, is_negated, is_undone
from retrieval.verification.syntax import SUBJECT, parts, verb_of
from retrieval.verification.vocabulary import MADE, PLACES

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
        found += _places(pair, verb, word)
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
    how = next((one for one in root.children if one.dep_ == "acomp" and one in pair.words), None)
    if subject in told and not any(pair.matches(one) for one in told):
        if subject.lemma_ == "weather" and how is not None and any(_is_outside(one) for one in pair.matches(how)):
            return ""
        return f"the passage does not speak of “{subject.text}”"
    if how is None or how.i in pair.quoted:
        return ""
    there = pair.near(how) or pair.matches(how)
    bearers = [bearer(one) for one in there or _turned(pair, how)] + _made(pair, how)
    if not bearers:
        return f"the passage does not say “{how.text}” of that"
    others = [one for one in bearers if one is not None and one.pos_ in ("NOUN", "PROPN")]
    if len(others) < len(bearers) or any(_is_of(pair, subject, one) for one in others):
        return ""
    return f"the passage says “{how.text}” of “{others[0].text}”"


def _places(pair: Pair, verb: Token | None, word: Token) -> list[Token]:
    """Return where a passage says in another word that the same was done: at a clinic, in hospital."""
    names, done = PLACES.get(word.lemma_, frozenset()), pair.matches(verb) if verb is not None else []
    return [one for one in pair.passage if one.dep_ == "pobj" and one.lemma_ in names and verb_of(one) in done]


def _turned(pair: Pair, how: Token) -> list[Token]:
    """Return the words that say by a "not" what one of the claim does: is not safe, unsafe."""
    turned = [one for one in pair.passage if is_undone(how, one) and is_negated(one) != is_negated(how)]
    # To call something unsafe is to say so; not to call it safe is to say nothing.
    return [one for one in turned if (not is_hedged(one) if one.dep_ == "acomp" else is_negated(how))]


def _made(pair: Pair, how: Token) -> list[Token | None]:
    """Return what was made to be somehow, or has become so: filled, and so full."""
    verbs = [one for one in pair.passage if one.pos_ == "VERB" and one.lemma_ in MADE.get(how.lemma_.lower(), ())]
    made = [parts(one) for one in verbs if is_negated(one) == is_negated(how) and not is_hedged(one)]
    return [done or doer for doer, done in made]


def _is_outside(how: Token) -> bool:
    """Say whether an adjective tells of the weather: it is cold in Oslo, not as "it", the soup, is."""
    verb = how.head
    if how.dep_ != "acomp" or verb.lemma_ != "be" or not any(one.lower_ == "it" for one in verb.children):
        return False
    beside = [one for top in (how, verb) for one in top.children]
    return any(
        one.dep_ == "npadvmod" or (one.dep_ == "prep" and one.lower_ in ("in", "on", "at", "across")) for one in beside
    )


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
    if bearer.dep_ in SUBJECT and wordnet.is_broader("period", subject.lemma_):
        phrase = set(bearer.head.subtree)  # what is quiet in the night has a quiet night
    return any(one in phrase for one in pair.matches(subject))
