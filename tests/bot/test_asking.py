"""Asking in Discord: every way in, what is said, and what must not be answered."""

from __future__ import annotations

import discord
import pytest

from retrieval.library import Library
from tests.bot.world import acted, buttons, text, world

TROOPS = "How many U.S. troops are stationed in Iraq?"
FIVE_THOUSAND = "The U.S. has about 5,000 troops currently stationed in Iraq."
WASHINGTON_TIMES = "The Washington Times · 31 December 2019 · paragraph 9"


@acted
async def test_a_mention_is_answered_with_the_exact_words_and_where_they_stand(seeds: Library) -> None:
    async with world(seeds) as w:
        answer = await w.ask(TROOPS)

        assert f"> **{FIVE_THOUSAND}**" in text(answer)
        assert WASHINGTON_TIMES in text(answer)
        assert "1 of 1 quote verified word for word · newest article 2 January 2020" in text(answer)
        assert list(buttons(answer)) == ["Read in context", "Follow up", "More passages", "👍", "👎"]


@acted
async def test_the_answer_is_a_reply_that_pings_nobody(seeds: Library) -> None:
    async with world(seeds) as w:
        question = await w.reader.send(w.channel, f"{w.mention} {TROOPS}")
        (answer,) = w.said()

        assert answer.reference is not None
        assert answer.reference.message_id == question.id
        assert answer.mentions == []


@acted
async def test_a_reply_to_an_answer_is_a_follow_up(seeds: Library) -> None:
    async with world(seeds) as w:
        answer = await w.ask(TROOPS)
        await w.reader.send(w.channel, f"{w.mention} and in Kuwait?", reply_to=answer)

        assert "Understood as: How many U.S. troops are stationed in Kuwait?" in text(w.said()[-1])


@acted
async def test_a_day_that_can_be_read_in_two_ways_is_said_as_it_was_read(seeds: Library) -> None:
    async with world(seeds) as w:
        answer = await w.ask("How many U.S. troops were stationed in Iraq on 1/2/2020?")

        assert "Understood as: How many U.S. troops were stationed in Iraq on 2 January 2020?" in text(answer)


@acted
async def test_a_thread_begun_at_an_answer_goes_on_from_it(seeds: Library) -> None:
    async with world(seeds, message_content=True) as w:
        thread = await w.thread_from(await w.ask(TROOPS))
        await w.reader.send(thread, "and in Kuwait?")
        assert "Understood as: How many U.S. troops are stationed in Kuwait?" in text(w.said(thread)[-1])

        # What is no question is talk among people.
        await w.reader.send(thread, "Thanks all.")
        assert len(w.said(thread)) == 1


@acted
async def test_where_discord_hides_a_message_the_way_to_be_heard_is_told_once(seeds: Library) -> None:
    async with world(seeds) as w:
        thread = await w.thread_from(await w.ask(TROOPS))
        for _ in range(2):
            await w.reader.send(thread, "and in Kuwait?")
        (hint,) = w.said(thread)
        assert "Discord hides the text of this message from me." in text(hint)
        assert "**Follow up**" in text(hint)

        await w.reader.send(thread, f"{w.mention} and in Kuwait?")
        assert "Understood as: How many U.S. troops are stationed in Kuwait?" in text(w.said(thread)[-1])


@acted
async def test_a_direct_message_is_answered_and_carries_on(seeds: Library) -> None:
    async with world(seeds) as w:
        await w.reader.send_dm(TROOPS)
        await w.reader.send_dm("and in Kuwait?")
        first, second = w.said(w.reader.user.dm_channel)

        assert FIVE_THOUSAND in text(first)
        assert "Understood as: How many U.S. troops are stationed in Kuwait?" in text(second)


@acted
@pytest.mark.parametrize("private", [True, False])
async def test_the_command_answers_as_privately_as_it_is_told(seeds: Library, private: bool) -> None:
    async with world(seeds) as w:
        result = await w.reader.slash(w.channel, "ask", question=TROOPS, private=private)

        assert result.acknowledged
        assert result.ephemeral is private
        assert FIVE_THOUSAND in text(result)
        assert f"Reader asked: {TROOPS}" in text(result)


@acted
async def test_the_form_of_an_answer_asks_a_follow_up(seeds: Library) -> None:
    async with world(seeds) as w:
        shown = await w.reader.click(await w.ask(TROOPS), label="Follow up")
        result = await w.reader.submit_modal(shown, {"question": "and in Kuwait?"})

        assert "Understood as: How many U.S. troops are stationed in Kuwait?" in text(result)
        assert not result.ephemeral


@acted
async def test_a_follow_up_to_a_private_answer_stays_private(seeds: Library) -> None:
    async with world(seeds) as w:
        asked = await w.reader.slash(w.channel, "ask", question=TROOPS, private=True)
        shown = await w.reader.click(asked.response, label="Follow up")
        result = await w.reader.submit_modal(shown, {"question": "and in Kuwait?"})

        assert result.ephemeral
        assert w.said() == [] or all(one.flags.ephemeral for one in w.said())


@acted
async def test_a_bare_mention_shows_what_can_be_asked(seeds: Library) -> None:
    async with world(seeds) as w:
        greeting = await w.ask("")

        assert "Ask the articles" in text(greeting)
        assert len(buttons(greeting)) == 3


@acted
async def test_an_example_asks_its_question(seeds: Library) -> None:
    async with world(seeds) as w:
        greeting = await w.ask("")
        label = next(iter(buttons(greeting)))
        result = await w.reader.click(greeting, label=label)

        assert label in text(result)
        assert "verified word for word" in text(result)


