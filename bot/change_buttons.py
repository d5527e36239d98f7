"""The buttons under changes of the index, and the form for an article that is pasted."""

from __future__ import annotations

from datetime import date
from typing import Any

import discord

from bot import managing, parts, render
from bot.admins import is_owner, require_admin
from bot.asking import Interaction, acknowledge, reporting, respond, turn
from bot.errors import Told
from bot.views import FORM_SECONDS, Pressed
from retrieval.models import Add, Upload

MAX_TEXT = 4_000
"""Discord's limit for a field of a form."""
MAX_TITLE = 200


class Decide(Pressed, template=parts.DECIDE):
    """Decides on a change of the index: whoever asked for it does, or an owner."""

    doing = "deciding on a change of the index"

    async def pressed(self, interaction: Interaction) -> None:
        require_admin(interaction)
        bot = interaction.client
        proposal = managing.proposal_of(bot, self.values["plan"])
        if interaction.user.id != proposal.asker and not is_owner(bot, interaction.user):
            raise Told(f"Only <@{proposal.asker}>, who asked for this, can decide on it.")
        await acknowledge(interaction)
        match self.values["decision"]:
            case "go":
                link = await managing.carry_out(bot, proposal, channel_of(interaction))
                await turn(interaction, render.told(f"Confirmed. [See how it goes]({link})", colour=render.GREEN))
            case "force":
                assert interaction.message is not None
                await managing.carry_out(
                    bot, proposal, channel_of(interaction), shown=interaction.message.id, force=True
                )
            case "drop":
                await turn(interaction, await managing.discard(bot, proposal, interaction.user))
            case _:
                bot.service.desk.drop(proposal.id)
                await turn(interaction, render.told("Given up. Nothing was changed."))


class Stop(Pressed, template=parts.STOP):
    """Stops a change while it is carried out: any admin may, for it keeps all others waiting."""

    doing = "cancelling a change of the index"

    async def pressed(self, interaction: Interaction) -> None:
        require_admin(interaction)
        desk = interaction.client.service.desk
        if desk.run is None or desk.run.proposal.id != self.values["plan"]:
            raise Told("That run is over.")
        desk.cancel(interaction.user.id)
        await acknowledge(interaction, private=True, thinking=True)
        await respond(interaction, render.told("It stops. The version before goes on answering."), private=True)


class AddForm(discord.ui.Modal, title="Add an article"):
    """Takes an article as text."""

    def __init__(self, why: str) -> None:
        super().__init__(timeout=FORM_SECONDS)
        self._why = why
        self.headline = self._field("Title", "title", MAX_TITLE)
        self.publisher = self._field("Publisher", "publisher", MAX_TITLE, required=False)
        self.day = self._field("Date", "date", 10, required=False, hint="2020-01-02")
        self.url = self._field("Address", "url", 500, required=False, hint="https://…")
        self.text = self._field("Text", "text", MAX_TEXT, long=True)

    def _field(
        self, label: str, id: str, limit: int, *, required: bool = True, hint: str = "", long: bool = False
    ) -> discord.ui.TextInput[Any]:
        field: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id=id,
            style=discord.TextStyle.paragraph if long else discord.TextStyle.short,
            placeholder=hint or None,
            required=required,
            max_length=limit,
        )
        self.add_item(discord.ui.Label(text=label, component=field))
        return field

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Show what adding it would change."""
        async with reporting(interaction, "adding an article"):
            require_admin(interaction)
            upload = Upload(
                "",
                self.text.value.encode("utf-8", "replace"),
                self.headline.value.strip(),
                self.publisher.value.strip() or None,
                day_of(self.day.value),
                self.url.value.strip() or None,
            )
            await acknowledge(interaction, private=True, thinking=True)
            view = await managing.propose(interaction.client, interaction.user, Add((upload,)), self._why)
            await respond(interaction, view, private=True)


def channel_of(interaction: Interaction) -> discord.abc.Messageable:
    """Return the channel of an interaction, to write to."""
    channel = interaction.channel
    if isinstance(channel, discord.abc.Messageable):
        return channel
    return interaction.client.get_partial_messageable(interaction.channel_id or 0, guild_id=interaction.guild_id)


def day_of(typed: str | None) -> date | None:
    """Return a date as a person types it. Raises Told."""
    if not (typed or "").strip():
        return None
    try:
        return date.fromisoformat((typed or "").strip())
    except ValueError:
        raise Told("Write the date as year, month and day: 2020-01-02.") from None


BUTTONS: tuple[type[Pressed], ...] = (Decide, Stop)
"""Every button of these; the client registers them."""
