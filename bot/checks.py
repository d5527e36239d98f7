"""What can be said about the [discord] settings without connecting. Loads no discord.py."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterator

from bot.config import BotSettings
from retrieval.doctor import Check

PORTAL = "Discord's Developer Portal, under Bot, Reset Token"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{18,40}\.[A-Za-z0-9_-]{4,12}\.[A-Za-z0-9_-]{20,60}")
_INVITE = "https://discord.com/oauth2/authorize?client_id={id}&scope=bot+applications.commands&permissions={bits}"
PERMISSIONS = 1 << 10 | 1 << 11 | 1 << 16 | 1 << 38
"""View Channel, Send Messages, Read Message History, Send Messages in Threads."""


def token_problem(settings: BotSettings) -> str | None:
    """Return what is wrong with the token, in words that never have any of it; None where it looks right."""
    variable = settings.discord.token_env
    token = os.environ.get(variable, "")
    if not token:
        return f"The environment variable {variable} is not set. Copy the token from {PORTAL}, and put it there."
    if token != token.strip() or token.lower().startswith("bot "):
        return f"{variable} has more than the token: it should be the bare token, without “Bot” and without spaces."
    if not _TOKEN.fullmatch(token):
        return f"{variable} does not look like a bot's token, which has three parts with dots. Copy it from {PORTAL}."
    if application(settings) is None:
        return f"{variable} does not begin with a bot's id. Copy the token anew from {PORTAL}."
    return None


def application(settings: BotSettings) -> int | None:
    """Return the bot's id, with which its token begins."""
    head = os.environ.get(settings.discord.token_env, "").strip().partition(".")[0]
    try:
        id = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return int(id) if id.isdigit() and len(id) <= 20 else None


def invite(id: int) -> str:
    """Return the link that adds the bot to a server, with exactly the permissions it needs."""
    return _INVITE.format(id=id, bits=PERMISSIONS)


def _admins(settings: BotSettings) -> str:
    """Return where the index can be changed from Discord."""
    discord = settings.discord
    if not discord.admin_guilds:
        return "/index is in no server; owners have it in direct messages"
    roles = f", for {len(discord.admin_roles)} roles besides Manage Server" if discord.admin_roles else ""
    audit = "" if discord.audit_channel else "; no audit channel"
    return f"/index in {len(discord.admin_guilds)} server(s){roles}{audit}"


def examine_discord(settings: BotSettings) -> Iterator[Check]:
    """Yield checks of the [discord] settings. Connects to nothing."""
    problem = token_problem(settings)
    yield Check("discord token", f"${settings.discord.token_env}", problem)
    id = None if problem else application(settings)
    if id is not None:
        yield Check("discord invite", invite(id))
    intents = "servers, messages" + (", message content" if settings.discord.message_content else "")
    yield Check("discord intents", intents)
    shards = settings.discord.shards
    yield Check("discord admins", _admins(settings))
    yield Check("discord shards", f"{shards}" if shards else "as many as Discord recommends")
