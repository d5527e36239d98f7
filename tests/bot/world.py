"""A simulated Discord with the real bot in it, over a real library: what the tests of the bot play in."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, cast

import discord
import simcord

from bot import parts
from bot.client import EmbassyBot
from bot.config import BotSettings
from bot.preview import from_simulation
from bot.state import State
from retrieval.library import Library
from tests.conftest import settings_for

Parameters = ParamSpec("Parameters")
Component = Mapping[str, Any]

TEXT_DISPLAY, BUTTON = 10, 2
GUILD = 900_000_000_000_000_000
"""The id of the server, for config to name."""


def acted(scene: Callable[Parameters, Awaitable[None]]) -> Callable[Parameters, None]:
    """Make a test of a coroutine function."""

    @functools.wraps(scene)
    def test(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        async def play() -> None:
            await scene(*args, **kwargs)

        asyncio.run(play())

    return test


@dataclass(frozen=True)
class World:
    """A server with a channel, a reader, a moderator and the bot."""

    env: simcord.Env
    bot: EmbassyBot
    state: State
    guild: Any
    channel: Any
    reader: Any
    moderator: Any
    moderators: Any

    @property
    def mention(self) -> str:
        assert self.env.bot.user is not None
        return self.env.bot.user.mention

    async def ask(self, question: str, **options: Any) -> Any:
        """Have the reader ask by mention; return the bot's answer."""
        await self.reader.send(self.channel, f"{self.mention} {question}", **options)
        return self.channel.last_message

    async def thread_from(self, message: Any) -> Any:
        """Have a thread begin at a message."""
        channel = self.bot.get_channel(self.channel.id)
        assert isinstance(channel, discord.TextChannel)
        await channel.get_partial_message(message.id).create_thread(name="Further questions")
        await self.env.settle()
        return self.channel.threads[-1]

    def said(self, channel: Any = None) -> list[Any]:
        """Return what the bot said in a channel, oldest first."""
        me = self.env.bot.user
        assert me is not None
        return [one for one in (channel or self.channel).history() if one.author.id == me.id]

    async def happens(self, event: str, *args: Any) -> None:
        """Let an event come from the gateway, and wait until the bot is done with it."""
        # Only what begins in the bot's own scope is waited for.
        with self.env._bot_scope():
            self.bot.dispatch(event, *args)
        await self.env.settle()

    async def show(self, custom_id: str) -> Any:
        """Have the bot post a button with this id where all see it; return the message."""
        channel = self.bot.get_channel(self.channel.id)
        assert isinstance(channel, discord.TextChannel)
        await channel.send(view=parts.layout(parts.row(parts.Press(custom_id, "Press"))))
        return self.channel.last_message

    async def direct(self, member: Any, content: str, *files: tuple[str, bytes]) -> Any:
        """Have someone write to the bot in a direct message; return what it says last."""
        channel = member.user.dm_channel
        await member.send_dm(content, attachments=self.env.backend.store_attachments(channel.id, files))
        return self.said(member.user.dm_channel)[-1]

    def answers(self) -> int:
        """Return how many answers are kept."""
        row = self.state._db.execute("SELECT count(*) FROM answers").fetchone()
        return int(row[0])


@contextmanager
def library_of(folder: Path, articles: Mapping[str, str]) -> Iterator[Library]:
    """Yield an indexed library over these articles, to change; its corpus and data are in the folder."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for name, body in articles.items():
        (corpus / f"{name}.txt").write_text(body, encoding="utf-8")
    with Library(settings_for(corpus, folder / "data")) as opened:
        opened.update()
        yield opened


@asynccontextmanager
async def world(
    library: Library, state: State | None = None, *, permissions: discord.Permissions | None = None, **config: Any
) -> AsyncIterator[World]:
    """Run the bot in a new server. `config` are settings of [discord]."""
    own = state or State(None)
    settings = settings_with(library, **config)
    bot = EmbassyBot(settings, library, own, download=from_simulation)
    async with simcord.run(bot, settle_timeout=60) as env:
        guild = env.create_guild("Newsroom", id=GUILD)
        channel = guild.create_text_channel("general")
        role = guild.create_role("Moderators", permissions=discord.Permissions(manage_messages=True, manage_guild=True))
        reader = guild.add_member(env.create_user("reader", global_name="Reader"))
        moderator = guild.add_member(env.create_user("moderator"), roles=[role])
        yield World(env, bot, own, guild, channel, reader, moderator, role)
    if state is None:
        own.close()


def settings_with(library: Library, **config: Any) -> BotSettings:
    """Return the settings of a library with some of [discord] changed."""
    return BotSettings.model_validate({**library.settings.model_dump(), "discord": config})


def components(shown: Any) -> Iterator[Component]:
    """Yield every component of a message, an interaction's response or a view."""
    if isinstance(shown, discord.ui.LayoutView):
        yield from _walk(cast("list[Component]", shown.to_components()))  # type: ignore[no-untyped-call]
    elif isinstance(shown, discord.Message):
        yield from _walk([one.to_dict() for one in shown.components])
    else:
        yield from _walk(shown.response.components)


def _walk(rows: Any) -> Iterator[Component]:
    for one in rows:
        yield one
        yield from _walk(one.get("components", ()))
        if "accessory" in one:
            yield from _walk([one["accessory"]])


def text(shown: Any) -> str:
    """Return the text of a message, as it was sent."""
    return "\n".join(one["content"] for one in components(shown) if one["type"] == TEXT_DISPLAY)


def buttons(shown: Any) -> dict[str, Component]:
    """Return the buttons of a message by their labels, or their emoji."""
    found = [one for one in components(shown) if one["type"] == BUTTON]
    return {one.get("label") or one["emoji"]["name"]: one for one in found}
