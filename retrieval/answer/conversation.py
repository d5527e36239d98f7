"""A follow-up and its history to a question that stands alone: "and in Rome?", "who said that?", "why did he?".

A few kinds of ellipsis and reference are known by their function words, and what they leave out is taken from the
question before, or else from the first quote that answered it. A question that has all it needs is never touched, and
one that cannot be understood stays as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from retrieval.answer.persons import pronoun_of
from retrieval.answer.phrases import (
    AUXILIARIES,
    AUXILIARY,
    CONJUNCTION,
    FUNCTION,
    INDEFINITES,
    PLACE,
    PLACES,
    PREPOSITION,
    PREPOSITIONS,
    WH,
    Phrase,
    listed,
    phrases,
    words,
)
from retrieval.corpus.asked_dates import named_days
from retrieval.corpus.date_expressions import NO_DAY
from retrieval.models import Turn

MAX_TURNS = 5
LONGEST = 500
"""Characters. A question that grows beyond this with what is taken over is left as it is."""
MATTER_WORDS = 30
"""How much of an earlier question is added to one that leaves its matter out."""
TELLING_WORDS = 14
"""How much of a quote is repeated to ask who said it."""

_LEAD = re.compile(r"^(?:(?:ok|okay|and|but|so|or|then|also|well|yes|no)\b,? +)+", re.IGNORECASE)
_LINK = re.compile(r"^(?:(?:ok|okay|so|then|well|yes|no)\b,? +)*(?:and|but|or|also)\b", re.IGNORECASE)
_ASKING = re.compile(rf"^(?:how (?:many|much|long|often|far)|{WH})\b(?: else)? *", re.IGNORECASE)
_LONE = re.compile(
    rf"^((?:(?:{PREPOSITION}|since|until) )?(?:{WH})(?: (?:many|much|long|often|far|come|else|day|date|year|month|time"
    r"|reason|place|country|city))*)(?: exactly| of (?:them|those|these))?"
    rf"(?: (?:{AUXILIARY}) (?:that|this|it)(?: (?:happen|take place))?)?$",
    re.IGNORECASE,
)
_MEASURE = re.compile(r"how (?!(?:so|come|about|many|much)\b)[a-z]+", re.IGNORECASE)
_MEASURED = re.compile(rf"how (?!many\b|much\b)[a-z]+(?= (?:{AUXILIARY})\b)", re.IGNORECASE)
_OF_THEM = re.compile(rf"^(how many|which) of (?:them|those|these)(?= (?:{AUXILIARY})\b)", re.IGNORECASE)
_SAID = "said|says|told|warned|explained|described|added|called|claimed|announced"
_WHO_SAID = re.compile(rf"^(?:who (?:\w+ )?(?:{_SAID})(?: (?:that|this|it|so))?|according to whom)$", re.IGNORECASE)
_MORE = re.compile(
    r"^(?:tell me (?:something |some )?more(?: about (?:that|this|it))?|(?:is there )?(?:any(?:thing)? )?(?:more|else)"
    r"|go on|(?:more|further) details)(?: please)?$",
    re.IGNORECASE,
)
_OF_ITS_OWN = re.compile(
    r"\b(?:you|your|yours|articles?|story|stories|wrote|written|authors?|publish\w*|newspapers?|sources?)\b",
    re.IGNORECASE,
)
"""Who is asked, and the articles themselves, are no matter of the history."""
_OF_A_PERSON = {"he": "he", "him": "he", "his": "he", "she": "she", "her": "she"}
_POSSESSIVE = re.compile(r"(his|her|its|their) ", re.IGNORECASE)
_VERB = re.compile(r"\b(?:is|was|has|does|are|were|have|do)(?= \Z)", re.IGNORECASE)
_OF_SEVERAL = {"is": "are", "was": "were", "has": "have", "does": "do"}
_OF_ONE = {several: one for one, several in _OF_SEVERAL.items()}
_ABOUT = re.compile(r"^(?:what|how) about ", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:he|she|they|it|him|them|his|her|its|their)\b(?!['’])", re.IGNORECASE)
_SUBJECT = re.compile(
    rf"^(?:(?:(?:{PREPOSITION}) )?(?:{WH})\b(?:(?! (?:{AUXILIARY}) )[^,])* )?(?:{AUXILIARY})$", re.IGNORECASE
)
_EXPLETIVE = re.compile(
    r"it\b.* (?:to|that|who|for|if|when|like|how|why|what|whether)\b|it (?:rain|snow)", re.IGNORECASE
)
_CLAUSES = re.compile(
    rf"[,.;:?!]|.\b(?:{CONJUNCTION}|after|before)\b|\bto \w|\b(?:{AUXILIARY})\b.*\b(?:{AUXILIARY})\b", re.IGNORECASE
)
_POINTED = re.compile(
    r"\b(that|this|those|these) (?!(?:week|month|year|day|time|morning|evening|weekend|century)\b)([a-z]+)"
    rf"(?=$| (?:{PLACE})\b)|\b(?:that|this|(?<!is )(?<!are )there|then)$",
    re.IGNORECASE,
)
_NAME = r"(?:[A-Z][\w’'-]+ |[A-Z]\w{0,2}\. )*[A-Z][\w’'-]+"
_SPEAKER = re.compile(rf"({_NAME}),? (?:{_SAID})\b|\b(?:{_SAID}) ({_NAME})|({_NAME} [A-Z][\w’'-]+)")
_WHOM = re.compile(rf"^(?:whom (?:{AUXILIARY})|who (?:do|does|did)) ", re.IGNORECASE)
_WHO_IS = re.compile(rf"^[Ww]ho (?:is|was) {_NAME}\W*$")
_WHERE = PLACES - {"to", "into", "from", "on"}
_OF_TIME = re.compile(r"(?:(?:in|on|at|during|over) )?(?:the )?", re.IGNORECASE)
_BEFORE_TIME = re.compile(r"(?: (?:in|on|at|during|over))?(?: the)? *\Z", re.IGNORECASE)
_INNER = re.compile(r"[“\"]([^“”\"]+)")

Turns = Sequence[Turn]
Texts = Callable[[str], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it is asked of the articles, and whether that differs from what was typed."""

    question: str
    rewritten: bool


