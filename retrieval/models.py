"""What flows through the engine: articles, passages, hits, citations, answers. Values only, no behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

MAX_DAY = 60
"""Characters that are read of a day as a person types it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text: `text[start:end]`, in characters (code points)."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


class Basis(StrEnum):
    """How a fact about an article is known."""

    STATED = "stated"
    """The article, or what was supplied with it, says so."""
    INFERRED = "inferred"
    """It follows from something else, named beside it."""
    STAND_IN = "stand-in"
    """It is not known; something else is shown in its place."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a fact about an article comes from."""

    basis: Basis
    source: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of an article: where it stands, and whether quotes may come from it."""

    start: int
    end: int
    boilerplate: bool = False


@dataclass(frozen=True, slots=True)
class Article:
    """An article as it was read.

    `text` is the decoded file, character for character (for HTML, the extracted text); every offset in the
    program points into it. `paragraphs` are in order; paragraph number n is `paragraphs[n - 1]`.
    `evidence` maps the name of a known field (title, publisher, authors, published, url) to how it is known.
    """

    id: str
    title: str
    publisher: str | None
    authors: tuple[str, ...]
    published: date | None
    url: str | None
    text: str
    paragraphs: tuple[Paragraph, ...]
    evidence: Mapping[str, Evidence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """An article without its text, for lists."""

    id: str
    title: str
    publisher: str | None
    authors: tuple[str, ...]
    published: date | None
    url: str | None
    evidence: Mapping[str, Evidence]
    words: int
    passages: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of an article that is searched as one: `article.text[start:end] == text`.

    `ordinal` counts from 0 within the article; `paragraphs` are the numbers of the first and the last paragraph
    touched, counted from 1. `key` names the row in the derived indexes and depends on the article's id, the text
    and which occurrence of it in the article this is, never on where it stands.
    """

    key: str
    article: str
    ordinal: int
    paragraphs: tuple[int, int]
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A passage found for a query.

    `score` lies in [0, 1] and compares hits of one query only. `similarity` is the cosine of question and
    passage. Ranks count from 1 within their own list and are None where that list did not bring the passage.
    """

    passage: Passage
    score: float
    similarity: float
    dense_rank: int | None
    lexical_rank: int | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Restricts a search; every set field must hold. Dates are inclusive; an undated article matches no date."""

    publisher: str | None = None
    article: str | None = None
    after: date | None = None
    before: date | None = None

    def __bool__(self) -> bool:
        return any(value is not None for value in (self.publisher, self.article, self.after, self.before))

    def allow(self, one: ArticleSummary) -> bool:
        """Say whether an article passes, as the catalog's passages do."""
        return (
            (self.publisher is None or (one.publisher or "").casefold() == self.publisher.casefold())
            and self.article in (None, one.id)
            and (self.after is None or (one.published is not None and one.published >= self.after))
            and (self.before is None or (one.published is not None and one.published <= self.before))
        )


@dataclass(frozen=True, slots=True)
class Citation:
    """An exact quotation: `article.text[start:end] == quote`. `number` is its mark in the answer's text.

    `title` is the article's, or its first words where `titled` is False. `days` says, for a question about a time,
    which days the quote's own expressions stand for: “Tuesday”: Tuesday, 31 December 2019.
    """

    number: int
    article: str
    title: str
    titled: bool
    publisher: str | None
    published: date | None
    url: str | None
    paragraph: int
    quote: str
    start: int
    end: int
    days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """What happened from `first` to `last`, in words `when`, by one quote; by several where articles disagree.

    `figures` are then the words in which they do, one of each quote.
    """

    first: date
    last: date
    when: str
    citations: tuple[Citation, ...]
    figures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened when, in the order of the days; the citations are numbered through.

    `topic` is empty, and `first` and `last` are None, where it was not narrowed by them. `total` counts the events
    before only the best were taken, or the newest where there is no topic. `degraded` is as with an answer.
    """

    topic: str
    first: date | None
    last: date | None
    events: tuple[Event, ...]
    total: int
    degraded: str = ""

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations of all events, in order."""
        return tuple(one for event in self.events for one in event.citations)


