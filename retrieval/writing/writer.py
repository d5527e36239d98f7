"""An answer in a language model's own words: every sentence verified, and bound to the words that bear it out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retrieval.answer.citing import cite
from retrieval.corpus.dates import written
from retrieval.corpus.sentences import split_sentences
from retrieval.errors import ModelError
from retrieval.models import Answer, Article, Citation, Passage, Reference, Span
from retrieval.verification.verification import verify, without_marks
from retrieval.writing.prompts import PASSAGE, QUESTION, SILENT, SYSTEM

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

MODE = "llm"
PASSAGES = 5
"""How many of the best passages the model is given."""
MOST_SENTENCES = 6
MOST_CHARACTERS = 4_000
"""Of what a model writes; what comes after is not read."""

NOTHING_KEPT = "What the language model wrote is not borne out, and left out."

_FENCES = re.compile(r"<{3,}|>{3,}")
_MARKS_APART = re.compile(r"([.!?])\s*((?:\[\d{1,3}\]\s*)+)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that is borne out, and by which words."""

    text: str
    citation: Citation


def write(llm: LLM, answer: Answer, article: Callable[[str], Article]) -> Answer:
    """Return an answer in the model's words, made from the passages of an extractive one.

    That one itself is returned where the model finds no answer in them, or nothing that it wrote is borne out. Raises
    ModelError where the model fails.
    """
    passages = [hit.passage for hit in answer.hits[:PASSAGES]]
    if not passages:
        return answer
    articles = {one.article: article(one.article) for one in passages}
    said = _asked(llm, answer.understood or answer.question, passages, articles)
    if SILENT in said.upper():
        return answer
    kept, dropped = verified(said, passages, articles)
    if not kept:
        return replace(answer, degraded=" ".join(filter(None, (answer.degraded, NOTHING_KEPT))))
    numbers: dict[Span, int] = {}
    for one in kept:
        numbers.setdefault(Span(one.citation.start, one.citation.end), len(numbers) + 1)
    citations = {
        number: replace(one.citation, number=number)
        for one in kept
        for number in [numbers[Span(one.citation.start, one.citation.end)]]
    }
    text = " ".join(f"{one.text} [{numbers[Span(one.citation.start, one.citation.end)]}]" for one in kept)
    note = _left_out(dropped)
    return replace(answer, mode=MODE, text=f"{text} {note}".strip(), citations=tuple(citations.values()), note=note)


def verified(said: str, passages: Sequence[Passage], articles: dict[str, Article]) -> tuple[list[Sentence], int]:
    """Return the sentences of what a model said that the passages bear out, and how many they do not."""
    references = [Reference(one.text, articles[one.article].published) for one in passages]
    # A mark behind the stop belongs to the sentence before it.
    plain = _MARKS_APART.sub(lambda match: f" {match[2].strip()}{match[1]} ", said[:MOST_CHARACTERS])
    spans = split_sentences(plain, 0, len(plain))
    kept: list[Sentence] = []
    for span in spans[:MOST_SENTENCES]:
        found = verify(plain[span.start : span.end], references, strict=True)
        if found.supported:
            passage = passages[found.passage - 1]
            source = articles[passage.article]
            quoted = Span(passage.start + found.start, passage.start + found.end)
            text = " ".join(without_marks(plain[span.start : span.end])[0].split())
            kept.append(Sentence(text, cite(0, source, quoted)))
    return kept, len(spans) - len(kept)


def _asked(llm: LLM, question: str, passages: Sequence[Passage], articles: dict[str, Article]) -> str:
    shown = "\n\n".join(
        PASSAGE.format(number=number, place=_place(articles[one.article]), text=_FENCES.sub("", one.text))
        for number, one in enumerate(passages, start=1)
    )
    return chat(llm, SYSTEM, QUESTION.format(passages=shown, question=question))


def chat(llm: LLM, system: str, message: str) -> str:
    """Return what a model says to a message. Raises ModelError."""
    from llama_index.core.llms import ChatMessage, MessageRole

    messages = [
        ChatMessage(role=MessageRole.SYSTEM, content=system),
        ChatMessage(role=MessageRole.USER, content=message),
    ]
    try:
        return llm.chat(messages).message.content or ""
    except Exception as error:
        raise ModelError(f"The language model did not answer ({type(error).__name__}).") from error


def _place(article: Article) -> str:
    return ", ".join(filter(None, (article.publisher, written(article.published) if article.published else None)))


def _left_out(dropped: int) -> str:
    if not dropped:
        return ""
    noun = "sentence was" if dropped == 1 else "sentences were"
    return f"{dropped} {noun} left out that the articles do not bear out."
