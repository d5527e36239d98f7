"""What the buttons of an answer do, for whom, and for how long: also after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.client import EmbassyBot
from bot.state import State
from retrieval.library import Library
from tests.bot.world import acted, buttons, settings_with, text, world

TROOPS = "How many U.S. troops are stationed in Iraq?"
FIVE_THOUSAND = "The U.S. has about 5,000 troops currently stationed in Iraq."


@acted
async def test_a_citation_opens_in_private_with_the_quoted_words_in_bold(seeds: Library) -> None:
    async with world(seeds) as w:
        opened = await w.moderator.click(await w.ask(TROOPS), label="Read in context")

        assert opened.ephemeral
        assert f"-# Paragraph 9\n**{FIVE_THOUSAND}**" in text(opened)
        assert "-# Paragraph 8\nPresident Trump on Tuesday blamed the incident on Iran." in text(opened)


@acted
async def test_an_opened_citation_turns_to_its_neighbours_and_back(seeds: Library) -> None:
    async with world(seeds) as w:
        opened = await w.reader.click(await w.ask(TROOPS), label="Read in context")
        await w.reader.click(opened.response, label="‹ Before")
        assert "-# Paragraph 6\n" in text(opened)
        assert "-# Paragraph 9\n" not in text(opened)
        await w.reader.click(opened.response, label="After ›")
        assert f"**{FIVE_THOUSAND}**" in text(opened)


@acted
async def test_the_ends_of_an_article_cannot_be_turned_over(seeds: Library) -> None:
    async with world(seeds) as w:
        opened = await w.reader.click(await w.ask(TROOPS), label="Read in context")
        for _ in range(3):
            await w.reader.click(opened.response, label="‹ Before")

        assert "-# Paragraph 1\n" in text(opened)
        assert buttons(opened)["‹ Before"]["disabled"]
        assert not buttons(opened)["After ›"].get("disabled")


@acted
async def test_a_citation_can_be_copied_with_its_publisher_and_date(seeds: Library) -> None:
    async with world(seeds) as w:
        opened = await w.reader.click(await w.ask(TROOPS), label="Read in context")
        copied = await w.reader.click(opened.response, label="Copy citation")

        assert copied.ephemeral
        assert text(copied) == (
            f"```text\n“{FIVE_THOUSAND}”\n— The Washington Times, 31 December 2019, paragraph 9\n```"
        )


@acted
async def test_more_passages_are_paged_and_lead_into_their_article(seeds: Library) -> None:
    async with world(seeds) as w:
        more = await w.reader.click(await w.ask(TROOPS), label="More passages")
        assert more.ephemeral
        assert "**1.** " in text(more)
        assert buttons(more)["‹ Better"]["disabled"]
        await w.reader.click(more.response, label="More ›")
        assert "**4.** " in text(more)
        reading = next(one for one in buttons(more).values() if one["custom_id"].startswith("eb:read:"))
        opened = await w.reader.click(more.response, custom_id=reading["custom_id"])
        assert "-# Paragraph " in text(opened)
        assert "**4.** " in text(more)


@acted
async def test_a_thumb_is_noted_changed_and_taken_back(seeds: Library) -> None:
    async with world(seeds) as w:
        answer = await w.ask(TROOPS)
        up, down = (buttons(answer)[thumb]["custom_id"] for thumb in "👍👎")
        said = [text(await w.reader.click(answer, custom_id=one)) for one in (up, down, down)]

        assert ["good" in said[0], "bad" in said[1], "taken back" in said[2]] == [True, True, True]
        assert w.state.kept_of(w.reader.id).votes == 0


@acted
async def test_buttons_work_after_a_restart(seeds: Library, tmp_path: Path) -> None:
    with State(tmp_path / "state") as first:
        async with world(seeds, first) as w:
            answer = await w.ask(TROOPS)
            with State(tmp_path / "state") as second:
                await w.env.restart_bot(EmbassyBot(settings_with(seeds), seeds, second))
                opened = await w.reader.click(answer, label="Read in context")
                shown = await w.reader.click(answer, label="Follow up")

                assert f"**{FIVE_THOUSAND}**" in text(opened)
                assert shown.modal is not None


@acted
@pytest.mark.parametrize("label", ["Read in context", "More passages", "Follow up", "👍"])
async def test_a_button_whose_answer_is_gone_says_so(seeds: Library, label: str) -> None:
    async with world(seeds) as w:
        answer = await w.ask(TROOPS)
        w.state.forget_user(w.reader.id)
        result = await w.reader.click(answer, custom_id=buttons(answer)[label]["custom_id"])

        assert result.ephemeral
        assert text(result) == (
            "This answer is too old for its buttons: what they need is no longer kept. Ask it again."
        )


@acted
async def test_deleting_a_question_deletes_its_answer_and_what_is_kept(seeds: Library) -> None:
    async with world(seeds) as w:
        question = await w.reader.send(w.channel, f"{w.mention} {TROOPS}")
        assert (len(w.said()), w.answers()) == (1, 1)
        await w.reader.delete(question)

        assert (w.said(), w.answers()) == ([], 0)


@acted
async def test_deleting_many_questions_at_once_deletes_their_answers(seeds: Library) -> None:
    async with world(seeds) as w:
        questions = [await w.reader.send(w.channel, f"{w.mention} {one}") for one in (TROOPS, "Who is Soleimani?")]
        kept = await w.ask("Who was at the embassy?")
        assert (len(w.said()), w.answers()) == (3, 3)
        # What a moderator's tools do to a channel.
        w.env.backend.bulk_delete_messages(w.channel.id, [one.id for one in questions])
        await w.env.settle()

        assert [one.id for one in w.said()] == [kept.id]
        assert w.answers() == 1


@acted
async def test_a_moderator_retracts_an_answer(seeds: Library) -> None:
    async with world(seeds) as w:
        answer = await w.ask(TROOPS)
        result = await w.moderator.context_menu(w.channel, "Retract answer", answer)

        assert text(result) == "The answer is retracted."
        assert all(one.id != answer.id for one in w.said())
        assert w.answers() == 0


@acted
async def test_only_the_bot_s_own_messages_are_retracted(seeds: Library) -> None:
    async with world(seeds) as w:
        message = await w.reader.send(w.channel, "Hello all")
        result = await w.moderator.context_menu(w.channel, "Retract answer", message)

        assert "no message of mine" in text(result)


@acted
async def test_privacy_shows_what_is_kept_and_deletes_it(seeds: Library) -> None:
    async with world(seeds) as w:
        answer = await w.ask(TROOPS)
        await w.reader.click(answer, custom_id=buttons(answer)["👍"]["custom_id"])
        shown = await w.reader.slash(w.channel, "privacy")
        assert "- 1 question as" in text(shown)
        assert "- 1 vote on answers" in text(shown)
        assert "after 30 days" in text(shown)

        await w.reader.click(shown.response, label="Delete all of it")
        assert "- 0 questions" in text(shown)
        assert w.answers() == 0
