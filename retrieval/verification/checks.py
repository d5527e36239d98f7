"""The checks of a claim against a passage. Each returns what is wrong in words for a person, or nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from retrieval.corpus.calendar_days import WEEKDAYS
from retrieval.corpus.date_expressions import Found, Known, find_dates
from retrieval.search import wordnet
from retrieval.verification.language import CONTENT
from retrieval.verification.numbers import Number
from retrieval.verification.pairing import SOME_DAY, Pair, dated_tokens, is_name, members, parts
from retrieval.verification.polarity import is_hedged, is_negated, is_negating
from retrieval.verification.vocabulary import EMPTY, HEDGES, JUDGING, NONE, OPPOSITES, SPEECH, SURE

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

UNCOVERED = 0.34
"""Share of a claim's words that a passage may lack, where all else is in it."""
ONE_UNCOVERED = 0.5
"""The same where it is one word only."""
REACH = 5
"""Words behind a "than" in which what is compared with stands."""
TOGETHER = 3
"""Words. The parts of a name stand no further apart."""

NEAR_QUOTE = 200
"""Characters between a quotation and the verb of saying that belongs to it."""

_QUOTED = re.compile(r"[“\"«]([^”\"»]{2,400})[”\"»]")
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_SMALL = re.compile(r"[^\w]+")
_AT_LEAST = re.compile(r"\b(at least|more than|over|no fewer than|no less than|above)\b", re.IGNORECASE)
_AT_MOST = re.compile(r"\b(at most|fewer than|less than|under|up to|no more than|below)\b", re.IGNORECASE)
_ABOUT = re.compile(r"\b(about|around|approximately|roughly|some|estimated|nearly|almost)\b", re.IGNORECASE)
_EXACTLY = re.compile(r"\b(exactly|precisely)\b", re.IGNORECASE)
_MONEY = frozenset({"dollar", "pound", "euro", "yen"})
_MEASURES = frozenset(
    "second minute hour day week month year decade century kilometre kilometer mile metre meter hectare acre tonne ton "
    "kilogram percent".split()
)
_AGAINST = {frozenset(("for", "against")), frozenset(("before", "after")), frozenset(("with", "without"))}
_QUOTATION = re.compile(r"[“\"][^”\"]{2,2000}[”\"]")
_OWN_VOICE = frozenset("i we you me us".split())
_NOBODY = frozenset({"nobody", "none", "nowhere"})
_COMPARING = ("instead of", "rather than", "than")
_BESIDE = frozenset({"compound", "amod", "nmod"})
_LIMITS = frozenset("of before after until since during by".split())
_PAIRED = re.compile(r"\b\d{1,3}[:–-]\d{1,3}\b")
_PERSONS = frozenset("he she they him her them his their it its we i".split())
_PLACES = frozenset({"in", "near", "at", "from", "to", "into", "outside", "off", "over"})


def quotations(pair: Pair) -> str:
    """Each quotation stands in the passage word for word, and is not one that a "not" before it turns round."""
    there = _flat(pair.passage.text)
    for match in _QUOTED.finditer(pair.claim.text):
        wanted = _flat(match[1])
        if wanted not in there:
            return f"“{match[1]}” does not stand in the passage word for word"
        before = there[: there.index(wanted)].split()[-1:]
        if (
            before
            and before[0] in ("not", "no", "never", "hardly")
            and before[0] not in pair.claim.text.lower().split()
        ):
            return f"the passage says “{before[0]} {match[1]}”"
    return ""


def numbers(pair: Pair) -> str:
    """Each number is there, counts the same thing and belongs to the same deed and day."""
    for one in pair.claim_numbers:
        if one.token in pair.dated and one.unit not in _MEASURES:
            continue
        written = pair.claim[one.token : one.end + 1].text
        there = [other for other in pair.numbers if _is_value(one, other)]
        if not there:
            return f"the passage does not have the number {written}"
        there = [other for other in there if _is_unit(one, other)]
        if not there:
            return f"in the passage the number {written} counts something else"
        there = [other for other in there if _is_bound(pair, one, other)]
        if not there:
            return f"the passage does not say “{_before(pair.claim, one)} {written}”"
        if all(_belongs_elsewhere(pair, one, other) for other in there):
            return f"in the passage the number {written} belongs to something else"
    return ""


def clock_times(pair: Pair) -> str:
    """Times of the day and results like 2:05 are there as they are."""
    there = set(_PAIRED.findall(pair.passage.text))
    for time in _PAIRED.findall(pair.claim.text):
        if time not in there:
            return f"the passage does not have {time}"
    return ""


def days(pair: Pair) -> str:
    """Each day is named, and is the day of the same deed."""
    claimed = list(find_dates(pair.claim.text, pair.published or SOME_DAY))
    there = list(find_dates(pair.passage.text, pair.published or SOME_DAY))
    same = _is_day if pair.published else _is_written
    for one in claimed:
        text = pair.claim.text[one.start : one.end]
        weekday = WEEKDAYS[one.first.weekday()]
        if one.known is Known.FULLY and weekday not in text and any(other in text for other in WEEKDAYS):
            return f"that day was a {weekday}: {text}"
        fitting = [other for other in there if same(pair, one, other)]
        if not fitting:
            return f"the passage does not name that time: {text}"
        if _is_of_another_deed(pair, one, fitting, there):
            return f"in the passage {text} is when something else happened"
    return ""


def names(pair: Pair) -> str:
    """Each name is there, and the parts of one stand together."""
    for at in sorted(pair.names):
        if not pair.matches(pair.claim[at]):
            return f"the passage does not name {pair.claim[at].text}"
    return _parted(pair) or _titled_otherwise(pair)


