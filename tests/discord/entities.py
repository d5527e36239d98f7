"""Users, guilds and channels, and how Discord writes them down."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, IntFlag
from typing import Any

Json = dict[str, Any]
"""A JSON object as Discord sends it."""

DISCORD_EPOCH = 1_420_070_400_000
"""Milliseconds of Unix time at which Discord's ids begin."""

JOINED = "2024-01-01T00:00:00+00:00"


class Permission(IntFlag):
    """The permissions that this server enforces."""

    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    READ_MESSAGE_HISTORY = 1 << 16
    USE_APPLICATION_COMMANDS = 1 << 31
    SEND_MESSAGES_IN_THREADS = 1 << 38


EVERYTHING = sum(Permission) & ~Permission.MANAGE_GUILD
"""All of these but what makes a moderator."""


class ChannelKind(IntEnum):
    """Discord's channel types."""

    TEXT = 0
    DM = 1
    THREAD = 11


class Snowflakes:
    """Makes ids as Discord does: milliseconds since its epoch, then a number; later ids are larger."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        """Return an id that no other thing has."""
        now = int(time.time() * 1000) - DISCORD_EPOCH
        self._last = max(self._last + 1, now << 22)
        return self._last


def created_at(snowflake: int) -> str:
    """Return the time an id was made, as Discord writes times."""
    return datetime.fromtimestamp(((snowflake >> 22) + DISCORD_EPOCH) / 1000, UTC).isoformat()


@dataclass(frozen=True)
class User:
    """A person or a bot."""

    id: int
    name: str
    bot: bool = False

    @property
    def mention(self) -> str:
        """What one types to mention the user."""
        return f"<@{self.id}>"

    def payload(self) -> Json:
        """Return a UserResponse."""
        return {
            "id": str(self.id),
            "username": self.name,
            "global_name": self.name,
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
            "flags": 0,
            "public_flags": 0,
            "primary_guild": None,
        }

    def member(self) -> Json:
        """Return a GuildMemberResponse without its user, as messages carry it."""
        return {
            "avatar": None,
            "banner": None,
            "communication_disabled_until": None,
            "deaf": False,
            "flags": 0,
            "joined_at": JOINED,
            "mute": False,
            "nick": None,
            "pending": False,
            "premium_since": None,
            "roles": [],
        }


@dataclass(eq=False)
class Guild:
    """A server with its channels. What everyone may do in it is `permissions`; its owner and `managers` manage it."""

    id: int
    name: str
    owner: User
    bot: User
    permissions: int = EVERYTHING
    channels: list[Channel] = field(default_factory=list)
    managers: list[User] = field(default_factory=list)

    def permissions_of(self, user: User) -> int:
        """Return what a user may do in it."""
        manages = user is self.owner or user in self.managers
        return int(self.permissions | (Permission.MANAGE_GUILD if manages else 0))

    def payload(self) -> Json:
        """Return what GUILD_CREATE tells of it."""
        return {
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(self.owner.id),
            "icon": None,
            "description": None,
            "features": [],
            "emojis": [],
            "stickers": [],
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
            "preferred_locale": "en-US",
            "afk_timeout": 300,
            "afk_channel_id": None,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "public_updates_channel_id": None,
            "joined_at": JOINED,
            "large": False,
            "unavailable": False,
            "member_count": 2,
            "roles": [self._everyone()],
            "members": [{**self.bot.member(), "user": self.bot.payload()}],
            "channels": [channel.payload() for channel in self.channels if channel.kind is ChannelKind.TEXT],
            "threads": [channel.payload() for channel in self.channels if channel.kind is ChannelKind.THREAD],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def _everyone(self) -> Json:
        return {
            "id": str(self.id),
            "name": "@everyone",
            "permissions": str(int(self.permissions)),
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "position": 0,
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }


@dataclass(eq=False)
class Channel:
    """A text channel, a thread or a direct channel, with its messages by id, oldest first."""

    id: int
    kind: ChannelKind
    name: str
    guild: Guild | None = None
    parent: Channel | None = None
    recipient: User | None = None
    denied: int = 0
    messages: dict[int, Json] = field(default_factory=dict)

    @property
    def sending(self) -> Permission:
        """The permission that one needs to send here."""
        thread = self.kind is ChannelKind.THREAD
        return Permission.SEND_MESSAGES_IN_THREADS if thread else Permission.SEND_MESSAGES

    def allows(self, permission: Permission) -> bool:
        """Whether the bot has this permission here. A thread has those of its parent."""
        if self.guild is None:
            return True
        denied = self.denied | (self.parent.denied if self.parent else 0)
        return bool(self.guild.permissions & permission & ~denied)

    def payload(self) -> Json:
        """Return a GuildChannelResponse, ThreadResponse or PrivateChannelResponse."""
        base: Json = {
            "id": str(self.id),
            "type": int(self.kind),
            "flags": 0,
            "last_message_id": str(max(self.messages)) if self.messages else None,
        }
        if self.guild is None:
            return {**base, "recipients": [self.recipient.payload()] if self.recipient else []}
        base |= {"guild_id": str(self.guild.id), "name": self.name, "rate_limit_per_user": 0}
        if self.kind is ChannelKind.THREAD:
            return {
                **base,
                "parent_id": str(self.parent.id) if self.parent else None,
                "owner_id": str(self.guild.owner.id),
                "message_count": len(self.messages),
                "member_count": 1,
                "total_message_sent": len(self.messages),
                "thread_metadata": {
                    "archived": False,
                    "archive_timestamp": created_at(self.id),
                    "auto_archive_duration": 1440,
                    "locked": False,
                    "create_timestamp": created_at(self.id),
                },
            }
        overwrite = {"id": str(self.guild.id), "type": 0, "allow": "0", "deny": str(int(self.denied))}
        return {
            **base,
            "position": 0,
            "parent_id": None,
            "topic": None,
            "nsfw": False,
            "permission_overwrites": [overwrite] if self.denied else [],
        }


@dataclass(eq=False)
class Interaction:
    """Something that a user did with the bot, and how the bot has answered so far."""

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    started: float
    """Seconds of the monotonic clock."""

    message: Json | None = None
    """The message whose button was pressed."""

    callback: int | None = None
    """The type of the first response, once there is one."""

    original: int | None = None
    """The id of the message that the first response made or took over."""

    followups: list[int] = field(default_factory=list)
    choices: list[Json] | None = None
    modal: Json | None = None

    @property
    def shown(self) -> Json | None:
        """The message that the first response made or took over."""
        return self.channel.messages.get(self.original) if self.original else None
