"""The loopback server is strict where Discord is: asked by plain HTTP and WebSockets, which keep to no rules."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from tests.discord.conftest import Scene
from tests.discord.contract import Contract
from tests.discord.entities import Json, Permission
from tests.discord.faults import SEND, Failing
from tests.discord.gateway import Close
from tests.discord.messages import COMPONENTS_V2, text_of
from tests.discord.rest import PREFIX
from tests.discord.server import gateway_url, loopback

Ask = Callable[..., Awaitable[tuple[int, Any, "aiohttp.ClientResponse"]]]
Test = Callable[[Scene, Ask], Awaitable[None]]


def with_server(test: Test, contract: Contract | None = None) -> None:
    """Run a test with a server, and a way to ask it."""

    async def run() -> None:
        async with loopback(contract=contract) as server, aiohttp.ClientSession() as session:

            async def ask(
                method: str, path: str, body: Json | None = None, token: str = server.world.token
            ) -> tuple[int, Any, aiohttp.ClientResponse]:
                url = f"http://{server.address}{PREFIX}{path}"
                headers = {"Authorization": f"Bot {token}"}
                async with session.request(method, url, json=body, headers=headers) as response:
                    return response.status, await response.json() if response.status != 204 else None, response

            await test(Scene.on(server), ask)

    asyncio.run(run())


def test_the_sixth_message_to_a_channel_within_the_window_draws_a_429() -> None:
    async def test(scene: Scene, ask: Ask) -> None:
        path = f"/channels/{scene.channel.id}/messages"
        answers = [await ask("POST", path, {"content": str(number)}) for number in range(6)]
        status, body, response = answers[-1]
        assert [one[0] for one in answers] == [200] * 5 + [429]
        assert [one[2].headers["X-RateLimit-Remaining"] for one in answers] == ["4", "3", "2", "1", "0", "0"]
        assert status == 429
        assert 0 < body["retry_after"] <= 5
        assert body["global"] is False
        assert response.headers["Via"]
        assert 1 <= int(response.headers["Retry-After"]) <= 5
        other = scene.server.world.channel(scene.guild, "other")
        assert (await ask("POST", f"/channels/{other.id}/messages", {"content": "free"}))[0] == 200
        assert len(scene.channel.messages) == 5

    with_server(test)


def test_more_than_fifty_requests_in_a_second_draw_a_429_everywhere() -> None:
    async def test(scene: Scene, ask: Ask) -> None:
        answers = await asyncio.gather(*(ask("GET", "/users/@me") for _ in range(60)))
        refused = [body for status, body, _ in answers if status == 429]
        assert Counter(status for status, _, _ in answers) == {200: 50, 429: 10}
        assert all(body["global"] for body in refused)

    with_server(test)


def test_without_a_nonce_a_message_that_is_sent_again_is_stored_again() -> None:
    async def test(scene: Scene, ask: Ask) -> None:
        path = f"/channels/{scene.channel.id}/messages"
        scene.server.faults.plan(SEND, Failing(502, stored=True))
        assert (await ask("POST", path, {"content": "twice"}))[0] == 502
        assert (await ask("POST", path, {"content": "twice"}))[0] == 200
        for _ in range(2):
            await ask("POST", path, {"content": "once", "nonce": "1", "enforce_nonce": True})
        assert [text_of(message) for message in scene.channel.messages.values()] == ["twice", "twice", "once"]

    with_server(test)


def test_a_wrong_token_is_refused_everywhere() -> None:
    async def test(scene: Scene, ask: Ask) -> None:
        assert (await ask("GET", "/users/@me", token="another"))[0] == 401
        assert await close_code_of(scene, {"token": "another", "intents": 1}) == Close.AUTHENTICATION_FAILED

    with_server(test)


def test_an_intent_that_was_not_granted_closes_the_connection() -> None:
    async def test(scene: Scene, ask: Ask) -> None:
        identify: Json = {"token": scene.server.world.token, "intents": 1 << 15}
        assert await close_code_of(scene, identify) == Close.DISALLOWED_INTENTS
        scene.server.world.message_content = True
        identify["intents"] |= 1 << 1  # members
        assert await close_code_of(scene, identify) == Close.DISALLOWED_INTENTS

    with_server(test)


def test_a_client_without_a_heartbeat_is_closed() -> None:
    async def run() -> None:
        async with loopback(heartbeat=0.05) as server:
            identify = {"token": server.world.token, "intents": 1}
            assert await close_code_of(Scene.on(server), identify) == Close.SESSION_TIMED_OUT

    asyncio.run(run())


async def close_code_of(scene: Scene, identify: Json) -> int | None:
    """Identify so over an uncompressed socket, and return the code that it is closed with."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(gateway_url(scene.server.address)) as socket,
    ):
        await socket.send_json({"op": 2, "d": identify})
        while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
        return socket.close_code