def sureness(pair: Pair) -> str:
    """What is said of all, or for certain, is said so."""
    first, last = pair.span
    span = [token for at in range(first, last + 1) for token in pair.sentences[at]]
    for token in pair.claim:
        if token.i in pair.quoted or token.lower_ not in SURE | _NOBODY:
            continue
        there = [one for one in span if one.lower_ == token.lower_ or one.lemma_.lower() == token.lower_]
        if token.lower_ in _NOBODY and any(one.lower_ in NONE for one in span):
            continue
        of = _limited(token)
        if not there or (of is not None and not any(_limits(pair, one, of) for one in there)):
            return f"the passage does not say “{token.text}”"
    return ""


def opposites(pair: Pair) -> str:
    """No word stands there turned into its opposite."""
    first, last = pair.span
    near = [one for at in range(first, last + 1) for one in pair.sentences[at] if one.pos_ in CONTENT]
    for word in pair.claim:
        if word.i in pair.quoted or word.pos_ not in CONTENT:
            continue
        if any(one.lemma_ == word.lemma_ for one in near):
            continue
        for other in near:
            if not _is_opposite(word, other) or _have_other_doers(pair, word, other):
                continue
            if is_negated(word) == is_negated(other):
                return f"the passage says “{other.text}” and not “{word.text}”"
    return ""


def deeds(pair: Pair) -> str:
    """Who did something, and to whom it was done, is as the passage has it in the same words."""
    return _deeds(pair, lambda verb, other: pair.is_same_word(verb, other))


def attested(pair: Pair) -> str:
    """Who says, blames or warns does it there too, also where only the noun stands there: Trump put the blame on it."""
    verb = next((one for one in pair.claim if one.dep_ == "ROOT" and one.pos_ == "VERB"), None)
    doer = parts(verb)[0] if verb is not None else None
    if verb is None or doer is None or doer.pos_ == "PRON" or verb.lemma_ not in SPEECH or verb.i in pair.quoted:
        return ""
    there = pair.matches(verb)
    if any(one.pos_ == "VERB" for one in there) or (not there and verb.lemma_ not in JUDGING):
        return ""
    for one in there:
        above = next((verb for verb in one.ancestors if verb.pos_ == "VERB"), None)
        doers = (parts(one)[0], parts(above)[0] if above is not None else None)
        if any(its is not None and its.pos_ != "PRON" and pair.is_party(doer, its) for its in doers):
            return ""
    return f"the passage does not say of {_phrase(doer)} that it “{verb.text}”"


def deeds_in_other_words(pair: Pair) -> str:
    """The same where the passage has another word for the deed, which may mean something else."""
    return _deeds(pair, lambda verb, other: True)


def _deeds(pair: Pair, fits: Callable[[Token, Token], bool]) -> str:
    for verb in pair.claim:
        if verb.pos_ != "VERB" or verb.i in pair.quoted:
            continue
        doer, done = parts(verb)
        by = doer is not None and doer.dep_ == "pobj" and doer.i in pair.names
        if doer is not None and by and verb.lemma_ in EMPTY and not pair.matches(verb):
            return f"the passage does not say “{verb.text} by {_phrase(doer)}”"
        if verb.lemma_ in EMPTY:
            continue
        others = [one for one in pair.matches(verb) if fits(verb, one) and (one.pos_ == "VERB" or _is_deed(one))]
        for other in others:
            its_doer, its_done = parts(other)
            if _is_swapped(pair, doer, done, its_doer, its_done):
                return f"in the passage it is the other way round who “{verb.text}” whom"
        # Where the same is done by several, one fitting deed is enough.
        if verb.lemma_ in SPEECH:
            continue
        near = [one for one in others if pair.is_same_word(verb, one) or one in pair.near(verb)]
        if not is_hedged(verb):
            # What was only to be done says nothing of who did it.
            near = [one for one in near if not is_hedged(one)] or near
        alike = _most(pair, verb, [other for other in near if _shares(pair, verb, other, but=doer)])
        if alike and doer is not None and all(_is_other_party(pair, doer, parts(other)[0]) for other in alike):
            return f"in the passage it is not {_phrase(doer)} who “{verb.text}”"
        alike = _most(pair, verb, [other for other in near if _shares(pair, verb, other, but=done)])
        if alike and done is not None and all(_is_other_name(pair, done, parts(other)[1]) for other in alike):
            return f"in the passage it is not {_phrase(done)} to whom “{verb.text}” happened"
    return ""


def speakers(pair: Pair) -> str:
    """What somebody says is said by the same one there."""
    for verb in pair.claim:
        if verb.lemma_ not in SPEECH or verb.pos_ != "VERB":
            continue
        speaker = parts(verb)[0]
        if speaker is None or speaker.pos_ == "PRON":
            continue
        quoted = [one[1] for one in _QUOTED.finditer(pair.claim.text)]
        if verb.lemma_ == "call" and quoted and not any(" " in one for one in quoted):
            continue  # to call something by a name is not to say it
        aside = {one.i for one in speaker.subtree} | {verb.i}
        told = _who_says(pair, [word for word in pair.words if word.i not in aside], aside, verb)
        if told and not any(pair.is_party(speaker, one) for one in told):
            return f"in the passage it is not {_phrase(speaker)} who says so"
    return ""


def negations(pair: Pair) -> str:
    """What is so is not denied there, and the other way round."""
    root = [word for word in pair.claim if word.dep_ == "ROOT" and word.pos_ == "VERB" and word not in pair.words]
    for word in [*pair.words, *root]:
        if word.pos_ not in ("VERB", "NOUN", "ADJ") or word.i in pair.quoted or word.dep_ in _BESIDE:
            continue
        # What both deny is denied by both, however they say it.
        if any(is_negating(one) and pair.near(one) for one in word.ancestors):
            continue
        there = [one for one in _sharing(pair, word) if one.dep_ not in _BESIDE]
        if word in root:
            there = [one for one in there if _common(pair, word, one)]
        there = [one for one in there if one.pos_ == word.pos_] or there
        if there and all(is_negated(one) != is_negated(word) for one in there):
            return f"the passage says the contrary about “{word.text}”"
    return ""


