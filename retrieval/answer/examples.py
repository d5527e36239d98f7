"""Questions that a corpus is likely to answer, made from its own names, numbers and dates."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from retrieval.models import Article

READ = 20
"""Articles. Their first names, numbers and speakers are as good as any."""
MOST = 3

_CAPITALISED = r"[A-Z][a-z’']+(?:-[A-Z][a-z]+)?"
_SAYING = "said|says|told|warned|explained|added|announced|argued"
_SPEAKER = re.compile(rf"\b({_CAPITALISED}) (?:{_SAYING})\b|\b(?:said|says) ({_CAPITALISED})\b")
_MENTION = re.compile(rf"(?<=[a-z,] )({_CAPITALISED}(?: {_CAPITALISED})*)(?![\w-])")
_COUNTED = re.compile(r"(?<![\w.,$€£])\d[\d,]*(?: [a-z]+)? ([a-z]{3,}s)\b")
_UNITS = re.compile(
    r"(?:seconds|minutes|hours|days|weeks|months|years|decades|times|feet|inches|yards|miles|meters|metres|kilomet\w+"
    r"|degrees|points|pounds|tons|tonnes|dollars|euros|cents|was|has|is|as|does|this|its|his|others|percents?|hundreds"
    r"|thousands|millions|billions)"
)
_WORD = re.compile(r"\w[\w’'-]*")
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_CALENDAR = re.compile(
    rf"(?:{_MONTHS}|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)"
)


def example_questions(articles: Sequence[Article]) -> tuple[str, ...]:
    """Return up to `MOST` questions, the same for the same articles: who spoke most, what is counted, who is named."""
    bodies = [_body(article) for article in articles[:READ]]
    ordinary = {word for body in bodies for word in _WORD.findall(body) if word[0].islower()}
    speaker = _commonest(_names((one or other for body in bodies for one, other in _SPEAKER.findall(body)), ordinary))
    name = _commonest(_names((name for body in bodies for name in _MENTION.findall(body)), ordinary), but=speaker)
    thing = _commonest(noun for body in bodies for noun in _COUNTED.findall(body) if not _UNITS.fullmatch(noun))
    made = (
        f"What did {speaker} say?" if speaker else "",
        f"How many {thing} were there?" if thing else "",
        f"What do the articles say about {name}?" if name else "",
        "What is the newest article about?" if articles else "",
    )
    return tuple(filter(None, made))[:MOST]


def _body(article: Article) -> str:
    return "\n".join(article.text[one.start : one.end] for one in article.paragraphs if not one.boilerplate)


def _names(found: Iterable[str], ordinary: set[str]) -> Iterator[str]:
    """Yield what is only ever written as a name, and is no day or month."""
    for name in found:
        words = name.replace("’s", "").replace("'s", "").split()
        if not any(word.lower() in ordinary or _CALENDAR.fullmatch(word) for word in words):
            yield " ".join(words)


def _commonest(found: Iterable[str], but: str = "") -> str:
    """Return the commonest text, of equal ones the first; the empty text where there is none."""
    counted = Counter(one for one in found if not but or but not in one)
    return counted.most_common(1)[0][0] if counted else ""
