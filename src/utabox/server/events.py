"""What happens in a venue, as it happens: server-sent events for the console.

One look at the venue for all who watch it, at most ten times a second and for at most a twentieth
of the time, however busy it is: nothing of this is on the way of a call. What does not fit is
counted, not sent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from time import thread_time
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from utabox.venues import Venue

PAUSE_S = 0.1
SHARE = 0.05
"""Of the thread's time, what looking may take."""
REST_S_MAX = 1.0
ENTRIES_PER_LOOK = 500
WATCHERS_MAX = 32
"""Of one server."""
WAITING_BYTES_MAX = 4 * 1024 * 1024
"""For one watcher that does not read; then it is told what it missed."""
PING_S = 15.0

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Watcher:
    """One page that watches, and what waits to be sent to it.

    Args:
        welcome: Whether it may still hear: false as soon as its session has ended.
    """

    def __init__(self, welcome: Callable[[], bool] = lambda: True) -> None:
        self.welcome = welcome
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._missed = 0
        self._ready = asyncio.Event()
        self._out = False
        self.left = False

    def tell(self, message: bytes, calls: int = 0) -> None:
        """Queue a message that holds so many calls; drop it if too much waits already."""
        if self._bytes + len(message) > WAITING_BYTES_MAX:
            self._missed += calls
            return
        if self._missed:
            missed, self._missed = self._missed, 0
            self.tell(_event("missed", {"calls": missed}))
        self._waiting.append(message)
        self._bytes += len(message)
        self._ready.set()

    def leave(self) -> None:
        """Send what waits, and then nothing more."""
        self.left = True
        self._ready.set()

    async def next(self) -> bytes | None:
        """All that waits, or a sign of life; None: it is over.

        Who is not welcome any more hears that, and nothing of what waits.
        """
        if not self._waiting and not self.left:
            try:
                await asyncio.wait_for(self._ready.wait(), PING_S)
            except TimeoutError:
                if self.welcome():
                    return b": alive\n\n"
        if not self.welcome():
            told, self._out = self._out, True
            return None if told else _event("out", {})
        self._ready.clear()
        if not self._waiting:
            return None
        some = b"".join(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        return some


class Live:
    """Who watches which venue of a server."""

    def __init__(self) -> None:
        self._watched: dict[str, tuple[Venue, list[Watcher]]] = {}
        self._looking: dict[str, asyncio.Task[None]] = {}
        self.closed = False

    def join(self, venue: Venue, welcome: Callable[[], bool]) -> Watcher:
        """Begin to watch, for as long as one is welcome.

        Raises:
            ValueError: there are too many.
        """
        if self.closed:
            raise ValueError("the server is about to stop")
        if sum(len(watchers) for _, watchers in self._watched.values()) >= WATCHERS_MAX:
            raise ValueError(f"{WATCHERS_MAX} pages watch already: close one")
        watcher = Watcher(welcome)
        state = _state(venue)
        watcher.tell(_event("state", state))
        known = self._watched.get(venue.name)
        if known is not None and known[0] is venue:
            known[1].append(watcher)
        else:
            self._watched[venue.name] = venue, [watcher]
            self._looking[venue.name] = asyncio.create_task(self._look(venue, state))
        return watcher

    def part(self, venue: Venue, watcher: Watcher) -> None:
        """Watch no longer."""
        watcher.leave()
        known = self._watched.get(venue.name)
        if known is not None and watcher in known[1]:
            known[1].remove(watcher)

    def turn_out(self) -> None:
        """Let those go that are welcome no more: a session has ended."""
        for _, watchers in self._watched.values():
            for watcher in watchers:
                if not watcher.welcome():
                    watcher.leave()

    def close(self) -> None:
        """Let all of them go: the server is about to stop."""
        self.closed = True
        for _, watchers in self._watched.values():
            for watcher in watchers:
                watcher.leave()

    async def _look(self, venue: Venue, told: dict[str, Any]) -> None:
        """Tell the watchers of one venue, until the last one has left or the venue is gone.

        Args:
            told: The state that the first of them knows.
        """
        watchers = self._watched[venue.name][1]
        seen: int = told["calls"]
        try:
            while watchers and not self.closed:
                await asyncio.sleep(PAUSE_S)
                began = thread_time()
                if venue.dropped:
                    _tell_all(watchers, _event("dropped", {"venue": venue.name}))
                    break
                if venue.log.count != seen:
                    seen = _tell_calls(venue, watchers, seen)
                state = _state(venue)
                moved = any(state[name] != told[name] for name in ("seq", "since"))
                if moved or state["time"] < told["time"]:
                    _tell_all(watchers, _event("state", state))
                told = state
                await asyncio.sleep(min(REST_S_MAX, (thread_time() - began) * (1 / SHARE - 1)))
        finally:
            if self._watched.get(venue.name, (None,))[0] is venue:
                del self._watched[venue.name], self._looking[venue.name]
            for watcher in watchers:
                watcher.leave()


def _tell_calls(venue: Venue, watchers: list[Watcher], seen: int) -> int:
    """Send the newest calls since the one numbered `seen`; the number of the last."""
    entries = venue.log.read(after=seen, limit=ENTRIES_PER_LOOK)
    count = venue.log.count
    missed = count - max(seen, venue.log.began) - len(entries)
    if missed > 0:
        _tell_all(watchers, _event("missed", {"calls": missed}))
    if entries:
        _tell_all(watchers, _event("calls", entries), len(entries))
    return count


def _tell_all(watchers: list[Watcher], message: bytes, calls: int = 0) -> None:
    for watcher in watchers:
        watcher.tell(message, calls)


def _state(venue: Venue) -> dict[str, Any]:
    """Where the venue is. Only what is durable may be told."""
    runtime = venue.runtime
    clock = runtime.state.clock
    return {
        "seq": runtime.durable,
        "time": runtime.now(),
        "speed": clock.speed_permille / 1000 if clock is not None else 1,
        "set": clock is not None,
        "calls": venue.log.count,
        "since": venue.log.began,  # the last call of another past: before a restore
    }


def _event(name: str, data: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(data))


async def stream(
    live: Live, venue: Venue, receive: Receive, send: Send, welcome: Callable[[], bool]
) -> None:
    """Answer one GET /-/events until either side has enough, or who asked is welcome no more.

    Raises:
        ValueError: too many watch; nothing was sent.
    """
    watcher = live.join(venue, welcome)
    gone = asyncio.create_task(_gone(receive, watcher))
    try:
        headers = [
            (b"content-type", b"text/event-stream"),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while (some := await watcher.next()) is not None and not gone.done():
            await send({"type": "http.response.body", "body": some, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        gone.cancel()
        live.part(venue, watcher)


async def _gone(receive: Receive, watcher: Watcher) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    watcher.leave()