@dataclass(frozen=True, slots=True)
class Reference:
    """A passage that a sentence is held against, with its article's day of publication where that is known."""

    text: str
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether references bear a sentence out.

    `passage` counts the references from 1, and `quote` is `text[start:end]` of that one: the words that bear the
    sentence out, or come nearest to it. Where there is none, `passage` is 0 and `quote` empty. `reason` says what is
    missing or otherwise; it is empty where the sentence is supported. `against` says that the quote has it otherwise,
    and does not merely leave it out.
    """

    supported: bool
    reason: str
    quote: str = ""
    passage: int = 0
    start: int = 0
    end: int = 0
    against: bool = False


class Stand(StrEnum):
    """What the articles say to a claim."""

    SUPPORTED = "supported"
    AGAINST = "against"
    """They have it otherwise."""
    SILENT = "silent"
    """They do not say it, and nothing that speaks against it was found."""


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """A claim, and what the articles say to it; `citation` is None where they are silent, and `reason` says why."""

    claim: str
    stand: Stand
    reason: str
    citation: Citation | None


class Verdict(StrEnum):
    """What an answer claims for itself."""

    ANSWERED = "answered"
    CLOSEST = "closest"
    """The articles speak of the matter, but nothing found says this; the nearest quotes are shown."""
    NOT_FOUND = "not_found"
    """The articles do not speak of it."""


class Kind(StrEnum):
    """What an answer speaks of."""

    MATTER = "matter"
    """What the articles say."""
    ARTICLES = "articles"
    """The articles themselves: who wrote them, when, which there are."""
    HELP = "help"
    """What can be asked, said to a greeting or an order."""


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds spent on each stage of one answer."""

    embed: float = 0.0
    search: float = 0.0
    answer: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """What was asked before, as it was understood, and what came of it."""

    standalone: str
    verdict: Verdict
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that a language model wrote.

    `cited` are the passages that it named, from 1, of the answer's hits in their order; `citation` is the number of
    the citation that bears it out, None where it was left out, and `reason` then says why.
    """

    text: str
    cited: tuple[int, ...]
    citation: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with the exact words it rests on.

    `text` is all of it: the quotes with their citations' numbers in brackets, and `note`, which is what is said beside
    them: that they are only the closest, or what part of the question stays open. `question` is what was typed,
    and `understood` the question that was answered for it, where that is another: earlier turns were needed to
    understand it, or a day in it may be read in two ways. `degraded` says what the search had to do without, or that
    the language model failed. `statements` are all that it wrote.
    """

    question: str
    verdict: Verdict
    mode: str
    text: str
    citations: tuple[Citation, ...] = ()
    hits: tuple[SearchHit, ...] = ()
    note: str = ""
    timings: Timings = Timings()
    understood: str = ""
    kind: Kind = Kind.MATTER
    degraded: str = ""
    statements: tuple[Statement, ...] = ()

    @property
    def is_written(self) -> bool:
        """Whether a language model wrote it; its quotes then bear out what it says."""
        return self.mode == "llm"

    def lacking(self, why: str) -> Answer:
        """Return the same answer, degraded by one thing more."""
        return replace(self, degraded=" ".join(filter(None, (self.degraded, why))))

    @property
    def left_out(self) -> int:
        """How many sentences a language model wrote that the articles do not bear out."""
        return sum(one.citation is None for one in self.statements)

    @property
    def turn(self) -> Turn:
        """What a follow-up to this answer has to know."""
        return Turn(self.understood or self.question, self.verdict, tuple(one.quote for one in self.citations))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not read, and why, in words for a person."""

    path: str
    reason: str


# Versions of the index, and changes: what is wanted, what would come of it, what came of it


@dataclass(frozen=True, slots=True)
class Version:
    """One state of the whole index: who made it, how and why, from what models, and how much it holds.

    `embedding` is the model's settings as JSON, `lexicon` a folder's name, `added`, `changed` and `removed` count
    articles against the version before.
    """

    id: int
    created: datetime
    who: str
    action: str
    model: str
    embedding: str
    lexicon: str
    added: int
    changed: int
    removed: int
    articles: int
    passages: int
    why: str


@dataclass(frozen=True, slots=True)
class Update:
    """Take up what changed in the corpus folder since the last run."""


@dataclass(frozen=True, slots=True)
class Rebuild:
    """Read every file again, and make the derived indexes anew from the catalog."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An article that is handed in: a file's name and bytes, and what is known about it besides.

    Without a name it is plain text, and named by its title.
    """

    name: str
    content: bytes
    title: str | None = None
    publisher: str | None = None
    published: date | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Add:
    """Take in articles that are not in the corpus folder; they live in the catalog alone."""

    uploads: tuple[Upload, ...]


@dataclass(frozen=True, slots=True)
class Remove:
    """Take an article out; one from the corpus folder stays out until its file changes."""

    article: str


@dataclass(frozen=True, slots=True)
class Rollback:
    """Go back to what a kept version held."""

    version: int


Change = Update | Rebuild | Add | Remove | Rollback


@dataclass(frozen=True, slots=True)
class Difference:
    """An article that a plan adds, changes or removes, and how many passages it has (of a removed one: had)."""

    article: str
    title: str
    passages: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change would do to the version `base`; `Library.apply` does exactly this, or nothing.

    `embed` counts the texts that have no vector yet; `notices` say what a person should know before confirming: an
    article that is there already under another name, another embedding model.
    """

    action: str
    base: int | None
    added: tuple[Difference, ...]
    changed: tuple[Difference, ...]
    removed: tuple[Difference, ...]
    unchanged: int
    skipped: tuple[Skipped, ...]
    ignored: Mapping[str, int]
    notices: tuple[str, ...]
    embed: int
    changes_anything: bool


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One admin action: when (UTC), who, what, and what came of it."""

    at: datetime
    who: str
    action: str
    detail: str
    result: str


@dataclass(frozen=True, slots=True)
class Status:
    """How the index stands. Sizes are bytes; `folder_differs` is None where the corpus folder cannot be read."""

    version: int | None
    created: datetime | None
    model: str | None
    articles: int
    passages: int
    by_command: int
    versions: int
    catalog_bytes: int
    index_bytes: int
    free_bytes: int
    folder_differs: bool | None
    recent: tuple[AuditEntry, ...]


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an index run did. The lists hold article ids in order; `seconds` is wall-clock time."""

    version: int | None
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int
    skipped: tuple[Skipped, ...]
    ignored: Mapping[str, int]
    articles: int
    passages: int
    embedded: int
    seconds: float
    action: str = "update"

    @property
    def wrote(self) -> bool:
        """Whether the run made a new version."""
        return self.version is not None


