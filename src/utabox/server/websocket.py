"""A WebSocket's connection: uvicorn's protocol, bounded for clients that do not read or send a lot.

uvicorn answers pings, and inflates what a read brings, whatever the client does. Here a client that
does not read is not read either, and is cut off after a while; and what a read brings is taken in
pieces, the next one when the last message was heard.
"""

from __future__ import annotations

from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from utabox.server.streams import BLOCKED_S_MAX

PIECE = 2_048
"""Bytes that are taken at once: deflated ones become a thousand times as many at most."""
INVALID_TEXT = 1007


class StreamProtocol(WebSocketsSansIOProtocol):
    """One connection to a stream."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._unread = bytearray()
        self._blocked: TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Called by the transport with whatever has arrived."""
        self._unread += data
        self._take()

    def _take(self) -> None:
        while self._unread and not self.read_paused and not self.transport.is_closing():
            piece = bytes(self._unread[:PIECE])
            del self._unread[:PIECE]
            super().data_received(piece)

    async def receive(self) -> Any:
        """Called by the application for the next message."""
        message = await super().receive()
        self._take()
        if self._blocked is not None:
            self.transport.pause_reading()
        return message

    def send_receive_event_to_app(self) -> None:
        """Called when a message is whole; one that is no text ends the connection."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(INVALID_TEXT)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def pause_writing(self) -> None:
        """Called by the transport when the client does not read."""
        super().pause_writing()
        self.transport.pause_reading()
        if self._blocked is None:
            self._blocked = self.loop.call_later(BLOCKED_S_MAX, self.transport.abort)

    def resume_writing(self) -> None:
        """Called by the transport when the client has caught up."""
        super().resume_writing()
        self._unblock()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the transport."""
        self._unblock()
        self._unread.clear()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Called by the server: say so, and do not wait for who does not read."""
        super().shutdown()
        if self._blocked is not None:
            self.transport.abort()

    def _unblock(self) -> None:
        if self._blocked is not None:
            self._blocked.cancel()
            self._blocked = None