def understand(question: str, history: Turns, speaking_of: Texts = lambda name: ()) -> Understood:
    """Return a question that stands alone. `history` holds what was asked before, oldest first.

    `speaking_of` returns texts of the articles that speak of somebody, as "he" or as "she". It is asked at most once
    for a name, and only where the history does not tell who is meant.
    """
    speaking_of = cache(speaking_of)
    turns = history[-MAX_TURNS:][::-1]
    plain = _LEAD.sub("", question).strip(" ?.!")
    if turns and plain and not _OF_ITS_OWN.search(plain):
        linked = bool(_LINK.match(question))
        fragment, pronoun = (partial(rule, speaking_of=speaking_of) for rule in (_fragment, _pronoun))
        for rule in (_who_said, _more, _lone, fragment, pronoun, _pointed, _bare):
            found = rule(plain, linked, turns)
            if found and found != plain and len(found) <= LONGEST:
                return Understood(f"{found[0].upper()}{found[1:].rstrip(' ?.!')}?", True)
    return Understood(question, False)


# The rules. Each gets the question without its "and" and its marks, whether it had an "and", and the newest turn first.


def _who_said(plain: str, linked: bool, turns: Turns) -> str | None:
    quotes = [quote for turn in turns for quote in turn.quotes]
    return f"Who said “{_telling(quotes[0])}”" if quotes and _WHO_SAID.match(plain) else None


def _more(plain: str, linked: bool, turns: Turns) -> str | None:
    matter = _matter(turns) if _MORE.match(plain) else ""
    return f"What else is there {matter}" if matter else None


