"""The library: articles in, cited answers out. The one face of the engine; everything is opened here and passed on.

    with Library(load_settings()) as library:
        library.update()
        answer = library.ask("How many troops are stationed in Iraq?")
        for citation in answer.citations:
            assert library.article(citation.article).text[citation.start : citation.end] == citation.quote

What needs only the catalog (`articles`, `article`) takes no lock and runs beside another process; what needs the
vectors owns the data folder until `close`, unless they are on a Chroma server.
"""

from __future__ import annotations

import difflib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from retrieval.config import Settings, moved_to
from retrieval.errors import (
    CorpusError,
    IndexDamaged,
    QuestionError,
    ServerFailed,
    StorageBusy,
    StorageDamaged,
    UnknownArticle,
)
from retrieval.index.catalog import Catalog, Version
from retrieval.index.failures import translated
from retrieval.index.glance import break_seal, is_sealed
from retrieval.index.locking import owning
from retrieval.models import (
    Answer,
    Article,
    ArticleSummary,
    Filters,
    IndexReport,
    MoveReport,
    Reporter,
    SearchHit,
    Timings,
    Turn,
)

if TYPE_CHECKING:
    from llama_index.core.base.base_retriever import BaseRetriever

    from retrieval.answer.about import Corpus
    from retrieval.answer.answering import Asked, Signals
    from retrieval.index.lexicon import Lexicon
    from retrieval.search.dense import ServedVectors
    from retrieval.search.hybrid import HybridRetriever, Vector
    from retrieval.search.spelling import Spelled

Result = TypeVar("Result")

MAX_QUESTION = 2_000
"""Characters. Longer texts are not questions, and would only be searched by their beginning."""
TOP_K = 20
WORDS_ALONE = "Found by words alone: the Chroma server does not answer."
OUTDATED_AT_MOST = 3
"""How often a question is asked again because another process changed the version under it."""
EVENT_PASSAGES = 8
"""How many passages say when the event was that a question counts days from."""


