"""A headless Chromium, driven through its DevTools protocol: enough to use the preview page and to picture it."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

SECONDS = 60
"""How long anything may take to appear."""
NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """Return the path of a Chromium, where there is one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Page:
    """One page of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol; return its result."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            answer = json.loads(await self._socket.receive_str(timeout=SECONDS))
            if answer.get("id") == number:
                assert "error" not in answer, answer
                found: dict[str, Any] = answer["result"]
                return found

    async def run(self, script: str) -> Any:
        """Run an expression in the page; return its value."""
        result = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    async def until(self, script: str) -> Any:
        """Wait until an expression is true in the page; return its value."""
        wait = f"""new Promise((resolve, reject) => {{
          const end = Date.now() + {SECONDS * 1000};
          const look = () => {{
            let found = false;
            try {{ found = {script}; }} catch (error) {{ /* The page is still loading. */ }}
            if (found) resolve(found);
            else if (Date.now() > end) reject(new Error('never so: ' + {json.dumps(script)}));
            else setTimeout(look, 50);
          }};
          look();
        }})"""
        return await self.run(wait)

    async def type(self, text: str) -> None:
        """Type into what has the focus."""
        await self.call("Input.insertText", text=text)

    async def press(self, key: str, code: int) -> None:
        """Press a key."""
        keyed = {"key": key, "code": key, "windowsVirtualKeyCode": code, "text": "\r" if key == "Enter" else ""}
        await self.call("Input.dispatchKeyEvent", type="keyDown", **keyed)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **keyed)

    async def picture(self, file: Path, clip: dict[str, float] | None = None) -> None:
        """Write a picture of the page, or of a part of it, as PNG."""
        options = {"clip": {**clip, "scale": 1}} if clip else {}
        shot = await self.call("Page.captureScreenshot", format="png", **options)
        file.write_bytes(base64.b64decode(shot["data"]))


@asynccontextmanager
async def opened(url: str, width: int = 1280, height: int = 900, scale: float = 1) -> AsyncIterator[Page]:
    """Open an address in a browser of its own."""
    program = chromium()
    assert program is not None
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            program,
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"),
            *("--remote-debugging-port=0", f"--user-data-dir={profile}", f"--window-size={width},{height}"),
            *("--no-first-run", "--disable-background-networking", "--disable-component-update", "about:blank"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        reading: asyncio.Task[None] | None = None
        try:
            port = await asyncio.wait_for(_port(process), SECONDS)
            # A browser whose messages nobody reads stops when the pipe is full.
            reading = asyncio.create_task(_read_on(process))
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                    (target,) = [one for one in await answer.json() if one["type"] == "page"]
                async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    page = Page(socket)
                    await page.call(
                        "Emulation.setDeviceMetricsOverride",
                        **{"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False},
                    )
                    await page.call("Page.navigate", url=url)
                    yield page
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
            if reading is not None:
                await reading


async def _read_on(process: asyncio.subprocess.Process) -> None:
    assert process.stderr is not None
    while await process.stderr.read(65_536):
        pass


async def _port(process: asyncio.subprocess.Process) -> int:
    assert process.stderr is not None
    async for line in process.stderr:
        if found := re.search(rb"DevTools listening on ws://127\.0\.0\.1:(\d+)/", line):
            return int(found[1])
    raise AssertionError("the browser did not start")