def hedges(pair: Pair) -> str:
    """What the passage only expects, fears or suggests is not told as a fact."""
    if any(token.lemma_.lower() in HEDGES for token in pair.claim):
        return ""
    for word in pair.claim:
        if word.pos_ != "VERB" or word.lemma_ in SPEECH or word.lemma_ in EMPTY or word.i in pair.quoted:
            continue
        there = _sharing(pair, word)
        if there and all(is_hedged(one) for one in there):
            return f"the passage does not say for certain that it “{word.text}”"
    return ""


def arguments(pair: Pair) -> str:
    """What stands beside a word there is not something else: food prices, not house prices; near Millbrook."""
    for word in pair.claim:
        if word.i in pair.quoted or word.i in pair.dated or word.i in pair.numeric:
            continue
        reason = _modifier(pair, word) or _owner(pair, word) or _place(pair, word)
        if reason:
            return reason
    return ""


def coverage(pair: Pair) -> str:
    """Most of the words are there, and the names in one place."""
    for at in sorted(pair.names):
        if not pair.near(pair.claim[at]) and not _is_called_by(pair, pair.claim[at]):
            return f"the passage does not say it of {pair.claim[at].text}"
    lacking = [word for word in pair.words if not pair.matches(word)]
    if lacking and len(lacking) / len(pair.words) > (UNCOVERED if len(lacking) > 1 else ONE_UNCOVERED):
        return f"the passage does not speak of {', '.join(dict.fromkeys(word.text for word in lacking[:3]))}"
    return ""


# Numbers


def other_numbers(pair: Pair) -> str:
    """What a number of the claim counts has no other number there."""
    values = {(one.value, one.sort) for one in pair.numbers}
    for one in pair.claim_numbers:
        if one.token in pair.dated or not one.unit or (one.value, one.sort) in values:
            continue
        for other in pair.numbers:
            same = other.unit and (other.unit == one.unit or wordnet.same(other.unit, one.unit))
            if same and other.sort == one.sort:
                says, claims = (
                    doc[it.token : it.end + 1].text for doc, it in ((pair.passage, other), (pair.claim, one))
                )
                return f"the passage says {says} and not {claims}"
    return ""


def _is_value(one: Number, other: Number) -> bool:
    return one.value == other.value and one.sort == other.sort


def _is_unit(one: Number, other: Number) -> bool:
    left, right = one.unit, other.unit
    if not left or not right or left == right:
        return True
    if left in _MONEY or right in _MONEY:
        return not (left in _MONEY and right in _MONEY)
    if left in _MEASURES or right in _MEASURES:
        return wordnet.same(left, right)
    return True


def _is_bound(pair: Pair, one: Number, other: Number) -> bool:
    left, right = _before(pair.claim, one), _before(pair.passage, other)
    if _EXACTLY.search(left) and any(loose.search(right) for loose in (_ABOUT, _AT_LEAST, _AT_MOST)):
        return False
    if _AT_MOST.search(left) and _AT_LEAST.search(right):
        return False
    if _AT_LEAST.search(left) and _AT_MOST.search(right):
        return False
    ways = {"by", "to", "from"}
    way, its_way = _way(pair.claim[one.token]), _way(pair.passage[other.token])
    return way == its_way or not {way, its_way} <= ways


def _way(number: Token) -> str:
    """Return the preposition of a number: it fell "by" or "to" so much."""
    noun = number.head if number.dep_ in ("nummod", "compound", "quantmod") else number
    noun = noun.head if noun.dep_ in ("nummod", "compound") else noun
    return str(noun.head.lower_) if noun.dep_ == "pobj" else ""


def _before(doc: Doc, number: Number) -> str:
    return str(doc[max(0, number.token - 3) : number.token].text)


def _belongs_elsewhere(pair: Pair, one: Number, other: Number) -> bool:
    """Say whether a number's verb, or the day beside it, stands by a different number of the passage."""
    its = pair.passage[other.token]
    days = dated_tokens(pair.passage)
    for word in _neighbours(pair, one):
        there = [found for found in pair.matches(word) if found.sent == its.sent]
        rivals = [
            rival for rival in pair.numbers
            if rival is not other and rival.sort == other.sort and pair.passage[rival.token].sent == its.sent
            and rival.token not in days
            and all(not rival.token <= found.i <= rival.end for found in there)
        ]  # fmt: skip
        if not there or not rivals:
            continue
        own = min(_distance(pair.passage, other, found) for found in there)
        if min(_distance(pair.passage, rival, found) for rival in rivals for found in there) < own:
            return True
    if _counts_otherwise(pair, one, other):
        return True
    if (
        _is_whole(its)
        and not any(child.dep_ in ("acl", "relcl") for child in its.head.children)
        and not _is_whole(pair.claim[one.token])
    ):
        verb = _verb_of(pair.claim[one.token])
        if verb is not None and verb.lemma_ not in EMPTY:
            return True
    verb, its_verb = _done_to(pair.claim[one.token]), _done_to(its)
    if verb is None or its_verb is None or verb.i in pair.quoted or verb.lemma_ in EMPTY:
        return False
    found = [match for match in pair.matches(verb) if match.sent == its.sent and match.pos_ == "VERB"]
    noun = its.head if its.dep_ == "nummod" else its
    if (
        not found
        or its_verb in found
        or any(match.head in (noun, its_verb) and match.dep_ != "conj" for match in found)
    ):
        return False
    return not pair.matches_any(its_verb)


