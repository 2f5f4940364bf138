"""What the connections of one server share: limits, and one coarse clock for all deadlines."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from typing import TYPE_CHECKING

import msgspec

from utabox.server.messages import Handler, UnreadHandler
from utabox.server.turns import Turns

if TYPE_CHECKING:
    from utabox.server.http import V5Protocol


class HttpLimits(msgspec.Struct, frozen=True):
    """What one client may ask of the server. Deadlines are in seconds and at least this long."""

    request_line_bytes: int = 8 * 1024
    head_bytes: int = 32 * 1024  # request line and header lines
    headers: int = 100
    body_bytes: int = 1024 * 1024
    head_deadline: float = 10.0  # from the first byte of a request
    body_deadline: float = 30.0  # from the end of the head; also for a client that does not read
    idle_deadline: float = 60.0
    linger: float = 2.0  # how long a refused client may keep sending before it is cut off
    connections: int = 4096
    waiting: int = 64  # pipelined requests of one connection, beyond which it is not read


class Door:
    """What the connections of one server share: handler, limits, a coarse clock, the Date line."""

    def __init__(self, handler: Handler, limits: HttpLimits, unread: UnreadHandler) -> None:
        self.handler = handler
        self.limits = limits
        self.unread = unread
        self.turns: Turns | None = None
        """Whose turn it is, where several venues share the server."""
        self.connections: set[V5Protocol] = set()
        self.crashes = 0
        """How often the handler or this module raised where it never should."""
        self.now = 0.0
        """Loop time of the last sweep; nothing on the hot path reads a clock."""
        self.end_of_head = b""
        """The Date line and the empty line after it."""
        deadlines = (
            limits.head_deadline,
            limits.body_deadline,
            limits.idle_deadline,
            limits.linger,
        )
        self._pause = min(0.5, min(deadlines) / 4)
        self._loop: asyncio.AbstractEventLoop | None = None

    def enter(self, connection: V5Protocol) -> None:
        """Take a new connection in, and keep sweeping as long as there is one."""
        loop = connection.loop
        if self._loop is not loop:
            self._loop = loop
            self._look_at_clock(loop)
            loop.call_later(self._pause, self._sweep, loop)
        self.connections.add(connection)

    def _look_at_clock(self, loop: asyncio.AbstractEventLoop) -> None:
        self.now = loop.time()
        self.end_of_head = b"Date: %s\r\n\r\n" % formatdate(usegmt=True).encode()

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._look_at_clock(loop)
        for connection in tuple(self.connections):
            # Marks are up to one pause too old, so a deadline would otherwise come too early.
            connection.check_deadline(self.now - self._pause)
        if self.connections:
            loop.call_later(self._pause, self._sweep, loop)
        else:
            self._loop = None
