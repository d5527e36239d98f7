"""Whether a passage says of the same thing that it is so: as surely, of as many, not denied, and not its opposite."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from retrieval.search import wordnet
from retrieval.verification.deeds import common, sharing
from retrieval.verification.language import CONTENT
from retrieval.verification.pairing import Pair
from retrieval.verification.phrases import bearer
from retrieval.verification.polarity import is_hedged, is_negated, is_negating, is_undone
from retrieval.verification.syntax import BESIDE, parts, phrase_text
from retrieval.verification.vocabulary import ABSOLVING, EMPTY, HEDGES, NEGATING, NONE, OPPOSITES, SPEECH, SURE

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


def shared_out(pair: Pair) -> str:
    """What is so of one party or part, and the opposite of another, is said of the right one.

    To be convicted of one count is to be convicted, while whoever is acquitted is acquitted of all, and to the last.
    """
    for verb in pair.claim:
        if verb.pos_ != "VERB" or verb.i in pair.quoted or is_negated(verb):
            continue
        party = parts(verb)[1] or parts(verb)[0]
        there = [one for one in pair.near(verb) if one.pos_ == "VERB"]
        fitting = [one for one in there if _may_be(pair, party, parts(one)[1] or parts(one)[0])]
        for mine in fitting or there:
            for other in _opposites_beside(pair, verb, mine, party):
                if not fitting and party is not None and party.i in pair.names:
                    return f"the passage says “{other.text}” and not “{verb.text}” of {phrase_text(party)}"
                if fitting and (reason := _other_part(pair, verb, mine, other)):
                    return reason
    return ""


def _other_part(pair: Pair, verb: Token, mine: Token, other: Token) -> str:
    """Say what is wrong where a passage tells a deed of a claim and its opposite of the same party."""
    if not any(one.dep_ == "prep" for one in verb.children) and verb.lemma_ in NEGATING | ABSOLVING:
        if _is_by_another(pair, verb, other) or _is_only_said(mine, other):
            return ""
        if other.sent == mine.sent and (other.i > mine.i or any(_parts(mine, other))):
            return f"the passage says not only “{mine.text}” but also “{other.text}”"
        return ""
    for prep, part, rest in _parts(mine, other):
        its, others = ({found.i for found in one.subtree} for one in (part, rest))
        for word in (word for one, told in _behind(verb) if one == prep for word in told.subtree):
            found = {one.i for one in pair.matches(word)}
            if found & others and not found & its:
                return f"the passage says “{other.text}” and not “{verb.text}” {prep} {word.text}"
    return ""


def _is_by_another(pair: Pair, verb: Token, other: Token) -> bool:
    """Say whether an opposite is the deed of somebody else: the union rejected the offer, its rival accepted it."""
    doer, its = parts(verb)[0], parts(other)[0]
    return doer is not None and its is not None and its.pos_ != "PRON" and not pair.is_party(doer, its)


def _is_only_said(mine: Token, other: Token) -> bool:
    """Say whether somebody says an opposite who does not say the deed too: acquitted, but guilty, said a lawyer."""
    above = [other, *other.ancestors]
    saying = (
        up for one, up in pairwise(above)
        if one.dep_ == "ccomp" and one.pos_ in ("VERB", "AUX") and up.lemma_ in SPEECH
    )  # fmt: skip
    return any(mine != up and not up.is_ancestor(mine) for up in saying)


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


def _opposites_beside(pair: Pair, verb: Token, mine: Token, party: Token | None) -> list[Token]:
    """Return the opposites of a deed, in its sentence of the passage and those beside it, that are of a party."""
    at = pair.sentence_of(mine)
    around = (one for sentence in pair.sentences[max(0, at - 1) : at + 2] for one in sentence)
    return [
        other for other in around
        if other.pos_ in ("VERB", "ADJ") and _is_opposite(verb, other)
        and is_negated(other) == is_negated(mine) and not is_hedged(other)
        and _may_be(pair, party, bearer(other) if other.pos_ == "ADJ" else parts(other)[1] or parts(other)[0])
    ]  # fmt: skip


def _may_be(pair: Pair, party: Token | None, its: Token | None) -> bool:
    return party is None or its is None or its.pos_ == "PRON" or pair.is_party(party, its)


def _behind(word: Token) -> list[tuple[str, Token]]:
    """Return what stands behind the prepositions of a word, or of what it is done to, with these."""
    heads = [word, *(one for one in word.children if one.dep_ == "dobj")]
    if word.dep_ in ("acomp", "oprd"):
        heads.append(word.head)
    preps = [one for head in heads for one in head.children if one.dep_ == "prep"]
    return [(prep.lower_, one) for prep in preps for one in prep.children if one.dep_ == "pobj"]


def _parts(mine: Token, other: Token) -> Iterator[tuple[str, Token, Token]]:
    """Yield what stands behind the same preposition of two words, with the preposition: of theft, of fraud."""
    for prep, part in _behind(mine):
        for its, rest in _behind(other):
            if prep == its and part != rest:
                yield prep, part, rest


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
    return frozenset((left, right)) in OPPOSITES or wordnet.opposite(left, right) or is_undone(word, other)


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
