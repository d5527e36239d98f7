"""Right passages, right quotes, right verdicts and speed, on questions about the news.

    uv run python -m benchmarks.news news_dev.json.gz [--data FOLDER] [--fold 0|1] [--articles N] [--json]

DATA holds {"articles": [{id, title, published, text}], "questions": [{id, question, answer, asked, support: [article
ids]}]}. A passage is right where it is of a supporting article and holds the answer's words; a question is asked as if
on the day that its `asked` names. The index is kept in FOLDER, so that a
second run embeds nothing. What is chosen on one fold of the questions is to be measured on the other.

Verdicts are measured on two further indexes, of one half of the articles each: what only the other half's articles
answer has no answer there. Every number stands with its 95 % bootstrap interval over the questions.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.data import Entry, asked_on, cache_folder, holds, load_part, settings_for, write_corpus
from benchmarks.measures import Estimate, Found, estimate, percentile, retrieval_measures, share, table
from retrieval.config import Settings
from retrieval.corpus.sentences import split_sentences
from retrieval.index.lexicon import terms
from retrieval.library import TOP_K, Library
from retrieval.models import Answer, SearchHit, Verdict

ALL_CANDIDATES = 100
"""What the dense and the lexical list bring together at most."""
QUOTE_LIMITS = (3, 2, 60)
"""Quotes an answer, sentences a quote, words a quote."""
SPEAKS_OF_IT = 0.5
"""Share of a question's words. Where an article of the half that should not answer has so many of them and the answer
as well, the question is left out: it may have an answer there after all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what came of it. Times in milliseconds."""

    question: Entry
    candidates: list[SearchHit]
    answer: Answer
    search_ms: float
    ask_ms: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A question asked of a half of the articles that answers it, or does not, and the verdict on it."""

    answerable: bool
    verdict: Verdict
    right: bool
    """Whether a quote holds the answer."""


def main() -> None:
    """Index, ask, and print."""
    parser = argparse.ArgumentParser(description="Quality and speed on questions about the news.")
    parser.add_argument("file", type=Path, metavar="DATA", help="articles and questions as JSON, gzipped or not")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="where the indexes are kept")
    parser.add_argument("--fold", type=int, choices=(0, 1), help="only this half of the questions")
    parser.add_argument("--articles", type=int, metavar="N", help="only the first N articles")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()

    articles, questions = load_part(given.file, given.articles)
    folder = given.data or cache_folder("news")
    # By all questions, so that both folds see the same halves.
    halves = divide(articles, questions)
    if given.fold is not None:
        questions = [question for question in questions if fold_of(question) == given.fold]

    whole = prepared(folder, "all", articles)
    with Library(whole) as library:
        version = library.version
        assert version is not None
        asked = ask_all(library, questions)
    judged = [
        one
        for number, half in enumerate(halves)
        for one in judge_half(prepared(folder, f"half-{number}", half, copy_of=whole), half, questions)
    ]
    retrieval = {
        "dense only": retrieval_measures(questions, [_ranked(one, lambda hit: hit.dense_rank) for one in asked]),
        "lexical only": retrieval_measures(questions, [_ranked(one, lambda hit: hit.lexical_rank) for one in asked]),
        "fused": retrieval_measures(questions, [found(one.candidates) for one in asked]),
        "reranked": retrieval_measures(questions, [found(one.answer.hits) for one in asked]),
    }
    others = {"quotes": quote_measures(asked), "verdicts": verdict_measures(judged), "milliseconds": speed(asked)}
    if given.json:
        print(json.dumps(_as_json(articles, questions, version.passages, given.fold, {**retrieval, **others})))
        return
    fold = "" if given.fold is None else f", fold {given.fold}"
    print(f"{len(articles)} articles, {version.passages} passages, {len(questions)} questions{fold}\n")
    print(table(retrieval))
    answerable = sum(one.answerable for one in judged)
    notes = {"verdicts": f" ({answerable} answerable, {len(judged) - answerable} with their articles withheld)"}
    for name, measures in others.items():
        print(f"\n{table({name + notes.get(name, ''): measures})}")


