"""Whether quotes have the thing that a question wants: so many of these, how long, who has an office, whose name.

"How many protesters were there?" is not answered by a sentence that counts soldiers, however much it speaks of the
protest. Only what a question says plainly is looked for, so that a question in other words loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.answer.counting import counted_phrase, counts_such
from retrieval.answer.meaning import is_person, mentions

_END = (
    r"(?=\s+(?:of|in|at|for|to|when|who|that|which|during|on|by|with|from|behind|after|before|near|outside|inside|"
    r"whose|being|having)\b|\s*[?.!,]|\s*\Z)"
)
_PHRASE = rf"(?P<phrase>(?:[\w.'’-]+\s+){{0,3}}?[\w'’-]+){_END}"
_HOLDER = re.compile(rf"\bwho(?:['’]?s| is| was| are| were)\s+(?:then\s+|now\s+)?(?:the|a|an)\s+{_PHRASE}", re.I)
_NAMED = re.compile(rf"\bname of (?:the|a|an|this|that)\s+{_PHRASE}", re.I)
_SAYS = re.compile(
    r"\bwhat (?:did|does|do|has|have|had) (?P<phrase>(?:[\w.'’-]+\s+){0,4}?[\w.'’-]+)\s+"
    r"(?:say|said|tell|told|think|warn|warned|claim|claimed|announce|announced|promise|promised)\b",
    re.I,
)
_HAPPENED = re.compile(r"\A\W*(?:was|were|is|are|has|have|had)\s+(?:[\w.'’-]+\s+){1,6}?(?P<deed>[a-z]{3,}ed)\b", re.I)
_HOW_LONG = re.compile(r"\bhow long\b(?! ago)", re.I)
_LENGTH = re.compile(
    r"\b(?:until|till|through|throughout|indefinite(?:ly)?|permanent(?:ly)?|temporar(?:y|ily)|(?:short|long)[- ]term|"
    r"(?:\d[\d,.]*|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|few|many|couple of|for|"
    r"within|over|last|past|next)[\s-]+(?:\w+[\s-]+){0,2}?(?:second|minute|hour|day|week|month|year|decade|centur)\w*)\b",
    re.I,
)
_NAME = r"[A-Z][\w’'.-]+"


def lacks(question: str, quotes: Sequence[str], around: str) -> bool:
    """Say whether the quotes lack what a question plainly wants. `around` are the paragraphs that they stand in."""
    text = " ".join(quotes)
    return (
        (bool(_HOW_LONG.search(question)) and not _LENGTH.search(text))
        or not counts_such(counted_phrase(question), quotes)
        or any(
            not wanted(holder, text)
            for pattern, wanted in ((_HOLDER, _holds), (_SAYS, _holds), (_NAMED, _names))
            if (match := pattern.search(question)) and (holder := _office(match["phrase"]))
        )
        or ((deed := _HAPPENED.search(question)) is not None and not mentions(deed["deed"], around))
    )


def _office(phrase: str) -> str:
    """Return the last word of a phrase, where that says what somebody is; empty for a name and for things."""
    last = phrase.split()[-1]
    return last if last.islower() and is_person(last) else ""


def _names(office: str, text: str) -> bool:
    """Say whether a name stands beside what somebody is: "contractor Ann Doe", "Ann Doe, the contractor"."""
    near = rf"(?i:\b{re.escape(office)}\w*)[^.;]{{0,30}}?\b{_NAME}\s+{_NAME}"
    return bool(re.search(rf"{near}|{_NAME}\s+{_NAME},? [^.;]{{0,40}}?(?i:\b{re.escape(office)})", text))


def _holds(office: str, text: str) -> bool:
    """Say whether a text speaks of somebody who is that."""
    return mentions(office, text, of_people=True)
