"""Interactions: what users do (commands, buttons, forms), and the endpoints that answer them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from tests.discord.entities import EVERYTHING, Channel, Interaction, Json, User
from tests.discord.faults import Route
from tests.discord.messages import EPHEMERAL, LOADING, components_of, refusal
from tests.discord.rest import ApiError, Body, Call, Endpoint
from tests.discord.world import Event, World

Option = str | bool | int | Json
"""What is given as an option of a command."""

FIRST_RESPONSE_SECONDS = 3.0
TOKEN_SECONDS = 900.0

CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
ORIGINAL = WEBHOOK + "/messages/@original"
FOLLOWUP = WEBHOOK + "/messages/{message_id}"


class Kind(IntEnum):
    """Discord's interaction types."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Callback(IntEnum):
    """Discord's types of a first response."""

    MESSAGE = 4
    DEFERRED = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


ANSWERED_BY = {
    Kind.COMMAND: {Callback.MESSAGE, Callback.DEFERRED, Callback.MODAL},
    Kind.COMPONENT: set(Callback) - {Callback.CHOICES},
    Kind.AUTOCOMPLETE: {Callback.CHOICES},
    Kind.MODAL: {Callback.MESSAGE, Callback.DEFERRED, Callback.DEFERRED_UPDATE, Callback.UPDATE},
}


@dataclass(frozen=True)
class Interactions:
    """The users' hands. Each method tells the bot of an interaction, and returns what becomes of it."""

    world: World

    def command(self, user: User, channel: Channel, name: str, **options: Option) -> Interaction:
        """Run a slash command, one of the guild before one of everywhere; `name` may have a subcommand in it.

        A file is given as `World.attachment` returns it.
        """
        return self._start(user, channel, Kind.COMMAND, self._command_data(channel, name, options))

    def complete(self, user: User, channel: Channel, name: str, focused: str, **options: str) -> Interaction:
        """Type into an option of a slash command."""
        data = self._command_data(channel, name, options)
        for option in data["options"]:
            option["focused"] = option["name"] == focused
        return self._start(user, channel, Kind.AUTOCOMPLETE, data)

    def on_message(self, user: User, message: Json, name: str) -> Interaction:
        """Run a message command."""
        channel = self.world.channels[int(message["channel_id"])]
        data = self._command_data(channel, name, {}) | {"target_id": message["id"]}
        data["resolved"] = {"messages": {message["id"]: message}}
        return self._start(user, channel, Kind.COMMAND, data)

    def press(self, user: User, message: Json, custom_id: str) -> Interaction:
        """Press a button of a message."""
        part = next(part for part in components_of(message["components"]) if part.get("custom_id") == custom_id)
        data = {"custom_id": custom_id, "component_type": part["type"], "id": part["id"]}
        channel = self.world.channels[int(message["channel_id"])]
        return self._start(user, channel, Kind.COMPONENT, data, message=message)

    def submit(self, asked: Interaction, values: dict[str, str]) -> Interaction:
        """Fill in the form that an interaction was answered with, by the custom ids of its fields, and send it."""
        assert asked.modal is not None

        def filled(part: Json) -> Json:
            own = {key: part[key] for key in ("type", "id", "custom_id") if part.get(key) is not None}
            if part["type"] == 4:
                own["value"] = values[part["custom_id"]]
            if "component" in part:
                own["component"] = filled(part["component"])
            if "components" in part:
                own["components"] = [filled(inner) for inner in part["components"]]
            return own

        parts = [filled(part) for part in asked.modal["components"]]
        data = {"custom_id": asked.modal["custom_id"], "components": parts}
        return self._start(asked.user, asked.channel, Kind.MODAL, data, message=asked.message)

    def _command_data(self, channel: Channel, name: str, options: Mapping[str, Option]) -> Json:
        name, _, below = name.partition(" ")
        guild = channel.guild.id if channel.guild else None
        command = next(
            one for place in (guild, None) for one in self.world.commands.get(place, []) if one["name"] == name
        )
        declared = command.get("options", [])
        if below:
            declared = next(one for one in declared if one["name"] == below).get("options", [])
        kinds = {option["name"]: option["type"] for option in declared}
        files = {value["id"]: value for value in options.values() if isinstance(value, dict)}
        given: list[Json] = [
            {"name": key, "type": kinds[key], "value": value["id"] if isinstance(value, dict) else value}
            for key, value in options.items()
        ]
        if below:
            given = [{"name": below, "type": 1, "options": given}]
        within = {"guild_id": command["guild_id"]} if "guild_id" in command else {}
        resolved = {"resolved": {"attachments": files}} if files else {}
        return {"id": command["id"], "name": name, "type": command["type"], "options": given, **within, **resolved}

    def _start(
        self, user: User, channel: Channel, kind: Kind, data: Json, *, message: Json | None = None
    ) -> Interaction:
        number = self.world.snowflakes.next()
        started = Interaction(number, secrets.token_urlsafe(32), int(kind), user, channel, time.monotonic(), message)
        self.world.interactions[started.token] = started
        payload: Json = {
            "id": str(number),
            "application_id": str(self.world.bot.id),
            "type": int(kind),
            "token": started.token,
            "version": 1,
            "channel": channel.payload(),
            "channel_id": str(channel.id),
            "locale": "en-US",
            "app_permissions": str(EVERYTHING),
            "entitlements": [],
            "attachment_size_limit": 10_485_760,
            "authorizing_integration_owners": {"0": str(channel.guild.id if channel.guild else 0)},
            "context": 0 if channel.guild else 1,
            "data": data,
        }
        if channel.guild:
            payload["guild_id"] = str(channel.guild.id)
            payload["guild"] = {"id": str(channel.guild.id), "locale": "en-US", "features": []}
            member = {**user.member(), "user": user.payload(), "permissions": str(channel.guild.permissions_of(user))}
            payload["member"] = member
        else:
            payload["user"] = user.payload()
        if message:
            payload["message"] = message
        self.world.tell(Event("INTERACTION_CREATE", payload))
        return started


