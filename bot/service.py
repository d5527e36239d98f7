"""The library and the kept state, as the bot asks them: every call in a thread, none of it on the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import ParamSpec, TypeVar

from bot.catalogue import Catalogue
from bot.config import BotSettings
from bot.corrections import Correction, Standing, digest, look_up, passage_today
from bot.desk import Desk
from bot.gaps import Gap, gaps
from bot.logs import event
from bot.metrics import Metrics
from bot.state import WRITTEN, Kept, Place, Quote, State
from bot.timeline_picture import drawn
from bot.worker import QueueFull, Worker
from retrieval.errors import QuestionError, UnknownArticle
from retrieval.library import Library
from retrieval.models import (
    Answer,
    Article,
    ArticleSummary,
    ClaimCheck,
    Filters,
    Kind,
    SearchHit,
    Status,
    Timeline,
    Turn,
    Verdict,
    Version,
)

_log = logging.getLogger(__name__)

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

PASSAGES_KEPT = 20
WRITING_QUEUE = 3
"""How many answers there may be for each that a language model writes, that one counted; others stay as they are."""
TIMELINES_QUEUE = 20
"""Timelines and pictures of them."""
STATE_QUEUE = 100_000
"""Each takes microseconds; the questions are what is bounded."""


BUSY = "The language model has too many answers to write."


UNUSABLE = "The language model could not be used."


class Gone(Exception):
    """The answer that a button belongs to is no longer kept."""


class Changed(Exception):
    """The articles are no longer those from which a message was made."""


class Removed(Exception):
    """The article that was asked for is no longer there."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer with what is said around it: how many quotes were held against their articles, and how new these are.

    `id` is under which it is kept, and `offset` is added to the numbers of its quotes there. `is_draft` where a
    language model is still to write it, or writes.
    """

    answer: Answer
    verified: int
    newest: date | None
    articles: int
    id: int = 0
    offset: int = 0
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks what, where. Ids are Discord's; `message` is None for a command, `parent` the answer followed up."""

    question: str
    asker: int
    guild: int | None
    channel: int
    message: int | None = None
    parent: int | None = None
    private: bool = False
    history: tuple[Turn, ...] = ()

    @property
    def way(self) -> str:
        """How it was asked, in a word."""
        return "message" if self.message is not None else "command"


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage found for a query, where it stands today.

    `text` is None where it no longer stands in its article, and `article` where that is gone.
    """

    place: Place
    article: ArticleSummary | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """Some of the passages found for a query, and how many there are."""

    query: str
    passages: tuple[FoundPassage, ...]
    total: int


class Service:
    """Answers, articles and what is kept of them, for a bot. Close it after the bot."""

    def __init__(self, settings: BotSettings, library: Library, state: State, metrics: Metrics) -> None:
        self.settings = settings.discord
        self._log = settings.log
        self._metrics = metrics
        self._library = library
        self._state = state
        self._questions = Worker("questions", settings.discord.queue)
        # Buttons and commands do not wait behind questions, and the catalog may be read beside them.
        self._lookups = Worker("lookups", settings.discord.queue)
        self._keeping = Worker("state", STATE_QUEUE)
        self._timelines = Worker("timelines", TIMELINES_QUEUE)
        self._drawing = Worker("drawing", TIMELINES_QUEUE)
        llm = library.settings.llm
        self._writing = Worker("writing", WRITING_QUEUE * llm.at_once, llm.at_once)
        self._writes = False
        self._closing = False
        self._catalogue: Catalogue | None = None
        self._fresh: tuple[int | None, tuple[date | None, int]] | None = None
        self.desk = Desk(library)

    async def prepare(self) -> None:
        """Load what the first answers would wait for."""
        await self.catalogue()
        if not self._library.settings.llm.is_on:
            return
        problem = await self._writing.run(self._library.prepare_writing)
        self._writes = not problem
        if problem:
            _log.error("no answers are written by the language model: %s", problem)

    def close(self) -> None:
        """Stop a change of the index, and wait for what is under way."""
        self._closing = True
        self.desk.close()
        for worker in (self._writing, self._timelines, self._drawing, self._questions, self._lookups, self._keeping):
            worker.close()

    @property
    def under_way(self) -> int:
        """How many questions wait or are being answered."""
        return self._questions.waiting

    async def kept(
        self, call: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """Call a method of the state."""
        return await self._keeping.run(call, *args, **kwargs)

    @property
    def state(self) -> State:
        """What is kept; call it through `kept`."""
        return self._state

    # Questions

    async def ask(self, asked: Asked) -> Given:
        """Answer a question and keep what its buttons need. Raises QueueFull, and what Library.ask raises.

        Where the answer is a draft, `write` is to follow.
        """
        given = await self._questions.run(self._ask, asked.question, asked.history)
        kept = await self.kept(self._state.keep, _to_keep(asked, given.answer))
        answer = given.answer
        self._metrics.answered(answer, asked.way)
        event(
            _log,
            "answered",
            verdict=answer.verdict.value,
            way=asked.way,
            quotes=len(answer.citations),
            ms=round(answer.timings.total),
            **({"degraded": answer.degraded} if answer.degraded else {}),
            **({"text": asked.question} if self._log.questions else {}),
        )
        is_draft = self._is_draft(asked, given.answer)
        if is_draft:
            # Before it is shown: whoever kills this process then leaves nothing that nobody knows of.
            await self.kept(self._state.begin_draft, kept.id)
        return replace(given, id=kept.id, is_draft=is_draft)

    async def ask_again(self, before: Kept) -> Given | None:
        """Answer a question again that was asked in vain; None where that is in vain too. Raises what `ask` raises.

        Only an answer is kept, so that nothing counts as asked twice; and none, where nobody waits for it any more.
        """
        try:
            given = await self._questions.run(self._ask, before.asked, ())
        except QuestionError:
            # As it was understood, it may be longer than a question may be.
            return None
        if given.answer.verdict is not Verdict.ANSWERED:
            return None
        asked = Asked(
            *(before.asked, before.asker, before.guild, before.channel, before.question_message),
            parent=before.parent,
            private=before.private,
        )
        kept = await self.kept(self._state.keep_later, before.id, _to_keep(asked, given.answer))
        if kept is None:
            return None
        event(_log, "answered later", quotes=len(given.answer.citations))
        return replace(given, id=kept.id)

    def _ask(self, question: str, history: Sequence[Turn]) -> Given:
        return self._given(self._library.ask(question, history=history))

    def _given(self, answer: Answer) -> Given:
        verified = sum(
            self._library.article(one.article).text[one.start : one.end] == one.quote for one in answer.citations
        )
        return Given(answer, verified, *self._freshness())

    def _is_draft(self, asked: Asked, answer: Answer) -> bool:
        """Say whether a language model may make more of an answer."""
        if not self._writes or answer.kind is not Kind.MATTER:
            return False
        # Of a follow-up it may find another meaning.
        return answer.verdict is Verdict.ANSWERED or asked.history != ()

    async def write(
        self, asked: Asked, draft: Given, grown: Callable[[Given], None], cancel: Callable[[], bool]
    ) -> Given:
        """Have the language model write an answer; return it as it stays. Raises Cancelled, and what `ask` raises.

        `grown` is given it as it grows, on the event loop. Nothing of this is kept; `keep` does that.
        """
        loop = asyncio.get_running_loop()

        def with_id(answer: Answer, *, is_draft: bool) -> Given:
            offset = WRITTEN if answer.citations != draft.answer.citations else 0
            return replace(self._given(answer), id=draft.id, offset=offset, is_draft=is_draft)

        def told(answer: Answer) -> None:
            loop.call_soon_threadsafe(grown, with_id(answer, is_draft=True))

        def written() -> Given:
            answer = self._library.write(draft.answer, history=asked.history, told=told, cancel=cancel)
            return with_id(answer, is_draft=False)

        try:
            given = await self._writing.run(written)
        except QueueFull:
            given = unwritten(draft, BUSY)
        answer = given.answer
        self._metrics.written(answer)
        kept = len(answer.statements) - answer.left_out
        outcome = {"degraded": answer.degraded} if answer.degraded else {}
        # Where it failed it said nothing, and else only too little.
        level = logging.WARNING if answer.degraded and not answer.statements else logging.INFO
        event(_log, "written", level, kept=kept, left_out=answer.left_out, ms=round(answer.timings.total), **outcome)
        return given

    async def keep(self, asked: Asked, draft: Given, given: Given) -> None:
        """Keep an answer under the id of its draft, if that is still kept, and with it the quotes of the draft."""
        kept = _to_keep(asked, given.answer)
        if given.offset:
            later = (replace(one, number=one.number + given.offset) for one in kept.quotes)
            kept = replace(kept, quotes=(*_to_keep(asked, draft.answer).quotes, *later))
        await self.kept(self._state.keep_again, given.id, kept)

    def _freshness(self) -> tuple[date | None, int]:
        """Return the day of the newest article, and how many there are.

        Apart from the list of articles, so that no question waits while that is read anew after a change.
        """
        version = self._library.version
        number = version.id if version else None
        if self._fresh is None or self._fresh[0] != number:
            summaries = self._library.articles()
            newest = max((one.published for one in summaries if one.published), default=None)
            self._fresh = number, (newest, len(summaries))
        return self._fresh[1]

    async def search(
        self, asked: Asked, publisher: str | None, after: str | None, before: str | None
    ) -> tuple[int, str]:
        """Search for passages; return the id under which they are kept, or 0 where none fit.

        And what the search had to do without, in a sentence. Raises QuestionError as `timeline` does.
        """
        hits, degraded = await self._questions.run(self._search, asked.question, publisher, after, before)
        event(_log, "searched", passages=len(hits), **({"degraded": degraded} if degraded else {}))
        if not hits:
            return 0, degraded
        answer = Answer(asked.question, Verdict.CLOSEST, "search", "", hits=tuple(hits))
        return (await self.kept(self._state.keep, _to_keep(asked, answer))).id, degraded

    def _search(
        self, query: str, publisher: str | None, after: str | None, before: str | None
    ) -> tuple[list[SearchHit], str]:
        first, last = self._library.stretch(after or None, before or None)
        filters = Filters(publisher=publisher, after=first, before=last)
        hits = self._library.search(query, top_k=PASSAGES_KEPT, filters=filters or None)
        return hits, self._library.degraded

    async def check(self, asked: Asked) -> tuple[list[ClaimCheck], int, str]:
        """Hold a text against the articles, claim by claim.

        Return what was found, the id under which its quotes are kept, or 0 where there are none, and what is to be said
        beside it: what the search had to do without, and what was not checked. Raises QuestionError where the text
        claims nothing.
        """
        stated = await self._questions.run(self._library.claims, asked.question)
        if self._writes and self._library.points_back(stated):
            # That takes seconds, for which no question waits; where too many wait for it, they are checked as they are.
            with suppress(QueueFull):
                stated = await self._writing.run(self._library.whole_claims, stated, asked.question, self._is_closing)
        found, degraded = await self._questions.run(self._check, stated)
        event(_log, "checked", statements=len(found), **({"degraded": degraded} if degraded else {}))
        beside = " ".join(filter(None, (degraded, await self._questions.run(self._unclaimed, asked.question))))
        quotes = tuple(one.citation for one in found if one.citation)
        if not quotes:
            return found, 0, beside
        answer = Answer(asked.question, Verdict.ANSWERED, "check", "", quotes)
        return found, (await self.kept(self._state.keep, _to_keep(asked, answer))).id, beside

    def _check(self, stated: Sequence[str]) -> tuple[list[ClaimCheck], str]:
        return self._library.check_claims(stated), self._library.degraded

    def _unclaimed(self, text: str) -> str:
        left_out = self._library.unclaimed(text)
        return f"Not checked: {' '.join(left_out)}" if left_out else ""

    async def timeline(self, asked: Asked, from_: str | None, to: str | None) -> tuple[Timeline, int]:
        """Return what happened when, about what is asked, and the id under which the quotes are kept; 0 without any.

        Raises QuestionError where a text names no day, or the days are the wrong way round.
        """
        # The first one loads what compares figures, and many lines of a day take seconds: no question waits for that.
        found = await self._timelines.run(self._timeline, asked.question, from_, to)
        event(_log, "timeline", events=len(found.events), **({"degraded": found.degraded} if found.degraded else {}))
        if not found.events:
            return found, 0
        answer = Answer(asked.question or "What happened when?", Verdict.ANSWERED, "timeline", "", found.citations)
        return found, (await self.kept(self._state.keep, _to_keep(asked, answer))).id

    def _timeline(self, topic: str, from_: str | None, to: str | None) -> Timeline:
        first, last = self._library.stretch(from_ or None, to or None)
        return self._library.timeline(topic, first=first, last=last)

    async def picture(self, found: Timeline) -> bytes | None:
        """Return a timeline as a PNG; None where too many are being drawn."""
        try:
            return await self._drawing.run(drawn, found)
        except QueueFull:
            return None

    def _is_closing(self) -> bool:
        return self._closing

    async def answer(self, id: int) -> Kept:
        """Return a kept answer. Raises Gone."""
        kept = await self.kept(self._state.answer, id)
        if kept is None:
            raise Gone
        return kept

    async def passages(self, id: int, start: int, count: int) -> Found:
        """Return some of the passages of a kept answer or search, those that are gone marked so. Raises Gone."""
        kept = await self.answer(id)
        return await self._lookups.run(self._passages, kept, start, count)

    def _passages(self, kept: Kept, start: int, count: int) -> Found:
        summaries = {one.id: one for one in self._summaries()}
        shown = []
        for place in kept.passages[start : start + count]:
            article = self._article_now(place.article)
            today = passage_today(place, article) if article else None
            text = article.text[today.start : today.end] if article and today else None
            shown.append(FoundPassage(today or place, summaries.get(place.article) if article else None, text))
        return Found(kept.asked, tuple(shown), len(kept.passages))

    async def quoted(self, id: int, number: int) -> Standing | Correction:
        """Return where a quote of a kept answer stands now, or what became of it. Raises Gone."""
        kept = await self.answer(id)
        quote = next((one for one in kept.quotes if one.number == number), None)
        if quote is None:
            raise Gone
        return await self._lookups.run(lambda: look_up(quote, self._article_now(quote.article)))

    def _article_now(self, id: str) -> Article | None:
        """Return an article as it is today, or None where it was removed."""
        try:
            return self._library.article(id)
        except UnknownArticle:
            return None

    async def gaps(self, days: int, guild: int) -> list[Gap]:
        """Return what was asked in vain in a server in the last days, those alike put together."""
        missed = await self.kept(self._state.missed, days, guild)
        # All of them are embedded, for which neither a question nor a button waits.
        return await self._writing.run(gaps, missed, self._library.alike)

    # How it is

    async def has_index(self) -> bool:
        """Say whether there is anything to answer from."""
        version = await self._lookups.run(lambda: self._library.version)
        return version is not None and version.articles > 0

    async def version(self) -> int | None:
        """Return the number of the version of the index that answers."""
        version = await self._lookups.run(lambda: self._library.version)
        return version.id if version else None

    async def vectors_answer(self) -> bool:
        """Say whether the vectors are there; without them questions are answered by words alone."""
        return await self._lookups.run(self._library.vectors_answer)

    async def gauge(self) -> None:
        """Set the metrics that say how things stand now."""
        metrics = self._metrics
        for name, worker in (("questions", self._questions), ("lookups", self._lookups), ("writing", self._writing)):
            metrics.waiting.labels(name).set(worker.waiting)
        version, used = await self._lookups.run(lambda: (self._library.version, self._library.model_usage))
        metrics.index_version.set(version.id if version else 0)
        if version is not None:
            metrics.index_age.set(max(0.0, (datetime.now(UTC) - version.created).total_seconds()))
            metrics.index_articles.set(version.articles)
            metrics.index_passages.set(version.passages)
        calls, tokens_in, tokens_out = used
        metrics.model_calls.set(calls)
        metrics.model_tokens.labels("input").set(tokens_in)
        metrics.model_tokens.labels("output").set(tokens_out)

    # The index

    @property
    def max_upload(self) -> int:
        """The most bytes that an article may have."""
        return self._library.settings.corpus.max_bytes

    async def index_status(self) -> Status:
        """Say how the index stands."""
        return await self._lookups.run(self._library.status)

    async def versions(self) -> tuple[list[Version], Version | None]:
        """Return the kept versions, newest first, and the one that answers."""
        return await self._lookups.run(lambda: (self._library.versions(), self._library.version))

    async def record(self, who: str, action: str, detail: str, result: str) -> None:
        """Add an admin action to the audit log."""
        await self._lookups.run(self._library.record, who, action, detail, result)

    # Articles

    async def catalogue(self) -> Catalogue:
        """Return the list of articles, as the live version has it."""
        return await self._lookups.run(self._listed)

    async def matching(self, typed: str) -> list[ArticleSummary]:
        """Return the articles that a person may mean, best first."""
        return await self._lookups.run(lambda: self._listed().matching(typed))

    async def publishers(self, typed: str) -> list[str]:
        """Return the publishers that a person may mean, best first."""
        return await self._lookups.run(lambda: self._listed().publishers(typed))

    async def article(self, key: str) -> Article:
        """Return an article by its short key. Raises Removed."""
        return await self._lookups.run(self._by_key, key)

    async def examples(self) -> tuple[str, ...]:
        """Return questions that can be asked, made from the articles."""
        return await self._lookups.run(self._library.examples)

    def _by_key(self, key: str) -> Article:
        id = self._listed().keys.get(key)
        if id is None:
            raise Removed
        return self._library.article(id)

    def _summaries(self) -> Sequence[ArticleSummary]:
        return self._listed().articles

    def _listed(self) -> Catalogue:
        version = self._library.version
        number = version.id if version else None
        if self._catalogue is None or self._catalogue.version != number:
            self._catalogue = Catalogue.of(number, self._library.articles(), self._library.article)
        return self._catalogue


def unwritten(draft: Given, why: str) -> Given:
    """Return a draft as the answer that stays, with the reason why nothing more came of it."""
    return replace(draft, answer=draft.answer.lacking(why), is_draft=False)


def _to_keep(asked: Asked, answer: Answer) -> Kept:
    return Kept(
        asker=asked.asker,
        guild=asked.guild,
        channel=asked.channel,
        asked=answer.understood or answer.question,
        verdict=answer.verdict,
        quotes=tuple(
            Quote(
                *(one.number, one.article, one.paragraph, one.start, one.end, one.quote, one.title),
                publisher=one.publisher or "",
                published=one.published.isoformat() if one.published else "",
            )
            for one in answer.citations
        ),
        # To a greeting there is nothing more to show.
        passages=tuple(_place(hit) for hit in answer.hits[:PASSAGES_KEPT] if answer.kind is not Kind.HELP),
        private=asked.private,
        question_message=asked.message,
        parent=asked.parent,
    )


def _place(hit: SearchHit) -> Place:
    one = hit.passage
    return Place(one.article, one.start, one.end, *one.paragraphs, digest(one.text))
