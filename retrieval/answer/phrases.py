"""The noun phrases of a question, as far as its function words and capitals show them. No grammar, no model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WH = "who|whom|whose|what|which|when|where|why|how"
BE = "is|are|was|were|be|been|being|isn't|aren't|wasn't|weren't"
DO = "do|does|did|don't|doesn't|didn't"
AUXILIARY = f"{BE}|{DO}|has|have|had|hasn't|haven't|hadn't|will|would|can|could|shall|should|may|might|must|won't|can't"
PLACE = "in|at|on|near|from|to|into|inside|outside|around|across|over|toward|towards"
PREPOSITION = f"{PLACE}|by|for|of|with|about|against|during|under|between|through|within|among|without|after|before"
CONJUNCTION = "since|until|while|because|if|when|that|who|which|what|than|as|once|and|or|but|so|whether|where|how"
_DETERMINER = "a|an|the|this|these|those|my|our|your|his|her|its|their"
POINTING = "he|she|it|they|him|her|them|his|hers|its|their|theirs|this|that|these|those|there"
"""What may stand for something that was named before."""
_INDEFINITE = "anyone|anybody|anything|someone|something|somebody|nobody|nothing"
_PRONOUN = f"it|he|she|they|him|them|i|you|we|us|me|{_INDEFINITE}"
_OTHER = (
    "not|no|there|here|then|else|ever|just|exactly|yet|still|already|again|now|really|also|too|either|any|many|more"
    "|much|most|long|often|far|out|up|off|down|happen|happened|happens|please|ok|okay|yes|well|tell|one|ones|so|very"
)


def listed(*lists: str) -> frozenset[str]:
    """Return the words of lists that are written as alternatives of a pattern."""
    return frozenset("|".join(lists).split("|"))


AUXILIARIES, INDEFINITES, PLACES, PREPOSITIONS = (listed(one) for one in (AUXILIARY, _INDEFINITE, PLACE, PREPOSITION))
FUNCTION = listed(WH, AUXILIARY, PREPOSITION, CONJUNCTION, _DETERMINER, _PRONOUN, _OTHER)
"""Words that hold a sentence together and name nothing."""

STEM = 4
"""Letters that two forms of a word have in common."""

_DETERMINERS = listed(_DETERMINER)
_DOING = listed(DO)
_BEFORE_A_VERB = listed("who|what|that|to|many", _INDEFINITE)
_PARTICIPLE = ("ed", "ing", "ly")
_IRREGULAR = frozenset(
    "begun bitten blown bought bound broken brought built burnt caught chosen cut dealt done drawn driven eaten fallen "
    "felt fought found frozen given gone grown heard held hidden hit hurt kept known laid led left lent lost made "
    "meant met paid put raised read ridden risen run seen sent set shaken shot shown shut sold spent spoken spread "
    "stolen struck sunk sworn taken taught thought thrown told torn understood upset won worn written".split()
)
_AFTER_A_VERB = frozenset(
    "aground ashore away back home apart together abroad overboard adrift alone early late like".split()
)
_MODAL = frozenset("will would can could shall should may might must".split())
_BEING = listed(BE)

_TITLE = r"(?:Mr|Mrs|Ms|Dr|Prof|Rev|Gen|Col|Lt|Sgt|Capt|Sen|Rep|Gov|St)\.(?= [A-Z])"
_WORD = re.compile(rf"{_TITLE}|(?:[^\W\d_]\.){{2,}}|\w[\w’'-]*(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase: where it stands in its text, and the preposition right before it, or ""."""

    text: str
    start: int
    end: int
    preposition: str

    @property
    def full(self) -> str:
        """The phrase with its preposition."""
        return f"{self.preposition} {self.text}".strip()

    @property
    def named(self) -> bool:
        """Whether it ends in a name."""
        return not self.text.split()[-1][0].islower()

    @property
    def plural(self) -> bool:
        """Whether it ends like a plural."""
        return _plural(self.text.split(" of ")[0].split()[-1].lower())