@acted
async def test_what_the_articles_do_not_say_is_told_apart(seeds: Library) -> None:
    async with world(seeds) as w:
        answer = await w.ask("Who won the football world cup in 1998?")

        assert text(answer).startswith("### Not in the articles")
        assert "`/sources`" in text(answer)
        assert "Read in context" not in buttons(answer)


@acted
async def test_messages_that_are_not_for_the_bot_are_left_alone(seeds: Library) -> None:
    async with world(seeds) as w:
        await w.reader.send(w.channel, TROOPS)
        other = await w.moderator.send(w.channel, "Anyone here?")
        await w.reader.send(w.channel, "What do you mean?", reply_to=other)

        assert w.said() == []
        assert w.answers() == 0


@acted
async def test_bots_and_webhooks_are_ignored(seeds: Library) -> None:
    async with world(seeds) as w:
        robot = w.guild.add_member(w.env.create_user("robot", bot=True))
        await robot.send(w.channel, f"{w.mention} {TROOPS}")
        await w.guild.create_webhook(w.channel, "Feed").send(f"{w.mention} {TROOPS}")

        assert w.said() == []


@acted
async def test_an_event_that_the_gateway_repeats_is_answered_once(seeds: Library) -> None:
    async with world(seeds) as w:
        question = await w.reader.send(w.channel, f"{w.mention} {TROOPS}")
        await w.happens("message", question)
        await w.happens("message", question)

        assert len(w.said()) == 1


@acted
async def test_an_open_channel_answers_what_ends_as_a_question(seeds: Library) -> None:
    async with world(seeds, message_content=True) as w:
        await w.moderator.slash(w.channel, "answer-everything", channel=w.channel, answer=True)
        await w.reader.send(w.channel, "Good morning all.")
        assert w.said() == [] or all(one.flags.ephemeral for one in w.said())
        await w.reader.send(w.channel, TROOPS)
        assert FIVE_THOUSAND in text(w.said()[-1])

        await w.moderator.slash(w.channel, "answer-everything", channel=w.channel, answer=False)
        before = len(w.said())
        await w.reader.send(w.channel, TROOPS)
        assert len(w.said()) == before


@acted
async def test_a_channel_is_not_opened_without_the_intent(seeds: Library) -> None:
    async with world(seeds) as w:
        result = await w.moderator.slash(w.channel, "answer-everything", channel=w.channel, answer=True)

        assert "Message Content" in text(result)
        assert w.bot.open_channels == {}


@acted
async def test_a_question_too_many_is_put_off_in_private(seeds: Library) -> None:
    async with world(seeds, user_questions=2) as w:
        for _ in range(4):
            await w.reader.send(w.channel, f"{w.mention} {TROOPS}")
        assert len(w.said()) == 2
        (told,) = w.said(w.reader.user.dm_channel)
        assert "Try again in " in text(told)

        result = await w.reader.slash(w.channel, "ask", question=TROOPS)
        assert result.ephemeral
        assert "Try again in " in text(result)

        await w.env.advance_time(61)
        await w.reader.send(w.channel, f"{w.mention} {TROOPS}")
        assert len([one for one in w.said() if not one.flags.ephemeral]) == 3


@acted
async def test_a_channel_takes_so_many_questions_a_minute_from_all_together(seeds: Library) -> None:
    async with world(seeds, channel_questions=1) as w:
        await w.reader.send(w.channel, f"{w.mention} {TROOPS}")
        await w.moderator.send(w.channel, f"{w.mention} {TROOPS}")

        assert len(w.said()) == 1


@acted
async def test_where_the_bot_may_not_write_the_one_who_asked_is_told(seeds: Library) -> None:
    async with world(seeds) as w:
        me = w.guild.me
        assert me is not None
        silent = w.guild.create_text_channel(
            "silent", overwrites={w.guild.default_role: discord.PermissionOverwrite(send_messages=True)}
        )
        await w.bot.get_channel(silent.id).set_permissions(me, send_messages=False)  # type: ignore[union-attr]
        await w.reader.send(silent, f"{w.mention} {TROOPS}")

        assert w.said(silent) == []
        assert "**Send Messages**" in text(w.said(w.reader.user.dm_channel)[-1])


@acted
async def test_a_moderator_sees_which_permissions_are_missing(seeds: Library) -> None:
    async with world(seeds) as w:
        whole = await w.moderator.slash(w.channel, "permissions")
        assert text(whole) == "I have every permission that I need here."

        channel = w.bot.get_channel(w.channel.id)
        assert isinstance(channel, discord.TextChannel)
        await channel.set_permissions(channel.guild.me, send_messages=False, read_message_history=False)
        lacking = await w.moderator.slash(w.channel, "permissions")
        assert "Here I lack **Send Messages** and **Read Message History**." in text(lacking)
        assert lacking.ephemeral


@acted
async def test_without_the_history_an_answer_is_no_reply_but_still_comes(seeds: Library) -> None:
    async with world(seeds) as w:
        channel = w.bot.get_channel(w.channel.id)
        assert isinstance(channel, discord.TextChannel)
        await channel.set_permissions(channel.guild.me, read_message_history=False)
        assert FIVE_THOUSAND in text(await w.ask(TROOPS))


@acted
async def test_too_long_a_question_is_told_in_one_sentence(seeds: Library) -> None:
    async with world(seeds) as w:
        answer = await w.ask("why? " * 390)
        assert "verified" in text(answer) or "articles" in text(answer)
