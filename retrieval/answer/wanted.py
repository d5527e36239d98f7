"""Whether a quote has the thing that a question wants: so many of these, for how long, who has an office, whose name.

"How many protesters were there?" is not answered by a sentence that counts soldiers, however much it speaks of the
protest. Only what a question says plainly is looked for, so that a question in other words loses nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from retrieval.answer.counting import counted_phrase, counts_such
from retrieval.answer.meaning import forms, is_built, is_office, is_past, is_person, mentions, mentions_office
from retrieval.answer.questions import Asks, asks_for
from retrieval.index.lexicon import terms
from retrieval.search.wordnet import opposites

_END = (
    r"(?=\s+(?:of|in|at|for|to|when|who|that|which|during|on|by|with|from|behind|after|before|near|outside|inside|"
    r"whose|being|having)\b|\s*[?.!,]|\s*\Z)"
)
_PHRASE = rf"(?P<phrase>(?:[\w.'’-]+\s+){{0,3}}?[\w'’-]+){_END}"
_HOLDER = re.compile(rf"\bwho(?:['’]?s| is| was| are| were)\s+(?:then\s+|now\s+)?(?:the|a|an)\s+{_PHRASE}", re.I)
_NAMED = re.compile(rf"\bname of (?:the|a|an|this|that)\s+{_PHRASE}", re.I)
_SAYS = re.compile(
    # Of whose minister: "the president" may be called by his name alone.
    r"\bwhat (?:did|does|do|has|have|had) (?-i:[A-Z])[\w.’-]*?['’]s (?P<phrase>(?:[\w.'’-]+\s+){0,3}?[\w.'’-]+)\s+"
    r"(?:say|said|tell|told|think|warn|warned|claim|claimed|announce|announced|promise|promised)\b",
    re.I,
)
# "How long was it?" may ask for metres.
_HOW_LONG = re.compile(r"\bhow long (?:did|will|has|have|had|does|do|can|could|must|may|might|should|would)\b", re.I)
_LENGTH = re.compile(
    r"\b(?:until|till|through|throughout|since|overnight|as long as|from \w+ (?:to|through) \w+|indefinite(?:ly)?|"
    r"permanent(?:ly)?|temporar(?:y|ily)|(?:short|long)[- ]term|"
    r"(?:\d[\d,.]*|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|few|many|couple of|for|"
    r"within|over|last|past|next)[\s-]+(?:\w+[\s-]+){0,2}?(?:second|minute|hour|day|week|month|year|decade|centur)\w*)\b",
    re.I,
)
# A runner's time is another thing, and so is a time of the year.
_WHAT_TIME = re.compile(
    r"^\W*(?:and |so )?(?:(?:at|around|about) )?what time\b(?! (?:zone|frame|limit|period|of (?:the )?year)\b)"
    r"(?![^?]*\b(?:run|ran|finish|swim|swam|clock)\b)",
    re.I,
)
# Dawn is a name too.
_TIME_OF_DAY = re.compile(
    r"\b(?:\d{1,2}(?:[:.]\d\d)?\s?[AaPp]\.?\s?[Mm]|[012]?\d[:.][0-5]\d|(?:at|by|around|before|after) [012]?\d[0-5]\d|"
    r"[012]\d[0-5]\d (?:GMT|UTC|hours|hrs|h|local)|dawn|dusk|(?i:(?:half|quarter) (?:past|to)|o['’]clock|noon|midnight|"
    r"midday|daybreak|sunrise|sunset|nightfall|lunchtime|mornings?|afternoons?|evenings?|nights?|overnight))\b",
)
_THE = re.compile(rf"\bthe\s+(?P<phrase>[a-z][\w’'-]+(?:\s+[a-z][\w’'-]+)?){_END}")
"""A thing that the question takes to be known: "the embassy", "the embassy attack"."""
MOST_PLACES = 4
_WHETHER_DONE = re.compile(
    # Up to the deed nothing that begins another clause, and behind it no noun: not "the newly elected mayor".
    r"^\W*(?:was|were|is|are|has|have|had)\s+(?!there\b|it true\b)"
    r"(?:(?!\b(?:who|whom|whose|that|which|than|where|when|if|how|why)\b)[^?]){0,80}?(?<![-\w])"
    r"(?P<deed>(?-i:[a-z]{3,}ed))(?=\s*(?:[?.!,;]|\Z)|\s+(?:by|in|at|to|on|from|for|with|after|before|during|over|of|"
    r"near|as|into|out|up|off|down|about|against|and|or|yet|already|again|today|yesterday|last|this|when|because|being|"
    r"having|a|an|the|any|all|his|her|its|their|it|him|them|that)\b|\s+(?-i:[A-Z\d“\"]))",
    re.I,
)
"""A question whether something was done."""
_HOW_MANY_DONE = re.compile(
    r"\bhow many (?:[\w.’'-]+ ){1,5}?(?:did|do|does|have|has|had|will|would) (?:[\w.’'-]+ ){1,5}?"
    r"(?P<deed>(?-i:[a-z]{3,}))\W*\Z",
    re.I,
)
"""A question of how many something was done to: "How many soldiers did the blast kill?"."""
_STATES = frozenset(
    "allowed armed based called composed concerned expected interested involved known limited located named needed "
    "planned prepared related required scheduled situated stationed supposed used wanted worried".split()
)
"""What such a question may ask without any deed."""
_HAVING = frozenset("have had got hold held own happen occur make made see seen need want there".split())
"""What any count of them tells: "How many moons does it have?"."""
_BEFORE_OR_AFTER = re.compile(
    # "Two days after it" counts from it.
    r"(?<!\bday )(?<!\bdays )(?<!\bweek )(?<!\bweeks )(?<!\bmonth )(?<!\bmonths )(?<!\byear )(?<!\byears )"
    r"(?<!\bhours )(?<!\bminutes )\b(?:after|before|since|until|following|ahead of)\b"
    r"(?P<clause>(?:(?!\band\b)[^,;.!?])*)",
    re.I,
)
_REASON = re.compile(
    r"\b(?:because(?: of)?|due to|owing to|as a result of|after|following|amid|since)\b(?P<clause>[^,;.!?]*)", re.I
)
_WORD = re.compile(r"[^\W\d_]+")
SHORTEST = 4
"""Letters of a word that may have an opposite which matters: not those of "at" and "up"."""
_NAME = r"[A-Z][\w’'.-]+"


def lacks(question: str, quote: str, around: str = "") -> bool:
    """Say whether a quote, which stands in the text `around`, lacks what a question plainly wants."""
    return (
        (bool(_HOW_LONG.search(question)) and not _LENGTH.search(quote))
        or (bool(_WHAT_TIME.search(question)) and not _TIME_OF_DAY.search(quote))
        or not counts_such(counted_phrase(question), quote, around)
        or tells_opposite(question, quote)
        or times_another(question, quote)
        or says_again(question, quote)
        or any(
            not holds(who, quote)
            for pattern, is_such, holds in (
                (_HOLDER, is_office, mentions_office),
                (_SAYS, is_office, mentions_office),
                (_NAMED, is_person, _names),
            )
            if (match := pattern.search(question)) and is_such(who := match["phrase"].split()[-1]) and who.islower()
        )
        or any(not mentions(place, f"{around} {quote}") for place in _places_meant(question))
    )


def deed_asked(question: str) -> str | None:
    """Return what a question asks whether it was done, or to how many: "denied" of "Has Tehran denied it?"; None for
    others."""
    if match := _HOW_MANY_DONE.search(question):
        return match["deed"] if match["deed"] not in _HAVING else None
    match = _WHETHER_DONE.search(question)
    deed = match["deed"] if match else ""
    # Not "hundred", which is the past of nothing.
    return deed if deed not in _STATES and set(forms(deed)) - {deed} else None


@lru_cache(64)
def _places_meant(question: str) -> tuple[str, ...]:
    """Return the buildings that a question takes to be known: what is not about them is about something else."""
    words = (word for match in _THE.finditer(question) for word in match["phrase"].split())
    return tuple(word for word in dict.fromkeys(words) if is_built(word))[:MOST_PLACES]


def times_another(question: str, text: str) -> bool:
    """Say whether the time that a text names is that of something before or after what is asked about: "The game was
    in May, after the wall fell" does not say when it fell.

    Then it says nothing there but that this happened: not "after weeks of calls for protests", of the protests.
    """
    if asks_for(question) is not Asks.TIME or _BEFORE_OR_AFTER.search(question):
        return False
    match = _BEFORE_OR_AFTER.search(text)
    if match is None:
        return False
    clause, rest = match["clause"], f"{text[: match.start()]} {text[match.end() :]}"
    asked = [word for word in _WORD.findall(question) if terms(word)]
    elsewhere = [word for word in asked if not mentions(word, clause)]
    others = [word for word in _WORD.findall(clause) if not set(terms(question)).issuperset(terms(word))]
    return (
        len(elsewhere) < len(asked)
        and not any(mentions(word, rest) for word in elsewhere)
        and all(map(is_past, others))
    )


def says_again(question: str, text: str) -> bool:
    """Say whether all that a text gives as a reason is what the question says itself: "after a fire broke out", of why
    it caught fire."""
    if asks_for(question) is not Asks.REASON:
        return False
    asked = set(terms(question))
    clauses = [set(terms(match["clause"])) for match in _REASON.finditer(text)]
    return bool(clauses) and all(len(clause - asked) < 2 * len(clause & asked) for clause in clauses)


def tells_opposite(question: str, text: str) -> bool:
    """Say whether a text tells when the opposite of what is asked about was: the end, where it is the beginning."""
    opposed = _opposed(question)
    said = {form for word in _WORD.findall(text) for form in forms(word)} if opposed else set()
    return any(not said.isdisjoint(its) and not mentions(word, text) for word, its in opposed)


@lru_cache(64)
def _opposed(question: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the words of a question for a time that have opposites, with these."""
    if asks_for(question) is not Asks.TIME:
        return ()
    words = [word for word in dict.fromkeys(_WORD.findall(question.lower())) if len(word) >= SHORTEST]
    return tuple((word, its) for word in words if (its := frozenset().union(*map(opposites, forms(word)))))


def _names(who: str, text: str) -> bool:
    """Say whether a name stands beside what somebody is: "contractor Doe", "Ann Doe, the contractor"."""
    word = rf"(?i:\b{re.escape(who)}\b)"
    return bool(
        re.search(
            rf"{word},? {_NAME}|{word}[^.;]{{0,30}}?\b{_NAME}\s+{_NAME}|{_NAME}\s+{_NAME},? [^.;]{{0,40}}?{word}", text
        )
    )
