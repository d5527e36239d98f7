"""The buttons under the bot's messages. What a button belongs to stands in its custom id, so a restart breaks none.

discord.py only logs an exception in a DynamicItem's callback: `Pressed` wraps every callback, so that the user hears.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Any, ClassVar, Self

import discord

from bot import parts, reading, render, telling
from bot.asking import (
    Interaction,
    accept,
    acknowledge,
    answer_accepted,
    answer_interaction,
    reporting,
    respond,
    turn,
)
from bot.errors import Told
from bot.service import Changed
from bot.state import Kept
from retrieval.library import MAX_QUESTION

FORM_SECONDS = 15 * 60
"""As long as the form's interaction lives."""


class Pressed(discord.ui.DynamicItem[discord.ui.Button[Any]], template="eb:none"):
    """A button that was pressed. Subclasses read its custom id and say what is done."""

    doing: ClassVar[str]

    def __init__(self, button: discord.ui.Button[Any], values: dict[str, str]) -> None:
        super().__init__(button)
        self.values = values

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        """Return the button of a custom id."""
        assert isinstance(item, discord.ui.Button)
        return cls(item, match.groupdict())

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button does, and tell the user where that fails."""
        async with reporting(interaction, self.doing):
            await self.pressed(interaction)

    @abstractmethod
    async def pressed(self, interaction: Interaction) -> None:
        """Do what the button does. Raises what `errors.explain` explains."""

    @property
    def answer(self) -> int:
        """The id of the answer."""
        return int(self.values["answer"], 36)

    def number(self, name: str) -> int:
        """Return a number of the custom id."""
        return int(self.values[name])


class OpenCitation(Pressed, template=parts.CITATION):
    """Shows the passage of a citation to whoever asks, and to no one else."""

    doing = "opening a citation"

    async def pressed(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True, thinking=True)
        found = await interaction.client.service.quoted(self.answer, self.number("number"))
        await respond(interaction, reading.cited(found, self.answer), private=True)


class TurnCitation(Pressed, template=parts.CITATION_AT):
    """Turns an opened citation to other paragraphs."""

    doing = "turning a citation's pages"

    async def pressed(self, interaction: Interaction) -> None:
        await acknowledge(interaction)
        found = await interaction.client.service.quoted(self.answer, self.number("number"))
        await turn(interaction, reading.cited(found, self.answer, self.number("paragraph")))


class CopyCitation(Pressed, template=parts.COPY):
    """Gives a citation as text to copy."""

    doing = "copying a citation"

    async def pressed(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True, thinking=True)
        found = await interaction.client.service.quoted(self.answer, self.number("number"))
        await respond(interaction, reading.copyable(found), private=True)


class MorePassages(Pressed, template=parts.MORE):
    """Shows the passages that were found for a question."""

    doing = "showing passages"

    async def pressed(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True, thinking=True)
        await respond(interaction, await passages_page(interaction, self.answer, 0), private=True)


class TurnPassages(Pressed, template=parts.MORE_AT):
    """Turns the pages of passages."""

    doing = "turning the passages' pages"

    async def pressed(self, interaction: Interaction) -> None:
        await acknowledge(interaction)
        await turn(interaction, await passages_page(interaction, self.answer, self.number("page")))


class TurnArticle(Pressed, template=parts.ARTICLE_AT):
    """Opens an article at a paragraph; from an opened article, turns to it."""

    doing = "reading an article"

    async def pressed(self, interaction: Interaction) -> None:
        turns = is_reader(interaction.message)
        if turns:
            await acknowledge(interaction)
        else:
            await acknowledge(interaction, private=True, thinking=True)
        article = await interaction.client.service.article(self.values["article"])
        paragraph = min(max(self.number("paragraph"), 1), len(article.paragraphs))
        view = reading.article(article, paragraph)
        if turns:
            await turn(interaction, view)
        else:
            await respond(interaction, view, private=True)


class TurnSources(Pressed, template=parts.SOURCES_AT):
    """Turns the list of articles."""

    doing = "turning the list of articles"

    async def pressed(self, interaction: Interaction) -> None:
        await acknowledge(interaction)
        await turn(interaction, reading.sources(await interaction.client.service.catalogue(), self.number("page")))


class Vote(Pressed, template=parts.VOTE):
    """Notes whether an answer was good; the same thumb again takes it back."""

    doing = "noting a vote"

    async def pressed(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True, thinking=True)
        service = interaction.client.service
        await service.answer(self.answer)
        vote = await service.kept(service.state.vote, self.answer, interaction.user.id, self.values["good"] == "1")
        said = {True: "Noted as a good answer.", False: "Noted as a bad answer.", None: "Your vote is taken back."}
        await respond(
            interaction,
            render.told(f"{said[vote]} Press the other thumb to change it, or the same one to take it back."),
            private=True,
        )


class TellMe(Pressed, template=parts.TELL_ME):
    """Notes that somebody wants to be told once the articles answer; pressed again, that they no longer do."""

    doing = "noting who waits for an answer"

    async def pressed(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True, thinking=True)
        service = interaction.client.service
        waits = await service.kept(service.state.wait, self.answer, interaction.user.id)
        kept = await service.answer(self.answer)
        days = interaction.client.settings.discord.retention_days
        await respond(interaction, telling.noted(waits, days, private=kept.private), private=True)


class FollowUp(Pressed, template=parts.FOLLOW_UP):
    """Opens a form for the next question, which knows this answer."""

    doing = "opening the form for a follow-up"

    async def pressed(self, interaction: Interaction) -> None:
        kept = await interaction.client.service.answer(self.answer)
        await interaction.response.send_modal(FollowUpForm(kept))


class Example(Pressed, template=parts.EXAMPLE):
    """Asks an example question, in the channel where it stands."""

    doing = "asking an example question"

    async def pressed(self, interaction: Interaction) -> None:
        private = bool(interaction.message and interaction.message.flags.ephemeral)
        await accept(interaction, private=private)
        examples = await interaction.client.service.examples()
        number = self.number("number")
        if number >= len(examples):
            raise Changed
        await answer_accepted(interaction, examples[number], private=private, parent=None)


class Forget(Pressed, template=parts.FORGET):
    """Deletes all that is kept of whoever presses it."""

    doing = "deleting what is kept of a user"

    async def pressed(self, interaction: Interaction) -> None:
        await acknowledge(interaction)
        service = interaction.client.service
        await service.kept(service.state.forget_user, interaction.user.id)
        left = await service.kept(service.state.kept_of, interaction.user.id)
        await turn(interaction, reading.privacy(left, interaction.client.settings.discord.retention_days))


class FollowUpForm(discord.ui.Modal, title="Follow up"):
    """Asks for the next question. Where a reply arrives without its text, this is the way that always works."""

    def __init__(self, before: Kept) -> None:
        super().__init__(timeout=FORM_SECONDS)
        self._before = before
        self.question: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="question",
            style=discord.TextStyle.paragraph,
            placeholder="And when was that?",
            max_length=MAX_QUESTION,
        )
        self.add_item(discord.ui.Label(text="Your question", component=self.question))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Answer it, as privately as the answer that it follows."""
        async with reporting(interaction, "answering a follow-up"):
            question = self.question.value.strip()
            if not question:
                raise Told("There was no question in the form.")
            await answer_interaction(interaction, question, private=self._before.private, parent=self._before)


async def passages_page(interaction: Interaction, answer: int, page: int, said: str = "") -> discord.ui.LayoutView:
    """Return a page of the passages kept with an answer. `said` is put into its small print."""
    size = reading.PASSAGES_A_PAGE
    found = await interaction.client.service.passages(answer, page * size, size)
    return reading.passages(found, answer, page, said)


def is_reader(message: discord.Message | None) -> bool:
    """Say whether a message is an opened article, whose own buttons stand in a row and not beside a text."""
    if message is None:
        return False
    return any(
        isinstance(one, discord.ActionRow)
        and any(
            isinstance(child, discord.Button) and (child.custom_id or "").startswith("eb:read:")
            for child in one.children
        )
        for one in message.components
    )


BUTTONS: tuple[type[Pressed], ...] = (
    OpenCitation,
    TurnCitation,
    CopyCitation,
    MorePassages,
    TurnPassages,
    TurnArticle,
    TurnSources,
    Vote,
    TellMe,
    FollowUp,
    Example,
    Forget,
)
"""Every button; the client registers them."""
