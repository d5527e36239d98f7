"""Changes of the index over the wire: progress, Cancel, a second admin, questions meanwhile, and files that lie."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from bot import managing
from bot.client import EmbassyBot
from bot.run import stop
from retrieval.config import Settings
from retrieval.library import Library
from tests.conftest import ROOT, settings_for
from tests.discord.bots import running
from tests.discord.contract import Contract
from tests.discord.entities import Channel, Guild, Interaction, Json, User
from tests.discord.messages import EPHEMERAL, buttons_of, text_of
from tests.discord.server import Loopback, loopback
from tests.index.runs import write_articles

MANY = 400
"""Articles that take some seconds to embed on one thread."""
SENTENCES = 12
QUESTION = "How many people were on the ferry Morning Star?"
KNOWN = "About 120 people were on the ferry Morning Star when it sank."
PAUSE = 0.25
"""Between two looks at a run, in place of the seconds that people get."""


@dataclass(frozen=True)
class Desk:
    """A server with two moderators, a reader who is neither, the bot in it, and its library."""

    server: Loopback
    guild: Guild
    channel: Channel
    audit: Channel
    alice: User
    bob: User

    async def run(self, user: User, command: str, **options: str | int | Json) -> Json:
        """Run a command; return the message that answers it, once it has a text."""
        return await self.shown(self.server.interactions.command(user, self.channel, command, **options))

    async def shown(self, interaction: Interaction) -> Json:
        """Wait for the text that answers an interaction."""

        def answered() -> Json | None:
            found = self._followups(interaction)
            if found:
                return found[-1]
            shown = interaction.shown
            return shown if shown and text_of(shown) else None

        return await self.server.world.changes.until(answered)

    def _followups(self, interaction: Interaction) -> list[Json]:
        return [interaction.channel.messages[one] for one in interaction.followups]

    def press(self, user: User, message: Json, label: str) -> Interaction:
        """Press a button of a message, as the message is now."""
        now = self.channel.messages[int(message["id"])]
        (pressed,) = [one["custom_id"] for one in buttons_of(now) if one["label"] == label]
        return self.server.interactions.press(user, now, pressed)

    async def begin(self, user: User, command: str, **options: str | int | Json) -> Json:
        """Run a command and confirm it; return the message that shows how it goes."""
        before = set(self.channel.messages)
        preview = await self.run(user, command, **options)
        self.press(user, preview, "Confirm")

        def posted() -> Json | None:
            new = [one for id, one in self.channel.messages.items() if id not in before]
            return next((one for one in new if not one["flags"] & EPHEMERAL), None)

        return await self.server.world.changes.until(posted)

    def text(self, message: Json) -> str:
        """Return the text of a message as it is now."""
        return text_of(self.channel.messages[int(message["id"])])

    async def until(self, message: Json, words: str) -> str:
        """Wait until a message has these words."""
        return await self.server.world.changes.until(
            lambda: text if words in (text := self.text(message)) else None, seconds=90
        )

    def ask(self, question: str = QUESTION) -> Json:
        world = self.server.world
        return world.say(self.bob, self.channel, f"{world.bot.mention} {question}")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "ferry.txt").write_text(KNOWN, encoding="utf-8")
    return settings_for(corpus, tmp_path / "data")


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with Library(settings) as opened:
        opened.update()
        yield opened


@dataclass(frozen=True)
class OwnDesk(Desk):
    """The same with the bot in this process."""

    library: Library
    bot: EmbassyBot


@asynccontextmanager
async def desk(library: Library, contract: Contract | None, state: Path) -> AsyncIterator[OwnDesk]:
    """Run the bot in a server that is one of the admins'."""
    async with loopback(contract=contract) as server:
        world = server.world
        world.user("Owner")
        alice, bob = world.user("Alice"), world.user("Bob")
        guild = world.guild("News", world.user("Somebody"))
        guild.managers += [alice, bob]
        channel, audit = world.channel(guild, "moderators"), world.channel(guild, "audit")
        async with running(
            server, library, state, admin_guilds=(guild.id,), audit_channel=audit.id, stop_seconds=20
        ) as bot:
            yield OwnDesk(server, guild, channel, audit, alice, bob, library, bot)