def words(text: str) -> list[str]:
    """Return the words of a text in lower case; U.S. and US keep their capitals, for "us" is another word."""
    return [_plain(word[0], text) for word in _WORD.finditer(text)]


def stems(text: str) -> set[str]:
    """Return the beginnings of the words that name something, by which two forms of one word are known."""
    return {word[:STEM] for word in words(text) if word not in FUNCTION}


def phrases(text: str) -> list[Phrase]:
    """Return the noun phrases of a text: what stands between function words, less what must be a verb there."""
    return list(_found(text))


def _found(text: str) -> Iterator[Phrase]:
    marks = list(_WORD.finditer(text))
    plain = ["", *words(text), ""]
    run: list[re.Match[str]] = []
    for number, mark in enumerate(marks, start=1):
        if plain[number] in FUNCTION and plain[number] not in _DETERMINERS:
            continue
        run.append(mark)
        apart = number == len(marks) or text[mark.end() : marks[number].start()] != " "
        after = "" if apart else plain[number + 1]
        if apart or after in FUNCTION:
            joined = text[: run[0].start()].endswith(" ")
            yield from _phrase(text, run, plain[number - len(run)] if joined else "", after)
            run = []


def _phrase(text: str, run: Sequence[re.Match[str]], before: str, after: str) -> Iterator[Phrase]:
    """Yield what is a noun phrase of the words between two function words: often all of them, sometimes none."""
    lower = [mark[0].islower() for mark in run]
    first = int(run[0][0].lower() in _DETERMINERS)
    start, end = first, len(run)
    verb = next((n for n in range(first + 1, end - 1) if lower[n] and not lower[n + 1] and not all(lower[:n])), 0)
    if verb:
        # "the Senate blamed Rome"
        yield from _phrase(text, run[verb + 1 :], "", after)
        end = verb
    while end - first > 1 and run[end - 1][0] in _AFTER_A_VERB:
        # "did the ferry run aground", "was the ferry like"
        end -= 1
    subject = bool(first) or not lower[0]
    whole = before in _BEING and not after and text[: run[0].start()].strip().lower() == before
    if lower[end - 1] and end - first > 1:
        if (before in _DOING and after != "of") or after in _DETERMINERS:
            # "did the ferry sink", "islanders blamed the"
            end -= 1
        elif subject and (before in _MODAL or (before in AUXILIARIES and run[end - 1][0] in _IRREGULAR)):
            # "will the ferry sink", "how was the ferry paid for"
            end -= 1
    if end - first > 1 and lower[end - 1] and lower[end - 2] and _plural(run[end - 2][0]):
        # "are the islands green"
        end -= 1
    elif subject and whole and lower[end - 1] and end - first > 1:
        # "is the old building dry"
        end -= 1
    else:
        while end - first > 1 and lower[end - 1] and run[end - 1][0].endswith(_PARTICIPLE):
            end -= 1
    alone = not first and end == 1 and lower[0]
    if (
        alone
        and not run[0][0].endswith("s")
        and (before in AUXILIARIES | _BEFORE_A_VERB | {"how"} or after in _DETERMINERS)
    ):
        # "was rescued"; "ferries" and other plurals may stand alone
        start += 1
    elif not first and lower[0] and before in _BEFORE_A_VERB - {"to", "many"} and after not in AUXILIARIES:
        # "who sank ferries"
        start += 1
    if end > start:
        at = run[0 if start == first else start].start()
        to = run[end - 1].end()
        yield Phrase(text[at:to], at, to, before if before in PREPOSITIONS and start == first else "")


def _plural(word: str) -> bool:
    return word == "people" or (word.endswith("s") and not word.endswith(("ss", "us", "is", "'s", "’s")))


def _plain(word: str, text: str) -> str:
    if word.isupper() and len(word) > 1 and not text.isupper():
        return word
    plain = word.lower().replace("’", "'")
    return plain.removesuffix("'s") if plain.removesuffix("'s") in FUNCTION else plain
