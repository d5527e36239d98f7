"""What a question wants counted and what a sentence counts: of what, by which deed, whose, where, and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.answer.meaning import alike, is_office
from retrieval.corpus.dates import ResolvedDate
from retrieval.search import wordnet
from retrieval.verification.corrections import corrected, is_denied
from retrieval.verification.language import CONTENT, parsed
from retrieval.verification.numbers import Number, numbers
from retrieval.verification.pairing import dated_tokens, is_name
from retrieval.verification.polarity import is_hedged, is_negated
from retrieval.verification.syntax import BESIDE, SUBJECT, parts
from retrieval.verification.vocabulary import EMPTY, SPEECH, listed

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_NUMERAL = ("nummod", "quantmod", "compound", "npadvmod", "nmod")
_STATES = listed("be have do there leave number count stand remain include total")
"""Verbs that tell no deed."""
_DEATH = listed("kill dead death die")
_WHERE = listed("in at near outside inside around off on across to from of")
_UP_TO = listed("by until till since of")
_MORE = listed("more another other additional further extra")
"""With these a number is added to another one."""
_EARLIER = listed("early earlier previous initial original preliminary prior first")
_AT_FIRST = listed("initially originally previously")
_PARTS = ("of", "among")


@dataclass(frozen=True, slots=True)
class Count:
    """A number of things, in small letters and lemmas: the words beside the noun, the names of whom the deed is, and
    the places; a question's has no value. `names` are all of the text's but those of who is quoted, and `matters` its
    other nouns."""

    value: float | None
    things: str
    beside: frozenset[str]
    deeds: frozenset[str]
    parties: frozenset[str]
    places: frozenset[str]
    names: frozenset[str]
    matters: frozenset[str]
    days: tuple[ResolvedDate, ...] = ()


def wanted(question: str) -> Count | None:
    """Return what a question wants counted; None where it does not say."""
    doc = parsed(question)
    many = next((one for one in doc if one.lower_ == "many" and one.i and one.nbor(-1).lower_ == "how"), None)
    if many is not None:
        noun = many.head if many.dep_ == "amod" else many
    else:
        number = next((one for one in doc if one.lower_ == "number"), None)
        below = [one for of in number.children if of.lower_ == "of" for one in of.children] if number else []
        if not below:
            return None
        noun = below[0]
    return _count(doc, None, noun, set(), ())


def counts(text: str, things: str, days: tuple[ResolvedDate, ...]) -> Iterator[Count]:
    """Yield the numbers of these things in a sentence that it holds to be so. `days` are named there, offsets in it."""
    doc = parsed(text)
    found = numbers(doc)
    dated, before = dated_tokens(doc), corrected(doc)
    numerals = {at for one in found for at in range(one.token, one.end + 1)} - dated
    for one in found:
        noun = _noun(doc, one)
        if noun is None or not alike(things, noun.text) or one.sort or one.token in dated | before:
            continue
        if not _is_outdated(doc, one, noun) and not _is_part(doc, one, noun) and not _is_left_open(noun):
            yield _count(doc, one, noun, numerals, days)


def event_days(text: str, days: Iterable[ResolvedDate]) -> list[ResolvedDate]:
    """Return the days of a text, offsets in it, on which something was done: not those on which somebody spoke."""
    doc = parsed(text)
    return [day for day in days if _is_of_event(_at(doc, day.start))]


def same_deed(one: str, other: str) -> bool:
    """Say whether two verbs, or what is said of those counted, are the same deed: killed and died."""
    return (
        wordnet.same(one, other)
        or (_is_death(one) and _is_death(other))
        or wordnet.is_broader(one, other, 1)
        or wordnet.is_broader(other, one, 1)
    )


def _is_death(deed: str) -> bool:
    return deed in _DEATH or wordnet.is_broader("die", deed, 1)


def _noun(doc: Doc, number: Number) -> Token | None:
    """Return the noun that a number counts."""
    token = doc[number.end]
    while token.dep_ in _NUMERAL and token.head != token:
        token = token.head
        if token.pos_ in ("NOUN", "PROPN"):
            return token
    return None


def _count(doc: Doc, number: Number | None, noun: Token, numerals: set[int], days: tuple[ResolvedDate, ...]) -> Count:
    verb = _verb(noun)
    deeds = set(_said_of(noun))
    if verb is not None and verb.lemma_ not in _STATES:
        deeds.add(verb.lemma_.lower())
    elif verb is not None:
        deeds |= {child.lemma_.lower() for child in verb.children if child.dep_ in ("acomp", "oprd", "xcomp")}
    others = [part for part in parts(verb) if part is not None and part != noun] if verb is not None else []
    others += [verb] if verb is not None and verb.pos_ == "NOUN" else []
    own = numerals if number is None else numerals - set(range(number.token, number.end + 1))
    near, dated = _near(noun, verb, own), dated_tokens(doc)
    quoted = {one.i for said in doc if said.lemma_ in SPEECH for one in said.children if one.dep_ in SUBJECT}
    return Count(
        value=number.value if number is not None else None,
        things=noun.text,
        beside=frozenset(
            one.lemma_.lower()
            for one in noun.lefts
            if one.dep_ in BESIDE and one.pos_ in CONTENT and one.tag_ != "VBN" and one.pos_ != "NUM"
            and one.lower_ != "many"
        ),
        deeds=frozenset(deeds),
        parties=frozenset(one for part in others for one in _names(part)),
        places=frozenset(one.lower_ for one in near if _is_place(one) and one.i not in dated),
        names=frozenset(
            one.lower_ for one in doc
            if is_name(one) and one.i not in dated and not quoted & {one.i, one.head.i}
        ),
        matters=frozenset(
            one.lemma_.lower()
            for one in doc
            if one.pos_ == "NOUN" and one not in (noun, verb) and not is_name(one) and one.i not in dated
            and one.lemma_.lower() not in EMPTY
        ),
        days=tuple(day for day in days if (token := _at(doc, day.start)) in near and _is_of_event(token)),
    )  # fmt: skip


def _verb(noun: Token) -> Token | None:
    """Return the verb whose doer or object a noun is, also where it is one in a row."""
    while noun.dep_ == "conj" and noun.head.pos_ in ("NOUN", "PROPN", "NUM"):
        noun = noun.head
    if noun.dep_ == "pobj" and (noun.head.dep_ == "agent" or noun.head.lower_ == "with"):
        noun = noun.head
    verb = noun.head
    if noun.dep_ not in (*SUBJECT, "dobj", "attr", "agent", "prep") or verb.pos_ not in ("VERB", "AUX"):
        return None
    if verb.dep_ == "aux":
        return verb.head
    # "How many people did the storm kill?" is not always understood; what stands at its end was done.
    behind = [one for one in verb.children if one.i > verb.i and one.dep_ in ("dobj", "ccomp") and one != noun]
    return behind[0] if verb.lemma_ in ("do", "have") and noun.i < verb.i and behind else verb


def _said_of(noun: Token) -> Iterator[str]:
    """Yield what is said of those counted: wounded protesters, people arrested in Oslo, the deaths of 12 people."""
    for child in noun.children:
        if (child.dep_ == "amod" and child.tag_ == "VBN") or child.dep_ in ("acl", "relcl") or child.lower_ == "dead":
            yield child.lemma_.lower()
    if noun.dep_ == "pobj" and noun.head.lower_ == "of" and noun.head.head.pos_ == "NOUN":
        yield noun.head.head.lemma_.lower()
    if noun.dep_ in SUBJECT and noun.head.pos_ == "ADJ":
        yield noun.head.lemma_.lower()


def _near(noun: Token, verb: Token | None, numerals: set[int]) -> list[Token]:
    """Return the words of the noun's phrase and of its verb, up to what stands behind another number."""
    own = {one.i for top in (noun, verb) if top is not None for one in top.subtree}
    if verb is not None:
        own -= {
            one.i
            for child in verb.children
            if child.dep_ in ("conj", "ccomp") and any(below.dep_ in SUBJECT for below in child.children)
            for one in child.subtree
        }
    behind = min((at for at in numerals if at > noun.i), default=len(noun.doc))
    behind = min((at for at in range(noun.i + 1, behind) if _begins_clause(noun.doc, at)), default=behind)
    ahead = max((at for at in numerals if at < noun.i), default=-1)
    return [one for one in noun.doc if one.i in own and ahead < one.i < behind]


