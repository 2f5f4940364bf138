"""Pages of an account's past: which time a request means, and where its cursor points.

Cursors are ids of the first and the last row shown. They stand percent-encoded in the answer, and
come back so or encoded once more (account-semantics 3.2); the door has decoded them once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated
from urllib.parse import unquote

from msgspec import Meta

from utabox.engine.rules import Rejected
from utabox.retcodes import PARAMS_ERROR
from utabox.why import Why

HOUR = 3_600_000
DAY = 24 * HOUR
TIME_MAX = 253_402_300_799_999  # ms, the last of the year 9999
_CURSOR = re.compile(r"[0-9]{1,19}:1,([0-9]{1,19}):1")

StartTime = Annotated[int, Meta(ge=0, le=TIME_MAX, description="ms, inclusive.")]
EndTime = Annotated[int, Meta(ge=0, le=TIME_MAX, description="ms, inclusive.")]
Cursor = Annotated[str, Meta(description="The nextPageCursor of the page before.")]


def window(
    start: int | None, end: int | None, now: int, *, usual: int, most: int
) -> tuple[int, int]:
    """From when to when rows are asked for, ms, both inclusive.

    Args:
        usual: How long it is, ms, when one of the two or both are left out.
        most: How long it may be, ms.
    Raises:
        Rejected: PARAMS_ERROR (10001), `startTime invalid` or `endTime invalid`.
    """
    if start is None and end is None:
        return now - usual, now
    if start is None:
        assert end is not None
        return max(0, end - usual), end
    if end is None:
        return start, start + usual
    if start > end:
        raise _refused("startTime", f"at most endTime, {end}", str(start))
    if end - start > most:
        expected = f"at most {most // DAY} days after startTime: until {start + most}"
        raise _refused("endTime", expected, str(end))
    return start, end


def shown(limit: int, most: int) -> int:
    """How many rows a page has: `limit`, but not more than `most`.

    Raises:
        Rejected: PARAMS_ERROR (10001), `limit invalid`, below 1.
    """
    if limit < 1:
        raise _refused("limit", f"1 to {most}", str(limit))
    return min(limit, most)


def next_cursor(ids: Sequence[int], more: bool) -> str:
    """The cursor of the page behind these rows; empty when it is the last."""
    return f"{ids[0]}%3A1%2C{ids[-1]}%3A1" if more else ""


def before(cursor: str) -> int:
    """The id behind which the page begins; 0: at the newest row.

    Raises:
        Rejected: PARAMS_ERROR (10001), `cursor invalid`.
    """
    if not cursor:
        return 0
    found = _CURSOR.fullmatch(unquote(cursor))
    if found is None or not 0 < int(found[1]) < 1 << 63:
        raise _refused("cursor", "a nextPageCursor of this endpoint", repr(cursor[:64]))
    return int(found[1])


def _refused(name: str, expected: str, seen: str) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule=f"The parameter {name!r} chooses a page of the past.",
            expected=expected,
            seen=seen,
            hint="Ask for a shorter time, or follow nextPageCursor page by page.",
        ),
        problem=f"{name} invalid",
    )
