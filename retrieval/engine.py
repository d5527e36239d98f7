"""What answers questions from one version of the index: its vectors, its lexicon and its models, open."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from itertools import pairwise

from llama_index.core.base.embeddings.base import BaseEmbedding

from retrieval.answer import reader
from retrieval.answer.answering import Answerer, Asked, Signals
from retrieval.answer.coverage import Coverage, stems_of_days
from retrieval.answer.questions import parts
from retrieval.answer.timeline import Matter, timeline
from retrieval.config import Settings
from retrieval.corpus.asked_dates import AskedDate, counted_days, named_days
from retrieval.embedding.bundled import BundledEmbedding
from retrieval.embedding.minilm import common_words
from retrieval.embedding.providers import as_configured, cache_folder, open_model
from retrieval.errors import IndexDamaged, StorageDamaged
from retrieval.index.catalog import Catalog
from retrieval.index.glance import is_sealed
from retrieval.index.lexicon import Lexicon, terms
from retrieval.index.vectors import VectorStore
from retrieval.models import Answer, Article, Citation, Filters, Passage, SearchHit, Timeline, Timings, Version
from retrieval.search.dense import ServedVectors
from retrieval.search.hybrid import HybridRetriever, Nearest, Vector
from retrieval.search.spelling import Spelled, Speller
from retrieval.verification.differing import differing
from retrieval.weights import WEIGHTS, Weights

TOP_K = 20
PASSAGES_HELD = 6
"""Passages that a claim is held against."""
EVENT_PASSAGES = 8
"""How many passages say when the event was that a question counts days from."""
TIMELINE_PASSAGES, PASSAGES_OF_DAYS, NEWEST_ARTICLES = 60, 300, 50
"""What a timeline is read from: passages of its topic; without one, passages of its days, or the newest articles."""
YEARS_BACK, YEARS_AHEAD = 100, 10
"""How far is searched back from a timeline's end, and ahead of the newest article, where nobody says."""

_HAPPENED = re.compile(r"\b(?:what\s+(?:has\s+)?)?happen(?:s|ed|ing)?\b|\btimeline\s+of\b", re.IGNORECASE)
"""What people put before a topic; no article has to say it."""
_YEAR = re.compile(r"(?:1\d|20)\d\d")


@dataclass(frozen=True, slots=True)
class Models:
    """What is loaded once, and shared by the engines of all versions with that embedding model."""

    fingerprint: str
    embedding: BaseEmbedding
    reader: reader.Reader

    @classmethod
    def load(cls, settings: Settings, version: Version) -> Models:
        """Load what a version is asked with. Raises ModelError."""
        embedding = as_configured(settings.embedding, version.model, version.embedding)
        return cls(
            version.model,
            open_model(embedding),
            reader.load(cache_folder(settings.embedding), settings.embedding.threads),
        )


