"""The exchange's streams: WebSockets, whose clients are told what happens in a venue.

What an entry of the journal means for those who listen is made out at once, from the state as it
was then, and leaves when the entry is durable. Who does not read, or says nothing for long, is let
go.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import msgspec

from utabox.engine.rules import Event
from utabox.server.conversation import Conversation, Outlet
from utabox.server.environments import environment_of, is_here
from utabox.server.messages import Request
from utabox.server.stream_refusals import foreign, unknown_channel
from utabox.server.switchboard import in_venue, request_of
from utabox.stream import Channel, topics
from utabox.terms import Environment

if TYPE_CHECKING:
    from utabox.settings import Settings
    from utabox.venues import Venue, Venues

WAITING_BYTES_MAX = 1024 * 1024
"""For a client that does not read. Source: trading-semantics 7.9."""
MESSAGES_AT_ONCE = 64
"""Of one client, before others are served."""
BLOCKED_S_MAX = 10.0
QUIET_S_MAX = 600.0
"""Without a message from either side."""
UNUSED_S_MAX = 61.0
"""Of a public connection without a subscription. Source: trading-semantics 7.2."""
ACTIVE_S = (30, 600)
"""What `max_active_time` may be. Source: docs/v5/ws/connect."""
MESSAGE_BYTES_MAX = 64 * 1024
"""Of a client; its topics have 21,000 characters at most."""
ROOM_S = 0.002
TICK_S = 1.0
"""How often a venue in which somebody listens looks what is due."""
PAUSE_S = 0.01
"""After which a subscription is answered. pybit notes what it asked for after it has asked, and its
other thread fails on an answer that was faster; over a network none is.
"""

GOING_AWAY, RESTARTED, TOO_SLOW = 1001, 1012, 1008

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = logging.getLogger("utabox")


class Listeners:
    """Who is to be told what happens in one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._ticking = False
        self._all: dict[Conversation, None] = {}
        self._of: dict[int, dict[Conversation, None]] = {}  # by account
        self._sending = [each for each in topics() if each.push is not None]

    def join(self, one: Conversation) -> None:
        """Tell it from now on; nobody of its account is told twice."""
        if not self._ticking:
            self._ticking = True
            asyncio.get_running_loop().call_later(TICK_S, self._tick)
        self._all[one] = None
        if one.uid:
            self._of.setdefault(one.uid, {})[one] = None

    def leave(self, one: Conversation) -> None:
        """Tell it nothing more."""
        self._all.pop(one, None)
        of = self._of.get(one.uid)
        if of is not None:
            of.pop(one, None)
            if not of:
                del self._of[one.uid]

    def dismiss(self) -> None:
        """The venue goes on as another, or not at all: everybody has to connect again."""
        everybody, self._all, self._of = list(self._all), {}, {}
        for one in everybody:
            one.outlet.end(RESTARTED)

    def happened(self, now: int, events: Sequence[Event]) -> None:
        """Make out what the events of an entry, made just now, mean to those who listen."""
        if not self._of:
            return
        runtime = self._venue.runtime
        for topic in self._sending:
            assert topic.push is not None
            try:
                messages = list(topic.push(runtime.state, events, now, self._of))
            except Exception:  # a message less is no reason to lose the entry
                log.exception("what is sent on %s failed", topic.name)
                self._venue.gateway.crashes += 1
                continue
            for uid, content in messages:
                outlets = [each.outlet for each in self._of[uid] if topic.name in each.topics]
                if outlets:
                    text = msgspec.json.encode(content)
                    runtime.when_durable(partial(_tell, outlets, text))

    def _tick(self) -> None:
        """Let what is due happen, though nobody calls: interest is told at its hour."""
        venue = self._venue
        if not self._all or venue.dropped or venue.runtime.failure is not None:
            self._ticking = False
            return
        if venue.waiting is None:
            venue.runtime.advance()
        asyncio.get_running_loop().call_later(TICK_S, self._tick)

    async def have_room(self) -> None:
        """Wait until nobody is about to be let go for what waits, or does not read anyway."""
        loop = asyncio.get_running_loop()
        until = loop.time() + BLOCKED_S_MAX
        while loop.time() < until and any(
            one.outlet.backlog > WAITING_BYTES_MAX // 2 for one in self._all
        ):
            await asyncio.sleep(ROOM_S)

    def __len__(self) -> int:
        return len(self._all)


def _tell(outlets: list[Outlet], text: bytes) -> None:
    for each in outlets:
        each.put(text)


