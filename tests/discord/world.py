"""What Discord knows: its users, guilds, channels and messages, and the one application in them."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.discord.changes import Changes
from tests.discord.entities import (
    EVERYTHING,
    Channel,
    ChannelKind,
    Guild,
    Interaction,
    Json,
    Permission,
    Snowflakes,
    User,
)
from tests.discord.messages import EPHEMERAL, edited, new_message, text_of, without_content

NONCE_SECONDS = 300
"""How long a nonce is remembered: Discord says "a few minutes"."""

MESSAGE_CONTENT_LIMITED = 1 << 19
"""The application flag of a bot in less than a hundred guilds that was given the message-content intent."""


@dataclass(frozen=True)
class Event:
    """Something that the gateway tells of."""

    name: str
    data: Json
    channel: Channel | None = None


class World:
    """The state behind REST and gateway. What is done in it is told to its listeners, as events."""

    def __init__(self, *, message_content: bool = False) -> None:
        self.message_content = message_content
        self.changes = Changes()
        self.listeners: list[Callable[[Event], None]] = []
        self.snowflakes = Snowflakes()
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.commands: dict[int | None, list[Json]] = {}
        self.interactions: dict[str, Interaction] = {}
        self.typing: list[int] = []
        self.gateway_url = ""
        self.files: dict[str, bytes] = {}
        self.files_url = ""
        self._nonces: dict[tuple[int, str], tuple[float, Json]] = {}
        self.bot = self.user("Embassy Bot", bot=True)
        # As Discord's, it begins with the bot's id.
        self.token = f"{base64.urlsafe_b64encode(str(self.bot.id).encode()).decode().rstrip('=')}.abcdef.{'x' * 30}"

    def application(self) -> Json:
        """Return a PrivateApplicationResponse. As for most bots, its id is its user's."""
        owner = next((user for user in self.users.values() if not user.bot), self.bot)
        return {
            "id": str(self.bot.id),
            "name": self.bot.name,
            "icon": None,
            "description": "",
            "type": None,
            "bot": self.bot.payload(),
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": self.application_flags,
            "flags_new": str(self.application_flags),
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": owner.payload(),
            "approximate_guild_count": len(self.guilds),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": None,
            "eligible_oauth2_scopes": [],
        }

    @property
    def application_flags(self) -> int:
        """The application's public flags."""
        return MESSAGE_CONTENT_LIMITED if self.message_content else 0

    def user(self, name: str, *, bot: bool = False) -> User:
        """Add a user."""
        user = User(self.snowflakes.next(), name, bot)
        self.users[user.id] = user
        return user

    def guild(self, name: str, owner: User, *, permissions: int = EVERYTHING) -> Guild:
        """Add a guild that the bot is in."""
        guild = Guild(self.snowflakes.next(), name, owner, self.bot, permissions)
        self.guilds[guild.id] = guild
        self.tell(Event("GUILD_CREATE", guild.payload()))
        return guild

    def channel(self, guild: Guild, name: str, *, denied: int = 0) -> Channel:
        """Add a text channel to a guild; `denied` are permissions that everyone lacks in it."""
        return self._open(Channel(self.snowflakes.next(), ChannelKind.TEXT, name, guild, denied=denied))

    def thread(self, parent: Channel, name: str) -> Channel:
        """Add a public thread to a text channel."""
        return self._open(Channel(self.snowflakes.next(), ChannelKind.THREAD, name, parent.guild, parent))

    def direct(self, user: User) -> Channel:
        """Return the direct channel between the bot and a user."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        return self._open(Channel(self.snowflakes.next(), ChannelKind.DM, user.name, recipient=user))

    def _open(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        if channel.guild:
            channel.guild.channels.append(channel)
            name = "THREAD_CREATE" if channel.kind is ChannelKind.THREAD else "CHANNEL_CREATE"
            self.tell(Event(name, channel.payload(), channel))
        return channel

    def say(
        self, author: User, channel: Channel, content: str, *, reply_to: Json | None = None, ping: bool = True
    ) -> Json:
        """Post a user's message, as a reply where `reply_to` is given; `ping` is the switch beside a reply."""
        mentions = {"parse": ["users", "roles", "everyone"], "replied_user": ping}
        draft: Json = {"content": content, "allowed_mentions": mentions}
        if reply_to:
            draft["message_reference"] = {"message_id": reply_to["id"]}
        return self.post(author, channel, draft)

    def post(self, author: User, channel: Channel, draft: Json, *, extra: Json | None = None) -> Json:
        """Store what a MessageCreateRequest asks for, once per nonce; `extra` are fields that it cannot ask for."""
        nonce = (author.id, str(draft.get("nonce")))
        if draft.get("enforce_nonce") and (known := self._nonces.get(nonce)) and known[0] > time.monotonic():
            return known[1]
        reference = (draft.get("message_reference") or {}).get("message_id")
        replied_to = channel.messages.get(int(reference)) if reference else None
        number = self.snowflakes.next()
        known_users = self.users.values()
        message = new_message(number, channel, author, draft, replied_to=replied_to, known=known_users) | (extra or {})
        channel.messages[number] = message
        if draft.get("nonce") is not None:
            self._nonces[nonce] = (time.monotonic() + NONCE_SECONDS, message)
        self.tell_of(channel, message, "MESSAGE_CREATE")
        return message

    def tell_of(self, channel: Channel, message: Json, name: str = "MESSAGE_CREATE") -> None:
        """Send an event of a message, be it for a second time. A private one is no event."""
        guild = channel.guild
        author = self.users[int(message["author"]["id"])]
        within = {"guild_id": str(guild.id), "member": author.member()} if guild else {}
        if message["flags"] & EPHEMERAL:
            self.changes.note()
        else:
            self.tell(Event(name, {**message, **within, "channel_type": int(channel.kind)}, channel))

    def edit(self, channel: Channel, number: int, change: Json) -> Json:
        """Change a message as a MessageEditRequest asks for."""
        message = channel.messages[number] = edited(
            channel.messages[number], change, datetime.now(UTC).isoformat(timespec="milliseconds")
        )
        self.tell_of(channel, message, "MESSAGE_UPDATE")
        return message

    def delete(self, channel: Channel, number: int) -> None:
        """Delete a message."""
        message = channel.messages.pop(number)
        if message["flags"] & EPHEMERAL:
            self.changes.note()
            return
        data = {"id": str(number), "channel_id": str(channel.id)}
        self.tell(
            Event("MESSAGE_DELETE", data | ({"guild_id": str(channel.guild.id)} if channel.guild else {}), channel)
        )

    def types(self, channel: Channel) -> None:
        """Note that the bot types."""
        self.typing.append(channel.id)
        self.changes.note()

    def as_seen(self, channel: Channel, message: Json) -> Json:
        """Return what the bot may see of a message."""
        return message if self.message_content or channel.guild is None else without_content(message, self.bot)

    def history(self, channel: Channel) -> list[Json]:
        """Return the messages that the bot may read again, oldest first."""
        if not channel.allows(Permission.READ_MESSAGE_HISTORY):
            return []
        shown = (message for message in channel.messages.values() if not message["flags"] & EPHEMERAL)
        return [self.as_seen(channel, message) for message in shown]

    def replies(self, question: Json) -> list[Json]:
        """Return the bot's replies to a message, oldest first."""
        found = []
        for message in self.channels[int(question["channel_id"])].messages.values():
            reference = message.get("message_reference") or {}
            if reference.get("message_id") == question["id"] and message["author"]["id"] == str(self.bot.id):
                found.append(message)
        return found

    async def reply(self, question: Json) -> str:
        """Wait for the bot's reply to a message, and return what one reads in it."""
        found = await self.changes.until(lambda: self.replies(question))
        return text_of(found[0])

    def attachment(self, name: str, content: bytes, *, size: int | None = None) -> Json:
        """Upload a file; return its AttachmentResponse, which says that it has `size` bytes."""
        id = str(self.snowflakes.next())
        self.files[id] = content
        url = f"{self.files_url}/{id}"
        return {
            "id": id,
            "filename": name,
            "size": len(content) if size is None else size,
            "url": url,
            "proxy_url": url,
        }

    def tell(self, event: Event) -> None:
        """Send an event to all listeners."""
        for listener in self.listeners:
            listener(event)
        self.changes.note()
