"""Moments: ms since the epoch inside, ISO 8601 for people."""

from __future__ import annotations

from datetime import UTC, datetime

import click


def iso(milliseconds: int) -> str:
    """ISO 8601 in UTC; 0 is never."""
    if not milliseconds:
        return "never"
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(value: str) -> int:
    """Ms since the epoch, ISO 8601 (UTC unless it says otherwise), or `never`, as ms; never: 0."""
    if value.isascii() and value.isdigit():
        return int(value)
    if value == "never":
        return 0
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is no time: write ms, never, or such as 2026-01-31T12:00:00Z."
        ) from None
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
