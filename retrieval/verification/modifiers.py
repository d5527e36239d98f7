"""What stands beside a word in a claim and in a passage: adjectives, owners, places, prepositions and comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.search import wordnet
from retrieval.verification.names import TOGETHER, owners_of
from retrieval.verification.pairing import Pair, is_name
from retrieval.verification.syntax import members, phrase_text, verb_of
from retrieval.verification.vocabulary import EMPTY, PERSONS

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

REACH = 5
"""Words behind a "than" in which what is compared with stands."""

_LIMITS = frozenset("of before after until since during by".split())
_PLACES = frozenset({"in", "near", "at", "from", "to", "into", "outside", "off", "over"})
_COMPARING = ("instead of", "rather than", "than")
_AGAINST = {frozenset(("for", "against")), frozenset(("before", "after")), frozenset(("with", "without"))}


def arguments(pair: Pair) -> str:
    """What stands beside a word there is not something else: food prices, not house prices; near Millbrook."""
    for word in pair.claim:
        if word.i in pair.quoted or word.i in pair.dated or word.i in pair.numeric:
            continue
        reason = _modifier(pair, word) or _owner(pair, word) or _place(pair, word)
        if reason:
            return reason
    return ""


def comparisons(pair: Pair) -> str:
    """What is compared with something there is compared with the same."""
    for marker in _COMPARING:
        mine, its = (_compared(doc, marker) for doc in (pair.claim, pair.passage))
        for words in mine:
            if its and not any(found in other for word in words for found in pair.matches(word) for other in its):
                return f"the passage does not say “{marker} {words[0].text}”"
    return ""


def prepositions(pair: Pair) -> str:
    """What is for something there is not against it, what comes before it not after."""
    for prep in pair.claim:
        if prep.dep_ not in ("prep", "mark") or prep.i in pair.quoted:
            continue
        for head in pair.near(prep.head):
            its = {one.lower_ for one in head.children if one.dep_ in ("prep", "mark")}
            if prep.lower_ not in its and any(frozenset((prep.lower_, one)) in _AGAINST for one in its):
                return f"the passage does not say “{prep.text}”"
    return ""


def _modifier(pair: Pair, word: Token) -> str:
    of = word.dep_ == "pobj" and word.head.lower_ in _LIMITS
    if not of and (word.dep_ not in ("compound", "amod", "nmod", "dobj") or word.pos_ not in ("NOUN", "ADJ", "PROPN")):
        return ""
    if (of or word.dep_ == "dobj") and pair.matches(word):
        return ""
    head = word.head.head if of else word.head
    heads = pair.near(head)
    if not heads or word.lower_ in EMPTY:
        return ""
    rivals = []
    for one in heads:
        beside = [child for child in one.children if child.dep_ in ("compound", "amod", "nmod", "dobj")]
        beside += [child for prep in one.children if prep.dep_ == "prep" for child in prep.children]
        around = {token.i for child in beside for token in child.subtree} | {one.i}
        if any(found.i in around or found.head.i in around for found in pair.matches(word)):
            return ""
        rivals += [
            child for child in beside
            if child.dep_ == word.dep_ and child.pos_ == word.pos_ and (not of or child.head.lower_ == word.head.lower_)
        ]  # fmt: skip
    fitting = [one for one in rivals if one.pos_ != "PRON" and one.lower_ not in EMPTY]
    if len(rivals) < len(heads) or not fitting or any(wordnet.of_a_kind(word.lemma_, one.lemma_) for one in fitting):
        return ""
    return f"the passage says “{fitting[0].text}” and not “{word.text}”"


def _owner(pair: Pair, word: Token) -> str:
    """A name that a noun is of, or an adjective of a place before it, goes with that noun there too."""
    of = word.dep_ == "pobj" and word.head.lower_ in ("of", "for")
    if word.i not in pair.names or not (of or word.dep_ in ("compound", "amod", "nmod", "poss")):
        return ""
    noun = word.head.head if of else word.head
    if noun.pos_ not in ("NOUN", "PROPN") or (noun.i in pair.names and not of and word.dep_ != "amod"):
        return ""
    nouns = [one for one in pair.matches(noun) if one.pos_ in ("NOUN", "PROPN")]
    owners = [its for one in nouns if (its := owners_of(one))]
    found = {one.i for one in pair.matches(word)}
    if (
        owners
        and not any(one.i in found for its in owners for one in its)
        and not _stand_close(nouns, pair.matches(word))
    ):
        return f"the passage says it of {owners[0][0].text} and not of {word.text}"
    # Or it only ever stands before something else.
    spelled = [one for one in pair.matches(word) if one.lower_ == word.lower_] or pair.matches(word)
    before = [one for one in spelled if one.dep_ in ("amod", "compound", "nmod") and one.head.pos_ in ("NOUN", "PROPN")]
    if (
        not of
        and nouns
        and before
        and len(before) == len(spelled)
        and not any(one.head in nouns or pair.is_party(noun, one.head) for one in before)
    ):
        return f"the passage says “{word.text}” of something else"
    return ""


def _stand_close(nouns: list[Token], names: list[Token]) -> bool:
    return any(0 <= abs(noun.i - name.i) <= TOGETHER for noun in nouns for name in names)


def _place(pair: Pair, word: Token) -> str:
    """A place belongs to the same deed, by the same preposition."""
    if word.dep_ != "pobj" or word.i not in pair.names or word.head.lower_ not in _PLACES:
        return ""
    prep = word.head.lower_
    above = _governing(word)
    if above.lemma_ == "be":
        subject = next((one for one in above.children if one.dep_ == "nsubj" and one.i in pair.names), None)
        if subject is not None and not _are_in_one_sentence(pair, subject, word):
            return f"the passage does not say “{prep} {word.text}” of {subject.text}"
        return ""
    for head in pair.near(above):
        if reason := _elsewhere(pair, word, prep, [head]):
            return reason
    direct = word.head.head
    return _elsewhere(pair, word, prep, pair.matches(direct)) if direct != above and direct.pos_ == "NOUN" else ""


def _elsewhere(pair: Pair, word: Token, prep: str, heads: list[Token]) -> str:
    its = [one for head in heads for one in _pobjs(head, prep) if any(is_name(token) for token in members(one))]
    here = {token.i for one in its for token in one.subtree}
    if its and not any(found.i in here for found in pair.matches(word)):
        return f"the passage says “{prep} {phrase_text(its[0])}” and not “{prep} {word.text}”"
    return ""


def _are_in_one_sentence(pair: Pair, one: Token, other: Token) -> bool:
    """Say whether two words stand in a sentence of the passage, or one speaks of the first by a pronoun."""
    first = {pair.sentence_of(found) for found in pair.matches(one)}
    for at in {pair.sentence_of(found) for found in pair.matches(other)}:
        pronoun = any(token.lower_ in PERSONS for token in pair.sentences[at])
        if at in first or (pronoun and at - 1 in first):
            return True
    return False


def _governing(word: Token) -> Token:
    """Return the verb that a place belongs to, or where there is none that says something, the noun."""
    above = word.head.head
    verb = above if above.pos_ == "VERB" else verb_of(above)
    return verb if verb is not None and verb.lemma_ not in EMPTY else above


def _pobjs(head: Token, prep: str) -> list[Token]:
    """Return what stands behind a preposition anywhere under a word, though not under another verb."""
    found = []
    for one in head.subtree:
        if (
            one.lower_ == prep
            and one.dep_ == "prep"
            and (one.head == head or verb_of(one) == head or one.head in head.subtree)
        ):
            if head.pos_ == "VERB" and one.head != head and verb_of(one) != head:
                continue
            found += [child for child in one.children if child.dep_ == "pobj"]
    return found


def _compared(doc: Doc, marker: str) -> list[list[Token]]:
    """Return the words that carry meaning right behind each of a marker's places, up to `REACH` of them."""
    first, *rest = marker.split()
    found = []
    for token in doc:
        if token.lower_ == first and [one.lower_ for one in doc[token.i + 1 : token.i + 1 + len(rest)]] == rest:
            behind = doc[token.i + 1 + len(rest) : token.i + 1 + len(rest) + REACH]
            words = [one for one in behind if one.pos_ in ("NOUN", "PROPN") and one.sent == token.sent]
            # "more than 500" compares nothing.
            if words and not behind[0].like_num:
                found.append(words)
    return found
