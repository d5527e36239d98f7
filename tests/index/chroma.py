"""A real Chroma server on loopback, for tests."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def chroma_server(folder: Path) -> Iterator[str]:
    """Run a server over a folder while the block runs; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = "import sys; from chromadb.cli.cli import app; sys.exit(app())"
    arguments = ["run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while not _answers(address):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield address
        process.terminate()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/api/v2/heartbeat", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False
