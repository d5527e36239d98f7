"""The endpoints that are none of an interaction: the application, its commands, channels and messages."""

from __future__ import annotations

from tests.discord.entities import Channel, Json, Permission, User
from tests.discord.faults import SEND, Route
from tests.discord.messages import refusal
from tests.discord.rest import ApiError, Body, Call, Endpoint

SHARDS = 1
MESSAGE = "/channels/{channel_id}/messages/{message_id}"
COMMANDS = "/applications/{application_id}/commands"
GUILD_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"


def my_user(call: Call) -> Body:
    """Return the bot's own user."""
    return {**call.world.bot.payload(), "mfa_enabled": True, "locale": "en-US"}


def my_application(call: Call) -> Body:
    """Return the application."""
    return call.world.application()


def my_channels(call: Call) -> Body:
    """Open a direct channel."""
    return call.world.direct(_user(call, call.body["recipient_id"])).payload()


def one_user(call: Call) -> Body:
    """Return a user."""
    return _user(call, call.path["user_id"]).payload()


def one_member(call: Call) -> Body:
    """Return a member of a guild."""
    user = _user(call, call.path["user_id"])
    return {**user.member(), "user": user.payload()}


def one_channel(call: Call) -> Body:
    """Return a channel."""
    return call.channel().payload()


def typing(call: Call) -> Body:
    """Show that the bot types."""
    channel = call.channel()
    _may_send(channel)
    call.world.types(channel)
    return None


def send(call: Call) -> Body:
    """Store a message, once for each nonce."""
    channel = call.channel()
    _may_send(channel)
    if reason := refusal(call.body):
        raise ApiError(400, 50035, f"Invalid Form Body: {reason}")
    reference = call.body.get("message_reference") or {}
    if reference:
        if not channel.allows(Permission.READ_MESSAGE_HISTORY):
            raise ApiError(403, 160002, "Cannot reply without permission to read message history")
        if int(reference["message_id"]) not in channel.messages:
            if reference.get("fail_if_not_exists", True):
                raise ApiError(400, 50035, "Invalid Form Body: Unknown message")
            return call.world.post(call.world.bot, channel, {**call.body, "message_reference": None})
    return call.world.post(call.world.bot, channel, call.body)


def history(call: Call) -> Body:
    """Return up to `limit` messages, newest first: the latest, or those before, after or around a message."""
    channel = call.channel()
    messages = sorted(call.world.history(channel), key=lambda message: int(message["id"]))
    limit = int(call.query.get("limit", 50))
    if "after" in call.query:
        later = [message for message in messages if int(message["id"]) > int(call.query["after"])]
        return later[:limit][::-1]
    if "before" in call.query:
        earlier = [message for message in messages if int(message["id"]) < int(call.query["before"])]
        return earlier[-limit:][::-1]
    if "around" in call.query:
        middle = sum(int(message["id"]) < int(call.query["around"]) for message in messages)
        first = max(0, middle - limit // 2)
        return messages[first : first + limit][::-1]
    return messages[-limit:][::-1]


def one_message(call: Call) -> Body:
    """Return a message."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    return call.world.as_seen(channel, call.message(channel))


def edit(call: Call) -> Body:
    """Change a message of the bot's own."""
    channel = call.channel()
    message = call.message(channel)
    if message["author"]["id"] != str(call.world.bot.id):
        raise ApiError(403, 50005, "Cannot edit a message authored by another user")
    changed = {**message, **call.body, "flags": message["flags"] | (call.body.get("flags") or 0)}
    if reason := refusal(changed):
        raise ApiError(400, 50035, f"Invalid Form Body: {reason}")
    return call.world.edit(channel, int(message["id"]), call.body)


def delete(call: Call) -> Body:
    """Delete a message of the bot's own."""
    channel = call.channel()
    message = call.message(channel)
    if message["author"]["id"] != str(call.world.bot.id):
        raise ApiError(403, 50013, "Missing Permissions")
    call.world.delete(channel, int(message["id"]))
    return None


def gateway(call: Call) -> Body:
    """Say where the gateway is, and how many shards to open."""
    limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
    return {"url": call.world.gateway_url, "shards": SHARDS, "session_start_limit": limit}


def commands(call: Call) -> Body:
    """Return the commands of the application, everywhere or in a guild."""
    return call.world.commands.get(_guild(call), [])


def set_commands(call: Call) -> Body:
    """Replace all commands of the application, everywhere or in a guild."""
    guild = _guild(call)
    stored = [_command(call, command, guild) for command in call.body["list"]]
    call.world.commands[guild] = stored
    return stored


def _command(call: Call, command: Json, guild: int | None) -> Json:
    given = {key: value for key, value in command.items() if value is not None}
    number = str(call.world.snowflakes.next())
    within = {"guild_id": str(guild)} if guild else {}
    permissions = command.get("default_member_permissions")
    known = {"description": "", "type": 1}
    given["default_member_permissions"] = None if permissions is None else str(permissions)
    return {**known, **given, **within, "id": number, "version": number, "application_id": str(call.world.bot.id)}


def _guild(call: Call) -> int | None:
    return int(call.path["guild_id"]) if "guild_id" in call.path else None


def _user(call: Call, number: str) -> User:
    if (user := call.world.users.get(int(number))) is None:
        raise ApiError(404, 10013, "Unknown User")
    return user


def _may_send(channel: Channel) -> None:
    if not channel.allows(channel.sending):
        raise ApiError(403, 50013, "Missing Permissions")


ENDPOINTS: dict[Route, Endpoint] = {
    ("GET", "/users/@me"): my_user,
    ("POST", "/users/@me/channels"): my_channels,
    ("GET", "/users/{user_id}"): one_user,
    ("GET", "/guilds/{guild_id}/members/{user_id}"): one_member,
    ("GET", "/oauth2/applications/@me"): my_application,
    ("GET", "/applications/@me"): my_application,
    ("GET", "/gateway/bot"): gateway,
    ("GET", COMMANDS): commands,
    ("PUT", COMMANDS): set_commands,
    ("GET", GUILD_COMMANDS): commands,
    ("PUT", GUILD_COMMANDS): set_commands,
    ("GET", "/channels/{channel_id}"): one_channel,
    ("POST", "/channels/{channel_id}/typing"): typing,
    ("GET", "/channels/{channel_id}/messages"): history,
    SEND: send,
    ("GET", MESSAGE): one_message,
    ("PATCH", MESSAGE): edit,
    ("DELETE", MESSAGE): delete,
}