class _Outbox:
    """What waits to be sent to one client."""

    def __init__(self) -> None:
        self._waiting: deque[bytes | float] = deque()
        """Messages, and until when what is behind is held back, loop time in s."""
        self.backlog = 0
        """Bytes of what waits."""
        self._ready = asyncio.Event()
        self.sent = 0.0
        """When something was last sent, loop time in s."""
        self.code = 0
        """With which it is closed, once that is to be done."""

    def put(self, message: bytes) -> None:
        """Send it in its turn; who lets too much wait is let go."""
        if self.code:
            return
        if self.backlog and self.backlog + len(message) > WAITING_BYTES_MAX:
            self.end(TOO_SLOW)
            return
        self._waiting.append(message)
        self.backlog += len(message)
        self._ready.set()

    def pause(self) -> None:
        """Hold what comes from now on back for a moment."""
        self._waiting.append(asyncio.get_running_loop().time() + PAUSE_S)

    def end(self, code: int) -> None:
        """Close it."""
        self.code = self.code or code
        self._ready.set()

    async def drain(self, send: Send) -> None:
        """Send all that comes, until it is closed; who does not read is ended by the protocol."""
        try:
            while not self.code:
                await self._send_what_waits(send)
                if not self.code:
                    self._ready.clear()
                    await self._ready.wait()
            if self.code != TOO_SLOW:
                await self._send_what_waits(send)
            self._waiting.clear()
            await send({"type": "websocket.close", "code": self.code})
        except (OSError, RuntimeError):  # it has left, or its last frame was none
            self.end(GOING_AWAY)

    async def _send_what_waits(self, send: Send) -> None:
        loop = asyncio.get_running_loop()
        sent = 0
        while self._waiting and self.code != TOO_SLOW:
            message = self._waiting.popleft()
            if isinstance(message, float):
                await asyncio.sleep(message - loop.time())
                continue
            self.backlog -= len(message)
            await send({"type": "websocket.send", "text": message.decode()})
            self.sent = loop.time()
            sent += 1
            if sent % MESSAGES_AT_ONCE == 0:
                await asyncio.sleep(0)


def websocket_protocol(**connection: Any) -> asyncio.Protocol:
    """Imported when the first client comes: a start need not wait for it."""
    from utabox.server.websocket import StreamProtocol

    return StreamProtocol(**connection)


async def serve(
    venues: Venues, settings: Settings, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer one WebSocket from its handshake to its end."""
    await receive()  # websocket.connect
    name, path = in_venue(scope["path"])
    venue = venues.find(name) if name else venues.default
    request = request_of(scope, path)
    if venue is None or venue.dropped:
        venues.default.gateway.lead_nowhere(request, partial(unknown_channel, scope["path"]))
        await _deny(receive, send, 404)
        return
    gateway = venue.gateway
    host = request.headers.get(b"host", b"")
    environment = environment_of(host, gateway.options.environment)
    channel = _channel(path, environment)
    if channel is None or _is_foreign(request, settings):
        status, why = (403, foreign) if channel else (404, partial(unknown_channel, path))
        gateway.lead_nowhere(request, why, status)
        await _deny(receive, send, status)
        return
    await send({"type": "websocket.accept"})
    outbox = _Outbox()
    one = Conversation(venues, venue, channel, request, environment, outbox, named=bool(name))
    venue.listeners.join(one)
    drained = asyncio.create_task(outbox.drain(send))
    try:
        await _listen(one, receive, outbox, _quiet_s(scope["query_string"], channel))
    finally:
        one.venue.listeners.leave(one)
        outbox.end(GOING_AWAY)
        await drained


async def _deny(receive: Receive, send: Send, status: int) -> None:
    """Answer the handshake with a status instead, and wait until the connection is closed."""
    await send({"type": "websocket.http.response.start", "status": status, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})
    with suppress(TimeoutError):
        for _ in ("answered", "closed"):
            await asyncio.wait_for(receive(), BLOCKED_S_MAX)


async def _listen(one: Conversation, receive: Receive, outbox: _Outbox, quiet_s: float) -> None:
    """Hear what the client says until it leaves, or nothing was said for too long."""
    loop = asyncio.get_running_loop()
    heard = loop.time()
    while not outbox.code:
        allowed = quiet_s if one.topics or not one.channel.public else UNUSED_S_MAX
        left = max(heard, outbox.sent) + allowed - loop.time()
        if left <= 0:
            return
        try:
            event = await asyncio.wait_for(receive(), left)
        except TimeoutError:
            continue
        if event["type"] == "websocket.disconnect":
            return
        heard = loop.time()
        said = event.get("text")
        await one.hear(said if said is not None else event["bytes"].decode("utf-8", "replace"))


def _is_foreign(request: Request, settings: Settings) -> bool:
    """Whether a page from elsewhere connects, to a server for this machine: no browser stops it."""
    origin = request.headers.get(b"origin")
    if origin is None or not settings.on_loopback:
        return False
    return not is_here(origin.partition(b"://")[2], settings.host)


def _channel(path: str, environment: Environment | None) -> Channel | None:
    """The channel of a path; a demo environment has the private one only (docs/v5/demo)."""
    known = path.removeprefix("/v5/")
    if path == known or known not in set(Channel):
        return None
    channel = Channel(known)
    if environment is not None and environment.is_demo and channel is not Channel.PRIVATE:
        return None
    return channel


def _quiet_s(query: bytes, channel: Channel) -> float:
    """How long a client may be quiet, s: `max_active_time=30s` to `600s`, or `10m`."""
    asked = parse_qs(query.decode("latin-1")).get("max_active_time", [""])[0]
    number, unit = asked[:-1], asked[-1:]
    if (
        channel.public
        or not (number.isascii() and number.isdigit())
        or len(number) > 4
        or unit not in ("s", "m")
    ):
        return QUIET_S_MAX
    seconds = int(number) * (60 if unit == "m" else 1)
    low, high = ACTIVE_S
    return float(seconds) if low <= seconds <= high else QUIET_S_MAX
