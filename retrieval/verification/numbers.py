"""The numbers of a sentence, in digits and in words, with what they count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from text_to_num import text2num

from retrieval.verification.vocabulary import listed

if TYPE_CHECKING:
    from spacy.tokens import Doc

_NUMBER_WORDS = listed(
    "zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion "
    "one and a"
)
_SCALES = {
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "m": 1e6,
    "bn": 1e9,
    "k": 1e3,
    "dozen": 12,
}
_ORDINALS = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        1,
    )
}
_PARTS_OF_DAY = listed(
    "morning afternoon evening night noon midnight monday tuesday wednesday thursday friday saturday sunday"
)
_TIMES = {"twice": 2, "thrice": 3}
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "tenth": 10}
_DIGITS = re.compile(
    r"(?P<currency>[$£€¥])?\s?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<tail>st|nd|rd|th)?\b"
)
_AFTER = re.compile(
    r"[\s-]*(?P<scale>thousand|million|billion|trillion|dozen|bn|m|k)?\b[\s-]*(?P<unit>%|percent\b|per cent\b|"
    r"(?P<money>dollars?|pounds?|euros?|yen)\b)?"
)
_MONEY = {"$": "dollar", "£": "pound", "€": "euro", "¥": "yen"}


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
        elif word in _ORDINALS and (word != "second" or doc[at].pos_ == "ADJ" or doc[at].dep_ == "advmod"):
            yield Number(_ORDINALS[word], _head_noun(doc, at), "ordinal", at, at)
        elif word in _NUMBER_WORDS and word not in ("a", "and"):
            end = at
            # "sixty-two" is three tokens.
            while end + 1 < len(doc) and (doc[end + 1].lower_ in _NUMBER_WORDS or doc[end + 1].text == "-"):
                end += 1
            while end > at and (doc[end].lower_ in ("a", "and") or doc[end].text == "-"):
                end -= 1
            value = _value([one.lower_ for one in doc[at : end + 1] if one.text != "-"])
            following = doc[end + 1].lower_ if end + 1 < len(doc) else ""
            if value is not None and not (value == 1 and end == at):
                share = following in ("percent", "%") or doc[end + 1 : end + 3].text == "per cent"
                unit = "percent" if share else _counted(doc, at, end)
                yield Number(value, unit, "share" if share else "", at, end)
            at = end
        elif word in _TIMES:
            yield Number(_TIMES[word], "", "", at, at)
        elif word == "dozen":
            yield Number(12, _counted(doc, at, at), "", at, at)
        at += 1


def _value(words: list[str]) -> float | None:
    try:
        return float(text2num(" ".join(words), "en"))
    except ValueError:
        return None


def _token_at(doc: Doc, offset: int) -> int:
    for token in doc:
        if token.idx <= offset < token.idx + len(token.text_with_ws):
            return int(token.i)
    return len(doc) - 1


def _counted(doc: Doc, first: int, last: int) -> str:
    """Return the lemma of the noun that a number counts; empty where there is none."""
    noun = _head_noun(doc, last) or _head_noun(doc, first)
    return "" if noun in _PARTS_OF_DAY else noun


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