def divide(articles: Sequence[Entry], questions: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Return two halves of the articles, such that no question is supported from both."""
    group = {article["id"]: article["id"] for article in articles}
    for question in questions:
        joined = {group[id] for id in question["support"] if id in group}
        for id, name in group.items():
            if name in joined:
                group[id] = min(joined)
    first = [article for article in articles if _half_of(group[article["id"]]) == 0]
    second = [article for article in articles if _half_of(group[article["id"]]) == 1]
    return first, second


def fold_of(question: Entry) -> int:
    """Return the half of the questions, 0 or 1, that a question belongs to."""
    return _half_of(question["id"])


def ask_all(library: Library, questions: Sequence[Entry]) -> list[Asked]:
    """Search and ask each question once; the first of them also beforehand, since what comes first is slower."""
    for question in questions[:3]:
        library.ask(question["question"])
    asked = []
    for question in questions:
        text, today = question["question"], asked_on(question)
        start = time.perf_counter()
        library.search(text, today=today)
        searched = time.perf_counter()
        answer = library.ask(text, today=today)
        answered = time.perf_counter()
        candidates = library.search(text, top_k=ALL_CANDIDATES, today=today)
        asked.append(Asked(question, candidates, answer, (searched - start) * 1000, (answered - searched) * 1000))
    return asked


def judge_half(settings: Settings, articles: Sequence[Entry], questions: Sequence[Entry]) -> list[Judged]:
    """Ask a half of the articles the questions that it answers, and those that it surely does not."""
    ids = {article["id"] for article in articles}
    judged = []
    with Library(settings) as library:
        for question in questions:
            answerable = bool(ids.intersection(question["support"]))
            if answerable or not any(_may_answer(article, question) for article in articles):
                answer = library.ask(question["question"], today=asked_on(question))
                judged.append(Judged(answerable, answer.verdict, quoted(question, answer, len(answer.citations))))
    return judged


def quote_measures(asked: Sequence[Asked]) -> dict[str, Estimate]:
    """Return how often the quotes hold the answer, and how long they are, whatever the verdict."""
    quoting = [one.answer for one in asked if one.answer.citations]
    return {
        "answer in the first quote": estimate([quoted(one.question, one.answer, 1) for one in asked]),
        "answer in all quotes": estimate([quoted(one.question, one.answer, QUOTE_LIMITS[0]) for one in asked]),
        "quotes an answer": estimate([len(answer.citations) for answer in quoting]),
        "words quoted an answer": estimate([sum(len(c.quote.split()) for c in answer.citations) for answer in quoting]),
        "within the limits": estimate([_within_limits(one.answer) for one in asked]),
    }


def verdict_measures(judged: Sequence[Judged]) -> dict[str, Estimate]:
    """Return precision and recall of answering and of refusing (`closest` and `not_found` both refuse)."""

    def rate(part: Callable[[Judged], bool], whole: Callable[[Judged], bool]) -> Estimate:
        return estimate([(whole(one) and part(one), whole(one)) for one in judged], share)

    def answered(one: Judged) -> bool:
        return one.verdict is Verdict.ANSWERED

    return {
        "answered: precision": rate(lambda one: one.answerable, answered),
        "answered: recall": rate(answered, lambda one: one.answerable),
        "refused: precision": rate(lambda one: not one.answerable, lambda one: not answered(one)),
        "refused: recall": rate(lambda one: not answered(one), lambda one: not one.answerable),
        "answered and a quote holds the answer": rate(lambda one: one.right, answered),
        "unanswerable, given as answered": rate(answered, lambda one: not one.answerable),
        "unanswerable, given as not found": rate(
            lambda one: one.verdict is Verdict.NOT_FOUND, lambda one: not one.answerable
        ),
    }


def speed(asked: Sequence[Asked]) -> dict[str, Estimate]:
    """Return the median and the 95th percentile of a search and of an answer, in milliseconds."""
    times = {"search": [one.search_ms for one in asked], "ask": [one.ask_ms for one in asked]}
    return {f"{name} p{q}": estimate(its, percentile(q)) for name, its in times.items() for q in (50, 95)}


def prepared(folder: Path, name: str, articles: Sequence[Entry], copy_of: Settings | None = None) -> Settings:
    """Return settings for an index of these articles, brought up to date.

    A new one begins as a copy of another, whose vectors it keeps.
    """
    root = folder / name
    write_corpus(articles, root / "corpus")
    settings = settings_for(root / "corpus", root / "data")
    # What the last version alone held is swept, as if it had never been there.
    settings = settings.model_copy(update={"data": settings.data.model_copy(update={"keep_versions": 1})})
    if copy_of is not None and not settings.data.path.exists():
        shutil.copytree(copy_of.data.path, settings.data.path)
    with Library(settings) as library:
        library.update()
    return settings


def _may_answer(article: Entry, question: Entry) -> bool:
    text = f"{article.get('title') or ''}\n{article['text']}"
    if not holds(text, [question["answer"]]):
        return False
    wanted = set(terms(question["question"]))
    return len(wanted.intersection(terms(text))) >= SPEAKS_OF_IT * len(wanted)


def _ranked(one: Asked, place: Callable[[SearchHit], int | None]) -> Found:
    """Return the candidates of one list in its order. As in the fused list, near-duplicates are left out."""
    brought = [(number, hit) for hit in one.candidates if (number := place(hit)) is not None]
    return found([hit for _, hit in sorted(brought, key=lambda pair: pair[0])])


def found(hits: Sequence[SearchHit]) -> Found:
    """Return what is looked at of hits, best first."""
    return [(hit.passage.article, hit.passage.text) for hit in hits[:TOP_K]]


def quoted(question: Entry, answer: Answer, first: int) -> bool:
    """Say whether one of the first quotes is of a supporting article and holds the answer."""
    return any(
        citation.article in question["support"] and holds(citation.quote, [question["answer"]])
        for citation in answer.citations[:first]
    )


def _within_limits(answer: Answer) -> bool:
    quotes, sentences, words = QUOTE_LIMITS
    return len(answer.citations) <= quotes and all(
        len(citation.quote.split()) <= words and len(split_sentences(citation.quote)) <= sentences
        for citation in answer.citations
    )


def _half_of(id: str) -> int:
    return int.from_bytes(hashlib.blake2b(id.encode("utf-8"), digest_size=8).digest()) % 2


def _as_json(
    articles: Sequence[Entry],
    questions: Sequence[Entry],
    passages: int,
    fold: int | None,
    measures: dict[str, dict[str, Estimate]],
) -> dict[str, object]:
    return {
        "articles": len(articles),
        "passages": passages,
        "questions": len(questions),
        "fold": fold,
        **{name: {key: asdict(value) for key, value in its.items()} for name, its in measures.items()},
    }


if __name__ == "__main__":
    main()
