"""What the bot keeps of its own, in SQLite: what the buttons of an answer need, votes, who waits for an answer, and a
server's choices.

One connection, used by one thread at a time. Ids of answers are random, so that a button that outlived the file it was
made with never finds another answer.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from retrieval.models import Turn, Verdict

FILE = "discord.sqlite3"
FORMAT = 1
DAY = 86_400
CLAIMS_KEPT = 2 * DAY
"""Seconds. Discord repeats an event within minutes."""
MAX_TURNS = 5
MOST_WAITS = 20
"""For how many answers a user may wait, and how many users for one: a message that tells them mentions them all."""
WRITTEN = 100
"""Added to the numbers of the quotes of an answer that a language model wrote: those shown before stay beside them, so
that a button opens what its message shows, whichever of the two that is."""

_TABLES = """
CREATE TABLE IF NOT EXISTS answers (
  id INTEGER PRIMARY KEY, made REAL NOT NULL, asker INTEGER NOT NULL, guild INTEGER, channel INTEGER NOT NULL,
  question_message INTEGER, answer_message INTEGER, parent INTEGER, private INTEGER NOT NULL,
  asked TEXT NOT NULL, verdict TEXT NOT NULL, quotes TEXT NOT NULL, passages TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS answers_by_question ON answers (question_message);
CREATE INDEX IF NOT EXISTS answers_by_answer ON answers (answer_message);
CREATE INDEX IF NOT EXISTS answers_by_channel ON answers (channel, made);
CREATE INDEX IF NOT EXISTS answers_by_asker ON answers (asker);
CREATE INDEX IF NOT EXISTS answers_by_age ON answers (made);
CREATE TABLE IF NOT EXISTS votes (
  answer INTEGER NOT NULL REFERENCES answers ON DELETE CASCADE, voter INTEGER NOT NULL, good INTEGER NOT NULL,
  PRIMARY KEY (answer, voter)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS votes_by_voter ON votes (voter);
CREATE TABLE IF NOT EXISTS waits (
  answer INTEGER NOT NULL REFERENCES answers ON DELETE CASCADE, user INTEGER NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY (answer, user)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS waits_by_user ON waits (user);
CREATE TABLE IF NOT EXISTS drafts (answer INTEGER PRIMARY KEY REFERENCES answers ON DELETE CASCADE);
CREATE TABLE IF NOT EXISTS claims (message INTEGER PRIMARY KEY, made REAL NOT NULL);
CREATE TABLE IF NOT EXISTS open_channels (channel INTEGER PRIMARY KEY, guild INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Quote:
    """A citation of a kept answer: the place, the words that stood there, and what a reader knows the article by.

    `published` is an ISO date; of an answer that an earlier version of the bot kept, these last three are empty.
    """

    number: int
    article: str
    paragraph: int
    start: int
    end: int
    words: str
    title: str = ""
    publisher: str = ""
    published: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A passage found: where it stands. `digest` tells whether the article still says the same there."""

    article: str
    start: int
    end: int
    first: int
    last: int
    digest: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it is kept. Ids are Discord's; `asked` is the question as it was understood."""

    asker: int
    guild: int | None
    channel: int
    asked: str
    verdict: Verdict
    quotes: tuple[Quote, ...] = ()
    passages: tuple[Place, ...] = ()
    private: bool = False
    question_message: int | None = None
    answer_message: int | None = None
    parent: int | None = None
    id: int = 0
    made: float = 0.0

    @property
    def turn(self) -> Turn:
        """What a follow-up has to know of it."""
        written = [one for one in self.quotes if one.number > WRITTEN]
        return Turn(self.asked, self.verdict, tuple(one.words for one in written or self.quotes))


@dataclass(frozen=True, slots=True)
class Missed:
    """A question that was asked in vain: it has no answer, or somebody did not like the one it has.

    `articles` are the ids of those that came nearest.
    """

    asked: str
    verdict: Verdict
    made: float
    disliked: int
    articles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptOf:
    """How much is kept of a user."""

    questions: int
    votes: int
    waits: int


class State:
    """The kept state. A context manager; `path` None keeps it in memory, until it is closed."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None, timeout=10)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        # After a power cut the last second may be missing; the file is whole.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        # What a user had deleted does not linger in the file.
        self._db.execute("PRAGMA secure_delete = ON")
        self._db.executescript(_TABLES)
        self._db.execute(f"PRAGMA user_version = {FORMAT}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # Answers

    def claim(self, message: int) -> bool:
        """Take a question on; return False where that was done before."""
        cursor = self._db.execute("INSERT OR IGNORE INTO claims VALUES (?, ?)", (message, time.time()))
        return cursor.rowcount == 1

    def keep(self, kept: Kept) -> Kept:
        """Keep an answer; return it with its id and the time."""
        kept = replace(kept, id=secrets.randbits(60) or 1, made=time.time())
        self._db.execute(
            "INSERT INTO answers (id, made, asker, guild, channel, question_message, answer_message, parent, private,"
            " asked, verdict, quotes, passages) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                kept.id,
                kept.made,
                kept.asker,
                kept.guild,
                kept.channel,
                kept.question_message,
                kept.answer_message,
                kept.parent,
                kept.private,
                kept.asked,
                kept.verdict.value,
                json.dumps([asdict(one) for one in kept.quotes]),
                json.dumps([asdict(one) for one in kept.passages]),
            ),
        )
        return kept

    def keep_again(self, id: int, kept: Kept) -> None:
        """Keep an answer in the place of the one with that id, where that was not deleted meanwhile."""
        self._db.execute(
            "UPDATE answers SET asked = ?, verdict = ?, quotes = ?, passages = ? WHERE id = ?",
            (
                kept.asked,
                kept.verdict.value,
                json.dumps([asdict(one) for one in kept.quotes]),
                json.dumps([asdict(one) for one in kept.passages]),
                id,
            ),
        )

    def sent(self, id: int, message: int) -> None:
        """Note the message that an answer was sent as."""
        self._db.execute("UPDATE answers SET answer_message = ? WHERE id = ?", (message, id))

    def answer(self, id: int) -> Kept | None:
        """Return an answer, or None where it is gone."""
        return next(self._answers("id = ?", (id,)), None)

    def by_message(self, message: int) -> Kept | None:
        """Return the answer that a message is, or the last that was given to it."""
        return next(iter(self.all_by_message(message)), None)

    def all_by_message(self, message: int) -> list[Kept]:
        """Return the answer that a message is, or all that were given to it, the last one first."""
        return list(self._answers("answer_message = ? OR question_message = ? ORDER BY made DESC", (message, message)))

    def in_channel(self, channel: int, since: float = 0.0) -> list[Kept]:
        """Return the last public answers of a channel, oldest first."""
        found = self._answers(
            "channel = ? AND private = 0 AND made >= ? ORDER BY made DESC LIMIT ?", (channel, since, MAX_TURNS)
        )
        return list(found)[::-1]

    def chain(self, id: int) -> list[Kept]:
        """Return an answer with those that it followed up, oldest first."""
        found: list[Kept] = []
        kept = self.answer(id)
        while kept is not None and len(found) < MAX_TURNS:
            found.append(kept)
            kept = self.answer(kept.parent) if kept.parent else None
        return found[::-1]

    def forget(self, ids: Iterable[int]) -> None:
        """Delete answers, with their votes."""
        with self._transaction():
            self._db.executemany("DELETE FROM answers WHERE id = ?", ((id,) for id in ids))

    def vote(self, answer: int, voter: int, good: bool) -> bool | None:
        """Note a vote, or take the same one back. Return the vote that now holds."""
        row = self._db.execute("SELECT good FROM votes WHERE answer = ? AND voter = ?", (answer, voter)).fetchone()
        if row is not None and bool(row["good"]) == good:
            self._db.execute("DELETE FROM votes WHERE answer = ? AND voter = ?", (answer, voter))
            return None
        self._db.execute("INSERT OR REPLACE INTO votes VALUES (?, ?, ?)", (answer, voter, good))
        return good

    def missed(self, days: int, guild: int | None = None) -> list[Missed]:
        """Return what was asked in vain in the last days, in one server or in all.

        What was asked in private or in a direct message is not told, and greetings, which have no passages, are no
        questions.
        """
        rows = self._db.execute(
            "SELECT asked, verdict, made, passages,"
            " (SELECT count(*) FROM votes WHERE answer = id AND NOT good) AS disliked"
            " FROM answers WHERE private = 0 AND guild IS NOT NULL AND made >= ? AND (? IS NULL OR guild = ?)"
            " AND passages != '[]' AND (verdict = ? OR disliked > 0) ORDER BY made",
            (time.time() - days * DAY, guild, guild, Verdict.NOT_FOUND.value),
        ).fetchall()
        return [
            Missed(
                *(row["asked"], Verdict(row["verdict"]), row["made"], row["disliked"]),
                articles=tuple(dict.fromkeys(one["article"] for one in json.loads(row["passages"]))),
            )
            for row in rows
        ]

    # Answers that are being written

    def begin_draft(self, answer: int) -> None:
        """Note that an answer is being written, if it is still kept."""
        self._db.execute("INSERT OR IGNORE INTO drafts SELECT id FROM answers WHERE id = ?", (answer,))

    def end_draft(self, answer: int) -> None:
        """Note that an answer stays as it is."""
        self._db.execute("DELETE FROM drafts WHERE answer = ?", (answer,))

    def drafts(self) -> list[Kept]:
        """Return the answers that are being written, or were when a process before this one was killed."""
        return list(self._answers("id IN (SELECT answer FROM drafts)", ()))

    # Who waits for an answer

    def wait(self, answer: int, user: int) -> bool | None:
        """Note that a user wants to be told of an answer, or that they no longer do; return which.

        None where they wait for as many as anybody may, or as many wait for it. Of an answer that is gone nothing is
        noted.
        """
        if self._db.execute("DELETE FROM waits WHERE answer = ? AND user = ?", (answer, user)).rowcount:
            return False
        for column, value in (("user", user), ("answer", answer)):
            if self._db.execute(f"SELECT count(*) FROM waits WHERE {column} = ?", (value,)).fetchone()[0] >= MOST_WAITS:
                return None
        self._db.execute("INSERT INTO waits SELECT id, ?, 0 FROM answers WHERE id = ?", (user, answer))
        return True

    def waited(self, version: int) -> list[Kept]:
        """Return the answers of which somebody waits to be told more, and that were not looked at with this version of
        the index, oldest first."""
        return list(
            self._answers("id IN (SELECT answer FROM waits WHERE version != ?) ORDER BY answers.made", (version,))
        )

    def looked(self, answer: int, version: int) -> None:
        """Note that the articles do not answer with this version either."""
        self._db.execute("UPDATE waits SET version = ? WHERE answer = ?", (version, answer))

    def keep_later(self, before: int, kept: Kept) -> Kept | None:
        """Keep the answer that there is now; None where the one before is gone, or nobody waits any more."""
        return self.keep(kept) if self.waiting(before) else None

    def waiting(self, answer: int) -> list[int]:
        """Return the users who wait to be told."""
        rows = self._db.execute("SELECT user FROM waits WHERE answer = ? ORDER BY user", (answer,))
        return [row["user"] for row in rows]

    def told(self, answer: int, users: Sequence[int]) -> None:
        """Forget that users wait, who were told."""
        self._db.executemany("DELETE FROM waits WHERE answer = ? AND user = ?", [(answer, user) for user in users])

    # What is kept of whom, and for how long

    def kept_of(self, user: int) -> KeptOf:
        """Say how much is kept of a user."""
        places = (("answers", "asker"), ("votes", "voter"), ("waits", "user"))
        return KeptOf(
            *(
                self._db.execute(f"SELECT count(*) FROM {table} WHERE {column} = ?", (user,)).fetchone()[0]
                for table, column in places
            )
        )

    def forget_user(self, user: int) -> KeptOf:
        """Delete all that is kept of a user; return how much that was."""
        kept = self.kept_of(user)
        with self._transaction():
            self._db.execute("DELETE FROM answers WHERE asker = ?", (user,))
            self._db.execute("DELETE FROM votes WHERE voter = ?", (user,))
            self._db.execute("DELETE FROM waits WHERE user = ?", (user,))
        return kept

    def forget_guild(self, guild: int) -> None:
        """Delete all that is kept of a server that the bot was removed from."""
        with self._transaction():
            self._db.execute("DELETE FROM answers WHERE guild = ?", (guild,))
            self._db.execute("DELETE FROM open_channels WHERE guild = ?", (guild,))

    def prune(self, days: int) -> int:
        """Delete what is older than it may be; return how many answers went."""
        with self._transaction():
            self._db.execute("DELETE FROM claims WHERE made < ?", (time.time() - CLAIMS_KEPT,))
            return self._db.execute("DELETE FROM answers WHERE made < ?", (time.time() - days * DAY,)).rowcount

    # A server's choices

    def open_channel(self, guild: int, channel: int, answers: bool) -> None:
        """Set whether every question of a channel is answered."""
        if answers:
            self._db.execute("INSERT OR REPLACE INTO open_channels VALUES (?, ?)", (channel, guild))
        else:
            self._db.execute("DELETE FROM open_channels WHERE channel = ?", (channel,))

    def open_channels(self) -> dict[int, int]:
        """Return the channels of which every question is answered, each with its server."""
        return {row["channel"]: row["guild"] for row in self._db.execute("SELECT * FROM open_channels")}

    # The bot's own notes

    def note(self, name: str) -> str | None:
        """Return a note of the bot to itself."""
        row = self._db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return str(row["value"]) if row else None

    def set_note(self, name: str, value: str) -> None:
        """Keep a note."""
        self._db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))

    def _answers(self, where: str, values: Sequence[float]) -> Iterator[Kept]:
        for row in self._db.execute(f"SELECT * FROM answers WHERE {where}", values).fetchall():
            yield Kept(
                **{
                    **dict(row),
                    "private": bool(row["private"]),
                    "verdict": Verdict(row["verdict"]),
                    "quotes": tuple(Quote(**one) for one in json.loads(row["quotes"])),
                    "passages": tuple(Place(**one) for one in json.loads(row["passages"])),
                }
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
