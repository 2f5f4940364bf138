"""Requests sent without waiting are answered in their order, whoever answers them."""

import itertools
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.wire import TestServer, echo, request, serving, until

from utabox.server.door import HttpLimits

STREAM = [
    (request(b"GET /v5/a?x=1"), echo("GET", "/v5/a", b"x=1")),
    (request(b"POST /v5/b", body=b"abc"), echo("POST", "/v5/b", body=b"abc")),
    (
        request(b"POST /v5/c", b"Transfer-Encoding: chunked")
        + b"2\r\nab\r\n1;e=f\r\nc\r\n0\r\n\r\n",
        echo("POST", "/v5/c", body=b"abc"),
    ),
    (request(b"GET /-/d?y=2"), echo("GET", "/-/d", b"y=2")),
    (request(b"POST /-/e", body=b"abc"), echo("POST", "/-/e", body=b"abc")),
    (
        b"\r\n" + request(b"GET /v5/f", b"Connection: upgrade", b"Upgrade: h2c"),
        echo("GET", "/v5/f"),
    ),
    (request(b"POST /v5/g", b"Content-Length: 0"), echo("POST", "/v5/g")),
    (request(b"POST /-/early", body=b"abc"), echo("POST", "/-/early")),
    (request(b"GET /v5/h", b"Empty:", b"X:  y "), echo("GET", "/v5/h")),
]
LENGTH = sum(len(raw) for raw, _ in STREAM)


@pytest.fixture(scope="module")
def server() -> Iterator[TestServer]:
    """A server with the limits of every server."""
    with serving() as running:
        yield running


@settings(max_examples=60)
@given(cuts=st.sets(st.integers(1, LENGTH - 1), max_size=8), order=st.permutations(STREAM))
def test_the_replies_do_not_depend_on_the_reads(
    server: TestServer, cuts: set[int], order: list[tuple[bytes, bytes]]
) -> None:
    """Wherever the stream is cut, each request has its own answer."""
    stream = b"".join(raw for raw, _ in order)
    ends = [0, *sorted(cuts), LENGTH]
    with server.connect() as wire:
        for start, end in itertools.pairwise(ends):
            wire.socket.sendall(stream[start:end])
            time.sleep(0.001)
        assert [wire.answer().body for _ in order] == [body for _, body in order]
        assert wire.is_silent()


def test_a_stream_byte_by_byte(server: TestServer) -> None:
    """The smallest reads there are."""
    with server.connect() as wire:
        for byte in b"".join(raw for raw, _ in STREAM):
            wire.socket.sendall(bytes([byte]))
        assert [wire.answer().body for _ in STREAM] == [body for _, body in STREAM]


def test_held_replies_leave_in_the_order_of_the_requests(server: TestServer) -> None:
    """All are started at once; the first released waits for those before it."""
    first = len(server.held)
    with server.connect() as wire:
        wire.send(b"".join(request(b"GET /v5/hold/%d" % number) for number in range(3)))
        wire.send(request(b"GET /v5/x"))
        server.release(first + 2)
        server.release(first + 1)
        assert wire.is_silent()
        assert server.paths[-4:] == ["/v5/hold/0", "/v5/hold/1", "/v5/hold/2", "/v5/x"]
        server.release(first)
        bodies = [wire.answer().body for _ in range(4)]
    assert bodies == [b"/v5/hold/0", b"/v5/hold/1", b"/v5/hold/2", echo("GET", "/v5/x")]


def test_v5_and_asgi_share_one_line(server: TestServer) -> None:
    """ASGI writes by itself, so it starts when it is first, and nothing behind it has started."""
    number = len(server.held)
    server.may_go.clear()
    targets = [b"/v5/hold", b"/v5/a", b"/-/hold/1", b"/v5/b", b"/-/hold/2", b"/-/c", b"/v5/d"]
    with server.connect() as wire:
        wire.send(b"".join(request(b"GET " + target) for target in targets))
        assert wire.is_silent()
        assert server.paths[-2:] == ["/v5/hold", "/v5/a"]
        server.release(number)
        assert wire.answer().body == b"/v5/hold"
        assert wire.answer().body == echo("GET", "/v5/a")
        assert wire.is_silent()
        assert server.paths[-1] == "/-/hold/1"
        server.may_go.set()
        bodies = [wire.answer().body for _ in targets[2:]]
    assert bodies == [echo("GET", target.decode()) for target in targets[2:]]


def test_a_refusal_waits_for_the_replies_before_it(server: TestServer) -> None:
    """The requests before the malformed one were good."""
    number = len(server.held)
    with server.connect() as wire:
        wire.send(request(b"GET /v5/hold") + request(b"GET /-/x") + b"get / HTTP/1.1\r\n\r\n")
        assert wire.is_silent()
        server.release(number)
        assert [wire.answer().status for _ in range(3)] == [200, 200, 400]
        assert wire.rest() == b""


