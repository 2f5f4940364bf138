"""Who is served when many want something at once: each venue in its turn.

One loop serves all venues, so a venue whose clients ask without a pause would make the others
wait behind all of them. Here each venue has so many reads answered in a turn of the loop; what it
sends beyond that waits, while the loop looks for what the others have sent. A server with one venue
has no turns, and its requests no cost.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

READS_A_TURN = 2
"""Of one venue, before the loop looks again for the others'."""
READ_AT_ONCE = 1_024
"""Bytes of one read that are taken in one turn: an ordinary request, of many in a row a few."""


class Connection(Protocol):
    """Who sends; `venue` is the one that its last request was for."""

    venue: str
    kept: deque[bytes]
    """What it has sent that waits for its turn."""

    def take(self, data: bytes) -> None:
        """Read what was sent, and answer it."""


class Turns:
    """The order of the reads of one server's connections.

    Args:
        venue_of: Whom the first bytes of a connection ask, as far as they tell.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, venue_of: Callable[[bytes], str]) -> None:
        self._loop = loop
        self._venue_of = venue_of
        self._used: dict[str, int] = {}  # reads of this turn, by venue
        self._waiting: dict[str, deque[Connection]] = {}
        self._called = False

    @property
    def idle(self) -> bool:
        """Whether nobody waits."""
        return not self._waiting

    def admit(self, connection: Connection, data: bytes) -> bytes | None:
        """What of `data` the connection may take now; the rest is kept for its turn."""
        if connection.kept:
            connection.kept.append(data)
            return None
        venue = connection.venue
        if not venue:
            venue = connection.venue = self._venue_of(data)
        used = self._used.get(venue, 0)
        self._call()
        if used >= READS_A_TURN:
            self._keep(connection, data)
            return None
        self._used[venue] = used + 1
        if len(data) > READ_AT_ONCE:
            self._keep(connection, data[READ_AT_ONCE:])
            return data[:READ_AT_ONCE]
        return data

    def _keep(self, connection: Connection, data: bytes) -> None:
        connection.kept.append(data)
        self._waiting.setdefault(connection.venue, deque()).append(connection)

    def _call(self) -> None:
        if not self._called:
            self._called = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        """Give each venue that waits its share."""
        self._called = False
        self._used.clear()
        for venue, waiting in list(self._waiting.items()):
            share = min(READS_A_TURN, len(waiting))
            for _ in range(share):
                self._serve(waiting.popleft())
            if not waiting:
                del self._waiting[venue]
            self._used[venue] = share
        if self._used:
            self._call()  # the next turn begins with nothing used

    def _serve(self, connection: Connection) -> None:
        """Let it take one piece of what it sent."""
        kept = connection.kept
        if not kept:
            return  # it has left
        data = kept.popleft()
        if len(data) > READ_AT_ONCE:
            kept.appendleft(data[READ_AT_ONCE:])
            data = data[:READ_AT_ONCE]
        connection.take(data)
        if kept:
            self._waiting.setdefault(connection.venue, deque()).append(connection)
