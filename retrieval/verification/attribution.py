"""Quotations and their speakers: whether a passage has the words of a claim, and from the same mouth."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from retrieval.verification.pairing import QUOTED, Pair
from retrieval.verification.syntax import parts, phrase_text
from retrieval.verification.vocabulary import JUDGING, SPEECH

if TYPE_CHECKING:
    from spacy.tokens import Token

NEAR_QUOTE = 200
"""Characters between a quotation and the verb of saying that belongs to it."""

_QUOTATION = re.compile(r"[“\"][^”\"]{2,2000}[”\"]")
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_SMALL = re.compile(r"[^\w]+")
_OWN_VOICE = frozenset("i we you me us".split())


def quotations(pair: Pair) -> str:
    """Each quotation stands in the passage word for word, and is not one that a "not" before it turns round."""
    there = _flat(pair.passage.text)
    for match in QUOTED.finditer(pair.claim.text):
        wanted = _flat(match[1])
        if wanted not in there:
            return f"“{match[1]}” does not stand in the passage word for word"
        before = there[: there.index(wanted)].split()[-1:]
        if (
            before
            and before[0] in ("not", "no", "never", "hardly")
            and before[0] not in pair.claim.text.lower().split()
        ):
            return f"the passage says “{before[0]} {match[1]}”"
    return ""


def attested(pair: Pair) -> str:
    """Who says, blames or warns does it there too, also where only the noun stands there: Trump put the blame on it."""
    verb = next((one for one in pair.claim if one.dep_ == "ROOT" and one.pos_ == "VERB"), None)
    doer = parts(verb)[0] if verb is not None else None
    if verb is None or doer is None or doer.pos_ == "PRON" or verb.lemma_ not in SPEECH or verb.i in pair.quoted:
        return ""
    there = pair.matches(verb)
    if any(one.pos_ == "VERB" for one in there) or (not there and verb.lemma_ not in JUDGING):
        return ""
    for one in there:
        above = next((verb for verb in one.ancestors if verb.pos_ == "VERB"), None)
        doers = (parts(one)[0], parts(above)[0] if above is not None else None)
        if any(its is not None and its.pos_ != "PRON" and pair.is_party(doer, its) for its in doers):
            return ""
    return f"the passage does not say of {phrase_text(doer)} that it “{verb.text}”"


def speakers(pair: Pair) -> str:
    """What somebody says is said by the same one there."""
    for verb in pair.claim:
        if verb.lemma_ not in SPEECH or verb.pos_ != "VERB":
            continue
        speaker = parts(verb)[0]
        if speaker is None or speaker.pos_ == "PRON":
            continue
        quoted = [one[1] for one in QUOTED.finditer(pair.claim.text)]
        if verb.lemma_ == "call" and quoted and not any(" " in one for one in quoted):
            continue  # to call something by a name is not to say it
        aside = {one.i for one in speaker.subtree} | {verb.i}
        told = _who_says(pair, [word for word in pair.words if word.i not in aside], aside, verb)
        if told and not any(pair.is_party(speaker, one) for one in told):
            return f"in the passage it is not {phrase_text(speaker)} who says so"
    return ""


def _who_says(pair: Pair, content: Iterable[Token], aside: set[int], verb: Token) -> list[Token]:
    """Return who says in the passage what these words of the claim say; empty where that is not told."""
    found = [(one, 2 if word.pos_ == "VERB" else 1) for word in content for one in pair.matches(word)]
    for number in pair.claim_numbers:
        if number.token not in aside:
            found += [(pair.passage[one.token], 1) for one in pair.numbers if one.value == number.value]
    if verb.lemma_ not in ("say", "tell"):
        found += [(one, 2) for one in pair.matches(verb)]
    for match in QUOTED.finditer(pair.claim.text):
        found += [(one, 5) for one in _quoted_there(pair, match[1])]
    counts: dict[int, int] = {}
    for at, weight in {(pair.sentence_of(one), (one.lemma_, weight)) for one, weight in found}:
        counts[at] = counts.get(at, 0) + weight[1]
    if not counts:
        return []
    most = max(counts.values())
    told: list[Token] = []
    for at in (at for at, count in counts.items() if count == most):
        heaviest = max(weight for one, weight in found if pair.sentence_of(one) == at)
        words = [one for one, weight in found if weight == heaviest and pair.sentence_of(one) == at]
        told += _speakers(pair, at, words) or _speakers_around(pair, words)
    return [] if any(one.pos_ == "PRON" for one in told) else told


def _quoted_there(pair: Pair, quoted: str) -> list[Token]:
    """Return the first words of a quotation where it stands in the passage."""
    first = _flat(quoted).split()[:1]
    return [
        token for sentence in pair.sentences if _flat(quoted) in _flat(sentence.text)
        for token in sentence if _flat(token.text).split() == first
    ]  # fmt: skip


def _speakers(pair: Pair, at: int, words: list[Token]) -> list[Token]:
    """Return who says these words of a sentence: whoever speaks right above them, or else anybody in it."""
    verbs = [one for one in pair.sentences[at] if one.lemma_ in SPEECH and one.pos_ == "VERB"]
    above = {verb.i for word in words for verb in [_speech_above(word)] if verb is not None}
    told = [doer for verb in verbs if not above or verb.i in above if (doer := parts(verb)[0]) is not None]
    told = [one for one in told if one.lower_ not in _OWN_VOICE]
    for one in pair.sentences[at]:
        if one.lower_ == "according":
            told += [pobj for prep in one.children for pobj in prep.children if pobj.dep_ == "pobj"]
    return told


def _speakers_around(pair: Pair, words: list[Token]) -> list[Token]:
    """Return who speaks right before or behind the quotation that these words stand in."""
    for match in _QUOTATION.finditer(pair.passage.text):
        if not any(match.start() <= word.idx < match.end() for word in words):
            continue
        beside = {
            min(abs(one.idx - match.end()), abs(match.start() - one.idx)): doer
            for one in pair.passage
            if one.lemma_ in SPEECH and one.pos_ == "VERB" and not match.start() <= one.idx < match.end()
            if (doer := parts(one)[0]) is not None
        }
        return [beside[min(beside)]] if beside and min(beside) <= NEAR_QUOTE else []
    return []


def _speech_above(word: Token) -> Token | None:
    return next((one for one in (word, *word.ancestors) if one.lemma_ in SPEECH and one.pos_ == "VERB"), None)


def _flat(text: str) -> str:
    """Return a text for comparing word by word: without marks, accents and capitals."""
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text))
    return f" {' '.join(_SMALL.split(''.join(c for c in plain if not unicodedata.combining(c)).lower())).strip()} "
