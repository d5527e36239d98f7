"""The days that a sentence only measures by: the worst storm since 1977, up from 40 in 2012, more than last year.

Nothing is told of such a day but that it lies at the other end. "Has lived there since 2015" tells when it began.
"""

from __future__ import annotations

import re

from retrieval.corpus.dates import ResolvedDate

_REACH = 200
"""Characters. Farther away no comparison begins."""

_NO_SUPERLATIVE = (
    r"northwest|southwest|midwest|unrest|protest|contest|attest|detest|arrest|forest|interest|request|inquest|conquest"
    r"|bequest|harvest|invest|priest|digest|ingest|suggest|honest|modest|manifest|infest|molest|tempest|behest|latest"
    r"|Everest|Budapest|Bucharest"
)
_OF_ALL = (
    r"(?:the|its|their|his|her|an?|our|my|\w+[’']s?|for)\s+(?:\w+[\s-])?(?:(?<!for\s)most|least|first|only)"
    r"|only\s+the\s+\w+"
)
_SUPERLATIVE = re.compile(
    rf"\b(?i:{_OF_ALL}|(?!(?:{_NO_SUPERLATIVE})\b)(?:worst|best|[a-z]{{3,}}est)\b|(?:high|low|peak)\s+\Z)"
)
_CHANGE = (
    r"\b(?:up|down|higher|lower|(?:more|fewer|less)\b(?!\s+than\b)|rose|fell|grew|grown|shrank|shrunk"
    r"|(?:ris|gr[eo]w|fall|drop|climb|jump|plung|declin|increas|decreas|shrink|slip|surg|soar|gain)(?:e|en|n)?"
    r"(?:s|d|ed|ing|ped|ping)?|(?:doubl|tripl|halv)(?:e|es|ed|ing))\b"
)
_FIGURE = r"\b(?:\d[\d,.]*|half|percent|(?:doubl|tripl|halv)(?:e|es|ed|ing))"
_TELLS = r"was|were|had|has|did|began|came|took|fell|left|won|lost|died|became|when|who|which"
_NAMED = rf"(?!(?:{_TELLS})\b|\w+ed\b)[$£€]?\w[\w.’'-]*(?:,\d+)*\s+"
"""A word between "since" or "than" and the day, with which no clause is made that tells of it."""
_IN = r"(?:(?:in|on|at|during|for|of|from)\s+)?(?:(?:early|mid|late)[\s-]|the\s+)?"
_AMOUNT = r"(?:[^\W\d]+\s+){0,3}?[$£€]?\d[\d,.]*%?\s+(?:[^\W\d][^\W\d-]*\s+){0,3}?"

