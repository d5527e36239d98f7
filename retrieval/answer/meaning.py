"""Whether words mean the same, or something narrower, as far as a table of common words goes."""

from __future__ import annotations

import re
from functools import lru_cache

from retrieval.index.lexicon import terms
from retrieval.search import wordnet

FAR = 9
"""Steps up to a word as broad as "person"."""
NEAR = 2
"""Steps up to a word that may stand for a narrower one: vehicles for cars."""
BUILDING_STEPS = 4
"""Further up, nearly all that is made counts as one."""
BUILT = frozenset(
    "airport bank barracks base bridge bunker camp compound courthouse factory fort harbor harbour headquarters museum "
    "office port prison stadium station tower".split()
)
"""What is built as well, and not just below the word."""
OFFICES = ("leader", "official", "representative", "diplomat")

_IRREGULAR = dict(
    pair.split("/")
    for pair in (
        "began/begin begun/begin bought/buy broke/break broken/break brought/bring built/build came/come "
        "caught/catch chose/choose chosen/choose fell/fall fallen/fall felt/feel fled/flee flew/fly "
        "fought/fight found/find froze/freeze gave/give given/give gone/go grew/grow grown/grow held/hold "
        "hid/hide kept/keep knew/know left/leave led/lead lost/lose made/make met/meet paid/pay ran/run "
        "rose/rise risen/rise sank/sink sunk/sink sent/send shook/shake shot/shoot sold/sell spent/spend "
        "spoke/speak spoken/speak stole/steal stolen/steal struck/strike swore/swear sworn/swear taken/take "
        "taught/teach told/tell took/take went/go withdrew/withdraw won/win wrote/write written/write"
    ).split()
)
"""Verbs of the news whose past is no ending."""
_ENDINGS = (
    *(("", ""), ("men", "man"), ("ies", "y"), ("es", ""), ("s", "")),
    *(("ied", "y"), ("ed", ""), ("ed", "e"), ("d", "")),
)
"""How plurals and pasts end, and the words that they are of."""
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_][\w’'-]*")


def mentions(word: str, text: str) -> bool:
    """Say whether a text has a word, or one that means the same or something narrower."""
    return any(means(word, other) for other in _WORD.findall(text))


def has_synonym(word: str, text: str) -> bool:
    """Say whether a text has a word that means the same, not just something near: U.S. for Americans."""
    return any(wordnet.same(one, other) for one in (word, *forms(word)) for other in _WORD.findall(text))


def mentions_office(office: str, text: str) -> bool:
    """Say whether a text speaks of somebody who has an office: of a leader also where it has a commander."""
    return any(alike(office, other) or (is_person(other) and covers(office, other)) for other in _WORD.findall(text))


def means(word: str, other: str) -> bool:
    """Say whether the other word is the same, means the same, or something that the word covers, or nearly does."""
    return covers(word, other) or any(wordnet.is_broader(it, one, NEAR) for one in forms(word) for it in forms(other))


def covers(word: str, other: str) -> bool:
    """Say whether the other word is the same, means the same, or something narrower."""
    return alike(word, other) or any(_covers(one, it) for one in forms(word) for it in forms(other))


def alike(word: str, other: str) -> bool:
    """Say whether two words have one stem."""
    return not set(terms(word)).isdisjoint(terms(other))


def is_person(word: str) -> bool:
    """Say whether a word says what somebody is: contractor, ambassador."""
    return any(wordnet.is_broader("person", one, FAR) for one in forms(word))


def is_office(word: str) -> bool:
    """Say whether a word is an office: minister, chief, ambassador; not what somebody does once, as a winner does."""
    return any(one in OFFICES or wordnet.is_broader(office, one, FAR) for one in forms(word) for office in OFFICES)


def is_built(word: str) -> bool:
    """Say whether a word is something built: an embassy, a camp, an airport."""
    return any(one in BUILT or wordnet.is_broader("building", one, BUILDING_STEPS) for one in forms(word))


def is_group(word: str) -> bool:
    """Say whether a word says what many are together: troops, battalion."""
    return any(wordnet.is_broader("organization", one, FAR) for one in forms(word))


def is_past(word: str) -> bool:
    """Say whether a word is the past of a verb, by its looks: fell, reached, had."""
    plain = word.lower()
    return plain in _IRREGULAR or plain in ("had", "was", "were") or (plain.endswith("ed") and len(plain) > 4)


def is_sort_of_people(word: str) -> bool:
    """Say whether a word before another one says who people are: rebel leaders, police officers; not hospital staff."""
    one = word.lower()
    is_armed = wordnet.is_broader("force", one, FAR) and not wordnet.is_broader("institution", one, FAR)
    return is_armed or (is_person(one) and not is_group(one))


def _covers(one: str, other: str) -> bool:
    return wordnet.same(one, other) or wordnet.is_broader(one, other)


@lru_cache(4096)
def forms(word: str) -> tuple[str, ...]:
    """Return what a word may be the plural or the past of, as the table has it."""
    plain = word.lower().replace("’", "'").removesuffix("'s").strip(".-'")
    found = [plain.removesuffix(end) + other for end, other in _ENDINGS if plain.endswith(end)]
    found += [_IRREGULAR[plain]] if plain in _IRREGULAR else []
    return tuple(one for one in found if len(one) > 1 and wordnet.is_known(one))