def respond(call: Call) -> Body:
    """Take the first response to an interaction: within three seconds, and only one."""
    interaction = _interaction(call, call.path["interaction_token"], FIRST_RESPONSE_SECONDS)
    if interaction.callback is not None:
        raise ApiError(400, 40060, "Interaction has already been acknowledged.")
    callback, data = Callback(call.body["type"]), call.body.get("data") or {}
    if callback not in ANSWERED_BY[Kind(interaction.kind)]:
        raise ApiError(400, 50035, f"Invalid Form Body: an interaction of type {interaction.kind} takes no {callback}")
    if callback in (Callback.MESSAGE, Callback.UPDATE) and (reason := refusal(data)):
        raise ApiError(400, 50035, f"Invalid Form Body: {reason}")
    interaction.callback = int(callback)
    if callback is Callback.MESSAGE:
        interaction.original = int(_post(call, interaction, data)["id"])
    elif callback is Callback.DEFERRED:
        loading = {"flags": (data.get("flags") or 0) & EPHEMERAL | LOADING}
        interaction.original = int(_post(call, interaction, loading)["id"])
    elif callback is Callback.CHOICES:
        interaction.choices = data["choices"]
    elif callback is Callback.MODAL:
        interaction.modal = data
    elif interaction.message:
        interaction.original = int(interaction.message["id"])
        if callback is Callback.UPDATE:
            call.world.edit(interaction.channel, interaction.original, data)
    call.world.changes.note()
    return _callback_response(interaction) if "with_response" in call.query else None


