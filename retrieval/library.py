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
import getpass
import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from retrieval.config import Settings, moved_to
from retrieval.errors import (
    Cancelled,
    ConfigError,
    CorpusError,
    EmbassyError,
    Held,
    IndexDamaged,
    ModelError,
    QuestionError,
    ServerFailed,
    StorageBusy,
    StorageError,
    UnknownArticle,
)
from retrieval.index.catalog import FILE, RESTORED, Catalog, Owner
from retrieval.index.failures import translated
from retrieval.index.glance import CHROMA_FOLDER, LEXICON_FOLDER, break_seal
from retrieval.index.locking import owning
from retrieval.models import (
    Answer,
    Article,
    ArticleSummary,
    AuditEntry,
    BackupContents,
    BackupReport,
    Change,
    ClaimCheck,
    Filters,
    IndexReport,
    Kind,
    MoveReport,
    Phase,
    Plan,
    Progress,
    Reference,
    Reporter,
    RestoreReport,
    SearchHit,
    Status,
    Timeline,
    Timings,
    Turn,
    Update,
    Verdict,
    Verification,
    Version,
)

if TYPE_CHECKING:
    from llama_index.core.base.base_retriever import BaseRetriever

    from retrieval.answer.about import Corpus
    from retrieval.answer.answering import Signals
    from retrieval.engine import Engine, Models
    from retrieval.verification.apart import Apart
    from retrieval.writing.model import Model

Result = TypeVar("Result")

MAX_QUESTION = 2_000
"""Characters. Longer texts are not questions, and would only be searched by their beginning."""
TOP_K = 20
EVENTS = 10
MAX_DAY = 60
"""Characters that are read of a day."""
MAX_CHECKED, MAX_CLAIMS = 6_000, 8
"""Characters of a text that is checked, and claims."""
RECENT = 5
"""How many of the last admin actions the status names."""
WORDS_ALONE = "Found by words alone: the Chroma server does not answer."
GIVE_WAY_SECONDS = 0.2
"""How long a step of an index run waits for questions at most."""
WAIT_SECONDS = 0.002
SWITCH_SECONDS = 0.0005
"""After how long Python takes the interpreter from a thread while an index run is on. A question asks for it dozens of
times, and would wait the usual 5 ms for the run each time."""
OUTDATED_AT_MOST = 3
"""How often a question is asked again because another process changed the version under it."""


