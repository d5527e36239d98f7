"""What articles take back: what a correction says that was said before, and what has been revoked since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.search import wordnet
from retrieval.verification.pairing import Pair, is_name
from retrieval.verification.polarity import is_hedged, is_negated
from retrieval.verification.syntax import SUBJECT, parts
from retrieval.verification.vocabulary import ENDING

if TYPE_CHECKING:
    from spacy.tokens import Token

SAME_MATTER = 0.75
"""Share of a claim's words that a passage takes back which takes back the claim."""
_NOW = frozenset({"VBZ", "VBP"})


def taken_back(pair: Pair) -> tuple[Token, str] | None:
    """Return the word by which a passage takes back what a claim says, and what is wrong; None where it does not."""
    return _corrected(pair) or _revoked(pair)


def _corrected(pair: Pair) -> tuple[Token, str] | None:
    region = pair.corrected
    if not region:
        return None
    counted = [one for one in pair.claim_numbers if one.token not in pair.dated]
    values = {one.value: one for one in pair.all_numbers if one.token in region}
    found = [one for word in pair.words for one in pair.matches(word) if one.i in region]
    there = sum(any(one.i in region for one in pair.matches(word)) for word in pair.words)
    root = next((one for one in pair.claim if one.dep_ == "ROOT"), None)
    for one in counted:
        is_deed = root is not None and any(match.i in region for match in pair.matches(root))
        if one.value in values and (is_deed or there >= SAME_MATTER * len(pair.words)):
            word = pair.passage[values[one.value].token]
            return word, f"the passage says that {pair.claim[one.token : one.end + 1].text} was wrong"
    if found and not counted and there >= SAME_MATTER * len(pair.words):
        return found[0], "the passage says that this was wrong"
    return None


def _revoked(pair: Pair) -> tuple[Token, str] | None:
    """What a claim says to be so now has not been revoked, and no verdict of which it tells overturned."""
    root = next((one for one in pair.claim if one.dep_ == "ROOT"), None)
    if root is None or any(_ends(one) or one.dep_ == "neg" for one in pair.claim):
        return None
    now = root.tag_ in _NOW
    for word in pair.words:
        if word.i in pair.quoted or word.i in pair.names or not (word == root or (now and word.pos_ == "NOUN")):
            continue
        for noun in pair.matches(word):
            verb = noun.head
            done = noun.dep_ in ("nsubjpass", "dobj") or (noun.dep_ == "nsubj" and parts(verb)[1] is None)
            ended = _ends(verb) if word != root else wordnet.is_broader("cancel", verb.lemma_, 1)
            if any(pair.is_same_word(one, noun) for one in pair.words if one != word):
                continue
            if noun.pos_ != "NOUN" or not done or not ended or is_negated(verb) or is_hedged(verb):
                continue
            if _is_of_claim(pair, noun):
                return verb, f"the passage says “{verb.text}” of the {noun.text}"
    return None


def _ends(verb: Token) -> bool:
    """Say whether a verb says that something holds no longer."""
    return verb.pos_ == "VERB" and (verb.lemma_ in ENDING or wordnet.is_broader("cancel", verb.lemma_, 1))


def _is_of_claim(pair: Pair, noun: Token) -> bool:
    """Say whether a noun is of whom a claim names: by its owner, or else by the names in and before its sentence."""
    named = [word for word in pair.words if word.i in pair.names or (word.dep_ in SUBJECT and word.head.dep_ == "ROOT")]
    mine = {one.i for word in named for one in pair.matches(word) if one.i != noun.i}
    its = {one.i for one in noun.subtree if is_name(one)}
    if its:
        return not mine.isdisjoint(its)
    at = pair.sentence_of(noun)
    around = {one.i for sentence in pair.sentences[max(0, at - 1) : at + 1] for one in sentence}
    if mine:
        return not mine.isdisjoint(around)
    there = sum(any(one.i in around for one in pair.matches(word)) for word in pair.words)
    return not pair.names and there >= SAME_MATTER * len(pair.words)
