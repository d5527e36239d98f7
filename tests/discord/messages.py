"""Messages: from what was asked for to what is stored, by Discord's rules. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from tests.discord.entities import Channel, Json, User, created_at

COMPONENTS_V2 = 1 << 15
EPHEMERAL = 1 << 6
LOADING = 1 << 7
TEXT_LIMIT = 4000
COMPONENT_LIMIT = 40
CUSTOM_ID_LIMIT = 100

TEXT_DISPLAY = 10
DEFAULTS: dict[int, Json] = {
    2: {"disabled": False},
    14: {"divider": True, "spacing": 1},
    17: {"accent_color": None, "spoiler": False},
}
"""By component type, what Discord adds where it was left out."""

_MENTION = re.compile(r"<@!?(\d+)>")


def components_of(parts: Collection[Json]) -> Iterator[Json]:
    """Yield components and those within them, outer first."""
    for part in parts:
        yield part
        yield from components_of(part.get("components") or [])
        if accessory := part.get("accessory"):
            yield from components_of([accessory])


def text_of(message: Json) -> str:
    """Return all that one reads in a message: its content, and the text of its components."""
    shown = [part["content"] for part in components_of(message.get("components") or []) if part["type"] == TEXT_DISPLAY]
    return "\n".join([message["content"], *shown] if message.get("content") else shown)


def buttons_of(message: Json) -> list[Json]:
    """Return the buttons of a message that do something when pressed."""
    return [part for part in components_of(message["components"]) if part["type"] == 2 and "custom_id" in part]


def refusal(draft: Json) -> str | None:
    """Return why Discord refuses a message whose form is right, or None."""
    parts = list(components_of(draft.get("components") or []))
    flags = draft.get("flags") or 0
    if flags & COMPONENTS_V2 and any(draft.get(old) for old in ("content", "embeds", "poll", "sticker_ids")):
        return "The 'content', 'embeds', 'stickers' and 'poll' fields cannot be used when using components v2"
    if not flags & COMPONENTS_V2 and any(part["type"] > 8 for part in parts):
        return "This component type cannot be used without components v2"
    if not any(draft.get(one) for one in ("content", "embeds", "components", "attachments", "sticker_ids", "poll")):
        return "Cannot send an empty message"
    if len(parts) > COMPONENT_LIMIT:
        return f"{len(parts)} components, {COMPONENT_LIMIT} at most"
    if flags & COMPONENTS_V2 and len(text_of(draft)) > TEXT_LIMIT:
        return f"{len(text_of(draft))} characters of text, {TEXT_LIMIT} at most"
    ids = [part["custom_id"] for part in parts if part.get("custom_id")]
    if len(ids) != len(set(ids)):
        return "Component custom id cannot be duplicated"
    return None


def stored_components(parts: Collection[Json]) -> list[Json]:
    """Return components as Discord gives them back: each with a number of its own, nothing null, defaults filled in."""
    numbers = iter(range(1, 10_000))

    def stored(part: Json) -> Json:
        given = _without_nulls(part)
        own = {**DEFAULTS.get(part["type"], {}), **given, "id": part.get("id") or next(numbers)}
        if "components" in part:
            own["components"] = [stored(inner) for inner in part["components"]]
        if part.get("accessory"):
            own["accessory"] = stored(part["accessory"])
        return own

    return [stored(part) for part in parts]


def _without_nulls(part: Json) -> Json:
    given = {key: value for key, value in part.items() if value is not None}
    return {key: _without_nulls(value) if isinstance(value, dict) else value for key, value in given.items()}


def pinged(draft: Json, text: str, replied: User | None, known: Collection[User]) -> list[User]:
    """Return who is notified, given `allowed_mentions`; without it, everyone that is mentioned or replied to."""
    allowed = draft.get("allowed_mentions")
    mentioned = {int(number) for number in _MENTION.findall(text)}
    if allowed is not None:
        by_parse = "users" in (allowed.get("parse") or [])
        mentioned &= mentioned if by_parse else {int(number) for number in allowed.get("users") or []}
    if replied and (allowed is None or allowed.get("replied_user")):
        mentioned.add(replied.id)
    return [user for user in known if user.id in mentioned]


def pings_everyone(draft: Json, text: str) -> bool:
    """Whether @everyone or @here in the text notifies all."""
    allowed = draft.get("allowed_mentions")
    may = allowed is None or "everyone" in (allowed.get("parse") or [])
    return may and re.search(r"@(everyone|here)\b", text) is not None


def new_message(
    number: int, channel: Channel, author: User, draft: Json, *, replied_to: Json | None, known: Collection[User]
) -> Json:
    """Return the MessageResponse that a MessageCreateRequest makes."""
    text = text_of(draft)
    replied = next((user for user in known if replied_to and str(user.id) == replied_to["author"]["id"]), None)
    message: Json = {
        "id": str(number),
        "type": 19 if replied_to else 0,
        "channel_id": str(channel.id),
        "author": author.payload(),
        "content": draft.get("content") or "",
        "components": stored_components(draft.get("components") or []),
        "flags": draft.get("flags") or 0,
        "mentions": [user.payload() for user in pinged(draft, text, replied, known)],
        "mention_roles": [],
        "mention_everyone": pings_everyone(draft, text),
        "attachments": [],
        "embeds": draft.get("embeds") or [],
        "timestamp": created_at(number),
        "edited_timestamp": None,
        "pinned": False,
        "tts": False,
    }
    if draft.get("nonce") is not None:
        message["nonce"] = draft["nonce"]
    if replied_to:
        message["message_reference"] = {
            "type": 0,
            "channel_id": str(channel.id),
            "message_id": replied_to["id"],
            **({"guild_id": str(channel.guild.id)} if channel.guild else {}),
        }
        message["referenced_message"] = {key: replied_to[key] for key in replied_to if key != "referenced_message"}
    return message


def edited(message: Json, change: Json, when: str) -> Json:
    """Return a message after an edit; fields that the edit leaves out stay."""
    changed = {**message, "edited_timestamp": when}
    if "content" in change:
        changed["content"] = change["content"] or ""
    if "embeds" in change:
        changed["embeds"] = change["embeds"] or []
    if "components" in change:
        changed["components"] = stored_components(change["components"] or [])
    if change.get("attachments"):
        changed["attachments"] = change["attachments"]
    if change.get("flags") is not None:
        # A message of components stays one.
        changed["flags"] = change["flags"] | message["flags"] & (COMPONENTS_V2 | EPHEMERAL)
    changed["flags"] &= ~LOADING
    return changed


def without_content(message: Json, bot: User) -> Json:
    """Return what a bot without the message-content intent sees of a message in a guild."""
    named = {message["author"]["id"], *(user["id"] for user in message["mentions"])}
    if str(bot.id) in named:
        return message
    return {**message, "content": "", "components": [], "embeds": [], "attachments": []}
