"""Files that admins hand in: held against the limits before anything is read, and again while it is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

import aiohttp
import discord

from bot.errors import Told
from bot.text import name, size
from retrieval.models import Upload

ENDINGS = (".txt", ".md", ".html")
READ_SECONDS = 30.0
CHUNK = 65_536

Download = Callable[[discord.Attachment, int], Awaitable[bytes]]
"""Reads an attachment of at most so many bytes. Raises TooLarge, and what its connection raises."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an article besides its text."""

    title: str | None = None
    publisher: str | None = None
    published: date | None = None
    url: str | None = None


class TooLarge(Exception):
    """More came than Discord had said, and more than may be."""


async def download(attachment: discord.Attachment, limit: int) -> bytes:
    """Read an attachment from Discord, and no more of it than the limit."""
    timeout = aiohttp.ClientTimeout(total=READ_SECONDS)
    async with (
        aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session,
        session.get(attachment.url) as answer,
    ):
        read = bytearray()
        async for chunk in answer.content.iter_chunked(CHUNK):
            read += chunk
            if len(read) > limit:
                raise TooLarge
        return bytes(read)


def check(attachments: Sequence[discord.Attachment], limit: int) -> None:
    """Raise Told where a file cannot be an article, as far as Discord tells of it."""
    for one in attachments:
        if problem := _problem(one.filename, one.size, limit):
            raise Told(f"{name(one.filename, 80)} {problem} Nothing was changed.")


def _problem(filename: str, length: int, limit: int) -> str:
    if PurePosixPath(filename).suffix.lower() not in ENDINGS:
        return "is no article: those end in .txt, .md or .html."
    if length > limit:
        return f"has {size(length)}, and at most {size(limit)} are read."
    return "" if length else "is empty."


async def read(
    attachments: Sequence[discord.Attachment], known: Known, limit: int, fetch: Download
) -> tuple[Upload, ...]:
    """Return files as articles to add. Raises Told where one cannot be read."""
    if len(attachments) > 1 and (known.title or known.url):
        raise Told("A title or an address is of one article: add that file by itself.")
    check(attachments, limit)
    uploads = []
    for one in attachments:
        shown = name(one.filename, 80)
        try:
            content = await fetch(one, limit)
        except TooLarge:
            raise Told(f"{shown} has more than {size(limit)}, the most that is read. Nothing was changed.") from None
        except (aiohttp.ClientError, discord.HTTPException, OSError) as error:
            raise Told(f"{shown} could not be read from Discord. Send it again. Nothing was changed.") from error
        uploads.append(Upload(one.filename, content, known.title, known.publisher, known.published, known.url))
    return tuple(uploads)
