"""What the tests over the loopback Discord share: the contract, read once, and a guild with a reader in it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.discord.contract import Contract
from tests.discord.entities import Channel, Guild, Json, User
from tests.discord.server import Loopback


@pytest.fixture(scope="session")
def contract() -> Contract | None:
    """Discord's contract, where it is there: every server of the tests holds what it receives and sends against it."""
    return Contract.found()


@pytest.fixture
def sure_contract(contract: Contract | None) -> Contract:
    """Discord's contract; a test that is about it is skipped without it."""
    if contract is None:
        pytest.skip("Discord's OpenAPI description is not at ../shared/discord/openapi.json")
    return contract


@dataclass(frozen=True)
class Scene:
    """A guild with a reader and a channel."""

    server: Loopback
    reader: User
    guild: Guild
    channel: Channel

    @classmethod
    def on(cls, server: Loopback) -> Scene:
        """Set it up on a server."""
        reader = server.world.user("Reader")
        guild = server.world.guild("News", reader)
        return cls(server, reader, guild, server.world.channel(guild, "news"))

    def ask(self, text: str = "what happened?") -> Json:
        """Mention the bot in the channel."""
        return self.server.world.say(self.reader, self.channel, f"{self.server.world.bot.mention} {text}")