def _begins_clause(doc: Doc, at: int) -> bool:
    return doc[at - 1].text in (",", ";") and doc[at].pos_ in ("SCONJ", "CCONJ")


def _names(top: Token) -> Iterator[str]:
    """Yield the names of a phrase, without what somebody is: Anna Berg of Mayor Anna Berg."""
    for one in top.subtree:
        office = one.ent_type_ == top.ent_type_ == "PERSON" and one != top and is_office(one.text)
        if is_name(one) and (one == top or one.dep_ in (*BESIDE, "poss")) and not office:
            yield one.lower_


def _is_place(token: Token) -> bool:
    """Say whether a name stands behind an "in" or the like."""
    if not is_name(token):
        return False
    while token.dep_ in (*BESIDE, "poss", "conj") and token.head.pos_ in ("NOUN", "PROPN"):
        token = token.head
    return bool(token.dep_ == "pobj" and token.head.lower_ in _WHERE)


def _is_of_event(day: Token) -> bool:
    """Say whether a day is the deed's: not that of who speaks of it, nor one up to which was counted."""
    start = day.doc[max(0, day.i - 2) : day.i]
    if any(one.lemma_ in SPEECH for one in start) or any(one.lower_ in _UP_TO for one in start[-1:]):
        return False
    verb = next((one for one in day.ancestors if one.pos_ == "VERB"), None)
    return verb is None or verb.lemma_ not in SPEECH


