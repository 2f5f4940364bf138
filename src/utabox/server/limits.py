"""Rate limits: rolling windows per UID and endpoint, and per IP address.

Source: docs/v5/rate-limit; account-semantics 5.1 and 5.2.
"""

from collections import deque
from collections.abc import Hashable
from typing import Literal

import msgspec

from utabox.why import Why

Mode = Literal["real", "off"] | int
"""`real`: each endpoint's own allowance. `off`: nobody is refused. N: every allowance is N."""

IP_CALLS = 600
IP_WINDOW_MS = 5_000
IP_BAN_MS = 600_000


class Usage(msgspec.Struct, frozen=True, gc=False):
    """What one call found, and what its `X-Bapi-Limit*` headers say."""

    allowed: bool
    limit: int  # calls per window
    remaining: int  # after this call
    reset_ms: int  # ms since the epoch: now, or when a call becomes possible again


class _Window:
    """Times of the calls within the last `window_ms`, per caller.

    Callers live in two generations. Whoever calls is moved to the young one; once per window the
    young become the old and the old are forgotten: their last call left the window by then.
    So idle callers cost nothing and nothing is ever scanned.
    """

    __slots__ = ("_old", "_turned_at", "_young", "window_ms")

    def __init__(self, window_ms: int) -> None:
        self.window_ms = window_ms
        self._young: dict[Hashable, deque[int]] = {}
        self._old: dict[Hashable, deque[int]] = {}
        self._turned_at = 0

    def calls(self, caller: Hashable, now: int) -> deque[int]:
        """The times of the caller's calls that still count, oldest first; the caller adds its own.

        A call stops to count exactly `window_ms` after it was made.
        """
        if now - self._turned_at >= self.window_ms:
            self._turn(now)
        times = self._young.get(caller)
        if times is None:
            times = self._old.pop(caller) if caller in self._old else deque()
            self._young[caller] = times
        gone = now - self.window_ms
        while times and times[0] <= gone:
            times.popleft()
        return times

    def _turn(self, now: int) -> None:
        self._old, self._young = self._young, {}
        self._turned_at = now

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


class RateLimiter:
    """The allowances of every UID at every endpoint.

    Raises:
        ValueError: a number below 1 as mode.
    """

    def __init__(self, mode: Mode = "real") -> None:
        if isinstance(mode, int) and mode < 1:
            raise ValueError(f"a rate limit is `real`, `off` or a number from 1, not {mode}")
        self.mode = mode
        self._fixed = mode if isinstance(mode, int) else 0
        self._off = mode == "off"
        self._windows: dict[int, _Window] = {}

    def take(
        self, uid: int, endpoint: str | int, allowance: int, window_ms: int, now: int
    ) -> Usage:
        """Count one call, unless it is refused: a refused call consumes nothing.

        Args:
            endpoint: Path, or category group, or a number for it.
            allowance: Calls per window that the endpoint grants; at least 1.
            window_ms: 1000, or 60000 for limits per minute.
            now: ms; never less than at an earlier call.
        """
        if self._off:
            return Usage(True, allowance, allowance - 1, now)
        limit = self._fixed or allowance
        window = self._windows.get(window_ms)
        if window is None:
            window = self._windows[window_ms] = _Window(window_ms)
        times = window.calls((uid, endpoint), now)
        left = limit - len(times) - 1
        if left < 0:
            # Not always the oldest: an allowance may have shrunk since.
            return Usage(False, limit, 0, times[-left - 1] + window_ms)
        times.append(now)
        return Usage(True, limit, left, now)

    def __len__(self) -> int:
        """How many pairs of UID and endpoint are remembered."""
        return sum(map(len, self._windows.values()))


class IpLimiter:
    """600 calls per 5 s and IP address; who exceeds them is refused for 10 minutes.

    Off by default: a test suite that runs on one machine would lock itself out.
    """

    def __init__(self, enabled: bool = False) -> None:
        self.enabled = enabled
        self._window = _Window(IP_WINDOW_MS)
        self._banned: dict[str, int] = {}  # peer -> ms; a ban lasts as long as any: oldest first

    def refuses(self, peer: str, now: int) -> bool:
        """Count one call of `peer` at `now`, ms. Refused calls do not lengthen the ban."""
        if not self.enabled:
            return False
        self._pardon(now)
        if peer in self._banned:
            return True
        times = self._window.calls(peer, now)
        if len(times) >= IP_CALLS:
            self._banned[peer] = now + IP_BAN_MS
            return True
        times.append(now)
        return False

    def banned_until(self, peer: str) -> int:
        """When `peer` may call again, ms; 0 when it is not banned."""
        return self._banned.get(peer, 0)

    def _pardon(self, now: int) -> None:
        while self._banned:
            peer = next(iter(self._banned))
            if self._banned[peer] > now:
                return
            del self._banned[peer]


def why_too_many_visits(usage: Usage, uid: int, endpoint: str, window_ms: int, now: int) -> Why:
    """The explanation of 10006."""
    span = "second" if window_ms == 1000 else f"{window_ms // 1000} seconds"
    wait = usage.reset_ms - now
    return Why(
        rule="A UID may call an endpoint so many times within a rolling window.",
        expected=f"At most {usage.limit} calls of {endpoint} within any {span}.",
        seen=f"UID {uid} made {usage.limit} calls in the last {span}; this one was not counted.",
        hint=f"Call again in {wait} ms, at X-Bapi-Limit-Reset-Timestamp; "
        "a server started with rate limits `off` refuses nobody.",
        details={
            "limit": str(usage.limit),
            "window_ms": str(window_ms),
            "retry_after_ms": str(wait),
            "reset_ms": str(usage.reset_ms),
        },
    )


def why_banned(until: int, now: int) -> Why:
    """The explanation of HTTP 403 for a banned IP address."""
    return Why(
        rule="An IP address that calls too often is refused for 10 minutes, whatever it asks.",
        expected=f"At most {IP_CALLS} calls within any {IP_WINDOW_MS // 1000} seconds, "
        "over all accounts and endpoints.",
        seen=f"More calls than that; refused for another {until - now} ms.",
        hint="Wait, and spread the calls; the limit per IP address is off unless switched on.",
        details={"retry_after_ms": str(until - now), "banned_until": str(until)},
    )