_SINCE = re.compile(
    rf"\b[Ss]ince\s+(?:(?:{_NAMED}){{0,5}}|(?:\w+\s+)?(?:records?|record-keeping|measurements?|counts?|data)\s+"
    r"(?:were\s+|was\s+)?(?:first\s+)?(?:began|begin|started|start|kept)\s+(?:being\s+kept\s+)?(?:in\s+|on\s+)?)\Z"
)
_FROM = re.compile(rf"\b[Ff]rom\s+{_AMOUNT}{_IN}\Z")
_FAR = re.compile(
    r"\b(?:"
    rf"than\s+(?:it\s+(?:was|did)\s+|(?:the|those|that|its|their)\s+(?:{_NAMED}){{0,4}}?)?{_IN}"
    rf"|[Cc]ompared\s+(?:with|to)\s+(?:(?!when\b|which\b|who\b)[\w,.$£€%’'-]+\s+){{0,6}}?{_IN}"
    rf"|(?:versus|vs\.?|(?<=,\s)against)\s+{_AMOUNT}{_IN}"
    r"|(?<!such\s)[Aa]s\s+(?:(?:it\s+was|they\s+were)\s+)?(?:in|on|at|during)\s+"
    r"|(?:[Uu]n)?[Ll]ike\s+(?:in|on|during)\s+"
    r")\Z"
)
"""What stands right before a day that something is compared with."""
_HAS = r"(?:\b(?:has|have|had)\b|[’']ve\b)"
_ONCE = (
    r"seen|had|suffered|faced|endured|experienced|witnessed|recorded|reported|posted|logged|registered|reached|hit|set"
    r"|touched|marked|become|brought|caused|made|won|lost|beaten|risen|fallen|dropped|climbed|jumped|plunged|slipped"
    r"|surged|soared|sunk|struck|battered|said|called|shown"
)
"""Participles of what happens in a moment, or is said: "has suffered its worst defeat since"."""
_LASTS = re.compile(
    rf"{_HAS}\s+(?:(?:not|never|also|now|just|already|yet|\w+ly)\s+)*"
    rf"(?!(?:the|an?|most|least|best|worst|not|(?:been\s+)?(?:{_ONCE}))\b)"
    r"(?:been\s+[a-z]*(?:[dnt]|[mn]e|ng|nk)\b|(?!been\b)[a-z]+(?:[dnt]|[mn]e|ng|nk)\b)"
)
"""Since the day this has gone on, whatever superlative follows: "have held the biggest city since"."""
_LEVEL = re.compile(r"\s+(?:\w+\s+)?(?:levels?|rates?|values?|totals?|figures?|prices?)\b")
"""Whatever goes on, "has been trading at its lowest level since" only measures."""
_IS = re.compile(r"\b(?:is|was|are|were|be|been|being|bec[ao]mes?)\s")
_HAS_SINCE = re.compile(_HAS)
_SELDOM = re.compile(
    r"\b(?:(?:not|never|\w+n[’']t)\s+(?:been\s+|yet\s+)?(?:recorded|reached|experienced|witnessed|matched)"
    r"|unseen|unmatched|unknown|unheard\s+of)\b[^,;:—–()“”]*\Z"
    r"|\b[Nn]ot\s+\Z"
)
"""What stands before "since" where what is told is only how seldom it is."""
_NOT_SEEN = re.compile(r"\b(?:not|never|\w+n[’']t)\s+(?:been\s+|yet\s+)?(?:seen|known)\b")
_SUCH = re.compile(
    r"\b(?:such|like|so|nothing|kind|sort|scale|extent|degree|magnitude|levels?|rates?|heights?|numbers?|highs?|lows?"
    r"|prices?|figures?)\b",
    re.IGNORECASE,
)
"""Without these "not seen since" tells when somebody was last seen."""
_MARK = re.compile(r"[,;:—–()“”](?!\d)")
_CHANGED, _AMOUNTS = re.compile(_CHANGE), re.compile(_FIGURE)
_TO_AMOUNT = re.compile(r"\s+to\s+(?:\w+\s+){0,2}?[$£€]?\d")
_OVER_LAST = re.compile(
    rf"(?:{_CHANGE}|percent|%)(?:\s[^,;:—–()“”]*)?\s(?:from|over|on)\s+(?:the\s+)?(?:same\s+\w+\s+)?\Z"
)
_LAST = re.compile(r"\Alast\s|\b(?:ago|earlier|before)\Z", re.IGNORECASE)
_COUNTED = re.compile(r"\b(?:ago|earlier|later|before)\Z", re.IGNORECASE)
_ABOUT = re.compile(r"\b(?:more|less)\s+than\s+\Z", re.IGNORECASE)
"""In "less than a year ago" nothing is compared."""
_WHEN = re.compile(r",?\s+when\b")
_FIRST_CLAUSES = re.compile(r"[^.!?;:—–]{0,150}")


def is_compared(text: str, start: int, day: ResolvedDate) -> bool:
    """Say whether a day of the sentence that begins at `start` is only the far end of a comparison."""
    before, named = text[max(start, day.start - _REACH) : day.start], text[day.start : day.end]
    if _WHEN.match(text, day.end):
        return False  # "the worst since 2012, when the dam broke"
    if since := _SINCE.search(before):
        head = before[: since.start()]
        after = _FIRST_CLAUSES.match(text, day.end)
        # "Since 2012, rents have risen by half" is "rents have risen by half since 2012".
        clause = _last_clause(head) if head.strip() or after is None else after[0]
        return _is_measured(head) or bool(_CHANGED.search(clause) and _AMOUNTS.search(clause))
    if came := _FROM.search(before):
        return bool(_TO_AMOUNT.match(text, day.end) or _CHANGED.search(_last_clause(before[: came.start()])))
    if _LAST.search(named) and _OVER_LAST.search(before):
        return True
    return bool(_FAR.search(before)) and not (_COUNTED.search(named) and _ABOUT.search(before))


def _is_measured(head: str) -> bool:
    """Say whether what stands before "since" tells only how far, or how seldom, something goes."""
    clause = _last_clause(head)
    if _SELDOM.search(head) or (_NOT_SEEN.search(clause) and _SUCH.search(clause)):
        return True
    is_beside = head.removesuffix(clause).endswith(",")
    for found in _SUPERLATIVE.finditer(clause):
        before = clause[: found.start()]
        be = max((one.end() for one in _IS.finditer(before)), default=0)
        lasts = _LASTS.search(before, 0 if before[:be].rstrip().endswith("been") else be)
        if lasts and not _LEVEL.match(clause, found.end()):
            continue
        # The worst drought since; "the oldest hotel has been closed since" is no comparison, but "it is the worst that
        # there has been since" is.
        if be or is_beside or not _HAS_SINCE.search(clause, found.end()):
            return True
    return False


def _last_clause(text: str) -> str:
    return _MARK.split(text)[-1]
