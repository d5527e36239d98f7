"""What articles take back: what a correction says that was said before, and what has been revoked since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from retrieval.corpus.dates import resolve_dates
from retrieval.search import wordnet
from retrieval.verification.pairing import Pair, is_name
from retrieval.verification.polarity import is_hedged, is_negated
from retrieval.verification.syntax import SUBJECT, members, parts
from retrieval.verification.vocabulary import ENDING, SPEECH, listed

if TYPE_CHECKING:
    from spacy.tokens import Token

SAME_MATTER = 0.75
"""Share of a claim's words that a passage takes back which takes back the claim."""
LONG_AGO = timedelta(days=31)
"""What ended so long before an article appeared is not what is so in the article."""
_NOW = frozenset({"VBZ", "VBP"})
_VALID = listed("force effect place")
"""In these is what holds."""
_ANOTHER = listed("early first last previous former prior old other another second separate")
"""With these before it a noun is another one of its kind."""
_YET_TO_COME = listed("when once until till before whenever")
_OF = listed("of on against for")


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
    for word in [root, *_state(root)]:
        if word not in pair.words or word.i in pair.quoted or word.i in pair.names:
            continue
        for noun in pair.matches(word):
            verb = noun.head
            done = noun.dep_ in ("nsubjpass", "dobj") or (noun.dep_ == "nsubj" and parts(verb)[1] is None)
            ended = _ends(verb) if word != root else wordnet.is_broader("cancel", verb.lemma_, 1)
            if any(pair.is_same_word(one, noun) for one in pair.words if one != word):
                continue
            if noun.pos_ != "NOUN" or not done or not ended or not _has_happened(pair, verb):
                continue
            if not any(child.lemma_.lower() in _ANOTHER for child in noun.children) and _is_of_claim(pair, noun):
                return verb, f"the passage says “{verb.text}” of the {noun.text}"
    return None


def _state(root: Token) -> Iterator[Token]:
    """Yield the nouns in which it lies that something is so now: free on bail, under sanctions, a ban in force."""
    if root.lemma_ != "be" or root.tag_ not in _NOW:
        return
    how = [root, *(one for one in root.children if one.dep_ == "acomp")]
    behind = [(one.head.lower_, one) for top in how for prep in top.children for one in prep.children]
    yield from (one for prep, one in behind if one.dep_ == "pobj" and prep in ("on", "under"))
    if any(prep == "in" and one.lower_ in _VALID for prep, one in behind):
        yield from (one for one in root.children if one.dep_ in SUBJECT)


def _ends(verb: Token) -> bool:
    """Say whether a verb says that something holds no longer."""
    return verb.pos_ == "VERB" and (verb.lemma_ in ENDING or wordnet.is_broader("cancel", verb.lemma_, 1))


def _has_happened(pair: Pair, verb: Token) -> bool:
    """Say whether a passage holds for sure that something was done, and not long before it appeared."""
    if is_negated(verb) or is_hedged(verb):
        return False
    # "Police said" in front of it says who claims it; behind a sentence it only says whence it is known.
    if any(one.lemma_ in SPEECH and one.i < verb.i for one in verb.ancestors):
        return False
    if verb.tag_ in _NOW and any(child.lower_ in _YET_TO_COME for child in verb.children):
        return False
    joined = {one.i for child in verb.children if child.dep_ == "conj" for one in child.subtree}
    own = {one.idx for one in verb.subtree if one.i not in joined}
    days = [day.last for day in resolve_dates(pair.passage.text, pair.published) if day.start in own]
    return pair.published is None or not days or pair.published - max(days) <= LONG_AGO


def _is_of_claim(pair: Pair, noun: Token) -> bool:
    """Say whether a noun is of whom a claim names: by its owner, or else by the names in and before its sentence."""
    if any(_is_other(pair, owner) for owner in _owners(noun)):
        return False
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


def _owners(noun: Token) -> Iterator[Token]:
    """Yield whose, of what, on what or against whom something is: of "his" who may be meant by the sentence."""
    for child in noun.children:
        if child.dep_ == "prep" and child.lower_ in _OF:
            yield from (one for one in child.children if one.dep_ == "pobj")
        elif child.dep_ == "poss" and child.pos_ != "PRON":
            yield child
        elif child.dep_ == "poss":
            doer = next((one for one in noun.head.children if one.dep_ == "nsubj" and one != noun), None)
            # Their strike is that of who ended it; who ended his may be a judge, but not one of somebody else's own.
            if (
                doer is not None
                and doer.pos_ != "PRON"
                and (child.lower_ in ("its", "their") or any(one.dep_ == "poss" for one in doer.children))
            ):
                yield doer


def _is_other(pair: Pair, owner: Token) -> bool:
    """Say whether somebody or something is not what a claim speaks of: a rival, his brother; "the man" may be."""
    if owner.ent_type_ in ("DATE", "TIME") or owner.pos_ == "PRON":
        return False
    if any(one in pair.matches(word) for word in pair.words for one in members(owner, narrow=True)):
        return False
    return not any(one.lower_ in ("the", "that", "this", "these", "those") for one in owner.children)
