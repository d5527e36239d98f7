"""An answer in a language model's own words: every sentence verified, and bound to the words that bear it out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import pairwise

from retrieval.answer.citing import cite
from retrieval.answer.phrases import WH, listed, stems, words
from retrieval.corpus.dates import written
from retrieval.corpus.sentences import split_sentences
from retrieval.models import Answer, Article, Citation, Passage, Reference, Span, Statement
from retrieval.prompts import SILENT
from retrieval.verification.verification import verify, without_marks
from retrieval.writing.model import Cancel, Model, Said, never

MODE = "llm"
ASKING = listed(WH)
PASSAGES = 5
"""How many of the best passages the model is given."""
MOST_SENTENCES = 4
MOST_CHARACTERS = 4_000
"""Of what a model writes; what comes after is not read."""

NOTHING_KEPT = "What the language model wrote is not borne out, and left out."

_FENCES = re.compile(r"<{3,}|>{3,}")
_MARKS_APART = re.compile(r"([.!?])\s*((?:\[\d{1,3}\]\s*)+)")
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_END = re.compile(r"[.!?][\"”’')\]]*\Z")

Articles = Callable[[str], Article]
"""Gives an article by its exact id."""


def write(
    model: Model,
    answer: Answer,
    article: Articles,
    told: Callable[[Answer], None] | None = None,
    cancel: Cancel = never,
) -> Answer:
    """Return an answer in the model's words, made from the passages of an extractive one.

    `told` is given it as it grows, each time that a sentence is borne out. Quotes of the extractive answer that the
    model did not use are cited at the end. That answer itself is returned where the model finds none in the passages,
    or nothing that it wrote is borne out. Raises ModelError where the model fails, and Cancelled.
    """
    passages = [hit.passage for hit in answer.hits[:PASSAGES]]
    if not passages:
        return answer
    draft = _Draft(answer, passages, {one.article: article(one.article) for one in passages})
    system = model.settings.prompts.answer_system.format(silent=SILENT)
    with closing(model.stream(system, draft.asked(model), cancel)) as said:
        for sentence in sentences(said):
            if SILENT in sentence.upper():
                return answer
            if draft.take(sentence) and told is not None:
                told(draft.shown(finished=False))
            if len(draft.statements) == MOST_SENTENCES:
                break
    return draft.shown(finished=True)


def sentences(growing: Iterator[Said]) -> Iterator[str]:
    """Yield each sentence of what a model says once it is whole, with its citations inside.

    One that was cut off by the model's limit of tokens is none.
    """
    at, rest, is_cut = 0, "", False
    for said in growing:
        # A mark behind the stop belongs to the sentence before it.
        plain = _MARKS_APART.sub(
            lambda match: f" {match[2].strip()}{match[1]} ", _THOUGHT.sub("", said.text[:MOST_CHARACTERS])
        )
        rest, is_cut = plain[at:], said.is_cut or len(said.text) > MOST_CHARACTERS
        spans = split_sentences(rest)
        # The last may go on, and a mark that is half there belongs to the one before it.
        whole = [span for span, after in pairwise(spans) if rest[after.start] != "["]
        for span in whole:
            yield rest[span.start : span.end]
        at += whole[-1].end if whole else 0
        rest = plain[at:]
        if len(said.text) > MOST_CHARACTERS:
            break
    for span in split_sentences(rest):
        sentence = rest[span.start : span.end]
        if not is_cut or _END.search(sentence):
            yield sentence


class _Draft:
    """What a model wrote so far, held against the passages that it was given."""

    def __init__(self, extractive: Answer, passages: Sequence[Passage], articles: dict[str, Article]) -> None:
        self.extractive = extractive
        self.passages = passages
        self.articles = articles
        self.references = [Reference(one.text, articles[one.article].published) for one in passages]
        self.statements: list[Statement] = []
        self.citations: list[Citation] = []

    def asked(self, model: Model) -> str:
        """Return what the model is asked: the passages, and the question."""
        prompts = model.settings.prompts
        shown = "\n\n".join(
            prompts.passage.format(
                number=number, place=_place(self.articles[one.article]), text=_FENCES.sub("", one.text)
            )
            for number, one in enumerate(self.passages, start=1)
        )
        return prompts.answer.format(passages=shown, question=self.extractive.understood or self.extractive.question)

    def take(self, sentence: str) -> bool:
        """Take a sentence up; say whether the passages bear it out."""
        plain, cited = without_marks(sentence)
        text = " ".join(plain.split())
        found = verify(sentence, self.references, strict=True)
        number = None
        if found.supported and self._only_repeats(text):
            found = replace(found, supported=False, reason="it only repeats the question")
        if found.supported:
            passage = self.passages[found.passage - 1]
            number = self._number(passage.article, passage.start + found.start, passage.start + found.end)
        self.statements.append(Statement(text, tuple(cited), number, found.reason))
        return found.supported

    def _only_repeats(self, text: str) -> bool:
        """Say whether a sentence has nothing that the question had not, where that is no answer to it."""
        asked = self.extractive.understood or self.extractive.question
        return not ASKING.isdisjoint(words(asked)) and stems(text) <= stems(asked)

    def _number(self, article: str, start: int, end: int) -> int:
        """Return the number of the citation of these words, a new one where there is none."""
        for one in self.citations:
            if (one.article, one.start, one.end) == (article, start, end):
                return one.number
        self.citations.append(cite(len(self.citations) + 1, self.articles[article], Span(start, end)))
        return len(self.citations)

    def shown(self, *, finished: bool) -> Answer:
        """Return the answer as it stands."""
        extractive, kept = self.extractive, [one for one in self.statements if one.citation is not None]
        if not kept:
            degraded = " ".join(filter(None, (extractive.degraded, NOTHING_KEPT))) if self.statements else ""
            return replace(extractive, degraded=degraded or extractive.degraded, statements=tuple(self.statements))
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
