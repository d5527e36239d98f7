"""Resetting TCP connections, as a broken network does."""

from __future__ import annotations

import asyncio
import socket
import struct

from aiohttp import web


def reset(request: web.Request) -> None:
    """Reset the connection of a request: the other side gets RST, not an orderly end."""
    transport = request.transport
    if transport is None or transport.is_closing():
        return
    assert isinstance(transport, asyncio.Transport)
    raw: socket.socket = transport.get_extra_info("socket")
    # Without lingering, closing sends RST.
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
