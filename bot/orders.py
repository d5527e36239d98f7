"""Changes of the index that an owner writes in a direct message, where commands of servers are not there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from bot import ledger, managing
from bot.admins import is_owner
from bot.errors import Told
from bot.uploads import Known
from retrieval.models import Rebuild, Remove, Rollback, Update

if TYPE_CHECKING:
    from bot.client import EmbassyBot

_ORDER = re.compile(
    r"/?index\s+(?:(?P<bare>status|update|rebuild|add|history)|(?P<remove>remove)\s+(?P<article>\S.*)"
    r"|rollback\s+(?P<version>\d{1,15}))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Order:
    """What an owner wants, and of what."""

    action: str
    of: str = ""


def read_order(bot: EmbassyBot, message: discord.Message) -> Order | None:
    """Return the order that a message is; None for any other, from anyone else or anywhere else."""
    if message.guild is not None or not is_owner(bot, message.author):
        return None
    found = _ORDER.fullmatch(message.content.strip())
    if found is None:
        return None
    if found["bare"]:
        return Order(found["bare"].lower())
    return Order("remove", found["article"].strip()) if found["remove"] else Order("rollback", found["version"])


async def answer(bot: EmbassyBot, message: discord.Message, order: Order) -> discord.ui.LayoutView:
    """Return the message that answers an order. Raises what `errors.explain` explains."""
    service, owner = bot.service, message.author
    match order.action:
        case "status":
            return ledger.status(await service.index_status(), service.desk.doing)
        case "history":
            return ledger.history(*await service.versions())
        case "update":
            return await managing.propose(bot, owner, Update())
        case "rebuild":
            return await managing.propose(bot, owner, Rebuild())
        case "rollback":
            return await managing.propose(bot, owner, Rollback(int(order.of)))
        case "remove":
            return await managing.propose(bot, owner, Remove(await managing.article_meant(bot, order.of)))
        case _:
            if not message.attachments:
                raise Told("Attach what I am to add: up to ten .txt, .md or .html files.")
            return await managing.propose_files(bot, owner, message.attachments, Known())
