"""The HTTP door: `/v5` requests go straight to a handler, all others through ASGI.

The protocol class is derived from uvicorn's httptools one. A `/v5` request becomes a `Request`, the
handler's `Reply` becomes one write: no scope, no task, no ASGI message. WebSocket upgrades and all
other paths stay uvicorn's. What uvicorn lacks is added for both: limits on the head and the body,
deadlines, refusal of every ambiguous framing, and replies in the order of the requests.

A message is received while earlier ones still wait for their replies, so the two are kept apart:
`_phase` says what is being received, `_line` holds what has not been answered.
"""

import asyncio
import logging
import socket
import struct
from collections import deque
from itertools import chain
from typing import Any, Final, cast

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from utabox.server.door import Door, HttpLimits
from utabox.server.messages import CutReply, Handler, Release, Reply, Request, Unread, UnreadHandler
from utabox.server.switchboard import in_venue

TEXT_TYPE = b"Content-Type: text/plain; charset=utf-8\r\n"
CONNECTION_CLOSE = b"Connection: close\r\n"
TLS_WRITES_S = 0.01  # what was written has left by then
NO_LINGER = struct.pack("ii", 1, 0)  # a close sends RST, and forgets what was not sent
CONNECTION_KEPT = b"Connection: keep-alive\r\n"

TURNED_AWAY_MAX = 256  # surplus connections that are told so before they are closed

KEPT_MAX = 4
"""Reads that a connection may keep for another turn; then it is not read."""

IDLE: Final = 0  # between messages
HEAD: Final = 1
BODY: Final = 2
DEAF: Final = 3  # no further byte of this connection is ever interpreted

logger = logging.getLogger("utabox.http")


class _Refusal(Exception):
    """Raised inside a parser callback: parsing ends here, with this answer. 400 has no text."""

    def __init__(self, status: int, sentence: str = "", detail: str = "") -> None:
        self.status = status
        self.sentence = sentence
        self.detail = detail or sentence


class _Stop(Exception):
    """Raised inside a parser callback: what follows is not for us, and nothing is to be said."""


class _Turn:
    """One request whose reply has not left yet: /v5 if it has a request, else ASGI."""

    __slots__ = ("app", "cycle", "last", "old", "reply", "request", "started")

    def __init__(self, *, last: bool) -> None:
        self.request: Request | None = None
        self.reply: Reply | None = None
        self.cycle: RequestResponseCycle | None = None
        self.app: ASGI3Application | None = None
        self.started = False
        self.last = last
        """The connection ends after this reply."""
        self.old = False
        """HTTP/1.0 that asked for keep-alive and must be told that it got it."""


class _Flow(FlowControl):
    """uvicorn's flow control, with more reasons not to read: a full line, too much that was kept
    for another turn, an idle reader."""

    line_is_full = False
    has_kept = False

    def resume_reading(self) -> None:
        if not self.line_is_full and not self.has_kept and not self.write_paused:
            super().resume_reading()