def _counts_otherwise(pair: Pair, one: Number, other: Number) -> bool:
    """Say whether what a number of the claim counts has another one in the passage: 750 paratroopers, 100 Marines."""
    if not one.unit or one.unit in _MEASURES | _MONEY:
        verb = _done_to(pair.claim[one.token])
    else:
        sentence = pair.passage[other.token].sent
        beside = [its for its in pair.numbers if pair.passage[its.token].sent == sentence]
        counted = [its for its in beside if its.unit and (its.unit == one.unit or wordnet.same(its.unit, one.unit))]
        if counted and other.unit and other not in counted and not _is_kind_of(one.unit, other.unit):
            return True
        verb = _done_to(pair.claim[one.token])
    if verb is None or verb.lemma_ in EMPTY:
        return False
    # The same verb with a number of its own.
    deeds = [found for found in pair.matches(verb) if found.pos_ == "VERB"]
    own = [its for its in pair.numbers if _done_to(pair.passage[its.token]) in deeds]
    return (
        bool(own)
        and all(its.value != one.value for its in own)
        and not any(pair.passage[other.token] in deed.subtree for deed in deeds)
    )


def _is_kind_of(one: str, other: str) -> bool:
    return wordnet.is_broader(one, other) or wordnet.is_broader(other, one) or wordnet.same(one, other)


def _is_whole(number: Token) -> bool:
    """Say whether a number is what another one is a part of, as 4,100 in "850 of its 4,100 employees"."""
    noun = number.head if number.dep_ == "nummod" else number
    return bool(noun.head.lower_ in ("of", "among") and noun.head.head.pos_ == "NUM")


def _done_to(number: Token) -> Token | None:
    """Return the verb whose doer or object a number counts."""
    noun = number.head if number.dep_ == "nummod" else number
    direct = noun.dep_ in ("nsubj", "nsubjpass", "dobj") and noun.head.pos_ == "VERB"
    return noun.head if direct else None


def _verb_of(token: Token) -> Token | None:
    return next((one for one in token.ancestors if one.pos_ == "VERB"), None)


def _neighbours(pair: Pair, one: Number) -> list[Token]:
    """Return the days beside a number of the claim, where it is the only one."""
    if sum(number.token not in pair.dated for number in pair.claim_numbers) != 1:
        return []
    return [word for word in pair.claim if word.i in pair.dated and word.pos_ in ("NUM", "PROPN")]


def _distance(doc: Doc, number: Number, word: Token) -> int:
    """Return how far a day is from a number: one behind it belongs to it rather than one before."""
    apart = word.i - number.end
    return apart if apart > 0 else 2 * -apart


# Days


def _is_day(pair: Pair, one: Found, other: Found) -> bool:
    return (
        one.first <= other.last
        and other.first <= one.last
        and ((other.last - other.first) <= (one.last - one.first) or one.first == other.first)
    )


def _is_written(pair: Pair, one: Found, other: Found) -> bool:
    """Say whether two expressions name the same time as they are written, where no day is known to count from."""
    left, right = (_day_words(text) for text in (
        pair.claim.text[one.start : one.end], pair.passage.text[other.start : other.end],
    ))  # fmt: skip
    return left <= right or right <= left


_MONTHS = "january february march april may june july august september october november december".split()
_LOOSE = frozenset("on the of late early in at st nd rd th a".split())


def _day_words(text: str) -> frozenset[str]:
    found = set()
    for word in re.findall(r"[a-z]+|\d+", text.lower()):
        month = next((name for name in _MONTHS if len(word) > 2 and name.startswith(word)), word)
        found.add(month)
    return frozenset(found - _LOOSE)


_SAID_OF = frozenset({"acomp", "dobj", "attr"})
SUBJECT = frozenset({"nsubj", "nsubjpass"})


def _is_of_another_deed(pair: Pair, one: Found, fitting: list[Found], there: list[Found]) -> bool:
    """Say whether the deed that a day belongs to has another day in the passage."""
    tokens = [token for token in pair.claim if one.start <= token.idx < one.end]
    verb = _verb_of(tokens[0]) if tokens else None
    if verb is not None and verb.lemma_ in SPEECH:
        spoken = _when_spoken(pair, verb, there)
        return bool(spoken) and not any(found in fitting for found in spoken)
    if verb is not None and verb.lemma_ in EMPTY:
        telling = [[one for one in verb.children if one.dep_ in kinds] for kinds in (_SAID_OF, SUBJECT)]
        verb = next((one for found in telling for one in found), None)
    if verb is None:
        return False
    its_own: list[Found] = []
    for deed in pair.near(verb):
        if deed.pos_ not in ("VERB", "NOUN", "ADJ") or (deed.pos_ == "VERB" and not _shares(pair, verb, deed)):
            continue
        beside = [found for found in there if deed.sent.start_char <= found.start < deed.sent.end_char]
        if not beside:
            return False
        steps = [tree_distance(_token_at(deed.sent, found), deed) for found in beside]
        its_own += [found for found, far in zip(beside, steps, strict=True) if far <= min(steps) + 1]
    return bool(its_own) and not any(found in fitting for found in its_own)


def _when_spoken(pair: Pair, verb: Token, there: list[Found]) -> list[Found]:
    """Return the days, of those there are, on which whoever speaks in a claim spoke in the words that bear it out."""
    first, last = pair.span
    spoken: list[Found] = []
    by_them: list[Found] = []
    for sentence in (pair.sentences[at] for at in range(first, last + 1)):
        for found in there:
            if sentence.start_char <= found.start < sentence.end_char:
                said = _verb_of(_token_at(sentence, found))
                if said is not None and said.lemma_ in SPEECH:
                    spoken.append(found)
                    by_them += [found] if _shares(pair, verb, said) else []
    return by_them or spoken


