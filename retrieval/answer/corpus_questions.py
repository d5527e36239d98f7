"""Questions about the articles themselves: who wrote them, when, where they are from, which there are.

A question counts as one only where all of its words are understood, so that "Who wrote the letter?" and "Which
newspapers reported the attack?" stay questions that the articles answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

_ENOUGH = 160
"""Characters. Longer questions tell of something."""


class Fact(StrEnum):
    """What is asked about articles."""

    AUTHORS = "authors"
    PUBLISHER = "publisher"
    PUBLISHED = "published"
    URL = "url"
    TITLE = "title"
    MATTER = "matter"
    LENGTH = "length"
    LIST = "list"
    ALL_AUTHORS = "all authors"
    ALL_PUBLISHERS = "all publishers"


@dataclass(frozen=True, slots=True)
class CorpusQuestion:
    """A question about articles.

    `which` is "newest", "oldest", or a number counted from the oldest, as digits; `source` names a publisher, an
    author or a date, `topic` what the articles meant are about, and `hint` either. `several` says that articles are
    meant, not one. With `sure` the question is about articles even if there are none that it means; without, only if
    there are.
    """

    fact: Fact
    which: str = ""
    source: str = ""
    topic: str = ""
    hint: str = ""
    several: bool = False
    sure: bool = True

    @property
    def is_narrowed(self) -> bool:
        """Whether some of the articles are meant, by what they are about or where they are from."""
        return bool(self.source or self.topic or self.hint)


def corpus_question(question: str) -> CorpusQuestion | None:
    """Return what is asked about the articles, or None. `question` comes without courtesies and final marks."""
    if len(question) > _ENOUGH or not _TELLING.search(question):
        return None
    question = _LEAD.sub("", question, count=1)
    for fact, sure, pattern in _patterns():
        found = _understood(pattern, question)
        if found is not None:
            return CorpusQuestion(
                fact=fact,
                which=_which(found.get("which") or found.get("number") or ""),
                source=_trimmed(found.get("source") or found.get("within")),
                topic=_trimmed(found.get("topic")),
                hint=_trimmed(found.get("hint")),
                several=bool(found.get("several")),
                sure=sure and not found.get("hint") and not found.get("within"),
            )
    return None


def _understood(pattern: re.Pattern[str], question: str) -> dict[str, str | None] | None:
    """Return what the pattern's groups hold, and those of the articles' name in it; None where either is not one."""
    match = pattern.fullmatch(question)
    if match is None:
        return None
    found = match.groupdict()
    for group, names in (("ref", _REFERENCE), ("named", _NAME)):
        if found.get(group) is not None:
            name = names.fullmatch(found[group] or "")
            if name is None:
                return None
            found |= name.groupdict()
    return found


def _which(word: str) -> str:
    word = word.lower()
    if word in ("last", "latest", "newest", "most recent", "new"):
        return "newest"
    if word in ("oldest", "earliest"):
        return "oldest"
    return str(_COUNTED.index(word) + 1) if word in _COUNTED else re.sub(r"\D", "", word)


def _trimmed(text: str | None) -> str:
    return _THE.sub("", (text or "").strip(" ,.;:'\"“”"))


_COUNTED = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_THE = re.compile(r"\Athe ", re.IGNORECASE)
_LEAD = re.compile(
    r"\A(?:(?:tell|show|give|remind|read|send) (?:me|us) |let me know |i(?:'d like| would like| want| need) "
    r"(?:to (?:know|see|read) )?|do you know (?=wh|the (?:author|title|date))|(?:name|list|display|see|view) )*",
    re.IGNORECASE,
)
_TELLING = re.compile(
    r"\b(?:this|that|it|its|these|those|them|you|your|articles?|stor(?:y|ies)|pieces?|news|sources?|authors?|writers?"
    r"|bylines?|publishers?|newspapers?|outlets?|headlines?|titles?|publication|corpus|collection|library|database"
    r"|archive|new|newest|latest|oldest|overview|links?|urls?|any|anything|something|everything|write|publish)\b",
    re.IGNORECASE,
)

_WHICH = rf"(?P<which>{'|'.join(_COUNTED)}|\d{{1,4}}(?:st|nd|rd|th)|last|latest|newest|most recent|oldest|earliest)"
_SOME = r"(?:(?:all|both|each|every|either|any|of|the|this|that|these|those|your|its|two|three|available) )*"
_ONE = r"(?:(?:news[ -]?)?(?:article|story|piece)|news item)"
_MANY = r"(?P<several>(?:news[ -]?)?(?:articles|stories|pieces)|news items)"
_SOURCE = r" (?:(?:from|by|written by|published (?:by|in|on)) (?P<source>.{2,60})|(?:in|of) (?P<within>.{2,60}))"
_TOPIC = (
    r" (?:about|on|regarding|concerning|covering|mentioning|titled|called|that (?:mentions?|(?:is|are) about)) "
    r"(?P<topic>.{2,80})"
)
_STORED = r"(?:news|information|data|corpus|collection|library|database|archive|index|knowledge(?: base)?)"
_NAMED = (
    rf"{_SOME}(?:{_WHICH} )?(?:(?P<hint>[\w'.&-]+(?: [\w'.&-]+){{0,5}}?)(?:'s)? )?(?:{_ONE}|{_MANY})"
    rf"(?: (?:number |no\.? ?|# ?)(?P<number>\d{{1,4}}))?(?:{_SOURCE}|{_TOPIC})?"
    rf"|(?:this|these|those|your) (?:\w+ )?(?:reports?|texts?|posts?|pages?|documents?|{_STORED})"
)
_NAME = re.compile(_NAMED, re.IGNORECASE)
_REFERENCE = re.compile(rf"it|this|that|these|those|them|this one|that one|{_NAMED}", re.IGNORECASE)

_STORE = rf"(?:the|your|this) {_STORED}"
_PARTS = {
    # What is held against `_REFERENCE` and `_NAME` afterwards; within every pattern, they would make it slow.
    "ref": r"(?P<ref>.{2,120}?)",
    "named": r"(?P<named>.{4,120}?)",
    "some": _SOME,
    "which": _WHICH,
    "from": _SOURCE,
    "about": _TOPIC,
    "source": r"(?P<source>.{2,60})",
    "topic": r"(?P<topic>.{2,80})",
    "anyone": r"[\w .&'-]{2,40}",
    "is": r"(?:'s|'re| is| are| was| were| has been| have been)",
    "what": r"(?:what|which|who)(?:'s|'re| is| are| was| were) ",
    "kind": r"(?:what|which) (?:(?:kind|sort)s? of |other |else )?",
    "count": r"(?:how many|(?:the )?(?:total )?number of) (?:different |distinct )?",
    "article": r"(?:(?:news[ -]?)?(?:articles?|stor(?:y|ies)|pieces?)|news items?|texts?|documents?)",
    "articles": r"(?P<several>(?:news[ -]?)?articles|stories|sources|headlines|titles)",
    "topics": (
        r"(?:topics?|subjects?|events?|things?|stuff|issues?|themes?|areas?|news|information|data|material|content)"
    ),
    "paper": (
        r"(?:publishers?|(?:news ?)?papers?|(?:news )?(?:outlets?|agencies|organi[sz]ations|sites|media)|magazines?"
        r"|publications?|(?:web)?sites?)"
    ),
    "writer": r"(?:authors?|writers?|journalists?|reporters?|correspondents?)",
    "store": _STORE,
    "held": (
        r"(?: (?:do|can|did|have|are) (?:you|there|we|i)(?: all)?(?: (?:have|got|know|hold|cover|search|read|use|used"
        r"|offer|include|quote|see|access|draw|rely|based|available|look|contain|indexed|loaded))?(?: (?:of|about|on|at"
        rf"|in|to|from|here))?| (?:is|are) (?:available|included|indexed|covered|here|there|loaded|in here|in {_STORE})"
        rf"|(?: are there)? in (?:here|{_STORE})|(?: does| do) {_STORE} (?:have|hold|contain|cover|include))"
    ),
    "the": r"(?:the |its |an? |your )?(?:(?:exact|full|original) )?(?:names? of (?:the )?)?",
    "has": r"(?:(?:do you have|have you got|is there|are there|can i (?:get|have|see)) )?",
    "names": r"(?:'?s?'? names?)?",
    "publish": r"(?:get |first )*(?:published|written|posted|printed|dated|publish|from|come out|appear)",
    "says": r"(?:about|on|say|cover|discuss|report|describe|tell(?: me| us)?|deal with|talk about|contain)",
    "days": r"(?:time ?(?:period|frame|span)?|period|dates?|days?|years?|months?)",
}


def _nouns(fact: Fact, of_articles: str, alone: str) -> tuple[Fact, bool, str]:
    """Return the ways to ask for a fact by its noun, with the articles named or with no word on them."""
    return (
        fact,
        True,
        f"""
        {{has}}(?:{{what}})?{{the}}(?:{of_articles}){{names}} (?:of|for|behind|on|to|from) {{ref}}
        (?:{{what}})?{{ref}}'s? (?:{of_articles})
        {{has}}(?:{{what}})?{{the}}(?:{alone}){{names}}
        """,
    )


_ASKED = (
    # Lists and counts
    (Fact.ALL_PUBLISHERS, True, """
        {count}{paper}{held}
        {kind}{paper}{held}
        {what}(?:the |your |all )+{paper}
        (?:{kind}|{count}|all |the |your |a list of )*publishers
        """),
    (Fact.ALL_AUTHORS, True, """
        {count}{writer}{held}
        {kind}(?:authors|writers){held}
        (?:{kind}|{count}|all |the |your |a list of )*authors
        """),
    (Fact.LIST, True, """
        {count}(?:news[ -]?)?articles?(?:{held}| altogether| in total)?
        {count}(?:{article}|sources){held}
        {count}{article}(?:{held})?(?: are| are there| were)?(?:{from}|{about})
        {kind}(?:{article}|titles|headlines|sources?|{topics}){held}
        what (?:else )?(?:do|can|are|have) you (?:all )?(?:cover|have|know|contain|got|read|search|report|use)(?: here)?
        what (?:else )?(?:do|can|are|have) you (?:know|talk|read|report|rely|based|draw) (?:about|on)
        what(?:{is}| does| do)(?: in)? {store}(?: contain| have| hold| cover| include| about)?
        {what}(?:all )?(?:the|your|these|those)(?: \\w+)? {articles}
        {what}(?:all )?(?:the|your|these|those)(?: \\w+)? {articles} (?:about|on|called|here|available)
        {what}(?:all )?(?:the|your|these|those) {articles} you (?:have|know|cover|use)
        (?:an? |the |complete |full |short |list |overview |of |all |your |these |available )*{articles}
        (?:an? |the |complete |full |short |list |overview |of |all |your |these |available )*{articles}{held}
        (?:an? |the |complete |full |short |list |overview |of |all |your |these )*{articles} (?:you have|there are)
        (?:what can you tell me |tell me |(?:some|any)thing |more )*about {some}{articles}
        where (?:do|does|did) (?:you|your \\w+|(?:the|this|all this) \\w+) (?:get|come|take|have) from
        where (?:do|did) you (?:get|take|have) (?:it|this|that|all this|(?:your|the|all this|this) \\w+) from
        what (?:do|does) {some}{articles} {says}
        """),
    # Articles from somewhere, by someone, about something
    (Fact.LIST, True, """
        (?:do|have|can|did) you (?:also )?(?:have |got |find |hold |include )*(?:any|some)thing(?: else)?{from}
        {has}(?:(?:any|some|an?|more|other|all|the) )*{article}(?:{from}|{about})
        {kind}{article}(?:{held}|{is}| (?:do|did|does) you have)?(?:{from}|{about})
        {kind}{article} (?:mentions?|covers?|discuss(?:es)?|talks? about|deals? with|speaks? of|reports? on) {topic}
        """),
    (Fact.LIST, False, """
        {has}(?:anything|something|everything|all)(?: else)?{from}
        (?:what|which)(?: {article})? did {source} (?:write|publish|report)
        """),
    # Who, when, where
    _nouns(Fact.AUTHORS, "{writer}|bylines?", "authors?|writers?|bylines?"),
    (Fact.AUTHORS, True, """
        who(?: wrote| has written| had written| authored| penned|{is} behind) {ref}
        (?:who|by whom){is} {ref} (?:written|authored|penned|by)(?: by)?
        did {anyone} (?:write|author) {ref}
        """),
    _nouns(
        Fact.PUBLISHED,
        "(?:(?:publication|publishing|release) )?dates?|day|year|month|dateline",
        "(?:publication|publishing) dates?|dates? of publication|dateline",
    ),
    (Fact.PUBLISHED, True, """
        when(?:{is}| did) {ref} {publish}
        (?:on |in )?(?:what|which) (?:date|day|year|month|weekday)(?:{is}| did) {ref} {publish}
        (?:of|from|since) when{is} {ref}
        when did {anyone} (?:publish|write|post|print|run) {ref}
        how (?:old|recent|new|fresh|up[ -]to[ -]date|current){is} {ref}
        (?:what|which) {days} (?:do|does) (?:you|{ref}) cover
        (?:what|which) {days}{is} {ref} (?:from|about)
        """),
    _nouns(Fact.PUBLISHER, "{paper}|sources?|origins?", "publishers?|sources?"),
    (Fact.PUBLISHER, True, """
        (?:who|which|what)(?: {paper}| company)? (?:published|printed|posted) {ref}
        where{is} {ref}(?: originally| first| taken)? (?:from|published|posted|printed)
        where (?:do|does|did) {ref} (?:originally |first )?(?:come from|originate|appear|run|get published)(?: from)?
        (?:from |by |in )?(?:which|what) {paper}{is} {ref}(?: from| in| by| published(?: by| in)?)?
        did {anyone} (?:publish|print|run) {ref}
        """),
    _nouns(
        Fact.URL,
        "urls?|(?:web ?)?(?:links?|address(?:es)?|pages?)",
        "urls?|(?:web ?)?links?|web ?address(?:es)?",
    ),
    (Fact.URL, True, "where can i (?:read|find|see|get|open) {ref}(?: online| in full)?"),
    _nouns(Fact.TITLE, "titles?|headlines?|names?", "titles?|headlines?"),
    (Fact.TITLE, True, "(?:what|how){is} {ref} (?:called|titled|named|headlined)"),
    (Fact.LENGTH, True, """
        how (?:long|many words(?: long)?|big){is} {named}
        how many words (?:are (?:there )?in|do|does|has|have) {named}(?: have| contain)?
        """),
    # What an article is about
    _nouns(Fact.MATTER, "topics?|subjects?|subject matter|themes?|gist|main (?:point|topic|idea)s?", "gist"),
    (Fact.MATTER, True, """
        (?:what|who)(?:{is}| does| do| did) {ref} (?:all |mainly )?{says}
        {kind}(?:{article}|one)?{is} (?:the |your )?{which}(?: one| article)?
        (?:what's|what is) (?:the )?(?P<which>new|latest|newest)(?: news)?
        (?:{what})?(?:the |your )?{which} (?:news|one)
        (?:(?:is|are) there |have you got |do you have )?(?:any|some) (?P<which>new)s(?: today| lately| recently)?
        what are the (?P<which>latest|newest) (?:news|developments|events)
        """),
    (Fact.MATTER, False, "(?:{what})?{named}(?: you have| here| in {store})?"),
    (Fact.LIST, False, "do you (?:have|read|use|include|quote|cover) {source}"),
)  # fmt: skip


@cache
def _patterns() -> tuple[tuple[Fact, bool, re.Pattern[str]], ...]:
    """Return `_ASKED` ready for use, each line a pattern; most runs of the program do without."""
    return tuple(
        (fact, sure, re.compile(line.strip().format_map(_PARTS), re.IGNORECASE))
        for fact, sure, lines in _ASKED
        for line in lines.strip().splitlines()
    )