class V5Protocol(HttpToolsProtocol):
    """One client's connection. Made by `protocol_class`, which gives it its door."""

    door: Door

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.parser = httptools.HttpRequestParser(self)  # without uvicorn's leniency
        self.flow: _Flow
        self._limits = self.door.limits
        self._line: deque[_Turn] = deque()
        self.kept: deque[bytes] = deque()
        self.venue = ""
        """The venue that the last request was for."""
        self._unstarted = 0
        self._phase = IDLE
        self._since = self.door.now
        # Raw bytes, because httptools calls nothing for the part of a line it has not seen whole.
        self._piece = 0  # of the last read
        self._lead = 0  # of the last read, if a message begins with it
        self._raw = 0  # of this message's head or body, in reads that hold nothing else
        self._fields: dict[bytes, bytes] = {}
        self._repeats: list[tuple[bytes, bytes]] = []
        self._request: Request | None = None  # being received, for /v5
        self._turn: _Turn | None = None  # being received, for ASGI
        self._body = bytearray()
        self._body_size = 0
        self._chunked = False
        self._unusual = False
        self._last = False
        self._old = False
        self._advancing = False
        self._awaits_continue = False
        self._upgrade_ignored = False
        self._peer = ""
        self.url = b""
        # Bound once: the hot path makes no bound methods.
        self._handler = self.door.handler
        self._let_go: Release = self._release

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Called by the transport."""
        super().connection_made(transport)
        self.flow = _Flow(transport)
        self._peer = self.client[0] if self.client else "127.0.0.1"
        self.door.enter(self)
        self._since = self.door.now
        surplus = len(self.connections) - self._limits.connections
        if surplus > TURNED_AWAY_MAX:
            transport.abort()  # a flood is not worth a sentence
        elif surplus > 0:
            self._refuse(_Refusal(503, "The server has as many connections as it allows."))

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the transport. Replies still held are dropped when they are released."""
        self.door.connections.discard(self)
        self._phase = DEAF
        self._forget_line()
        super().connection_lost(exc)
        # Leave no cycle: collecting thousands of connections at once would hold all others up.
        self._let_go = _let_nobody_go
        self._turn = None
        self.cycle = cast(RequestResponseCycle, None)

    def _forget_line(self) -> None:
        """Nothing more is answered."""
        self.kept.clear()
        for turn in self._line:
            if turn.cycle is not None:
                turn.cycle.disconnected = True
                turn.cycle.message_event.set()
        self._line.clear()
        self._unstarted = 0

    def eof_received(self) -> bool:  # type: ignore[override]
        """Called when the client has sent its last byte; it may still wait for held replies."""
        while self.kept:
            self.take(self.kept.popleft())
        held = bool(self._line) and all(turn.cycle is None for turn in self._line)
        if not held or self.scheme == "https":
            return False
        self._phase = DEAF
        self._line[-1].last = True
        return True

    def shutdown(self) -> None:
        """Called by the server: finish what was started, start nothing, then close."""
        self.kept.clear()
        while self._unstarted:
            self._line.pop()
            self._unstarted -= 1
        if not self._line:
            self._close()
            return
        turn = self._line[-1]
        turn.last = True
        if turn.cycle is not None:
            turn.cycle.keep_alive = False
        if turn is not self._turn:  # else the rest of its body is still to come
            self._phase = DEAF

    def check_deadline(self, now: float) -> None:
        """Called by the sweep; `now` is loop time in seconds."""
        limits, waited = self._limits, now - self._since
        if self.transport.is_closing() or self.flow.write_paused:
            if waited > limits.body_deadline:
                self.transport.abort()
        elif self._line and self._phase in (IDLE, DEAF):
            pass  # the client waits for us
        elif self.flow.read_paused:
            self._mark()
        elif self._phase == IDLE:
            if waited > limits.idle_deadline:
                self.transport.close()
        elif self._phase == HEAD:
            if waited > limits.head_deadline:
                self._refuse(_Refusal(408, "The request's head did not arrive in time."))
        elif self._phase == BODY:
            if waited > limits.body_deadline:
                self._refuse(_Refusal(408, "The request's body did not arrive in time."))
        elif waited > limits.linger:
            self.transport.abort()

    def pause_writing(self) -> None:
        """Called by the transport when the client does not read what it asked for."""
        super().pause_writing()
        self._mark()
        if not self.transport.is_closing():
            self.flow.pause_reading()

    def resume_writing(self) -> None:
        """Called by the transport when the client has caught up."""
        super().resume_writing()
        self._mark()
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def _mark(self) -> None:
        self._since = self.door.now

    # Receiving

    def data_received(self, data: bytes) -> None:
        """Called by the transport with whatever has arrived."""
        turns = self.door.turns
        if turns is None:
            self.take(data)
        elif (now := turns.admit(self, data)) is not None:
            self.take(now)
        elif len(self.kept) > KEPT_MAX and not self.transport.is_closing():
            self.flow.has_kept = True
            self.flow.pause_reading()

    def take(self, data: bytes) -> None:
        """Read what has arrived, in this connection's turn."""
        if self.flow.has_kept and not self.kept and not self.transport.is_closing():
            self.flow.has_kept = False
            self.flow.resume_reading()
        size = len(data)
        if self._phase == IDLE:
            self._lead = size
        elif self._phase == DEAF:
            return
        else:
            self._raw += size
        self._piece = size
        rest = -1
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            rest = upgrade.args[0]
        except httptools.HttpParserError as error:
            self._stop(error)
        if rest >= 0:
            self._leave_http(data, rest)
        if self._phase:
            self._check_growth()

    def on_message_begin(self) -> None:
        """Called by the parser, as all of the following."""
        self.url = b""
        self._fields = {}
        if self._repeats:
            self._repeats = []
        self._phase = HEAD
        self._since = self.door.now
        # A message that begins in the middle of a read counts from the next one on.
        self._raw = self._lead
        self._lead = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in self._fields:
            self._repeats.append((name, value.rstrip()))
        else:
            self._fields[name] = value.rstrip()

    def on_headers_complete(self) -> None:
        url, fields = self.url, self._fields
        self._phase = BODY
        if not url.isascii() or 0x23 in url:  # "#" is no part of a request target
            raise _Refusal(400)
        method = self.parser.get_method()
        if (
            b"connection" in fields
            or b"content-length" in fields
            or b"transfer-encoding" in fields
            or b"expect" in fields
            or b"host" not in fields
            or not self.parser.should_keep_alive()  # not HTTP/1.1, when nothing above applies
            or self._repeats
            or len(fields) > self._limits.headers
            or self._raw + self._piece > self._limits.request_line_bytes
            or method == b"HEAD"
            or method == b"CONNECT"
        ) and not self._inspect(method):
            return
        path, _, query = url.partition(b"?")
        if not path.startswith(b"/"):
            path, query = self._split_absolute(url)
        venue, place = "", path.decode()
        if path.startswith(b"/venues/"):
            venue, place = in_venue(place)
        if place.startswith("/v5/") or place == "/v5":
            self._request = Request(method.decode(), place, query, fields, b"", self._peer)
            self._request.venue = venue
            if self._raw + self._piece > self._limits.request_line_bytes:
                self._request.large_head = True
            if self._awaits_continue:
                self._say_continue()
        else:
            self._receive_asgi(path + b"?" + query if query else path, fields)

    def on_body(self, body: bytes) -> None:
        self._body_size += len(body)
        if self._body_size > self._limits.body_bytes:
            raise _Refusal(413, _too_large(self._limits))
        if self._request is not None:
            self._body += body
        elif self._turn is not None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        request = self._request
        if request is None or self._unusual:
            self._complete_unusual()
            return
        self._request = None
        self._phase = IDLE
        self._since = self.door.now
        if self._line:
            self._enqueue(request)
            return
        try:
            reply = self._handler(request, self._let_go)
        except Exception:
            reply = self._crashed()
        self.venue = request.venue
        if reply is None:
            self._hold(request)
        else:
            body = reply.body
            self.transport.write(
                b"".join(
                    (
                        STATUS_LINE[reply.status],
                        reply.head,
                        b"Content-Length: %d\r\n" % len(body),
                        self.door.end_of_head,
                        body,
                    )
                )
            )

    # Receiving, off the hot path

    def _inspect(self, method: bytes) -> bool:
        """Look closely at a head. False: an upgrade, which the parser is about to raise.

        Raises:
            _Refusal: when a limit is passed, or the framing could be read in two ways.
        """
        version = self.parser.get_http_version()
        self._check_size(method)
        if version not in ("1.0", "1.1") or method == b"CONNECT":
            raise _Refusal(400)
        if b"host" not in self._fields and version == "1.1":
            raise _Refusal(400)
        if any(name in ONLY_ONCE for name, _ in self._repeats):
            raise _Refusal(400)
        has_body = self._check_framing(version)
        if self.parser.should_upgrade():
            self._choose_upgrade(method, fit=version == "1.1" and not has_body)
            return False
        self._check_expectation(version, has_body)
        keep_alive = self.parser.should_keep_alive()
        self._last = not keep_alive
        self._old = keep_alive and version == "1.0"
        self._unusual = has_body or self._last or self._old or method == b"HEAD"
        if self._chunked:
            self._fields = {}  # what comes now are trailers
        return True

    def _check_size(self, method: bytes) -> None:
        limits = self._limits
        line = len(method) + len(self.url) + len("  HTTP/1.1\r\n")
        if line > limits.request_line_bytes:
            raise _Refusal(414, _line_too_long(limits))
        if len(self._fields) + len(self._repeats) > limits.headers:
            raise _Refusal(431, f"The request has more than {limits.headers} headers.")
        fields = chain(self._fields.items(), self._repeats)
        if line + sum(len(name) + len(value) + 4 for name, value in fields) > limits.head_bytes:
            raise _Refusal(431, _head_too_long(limits))

    def _check_framing(self, version: str) -> bool:
        """Whether a body follows. Most of this the parser refuses too, if it is as strict."""
        length, coding = (self._fields.get(name) for name in FRAMING)
        if length is not None and (coding is not None or not length.isdigit() or len(length) > 19):
            raise _Refusal(400)
        if coding is not None and (coding.lower() != b"chunked" or version == "1.0"):
            raise _Refusal(400)
        if length is not None and int(length) > self._limits.body_bytes:
            raise _Refusal(413, _too_large(self._limits))
        self._chunked = coding is not None
        self._raw = self._body_size = 0
        self._body = bytearray()
        return self._chunked or (length is not None and int(length) > 0)

    def _check_expectation(self, version: str, has_body: bool) -> None:
        expected = self._fields.get(b"expect")
        if expected is None or version == "1.0":
            return
        if expected.lower() != b"100-continue":
            raise _Refusal(417, "The only expectation this server meets is 100-continue.")
        self._awaits_continue = has_body

    def _choose_upgrade(self, method: bytes, *, fit: bool) -> None:
        """A WebSocket is uvicorn's; any other upgrade is not offered, so its request is plain.

        Args:
            fit: It is of HTTP/1.1 and has no body, as a WebSocket's must be.
        """
        path, query = self._split_absolute(self.url)
        self._open_scope(path + b"?" + query if query else path, self._fields)
        self._upgrade_ignored = method != b"GET" or not self._should_upgrade()
        if self._upgrade_ignored:
            return
        if self._line or not fit:
            raise _Refusal(400)  # the replies before it could not leave any more
        super().on_headers_complete()

    def _leave_http(self, data: bytes, offset: int) -> None:
        """What follows an upgrade request in `data`: a WebSocket's, or the plain request's body."""
        rest = memoryview(data)
        while self._upgrade_ignored:
            self._upgrade_ignored = False
            rest = rest[offset:]
            head = self._head_without_upgrade()
            self.parser = httptools.HttpRequestParser(self)
            self._phase = IDLE
            self._lead = len(head)
            try:
                self.parser.feed_data(head)
                self.parser.feed_data(rest)
                return
            except httptools.HttpParserUpgrade as upgrade:
                offset = upgrade.args[0]
            except httptools.HttpParserError as error:
                self._stop(error)
                return
        self._phase = DEAF
        self.door.connections.discard(self)
        self._let_go = _let_nobody_go
        self.handle_websocket_upgrade()

    def _head_without_upgrade(self) -> bytes:
        lines = [b"%s: %s" % field for field in self.headers if field[0] != b"upgrade"]
        line = b"%s %s HTTP/%s" % (
            self.parser.get_method(),
            self.url,
            self.parser.get_http_version().encode(),
        )
        return b"\r\n".join([line, *lines, b"", b""])

    def _split_absolute(self, url: bytes) -> tuple[bytes, bytes]:
        """Path and query of a target that may be `http://host/path`."""
        if not url.startswith(b"/"):
            scheme, mark, after = url.partition(b"://")
            if not mark or scheme.lower() not in (b"http", b"https"):
                raise _Refusal(400)
            authority_end = min(
                (at for at in map(after.find, (b"/", b"?")) if at >= 0), default=len(after)
            )
            url = after[authority_end:]
        path, _, query = url.partition(b"?")
        return path or b"/", query

    def _receive_asgi(self, target: bytes, fields: dict[bytes, bytes]) -> None:
        """Let uvicorn make the ASGI request; `_start_asgi_task` puts it in line."""
        self._open_scope(target, fields)
        self.cycle = cast(RequestResponseCycle, None)  # one queue: ours, not uvicorn's pipeline
        super().on_headers_complete()

    def _open_scope(self, target: bytes, fields: dict[bytes, bytes]) -> None:
        super().on_message_begin()
        self.url = target
        self.headers.extend(fields.items())
        self.headers.extend(self._repeats)
        self.expect_100_continue = self._awaits_continue
        self._awaits_continue = False

    def _complete_unusual(self) -> None:
        """The end of a message that has a body, ends the connection or is not for us."""
        request, turn = self._request, self._turn
        if request is None and turn is None:
            return  # an upgrade
        if self._chunked and self._fields:
            raise _Refusal(400)
        self._phase = IDLE
        self._mark()
        self._request = self._turn = None
        self._unusual = self._chunked = self._awaits_continue = False
        if request is not None:
            last = self._last
            request.body = bytes(self._body)
            self._body = bytearray()
            self._enqueue(request)
        else:
            assert turn is not None
            last = turn.last
            super().on_message_complete()
        self._last = self._old = False
        if last:
            self._phase = DEAF
            raise _Stop

    def _check_growth(self) -> None:
        """Bound what has arrived of a head or a chunked body that is not complete yet."""
        limits, raw = self._limits, self._raw
        if self._phase == HEAD:
            if len(self.url) > limits.request_line_bytes:
                self._refuse(_Refusal(414, _line_too_long(limits)))
            elif raw > limits.head_bytes:
                self._refuse(_Refusal(431, _head_too_long(limits)))
        elif self._phase == BODY and self._chunked and raw > 2 * limits.body_bytes + 65536:
            self._refuse(_Refusal(413, _too_large(limits)))

    def _stop(self, error: httptools.HttpParserError) -> None:
        """Say why the parser stopped, unless it stopped because all is said."""
        cause = error.__context__
        if isinstance(cause, _Stop):
            return
        if isinstance(cause, _Refusal):
            self._refuse(cause)
        elif isinstance(error, httptools.HttpParserCallbackError):
            logger.error("The HTTP door failed.", exc_info=cause)
            self.door.crashes += 1
            self._refuse(_Refusal(500))
        else:
            self._refuse(_Refusal(400, detail=str(error)))

    # Answering

    def _call(self, request: Request) -> Reply | None:
        try:
            return self._handler(request, self._let_go)
        except Exception:
            return self._crashed()
        finally:
            self.venue = request.venue

    def _crashed(self) -> Reply:
        logger.exception("The handler failed.")
        self.door.crashes += 1
        return Reply(500, b"", b"")

    def _hold(self, request: Request) -> None:
        turn = _Turn(last=False)
        turn.request = request
        turn.started = True
        self._line.append(turn)

    def _release(self, request: Request, reply: Reply) -> None:
        """Called by the handler's side when a held answer may leave."""
        for turn in self._line:
            if turn.request is request:
                turn.reply = reply
                self._advance()
                return

    def _enqueue(self, request: Request) -> None:
        turn = _Turn(last=self._last)
        turn.request = request
        turn.old = self._old
        self._join(turn)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Called by uvicorn's `on_headers_complete`; the task starts when it is first in line."""
        turn = _Turn(last=not cycle.keep_alive)
        turn.cycle, turn.app = cycle, app
        self._turn = turn
        self._join(turn)

    def _join(self, turn: _Turn) -> None:
        self._line.append(turn)
        self._unstarted += 1
        if self._unstarted == 1:
            self._advance()
        if len(self._line) > self._limits.waiting and not self.transport.is_closing():
            self.flow.line_is_full = True
            self.flow.pause_reading()

    def on_response_complete(self) -> None:
        """Called by the ASGI request that is first in line, when its reply is written."""
        self.server_state.total_requests += 1
        self._mark()
        if self._line:
            self._line.popleft()
        if not self.transport.is_closing():
            self.flow.resume_reading()
            self._advance()

    def _advance(self) -> None:
        """Start what may start, write what is ready and first in line."""
        if self._advancing:
            return  # a handler released another reply while it was called
        self._advancing = True
        try:
            self._advance_line()
        finally:
            self._advancing = False
        if self.flow.line_is_full and len(self._line) <= self._limits.waiting // 2:
            self.flow.line_is_full = False
            if not self.transport.is_closing():
                self.flow.resume_reading()

    def _advance_line(self) -> None:
        line = self._line
        while line:
            self._start_turns()
            turn = line[0]
            if turn.reply is None:
                return
            line.popleft()
            if isinstance(turn.reply, CutReply):
                self._cut(turn, turn.reply)
                return
            self._write(turn, turn.reply)
            if turn.last:
                self._finish(turn)
                return
        self._mark()
        if self._awaits_continue:
            self._say_continue()

    def _start_turns(self) -> None:
        """ASGI writes to the transport by itself: it runs alone, nothing after it has started."""
        line = self._line
        while self._unstarted:
            at = len(line) - self._unstarted
            turn = line[at]
            if at and (turn.cycle is not None or line[at - 1].cycle is not None):
                return
            turn.started = True
            self._unstarted -= 1
            if turn.cycle is not None and turn.app is not None:
                super()._start_asgi_task(turn.cycle, turn.app)
            elif turn.request is not None:
                turn.reply = self._call(turn.request)

    def _write(self, turn: _Turn, reply: Reply) -> None:
        self.transport.write(b"".join(self._rendered(turn, reply)))

    def _cut(self, turn: _Turn, reply: CutReply) -> None:
        """Send as much of a reply as is to arrive, and end the connection."""
        if reply.cut != "before":
            *parts, body = self._rendered(turn, reply)
            head = b"".join(parts)
            if reply.cut == "middle":
                head = head if body else head[: len(head) // 2]
                body = body[: len(body) // 2]
            self.transport.write(head + body)
        if reply.reset:
            connected = self.transport.get_extra_info("socket")
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self._forget_line()
        if reply.reset and self.scheme == "https":
            # To close would say so in TLS first; to abort at once would forget what was written.
            self._phase = DEAF
            self.loop.call_later(TLS_WRITES_S, self.transport.abort)
        else:
            self._close()

    def _rendered(self, turn: _Turn, reply: Reply) -> tuple[bytes, ...]:
        """The pieces of a reply as it is sent, the body last."""
        only_head = turn.request is not None and turn.request.method == "HEAD"
        connection = CONNECTION_CLOSE if turn.last else CONNECTION_KEPT if turn.old else b""
        return (
            STATUS_LINE[reply.status],
            reply.head,
            connection,
            b"Content-Length: %d\r\n" % len(reply.body),
            self.door.end_of_head,
            b"" if only_head else reply.body,
        )

    def _say_continue(self) -> None:
        if not self._line:
            self._awaits_continue = False
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _refuse(self, refusal: _Refusal) -> None:
        """Answer after the replies in line, then close; nothing more is read as a request."""
        self._phase = DEAF
        self._request = None
        self._awaits_continue = False
        turn, self._turn = self._turn, None
        if self.transport.is_closing() or (turn is not None and not self._withdraw(turn)):
            self._close()
            return
        answer = _Turn(last=True)
        unread = Unread(self._peer, self.url, refusal.status, refusal.sentence, refusal.detail)
        answer.reply = self.door.unread(unread)
        self._join(answer)

    def _withdraw(self, turn: _Turn) -> bool:
        """Take back an ASGI request whose body is still coming; False: its reply has begun."""
        cycle = turn.cycle
        assert cycle is not None
        if cycle.response_started:
            return False
        cycle.disconnected = True
        cycle.message_event.set()
        self._line.pop()
        if not turn.started:
            self._unstarted -= 1
        return True

    def _finish(self, turn: _Turn) -> None:
        """Close. A refused client is half-closed first: if it is still sending, closing at once
        would reset the connection and could take the answer with it."""
        if turn.request is None and self.transport.can_write_eof():
            self._mark()
            self.transport.write_eof()
        else:
            self._close()

    def _close(self) -> None:
        self._phase = DEAF
        self._mark()
        self.transport.close()


FRAMING = (b"content-length", b"transfer-encoding")
ONLY_ONCE = frozenset({*FRAMING, b"host"})


def plain(unread: Unread) -> Reply:
    """The reply to what is no request: its sentence as text."""
    return Reply(unread.status, TEXT_TYPE, unread.sentence.encode())


def protocol_class(
    handler: Handler, limits: HttpLimits | None = None, unread: UnreadHandler = plain
) -> type[V5Protocol]:
    """The class for `uvicorn.Config(http=...)`; make one for each server.

    Args:
        handler: Answers every request under `/v5`, on the event loop.
        limits: For all requests of the server, ASGI too.
        unread: Makes the reply to what could not be read as a request; it may log it.
    """

    class Protocol(V5Protocol):
        door = Door(handler, limits or HttpLimits(), unread)

    return Protocol


def _let_nobody_go(request: Request, reply: Reply) -> None:
    """The release of a connection that is lost."""


def _line_too_long(limits: HttpLimits) -> str:
    return f"The request line is longer than {limits.request_line_bytes} bytes."


def _head_too_long(limits: HttpLimits) -> str:
    return f"The request's head is longer than {limits.head_bytes} bytes."


def _too_large(limits: HttpLimits) -> str:
    return f"The request's body is larger than {limits.body_bytes} bytes."