class Library:
    """One corpus and its index. A context manager; `command` names the process to others that meet its lock."""

    def __init__(self, settings: Settings, *, command: str = "library") -> None:
        self.settings = settings
        self._command = command
        self._stack = ExitStack()
        self._catalog: Catalog | None = None
        self._owned = False
        self._engine: Engine | None = None
        # Opening and closing; not held while a question is answered.
        self._guard = threading.RLock()
        self._run = threading.Lock()
        self._runner = ""
        self._overview: tuple[tuple[int, Filters | None], Corpus] | None = None
        self._missed = threading.local()
        self._model: Model | None = None
        self._apart: Apart | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the data folder and everything in it."""
        self._close_engine()
        if self._apart is not None:
            self._apart.close()
            self._apart = None
        self._overview = None
        self._catalog = None
        self._owned = False
        self._stack.close()

    # Indexing

    def plan(self, change: Change, report: Reporter | None = None, *, compare: bool = True) -> Plan:
        """Work out what a change would do to the index; nothing that answers is touched.

        `compare` holds new articles against the others for duplicates. Raises CorpusError, UsageError with the way
        out, ModelError or StorageError, of these StorageBusy where another run is on.
        """
        # Its libraries are needed by no other command.
        from retrieval.index.plans import Planner

        doing = f"working out an index {type(change).__name__.lower()}"
        with self._running(doing) as catalog, translated(self.settings.data.path):
            return Planner(self.settings, catalog, self._giving_way(report or _quiet)).plan(change, compare=compare)

    def apply(
        self,
        plan: Plan,
        report: Reporter | None = None,
        *,
        who: str = "",
        why: str = "",
        cancel: Callable[[], bool] = lambda: False,
        force: bool = False,
        canaries: bool = True,
    ) -> IndexReport:
        """Do what a plan of this library says. Questions may be asked meanwhile, of the version before.

        `who` and `why` are kept with the version, and all of it in the audit log; `cancel` is asked often, and ends
        the run where it says True; `force` switches whatever becomes of the canary questions.

        Raises StalePlan where the index has changed since, Cancelled, Held where canary questions broke, ModelError or
        StorageError, of these StorageBusy where another run is on; the index then answers as before.
        """
        from retrieval.index.indexing import IndexRun
        from retrieval.index.plans import Draft

        assert isinstance(plan, Draft)

        def told(progress: Progress) -> None:
            if progress.phase not in (Phase.COMMITTED, Phase.SWEEPING) and cancel():
                raise Cancelled("The index run was cancelled; the version before it answers.")
            if report is not None:
                report(progress)

        who = who or _user()
        detail = f"{len(plan.added)} added, {len(plan.changed)} changed, {len(plan.removed)} removed"
        with self._running(f"running an index {plan.action}", who) as catalog:
            run = IndexRun(
                self.settings,
                catalog,
                self._giving_way(told),
                online=self._engine is not None,
                release=self._close_engine,
            )
            try:
                done = run.apply(plan, who=who, why=why, canary=self._ask_canaries if canaries and not force else None)
            except EmbassyError as error:
                with translated(self.settings.data.path):
                    catalog.record(who, f"index {plan.action}", detail, f"{type(error).__name__}: {error}")
                raise
            if done.wrote:
                with translated(self.settings.data.path):
                    catalog.record(who, f"index {plan.action}", detail, f"version {done.version}")
            return done

    def _giving_way(self, report: Reporter) -> Reporter:
        """Return a reporter that lets the questions under way be answered before a run takes its next step.

        Where there always are some, the run waits as long as it works, and so takes twice its time.
        """
        began, waited = time.monotonic(), 0.0

        def told(progress: Progress) -> None:
            nonlocal waited
            report(progress)
            if progress.phase in (Phase.COMMITTING, Phase.COMMITTED):
                return
            now = time.monotonic()
            end = now + min(GIVE_WAY_SECONDS, now - began - 2 * waited)
            while (engine := self._engine) is not None and engine.users and time.monotonic() < end:
                time.sleep(WAIT_SECONDS)
            waited += time.monotonic() - now

        return told

    def update(self, report: Reporter | None = None) -> IndexReport:
        """Bring the index up to the corpus folder, without canary questions.

        Raises CorpusError, ModelError or StorageError; the index then answers as before.
        """
        plan = self.plan(Update(), report, compare=False)
        return self.apply(plan, report, canaries=False)

    def _ask_canaries(self, catalog: Catalog, before: Version | None, after: Version, report: Reporter) -> None:
        from retrieval import canary
        from retrieval.engine import Engine

        settings = self.settings.canary
        asked = canary.questions(settings, catalog, before, after) if before else []
        if before is None or not asked:
            return
        with ExitStack() as stack:

            def opened(version: Version) -> Engine:
                engine = Engine(self.settings, catalog, version, self._models(version), sealed=False)
                stack.callback(engine.close)
                return engine

            found = canary.compare(asked, opened(before), opened(after), report)
        if found.kept < settings.keep:
            raise Held(
                f"The new version answers {len(found.broken)} of {found.asked} canary questions worse, so that it was "
                "not switched to. Switch anyway if that is meant, or leave the index as it is.",
                found,
            )

    def update_if_needed(self, report: Reporter | None = None) -> IndexReport | None:
        """Bring the index up to the corpus folder where that differs from what the last run saw.

        Looks at names, sizes and times only, and at nothing where the index was restored. Raises as `update` does.
        """
        from retrieval.index.reading import folder_differs

        catalog = self._readable()
        with translated(self.settings.data.path):
            answers = catalog is not None and catalog.live() is not None
            if catalog is not None and answers and catalog.meta(RESTORED):
                return None
            if catalog is not None and answers and not folder_differs(self.settings, catalog):
                return None
        if answers and not self.vectors_answer():
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
        self._live()
        with self._running("moving the index", _user()) as catalog:
            self._close_engine()
            done = move(self.settings, catalog, target, source=source, keep=keep, report=report)
            with translated(self.settings.data.path):
                catalog.record(_user(), "index move", f"to {done.place}", f"{done.passages} passages")
            return done

    # Versions

    def versions(self) -> list[Version]:
        """Return the kept versions, newest first."""
        catalog = self._readable()
        with translated(self.settings.data.path):
            return catalog.versions() if catalog else []

    def record(self, who: str, action: str, detail: str, result: str) -> None:
        """Add an admin action to the audit log."""
        with translated(self.settings.data.path):
            # Of its own: it may have to wait for a run, and lookups do not wait with it.
            catalog = Catalog.open(self.settings.data.path, create=True)
            try:
                catalog.record(who, action, detail, result)
            finally:
                catalog.close()

    def audit(self, limit: int) -> list[AuditEntry]:
        """Return the newest entries of the audit log, newest first."""
        catalog = self._readable()
        with translated(self.settings.data.path):
            return catalog.audit(limit) if catalog else []

    def status(self) -> Status:
        """Say how the index stands."""
        from retrieval.index.reading import folder_differs

        catalog, data = self._readable(), self.settings.data.path
        with translated(data):
            live = catalog.live() if catalog else None
            try:
                differs = folder_differs(self.settings, catalog) if catalog else None
            except CorpusError:
                differs = None
            there = next(folder for folder in (data, *data.parents) if folder.exists())
            return Status(
                version=live.id if live else None,
                created=live.created if live else None,
                model=live.model if live else None,
                articles=live.articles if live else 0,
                passages=live.passages if live else 0,
                by_command=catalog.owned(live.id, Owner.COMMAND) if catalog and live else 0,
                versions=len(catalog.versions()) if catalog else 0,
                catalog_bytes=sum(path.stat().st_size for path in data.glob(f"{FILE}*")),
                index_bytes=_size(data / CHROMA_FOLDER) + _size(data / LEXICON_FOLDER),
                free_bytes=shutil.disk_usage(there).free,
                folder_differs=differs,
                recent=tuple(catalog.audit(RECENT)) if catalog else (),
            )

    # Backup

    def back_up(self, file: Path, *, replace: bool = False, report: Reporter | None = None) -> BackupReport:
        """Write a backup of the data folder, whole or not at all; questions and index runs may go on meanwhile.

        Raises UsageError where the file is there and `replace` is not set, CorpusError, BackupError, StorageError.
        """
        from retrieval.index.backup import back_up

        done = back_up(self.settings.data.path, file, replace=replace, report=report or _quiet)
        with suppress(StorageError):
            # The backup is there, whether or not this can be noted.
            self.record(_user(), "backup", file.name, f"version {done.version}")
        return done

    @staticmethod
    def check_backup(file: Path, report: Reporter | None = None) -> BackupContents:
        """Hold a backup against what it says of itself, and return that. Raises BackupError where it is not whole."""
        from retrieval.index.backup import check

        return check(file, report=report or _quiet)

    def restore(
        self, file: Path, *, why: str = "", replace: bool = False, report: Reporter | None = None
    ) -> RestoreReport:
        """Put a backup into the data folder, in the place of an index that is there where `replace` is set.

        What is derived from the catalog is made anew, embedding nothing. Until the next index run by command, the
        corpus folder is not looked at. Raises UsageError where an index is there and `replace` is not set,
        BackupError, StorageError.
        """
        from retrieval.index.backup import restore
        from retrieval.index.indexing import IndexRun

        data = self.settings.data.path
        with self._sole("restoring a backup", _user()):
            self._close_engine()
            done = restore(data, file, who=_user(), why=why, replace=replace, report=report or _quiet)
            catalog = Catalog.open(data)
            try:
                version = catalog.live()
                assert version is not None
                IndexRun(self.settings, catalog, report, release=self._close_engine).restore(version)
            finally:
                catalog.close()
        return done

    @property
    def is_restored(self) -> bool:
        """Whether the index came from a backup, and no index run by command has been over the folder since."""
        catalog = self._readable()
        with translated(self.settings.data.path):
            return catalog is not None and catalog.meta(RESTORED) is not None

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

    @property
    def degraded(self) -> str:
        """What this thread's last search had to do without, in a sentence; empty where it had all."""
        return getattr(self._missed, "said", "")

    def search(
        self, query: str, *, top_k: int = TOP_K, filters: Filters | None = None, today: date | None = None
    ) -> list[SearchHit]:
        """Return the passages that fit best, best first; of articles from the weeks before `today` sooner than others.

        `today` is this very day by default. Raises QuestionError for an empty or endless query.
        """
        query = checked_question(query)

        def found(engine: Engine) -> list[SearchHit]:
            spelled = engine.speller.spell(query)
            vector = engine.retriever.embed(spelled.text)
            return engine.retriever.search(
                spelled.text, vector, top_k, filters, forms=spelled.variants, today=today or date.today()
            )

        return self._using(found)

    def timeline(
        self, topic: str = "", *, first: date | None = None, last: date | None = None, limit: int = EVENTS
    ) -> Timeline:
        """Return what happened when, by sentences that name a day between `first` and `last`, both counted in.

        With a topic the best `limit` of it, else the newest. What articles count differently stands side by side.
        Raises QuestionError where the last day is before the first one, or for an endless topic.
        """
        if first and last and first > last:
            raise QuestionError(f"{first} is later than {last}, so that no day lies between them. Swap the two.")
        topic = checked_question(topic) if topic.strip() else ""
        found = self._using(lambda engine: engine.timeline(topic, first, last, limit))
        return replace(found, degraded=self.degraded)

    def days(self, typed: str) -> tuple[date, date]:
        """Return the first and the last day that a person means: a day, a month or a year. Takes no lock.

        "Last Tuesday" counts from today, in an archive from the day of its newest article. Raises QuestionError.
        """
        from retrieval.corpus.asked_dates import counting_day, named_days

        newest = max((one.published for one in self.articles() if one.published), default=None)
        line = " ".join(typed.split())[:MAX_DAY]
        for text in (line, f"in {line}"):
            found = named_days(text, counting_day(newest, date.today()))
            if len(found) == 1:
                return found[0].first, found[0].last
        raise QuestionError(f"“{line}” names no day. Write it as 2019-12-31 or 31 December 2019, or a month: May 2019.")

    def ask(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        history: Sequence[Turn] = (),
        write: bool = False,
        today: date | None = None,
    ) -> Answer:
        """Answer a question with quotes, each checked against its article.

        It is asked `today`, this very day by default, and the news of the weeks before is found sooner.
        With `write`, the configured language model says it in its own words, as `write` does. With `history`, the
        turns before it from the oldest on, it may be a follow-up: "and when?". Raises QuestionError for an empty or
        endless question.
        """
        question = checked_question(question)
        self._missed.said = ""
        answer = self._about(question, filters, history) or self._of_the_matter(question, filters, history, today)
        answer = replace(answer, degraded=self.degraded)
        return self.write(answer, filters=filters, history=history, today=today) if write else answer

    def write(
        self,
        answer: Answer,
        *,
        filters: Filters | None = None,
        history: Sequence[Turn] = (),
        today: date | None = None,
        told: Callable[[Answer], None] | None = None,
        cancel: Callable[[], bool] = lambda: False,
    ) -> Answer:
        """Return an answer of `ask` in the words of the configured language model, as far as the articles bear it out.

        A follow-up is put into a whole question by the model too, with the same `history`, and asked again, with the
        same `filters` and `today`, where it understands it otherwise. `told` is given the answer as it grows, sentence
        by sentence; `cancel` is asked often. Where there is no model, it fails, or nothing that it writes is borne out,
        the quotes themselves stay the answer; `degraded` then says so. Raises Cancelled where `cancel` says True.
        """
        if not self.settings.llm.is_on or answer.kind is not Kind.MATTER:
            return answer
        began, before = time.perf_counter(), answer.timings
        try:
            answer = self._written(answer, filters, history, today, told, cancel)
        except (ModelError, ConfigError) as error:
            answer = answer.lacking(str(error))
        taken = (time.perf_counter() - began) * 1000
        return replace(answer, timings=replace(before, total=before.total + taken))

    def _written(
        self,
        answer: Answer,
        filters: Filters | None,
        history: Sequence[Turn],
        today: date | None,
        told: Callable[[Answer], None] | None,
        cancel: Callable[[], bool],
    ) -> Answer:
        from retrieval.verification.apart import strictly
        from retrieval.writing.rewriting import whole_question
        from retrieval.writing.writer import write

        model = self._language_model()
        understood = answer.understood or answer.question
        whole = whole_question(model, answer.question, understood, history, cancel)
        if whole != understood:
            asked = self._using(lambda engine: engine.answer(whole, filters, today))
            shown = "" if whole == answer.question else whole
            answer = replace(asked, question=answer.question, understood=shown, degraded=self.degraded)
        if answer.verdict is not Verdict.ANSWERED:
            return answer
        return write(model, answer, self.article, told, cancel, self._apart.verify if self._apart else strictly)

    def prepare_writing(self) -> str:
        """Load what `write` needs, so that no answer waits for it, and verify in a process of its own from now on.

        Return why the configured language model cannot be asked, in a sentence; empty where it can, as far as is known.
        """
        from retrieval.verification.apart import Apart
        from retrieval.verification.language import parsed

        try:
            self._language_model()
        except (ModelError, ConfigError) as error:
            return str(error)
        with self._guard:
            self._apart = self._apart or Apart()
        ready = "It is ready."
        parsed(ready)
        self._apart.verify(ready, [Reference(ready)], ready)
        return ""

    @property
    def model_usage(self) -> tuple[int, int, int]:
        """How often the language model was asked today (UTC), and the tokens that it took and gave."""
        if not self.settings.llm.is_on:
            return 0, 0, 0
        try:
            used = self._language_model().budget.today
        except (ModelError, ConfigError):
            return 0, 0, 0
        return used.calls, used.input, used.output

    def _language_model(self) -> Model:
        from retrieval.writing.model import Model

        with self._guard:
            self._model = self._model or Model(self.settings.llm, self.settings.data.path)
            return self._model

    def _of_the_matter(
        self, question: str, filters: Filters | None, history: Sequence[Turn], today: date | None
    ) -> Answer:
        from retrieval.answer.conversation import understand

        whole = understand(question, history)
        answer = self._using(lambda engine: engine.answer(whole.question, filters, today))
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

    def retriever(self) -> BaseRetriever:
        """Return the live version's search as a LlamaIndex retriever, for use while this library is open."""
        return self._using(lambda engine: engine.retriever)

    def signals(self, question: str) -> Signals:
        """Return what the verdict on a question rests on, for calibration."""
        question = checked_question(question)

        def read(engine: Engine) -> Signals:
            spelled = engine.speller.spell(question)
            return engine.answerer.read(engine.found(spelled, engine.retriever.embed(spelled.text))).signals

        return self._using(read)

    def alike(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the places of questions that ask much the same, by groups. Takes no lock."""
        from retrieval.embedding.providers import as_configured, open_model
        from retrieval.search.grouping import group

        version = self._live()[1]
        if self._engine is not None:
            return group(texts, self._engine.models.embedding)
        return group(texts, open_model(as_configured(self.settings.embedding, version.model, version.embedding)))

    @staticmethod
    def verify(sentence: str, references: Sequence[Reference]) -> Verification:
        """Hold a sentence against the references that it cites as [1], [2]; where it cites none, against all.

        Where these do not bear it out, the others are tried too, so that a wrong citation is put right.
        """
        from retrieval.verification.verification import verify

        return verify(sentence, references)

    def check(self, text: str) -> list[ClaimCheck]:
        """Hold a text against the articles, claim by claim, up to `MAX_CLAIMS` of them; questions claim nothing.

        A claim that points back in the text is put into words of its own by the configured language model. Raises
        QuestionError for a text that is empty, endless, or claims nothing.
        """
        return self.check_claims(self.whole_claims(self.claims(text), text))

    @staticmethod
    def claims(text: str) -> list[str]:
        """Return the first claims of a text, one by one. Raises QuestionError, as `check` does."""
        from retrieval.verification.claims import claims

        if len(text) > MAX_CHECKED:
            raise QuestionError(f"The text has {len(text):,} characters; at most {MAX_CHECKED:,} are checked at once.")
        found, _ = claims(_readable_text(text))
        if not found:
            raise QuestionError("There is no statement in that which could be checked.")
        return found[:MAX_CLAIMS]

    @staticmethod
    def unclaimed(text: str) -> list[str]:
        """Return what `claims` leaves out of a text: what says too little, and what is over `MAX_CLAIMS`."""
        from retrieval.verification.claims import claims

        found, others = claims(_readable_text(text[:MAX_CHECKED]))
        return [*found[MAX_CLAIMS:], *others]

    @staticmethod
    def points_back(claims: Sequence[str]) -> bool:
        """Say whether a claim speaks of something named before it, so that `whole_claims` may make more of it."""
        from retrieval.writing.rewriting import points_back

        return points_back(claims)

    def whole_claims(self, claims: Sequence[str], text: str, cancel: Callable[[], bool] = lambda: False) -> list[str]:
        """Return claims of a text, put so that each stands alone, as far as the configured language model can do it.

        Without one they stay as they are. Raises Cancelled where `cancel` says True.
        """
        if not self.settings.llm.is_on or not self.points_back(claims):
            return list(claims)
        from retrieval.writing.rewriting import whole_claims

        try:
            return whole_claims(self._language_model(), claims, text, cancel)
        except (ModelError, ConfigError):
            return list(claims)

    def check_claims(self, claims: Sequence[str]) -> list[ClaimCheck]:
        """Hold claims against the articles, each as it stands."""
        from retrieval.verification.claims import check

        return self._using(lambda engine: check(claims, engine.passages, engine.article))

    # Opening

    @contextmanager
    def _owning(self) -> Iterator[None]:
        """Own the data folder: until `close` where Chroma is embedded in it, else while the block runs."""
        if not self.settings.chroma.is_embedded:
            with owning(self.settings.data.path, self._command):
                yield
            return
        with self._guard:
            if not self._owned:
                self._stack.enter_context(owning(self.settings.data.path, self._command))
                self._owned = True
        yield

    @contextmanager
    def _running(self, doing: str, who: str = "", *, wait: bool = False) -> Iterator[Catalog]:
        """Be the only run, as `_sole` does, and yield a connection to the catalog of the run's own."""
        with self._sole(doing, who, wait=wait):
            catalog = Catalog.open(self.settings.data.path, create=True)
            try:
                yield catalog
            finally:
                catalog.close()

    @contextmanager
    def _sole(self, doing: str, who: str = "", *, wait: bool = False) -> Iterator[None]:
        """Be the only run, and own the data folder.

        Raises StorageBusy, saying who does what, where another run is on and `wait` is not set.
        """
        if not self._run.acquire(blocking=wait):
            raise StorageBusy(f"{self._runner or 'Somebody else'} just now. Wait until that is done, and ask again.")
        usual = sys.getswitchinterval()
        try:
            self._runner = f"{who or 'Somebody else'} has been {doing} since {time.strftime('%H:%M')}"
            sys.setswitchinterval(min(usual, SWITCH_SECONDS))
            with self._owning():
                yield
        finally:
            sys.setswitchinterval(usual)
            self._runner = ""
            self._run.release()

    @property
    def running(self) -> str:
        """Who does what to the index at present, as a sentence without its end; empty where nobody does."""
        return self._runner

    def _readable(self) -> Catalog | None:
        with self._guard:
            if self._catalog is None:
                try:
                    self._catalog = Catalog.open(self.settings.data.path)
                except FileNotFoundError:
                    return None
                self._stack.callback(self._catalog.close)
            return self._catalog

    def _live(self) -> tuple[Catalog, Version]:
        catalog = self._readable()
        version = self.version
        if catalog is None or version is None:
            raise CorpusError("Nothing is indexed yet. Run `embassy-bot index`.")
        return catalog, version

    def _using(self, use: Callable[[Engine], Result]) -> Result:
        """Use the live version's engine. What it finds damaged is made anew from the catalog, once."""
        restored = False
        with translated(self.settings.data.path):
            again = 0
            while True:
                asked: Version | None = None
                try:
                    with self._opened() as engine:
                        asked = engine.version
                        result = self._noting(engine, use)
                except Exception as error:
                    if asked is None or asked.id == self._live()[1].id:
                        if not isinstance(error, IndexDamaged) or restored:
                            raise
                        restored = True
                        self._restore_or_do_without()
                else:
                    if again == OUTDATED_AT_MOST or asked.id == self._live()[1].id:
                        return result
                    again += 1
                # Versions were switched, and perhaps swept, under the question: it is asked of the new one.

    def _noting(self, engine: Engine, use: Callable[[Engine], Result]) -> Result:
        engine.retriever.failed = ""
        result = use(engine)
        self._missed.said = WORDS_ALONE if engine.retriever.failed else ""
        return result

    @contextmanager
    def _opened(self) -> Iterator[Engine]:
        with self._guard:
            engine = self._open()
            engine.users += 1
        try:
            yield engine
        finally:
            with self._guard:
                engine.users -= 1
                if engine is not self._engine and not engine.users:
                    engine.close()

    def _open(self) -> Engine:
        from retrieval.engine import Engine

        catalog, version = self._live()
        if self._engine is None or self._engine.version.id != version.id:
            # A run of this process writes, and would break the seal under a reader that only comes to look.
            sealed = not self._run.locked()
            with ExitStack() as stack:
                if self.settings.chroma.is_embedded:
                    stack.enter_context(self._owning())
                opened = Engine(self.settings, catalog, version, self._models(version), sealed=sealed)
            self._close_engine()
            self._engine = opened
        return self._engine

    def _models(self, version: Version) -> Models:
        """Return the models that a version is asked with: those that are loaded already, where they are the same."""
        from retrieval.engine import Models

        with self._guard:
            if self._engine is not None and self._engine.models.fingerprint == version.model:
                return self._engine.models
        return Models.load(self.settings, version)

    def vectors_answer(self) -> bool:
        """Say whether the vectors' server answers, or there is none."""
        if self.settings.chroma.is_embedded:
            return True
        from retrieval.index.server import connect

        try:
            connect(self.settings.chroma, self.settings.chroma.timeout_s).close()
        except ServerFailed:
            return False
        return True

    def _restore_or_do_without(self) -> None:
        """Make the live version's derived indexes whole.

        Where a server's cannot be now, because it is away again or a run is at it, questions do without the vectors.
        """
        try:
            self._restore()
        except (ServerFailed, StorageBusy) as error:
            if self.settings.chroma.is_embedded:
                raise
            with self._opened() as engine:
                if engine.served is not None:
                    engine.served.rest(error)

    def _restore(self) -> None:
        from retrieval.index.indexing import IndexRun

        # Beside a server, questions can do without what a run is about to make whole.
        with self._running("making the index anew", wait=self.settings.chroma.is_embedded) as catalog:
            version = catalog.live()
            assert version is not None
            if self._engine is not None:
                # It opened well, and failed in use.
                break_seal(catalog)
            self._close_engine()
            # Somebody waits for an answer meanwhile.
            chroma = self.settings.chroma.model_copy(update={"patience_s": 0.0})
            IndexRun(self.settings.model_copy(update={"chroma": chroma}), catalog).restore(version)

    def _close_engine(self) -> None:
        """Close the engine, or leave that to the last question that uses it."""
        with self._guard:
            engine, self._engine = self._engine, None
            if engine is not None and not engine.users:
                engine.close()


def _readable_text(text: str) -> str:
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _quiet(progress: Progress) -> None:
    """Tell nobody."""


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _size(folder: Path) -> int:
    """Return the bytes of the files in a folder, those with several names counted once."""
    found = (path.stat() for path in folder.rglob("*") if path.is_file())
    return sum({info.st_ino: info.st_size for info in found}.values())


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
