"""discord.py as it is, over the loopback server: commands, buttons and forms."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import discord
import pytest
from discord import app_commands, ui

from tests.discord.clients import Quick, connected
from tests.discord.conftest import Scene
from tests.discord.contract import Contract
from tests.discord.entities import Json
from tests.discord.interactions import CALLBACK
from tests.discord.messages import EPHEMERAL, buttons_of, text_of
from tests.discord.server import loopback


class Form(ui.Modal, title="Ask again"):
    """A form with one field."""

    question: ui.TextInput[Form] = ui.TextInput(label="Question", custom_id="question")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Answer with what was typed."""
        await interaction.response.send_message(f"asked: {self.question.value}")


class Answer(ui.LayoutView):
    """An answer with a button that opens something privately, and one that opens a form."""

    text: ui.TextDisplay[Answer] = ui.TextDisplay("An answer.")
    row: ui.ActionRow[Answer] = ui.ActionRow()

    @row.button(label="Source", custom_id="source")
    async def source(self, interaction: discord.Interaction, button: ui.Button[Answer]) -> None:
        """Show something to who pressed."""
        await interaction.response.send_message("the source", ephemeral=True)

    @row.button(label="Again", custom_id="again")
    async def again(self, interaction: discord.Interaction, button: ui.Button[Answer]) -> None:
        """Open a form."""
        await interaction.response.send_modal(Form())

    @row.button(label="More", custom_id="more")
    async def more(self, interaction: discord.Interaction, button: ui.Button[Answer]) -> None:
        """Change the message."""
        view = ui.LayoutView()
        view.add_item(ui.TextDisplay("Another answer."))
        await interaction.response.edit_message(view=view)


class Commander(Quick):
    """A client with a few commands."""

    def __init__(self) -> None:
        super().__init__()
        self.tree = app_commands.CommandTree(self)
        self.failed: list[Exception] = []

        @self.tree.command(description="Ask something.")
        async def ask(interaction: discord.Interaction, question: str, private: bool = False) -> None:
            await interaction.response.defer(ephemeral=private)
            await interaction.edit_original_response(view=Answer())
            await interaction.followup.send(f"about {question}", ephemeral=True)

        @ask.autocomplete("question")
        async def complete(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{current}?", value=current)]

        @self.tree.context_menu(name="Explain")
        async def explain(interaction: discord.Interaction, message: discord.Message) -> None:
            await interaction.response.send_message(f"it says: {message.content}")

        @self.tree.error
        async def failed(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
            self.failed.append(getattr(error, "original", error))

    async def setup_hook(self) -> None:
        """Sync the commands."""
        await self.tree.sync()


Test = Callable[[Scene, Commander], Awaitable[None]]


def with_commands(contract: Contract | None, test: Test) -> None:
    """Run a test with a connected client."""

    async def run() -> None:
        async with loopback(contract=contract) as server:
            scene, client = Scene.on(server), Commander()
            async with connected(client, server):
                await test(scene, client)

    asyncio.run(run())


async def answered(scene: Scene, question: str = "why", *, private: bool = False) -> Json:
    """Run /ask, and return the message that answers it."""
    hands, changes = scene.server.interactions, scene.server.world.changes
    interaction = hands.command(scene.reader, scene.channel, "ask", question=question, private=private)
    await changes.until(lambda: interaction.followups)
    assert interaction.shown
    return interaction.shown


def test_commands_are_synced(contract: Contract | None) -> None:
    async def test(scene: Scene, client: Commander) -> None:
        commands = scene.server.world.commands[None]
        assert {(command["name"], command["type"]) for command in commands} == {("ask", 1), ("Explain", 3)}
        assert [command.name for command in await client.tree.fetch_commands()] == ["ask", "Explain"]

    with_commands(contract, test)


@pytest.mark.parametrize("private", [False, True])
def test_a_deferred_command_is_answered_in_place_and_followed_up(contract: Contract | None, private: bool) -> None:
    async def test(scene: Scene, client: Commander) -> None:
        shown = await answered(scene, private=private)
        assert text_of(shown) == "An answer."
        assert bool(shown["flags"] & EPHEMERAL) is private
        assert [text_of(message) for message in scene.channel.messages.values()] == ["An answer.", "about why"]
        assert len(scene.server.world.history(scene.channel)) == (0 if private else 1)

    with_commands(contract, test)


def test_choices_are_offered_while_one_types(contract: Contract | None) -> None:
    async def test(scene: Scene, client: Commander) -> None:
        typed = scene.server.interactions.complete(scene.reader, scene.channel, "ask", "question", question="wh")
        choices = await scene.server.world.changes.until(lambda: typed.choices)
        assert choices == [{"name": "wh?", "value": "wh"}]

    with_commands(contract, test)


def test_a_message_command_sees_its_message(contract: Contract | None) -> None:
    async def test(scene: Scene, client: Commander) -> None:
        message = scene.server.world.say(scene.reader, scene.channel, "something")
        run = scene.server.interactions.on_message(scene.reader, message, "Explain")
        assert text_of(await scene.server.world.changes.until(lambda: run.shown)) == "it says: something"

    with_commands(contract, test)


def test_buttons_answer_privately_open_forms_and_change_the_message(contract: Contract | None) -> None:
    async def test(scene: Scene, client: Commander) -> None:
        hands, changes = scene.server.interactions, scene.server.world.changes
        answer = await answered(scene)
        assert [button["label"] for button in buttons_of(answer)] == ["Source", "Again", "More"]

        source = hands.press(scene.reader, answer, "source")
        shown = await changes.until(lambda: source.shown)
        assert (text_of(shown), bool(shown["flags"] & EPHEMERAL)) == ("the source", True)

        again = hands.press(scene.reader, answer, "again")
        await changes.until(lambda: again.modal)
        form = hands.submit(again, {"question": "and then?"})
        assert text_of(await changes.until(lambda: form.shown)) == "asked: and then?"

        hands.press(scene.reader, answer, "more")
        number = int(answer["id"])
        await changes.until(lambda: text_of(scene.channel.messages[number]) == "Another answer.")

    with_commands(contract, test)


def test_who_acknowledges_after_three_seconds_is_told_that_it_is_too_late(contract: Contract | None) -> None:
    async def test(scene: Scene, client: Commander) -> None:
        run = scene.server.interactions.command(scene.reader, scene.channel, "ask", question="late")
        run.started -= 3.1
        await scene.server.world.changes.until(lambda: scene.server.rest.count(404))
        assert scene.server.rest.log[-1].route == ("POST", CALLBACK)
        assert not scene.channel.messages

    with_commands(contract, test)
