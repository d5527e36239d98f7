"""A sentence beside a passage, both parsed: which words are the same, and who is who."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.fuzz import ratio

from retrieval.corpus.date_expressions import find_dates
from retrieval.index.lexicon import terms
from retrieval.search import wordnet
from retrieval.verification.corrections import corrected, is_denied
from retrieval.verification.language import CONTENT, parsed, words_of
from retrieval.verification.numbers import numbers
from retrieval.verification.syntax import members
from retrieval.verification.vocabulary import EMPTY, SAYING, SPEECH, TITLES

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

ALIKE = 82.0
"""How alike, of 100, two spellings of a name are."""
PARTY_DEPTH = 8
"""How many steps up a word may be by which a passage calls somebody again: the panda, the animal."""
SPAN_LEAST = 1
"""Words that a second sentence must add to stand in the quote too."""
SOME_DAY = date(2000, 6, 14)

QUOTED = re.compile(r"[“\"«]([^”\"»]{2,400})[”\"»]")


class Pair:
    """A claim and a passage. Words of the claim are its tokens, those of the passage likewise."""

    def __init__(self, claim: str, passage: str, published: date | None) -> None:
        self.claim = parsed(claim)
        self.passage = parsed(passage)
        self.published = published
        self.sentences = list(self.passage.sents)
        self._sentence = {token.i: at for at, one in enumerate(self.sentences) for token in one}
        self._said = [token for token in self.passage if not token.is_punct and not token.is_space]
        self.claim_numbers = numbers(self.claim)
        self.corrected = corrected(self.passage)
        self.all_numbers = numbers(self.passage)
        self.numbers = [
            one for one in self.all_numbers
            if one.token not in self.corrected and not is_denied(self.passage, one.token)
        ]  # fmt: skip
        self.numeric = {at for one in self.claim_numbers for at in range(one.token, one.end + 1)}
        self.dated = dated_tokens(self.claim)
        self._times = dated_tokens(self.passage)
        self.quoted = {
            token.i
            for match in QUOTED.finditer(self.claim.text)
            for token in self.claim
            if match.start() <= token.idx < match.end()
        }
        self.names = {token.i for token in self.claim if is_name(token)} - self.dated - self.numeric
        self.words = [one for one in words_of(self.claim) if one.i not in self.numeric and one.i not in self.dated]
        self._initials = [_initials(self.claim), _initials(self.passage)]
        self._matches: dict[int, list[Token]] = {}
        self.span = self._best_span()

    # Words

    def matches(self, token: Token) -> list[Token]:
        """Return the words of the passage that mean what one of the claim does."""
        if token.i not in self._matches:
            alike = [one for one in self._said if self.is_same_word(token, one)]
            if not alike or token.i in self.names:
                alike += [one for one in self._said if one not in alike and self._same(token, one)]
            self._matches[token.i] = alike
        return self._matches[token.i]

    def matches_any(self, other: Token) -> bool:
        """Say whether a word of the passage means what any of the claim does."""
        return any(other in self.matches(word) for word in self.claim if word.pos_ == other.pos_)

    def is_same_word(self, token: Token, other: Token) -> bool:
        """Say whether two words are forms of one."""
        return bool(token.lower_ == other.lower_ or _stem(token.lemma_) == _stem(other.lemma_))

    def _same(self, token: Token, other: Token) -> bool:
        if _title(token) == _title(other):
            return True
        if self._abbreviated(token, other):
            return True
        if other.i in self._times and token.i not in self.dated and token.i not in self.names:
            return False  # the sun is no Sunday
        if token.i in self.names:
            return _same_name(token.text, other.text)
        if token.lemma_ in SAYING and other.lemma_ in SAYING:
            return True
        one, another = token.lemma_.lower(), other.lemma_.lower()
        if other.pos_ not in CONTENT or another in EMPTY or "NUM" in (token.pos_, other.pos_):
            return False
        if min(len(wordnet.plain(one)), len(wordnet.plain(another))) < 2:
            return False  # an initial is no word
        depth = 1 if token.pos_ == "VERB" else wordnet.DEPTH
        return wordnet.same(one, another) or wordnet.is_broader(one, another, depth)

    def _abbreviated(self, token: Token, other: Token) -> bool:
        (mine, mine_long), (its, its_long) = self._initials
        short, long = mine.get(token.i), its_long.get(other.i)
        if short is not None and long is not None and short == long:
            return True
        short, long = its.get(other.i), mine_long.get(token.i)
        return short is not None and short == long

    def sentence_of(self, token: Token) -> int:
        """Return which sentence of the passage a word stands in."""
        return self._sentence[token.i]

    def near(self, token: Token) -> list[Token]:
        """Return the words that mean the same in the sentences that bear the claim out best."""
        first, last = self.span
        return [one for one in self.matches(token) if first <= self.sentence_of(one) <= last]

    def _best_span(self) -> tuple[int, int]:
        counts = [0.0] * len(self.sentences)
        wanted: list[tuple[set[int], float]] = []
        wanted += [
            ({self.sentence_of(one) for one in self.matches(word)}, 2.0 if word.i in self.names else 1.0)
            for word in self.words
        ]
        for number in self.claim_numbers:
            if number.token not in self.dated:
                places = {self._sentence[one.token] for one in self.numbers if one.value == number.value}
                wanted.append((places, 2.0))
        wanted += [
            ({self._sentence[one.i] for one in self._said if one.lower_ == token.lower_}, 1.0)
            for token in self.claim
            if token.i in self.dated and token.pos_ in ("NUM", "PROPN")
        ]
        for places, weight in wanted:
            for at in places:
                counts[at] += weight / len(places) ** 0.5
        first = max(range(len(counts)), key=lambda at: (counts[at], -at))
        gains = {
            other: sum(weight for places, weight in wanted if other in places and first not in places)
            for other in (first - 1, first + 1)
            if 0 <= other < len(counts)
        }
        other = max(gains, key=lambda at: gains[at], default=first)
        if gains.get(other, 0.0) >= SPAN_LEAST:
            return min(first, other), max(first, other)
        return first, first

    # Parties

    def is_party(self, one: Token, other: Token) -> bool:
        """Say whether a phrase of the claim and one of the passage may mean the same party."""
        mine, its = _own(one), _own(other)
        others = {token.i for token in its}
        names = [token for token in mine if token.i in self.names]
        if any(found.i in others for token in names for found in self.matches(token)):
            return True
        its_names = [token for token in its if is_name(token)]
        heads = self._called(one, other)
        if heads and not (names and its_names and self._are_apart(names, its_names)):
            return True
        if any(self._together(token, it) for token in mine for it in its if token.i != it.i):
            return True
        # "Kataeb Hezbollah, an Iraqi militia"
        return other.dep_ == "appos" and self.is_party(one, other.head)

    def antecedents(self, token: Token) -> tuple[set[int], set[int]] | None:
        """Return the names that a "he", or "the 29-year-old", may mean, and those that it does not; None for others.

        It may mean those before it in this sentence and the last; "the shooter" is not who speaks of him.
        """
        definite = any(one.lower_ == "the" for one in token.lefts) and token.dep_ in ("nsubj", "nsubjpass")
        person = token.pos_ == "NOUN" and self.is_person(token) and not any(is_name(one) for one in members(token))
        if token.lower_ not in ("he", "she") and not (definite and (person or token.lower_ == "old")):
            return None
        start = self.sentences[max(0, self.sentence_of(token) - 1)].start
        before = {one.i for one in self.passage[start : token.i] if one.ent_type_ == "PERSON"}
        if not definite:
            return before, set()
        verbs = [verb for verb in token.ancestors if verb.lemma_ in SPEECH]
        speakers = {
            one.i for verb in verbs for child in verb.children if child.dep_ == "nsubj" for one in child.subtree
        }
        return before - speakers, speakers

    def is_person(self, token: Token) -> bool:
        """Say whether a noun means somebody."""
        return wordnet.is_broader("person", token.lemma_.lower(), PARTY_DEPTH)

    def _called(self, one: Token, other: Token) -> bool:
        for mine in _heads(one):
            for its in _heads(other):
                left, right = mine.lemma_.lower(), its.lemma_.lower()
                if any(found.i == its.i and found.lemma_ == mine.lemma_ for found in self.matches(mine)):
                    return True
                alike = any(found.i == its.i for found in self.matches(mine)) or wordnet.is_broader(left, right)
                if alike and not self._is_told_apart(one, other):
                    return True
                # Only what stands bare, as "the animal", calls something again.
                if len(members(other)) == 1 and wordnet.is_broader(right, left, PARTY_DEPTH):
                    return True
        return False

    def _is_told_apart(self, one: Token, other: Token) -> bool:
        """Say whether what is said of a party more closely is said of somebody else: business groups, trade unions."""
        its = {token.i for token in members(other)}
        return any(
            found and not any(match.i in its for match in found)
            for found in (self.matches(word) for word in members(one) if word != one)
        )

    def _are_apart(self, names: list[Token], its: list[Token]) -> bool:
        there = {token.i for token in its}
        return not any(found.i in there for token in names for found in self.matches(token))

    def _together(self, token: Token, it: Token) -> bool:
        """Say whether a word of the claim stands elsewhere in the passage in one phrase with this name or noun."""
        if it.pos_ not in ("NOUN", "PROPN") or token.pos_ not in ("NOUN", "PROPN"):
            return False
        if it.lower_ not in self._alone:
            return False
        for found in self.matches(token):
            if found.pos_ == "ADJ" or found.dep_ == "npadvmod":
                continue  # an Iranian militia, or an Iran-backed one, is not Iran
            phrase = members(_top(found), narrow=True)
            if any(other.i != found.i and other.lower_ == it.lower_ for other in phrase):
                return True
        return False

    @cached_property
    def _alone(self) -> set[str]:
        """The words that stand with one name at most, as "mayor" where there is one: others tell nobody apart."""
        beside: dict[str, set[str]] = {}
        for token in self._said:
            if token.pos_ in ("NOUN", "PROPN"):
                phrase = members(_top(token), narrow=True)
                own = {one.lower_ for one in phrase if one.pos_ == "PROPN" and one.i != token.i}
                beside.setdefault(token.lower_, set())
                if own:
                    beside[token.lower_].add(max(own))
        return {word for word, others in beside.items() if len(others) <= 1}


def _title(token: Token) -> str:
    """Return a word in full where it is a title that is shortened: Gov. for governor."""
    plain = token.lower_.rstrip(".")
    return TITLES.get(plain, plain) if plain != token.lower_ else plain


def _own(token: Token) -> list[Token]:
    """Return the words of a phrase without its owner's: Ali's manager is not Ali."""
    owners = {one.i for child in token.children if child.dep_ == "poss" for one in child.subtree}
    return [one for one in members(token) if one.i not in owners]


def _heads(token: Token) -> list[Token]:
    """Return a phrase's noun, and what it is "of": a barrage of rockets is rockets."""
    found = [token]
    for prep in token.children:
        if prep.lower_ == "of":
            found += [one for one in prep.children if one.dep_ == "pobj"]
    return found