def _lone(plain: str, linked: bool, turns: Turns) -> str | None:
    """After "Why did they come?", "when?" asks the same with another question word."""
    measured = _MEASURED.match(turns[0].standalone)
    if measured and _MEASURE.fullmatch(plain):
        return f"{plain}{turns[0].standalone[measured.end() :]}"
    match = _LONE.match(plain)
    if match is None:
        return None
    before = turns[0].standalone.strip(" ?.!")
    asking = _ASKING.match(before)
    rest = before[asking.end() :] if asking else before
    if measured and asking and asking[0].strip().lower() == "how":
        if match[1].lower() in ("how many", "how much", "who", "whom", "whose", "what", "which"):
            return None
        # Of "how big is the school" one asks why it is big.
        asking, rest = measured, f"{before[measured.end() :].strip()} {measured[0].split()[-1]}"
    if not rest:
        return None
    if asking is None and rest.split()[0].lower() not in AUXILIARIES:
        return f"{match[1]}: {before}"
    wanted = asking[0].strip().lower() if asking else ""
    someone = {"who": "someone ", "what": "something ", "which": "the "}.get(wanted, "")
    first, _, others = rest.partition(" ")
    if match[1].lower() == "how many" and wanted in ("which", "what") and first.lower() not in AUXILIARIES:
        return f"{match[1]} {rest}"
    if first.lower() not in AUXILIARIES:
        return f"{match[1]} was it that {someone}{rest}"
    named = phrases(others)[:1]
    someone = "" if (named and named[0].start == 0) or others.split()[:1] == ["there"] else someone
    asker = "by whom" if match[1].lower() == "who" else match[1]
    return f"{asker} {first.lower()} {someone}{others}"


def _fragment(plain: str, linked: bool, turns: Turns, speaking_of: Texts) -> str | None:
    """After "How many live in Paris?", "and in Rome?" asks the same with another phrase."""
    about = _ABOUT.match(plain)
    fragment = plain[about.end() :] if about else plain
    if when := _at_another_time(fragment, turns[0].standalone.strip(" ?.!")):
        return when
    has = words(fragment)
    new = next(iter(phrases(fragment)), None)
    if new is None or len(has) > 8 or not listed(WH, AUXILIARY).isdisjoint(has):
        return None
    if not (about or has[0] in PREPOSITIONS or (linked and new.start == 0)):
        return None
    owner = _POSSESSIVE.match(fragment)
    if owner and (meant := _meant(owner[1].lower(), turns, speaking_of)):
        fragment = f"{meant}’s {fragment[owner.end() :]}"
        new = phrases(fragment)[0]
    before = turns[0].standalone.strip(" ?.!")
    old = _counterpart(new, phrases(before))
    if old is None:
        return f"{before} {fragment}" if new.preposition else f"{before}, {fragment}"
    start = old.end - len(old.full) if new.preposition else old.start
    if before[:start].lower().endswith((" many ", "which ", "what ")):
        fragment = fragment.removeprefix("the ")
    head = before[:start]
    if not new.preposition and new.plural is not old.plural:
        head = _VERB.sub(partial(_agreeing, _OF_SEVERAL if new.plural else _OF_ONE), head)
    return f"{head}{fragment}{before[old.end :]}"


def _agreeing(forms: Mapping[str, str], verb: re.Match[str]) -> str:
    form = forms.get(verb[0].lower(), verb[0])
    return form.capitalize() if verb[0][0].isupper() else form


def _at_another_time(fragment: str, before: str) -> str | None:
    """After "How many died in Paris in May?", "and last year?" asks the same of another time."""
    days = named_days(fragment, NO_DAY)
    if len(days) != 1 or not _OF_TIME.fullmatch(fragment[: days[0].start]) or fragment[days[0].end :].strip():
        return None
    for old in named_days(before, NO_DAY)[:1]:
        before = _BEFORE_TIME.sub("", before[: old.start]) + before[old.end :]
    return f"{before} {fragment}"


