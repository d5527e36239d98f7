"""The names of a claim against those of a passage: whether they are there, and have the same titles and owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.search import wordnet
from retrieval.verification.pairing import Pair, is_name
from retrieval.verification.syntax import BESIDE, members, phrase_top

if TYPE_CHECKING:
    from spacy.tokens import Token

TOGETHER = 3
"""Words. The parts of a name stand no further apart."""


def names(pair: Pair) -> str:
    """Each name is there, and the parts of one stand together."""
    for at in sorted(pair.names):
        if not pair.matches(pair.claim[at]):
            return f"the passage does not name {pair.claim[at].text}"
    return _parted(pair) or _titled_otherwise(pair)


def _parted(pair: Pair) -> str:
    for at in sorted(pair.names):
        one = pair.claim[at]
        if at + 1 not in pair.names or one.dep_ not in ("compound", "nmod", "amod") or one.head.i < at + 1:
            continue
        following = pair.claim[at + 1]
        rights = pair.matches(following)
        apart = min((abs(left.i - right.i) for left in pair.matches(one) for right in rights), default=0)
        if apart > TOGETHER:
            return f"the passage does not name {one.text} {following.text}"
    return ""


def _titled_otherwise(pair: Pair) -> str:
    """A title or sort goes with the same name: the mayor, Olga Petrova; the freighter Aurelia."""
    for name, noun in _titles(pair):
        nouns = [one for one in pair.matches(noun) if one.pos_ in ("NOUN", "PROPN")]
        others = pair.matches(name)
        if not nouns and others and name.dep_ in ("nsubj", "nsubjpass"):
            own = [one for other in others for one in _own_titles(other)]
            if own and not any(wordnet.of_a_kind(noun.lemma_, one.lemma_) for one in own):
                return f"in the passage {name.text} is not the {noun.text} but the {own[0].text}"
        linked = [left for left in nouns if any(_are_linked(left, right) for right in others)]
        mine = [one for one in owners_of(noun) if one.i not in _whole_name(name)]
        its = {one.i for left in linked for one in owners_of(left)} - {one.i for one in others}
        if mine and its and not any(found.i in its for one in mine for found in pair.matches(one)):
            return f"in the passage {name.text} is not the {noun.text} of {mine[0].text}"
        if not nouns or not others or linked:
            continue
        if any(_has_other_name(pair, one, name) for one in nouns):
            return f"in the passage {name.text} is not the {noun.text}"
    return ""


def _whole_name(name: Token) -> set[int]:
    return {one.i for one in members(phrase_top(name), narrow=True) if is_name(one)}


def _titles(pair: Pair) -> list[tuple[Token, Token]]:
    found = []
    for at in sorted(pair.names):
        name = pair.claim[at]
        head = name.head
        if name.dep_ in ("appos", "compound") and head.pos_ == "NOUN" and head.i not in pair.names:
            found.append((name, head))
        found += [
            (name, child)
            for child in name.children
            if child.pos_ == "NOUN" and child.dep_ in ("appos", "compound") and child.i not in pair.names
        ]
        if name.dep_ in ("nsubj", "nsubjpass") and head.lemma_ in ("be", "become", "remain"):
            found += [(name, one) for one in head.children if one.dep_ == "attr" and one.pos_ == "NOUN"]
    return found


def _own_titles(name: Token) -> list[Token]:
    """Return what a name is said to be in its own phrase: the mayor of "Olga Petrova, the mayor"."""
    phrase = members(phrase_top(name), narrow=True)
    return [
        one
        for one in phrase
        if one.pos_ == "NOUN" and one.dep_ in ("appos", "compound", "attr", "nsubj", "dobj", "pobj")
    ]


def _are_linked(noun: Token, name: Token) -> bool:
    if noun.sent == name.sent and abs(noun.i - name.i) <= 1:
        return True
    phrase = {one.i for one in members(phrase_top(noun))}
    return name.i in phrase


def _has_other_name(pair: Pair, noun: Token, name: Token) -> bool:
    top = phrase_top(noun)
    beside = [one for one in members(top, narrow=True) if one.dep_ == "appos" or (one == top and noun.dep_ in BESIDE)]
    return any(is_name(one) for one in beside if one.i != noun.i)


def owners_of(noun: Token) -> list[Token]:
    """Return the names that a noun is said to be of: by "of" or "for", or right before it."""
    top = phrase_top(noun)
    found = [one for one in noun.children if one.dep_ in ("compound", "amod", "nmod", "poss") and is_name(one)]
    if noun.dep_ == "compound":
        found += [
            one for one in top.children if one.dep_ in ("compound", "nmod", "poss") and is_name(one) and one.i < noun.i
        ]
    for one in {top, noun}:
        found += [
            pobj for prep in one.children if prep.lower_ in ("of", "for") for pobj in prep.children if is_name(pobj)
        ]
    return [one for one in found if one.ent_type_ in ("NORP", "GPE", "ORG") or not wordnet.is_known(one.lower_)]