def _token_at(sentence: Span, found: Found) -> Token:
    return next(token for token in sentence if token.idx + len(token) > found.start)


def tree_distance(one: Token, other: Token) -> int:
    """Return how many steps it is from one word to another in the tree of their sentence."""
    up, down = [one, *one.ancestors], [other, *other.ancestors]
    shared = next((token for token in up if token in down), None)
    return up.index(shared) + down.index(shared) if shared is not None else len(up) + len(down)


# Names


def _parted(pair: Pair) -> str:
    for at in sorted(pair.names):
        one = pair.claim[at]
        if at + 1 not in pair.names or one.dep_ not in ("compound", "nmod", "amod") or one.head.i < at + 1:
            continue
        following = pair.claim[at + 1]
        rights = pair.matches(following)
        apart = min((abs(left.i - right.i) for left in pair.matches(one) for right in rights), default=0)
        if apart > TOGETHER:
            return f"the passage does not name {one.text} {following.text}"
    return ""


def _titled_otherwise(pair: Pair) -> str:
    """A title or sort goes with the same name: the mayor, Olga Petrova; the freighter Aurelia."""
    for name, noun in _titles(pair):
        nouns = [one for one in pair.matches(noun) if one.pos_ in ("NOUN", "PROPN")]
        others = pair.matches(name)
        if not nouns and others and name.dep_ in ("nsubj", "nsubjpass"):
            own = [one for other in others for one in _own_titles(other)]
            if own and not any(_is_kind(noun, one) for one in own):
                return f"in the passage {name.text} is not the {noun.text} but the {own[0].text}"
        linked = [left for left in nouns if any(_are_linked(left, right) for right in others)]
        mine = [one for one in _owners(noun) if one.i not in _whole_name(name)]
        its = {one.i for left in linked for one in _owners(left)} - {one.i for one in others}
        if mine and its and not any(found.i in its for one in mine for found in pair.matches(one)):
            return f"in the passage {name.text} is not the {noun.text} of {mine[0].text}"
        if not nouns or not others or linked:
            continue
        if any(_has_other_name(pair, one, name) for one in nouns):
            return f"in the passage {name.text} is not the {noun.text}"
    return ""


def _whole_name(name: Token) -> set[int]:
    return {one.i for one in members(_phrase_top(name), narrow=True) if is_name(one)}


def _titles(pair: Pair) -> list[tuple[Token, Token]]:
    found = []
    for at in sorted(pair.names):
        name = pair.claim[at]
        head = name.head
        if name.dep_ in ("appos", "compound") and head.pos_ == "NOUN" and head.i not in pair.names:
            found.append((name, head))
        found += [
            (name, child)
            for child in name.children
            if child.pos_ == "NOUN" and child.dep_ in ("appos", "compound") and child.i not in pair.names
        ]
        if name.dep_ in ("nsubj", "nsubjpass") and head.lemma_ in ("be", "become", "remain"):
            found += [(name, one) for one in head.children if one.dep_ == "attr" and one.pos_ == "NOUN"]
    return found


def _own_titles(name: Token) -> list[Token]:
    """Return what a name is said to be in its own phrase: the mayor of "Olga Petrova, the mayor"."""
    phrase = members(_phrase_top(name), narrow=True)
    return [
        one
        for one in phrase
        if one.pos_ == "NOUN" and one.dep_ in ("appos", "compound", "attr", "nsubj", "dobj", "pobj")
    ]


def _are_linked(noun: Token, name: Token) -> bool:
    if noun.sent == name.sent and abs(noun.i - name.i) <= 1:
        return True
    phrase = {one.i for one in members(_phrase_top(noun))}
    return name.i in phrase


def _phrase_top(token: Token) -> Token:
    while token.dep_ in ("compound", "amod", "nmod", "appos", "attr") and token.head.pos_ in ("NOUN", "PROPN"):
        token = token.head
    if token.dep_ == "attr":
        return next((one for one in token.head.children if one.dep_ == "nsubj"), token)
    return token


def _has_other_name(pair: Pair, noun: Token, name: Token) -> bool:
    top = _phrase_top(noun)
    beside = [one for one in members(top, narrow=True) if one.dep_ == "appos" or (one == top and noun.dep_ in _BESIDE)]
    return any(is_name(one) for one in beside if one.i != noun.i)


# Words


def _is_opposite(word: Token, other: Token) -> bool:
    left, right = word.lemma_.lower(), other.lemma_.lower()
    if frozenset((left, right)) in OPPOSITES or wordnet.opposite(left, right):
        return True
    return other.lower_ in (f"un{word.lower_}", f"in{word.lower_}") or word.lower_ in (
        f"un{other.lower_}", f"in{other.lower_}",
    )  # fmt: skip


def _is_deed(noun: Token) -> bool:
    """Say whether a noun tells a deed with its object, as "the shooting of" somebody."""
    return bool(noun.pos_ == "NOUN" and any(child.lower_ in ("of", "by") for child in noun.children))


def _have_other_doers(pair: Pair, word: Token, other: Token) -> bool:
    """Say whether two deeds are of different parties, as where sales rose and profit fell."""
    if {word.lower_, other.lower_} == {"first", "last"} and any(one.dep_ == "nummod" for one in other.head.children):
        return True  # the last five games
    if word.dep_ == other.dep_ == "amod":
        return other.head not in pair.matches(word.head)
    if word.pos_ != "VERB" or other.pos_ != "VERB":
        return False
    (mine, done), (its, its_done) = parts(word), parts(other)
    mine, its = mine or done, its or its_done
    return mine is not None and its is not None and "PRON" not in (mine.pos_, its.pos_) and not pair.is_party(mine, its)