def _top(token: Token) -> Token:
    while token.dep_ in ("compound", "amod", "nmod", "appos", "nummod") and token.head != token:
        token = token.head
    return token


def is_name(token: Token) -> bool:
    """Say whether a word is a name, or part of one."""
    if not token.text[:1].isupper() or token.lower_ in EMPTY or not token.text[0].isalpha():
        return False
    if token.i == token.sent.start:
        return bool(token.pos_ == "PROPN")
    return token.pos_ in ("PROPN", "ADJ", "NOUN")


def dated_tokens(doc: Doc) -> set[int]:
    """Return the words of a text that say when."""
    return {token.i for one in find_dates(doc.text, SOME_DAY) for token in doc if one.start <= token.idx < one.end}


def _initials(doc: Doc) -> tuple[dict[int, str], dict[int, str]]:
    """Return the abbreviations of a text, by token, and the initials of the names of several words, by each word."""
    short = {
        token.i: letters
        for token in doc
        if 2 <= len(letters := token.text.replace(".", "")) <= 6 and letters.isalpha() and letters.isupper()
    }
    long: dict[int, str] = {}
    for run in _runs(doc):
        letters = "".join(token.text[0].upper() for token in run if token.text[0].isupper())
        long.update((token.i, letters) for token in run)
    return short, long


def _runs(doc: Doc) -> Iterator[list[Token]]:
    run: list[Token] = []
    for token in doc:
        if token.text[:1].isupper() and token.text.isalpha() and len(token.text) > 1 and token.lower_ != "the":
            run.append(token)
        elif not (run and token.lower_ in ("of", "the", "for", "and")):
            if len(run) > 1:
                yield run
            run = []
    if len(run) > 1:
        yield run


def _same_name(one: str, other: str) -> bool:
    left, right = _bare(one), _bare(other)
    if (left and left == right) or wordnet.same(one, other):
        return True
    if min(len(left), len(right)) < 5 or left[0] != right[0]:
        return False
    return ratio(left, right) >= ALIKE and DamerauLevenshtein.distance(left, right) <= 2


def _bare(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name)
    return re.sub(r"[^a-z0-9]", "", "".join(c for c in plain if not unicodedata.combining(c)).lower())


@lru_cache(8192)
def _stem(word: str) -> str:
    return " ".join(terms(word)) or word.lower()