def _at(doc: Doc, offset: int) -> Token:
    return next((one for one in doc if one.idx <= offset < one.idx + len(one.text_with_ws)), doc[len(doc) - 1])


def _is_outdated(doc: Doc, number: Number, noun: Token) -> bool:
    """Say whether a number is told as an earlier one: from nine to 12, initially nine, earlier reports of nine."""
    if is_denied(doc, number.token) or (noun.dep_ == "pobj" and noun.head.lower_ == "from"):
        return True
    above = [noun]
    while above[-1].head != above[-1] and not (above[-1].dep_ == "conj" and above[-1].pos_ in ("VERB", "AUX")):
        above.append(above[-1].head)
    if any(child.lower_ in _AT_FIRST for one in above for child in one.children):
        return True
    told = [one for one in above if one.lemma_ in SPEECH or one.pos_ == "NOUN"]
    said = [child for one in told for child in (one, *one.children) if one.pos_ == "NOUN" or child.dep_ in SUBJECT]
    early = any(below.lower_ in _EARLIER for one in said for below in one.children if below.dep_ == "amod")
    return early or any(child.lower_ == "earlier" for one in told if one.pos_ == "VERB" for child in one.children)


def _is_part(doc: Doc, number: Number, noun: Token) -> bool:
    """Say whether a number is only added to another one, its whole, or by how much it differs."""
    words = [doc[number.token], noun]
    if any(child.lower_ in _MORE for word in words for child in word.children):
        return True
    if noun.dep_ != "pobj":
        return False
    return bool(noun.head.lower_ == "by" and noun.head.dep_ != "agent") or bool(
        noun.head.lower_ in _PARTS and noun.head.head.pos_ == "NUM"
    )


def _is_left_open(noun: Token) -> bool:
    verb = _verb(noun)
    return verb is not None and (is_negated(verb) or is_hedged(verb))
