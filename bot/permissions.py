"""The permissions that the bot needs in a channel."""

from __future__ import annotations

from typing import Any

import discord

_NAMES = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "read_message_history": "Read Message History",
}


def missing(channel: Any) -> list[str]:
    """Return the permissions without which the bot cannot answer in a channel, by the names that Discord shows."""
    return [_NAMES[name] for name in lacking(channel) if name != "read_message_history"]


def lacking(channel: Any) -> list[str]:
    """Return the needed permissions that the bot does not have in a channel of a server."""
    guild = getattr(channel, "guild", None)
    if guild is None or guild.me is None:
        return []
    held = channel.permissions_for(guild.me)
    sends = "send_messages_in_threads" if isinstance(channel, discord.Thread) else "send_messages"
    return [name for name in ("view_channel", sends, "read_message_history") if not getattr(held, name)]


def named(names: list[str]) -> list[str]:
    """Return permissions by the names that Discord shows."""
    return [_NAMES[name] for name in names]