class Library:
    """One corpus and its index. A context manager; `command` names the process to others that meet its lock."""

    def __init__(self, settings: Settings, *, command: str = "library") -> None:
        self.settings = settings
        self._command = command
        self._stack = ExitStack()
        self._catalog: Catalog | None = None
        self._owned = False
        self._engine: _Engine | None = None
        self._overview: tuple[tuple[int, Filters | None], Corpus] | None = None
        self.degraded = ""
        """What the last search had to do without, in a sentence; empty where it had all."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the data folder and everything in it."""
        self._close_engine()
        self._overview = None
        self._catalog = None
        self._owned = False
        self._stack.close()

    # Indexing

    def update(self, report: Reporter | None = None) -> IndexReport:
        """Bring the index up to the corpus folder.

        Raises CorpusError, ModelError or StorageError; the index then answers as before.
        """
        # Its libraries are needed by no other command.
        from retrieval.index.indexing import IndexRun

        with self._owning():
            self._close_engine()
            return IndexRun(self.settings, self._writable(), report).run()

    def update_if_needed(self, report: Reporter | None = None) -> IndexReport | None:
        """Bring the index up to the corpus folder where that differs from what the last run saw.

        Looks at names, sizes and times only. Raises as `update` does.
        """
        from retrieval.index.indexing import folder_differs

        catalog = self._readable()
        with translated(self.settings.data.path):
            answers = catalog is not None and catalog.live() is not None
            if catalog is not None and answers and not folder_differs(self.settings, catalog):
                return None
        if answers and not self._vectors_answer():
            # A question does not wait for a server as an index run does.
            return None
        try:
            return self.update(report)
        except StorageBusy:
            if answers and not self.settings.chroma.is_embedded:
                # Whoever has the folder is indexing; what is live answers meanwhile.
                return None
            raise

    def move(self, to: str, *, url: str = "", keep: bool = False, report: Reporter | None = None) -> MoveReport:
        """Carry the vectors to another place, "embedded", "server" or "cloud", without embedding; empty the old one.

        `url` is a server's address where the settings do not name it. Until the settings name the new place, this
        library goes on with the old one. Raises ConfigError, StorageError.
        """
        from retrieval.index.moving import move

        chroma = self.settings.chroma
        target = moved_to(chroma, to, url if to == "server" else "")
        source = moved_to(chroma, "server", url) if url and to != "server" else None
        with self._owning():
            self._close_engine()
            catalog, _ = self._live()
            return move(self.settings, catalog, target, source=source, keep=keep, report=report)

    # Looking up

    @property
    def version(self) -> Version | None:
        """The version that answers questions, or None before the first index run."""
        catalog = self._readable()
        with translated(self.settings.data.path):
            return catalog.live() if catalog else None

    @property
    def has_indexed_this_corpus(self) -> bool:
        """Whether the last index run was over this corpus folder, and not another one with the same data folder."""
        catalog = self._readable()
        with translated(self.settings.data.path):
            header = catalog.meta("manifest") if catalog else None
        return header is not None and json.loads(header)[0] == str(self.settings.corpus.path)

    def articles(self) -> list[ArticleSummary]:
        """Return all articles, newest first."""
        catalog, version = self._live()
        with translated(self.settings.data.path):
            return catalog.summaries(version.id)

    def article(self, id: str) -> Article:
        """Return an article by its exact id. Raises UnknownArticle."""
        catalog, version = self._live()
        with translated(self.settings.data.path):
            return catalog.article(version.id, id)

    def find_article(self, name: str) -> Article:
        """Return the article that a person means: by id, the beginning of an id, or words of the title.

        Raises UnknownArticle, naming the nearest ids, where none or several are meant.
        """
        summaries = self.articles()
        wanted = name.strip().casefold()
        for matches in (
            [s.id for s in summaries if s.id == name],
            [s.id for s in summaries if wanted and s.id.casefold().startswith(wanted)],
            [s.id for s in summaries if wanted and (wanted in s.id.casefold() or wanted in s.title.casefold())],
        ):
            if len(matches) == 1:
                return self.article(matches[0])
            if matches:
                raise UnknownArticle(f"{name!r} may be any of {', '.join(matches[:5])}. Give more of its id.")
        ids = [s.id for s in summaries]
        close = difflib.get_close_matches(name, ids, n=3, cutoff=0.4) or ids[:3]
        raise UnknownArticle(f"There is no article {name!r}. Try {', '.join(close)}, or see `embassy-bot sources`.")

    def examples(self) -> tuple[str, ...]:
        """Return a few questions that can be asked, made from the newest articles."""
        with translated(self.settings.data.path):
            return self._corpus(None).examples

    # Searching and answering

    def search(self, query: str, *, top_k: int = TOP_K, filters: Filters | None = None) -> list[SearchHit]:
        """Return the passages that fit best, best first. Raises QuestionError for an empty or endless query."""
        query = checked_question(query)

        def found(engine: _Engine) -> list[SearchHit]:
            spelled = engine.speller.spell(query)
            vector = engine.retriever.embed(spelled.text)
            return engine.retriever.search(spelled.text, vector, top_k, filters, forms=spelled.variants)

        return self._using(found)

    def ask(self, question: str, *, filters: Filters | None = None, history: Sequence[Turn] = ()) -> Answer:
        """Answer a question with quotes, each checked against its article.

        With `history`, the turns before it from the oldest on, it may be a follow-up: "and when?". Raises
        QuestionError for an empty or endless question.
        """
        question = checked_question(question)
        self.degraded = ""
        answer = self._about(question, filters, history) or self._of_the_matter(question, filters, history)
        return replace(answer, degraded=self.degraded)

    def _of_the_matter(self, question: str, filters: Filters | None, history: Sequence[Turn]) -> Answer:
        from retrieval.answer.conversation import understand

        whole = understand(question, history)
        answer = self._using(lambda engine: self._answer(engine, whole.question, filters))
        return replace(answer, question=question, understood=whole.question) if whole.rewritten else answer

    def _about(self, question: str, filters: Filters | None, history: Sequence[Turn]) -> Answer | None:
        """Answer what is asked about the articles themselves, or nothing at all, without opening the engine for it."""
        from retrieval.answer.about import about

        began = time.perf_counter()
        with translated(self.settings.data.path):
            answer = about(question, self._corpus(filters), history[-1].quotes if history else ())
            catalog, version = self._live()
            for id in {citation.article for citation in answer.citations} if answer else ():
                # Reading the passages holds the article's text against what was indexed.
                catalog.passages(version.id, list(catalog.passage_keys(version.id, Filters(article=id))))
        taken = (time.perf_counter() - began) * 1000
        return replace(answer, timings=Timings(answer=taken, total=taken)) if answer else None

    def _corpus(self, filters: Filters | None) -> Corpus:
        from retrieval.answer.about import Corpus

        catalog, version = self._live()
        if self._overview is None or self._overview[0] != (version.id, filters):
            corpus = Corpus(
                summaries=lambda: [one for one in catalog.summaries(version.id) if passes(one, filters or Filters())],
                article=lambda id: catalog.article(version.id, id),
                find=lambda topic: [hit.passage.article for hit in self.search(topic, filters=filters)],
            )
            self._overview = (version.id, filters), corpus
        return self._overview[1]

    def _answer(self, engine: _Engine, question: str, filters: Filters | None) -> Answer:
        from retrieval.answer.questions import parts

        clock = [time.perf_counter()]
        spelled = [engine.speller.spell(part) for part in parts(question)]
        vectors = [engine.retriever.embed(part.text) for part in spelled]
        clock.append(time.perf_counter())
        asked = [engine.found(part, vector, filters) for part, vector in zip(spelled, vectors, strict=True)]
        clock.append(time.perf_counter())
        result = engine.answerer.answer(question, asked)
        clock.append(time.perf_counter())
        for citation in result.citations:
            if engine.article(citation.article).text[citation.start : citation.end] != citation.quote:
                raise StorageDamaged(
                    f"A quote from {citation.article} does not stand in its text, so the answer is withheld. "
                    "Run `embassy-bot doctor`."
                )
        embed, search, answer = ((after - before) * 1000 for before, after in pairwise(clock))
        return replace(result, timings=Timings(embed, search, answer, total=embed + search + answer))

    def retriever(self) -> BaseRetriever:
        """Return the live version's search as a LlamaIndex retriever, for use while this library is open."""
        return self._using(lambda engine: engine.retriever)

    def signals(self, question: str) -> Signals:
        """Return what the verdict on a question rests on, for calibration."""
        question = checked_question(question)

        def read(engine: _Engine) -> Signals:
            spelled = engine.speller.spell(question)
            return engine.answerer.read(engine.found(spelled, engine.retriever.embed(spelled.text), None)).signals

        return self._using(read)

    # Opening

    @contextmanager
    def _owning(self) -> Iterator[None]:
        """Own the data folder: until `close` where Chroma is embedded in it, else while the block runs."""
        if self._owned:
            yield
        elif not self.settings.chroma.is_embedded:
            with owning(self.settings.data.path, self._command):
                yield
        else:
            self._stack.enter_context(owning(self.settings.data.path, self._command))
            self._owned = True
            yield

    def _readable(self) -> Catalog | None:
        if self._catalog is None:
            try:
                self._catalog = Catalog.open(self.settings.data.path)
            except FileNotFoundError:
                return None
            self._stack.callback(self._catalog.close)
        return self._catalog

    def _writable(self) -> Catalog:
        if self._catalog is None:
            self._catalog = Catalog.open(self.settings.data.path, create=True)
            self._stack.callback(self._catalog.close)
        return self._catalog

    def _live(self) -> tuple[Catalog, Version]:
        catalog = self._readable()
        version = self.version
        if catalog is None or version is None:
            raise CorpusError("Nothing is indexed yet. Run `embassy-bot index`.")
        return catalog, version

    def _using(self, use: Callable[[_Engine], Result]) -> Result:
        """Use the live version's engine. What it finds damaged is made anew from the catalog, once."""
        with translated(self.settings.data.path):
            for left in reversed(range(OUTDATED_AT_MOST)):
                try:
                    result = self._noting(self._open(), use)
                except (IndexDamaged, UnknownArticle) as error:
                    if not self._is_outdated():
                        if isinstance(error, UnknownArticle):
                            raise
                        break
                else:
                    if not left or not self._is_outdated():
                        return result
                # Beside a server another process can make and sweep versions meanwhile.
            return self._noting(self._restored(), use)

    def _is_outdated(self) -> bool:
        return self._engine is not None and self._engine.version.id != self._live()[1].id

    def _noting(self, engine: _Engine, use: Callable[[_Engine], Result]) -> Result:
        engine.retriever.failed = ""
        result = use(engine)
        self.degraded = WORDS_ALONE if engine.retriever.failed else ""
        return result

    def _open(self) -> _Engine:
        catalog, version = self._live()
        if self._engine is None or self._engine.version.id != version.id:
            self._close_engine()
            if not self.settings.chroma.is_embedded:
                self._engine = _Engine(self.settings, catalog, version)
            else:
                with self._owning():
                    self._engine = _Engine(self.settings, catalog, version)
        return self._engine

    def _vectors_answer(self) -> bool:
        """Say whether the vectors' server answers, or there is none."""
        if self.settings.chroma.is_embedded:
            return True
        from retrieval.index.server import connect

        try:
            connect(self.settings.chroma, self.settings.chroma.timeout_s).close()
        except ServerFailed:
            return False
        return True

    def _restored(self) -> _Engine:
        """Return the live version's engine, its derived indexes made whole.

        Where a server's cannot be now, because it is away again or another process is at it, without the vectors.
        """
        try:
            self._restore()
        except (ServerFailed, StorageBusy) as error:
            if self.settings.chroma.is_embedded:
                raise
            engine = self._open()
            if engine.served is not None:
                engine.served.rest(error)
            return engine
        return self._open()

    def _restore(self) -> None:
        from retrieval.index.indexing import IndexRun

        with self._owning():
            catalog, version = self._live()
            if self._engine is not None:
                # It opened well, and failed in use.
                break_seal(catalog)
            self._close_engine()
            # Somebody waits for an answer meanwhile.
            chroma = self.settings.chroma.model_copy(update={"patience_s": 0.0})
            IndexRun(self.settings.model_copy(update={"chroma": chroma}), catalog).restore(version)

    def _close_engine(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None


class _Engine:
    """What answers questions from one version: its vectors, its lexicon and its model, open."""

    def __init__(self, settings: Settings, catalog: Catalog, version: Version) -> None:
        # The question-answering commands alone pay for these.
        from retrieval.answer import reader
        from retrieval.answer.answering import Answerer
        from retrieval.embedding.minilm import common_words
        from retrieval.embedding.providers import as_configured, cache_folder, open_model
        from retrieval.index.lexicon import Lexicon
        from retrieval.index.vectors import VectorStore
        from retrieval.search.dense import ServedVectors
        from retrieval.search.hybrid import HybridRetriever
        from retrieval.search.spelling import Speller

        self.version = version
        embedding = as_configured(settings.embedding, version.model, version.embedding)
        self.lexicon: Lexicon = Lexicon.open(settings.data.path, version.lexicon)
        if self.lexicon.size != version.passages:
            raise IndexDamaged("Passages are missing in the lexical index. Run `embassy-bot index`.")
        chroma, data = settings.chroma, settings.data.path
        self.served: ServedVectors | None = None
        with ExitStack() as stack:
            if chroma.is_embedded:
                if not is_sealed(catalog, data):
                    raise IndexDamaged("The vector index is not as it was written. Run `embassy-bot index`.")
                store = VectorStore.open(chroma, data, catalog.id)
                stack.callback(store.close)
                vectors = store.collection(version.model)
                if vectors.count() < version.passages:
                    raise IndexDamaged("Passages are missing in the vector index. Run `embassy-bot index`.")
            else:
                self.served = ServedVectors(chroma, data, catalog.id, version)
                stack.callback(self.served.close)
            self.retriever: HybridRetriever = HybridRetriever(
                catalog, version, self.served or vectors, self.lexicon, open_model(embedding)
            )
            self._opened = stack.pop_all()
        self._reader = reader.load(cache_folder(settings.embedding), settings.embedding.threads)
        self.speller = Speller(self.lexicon, common_words())
        self.article: Callable[[str], Article] = lru_cache(64)(lambda id: catalog.article(version.id, id))
        self.answerer = Answerer(self.lexicon, self.article)

    def found(self, spelled: Spelled, vector: Vector, filters: Filters | None) -> Asked:
        """Return a question with the passages found for it."""
        from retrieval.answer.answering import Asked
        from retrieval.corpus.asked_dates import AskedDate, asked_dates, counted_days

        def speaking_of(event: str) -> list[tuple[str, date | None]]:
            hits = self.retriever.search(event, self.retriever.embed(event), EVENT_PASSAGES)
            return [(hit.passage.text, self.article(hit.passage.article).published) for hit in hits]

        today = self.lexicon.newest
        counted = counted_days(spelled.text, today, speaking_of)
        named = [day for day in asked_dates(spelled.text, today) if isinstance(day, AskedDate)]
        hits = self.retriever.search(spelled.text, vector, TOP_K, filters, counted, spelled.variants)
        similarity = partial(self.retriever.similarities, vector)
        return Asked(spelled, hits, similarity, partial(self._reader.scores, spelled.text), [*named, *counted])

    def close(self) -> None:
        self._opened.close()


def checked_question(question: str) -> str:
    """Return the question on one line. Raises QuestionError where there is none, or far too much."""
    if len(question) > MAX_QUESTION:
        raise QuestionError(
            f"The question has {len(question):,} characters; at most {MAX_QUESTION:,} are read. Ask one thing, shortly."
        )
    line = " ".join(question.replace("\0", " ").encode("utf-8", "replace").decode("utf-8").split())
    if not line:
        raise QuestionError('The question is empty. Ask, for example: embassy-bot ask "Who said what, and when?"')
    return line


def passes(one: ArticleSummary, filters: Filters) -> bool:
    """Say whether an article passes the filters, as the catalog's passages do."""
    return (
        (filters.publisher is None or (one.publisher or "").casefold() == filters.publisher.casefold())
        and filters.article in (None, one.id)
        and (filters.after is None or (one.published is not None and one.published >= filters.after))
        and (filters.before is None or (one.published is not None and one.published <= filters.before))
    )


def with_distractors(settings: Settings, file: Path) -> Settings:
    """Return settings for the same corpus with the articles of a JSON file mixed in, in a data folder of its own.

    The file (gzipped or not) holds {"articles": [{id, title, published, authors, url, text}, ...]}. The mixture is
    written below the user's cache folder, so that a second evaluation embeds nothing. Raises UsageError.
    """
    from retrieval.mixing import mix

    return mix(settings, file)
