"""`/index` in Discord: who may use it, what is shown before and after, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.client import EmbassyBot
from bot.preview import from_simulation
from bot.state import State
from retrieval.library import Library
from tests.bot.world import GUILD, World, acted, buttons, library_of, settings_with, text, world

ARTICLES = {
    "ferry": "The ferry Morning Star sank off Aldaboro on Tuesday. About 120 people were on it.",
    "bridge": "The bridge of Varn was opened again on Monday, two years late. Mayor Ines Quoll cut the ribbon.",
    "harbour": "The harbour of Port Lissa was closed on Friday because of a storm. Nobody was hurt.",
}
NEWS = "A lighthouse keeper of Cape Dune found a whale on Sunday; the whale of Cape Dune was eleven metres long."
WHALE = "How long was the whale of Cape Dune?"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A library over three articles, to change."""
    with library_of(tmp_path, ARTICLES) as opened:
        yield opened


@asynccontextmanager
async def admin_world(library: Library, state: State | None = None, **config: Any) -> AsyncIterator[World]:
    """Run the bot in a server that config names."""
    async with world(library, state, admin_guilds=[GUILD], **config) as w:
        yield w


def folder(library: Library) -> Path:
    return library.settings.corpus.path


async def confirmed(w: World, shown: Any, label: str = "Confirm") -> str:
    """Press a button of a preview; return what the bot then says in the channel."""
    await w.moderator.click(shown.response, label=label)
    return text(w.channel.last_message)


# Who may


@acted
async def test_the_commands_are_in_the_named_servers_alone(library: Library) -> None:
    async with admin_world(library) as w:
        assert any(one.startswith("index") for one in w.moderator.available_commands(w.channel))
        other = w.env.create_guild("Elsewhere")
        place = other.create_text_channel("general")
        role = other.create_role("Moderators", permissions=discord.Permissions(manage_guild=True))
        stranger = other.add_member(w.env.create_user("stranger"), roles=[role])
        assert not any(one.startswith("index") for one in stranger.available_commands(place))
        assert not any(one.startswith("index") for one in w.reader.available_commands(w.channel))


@acted
async def test_without_a_named_server_there_is_no_such_command(library: Library) -> None:
    async with world(library) as w:
        assert not any(one.startswith("index") for one in w.moderator.available_commands(w.channel))


@acted
async def test_the_bot_itself_checks_who_may(library: Library) -> None:
    async with admin_world(library) as w:
        # A server may show a command to anyone, whatever the bot asked for.
        for command in w.env.backend.visible_commands(user_id=w.moderator.id, channel_id=w.channel.id):
            if command["name"] == "index":
                command["default_member_permissions"] = None
        refused = await w.reader.slash(w.channel, "index status")

        assert refused.ephemeral
        assert text(refused).startswith("Only those who manage this server")


@acted
async def test_a_role_that_config_names_may(library: Library) -> None:
    async with admin_world(library) as w:
        editors = w.guild.create_role("Editors", permissions=discord.Permissions(manage_guild=False))
        editor = w.guild.add_member(w.env.create_user("editor"), roles=[editors])
        for command in w.env.backend.visible_commands(user_id=w.moderator.id, channel_id=w.channel.id):
            if command["name"] == "index":
                command["default_member_permissions"] = None
        assert "Only those" in text(await editor.slash(w.channel, "index status"))
        w.bot.settings.discord.__dict__["admin_roles"] = (editors.id,)
        assert "### The index" in text(await editor.slash(w.channel, "index status"))


@acted
async def test_the_help_names_the_commands_to_whom_they_are_for(library: Library) -> None:
    async with admin_world(library) as w:
        assert "`/index` what I know" in text(await w.moderator.slash(w.channel, "help"))
        assert "/index" not in text(await w.reader.slash(w.channel, "help"))


# What is shown, and done