def test_a_reply_after_the_client_has_gone_is_dropped(
    server: TestServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether it said goodbye or not."""
    number = len(server.held)
    with server.connect() as wire:
        wire.send(request(b"GET /v5/hold/1") + request(b"GET /v5/hold/2"))
        until(lambda: len(server.held) == number + 2)
    server.release(number, b"x" * 100_000)
    server.release(number + 1)
    assert server.exchange(request()).status == 200
    until(lambda: not server.door.connections)
    server.release(number)
    assert server.exchange(request()).status == 200
    assert caplog.text == ""


def test_a_client_that_sends_no_more_still_reads_its_held_reply(server: TestServer) -> None:
    """Half-closing is what `nc -N` does after the last request."""
    number = len(server.held)
    with server.connect() as wire:
        wire.send(request(b"GET /v5/hold"))
        wire.end()
        time.sleep(0.02)
        server.release(number)
        answer = wire.answer()
        assert (answer.body, answer.headers["connection"]) == (b"/v5/hold", "close")
        assert wire.rest() == b""


def test_a_second_release_of_the_same_request_is_dropped(server: TestServer) -> None:
    """The first answer has left."""
    number = len(server.held)
    with server.connect() as wire:
        wire.send(request(b"GET /v5/hold"))
        server.release(number)
        server.release(number)
        assert wire.answer().body == b"/v5/hold"
        assert wire.is_silent()


def test_a_connection_is_not_read_while_too_many_wait() -> None:
    """And read again when half of them have left; nothing is lost."""
    with serving(HttpLimits(waiting=4)) as server, server.connect() as wire:
        for number in range(20):
            wire.send(request(b"GET /v5/hold/%d" % number))
            time.sleep(0.005)
        assert len(server.held) == 5
        for number in range(20):
            server.release(number)
        bodies = [wire.answer().body for _ in range(20)]
    assert bodies == [b"/v5/hold/%d" % number for number in range(20)]


def test_a_slow_reader_gets_every_byte() -> None:
    """Reading stops while the answers do not leave, and goes on when they do."""
    with serving() as server, server.connect() as wire:
        sender = threading.Thread(target=wire.send, args=[request(b"GET /v5/big")] * 40)
        sender.start()
        time.sleep(0.3)
        started = len(server.requests)
        assert started < 30
        assert all(len(wire.answer().body) == 1_000_000 for _ in range(40))
        sender.join()
    assert len(server.requests) == 40


def test_ten_thousand_pipelined_requests_are_answered(server: TestServer) -> None:
    """In a few reads, without ten thousand of anything but answers."""
    with server.connect() as wire:
        sender = threading.Thread(target=wire.send, args=[request(b"GET /v5/x") * 10_000])
        sender.start()
        assert all(wire.answer().status == 200 for _ in range(10_000))
        sender.join()


def test_stopping_finishes_what_was_started() -> None:
    """Held replies leave and say goodbye; the request behind an ASGI one is not started."""
    with serving() as server:
        idle, held, mixed, partial = (server.connect() for _ in range(4))
        held.send(request(b"GET /v5/hold/1") + request(b"GET /v5/hold/2"))
        mixed.send(request(b"GET /-/hold") + request(b"GET /v5/never"))
        idle.send(request()).answer()
        partial.send(request() + request()[:-4]).answer()
        until(lambda: len(server.held) == 2 and "/-/hold" in server.paths)
        server.begin_stop()
        assert (idle.rest(), partial.rest()) == (b"", b"")
        held.send(request(b"GET /v5/never"))
        time.sleep(0.05)
        server.release(1)
        server.release(0)
        server.may_go.set()
        assert "connection" not in held.answer().headers
        assert held.answer().headers["connection"] == "close"
        assert mixed.answer().headers["connection"] == "close"
        assert (held.rest(), mixed.rest()) == (b"", b"")
        assert "/v5/never" not in server.paths
        for wire in (idle, held, mixed, partial):
            wire.socket.close()


def test_stopping_lets_a_started_asgi_request_receive_its_body() -> None:
    """It is in the middle of it; nothing after it is read."""
    with serving() as server, server.connect() as wire:
        raw = request(b"POST /-/x", body=b"abc")
        wire.send(raw[:-2])
        until(lambda: server.paths)
        server.begin_stop()
        until(lambda: not server.server.servers[0].is_serving())
        time.sleep(0.02)
        answer = wire.send(raw[-2:] + request(b"GET /v5/never")).answer()
        assert (answer.body, answer.headers["connection"]) == (b"POST /-/x ? [abc]", "close")
        assert wire.rest() == b""
        assert "/v5/never" not in server.paths