class Engine:
    """One version, open for questions; `users` counts those under way."""

    def __init__(
        self, settings: Settings, catalog: Catalog, version: Version, models: Models, *, sealed: bool = True
    ) -> None:
        """Open a version. `sealed` holds the vectors' files against what the last finished write left.

        Raises IndexDamaged where something derived from the catalog is not whole.
        """
        self.version = version
        self.models = models
        self.users = 0
        self.lexicon = Lexicon.open(settings.data.path, version.lexicon)
        if self.lexicon.size != version.passages:
            raise IndexDamaged("Passages are missing in the lexical index. Run `embassy-bot index`.")
        chroma, data = settings.chroma, settings.data.path
        self.served: ServedVectors | None = None
        vectors: Nearest
        with ExitStack() as stack:
            if chroma.is_embedded:
                if sealed and not is_sealed(catalog, data):
                    raise IndexDamaged("The vector index is not as it was written. Run `embassy-bot index`.")
                store = VectorStore.open(chroma, data, catalog.id)
                stack.callback(store.close)
                index = store.collection(version.model)
                if index.count() < version.passages:
                    raise IndexDamaged("Passages are missing in the vector index. Run `embassy-bot index`.")
                vectors = index
            else:
                vectors = self.served = ServedVectors(chroma, data, catalog.id, version)
                stack.callback(self.served.close)
            self.retriever = HybridRetriever(catalog, version, vectors, self.lexicon, models.embedding)
            stack.callback(self.retriever.close)
            self._opened = stack.pop_all()
        self.speller = Speller(self.lexicon, common_words())
        self._catalog = catalog
        self.article: Callable[[str], Article] = lru_cache(64)(lambda id: catalog.article(version.id, id))
        self.answerer = Answerer(self.lexicon, self.article)

    def search(
        self, query: str, top_k: int, filters: Filters | None = None, today: date | None = None
    ) -> list[SearchHit]:
        """Return up to `top_k` passages, best first; `today`, as in `answer`, is this very day by default."""
        spelled, vector = self.understood(query)
        today = today or date.today()
        return self.retriever.search(spelled.text, vector, top_k, filters, forms=spelled.variants, today=today)

    def signals(self, question: str) -> Signals:
        """Return what the verdict on a question rests on."""
        return self.answerer.read(self.found(*self.understood(question))).signals

    def understood(self, question: str) -> tuple[Spelled, Vector]:
        """Return a question in the corpus's spelling, and its unit vector.

        The bundled model embeds it meanwhile, and again where a word is put right; others may be paid by the request.
        """
        if not isinstance(self.models.embedding, BundledEmbedding):
            spelled = self.speller.spell(question)
            return spelled, self.retriever.embed(spelled.text)
        embedding = self.retriever.embedding(question)
        spelled = self.speller.spell(question)
        vector = embedding.result()
        return spelled, vector if spelled.text == question else self.retriever.embed(spelled.text)

    def found(
        self,
        spelled: Spelled,
        vector: Vector,
        filters: Filters | None = None,
        today: date | None = None,
        weights: Weights = WEIGHTS,
    ) -> Asked:
        """Return a question with the passages found for it; `today`, as in `answer`, is this very day by default."""

        def speaking_of(event: str) -> list[tuple[str, date | None]]:
            vector = self.retriever.embed(event)
            hits = self.retriever.search(event, vector, EVENT_PASSAGES, today=today, weights=weights)
            return [(hit.passage.text, self.article(hit.passage.article).published) for hit in hits]

        today = today or date.today()
        counted_from = self.lexicon.counting_day(today)
        counted = counted_days(spelled.text, counted_from, speaking_of)
        named = named_days(spelled.text, counted_from)
        hits = self.retriever.search(spelled.text, vector, TOP_K, filters, counted, spelled.variants, today, weights)
        similarity = partial(self.retriever.similarities, vector)
        searched = len(self._catalog.passage_keys(self.version.id, filters)) if filters else self.lexicon.size
        reader = partial(self.models.reader.scores, spelled.text)

        def likeness(word: str, texts: Sequence[str]) -> list[float]:
            return self.retriever.similarities(self.retriever.embed(word), texts)

        return Asked(spelled, hits, searched, similarity, reader, likeness, [*named, *counted], weights)

    def passages(self, text: str) -> list[Passage]:
        """Return the passages that come nearest to a text, best first."""
        hits = self.retriever.search(text, self.retriever.embed(text), PASSAGES_HELD)
        return [hit.passage for hit in hits]

    def answer(self, question: str, filters: Filters | None = None, today: date | None = None) -> Answer:
        """Answer a question with quotes, each held against its article. Raises StorageDamaged for one that is not.

        It is asked `today`, this very day by default, and the news of the weeks before is found sooner.
        """
        clock = [time.perf_counter()]
        understood = [self.understood(part) for part in parts(question)]
        clock.append(time.perf_counter())
        asked = [self.found(spelled, vector, filters, today) for spelled, vector in understood]
        clock.append(time.perf_counter())
        result = self.answerer.answer(question, asked)
        clock.append(time.perf_counter())
        self._check(result.citations)
        embed, search, answer = ((after - before) * 1000 for before, after in pairwise(clock))
        return replace(result, timings=Timings(embed, search, answer, total=embed + search + answer))

    def timeline(self, topic: str, first: date | None, last: date | None, limit: int) -> Timeline:
        """Return what happened when: with a topic the best lines of it, else the newest. Raises as `answer` does."""
        plain = _HAPPENED.sub(" ", topic).strip()
        # Where nothing is left, nothing was a topic.
        topic = "" if plain != topic and not terms(plain) else plain.rstrip("?")
        # "2019" alone may be anything.
        spelled = self.speller.spell(f"in {topic}" if _YEAR.fullmatch(topic) else topic)
        days = named_days(spelled.text, self.lexicon.counting_day())
        if len(days) == 1 and not (first or last) and stems_of_days(spelled, days).issuperset(terms(topic)):
            topic, first, last = "", days[0].first, days[0].last
        passages, matter = self._of_topic(spelled, days, first, last) if topic else (self._of_days(first, last), None)
        result = timeline(topic, passages, self.answerer.prepared, (first, last), matter, differing, limit)
        self._check(result.citations)
        return result

    def _of_topic(
        self, topic: Spelled, days: Sequence[AskedDate], first: date | None, last: date | None
    ) -> tuple[Iterable[Passage], Matter]:
        vector = self.retriever.embed(topic.text)
        within = [self._stretch(first, last)] if first or last else []
        hits = self.retriever.search(topic.text, vector, TIMELINE_PASSAGES, None, within, topic.variants)
        coverage = Coverage(topic, self.lexicon, days)
        return [hit.passage for hit in hits], Matter(coverage, partial(self.retriever.similarities, vector), days)

    def _of_days(self, first: date | None, last: date | None) -> Iterable[Passage]:
        if last is not None:
            found = self.lexicon.query("", PASSAGES_OF_DAYS, [self._stretch(first, last)])
            yield from self._catalog.passages(self.version.id, [key for key, _ in found]).values()
            return
        for article in self._catalog.newest(self.version.id, NEWEST_ARTICLES):
            keys = self._catalog.passage_keys(self.version.id, Filters(article=article))
            yield from self._catalog.passages(self.version.id, list(keys)).values()

    def _stretch(self, first: date | None, last: date | None) -> AskedDate:
        """Return the days of a timeline that are searched for."""
        latest = max(first or date.min, self.lexicon.newest or date.today())
        ahead = date(min(latest.year + YEARS_AHEAD, date.max.year), 12, 31)
        end = min(last or ahead, ahead)
        start = first or date(max(end.year - YEARS_BACK, date.min.year), 1, 1)
        return AskedDate(0, 0, start, end)

    def _check(self, citations: Iterable[Citation]) -> None:
        for citation in citations:
            if self.article(citation.article).text[citation.start : citation.end] != citation.quote:
                raise StorageDamaged(
                    f"A quote from {citation.article} does not stand in its text, so the answer is withheld. "
                    "Run `embassy-bot doctor`."
                )

    def close(self) -> None:
        """Let go of files and connections."""
        self._opened.close()