def _pronoun(plain: str, linked: bool, turns: Turns, speaking_of: Texts) -> str | None:
    """In "why did he?" the pronoun stands for somebody named before; in "what did Ann say he did?" it may not."""
    of_them = _OF_THEM.match(plain)
    if of_them and (meant := _meant("them", turns, speaking_of)):
        whole = "of " if meant.lower().startswith("the ") else ""
        before = turns[0].standalone.strip(" ?.!")
        asking = _ASKING.match(before)
        rest = before[asking.end() :] if asking else ""
        told = rest[len(meant) + 1 :] if rest.startswith(f"{meant} ") else ""
        if told and told.split()[0] not in FUNCTION and AUXILIARIES.isdisjoint(words(told)):
            # "How many ferries sail to Hest?"
            return f"{of_them[1]} of the {meant} that {told}{plain[of_them.end() :]}"
        return f"{of_them[1]} {whole}{meant}{plain[of_them.end() :]}"
    match = _PRONOUN.search(plain)
    if match is None or _EXPLETIVE.match(plain, match.start()):
        return None
    before, after, pronoun = plain[: match.start()].strip(), plain[match.end() :], match[0].lower()
    if match[0].isupper() or "," in after:
        return None
    possessive = pronoun in ("his", "its", "their") or (pronoun == "her" and bool(phrases(after)))
    if not _SUBJECT.match(before) or (possessive and before.lower().endswith(("has", "have", "had"))):
        clause = after.split()[:1] and after.split()[0].lower() in AUXILIARIES
        outside = len(phrases(before)) < 2 and len(phrases(after)) < 2 and not clause and not _CLAUSES.search(before)
        if possessive or pronoun in ("he", "she", "they"):
            outside = before.lower().endswith(" of") and not phrases(before)
        if not outside:
            return None
    meant = _meant(pronoun, turns, speaking_of)
    if not meant:
        return None
    if pronoun in ("it", "its") and words(meant)[0] not in FUNCTION and meant[0].islower():
        meant = f"the {meant}"  # it was asked which one
    if before and meant.startswith(("The ", "A ", "An ")):
        meant = f"{meant[0].lower()}{meant[1:]}"  # it began a sentence
    whole = f"{plain[: match.start()]}{meant}{'’s' if possessive else ''}{after}"
    return f"{whole} {_matter(turns, meant)}" if "else" in words(plain) else whole


def _pointed(plain: str, linked: bool, turns: Turns) -> str | None:
    """In "who died in that fire?" the fire is one spoken of before; in "who did that?" it is the whole matter."""
    match = _POINTED.search(plain)
    before = plain[: match.start()] if match else ""
    if match is None or "," in before or len(phrases(before)) > 1 or (match[2] or "").lower() in FUNCTION:
        return None
    texts = [text for turn in turns for text in (turn.standalone, *turn.quotes[:1])]
    if match[2]:
        last = match[2].lower().rstrip("s")
        for phrase in (phrase for text in texts for phrase in phrases(text)):
            if phrase.text.lower().rstrip("s").endswith(last):
                return f"{before}{phrase.text}{plain[match.end() :]}"
        if match[1].lower() in ("that", "those") and PREPOSITIONS.isdisjoint(words(before)[-1:]):
            return None
    if match[0].lower() == "there":
        place = next((one for text in texts for one in phrases(text) if one.preposition in _WHERE), None)
        if place:
            return f"{before}{place.full}"
    return f"{plain} {_matter(turns)}" if _matter(turns) else None


def _bare(plain: str, linked: bool, turns: Turns) -> str | None:
    """A question without any noun, "how many were hurt?", is about the matter of the one before."""
    telling = [word for word in words(plain) if word not in FUNCTION or word.startswith("happen")]
    verbal = linked or not INDEFINITES.isdisjoint(words(plain)) or plain.lower().startswith(("who ", "how many "))
    person = not _OF_A_PERSON.keys().isdisjoint(words(plain))
    if len(telling) != 1 or not verbal or person or phrases(plain) or not _matter(turns):
        return None
    return f"{plain} {_matter(turns)}"


# What the history offers


