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

import getpass
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from retrieval.config import Settings, moved_to
from retrieval.errors import Cancelled, EmbassyError, QuestionError, StorageBusy, StorageError
from retrieval.index.catalog import RESTORED, Catalog
from retrieval.index.data_folder import DataFolder
from retrieval.index.failures import translated
from retrieval.index.turns import giving_way
from retrieval.live import Live
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
    Turn,
    Update,
    Verification,
    Version,
)
from retrieval.shelf import Shelf, days_meant, in_order
from retrieval.writing.configured import ConfiguredModel

if TYPE_CHECKING:
    from llama_index.core.base.base_retriever import BaseRetriever

    from retrieval.answer.answering import Signals
    from retrieval.engine import Engine

MAX_QUESTION = 2_000
"""Characters. Longer texts are not questions, and would only be searched by their beginning."""
TOP_K = 20
EVENTS = 10
WORDS_ALONE = "Found by words alone: the Chroma server does not answer."


class Library:
    """One corpus and its index. A context manager; `command` names the process to others that meet its lock."""

    def __init__(self, settings: Settings, *, command: str = "library") -> None:
        self.settings = settings
        self._folder = DataFolder(settings, command)
        self._live = Live(settings, self._folder)
        self._shelf = Shelf(self._folder, self._find)
        self._llm = ConfiguredModel(settings.llm, settings.data.path, self._folder.guard)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the data folder and everything in it."""
        self._live.close()
        self._llm.close()
        self._shelf.close()
        self._folder.close()

    # Indexing

    def plan(self, change: Change, report: Reporter | None = None, *, compare: bool = True) -> Plan:
        """Work out what a change would do to the index; nothing that answers is touched.

        `compare` holds new articles against the others for duplicates. Raises CorpusError, UsageError with the way
        out, ModelError or StorageError, of these StorageBusy where another run is on.
        """
        # Its libraries are needed by no other command.
        from retrieval.index.plans import Planner

        doing = f"working out an index {type(change).__name__.lower()}"
        with self._folder.looking(doing) as catalog, translated(self.settings.data.path):
            told = giving_way(report or _quiet, self._live.is_asked)
            return Planner(self.settings, catalog, told).plan(change, compare=compare)

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
        with self._folder.running(f"running an index {plan.action}", who) as catalog:
            run = IndexRun(
                self.settings,
                catalog,
                giving_way(told, self._live.is_asked),
                online=self._live.engine is not None,
                release=self._live.close,
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

    def _ask_canaries(self, catalog: Catalog, before: Version | None, after: Version, report: Reporter) -> None:
        from retrieval import canary

        canary.ask(self.settings, catalog, before, after, self._live.models, report)

    def update(self, report: Reporter | None = None) -> IndexReport:
        """Bring the index up to the corpus folder, without canary questions.

        Raises CorpusError, ModelError or StorageError; the index then answers as before.
        """
        plan = self.plan(Update(), report, compare=False)
        return self.apply(plan, report, canaries=False)

    def update_if_needed(self, report: Reporter | None = None) -> IndexReport | None:
        """Bring the index up to the corpus folder where that differs from what the last run saw.

        Looks at names, sizes and times only, and at nothing where the index was restored. Raises as `update` does.
        """
        from retrieval.index.reading import folder_differs

        catalog = self._folder.catalog()
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
        self._folder.live()
        with self._folder.running("moving the index", _user()) as catalog:
            self._live.close()
            done = move(self.settings, catalog, target, source=source, keep=keep, report=report)
            with translated(self.settings.data.path):
                catalog.record(_user(), "index move", f"to {done.place}", f"{done.passages} passages")
            return done

    # Versions

    def versions(self) -> list[Version]:
        """Return the kept versions, newest first."""
        catalog = self._folder.catalog()
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
        catalog = self._folder.catalog()
        with translated(self.settings.data.path):
            return catalog.audit(limit) if catalog else []

    def status(self) -> Status:
        """Say how the index stands."""
        from retrieval.index.status import status

        return status(self.settings, self._folder.catalog())

    @property
    def running(self) -> str:
        """Who does what to the index at present, as a sentence without its end; empty where nobody does."""
        return self._folder.runner

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
        with self._folder.alone("restoring a backup", _user()):
            self._live.close()
            done = restore(data, file, who=_user(), why=why, replace=replace, report=report or _quiet)
            catalog = Catalog.open(data)
            try:
                version = catalog.live()
                assert version is not None
                IndexRun(self.settings, catalog, report, release=self._live.close).restore(version)
            finally:
                catalog.close()
        return done

    @property
    def is_restored(self) -> bool:
        """Whether the index came from a backup, and no index run by command has been over the folder since."""
        catalog = self._folder.catalog()
        with translated(self.settings.data.path):
            return catalog is not None and catalog.meta(RESTORED) is not None

    # Looking up

    @property
    def version(self) -> Version | None:
        """The version that answers questions, or None before the first index run."""
        return self._folder.version

    @property
    def has_indexed_this_corpus(self) -> bool:
        """Whether the last index run was over this corpus folder, and not another one with the same data folder."""
        catalog = self._folder.catalog()
        with translated(self.settings.data.path):
            header = catalog.meta("manifest") if catalog else None
        return header is not None and json.loads(header)[0] == str(self.settings.corpus.path)

    def articles(self) -> list[ArticleSummary]:
        """Return all articles, newest first."""
        return self._shelf.articles()

    def article(self, id: str) -> Article:
        """Return an article by its exact id. Raises UnknownArticle."""
        return self._shelf.article(id)

    def find_article(self, name: str) -> Article:
        """Return the article that a person means: by id, the beginning of an id, or words of the title.

        Raises UnknownArticle, naming the nearest ids, where none or several are meant.
        """
        return self._shelf.find_article(name)

    def examples(self) -> tuple[str, ...]:
        """Return a few questions that can be asked, made from the newest articles."""
        return self._shelf.examples()

    # Searching and answering

    @property
    def degraded(self) -> str:
        """What this thread's last search had to do without, in a sentence; empty where it had all."""
        return WORDS_ALONE if self._live.lacked_vectors else ""

    def search(
        self, query: str, *, top_k: int = TOP_K, filters: Filters | None = None, today: date | None = None
    ) -> list[SearchHit]:
        """Return the passages that fit best, best first; of articles from the weeks before `today` sooner than others.

        `today` is this very day by default. Raises QuestionError for an empty or endless query.
        """
        query = checked_question(query)
        return self._live.use(lambda engine: engine.search(query, top_k, filters, today))

    def timeline(
        self, topic: str = "", *, first: date | None = None, last: date | None = None, limit: int = EVENTS
    ) -> Timeline:
        """Return what happened when, by sentences that name a day between `first` and `last`, both counted in.

        With a topic the best `limit` of it, else the newest. What articles count differently stands side by side.
        Raises QuestionError where the last day is before the first one, or for an endless topic.
        """
        in_order(first, last)
        topic = checked_question(topic) if topic.strip() else ""
        found = self._live.use(lambda engine: engine.timeline(topic, first, last, limit))
        return replace(found, degraded=self.degraded)

    def stretch(self, first: str | None, last: str | None) -> tuple[date | None, date | None]:
        """Return the first day of what a person means by `first`, and the last day of `last`: days, months or years.

        "Last Tuesday" counts from today, in an archive from the day of its newest article. Takes no lock. Raises
        QuestionError for what is no day, and for days the wrong way round.
        """
        return self._shelf.stretch(first, last)

    @staticmethod
    def check_days(*typed: str | None) -> None:
        """Raise QuestionError for what `stretch` would take for no day whatever the articles are."""
        for one in typed:
            if one is not None:
                days_meant(one, date.today(), in_any_year=True)

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
        from retrieval.corpus.asked_dates import in_clear

        question = checked_question(question)
        clear = in_clear(question)
        self._live.lacked_vectors = False
        answer = self._shelf.about(clear, filters, history) or self._of_the_matter(clear, filters, history, today)
        if clear != question:
            answer = replace(answer, question=question, understood=answer.understood or clear)
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

        def ask(whole: str) -> Answer:
            found = self._live.use(lambda engine: engine.answer(whole, filters, today))
            return replace(found, degraded=self.degraded)

        return self._llm.write(answer, history, ask, self.article, told, cancel)

    def prepare_writing(self) -> str:
        """Load what `write` needs, so that no answer waits for it, and verify in a process of its own from now on.

        Return why the configured language model cannot be asked, in a sentence; empty where it can, as far as is known.
        """
        return self._llm.prepare()

    @property
    def model_usage(self) -> tuple[int, int, int]:
        """How often the language model was asked today (UTC), and the tokens that it took and gave."""
        return self._llm.usage

    def _of_the_matter(
        self, question: str, filters: Filters | None, history: Sequence[Turn], today: date | None
    ) -> Answer:
        from retrieval.answer.conversation import understand

        def speaking_of(name: str) -> list[str]:
            def found(engine: Engine) -> list[str]:
                return [engine.article(id).text for id in dict.fromkeys(one.article for one in engine.passages(name))]

            return self._live.use(found)

        whole = understand(question, history, speaking_of)
        answer = self._live.use(lambda engine: engine.answer(whole.question, filters, today))
        return replace(answer, question=question, understood=whole.question) if whole.rewritten else answer

    def _find(self, topic: str, filters: Filters | None) -> list[str]:
        return [hit.passage.article for hit in self.search(topic, filters=filters)]

    def retriever(self) -> BaseRetriever:
        """Return the live version's search as a LlamaIndex retriever, for use while this library is open."""
        return self._live.use(lambda engine: engine.retriever)

    def signals(self, question: str) -> Signals:
        """Return what the verdict on a question rests on, for calibration."""
        question = checked_question(question)
        return self._live.use(lambda engine: engine.signals(question))

    def alike(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the places of questions that ask much the same, by groups. Takes no lock."""
        from retrieval.search.grouping import group

        return group(texts, self._live.embedding())

    def vectors_answer(self) -> bool:
        """Say whether the vectors' server answers, or there is none."""
        return self._live.vectors_answer()

    # Checking

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

        return claims(text)

    @staticmethod
    def unclaimed(text: str) -> list[str]:
        """Return what `claims` leaves out of a text: what says too little, and what is over `MAX_CLAIMS`."""
        from retrieval.verification.claims import unclaimed

        return unclaimed(text)

    @staticmethod
    def points_back(claims: Sequence[str]) -> bool:
        """Say whether a claim speaks of something named before it, so that `whole_claims` may make more of it."""
        from retrieval.writing.rewriting import points_back

        return points_back(claims)

    def whole_claims(self, claims: Sequence[str], text: str, cancel: Callable[[], bool] = lambda: False) -> list[str]:
        """Return claims of a text, put so that each stands alone, as far as the configured language model can do it.

        Without one they stay as they are. Raises Cancelled where `cancel` says True.
        """
        return self._llm.whole_claims(claims, text, cancel)

    def check_claims(self, claims: Sequence[str]) -> list[ClaimCheck]:
        """Hold claims against the articles, each as it stands."""
        from retrieval.verification.claims import check

        return self._live.use(lambda engine: check(claims, engine.passages, engine.article))


def _quiet(progress: Progress) -> None:
    """Tell nobody."""


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


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


def with_distractors(settings: Settings, file: Path) -> Settings:
    """Return settings for the same corpus with the articles of a JSON file mixed in, in a data folder of its own.

    The file (gzipped or not) holds {"articles": [{id, title, published, authors, url, text}, ...]}. The mixture is
    written below the user's cache folder, so that a second evaluation embeds nothing. Raises UsageError.
    """
    from retrieval.mixing import mix

    return mix(settings, file)
