"""Where time comes from: the machine, or a test."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Milliseconds since the epoch, UTC."""


def system_clock() -> int:
    """The machine's wall clock, ms. It may step back; the runtime never lets time do so."""
    return time.time_ns() // 1_000_000


class ManualClock:
    """A clock that stands still until it is moved: the fake that tests are allowed."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, milliseconds: int) -> int:
        """Move by `milliseconds` and return the new time, ms."""
        self.now += milliseconds
        return self.now