def _matter(turns: Turns, besides: str = "") -> str:
    """Return what the newest question with noun phrases is about: those phrases, to be put behind another question."""
    for turn in turns:
        if found := " ".join(one.full for one in phrases(turn.standalone) if one.text != besides).split():
            return " ".join(([] if found[0].lower() in PREPOSITIONS else ["about"]) + found[:MATTER_WORDS])
    return ""


def _meant(pronoun: str, turns: Turns, speaking_of: Texts) -> str:
    """Return the phrase that a personal pronoun most likely stands for, or "".

    After a question for somebody that is who the quote names and the question does not. Whoever is spoken of as "he"
    is never "she".
    """
    wanted = _OF_A_PERSON.get(pronoun)
    for turn in turns:
        asked, known = _joined(phrases(turn.standalone)), set(words(turn.standalone)) - FUNCTION
        spoken = [one for quote in turn.quotes[:1] for one in _joined(phrases(quote))]
        quoted = [one for one in spoken if known.isdisjoint(words(one.text))]
        many = pronoun in ("they", "them", "their")
        if wanted:
            names = [name for quote in turn.quotes[:1] for match in _SPEAKER.finditer(quote) for name in match.groups()]
            answering = [name for name in names if name and not (known | FUNCTION).issuperset(words(name))]
            asking = [
                one.text
                for one in asked
                if one.text[0].isupper() and one.named and one.preposition not in PLACES | {"of"}
            ]
        else:
            asking, answering = ([one.text for one in found if one.plural is many] for found in (asked, quoted))
        # "Who is Ann Doe?" names whom it asks for.
        who = turn.standalone.lower().startswith("who ") and not _WHO_IS.match(turn.standalone)
        # In "Who does the US blame?" the only one named is the one that blames; "it" is rather the one that is blamed.
        other = pronoun != "it" or (len(asked) == 1 and bool(_WHOM.match(turn.standalone)))
        first = answering + asking if who and other else asking + answering
        if wanted and first:
            if fits := _spoken_of(wanted, dict.fromkeys(first), turn.quotes, speaking_of):
                return fits
        elif fitting := first or [one.text for one in asked + quoted if who or many or not one.named]:
            return fitting[0]
    return ""


def _spoken_of(wanted: str, names: Iterable[str], quotes: Sequence[str], speaking_of: Texts) -> str:
    """Return the first name that is surely spoken of as "he" or as "she", or else the first that may be, or ""."""
    known = {name: pronoun_of(name, quotes) for name in names}
    for name, pronoun in known.items():
        if pronoun == wanted:
            return name
    undecided = [name for name, pronoun in known.items() if not pronoun]
    for name in undecided:
        # Looking somebody up is a search of its own.
        known[name] = pronoun_of(name, (*quotes, *speaking_of(name)))
        if known[name] == wanted:
            return name
    return next((name for name in undecided if not known[name]), "")


def _joined(found: Sequence[Phrase]) -> list[Phrase]:
    """Return noun phrases with those that "of" adds to them: members of the crew."""
    joined: list[Phrase] = []
    for one in found:
        last = joined[-1] if joined else None
        if last and one.preposition == "of" and one.start == last.end + len(" of "):
            joined[-1] = replace(last, text=f"{last.text} of {one.text}", end=one.end)
        else:
            joined.append(one)
    return joined


def _counterpart(new: Phrase, old: Sequence[Phrase]) -> Phrase | None:
    """Return the phrase that a new one takes the place of: the last with its preposition, or the first of its kind."""
    if new.preposition:
        alike = PLACES if new.preposition in PLACES else {new.preposition}
        return next((one for one in reversed(old) if one.preposition in alike), None)
    return max(old, key=lambda one: (one.plural is new.plural) + (one.named is new.named), default=None)


def _telling(quote: str) -> str:
    """Return the words by which a quote is found again: the longest speech in it, or else its beginning."""
    inner = max(_INNER.findall(quote), key=len, default="")
    telling = inner if len(inner.split()) > 5 else re.sub(r"[“”\"]", "", quote)
    return " ".join(telling.split()[:TELLING_WORDS]).rstrip(" ,.;")
