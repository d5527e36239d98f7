"""Deeds of a claim against those of a passage: which of them go together, who did them, and to whom they were done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from retrieval.verification.pairing import Pair, dated_tokens, is_name
from retrieval.verification.polarity import is_hedged
from retrieval.verification.syntax import members, parts, phrase_text
from retrieval.verification.vocabulary import EMPTY, SPEECH

if TYPE_CHECKING:
    from spacy.tokens import Token


def deeds(pair: Pair) -> str:
    """Who did something, and to whom it was done, is as the passage has it in the same words."""
    return _deeds(pair, lambda verb, other: pair.is_same_word(verb, other))


def deeds_in_other_words(pair: Pair) -> str:
    """The same where the passage has another word for the deed, which may mean something else."""
    return _deeds(pair, lambda verb, other: True)


def _deeds(pair: Pair, fits: Callable[[Token, Token], bool]) -> str:
    for verb in pair.claim:
        if verb.pos_ != "VERB" or verb.i in pair.quoted:
            continue
        doer, done = parts(verb)
        by = doer is not None and doer.dep_ == "pobj" and doer.i in pair.names
        if doer is not None and by and verb.lemma_ in EMPTY and not pair.matches(verb):
            return f"the passage does not say “{verb.text} by {phrase_text(doer)}”"
        if verb.lemma_ in EMPTY:
            continue
        others = [one for one in pair.matches(verb) if fits(verb, one) and (one.pos_ == "VERB" or _is_deed(one))]
        for other in others:
            its_doer, its_done = parts(other)
            if _is_swapped(pair, doer, done, its_doer, its_done):
                return f"in the passage it is the other way round who “{verb.text}” whom"
        # Where the same is done by several, one fitting deed is enough.
        if verb.lemma_ in SPEECH:
            continue
        near = [one for one in others if pair.is_same_word(verb, one) or one in pair.near(verb)]
        if not is_hedged(verb):
            # What was only to be done says nothing of who did it.
            near = [one for one in near if not is_hedged(one)] or near
        alike = _most(pair, verb, [other for other in near if shares(pair, verb, other, but=doer)])
        if alike and doer is not None and all(_is_other_party(pair, doer, parts(other)[0]) for other in alike):
            return f"in the passage it is not {phrase_text(doer)} who “{verb.text}”"
        alike = _most(pair, verb, [other for other in near if shares(pair, verb, other, but=done)])
        if alike and done is not None and all(_is_other_name(pair, done, parts(other)[1]) for other in alike):
            return f"in the passage it is not {phrase_text(done)} to whom “{verb.text}” happened"
    return ""


def _is_deed(noun: Token) -> bool:
    """Say whether a noun tells a deed with its object, as "the shooting of" somebody."""
    return bool(noun.pos_ == "NOUN" and any(child.lower_ in ("of", "by") for child in noun.children))


def _is_swapped(
    pair: Pair, doer: Token | None, done: Token | None, its_doer: Token | None, its_done: Token | None
) -> bool:
    if its_doer is None or its_done is None:
        return False
    if doer is not None and pair.is_party(doer, its_done) and not pair.is_party(doer, its_doer):
        return True
    return done is not None and pair.is_party(done, its_doer) and not pair.is_party(done, its_done)


def _is_other_party(pair: Pair, one: Token, its: Token | None) -> bool:
    """Say whether the passage has somebody else there; what a pronoun stands for is not known."""
    if its is None or one.pos_ == "PRON":
        return False
    antecedents = pair.antecedents(its)
    if antecedents is not None:
        may, cannot = antecedents
        named = {found.i for name in members(one) if name.i in pair.names for found in pair.matches(name)}
        return bool(named) and named.isdisjoint(may) and (bool(may) or not named.isdisjoint(cannot))
    if its.pos_ not in ("NOUN", "PROPN", "NUM"):
        return False
    if not any(token.i in pair.names or pair.matches(token) for token in members(one)):
        return False
    if any(child.dep_ == "nummod" for child in one.children):
        return False  # "rejected by 27 votes"; whom a number counts is held against the passage by the number
    return not pair.is_party(one, its)


def _is_other_name(pair: Pair, one: Token, its: Token | None) -> bool:
    """The same where both are named; a thing can be called in many ways."""
    if its is None or not any(token.i in pair.names for token in members(one)):
        return False
    named = any(is_name(token) for token in members(its)) or _is_owned_by(pair, one, its)
    return named and _is_other_party(pair, one, its)


def _is_owned_by(pair: Pair, one: Token, its: Token) -> bool:
    """Say whether somebody of the passage belongs to whom a claim names, as "his brother" where only he is named."""
    if not pair.is_person(its) or not any(child.dep_ == "poss" and child.pos_ == "PRON" for child in its.children):
        return False
    start = pair.sentences[max(0, pair.sentence_of(its) - 1)].start
    before = {found.i for found in pair.passage[start : its.i] if is_name(found)} - dated_tokens(pair.passage)
    return bool(before) and before <= {found.i for word in members(one) for found in pair.matches(word)}


def sharing(pair: Pair, word: Token) -> list[Token]:
    """Return the words of the passage that mean what one of the claim does, and have most of the claim about them."""
    found = pair.matches(word)
    if word.pos_ != "VERB":
        return pair.near(word)
    return _most(pair, word, [one for one in found if one.pos_ == "VERB"] or found)


def _most(pair: Pair, word: Token, found: list[Token]) -> list[Token]:
    """Return those deeds that have most of the claim about them."""
    if len(found) < 2:
        return found
    counts = [common(pair, word, other) for other in found]
    most = max(counts)
    return [other for other, count in zip(found, counts, strict=True) if count == most]


def common(pair: Pair, verb: Token, other: Token) -> int:
    """Return how many words of the claim a deed of the passage has about it."""
    around = _about(other)
    return sum(any(found.i in around for found in pair.matches(word)) for word in pair.words if word != verb)


def shares(pair: Pair, verb: Token, other: Token, but: Token | None = None) -> bool:
    """Say whether two deeds have more in common than their verb, and one phrase; true where there is no more."""
    around = _about(other)
    aside = {token.i for token in but.subtree} if but is not None else set()
    rest = [word for word in pair.words if word in verb.subtree and word.i != verb.i and word.i not in aside]
    return not rest or any(found.i in around for word in rest for found in pair.matches(word))


def _about(deed: Token) -> set[int]:
    around = {token.i for token in (deed.sent if deed.pos_ == "NOUN" else deed.subtree)} - {deed.i}
    around |= {token.i for part in parts(deed) if part is not None for token in members(part)}
    if deed.dep_ in ("acl", "relcl"):
        around |= {token.i for token in deed.head.subtree}
    return around