@acted
async def test_an_update_is_shown_first_and_then_done(library: Library) -> None:
    async with admin_world(library) as w:
        (folder(library) / "whale.txt").write_text(NEWS, encoding="utf-8")
        (folder(library) / "ferry.txt").write_text(ARTICLES["ferry"].replace("120", "95"), encoding="utf-8")
        (folder(library) / "bridge.txt").unlink()
        (folder(library) / "broken.txt").write_bytes(b"\x89PNG\0\0\0")
        shown = await w.moderator.slash(w.channel, "index update", why="the week's news")

        assert shown.ephemeral
        said = text(shown)
        assert "### What an update would change" in said
        assert "**Added** · 1 article\n- " in said
        assert "whale · 1 passage" in said
        assert "**Changed** · 1 article" in said
        assert "**Removed** · 1 article" in said
        assert "**Skipped** · 1 file\n- broken.txt:" in said
        assert "1 unchanged · 2 passages to embed" in said
        assert len(library.versions()) == 1

        done = await confirmed(w, shown)
        assert "Confirmed." in text(shown)
        assert buttons(shown) == {}
        assert "### Version 2 answers now\n1 added, 1 changed, 1 removed" in done
        assert "“the week's news”" in done
        assert "eleven metres" in text(await w.ask(WHALE))
        version = library.version
        assert version is not None
        assert (version.action, version.why) == ("update", "the week's news")
        assert version.who == f"moderator ({w.moderator.id})"


@acted
async def test_an_update_of_nothing_says_so_and_has_no_buttons(library: Library) -> None:
    async with admin_world(library) as w:
        shown = await w.moderator.slash(w.channel, "index update")

        assert "### Nothing would change" in text(shown)
        assert buttons(shown) == {}


@acted
async def test_a_plan_that_is_given_up_changes_nothing(library: Library) -> None:
    async with admin_world(library) as w:
        shown = await w.moderator.slash(w.channel, "index rebuild")
        await w.moderator.click(shown.response, label="Cancel")

        assert "Given up. Nothing was changed." in text(shown)
        assert len(library.versions()) == 1


@acted
async def test_files_are_added_with_what_is_known_of_them(library: Library) -> None:
    async with admin_world(library, audit_channel=1) as w:
        audit = w.guild.create_text_channel("audit")
        w.bot.settings.discord.__dict__["audit_channel"] = audit.id
        shown = await w.moderator.slash(
            w.channel, "index add", file=("whale.txt", NEWS.encode()), publisher="The Paper", date="2020-01-05"
        )
        assert "### What would be added" in text(shown)
        assert "Version 2 answers now" in await confirmed(w, shown)
        answer = await w.ask(WHALE)
        assert "The Paper · 5 January 2020" in text(answer)
        told = text(audit.last_message)
        assert told.startswith(f"**Index add** by <@{w.moderator.id}>")
        assert "Version 2 answers now · 1 added" in told
        (entry,) = [one for one in library.audit(10) if one.action == "index add"]
        assert (entry.who, entry.result) == (f"moderator ({w.moderator.id})", "version 2")


@acted
async def test_text_is_added_by_a_form(library: Library) -> None:
    async with admin_world(library) as w:
        form = await w.moderator.slash(w.channel, "index add")
        assert form.modal is not None
        values = {"title": "A whale at Cape Dune", "publisher": "The Paper", "date": "2020-01-05", "text": NEWS}
        shown = await w.moderator.submit_modal(form, values | {"url": "https://example.org/whale"})
        assert "A whale at Cape Dune · A-whale-at-Cape-Dune · 1 passage" in text(shown)
        await confirmed(w, shown)
        (article,) = [one for one in library.articles() if one.title == "A whale at Cape Dune"]
        assert (str(article.published), article.url) == ("2020-01-05", "https://example.org/whale")

        wrong = await w.moderator.submit_modal(
            await w.moderator.slash(w.channel, "index add"), values | {"date": "Sunday"}
        )
        assert "Write the date as year, month and day" in text(wrong)


@acted
async def test_what_is_there_already_is_pointed_out(library: Library) -> None:
    async with admin_world(library) as w:
        same = await w.moderator.slash(w.channel, "index add", file=("copy.txt", ARTICLES["ferry"].encode()))
        assert "**Please note**\n- copy has the very text of ferry." in text(same)
        replacing = await w.moderator.slash(w.channel, "index add", file=("ferry.txt", NEWS.encode()))
        assert "ferry is there already, and would be replaced." in text(replacing)


