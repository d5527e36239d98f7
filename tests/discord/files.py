"""Files that come with a message: read from the request, and shown by it as Discord gives them back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from tests.discord.entities import Json

ATTACHED = "attachment://"
CDN = "https://cdn.discordapp.test/attachments"


@dataclass(frozen=True)
class Sent:
    """A file as it was sent."""

    name: str
    type: str
    content: bytes


async def read(request: web.Request) -> tuple[str, dict[str, Sent]]:
    """Return a request's JSON as text, and its files by the numbers that the JSON gives them."""
    if request.content_type != "multipart/form-data":
        return await request.text(), {}
    form = await request.post()
    files = {
        field.removeprefix("files[").removesuffix("]"): Sent(part.filename, part.content_type, part.file.read())
        for field, part in form.items()
        if isinstance(part, web.FileField)
    }
    return str(form["payload_json"]), files


def stored(body: Json, files: dict[str, Sent], number: Callable[[], int]) -> Json:
    """Return a body with its files as Discord stores them. Raises KeyError for a file that was not sent."""
    places: dict[str, Json] = {}
    for part in body.get("attachments") or []:
        sent, id = files[str(part["id"])], str(number())
        url = f"{CDN}/{id}/{sent.name}"
        places[sent.name] = {
            **{"id": id, "filename": sent.name, "size": len(sent.content), "url": url, "proxy_url": url},
            "content_type": sent.type,
        }

    def shown(value: object) -> object:
        if isinstance(value, list):
            return [shown(one) for one in value]
        if not isinstance(value, dict):
            return value
        if str(value.get("url", "")).startswith(ATTACHED):
            place = places[value["url"].removeprefix(ATTACHED)]
            return {
                **{key: place[key] for key in ("id", "url", "proxy_url", "content_type")},
                "attachment_id": place["id"],
            }
        return {key: shown(one) for key, one in value.items()}

    whole: Json = json.loads(json.dumps(shown(body)))
    return {**whole, "attachments": list(places.values())} if places else whole
