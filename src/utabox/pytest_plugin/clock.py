"""The venue's time, as a test sets it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import time_ns

from utabox.pytest_plugin.control import Control, says_it_all

__tracebackhide__ = says_it_all

STEP_MS_MAX = 366 * 24 * 3_600_000
"""Of one call; longer ones are made of several."""

_UNITS_MS = {
    "ms": 1,
    "s": 1_000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 7 * 86_400_000,
}
_PART = re.compile(r"(\d+)\s*(ms|[smhdw])\s*")


class Clock:
    """The venue's time: it follows the machine's until it is stopped, set or stepped.

    Clients that were made by `account.pybit()` and its like follow it; any other signs with the
    time of its machine.
    """

    def __init__(self, control: Control) -> None:
        self._control = control
        self._is_set = False
        self._ahead = 0  # ms, of the server's machine before this one
        self.look()

    def look(self) -> None:
        """Learn how the time runs: after something else may have changed it."""
        self._learn(self._control.call("GET", "clock"))

    @property
    def now(self) -> int:
        """The venue's time, ms since the epoch."""
        if not self._is_set:
            return time_ns() // 1_000_000 + self._ahead
        return int(self._control.call("GET", "clock")["time"])

    @property
    def at(self) -> datetime:
        """The venue's time, in UTC."""
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=self.now)

    @property
    def is_set(self) -> bool:
        """Whether it is another than the machine's."""
        return self._is_set

    def freeze(self, at: str | int | datetime | None = None) -> None:
        """Let time stand still, now or at a later time."""
        self._change(time=None if at is None else milliseconds_of(at), speed="0")

    def step(self, by: str | int | timedelta) -> None:
        """Go ahead by `"1h30m"`, a `timedelta` or so many ms; all that is due on the way happens,
        each at its own time.

        Raises:
            ValueError: it is no duration, or a negative one.
        """
        left = duration_ms(by)
        if left < 0:
            raise ValueError(
                f"{by!r} leads back, and the venue's time goes forward only: step by such as "
                "'90s', '1h30m' or '7d'. To go back, restore a snapshot, or reset"
            )
        while left > STEP_MS_MAX:
            self._change(stepMs=STEP_MS_MAX)
            left -= STEP_MS_MAX
        self._change(stepMs=left)

    def set(self, time: str | int | datetime) -> None:
        """Go ahead to a time: ISO 8601, ms since the epoch, or a `datetime`."""
        self._change(time=milliseconds_of(time))

    def run(self, speed: Decimal | int | str = 1) -> None:
        """Let it run on from where it is, so many times as fast as the machine's."""
        self._change(speed=str(speed))

    def follow(self) -> None:
        """Let it be the machine's again; not while it is ahead."""
        self._learn(self._control.call("DELETE", "clock"))

    def _change(self, **change: str | int | None) -> None:
        given = {name: value for name, value in change.items() if value is not None}
        self._learn(self._control.call("PATCH", "clock", body=given))

    def _learn(self, view: dict[str, int]) -> None:
        self._is_set = bool(view["set"])
        ahead = int(view["machineTime"]) - time_ns() // 1_000_000
        # A few ms are the way there and back, not another clock.
        self._ahead = ahead if abs(ahead) > 1_000 else 0


def duration_ms(duration: str | int | timedelta) -> int:
    """A duration in ms.

    Raises:
        ValueError: it is none.
    """
    if isinstance(duration, timedelta):
        return duration // timedelta(milliseconds=1)
    if isinstance(duration, int):
        return duration
    written = duration.strip() if isinstance(duration, str) else ""  # no type is checked in a test
    parts = _PART.findall(written)
    if not parts or _PART.sub("", written):
        raise ValueError(
            f"{duration!r} is no duration: write such as '90s', '1h30m' or '7d', a timedelta, or a "
            "number of ms"
        )
    return sum(int(number) * _UNITS_MS[unit] for number, unit in parts)


def milliseconds_of(time: str | int | datetime) -> int:
    """A time in ms since the epoch; one without a zone is in UTC.

    Raises:
        ValueError: it is none.
    """
    if isinstance(time, int):
        return time
    try:
        moment = time if isinstance(time, datetime) else datetime.fromisoformat(time)
    except (TypeError, ValueError):
        raise ValueError(
            f"{time!r} is no time: write such as '2027-01-01T00:00:00Z', or ms since the epoch"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