@acted
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("picture.txt", b"\x89PNG\r\n\x1a\n\0\0\0", "picture.txt"),
        ("large.txt", b"word " * 6_000_000, "large.txt has 30.0 MB, and at most 5.0 MB are read."),
        ("empty.txt", b"", "empty.txt is empty."),
        ("tool.exe", b"MZ", "tool.exe is no article: those end in .txt, .md or .html."),
        ("blank.txt", b" \n\n ", "blank.txt"),
        ("page.txt", b"<!doctype html><html><body><p>Hello.</p></body></html>", "it is an HTML page"),
        ("deep.html", b"<div>" * 100_000 + b"Hello" + b"</div>" * 100_000, "deep.html"),
        ("no.html", b"Just a few words.", "no.html"),
        ("@everyone [x](http\\://evil.example).txt", b"\0\0", "everyone"),
    ],
)
async def test_a_file_that_is_no_article_is_refused_in_one_sentence(
    library: Library, name: str, content: bytes, words: str
) -> None:
    async with admin_world(library) as w:
        shown = await w.moderator.slash(w.channel, "index add", file=(name, content))

        said = text(shown)
        assert shown.ephemeral
        assert words in said
        assert "Nothing was changed." in said
        assert "@everyone" not in said.replace("\\@", "")
        assert buttons(shown) == {}
        (refused, *_) = library.audit(1)
        assert (refused.who, refused.action) == (f"moderator ({w.moderator.id})", "index add")
        assert len(library.versions()) == 1


@acted
async def test_an_article_is_removed_and_comes_back(library: Library) -> None:
    async with admin_world(library) as w:
        offered = await w.moderator.autocomplete(w.channel, "index remove", "article", "aldaboro")
        shown = await w.moderator.slash(w.channel, "index remove", article=offered[0]["value"])
        assert "**Removed** · 1 article" in text(shown)
        assert "0 added, 0 changed, 1 removed" in await confirmed(w, shown)
        assert {one.id for one in library.articles()} == {"bridge", "harbour"}

        versions = await w.moderator.autocomplete(w.channel, "index rollback", "version", "")
        assert [one["value"] for one in versions] == [1]
        assert "3 articles" in versions[0]["name"]
        shown = await w.moderator.slash(w.channel, "index rollback", version=1, why="a mistake")
        assert "### What going back would change" in text(shown)
        assert "Version 3 answers now" in await confirmed(w, shown)
        assert {one.id for one in library.articles()} == set(ARTICLES)

        listed = text(await w.moderator.slash(w.channel, "index history"))
        assert "**3** · <t:" in listed
        assert f"rollback by <@{w.moderator.id}>" in listed
        assert "**answers now**" in listed
        assert "“" not in listed
        assert "a mistake" in listed


@acted
async def test_the_status_says_how_the_index_stands(library: Library) -> None:
    async with admin_world(library) as w:
        (folder(library) / "whale.txt").write_text(NEWS, encoding="utf-8")
        said = text(await w.moderator.slash(w.channel, "index status"))

        assert "**Holds** 3 articles · 3 passages" in said
        assert "**Version** 1 of <t:" in said
        assert "**Folder** has changed since the last run: `/index update`" in said
        assert " free" in said


@acted
@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        ("index rollback", {"version": 77}, "That version is no longer kept."),
        ("index rollback", {"version": 1}, "Version 1 is the one that answers now."),
        ("index remove", {"article": "qqqqqqqq"}, "There is no such article."),
        ("index add", {"file": ("a.txt", b"A text."), "date": "soon"}, "Write the date as year, month and day"),
    ],
)
async def test_what_cannot_be_is_refused_in_one_sentence(
    library: Library, command: str, options: dict[str, Any], words: str
) -> None:
    async with admin_world(library) as w:
        assert text(await w.moderator.slash(w.channel, command, **options)).startswith(words)


