"""GET /-/events: what happens in a venue, as it happens."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from tests.actors import Exchange, running

from utabox.embedded import Server
from utabox.server.events import ENTRIES_PER_LOOK, WAITING_BYTES_MAX, WATCHERS_MAX, Watcher


class Event(NamedTuple):
    """One event, as an EventSource reads it."""

    name: str
    data: Any


class Stream:
    """One client that reads events."""

    def __init__(self, server: Server, path: str = "/-/events", **headers: str) -> None:
        where = urlsplit(server.url)
        self.socket = socket.create_connection((where.hostname or "", where.port or 0), timeout=10)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named = named or {"Authorization": f"Bearer {server.token}"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\n{lines}\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline().strip():
            pass

    def events(self) -> Iterator[Event]:
        """Until the server ends it."""
        name = ""
        while size := int(self.file.readline(), 16):
            piece = self.file.read(size + 2)[:-2].decode()
            for line in piece.splitlines():
                field, _, value = line.partition(": ")
                name = value if field == "event" else name
                if field == "data":
                    yield Event(name, json.loads(value))

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def stream(exchange: Exchange) -> Iterator[Stream]:
    with closing(Stream(exchange.server)) as stream:
        yield stream


def until(stream: Stream, name: str) -> Event:
    return next(event for event in stream.events() if event.name == name)


def test_it_begins_with_where_the_venue_is(exchange: Exchange, stream: Stream) -> None:
    """Entries, time, and how the clock runs."""
    first = next(stream.events())
    assert first.name == "state"
    assert first.data["seq"] == exchange.entries
    assert (first.data["time"], first.data["speed"], first.data["set"]) == (
        exchange.clock(), 1, False,
    )  # fmt: skip


def test_calls_are_told_as_they_come(exchange: Exchange, stream: Stream) -> None:
    """Each as the request log has it, with the why of a refusal and what it changed."""
    next(stream.events())
    alice = exchange.account()
    seq = exchange.entries
    alice.get("/v5/account/info", sign="0" * 64)
    alice.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")

    calls: list[dict[str, Any]] = []
    while len(calls) < 2:
        calls += until(stream, "calls").data

    assert [call["retCode"] for call in calls] == [10004, 0]
    assert "signature" in calls[0]["why"]["rule"]
    assert [(call["seqBefore"], call["seqAfter"]) for call in calls] == [(seq, seq), (seq, seq + 1)]


def test_the_state_is_told_when_it_moved(exchange: Exchange, stream: Stream) -> None:
    next(stream.events())
    exchange.control("PUT", "/-/prices/BTC", {"price": "1"})
    assert until(stream, "state").data["seq"] == exchange.entries


def test_a_flood_is_counted_not_sent(exchange: Exchange, stream: Stream) -> None:
    """Some of the newest are told, and how many are not: all of them are accounted for."""
    next(stream.events())
    sent = 5 * ENTRIES_PER_LOOK

    def flood() -> None:  # within one turn of the loop, so that it is one look
        log = exchange.server.venue.log
        from utabox.server.messages import Request

        for _ in range(sent):
            log.add(0, 0, Request("GET", "/v5/market/time"), 200, 0, "OK", 0, None, 0, 0)

    exchange.server.call(flood)
    told, missed = 0, 0
    for event in stream.events():
        told += len(event.data) if event.name == "calls" else 0
        missed += event.data["calls"] if event.name == "missed" else 0
        if told + missed >= sent:
            break
    assert (told, missed) == (ENTRIES_PER_LOOK, sent - ENTRIES_PER_LOOK)


def test_each_venue_has_its_own(exchange: Exchange) -> None:
    """By its base URL; a dropped one says so and ends."""
    exchange.control("POST", "/-/venues", {"name": "mine"})
    with closing(Stream(exchange.server, "/venues/mine/-/events")) as stream:
        first = next(stream.events())
        exchange.control("PUT", "/-/prices/BTC", {"price": "1"})
        exchange.control("DELETE", "/-/venues/mine")
        rest = list(stream.events())
    assert first.data["seq"] > 0
    assert [event.name for event in rest] == ["dropped"]


def test_it_ends_with_the_server() -> None:
    """A stop does not wait for who watches."""
    with running() as exchange, closing(Stream(exchange.server)) as stream:
        next(stream.events())
        exchange.server.stop()
        assert list(stream.events()) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec_Fetch_Site": "same-origin"}, 200),
        ({"Sec_Fetch_Site": "cross-site"}, 401),
        ({"Sec_Fetch_Site": "same-site"}, 401),
        ({"Origin": "http://evil.example"}, 401),
        ({"X_Utabox_Console": "1"}, 401),  # the header does not say where the page is from
    ],
)
def test_a_foreign_page_hears_nothing(
    exchange: Exchange, headers: dict[str, str], status: int
) -> None:
    """The cookie is good for an EventSource of our own page only."""
    identity = exchange.server.call(exchange.server.venues.sessions.begin)
    port = exchange.server.url.rsplit(":", 1)[1]
    cookie = f"utabox_{port}={identity}"
    with closing(Stream(exchange.server, Cookie=cookie, **headers)) as stream:
        assert stream.status == status


def session_of(exchange: Exchange) -> tuple[str, dict[str, str]]:
    """A session, and the headers of an EventSource in it."""
    identity = exchange.server.call(exchange.server.venues.sessions.begin)
    port = exchange.server.url.rsplit(":", 1)[1]
    return identity, {"Cookie": f"utabox_{port}={identity}", "Sec_Fetch_Site": "same-origin"}


def test_it_ends_with_the_session(exchange: Exchange) -> None:
    """At a logout every page of that session hears so, and nothing more; others go on."""
    _, ours = session_of(exchange)
    _, theirs = session_of(exchange)
    with (
        closing(Stream(exchange.server, **ours)) as stream,
        closing(Stream(exchange.server, "/-/events", **ours)) as second,
        closing(Stream(exchange.server, **theirs)) as other,
    ):
        for each in (stream, second, other):
            assert next(each.events()).name == "state"
        sent = {"Cookie": ours["Cookie"], "Sec-Fetch-Site": "same-origin", "X-Utabox-Console": "1"}
        assert exchange.wire.send("DELETE", "/-/session", sent, b"").status == 200
        exchange.control("PUT", "/-/prices/BTC", {"price": "1"})
        assert [event.name for event in stream.events()] == ["out"]
        assert [event.name for event in second.events()] == ["out"]
        assert until(other, "state").data["seq"] == exchange.entries


def test_it_ends_when_the_session_runs_out(exchange: Exchange) -> None:
    """What happens after that is not told."""
    identity, headers = session_of(exchange)
    with closing(Stream(exchange.server, **headers)) as stream:
        next(stream.events())
        exchange.server.call(lambda: exchange.server.venues.sessions.end(identity))
        exchange.control("PUT", "/-/prices/BTC", {"price": "1"})
        assert [event.name for event in stream.events()] == ["out"]


def test_a_restored_venue_begins_a_new_list_of_calls(exchange: Exchange, stream: Stream) -> None:
    """The state says which calls are of another past: they are neither told nor missed."""
    assert next(stream.events()).data["since"] == 0
    exchange.control("PUT", "/-/venues/default/snapshots/kept")
    exchange.get("/v5/market/time")
    assert len(until(stream, "calls").data) == 1
    exchange.control("POST", "/-/venues/default/snapshots/kept/restore")
    assert until(stream, "state").data["since"] == 1


def test_there_are_only_so_many(exchange: Exchange) -> None:
    """One more is told to come later; when one has gone, there is room again."""
    streams = [Stream(exchange.server) for _ in range(WATCHERS_MAX)]
    with closing(Stream(exchange.server)) as surplus:
        assert surplus.status == 503
    for stream in streams:
        assert next(stream.events()).name == "state"
        stream.close()


def test_who_does_not_read_is_told_what_it_missed() -> None:
    """So much may wait for it, and no more."""

    async def slow() -> tuple[int, bytes]:
        watcher = Watcher()
        message = b"x" * (WAITING_BYTES_MAX // 2)
        for _ in range(4):
            watcher.tell(message, calls=7)
        first = await watcher.next()
        watcher.tell(b"last", calls=1)
        return len(first or b""), await watcher.next() or b""

    waited, then = asyncio.run(slow())
    assert waited == WAITING_BYTES_MAX
    assert then == b'event: missed\ndata: {"calls":14}\n\nlast'
