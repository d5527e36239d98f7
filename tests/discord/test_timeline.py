"""`/timeline` over the wire: the words and the picture in one message, whole after a broken connection too."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.timelines import PICTURE
from retrieval.library import Library
from tests.discord.bots import running
from tests.discord.conftest import Scene
from tests.discord.contract import Contract
from tests.discord.faults import Failing, Fault, Reset
from tests.discord.interactions import ORIGINAL
from tests.discord.messages import buttons_of, components_of, text_of
from tests.discord.server import loopback

GALLERY = 12


@pytest.mark.parametrize(
    "faults", [pytest.param((), id="nothing breaks"), pytest.param((Reset(stored=False), Failing()), id="twice broken")]
)
def test_a_timeline_comes_with_its_picture(
    seeds: Library, contract: Contract | None, tmp_path: Path, faults: tuple[Fault, ...]
) -> None:
    async def test() -> None:
        async with loopback(contract=contract) as server:
            scene = Scene.on(server)
            async with running(server, seeds, tmp_path / "state.sqlite3"):
                server.faults.plan(("PATCH", ORIGINAL), *faults)
                run = server.interactions.command(scene.reader, scene.channel, "timeline", topic="U.S. troops")
                shown = await server.world.changes.until(
                    lambda: run.shown if run.shown and text_of(run.shown) else None
                )

                assert "**Friday, 27 December 2019**" in text_of(shown)
                (file,) = shown["attachments"]
                assert file["filename"] == PICTURE
                assert file["size"] > 10_000
                (gallery,) = [one for one in components_of(shown["components"]) if one["type"] == GALLERY]
                assert gallery["items"][0]["media"]["attachment_id"] == file["id"]
                assert [one["label"] for one in buttons_of(shown)][:2] == ["[1]", "[2]"]
            assert server.rest.violations == []

    asyncio.run(test())