@asynccontextmanager
async def served(server: Loopback, settings: Settings, guild: Guild) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the bot as a process of its own, which has ended in the end."""
    known = server.gateway.identified
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.discord.served", server.address, server.world.token),
        *(str(settings.corpus.path), str(settings.data.path), str(guild.id)),
        cwd=ROOT,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await server.world.changes.until(lambda: server.gateway.identified > known, seconds=60)
        await server.world.changes.until(lambda: server.world.commands.get(guild.id))
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


@pytest.fixture
def at_desk(
    library: Library, contract: Contract | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[OwnDesk], object]], None]:
    """Run a scene at a desk."""
    monkeypatch.setattr(managing, "PROGRESS_SECONDS", PAUSE)

    def run(scene: Callable[[OwnDesk], object]) -> None:
        async def whole() -> None:
            async with desk(library, contract, tmp_path / "state.sqlite3") as d:
                await scene(d)  # type: ignore[misc]

        asyncio.run(whole())

    return run


At = Callable[[Callable[[OwnDesk], object]], None]


def more_articles(library: Library) -> None:
    write_articles(library.settings.corpus.path, MANY, sentences=SENTENCES)


def live(library: Library) -> int | None:
    return library.version.id if library.version else None


def test_the_commands_are_told_to_the_admins_server_alone(at_desk: At) -> None:
    async def scene(d: OwnDesk) -> None:
        (index,) = d.server.world.commands[d.guild.id]
        assert index["name"] == "index"
        assert index["default_member_permissions"] == str(1 << 5)
        assert "index" not in {one["name"] for one in d.server.world.commands[None]}
        stranger = d.server.world.user("Stranger")
        said = await d.run(stranger, "index status")
        assert text_of(said).startswith("Only those who manage this server")
        assert said["flags"] & EPHEMERAL

    at_desk(scene)


def test_a_run_shows_its_progress_while_questions_are_answered_and_another_admin_is_told(at_desk: At) -> None:
    async def scene(d: OwnDesk) -> None:
        await d.server.world.reply(d.ask())
        more_articles(d.library)
        message = await d.begin(d.alice, "index update", why="the archive")
        await d.until(message, "Embedding passages")
        seen = await d.until(message, " a second · about ")
        assert f"of {MANY}" in seen
        assert "▰" in seen or "▱" in seen
        assert f"<@{d.alice.id}>" in seen

        assert KNOWN in await d.server.world.reply(d.ask())
        told = text_of(await d.run(d.bob, "index rebuild"))
        assert told.startswith(f"<@{d.alice.id}> is running an index update, begun <t:")
        assert str(message["id"]) in told
        assert "is running an index update" in text_of(await d.run(d.bob, "index status"))
        # All of that was asked while it ran.
        assert live(d.library) == 1

        done = await d.until(message, "Version 2 answers now")
        assert f"{MANY} added, 0 changed, 0 removed" in done
        assert not buttons_of(d.channel.messages[int(message["id"])])
        heard = await d.server.world.changes.until(lambda: list(d.audit.messages.values()))
        assert f"**Index update** by <@{d.alice.id}> · “the archive”" in text_of(heard[0])
        assert KNOWN in await d.server.world.reply(d.ask())

    at_desk(scene)


def test_cancel_stops_a_run_within_a_second_and_the_old_version_answers(at_desk: At) -> None:
    async def scene(d: OwnDesk) -> None:
        await d.server.world.reply(d.ask())
        more_articles(d.library)
        message = await d.begin(d.alice, "index update")
        await d.until(message, "Embedding passages · ")
        stranger = d.server.world.user("Stranger")
        refused = await d.shown(d.press(stranger, message, "Cancel"))
        assert text_of(refused).startswith("Only those who manage this server")

        pressed = time.monotonic()
        cancelled = d.press(d.bob, message, "Cancel")
        said = await d.until(message, "### Cancelled")
        assert time.monotonic() - pressed < 1.0
        assert f"<@{d.bob.id}> cancelled it" in said
        assert "It stops." in text_of(await d.shown(cancelled))
        assert live(d.library) == 1
        assert KNOWN in await d.server.world.reply(d.ask())
        assert d.library.audit(1)[0].result.startswith("Cancelled")
        # What was embedded is kept, and the way is free.
        again = await d.begin(d.bob, "index update")
        await d.until(again, "Version 2 answers now")

    at_desk(scene)


def test_the_message_is_not_changed_too_often(
    library: Library, contract: Contract | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(managing, "PROGRESS_SECONDS", 1.0)
    edits: list[float] = []

    async def whole() -> None:
        async with desk(library, contract, tmp_path / "state.sqlite3") as d:
            more_articles(library)
            message = await d.begin(d.alice, "index update")

            def changed() -> bool:
                if len(edits) < sum(one.route[0] == "PATCH" and "channel_id" in one.path for one in d.server.rest.log):
                    edits.append(time.monotonic())
                return "answers now" in d.text(message)

            await d.server.world.changes.until(changed, seconds=90)

    asyncio.run(whole())
    # The last one tells what came of it, and waits for nothing.
    assert all(later - earlier > 0.9 for earlier, later in pairwise(edits[:-1]))
    assert len(edits) > 2


def test_a_bot_that_is_stopped_cancels_its_run_and_says_so(at_desk: At) -> None:
    async def scene(d: OwnDesk) -> None:
        more_articles(d.library)
        message = await d.begin(d.alice, "index update")
        await d.until(message, "Embedding passages · ")
        began = time.monotonic()
        await stop(d.bot)
        assert time.monotonic() - began < 5
        assert "I am being restarted. Nothing was changed" in d.text(message)
        assert live(d.library) == 1

    at_desk(scene)


def test_files_are_read_from_discord_within_the_limit(at_desk: At) -> None:
    async def scene(d: OwnDesk) -> None:
        world = d.server.world
        news = b"A whale was found at Cape Dune on Sunday. It was eleven metres long."
        lying = world.attachment("lying.txt", b"word " * 1_500_000, size=10)
        said = text_of(await d.run(d.alice, "index add", file=lying))
        assert said == "lying.txt has more than 5.0 MB, the most that is read. Nothing was changed."
        gone = world.attachment("gone.txt", news)
        del world.files[gone["id"]]
        said = text_of(await d.run(d.alice, "index add", file=gone))
        assert said == "gone.txt could not be read from Discord. Send it again. Nothing was changed."

        files = [world.attachment(f"whale-{number}.txt", news + b" %d" % number) for number in range(10)]
        options = {f"file{number + 1 if number else ''}": one for number, one in enumerate(files)}
        message = await d.begin(d.alice, "index add", publisher="The Paper", **options)
        assert "10 added" in await d.until(message, "Version 2 answers now")

    at_desk(scene)


def test_two_confirmations_of_one_plan_carry_it_out_once(at_desk: At) -> None:
    async def scene(d: OwnDesk) -> None:
        (d.library.settings.corpus.path / "news.txt").write_text("A bridge was opened on Monday.", encoding="utf-8")
        preview = await d.run(d.alice, "index update")
        first, second = d.press(d.alice, preview, "Confirm"), d.press(d.alice, preview, "Confirm")
        await d.server.world.changes.until(lambda: d.audit.messages)
        await d.server.world.changes.until(lambda: first.followups or second.followups)
        assert live(d.library) == 2
        assert len([one for one in d.channel.messages.values() if not one["flags"] & EPHEMERAL]) == 1

    at_desk(scene)


# By signal


@asynccontextmanager
async def open_desk(contract: Contract | None) -> AsyncIterator[Desk]:
    """Serve a Discord with two moderators, and no bot yet."""
    async with loopback(contract=contract) as server:
        world = server.world
        alice, bob = world.user("Alice"), world.user("Bob")
        guild = world.guild("News", alice)
        guild.managers += [alice, bob]
        yield Desk(server, guild, world.channel(guild, "moderators"), world.channel(guild, "audit"), alice, bob)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_a_bot_ended_by_a_signal_leaves_the_old_version_and_tells_of_the_run(
    settings: Settings, contract: Contract | None, number: signal.Signals
) -> None:
    with Library(settings) as library:
        library.update()
    write_articles(settings.corpus.path, MANY, sentences=SENTENCES)

    async def whole() -> None:
        async with open_desk(contract) as d:
            async with served(d.server, settings, d.guild) as child:
                message = await d.begin(d.alice, "index update")
                await d.until(message, "Embedding passages · ")
                child.send_signal(number)
                code = await asyncio.wait_for(child.wait(), 20)
            assert code == (0 if number is signal.SIGTERM else -number)
            with Library(settings) as library:
                assert live(library) == 1
                assert library.ask(QUESTION).citations[0].quote == KNOWN
            if number is signal.SIGTERM:
                assert "I am being restarted. Nothing was changed" in d.text(message)
            else:
                assert "Embedding passages" in d.text(message)
            async with served(d.server, settings, d.guild):
                if number is signal.SIGKILL:
                    await d.until(message, "### Interrupted")
                again = await d.begin(d.bob, "index update")
                await d.until(again, "Version 2 answers now")

    asyncio.run(whole())