def _modifier(pair: Pair, word: Token) -> str:
    of = word.dep_ == "pobj" and word.head.lower_ in _LIMITS
    if not of and (word.dep_ not in ("compound", "amod", "nmod", "dobj") or word.pos_ not in ("NOUN", "ADJ", "PROPN")):
        return ""
    if (of or word.dep_ == "dobj") and pair.matches(word):
        return ""
    head = word.head.head if of else word.head
    heads = pair.near(head)
    if not heads or word.lower_ in EMPTY:
        return ""
    rivals = []
    for one in heads:
        beside = [child for child in one.children if child.dep_ in ("compound", "amod", "nmod", "dobj")]
        beside += [child for prep in one.children if prep.dep_ == "prep" for child in prep.children]
        around = {token.i for child in beside for token in child.subtree} | {one.i}
        if any(found.i in around or found.head.i in around for found in pair.matches(word)):
            return ""
        rivals += [
            child for child in beside
            if child.dep_ == word.dep_ and child.pos_ == word.pos_ and (not of or child.head.lower_ == word.head.lower_)
        ]  # fmt: skip
    fitting = [one for one in rivals if one.pos_ != "PRON" and one.lower_ not in EMPTY]
    if len(rivals) < len(heads) or not fitting or any(_is_kind(word, one) for one in fitting):
        return ""
    return f"the passage says “{fitting[0].text}” and not “{word.text}”"


def _owner(pair: Pair, word: Token) -> str:
    """A name that a noun is of, or an adjective of a place before it, goes with that noun there too."""
    of = word.dep_ == "pobj" and word.head.lower_ in ("of", "for")
    if word.i not in pair.names or not (of or word.dep_ in ("compound", "amod", "nmod", "poss")):
        return ""
    noun = word.head.head if of else word.head
    if noun.pos_ not in ("NOUN", "PROPN") or (noun.i in pair.names and not of and word.dep_ != "amod"):
        return ""
    nouns = [one for one in pair.matches(noun) if one.pos_ in ("NOUN", "PROPN")]
    owners = [its for one in nouns if (its := _owners(one))]
    found = {one.i for one in pair.matches(word)}
    if (
        owners
        and not any(one.i in found for its in owners for one in its)
        and not _stand_close(nouns, pair.matches(word))
    ):
        return f"the passage says it of {owners[0][0].text} and not of {word.text}"
    # Or it only ever stands before something else.
    spelled = [one for one in pair.matches(word) if one.lower_ == word.lower_] or pair.matches(word)
    before = [one for one in spelled if one.dep_ in ("amod", "compound", "nmod") and one.head.pos_ in ("NOUN", "PROPN")]
    if (
        not of
        and nouns
        and before
        and len(before) == len(spelled)
        and not any(one.head in nouns or pair.is_party(noun, one.head) for one in before)
    ):
        return f"the passage says “{word.text}” of something else"
    return ""


def _stand_close(nouns: list[Token], names: list[Token]) -> bool:
    return any(0 <= abs(noun.i - name.i) <= TOGETHER for noun in nouns for name in names)


def _owners(noun: Token) -> list[Token]:
    top = _phrase_top(noun)
    found = [one for one in noun.children if one.dep_ in ("compound", "amod", "nmod", "poss") and is_name(one)]
    if noun.dep_ == "compound":
        found += [
            one for one in top.children if one.dep_ in ("compound", "nmod", "poss") and is_name(one) and one.i < noun.i
        ]
    for one in {top, noun}:
        found += [
            pobj for prep in one.children if prep.lower_ in ("of", "for") for pobj in prep.children if is_name(pobj)
        ]
    return [one for one in found if one.ent_type_ in ("NORP", "GPE", "ORG") or not wordnet.is_known(one.lower_)]


def _is_kind(word: Token, other: Token) -> bool:
    left, right = word.lemma_.lower(), other.lemma_.lower()
    return wordnet.same(left, right) or wordnet.is_broader(left, right) or wordnet.is_broader(right, left)


def _place(pair: Pair, word: Token) -> str:
    """A place belongs to the same deed, by the same preposition."""
    if word.dep_ != "pobj" or word.i not in pair.names or word.head.lower_ not in _PLACES:
        return ""
    prep = word.head.lower_
    above = _governing(word)
    if above.lemma_ == "be":
        subject = next((one for one in above.children if one.dep_ == "nsubj" and one.i in pair.names), None)
        if subject is not None and not _are_in_one_sentence(pair, subject, word):
            return f"the passage does not say “{prep} {word.text}” of {subject.text}"
        return ""
    for head in pair.near(above):
        if reason := _elsewhere(pair, word, prep, [head]):
            return reason
    direct = word.head.head
    return _elsewhere(pair, word, prep, pair.matches(direct)) if direct != above and direct.pos_ == "NOUN" else ""


def _elsewhere(pair: Pair, word: Token, prep: str, heads: list[Token]) -> str:
    its = [one for head in heads for one in _pobjs(head, prep) if any(is_name(token) for token in members(one))]
    here = {token.i for one in its for token in one.subtree}
    if its and not any(found.i in here for found in pair.matches(word)):
        return f"the passage says “{prep} {_phrase(its[0])}” and not “{prep} {word.text}”"
    return ""


