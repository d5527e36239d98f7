"""What glibc does with memory that is freed, so that a process that runs for months stays as it is."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

M_ARENA_MAX, ARENAS = -8, 2
"""How glibc calls it, and in how many places freed memory is kept. Else each thread has one of its own, up to eight for
each processor, and they grow with every change of the index: by 160 MB in sixty of them."""


def share() -> None:
    """Have threads share the memory that they free. To be called before any other thread begins."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Give the system back what was freed, which takes milliseconds."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