@dataclass(frozen=True, slots=True)
class MoveReport:
    """Where the vectors are now, as [chroma] is to say it with `mode` and `url`, and what it took.

    `configured` is whether it says so already. `removed` names the places that were emptied, `left` those that could
    not be, each with the reason.
    """

    mode: str
    url: str
    place: str
    configured: bool
    models: tuple[str, ...]
    passages: int
    added: int
    removed: tuple[str, ...]
    left: tuple[tuple[str, str], ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class BackupDatabase:
    """A database in a backup: its name in the data folder, its bytes, and the SHA-256 of them in hexadecimal."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BackupContents:
    """What a backup says of itself. `version` is that which was live, of so many articles and passages."""

    made: datetime
    version: int
    articles: int
    passages: int
    databases: tuple[BackupDatabase, ...]


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What was backed up: the live version then and how much it holds, into a file of so many bytes."""

    file: str
    bytes: int
    made: datetime
    version: int
    articles: int
    passages: int
    databases: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was restored, from a backup of when. `version` is live now; `replaced` was before, None where none was."""

    file: str
    made: datetime
    version: int
    articles: int
    passages: int
    replaced: int | None
    databases: tuple[str, ...]
    seconds: float


class Phase(StrEnum):
    """Where an index run is, a backup, or a restore. Each is reported when it begins, and again as it goes on."""

    READING = "reading"
    COMPARING = "comparing"
    EMBEDDING = "embedding"
    VECTORS = "storing vectors"
    LEXICON = "indexing words"
    CANARY = "asking canary questions"
    COMMITTING = "committing"
    COMMITTED = "committed"
    SWEEPING = "sweeping"
    COPYING = "copying"
    PACKING = "packing"
    UNPACKING = "unpacking"
    RESTORING = "restoring"
    WAITING = "waiting for the Chroma server"
    """At any time, for as long as a server does not answer: `done` of at most `total` seconds."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a phase is: `done` of `total` files, texts, rows or steps."""

    phase: Phase
    done: int
    total: int


Reporter = Callable[[Progress], None]