def _callback_response(interaction: Interaction) -> Json:
    told: Json = {"id": str(interaction.id), "type": interaction.kind}
    if (shown := interaction.shown) is None:
        return {"interaction": told}
    told["response_message_id"] = shown["id"]
    told["response_message_loading"] = bool(shown["flags"] & LOADING)
    told["response_message_ephemeral"] = bool(shown["flags"] & EPHEMERAL)
    if interaction.callback not in (Callback.MESSAGE, Callback.UPDATE):
        return {"interaction": told}
    return {"interaction": told, "resource": {"type": interaction.callback, "message": shown}}


def follow_up(call: Call) -> Body:
    """Take a message after the first response; it takes the place of one that is still loading."""
    interaction = _acknowledged(call)
    if reason := refusal(call.body):
        raise ApiError(400, 50035, f"Invalid Form Body: {reason}")
    if interaction.original and interaction.shown and interaction.shown["flags"] & LOADING:
        return call.world.edit(interaction.channel, interaction.original, call.body)
    message = _post(call, interaction, call.body)
    interaction.followups.append(int(message["id"]))
    return message


def one_answer(call: Call) -> Body:
    """Return a message that answers an interaction."""
    interaction = _acknowledged(call)
    return interaction.channel.messages[_answer(call, interaction)]


def edit_answer(call: Call) -> Body:
    """Change a message that answers an interaction."""
    interaction = _acknowledged(call)
    number = _answer(call, interaction)
    message = interaction.channel.messages[number]
    changed = {**message, **call.body, "flags": message["flags"] | (call.body.get("flags") or 0)}
    if reason := refusal(changed):
        raise ApiError(400, 50035, f"Invalid Form Body: {reason}")
    return call.world.edit(interaction.channel, number, call.body)


def delete_answer(call: Call) -> Body:
    """Delete a message that answers an interaction."""
    interaction = _acknowledged(call)
    call.world.delete(interaction.channel, _answer(call, interaction))
    return None


def _post(call: Call, interaction: Interaction, draft: Json) -> Json:
    metadata: Json = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "user": interaction.user.payload(),
        "authorizing_integration_owners": {"0": str(interaction.channel.guild.id if interaction.channel.guild else 0)},
    }
    extra: Json = {"webhook_id": str(call.world.bot.id), "application_id": str(call.world.bot.id)}
    if interaction.kind == Kind.COMMAND:
        extra |= {"type": 20, "interaction_metadata": metadata}
    elif interaction.kind == Kind.COMPONENT and interaction.message:
        extra["interaction_metadata"] = {**metadata, "interacted_message_id": interaction.message["id"]}
    return call.world.post(call.world.bot, interaction.channel, draft, extra=extra)


def _interaction(call: Call, token: str, seconds: float) -> Interaction:
    interaction = call.world.interactions.get(token)
    if interaction is None or time.monotonic() > interaction.started + seconds:
        raise ApiError(404, 10062, "Unknown interaction")
    return interaction


def _acknowledged(call: Call) -> Interaction:
    interaction = _interaction(call, call.path["webhook_token"], TOKEN_SECONDS)
    if interaction.callback is None:
        raise ApiError(404, 10015, "Unknown Webhook")
    return interaction


def _answer(call: Call, interaction: Interaction) -> int:
    """Return the id of the message that the path names."""
    named = call.path.get("message_id")
    number = int(named) if named else interaction.original
    of_it = number is not None and number in (interaction.original, *interaction.followups)
    if number is None or not of_it or number not in interaction.channel.messages:
        raise ApiError(404, 10008, "Unknown Message")
    return number


INTERACTION_ENDPOINTS: dict[Route, Endpoint] = {
    ("POST", CALLBACK): respond,
    ("POST", WEBHOOK): follow_up,
    ("GET", ORIGINAL): one_answer,
    ("PATCH", ORIGINAL): edit_answer,
    ("DELETE", ORIGINAL): delete_answer,
    ("GET", FOLLOWUP): one_answer,
    ("PATCH", FOLLOWUP): edit_answer,
    ("DELETE", FOLLOWUP): delete_answer,
}