def _are_in_one_sentence(pair: Pair, one: Token, other: Token) -> bool:
    """Say whether two words stand in a sentence of the passage, or one speaks of the first by a pronoun."""
    first = {pair.sentence_of(found) for found in pair.matches(one)}
    for at in {pair.sentence_of(found) for found in pair.matches(other)}:
        pronoun = any(token.lower_ in _PERSONS for token in pair.sentences[at])
        if at in first or (pronoun and at - 1 in first):
            return True
    return False


def _governing(word: Token) -> Token:
    """Return the verb that a place belongs to, or where there is none that says something, the noun."""
    above = word.head.head
    verb = above if above.pos_ == "VERB" else _verb_of(above)
    return verb if verb is not None and verb.lemma_ not in EMPTY else above


def _pobjs(head: Token, prep: str) -> list[Token]:
    """Return what stands behind a preposition anywhere under a word, though not under another verb."""
    found = []
    for one in head.subtree:
        if (
            one.lower_ == prep
            and one.dep_ == "prep"
            and (one.head == head or _verb_of(one) == head or one.head in head.subtree)
        ):
            if head.pos_ == "VERB" and one.head != head and _verb_of(one) != head:
                continue
            found += [child for child in one.children if child.dep_ == "pobj"]
    return found


def comparisons(pair: Pair) -> str:
    """What is compared with something there is compared with the same."""
    for marker in _COMPARING:
        mine, its = (_compared(doc, marker) for doc in (pair.claim, pair.passage))
        for words in mine:
            if its and not any(found in other for word in words for found in pair.matches(word) for other in its):
                return f"the passage does not say “{marker} {words[0].text}”"
    return ""


def _compared(doc: Doc, marker: str) -> list[list[Token]]:
    """Return the words that carry meaning right behind each of a marker's places, up to `REACH` of them."""
    first, *rest = marker.split()
    found = []
    for token in doc:
        if token.lower_ == first and [one.lower_ for one in doc[token.i + 1 : token.i + 1 + len(rest)]] == rest:
            behind = doc[token.i + 1 + len(rest) : token.i + 1 + len(rest) + REACH]
            words = [one for one in behind if one.pos_ in ("NOUN", "PROPN") and one.sent == token.sent]
            # "more than 500" compares nothing.
            if words and not behind[0].like_num:
                found.append(words)
    return found


def prepositions(pair: Pair) -> str:
    """What is for something there is not against it, what comes before it not after."""
    for prep in pair.claim:
        if prep.dep_ not in ("prep", "mark") or prep.i in pair.quoted:
            continue
        for head in pair.near(prep.head):
            its = {one.lower_ for one in head.children if one.dep_ in ("prep", "mark")}
            if prep.lower_ not in its and any(frozenset((prep.lower_, one)) in _AGAINST for one in its):
                return f"the passage does not say “{prep.text}”"
    return ""


# Deeds


def _is_swapped(
    pair: Pair, doer: Token | None, done: Token | None, its_doer: Token | None, its_done: Token | None
) -> bool:
    if its_doer is None or its_done is None:
        return False
    if doer is not None and pair.is_party(doer, its_done) and not pair.is_party(doer, its_doer):
        return True
    return done is not None and pair.is_party(done, its_doer) and not pair.is_party(done, its_done)


def _is_other_party(pair: Pair, one: Token, its: Token | None) -> bool:
    """Say whether the passage has somebody else there; what a pronoun stands for is not known."""
    if its is None or one.pos_ == "PRON":
        return False
    antecedents = pair.antecedents(its)
    if antecedents is not None:
        may, cannot = antecedents
        named = {found.i for name in members(one) if name.i in pair.names for found in pair.matches(name)}
        return bool(named) and named.isdisjoint(may) and (bool(may) or not named.isdisjoint(cannot))
    if its.pos_ not in ("NOUN", "PROPN", "NUM"):
        return False
    if not any(token.i in pair.names or pair.matches(token) for token in members(one)):
        return False
    if any(child.dep_ == "nummod" for child in one.children):
        return False  # "rejected by 27 votes"; whom a number counts is held against the passage by the number
    return not pair.is_party(one, its)


def _is_other_name(pair: Pair, one: Token, its: Token | None) -> bool:
    """The same where both are named; a thing can be called in many ways."""
    if its is None or not any(token.i in pair.names for token in members(one)):
        return False
    return any(is_name(token) for token in members(its)) and _is_other_party(pair, one, its)


def _sharing(pair: Pair, word: Token) -> list[Token]:
    """Return the words of the passage that mean what one of the claim does, and have most of the claim about them."""
    found = pair.matches(word)
    if word.pos_ != "VERB":
        return pair.near(word)
    return _most(pair, word, [one for one in found if one.pos_ == "VERB"] or found)


def _most(pair: Pair, word: Token, found: list[Token]) -> list[Token]:
    """Return those deeds that have most of the claim about them."""
    if len(found) < 2:
        return found
    counts = [_common(pair, word, other) for other in found]
    most = max(counts)
    return [other for other, count in zip(found, counts, strict=True) if count == most]


def _common(pair: Pair, verb: Token, other: Token) -> int:
    """Return how many words of the claim a deed of the passage has about it."""
    around = _about(other)
    return sum(any(found.i in around for found in pair.matches(word)) for word in pair.words if word != verb)


def _about(deed: Token) -> set[int]:
    around = {token.i for token in (deed.sent if deed.pos_ == "NOUN" else deed.subtree)} - {deed.i}
    around |= {token.i for part in parts(deed) if part is not None for token in members(part)}
    if deed.dep_ in ("acl", "relcl"):
        around |= {token.i for token in deed.head.subtree}
    return around


def _limited(token: Token) -> Token | None:
    """Return what an "all" or "every" is said of: all of the troops, all troops."""
    of = [pobj for prep in token.children if prep.lower_ == "of" for pobj in prep.children if pobj.dep_ == "pobj"]
    if of:
        return of[0]
    return token.head if token.dep_ in ("det", "predet", "amod") else None


