"""Who waits for an answer is told over the wire: also where the articles changed while the bot was away."""

from __future__ import annotations

import asyncio
from pathlib import Path

from retrieval.library import Library
from tests.conftest import settings_for
from tests.discord.bots import QuickBot, running
from tests.discord.conftest import Scene
from tests.discord.contract import Contract
from tests.discord.messages import buttons_of, text_of
from tests.discord.server import loopback

FERRY = "The ferry Morning Star sank off Aldaboro on Tuesday. About 120 people were on it."
NEWS = "A lighthouse keeper of Cape Dune found a whale on Sunday; the whale of Cape Dune was eleven metres long."
WHALE = "How long was the whale of Cape Dune?"


def test_what_changed_while_the_bot_was_away_is_told_once_when_it_is_back(
    contract: Contract | None, tmp_path: Path
) -> None:
    corpus, state = tmp_path / "corpus", tmp_path / "state.sqlite3"
    corpus.mkdir()
    (corpus / "ferry.txt").write_text(FERRY, encoding="utf-8")

    async def scenes() -> None:
        async with loopback(contract=contract) as server:
            scene = Scene.on(server)
            world = server.world
            with Library(settings_for(corpus, tmp_path / "data")) as library:
                library.update()
                async with running(server, library, state, kind=QuickBot):
                    question = scene.ask(WHALE)
                    assert "Not in the articles" in await world.reply(question)
                    (answer,) = world.replies(question)
                    tell_me = next(one["custom_id"] for one in buttons_of(answer) if one["custom_id"][:8] == "eb:tell:")
                    pressed = server.interactions.press(scene.reader, answer, tell_me)
                    await world.changes.until(lambda: pressed.shown and "mention you" in text_of(pressed.shown))
                (corpus / "whale.txt").write_text(NEWS, encoding="utf-8")
                library.update()
                async with running(server, library, state, kind=QuickBot):
                    await world.changes.until(lambda: len(world.replies(question)) > 1)
                    told = world.replies(question)[-1]
                    assert "The articles answer this now" in text_of(told)
                    assert [one["id"] for one in told["mentions"]] == [str(scene.reader.id)]
                async with running(server, library, state, kind=QuickBot):
                    await world.reply(scene.ask(WHALE))
                assert len(world.replies(question)) == 2
            assert server.rest.violations == []

    asyncio.run(scenes())
