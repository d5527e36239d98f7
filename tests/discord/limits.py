"""Discord's rate limits: so many requests per channel and route, and so many per second for a whole bot."""

from __future__ import annotations

import hashlib
import time
from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LimitSettings:
    """How many requests may be made: per route of one channel in a window of seconds, and per second over all."""

    per_channel: int = 5
    window: float = 5.0
    per_second: int = 50


@dataclass(frozen=True)
class Limited:
    """What Discord says of its limits to one request. `retry_after` is None for a request that is let through."""

    headers: dict[str, str]
    retry_after: float | None = None
    everywhere: bool = False


@dataclass
class _Bucket:
    """A window that begins with its first request."""

    ends: float = 0.0
    used: int = 0


@dataclass
class Limits:
    """Counts requests. The window over all is a rolling one: a bot that keeps to it keeps to any other."""

    settings: LimitSettings = field(default_factory=LimitSettings)
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)
    _held: dict[tuple[str, str] | None, float] = field(default_factory=dict)

    def hold(self, route: str, channel: str | None, seconds: float, *, everywhere: bool) -> Limited:
        """Refuse a request, and all like it for so many seconds; with `everywhere`, all that count."""
        key = None if everywhere else (route, channel or "")
        self._held[key] = time.monotonic() + seconds
        scope = "global" if everywhere else "shared"
        return Limited({"X-RateLimit-Scope": scope}, seconds, everywhere)

    def take(self, route: str, channel: str | None, *, counts: bool = True) -> Limited:
        """Count a request to a route, of a channel or of none; `counts` says whether the limit over all holds it."""
        now = time.monotonic()
        for key in ((route, channel or ""), *((None,) if counts else ())):
            if (wait := self._held.get(key, 0) - now) > 0:
                return self.hold(route, channel, wait, everywhere=key is None)
        if counts and (wait := self._over_all(now)):
            return Limited({"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}, wait, everywhere=True)
        if channel is None:
            return Limited({})
        bucket = self._buckets.setdefault((route, channel), _Bucket())
        if now >= bucket.ends:
            bucket.ends, bucket.used = now + self.settings.window, 0
        if bucket.used >= self.settings.per_channel:
            wait = bucket.ends - now
            return Limited({**self._headers(route, bucket, wait), "X-RateLimit-Scope": "user"}, wait)
        bucket.used += 1
        return Limited(self._headers(route, bucket, bucket.ends - now))

    def _over_all(self, now: float) -> float:
        """Count a request, or return how many seconds it must wait."""
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= self.settings.per_second:
            return self._recent[0] + 1 - now
        self._recent.append(now)
        return 0.0

    def _headers(self, route: str, bucket: _Bucket, left: float) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.settings.per_channel),
            "X-RateLimit-Remaining": str(self.settings.per_channel - bucket.used),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(route.encode()).hexdigest()[:32],
        }