@acted
async def test_a_plan_that_went_stale_is_not_carried_out(library: Library) -> None:
    async with admin_world(library) as w:
        offered = await w.moderator.autocomplete(w.channel, "index remove", "article", "ferry")
        first = await w.moderator.slash(w.channel, "index remove", article=offered[0]["value"])
        second = await w.moderator.slash(w.channel, "index add", file=("whale.txt", NEWS.encode()))
        await confirmed(w, second)

        assert "The index has changed since this was worked out" in await confirmed(w, first)
        assert "ferry" in {one.id for one in library.articles()}


@acted
async def test_only_who_asked_decides_on_a_plan(library: Library) -> None:
    async with admin_world(library) as w:
        shown = await w.moderator.slash(w.channel, "index rebuild")
        pressed = buttons(shown)["Confirm"]["custom_id"]
        other = w.guild.add_member(w.env.create_user("other"), roles=[w.moderators])
        message = await w.show(pressed)
        refused = await other.click(message, custom_id=pressed)
        assert f"Only <@{w.moderator.id}>" in text(refused)
        refused = await w.reader.click(message, custom_id=pressed)
        assert "Only those who manage this server" in text(refused)
        assert len(library.versions()) == 1


@acted
async def test_after_a_restart_a_plan_is_gone_and_that_is_told(library: Library, tmp_path: Path) -> None:
    with State(tmp_path / "state") as first:
        async with admin_world(library, first) as w:
            shown = await w.moderator.slash(w.channel, "index rebuild")
            with State(tmp_path / "state") as second:
                settings = settings_with(library, admin_guilds=[GUILD])
                await w.env.restart_bot(EmbassyBot(settings, library, second, download=from_simulation))
                refused = await w.moderator.click(shown.response, label="Confirm")

                assert "That plan is gone" in text(refused)
                assert len(library.versions()) == 1


@acted
async def test_held_questions_are_shown_and_decided_on(library: Library) -> None:
    library.settings.canary.__dict__.update(questions=("How many people were on the ferry?",), keep=1.0)
    async with admin_world(library) as w:
        offered = await w.moderator.autocomplete(w.channel, "index remove", "article", "ferry")
        shown = await w.moderator.slash(w.channel, "index remove", article=offered[0]["value"])
        held = await confirmed(w, shown)
        assert "### Held: answers got worse" in held
        assert "**How many people were on the ferry?**" in held
        assert "About 120 people were on it" in held
        assert len(library.versions()) == 1

        await w.moderator.click(w.channel.last_message, label="Discard")
        assert "### Discarded" in text(w.channel.last_message)
        assert library.audit(1)[0].result == "discarded after canary questions broke"

        shown = await w.moderator.slash(w.channel, "index remove", article=offered[0]["value"])
        await confirmed(w, shown)
        await w.moderator.click(w.channel.last_message, label="Switch anyway")
        assert "### Version 2 answers now" in text(w.channel.last_message)
        assert "ferry" not in {one.id for one in library.articles()}


@acted
async def test_a_message_of_a_run_that_was_killed_is_mended_at_the_next_start(library: Library) -> None:
    with State(None) as state:
        async with admin_world(library, state) as w:
            message = await w.ask("Who cut the ribbon?")
            state.set_note("index run", f'{{"channel": {w.channel.id}, "message": {message.id}}}')
            await w.happens("ready")

            assert "### Interrupted" in text(w.channel.last_message)
            assert state.note("index run") == ""


@acted
async def test_an_owner_changes_the_index_in_direct_messages(library: Library) -> None:
    async with world(library) as w:
        application = w.bot.application
        assert application is not None
        application.owner = discord.Object(w.reader.id)  # type: ignore[assignment]
        said = await w.direct(w.reader, "index status")
        assert "### The index" in text(said)
        assert "### Versions of the index" in text(await w.direct(w.reader, "index history"))
        said = await w.direct(w.reader, "index add", ("whale.txt", NEWS.encode()))
        assert "### What would be added" in text(said)
        await w.reader.user.click(said, label="Confirm")
        assert {one.id for one in library.articles()} == {*ARTICLES, "whale"}
        assert "**Removed** · 1 article" in text(await w.direct(w.reader, "index remove whale"))
        assert "Attach what I am to add" in text(await w.direct(w.reader, "index add"))

        asked = await w.direct(w.moderator, "index status")
        assert "### The index" not in text(asked)