def test_what_a_bot_may_not_do_in_a_channel_is_refused() -> None:
    async def test(scene: Scene, ask: Ask) -> None:
        world = scene.server.world

        async def tried(denied: Permission, method: str = "POST", body: Json | None = None) -> tuple[int, Any]:
            channel = world.channel(scene.guild, "closed", denied=denied)
            world.say(scene.reader, channel, "hello")
            status, answer, _ = await ask(method, f"/channels/{channel.id}/messages", body)
            return status, answer["code"] if status != 200 else answer

        assert await tried(Permission.SEND_MESSAGES, body={"content": "hello"}) == (403, 50013)
        assert await tried(Permission.VIEW_CHANNEL, body={"content": "hello"}) == (403, 50001)
        assert await tried(Permission.READ_MESSAGE_HISTORY, "GET") == (200, [])
        channel = world.channel(scene.guild, "no history", denied=Permission.READ_MESSAGE_HISTORY)
        reply = {"content": "hello", "message_reference": {"message_id": world.say(scene.reader, channel, "a")["id"]}}
        assert (await ask("POST", f"/channels/{channel.id}/messages", reply))[1]["code"] == 160002

    with_server(test)


def test_history_is_paged_as_discord_pages_it(contract: Contract | None) -> None:
    async def test(scene: Scene, ask: Ask) -> None:
        world = scene.server.world
        ids = [world.say(scene.reader, scene.channel, str(number))["id"] for number in range(10)]

        async def page(query: str) -> list[int]:
            _, messages, _ = await ask("GET", f"/channels/{scene.channel.id}/messages?{query}")
            return [ids.index(message["id"]) for message in messages]

        assert await page("limit=3") == [9, 8, 7]
        assert await page(f"limit=3&before={ids[5]}") == [4, 3, 2]
        assert await page(f"limit=3&after={ids[5]}") == [8, 7, 6]
        assert await page(f"limit=3&around={ids[5]}") == [6, 5, 4]

    with_server(test, contract)


def container(*parts: Json) -> Json:
    """Return a message of components."""
    return {"flags": COMPONENTS_V2, "components": [{"type": 17, "components": list(parts)}]}


def words(text: str) -> Json:
    """Return a text display."""
    return {"type": 10, "content": text}


def button(custom_id: str) -> Json:
    """Return a row of one button."""
    return {"type": 1, "components": [{"type": 2, "style": 1, "label": "a", "custom_id": custom_id}]}


@pytest.mark.parametrize(
    ("draft", "status"),
    [
        pytest.param(container(words("a" * 4000)), 200, id="as much text as fits"),
        pytest.param(container(words("a" * 2000), words("a" * 2001)), 400, id="too much text"),
        pytest.param(container(*[words("a")] * 39), 200, id="as many components as fit"),
        pytest.param(container(*[words("a")] * 40), 400, id="too many components"),
        pytest.param(container(button("x"), button("x")), 400, id="two buttons of one id"),
        pytest.param({**container(words("a")), "content": "b"}, 400, id="content beside components"),
        pytest.param({**container(words("a")), "flags": 0}, 400, id="new components without the flag"),
        pytest.param({"content": ""}, 400, id="nothing"),
    ],
)
def test_a_message_is_held_to_discords_limits(draft: Json, status: int) -> None:
    async def test(scene: Scene, ask: Ask) -> None:
        answer = await ask("POST", f"/channels/{scene.channel.id}/messages", draft)
        assert (answer[0], len(scene.channel.messages)) == (status, status == 200)

    with_server(test)


@pytest.mark.parametrize(
    ("allowed", "pinged", "everyone"),
    [
        pytest.param(None, {"Reader", "Other"}, True, id="all, where nothing is said"),
        pytest.param({"parse": []}, set(), False, id="nobody, where nobody is allowed"),
        pytest.param({"parse": ["users"]}, {"Other"}, False, id="users"),
        pytest.param({"parse": [], "replied_user": True}, {"Reader"}, False, id="who is replied to"),
    ],
)
def test_only_those_are_pinged_whom_allowed_mentions_lets_be(
    allowed: Json | None, pinged: set[str], everyone: bool
) -> None:
    async def test(scene: Scene, ask: Ask) -> None:
        other = scene.server.world.user("Other")
        draft = {
            **container(words(f"{other.mention} and @everyone")),
            "message_reference": {"message_id": scene.ask()["id"]},
            **({} if allowed is None else {"allowed_mentions": allowed}),
        }
        _, message, _ = await ask("POST", f"/channels/{scene.channel.id}/messages", draft)
        assert {user["username"] for user in message["mentions"]} == pinged
        assert message["mention_everyone"] is everyone

    with_server(test)


def test_a_request_that_breaks_discords_description_is_refused_and_told(sure_contract: Contract) -> None:
    async def test(scene: Scene, ask: Ask) -> None:
        path = f"/channels/{scene.channel.id}/messages"
        assert (await ask("POST", path, {"content": 5}))[0] == 400
        assert (await ask("POST", path, {"content": "a", "nonce": "n" * 26}))[0] == 400
        assert (await ask("GET", f"{path}?limit=101"))[0] == 400
        assert (await ask("GET", f"{path}?newest=1"))[0] == 400
        assert len(scene.server.rest.violations) == 4
        assert scene.server.rest.violations[0].startswith("POST /channels/{channel_id}/messages at $.content: 5 is not")
        scene.server.rest.violations.clear()

    with_server(test, sure_contract)


def test_a_server_whose_contract_was_broken_fails_its_test(sure_contract: Contract) -> None:
    async def test(scene: Scene, ask: Ask) -> None:
        await ask("POST", f"/channels/{scene.channel.id}/messages", {"content": 5})

    with pytest.raises(AssertionError, match="content"):
        with_server(test, sure_contract)
