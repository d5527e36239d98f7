"""An answer in a language model's own words: every sentence verified, and bound to the words that bear it out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from retrieval.answer.citing import cite
from retrieval.answer.phrases import POINTING, WH, listed, stems, words
from retrieval.corpus.dates import written
from retrieval.corpus.sentences import split_sentences
from retrieval.errors import ModelError, UnknownArticle
from retrieval.models import Answer, Article, Citation, Passage, Reference, Span, Statement, Verification
from retrieval.prompts import SILENT
from retrieval.verification.apart import strictly
from retrieval.verification.language import parsed
from retrieval.verification.verification import without_marks
from retrieval.writing.model import SAID_NOTHING, Cancel, Model, Said, never

MODE = "llm"
ASKING = listed(WH)
PASSAGES = 5
"""How many of the best passages the model is given."""
MOST_KEPT, MOST_SENTENCES = 4, 12
"""How many sentences are shown, and how many are read for that."""
MOST_CHARACTERS = 4_000
"""Of what a model writes; what comes after is not read."""
LOOK_AHEAD = 130
"""Characters behind a sentence that may tell whether it ends there."""
LOOK_EVERY = 20
"""Characters; a text that grows by a token at a time is not looked at for each."""

ELSEWHERE = "What the language model wrote is of something else, and left out."
OF_ELSE = "it is of something else"
NOTHING_KEPT = "What the language model wrote is not borne out, and left out."
CHANGED = "The articles have changed since the question was asked."

_FENCES = re.compile(r"[<>]{2,}")
_STOP = r"[.!?][\"”’')]*"
_MARKS_APART = re.compile(rf"({_STOP})\s*((?:\[\d{{1,3}}\]\s*)+)")
_WRAPPED_MARKS = re.compile(r"[\[(【]\s*((?:\[\d{1,3}\]\s*[,;/&]?\s*)+)[\])】]")
_JOINED_MARKS = re.compile(r"[\[【](?:[Pp]assages?\s*)?(\d{1,3}(?:\s*(?:,|;|/|and|&)\s*\d{1,3})*)[\]】]")
_BETWEEN_MARKS = re.compile(r"(?<=\])\s*(?:[,;/&]|and)\s*(?=\[\d{1,3}\])")
_BULLET = re.compile(r"^[ \t]*(?:\d{1,2}[.)]|[-*•])[ \t]+", re.MULTILINE)
_WHOLE = re.compile(rf"{_STOP}\Z")
_STRANGE = re.compile(r"://|@|[<>{}|\\]|\bwww\.|\b[\w-]{2,}\.[a-z]{2,}\b(?!\.\s)")
"""What no sentence of news has, and what could lead or ping."""
_POINTING = listed(POINTING)
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})

Articles = Callable[[str], Article]
"""Gives an article by its exact id."""
Verify = Callable[[str, Sequence[Reference], str], Verification]
"""Holds a sentence against references, with a text in which things may be named too."""


def write(
    model: Model,
    answer: Answer,
    article: Articles,
    told: Callable[[Answer], None] | None = None,
    cancel: Cancel = never,
    verify: Verify = strictly,
) -> Answer:
    """Return an answer in the model's words, made from the passages of an extractive one.

    `told` is given it as it grows, each time that a sentence is borne out; `verify` holds each against the passages.
    Quotes of the extractive answer that the model did not use are cited at the end. That answer itself is
    returned where the model finds none in the passages, or nothing that it wrote is borne out. Raises ModelError where
    the model fails, and Cancelled.
    """
    passages = [hit.passage for hit in answer.hits[:PASSAGES]]
    if not passages:
        return answer
    try:
        draft = _Draft(answer, passages, {one.article: article(one.article) for one in passages}, verify)
    except UnknownArticle as error:
        raise ModelError(CHANGED) from error
    system = model.settings.prompts.answer_system.format(silent=SILENT)
    with closing(model.stream(system, draft.asked(model), cancel)) as said:
        for sentence in sentences(said):
            if SILENT in sentence.upper():
                return answer
            if draft.take(sentence) and told is not None and (shown := draft.shown(finished=False)).is_written:
                told(shown)
            kept = sum(one.citation is not None for one in draft.statements)
            if kept == MOST_KEPT or len(draft.statements) == MOST_SENTENCES:
                break
    return draft.shown(finished=True)


def sentences(growing: Iterable[Said]) -> Iterator[str]:
    """Yield each sentence of what a model says once it is whole, with its citations inside.

    They are those into which the whole text would be split. One that was cut off by the limit of tokens is none.
    """
    at = thoughts = looked = 0
    said = Said()
    for said in growing:
        if len(said.text) < looked + LOOK_EVERY:
            continue
        looked = len(said.text)
        plain, thought, is_long = _spoken(said.text)
        if thought != thoughts:
            at, thoughts = 0, thought
        for span in split_sentences(plain, at):
            if span.end + LOOK_AHEAD > len(plain):
                break
            yield plain[span.start : span.end]
            at = span.end
        if is_long:
            break
    plain, thought, is_long = _spoken(said.text)
    for span in split_sentences(plain, at if thought == thoughts else 0):
        sentence = plain[span.start : span.end]
        if not (said.is_cut or is_long) or _WHOLE.search(sentence):
            yield sentence


def _spoken(text: str) -> tuple[str, int, bool]:
    """Return what a model says of what it also thinks, in our form, how many thoughts it has ended, and whether the
    text is longer than what is read."""
    spoken = text.rpartition("</think>")[2].partition("<think>")[0]
    return _in_our_form(spoken[:MOST_CHARACTERS]), text.count("</think>"), len(spoken) > MOST_CHARACTERS


def _in_our_form(text: str) -> str:
    """Return a text with its citations as [1][2], before the stop of their sentence, and without bullets."""
    text = _JOINED_MARKS.sub(lambda match: "".join(f"[{one}]" for one in re.findall(r"\d+", match[1])), text)
    text = _BULLET.sub("", _BETWEEN_MARKS.sub("", _WRAPPED_MARKS.sub(r"\1", text)))
    # A mark behind the stop belongs to the sentence before it.
    return _MARKS_APART.sub(lambda match: f" {match[2].strip()}{match[1]} ", text)


def fenced(text: str) -> str:
    """Return a text as it is put between fences, which it cannot write itself."""
    return _FENCES.sub(" ", text)


class _Draft:
    """What a model wrote so far, held against the passages that it was given."""

    def __init__(
        self, extractive: Answer, passages: Sequence[Passage], articles: dict[str, Article], verify: Verify
    ) -> None:
        self.verify = verify
        self.extractive = extractive
        self.passages = passages
        self.articles = articles
        if any(articles[one.article].text[one.start : one.end] != one.text for one in passages):
            raise ModelError(CHANGED)
        self.references = [Reference(one.text, articles[one.article].published) for one in passages]
        self.told = "\n\n".join(one.text for one in passages)
        self.statements: list[Statement] = []
        self.citations: list[Citation] = []

    def asked(self, model: Model) -> str:
        """Return what the model is asked: the passages, and the question."""
        prompts = model.settings.prompts
        shown = "\n\n".join(
            prompts.passage.format(
                number=number, place=fenced(_place(self.articles[one.article])), text=fenced(one.text)
            )
            for number, one in enumerate(self.passages, start=1)
        )
        return prompts.answer.format(passages=shown, question=self.extractive.understood or self.extractive.question)

    def take(self, sentence: str) -> bool:
        """Take a sentence up; say whether the passages bear it out."""
        plain, cited = without_marks(sentence)
        text = " ".join(plain.split())
        if not text:
            return False
        number, reason = None, self._unfit(text)
        if not reason:
            found = self.verify(sentence, self.references, self.told)
            reason = found.reason
            if found.supported:
                passage = self.passages[found.passage - 1]
                quoted = Span(passage.start + found.start, passage.start + found.end)
                if _is_unclear(text) and not self._goes_on(passage.article, quoted):
                    reason = "it is not clear of whom or what it speaks"
                else:
                    number = self._number(passage.article, quoted)
        self.statements.append(Statement(text, tuple(cited), number, reason))
        return number is not None

    def _unfit(self, text: str) -> str:
        """Return why a sentence is not shown, whatever the passages say; empty where it may be."""
        if _STRANGE.search(text) or any(unicodedata.category(one) in _HIDDEN for one in text):
            return "it has signs or addresses in it"
        return "it only repeats the question" if self._only_repeats(text) else ""

    def _goes_on(self, article: str, quoted: Span) -> bool:
        """Say whether a sentence stands in its article beside that of the sentence before it, which is shown too."""
        before = self.statements[-1].citation if self.statements else None
        if before is None:
            return False
        last = self.citations[before - 1]
        beside = -1 <= quoted.start - last.end <= 2
        return last.article == article and (beside or last.start <= quoted.start <= quoted.end <= last.end)

    def _only_repeats(self, text: str) -> bool:
        """Say whether a sentence has nothing that the question had not, where that is no answer to it."""
        asked = self.extractive.understood or self.extractive.question
        return not ASKING.isdisjoint(words(asked)) and stems(text) <= stems(asked)

    def _number(self, article: str, quoted: Span) -> int:
        """Return the number of the citation of these words, a new one where there is none."""
        for one in self.citations:
            if (one.article, one.start, one.end) == (article, quoted.start, quoted.end):
                return one.number
        self.citations.append(cite(len(self.citations) + 1, self.articles[article], quoted))
        return len(self.citations)

    def _answers(self) -> bool:
        """Say whether anything that was kept rests on words that answer the question without a model too.

        A sentence may be borne out, and yet be of something else.
        """
        return any(_overlap(one, other) for one in self.citations for other in self.extractive.citations)

    def shown(self, *, finished: bool) -> Answer:
        """Return the answer as it stands."""
        extractive, kept = self.extractive, [one for one in self.statements if one.citation is not None]
        if not self._answers():
            note = ELSEWHERE if kept else NOTHING_KEPT if self.statements else SAID_NOTHING
            left = [replace(one, citation=None, reason=one.reason or OF_ELSE) for one in self.statements]
            return replace(extractive.lacking(note), statements=tuple(left))
        text, citations = " ".join(f"{one.text} [{one.citation}]" for one in kept), [*self.citations]
        if finished:
            for one in extractive.citations:
                if not any(_overlap(one, other) for other in self.citations):
                    citations.append(replace(one, number=len(citations) + 1))
            if also := citations[len(self.citations) :]:
                text += f" See also {' '.join(f'[{one.number}]' for one in also)}."
        return replace(
            extractive,
            mode=MODE,
            text=f"{text} {extractive.note}".strip(),
            citations=tuple(citations),
            statements=tuple(self.statements),
        )


def _overlap(one: Citation, other: Citation) -> bool:
    return one.article == other.article and one.start < other.end and other.start < one.end


def _place(article: Article) -> str:
    return ", ".join(filter(None, (article.publisher, written(article.published) if article.published else None)))


def _is_unclear(text: str) -> bool:
    """Say whether a sentence speaks of something by a pronoun before it names what that may be.

    What is done to “them” is done to another than who does it, so that two things are to be named before it.
    """
    named = 0
    for token in parsed(text):
        if token.lower_ in _POINTING and token.pos_ == "PRON" and named < (2 if token.dep_ in ("dobj", "pobj") else 1):
            return True
        named += token.pos_ in ("NOUN", "PROPN") and token.ent_type_ not in ("DATE", "TIME")
    return False
