"""Questions: in messages, by `/ask`, and in channels where every question is answered."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot import orders, render
from bot.asking import Interaction, answer_interaction, answer_message, reporting, reporting_by_message
from bot.cogs.lookup import welcome
from bot.followups import Heard, Way, concerns, hear
from bot.permissions import missing
from retrieval.library import MAX_QUESTION

if TYPE_CHECKING:
    from bot.client import EmbassyBot

_log = logging.getLogger(__name__)

HINTED_KEPT = 10_000
NOTICE_SECONDS = 600.0
"""How long nobody is told twice of the same lack."""


class Asking(commands.Cog):
    """Listens for questions."""

    def __init__(self, bot: EmbassyBot) -> None:
        self.bot = bot
        self._hinted: set[int] = set()

    @app_commands.command(name="ask")
    @app_commands.describe(
        question="What you want to know about the articles", private="Show the answer to you alone (default: no)"
    )
    async def ask(
        self,
        interaction: Interaction,
        question: app_commands.Range[str, 1, MAX_QUESTION],
        private: bool = False,
    ) -> None:
        """Ask the articles a question, and get their exact words."""
        async with reporting(interaction, "/ask"):
            await answer_interaction(interaction, question, private=private, parent=None)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that asks the bot something."""
        me = self.bot.user
        assert me is not None
        is_open = self._is_open(message)
        if concerns(message, me, is_open=is_open):
            async with reporting_by_message(self.bot, message):
                await self._take(message, me, is_open=is_open)

    async def _take(self, message: discord.Message, me: discord.ClientUser, *, is_open: bool) -> None:
        service = self.bot.service
        heard = await service.kept(hear, message, me, service.state, is_open=is_open)
        if heard.way is Way.OVERHEARD or not await self._may_answer(message, heard):
            return
        # Discord repeats events after a reconnect: whoever notes a message first answers it.
        if not await service.kept(service.state.claim, message.id):
            return
        self.bot.dispatch("question", message)
        if (order := orders.read_order(self.bot, message)) is not None:
            view = await orders.answer(self.bot, message, order)
            await self.bot.sender.reply(message.channel, view, message, message.id)
        elif heard.way is Way.ASKED:
            await answer_message(self.bot, message, heard)
        elif heard.way is Way.GREETED:
            await self.bot.sender.reply(message.channel, await welcome(self.bot), message, message.id)
        else:
            await self._hint(message)

    def _is_open(self, message: discord.Message) -> bool:
        channel = message.channel
        place = channel.parent_id if isinstance(channel, discord.Thread) else channel.id
        return place in self.bot.open_channels

    async def _may_answer(self, message: discord.Message, heard: Heard) -> bool:
        """Say whether the bot may answer there; where not, tell whoever asked and the log."""
        lacking = missing(message.channel)
        if not lacking:
            return True
        _log.warning("no answer in channel %d: %s missing", message.channel.id, ", ".join(lacking))
        if heard.way is Way.ASKED and self.bot.notices.first(message.author.id, NOTICE_SECONDS):
            view = render.told(
                f"I may not answer in <#{message.channel.id}>: I lack "
                f"{' and '.join(f'**{one}**' for one in lacking)} there. A moderator can grant it."
            )
            # Many accept no messages from bots; the log has it.
            with suppress(discord.HTTPException):
                await self.bot.sender.attempt(lambda: message.author.send(view=view))
        return False

    async def _hint(self, message: discord.Message) -> None:
        """Say how to be heard, once a thread or channel: its text reaches the bot only where it is mentioned."""
        if message.channel.id in self._hinted or len(self._hinted) >= HINTED_KEPT:
            return
        self._hinted.add(message.channel.id)
        me = self.bot.user
        assert me is not None
        view = render.told(
            f"Discord hides the text of this message from me. Mention {me.mention} in it, "
            "or press **Follow up** under my last answer."
        )
        await self.bot.sender.reply(message.channel, view, message, message.id)