def _limits(pair: Pair, token: Token, of: Token) -> bool:
    its = _limited(token)
    return its is None or its.pos_ == "PRON" or its in pair.matches(of)


def _shares(pair: Pair, verb: Token, other: Token, but: Token | None = None) -> bool:
    """Say whether two deeds have more in common than their verb, and one phrase; true where there is no more."""
    around = _about(other)
    aside = {token.i for token in but.subtree} if but is not None else set()
    rest = [word for word in pair.words if word in verb.subtree and word.i != verb.i and word.i not in aside]
    return not rest or any(found.i in around for word in rest for found in pair.matches(word))


def _is_called_by(pair: Pair, name: Token) -> bool:
    """Say whether a name that stands elsewhere may be meant by a pronoun, or a word like "the airline", of the span."""
    first, last = pair.span
    if not any(pair.sentence_of(found) <= last for found in pair.matches(name)):
        return False
    span = [one for at in range(first, last + 1) for one in pair.sentences[at]]
    earliest = min(found.i for found in pair.matches(name))
    if any(one.lower_ in _PERSONS and one.i > earliest for one in span):
        return True
    beside = {one.lower_ for found in pair.matches(name) for one in members(_phrase_top(found)) if one.pos_ == "NOUN"}
    return any(one.lower_ in beside for one in span) or name.dep_ not in ("nsubj", "nsubjpass", "dobj", "pobj")


def _phrase(token: Token) -> str:
    return " ".join(one.text for one in sorted(members(token), key=lambda one: one.i))


def _who_says(pair: Pair, content: Iterable[Token], aside: set[int], verb: Token) -> list[Token]:
    """Return who says in the passage what these words of the claim say; empty where that is not told."""
    found = [(one, 2 if word.pos_ == "VERB" else 1) for word in content for one in pair.matches(word)]
    for number in pair.claim_numbers:
        if number.token not in aside:
            found += [(pair.passage[one.token], 1) for one in pair.numbers if one.value == number.value]
    if verb.lemma_ not in ("say", "tell"):
        found += [(one, 2) for one in pair.matches(verb)]
    for match in _QUOTED.finditer(pair.claim.text):
        found += [(one, 5) for one in _quoted_there(pair, match[1])]
    counts: dict[int, int] = {}
    for at, weight in {(pair.sentence_of(one), (one.lemma_, weight)) for one, weight in found}:
        counts[at] = counts.get(at, 0) + weight[1]
    if not counts:
        return []
    most = max(counts.values())
    told: list[Token] = []
    for at in (at for at, count in counts.items() if count == most):
        heaviest = max(weight for one, weight in found if pair.sentence_of(one) == at)
        words = [one for one, weight in found if weight == heaviest and pair.sentence_of(one) == at]
        told += _speakers(pair, at, words) or _speakers_around(pair, words)
    return [] if any(one.pos_ == "PRON" for one in told) else told


def _quoted_there(pair: Pair, quoted: str) -> list[Token]:
    """Return the first words of a quotation where it stands in the passage."""
    first = _flat(quoted).split()[:1]
    return [
        token for sentence in pair.sentences if _flat(quoted) in _flat(sentence.text)
        for token in sentence if _flat(token.text).split() == first
    ]  # fmt: skip


def _speakers(pair: Pair, at: int, words: list[Token]) -> list[Token]:
    """Return who says these words of a sentence: whoever speaks right above them, or else anybody in it."""
    verbs = [one for one in pair.sentences[at] if one.lemma_ in SPEECH and one.pos_ == "VERB"]
    above = {verb.i for word in words for verb in [_speech_above(word)] if verb is not None}
    told = [doer for verb in verbs if not above or verb.i in above if (doer := parts(verb)[0]) is not None]
    told = [one for one in told if one.lower_ not in _OWN_VOICE]
    for one in pair.sentences[at]:
        if one.lower_ == "according":
            told += [pobj for prep in one.children for pobj in prep.children if pobj.dep_ == "pobj"]
    return told


def _speakers_around(pair: Pair, words: list[Token]) -> list[Token]:
    """Return who speaks right before or behind the quotation that these words stand in."""
    for match in _QUOTATION.finditer(pair.passage.text):
        if not any(match.start() <= word.idx < match.end() for word in words):
            continue
        beside = {
            min(abs(one.idx - match.end()), abs(match.start() - one.idx)): doer
            for one in pair.passage
            if one.lemma_ in SPEECH and one.pos_ == "VERB" and not match.start() <= one.idx < match.end()
            if (doer := parts(one)[0]) is not None
        }
        return [beside[min(beside)]] if beside and min(beside) <= NEAR_QUOTE else []
    return []


def _speech_above(word: Token) -> Token | None:
    return next((one for one in (word, *word.ancestors) if one.lemma_ in SPEECH and one.pos_ == "VERB"), None)


def _flat(text: str) -> str:
    """Return a text for comparing word by word: without marks, accents and capitals."""
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text))
    return f" {' '.join(_SMALL.split(''.join(c for c in plain if not unicodedata.combining(c)).lower())).strip()} "


Check = Callable[[Pair], str]
ABSENCES: tuple[Check, ...] = (
    quotations,
    numbers,
    clock_times,
    days,
    names,
    sureness,
    coverage,
    deeds_in_other_words,
    attested,
)
"""What is not in the passage, in the order in which it is worth telling."""
CONTRADICTIONS: tuple[Check, ...] = (
    other_numbers,
    opposites,
    deeds,
    speakers,
    negations,
    hedges,
    arguments,
    prepositions,
    comparisons,
)
"""What the passage has otherwise."""
