"""Whether a passage says of the same thing that it is so: as surely, of as many, not denied, and not its opposite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.search import wordnet
from retrieval.verification.deeds import common, sharing
from retrieval.verification.language import CONTENT
from retrieval.verification.pairing import Pair
from retrieval.verification.polarity import is_hedged, is_negated, is_negating
from retrieval.verification.syntax import BESIDE, parts
from retrieval.verification.vocabulary import EMPTY, HEDGES, NONE, OPPOSITES, SPEECH, SURE

if TYPE_CHECKING:
    from spacy.tokens import Token

_NOBODY = frozenset({"nobody", "none", "nowhere"})


def sureness(pair: Pair) -> str:
    """What is said of all, or for certain, is said so."""
    first, last = pair.span
    span = [token for at in range(first, last + 1) for token in pair.sentences[at]]
    for token in pair.claim:
        if token.i in pair.quoted or token.lower_ not in SURE | _NOBODY:
            continue
        there = [one for one in span if one.lower_ == token.lower_ or one.lemma_.lower() == token.lower_]
        if token.lower_ in _NOBODY and any(one.lower_ in NONE for one in span):
            continue
        of = _limited(token)
        if not there or (of is not None and not any(_limits(pair, one, of) for one in there)):
            return f"the passage does not say “{token.text}”"
    return ""


def opposites(pair: Pair) -> str:
    """No word stands there turned into its opposite."""
    first, last = pair.span
    near = [one for at in range(first, last + 1) for one in pair.sentences[at] if one.pos_ in CONTENT]
    for word in pair.claim:
        if word.i in pair.quoted or word.pos_ not in CONTENT:
            continue
        if any(one.lemma_ == word.lemma_ for one in near):
            continue
        for other in near:
            if not _is_opposite(word, other) or _have_other_doers(pair, word, other):
                continue
            if is_negated(word) == is_negated(other):
                return f"the passage says “{other.text}” and not “{word.text}”"
    return ""


def negations(pair: Pair) -> str:
    """What is so is not denied there, and the other way round."""
    root = [word for word in pair.claim if word.dep_ == "ROOT" and word.pos_ == "VERB" and word not in pair.words]
    for word in [*pair.words, *root]:
        if word.pos_ not in ("VERB", "NOUN", "ADJ") or word.i in pair.quoted or word.dep_ in BESIDE:
            continue
        # What both deny is denied by both, however they say it.
        if any(is_negating(one) and pair.near(one) for one in word.ancestors):
            continue
        there = [one for one in sharing(pair, word) if one.dep_ not in BESIDE]
        if word in root:
            there = [one for one in there if common(pair, word, one)]
        there = [one for one in there if one.pos_ == word.pos_] or there
        if there and all(is_negated(one) != is_negated(word) for one in there):
            return f"the passage says the contrary about “{word.text}”"
    return ""


def hedges(pair: Pair) -> str:
    """What the passage only expects, fears or suggests is not told as a fact."""
    if any(token.lemma_.lower() in HEDGES for token in pair.claim):
        return ""
    for word in pair.claim:
        if word.pos_ != "VERB" or word.lemma_ in SPEECH or word.lemma_ in EMPTY or word.i in pair.quoted:
            continue
        there = sharing(pair, word)
        if there and all(is_hedged(one) for one in there):
            return f"the passage does not say for certain that it “{word.text}”"
    return ""


def _limited(token: Token) -> Token | None:
    """Return what an "all" or "every" is said of: all of the troops, all troops."""
    of = [pobj for prep in token.children if prep.lower_ == "of" for pobj in prep.children if pobj.dep_ == "pobj"]
    if of:
        return of[0]
    return token.head if token.dep_ in ("det", "predet", "amod") else None


def _limits(pair: Pair, token: Token, of: Token) -> bool:
    its = _limited(token)
    return its is None or its.pos_ == "PRON" or its in pair.matches(of)


def _is_opposite(word: Token, other: Token) -> bool:
    left, right = word.lemma_.lower(), other.lemma_.lower()
    if frozenset((left, right)) in OPPOSITES or wordnet.opposite(left, right):
        return True
    return other.lower_ in (f"un{word.lower_}", f"in{word.lower_}") or word.lower_ in (
        f"un{other.lower_}", f"in{other.lower_}",
    )  # fmt: skip


def _have_other_doers(pair: Pair, word: Token, other: Token) -> bool:
    """Say whether two deeds are of different parties, as where sales rose and profit fell."""
    if {word.lower_, other.lower_} == {"first", "last"} and any(one.dep_ == "nummod" for one in other.head.children):
        return True  # the last five games
    if word.dep_ == other.dep_ == "amod":
        return other.head not in pair.matches(word.head)
    if word.pos_ != "VERB" or other.pos_ != "VERB":
        return False
    (mine, done), (its, its_done) = parts(word), parts(other)
    mine, its = mine or done, its or its_done
    return mine is not None and its is not None and "PRON" not in (mine.pos_, its.pos_) and not pair.is_party(mine, its)
