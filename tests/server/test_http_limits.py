"""What one client may ask of the server: sizes, counts, deadlines, and how the end is said."""

import socket
import time
from collections.abc import Iterator

import pytest
from tests.server.wire import TestServer, crashes, echo, request, serving, until

from utabox.server.door import HttpLimits

SMALL = HttpLimits(request_line_bytes=100, head_bytes=300, headers=6, body_bytes=1000)
HASTY = HttpLimits(
    head_deadline=0.1, body_deadline=0.1, idle_deadline=0.3, linger=0.1, connections=3
)
PATHS = pytest.mark.parametrize("path", [b"/v5/x", b"/-/x"])
CHUNKED = b"Transfer-Encoding: chunked"


@pytest.fixture(scope="module")
def server() -> Iterator[TestServer]:
    """A server with the limits of every server."""
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def small() -> Iterator[TestServer]:
    """A server that takes short requests only."""
    with serving(SMALL) as running:
        yield running


@pytest.fixture
def hasty() -> Iterator[TestServer]:
    """A server that waits a tenth of a second and takes three connections."""
    with serving(HASTY) as running:
        yield running


def refused(server: TestServer, status: int, *pieces: bytes) -> str:
    """The sentence of a refusal that ends the connection."""
    before = len(server.requests)
    with server.connect() as wire:
        answer = wire.send(*pieces).answer()
        assert wire.rest() == b""
    assert answer.status == status
    assert answer.headers["connection"] == "close"
    assert len(server.requests) == before
    return answer.body.decode()


def line_of(size: int, path: bytes = b"/v5/x") -> bytes:
    """A GET whose request line has `size` bytes, the line end included."""
    return b"GET " + path + b"?" + b"q" * (size - len(b"GET ? HTTP/1.1\r\n" + path))


def head_of(size: int) -> bytes:
    """A request whose head, the last empty line excluded, has `size` bytes."""
    rest = size - len(request(b"GET /v5/x", b"X: ")) + 2
    return request(b"GET /v5/x", b"X: " + b"x" * rest)


def test_the_defaults_are_the_documented_ones() -> None:
    """8 KiB, 32 KiB, 100 headers, 1 MiB; 10 s, 30 s, 60 s; 4096 connections."""
    limits = HttpLimits()
    assert (limits.request_line_bytes, limits.head_bytes) == (8192, 32768)
    assert (limits.headers, limits.body_bytes) == (100, 1048576)
    assert (limits.head_deadline, limits.body_deadline, limits.idle_deadline) == (10, 30, 60)
    assert limits.connections == 4096


@PATHS
def test_a_request_line_at_the_limit_is_taken(small: TestServer, path: bytes) -> None:
    """And one byte more is 414."""
    assert small.exchange(request(line_of(100, path))).status == 200
    sentence = refused(small, 414, request(line_of(101, path)))
    assert sentence == "The request line is longer than 100 bytes."


def test_a_request_line_without_end_is_refused(small: TestServer) -> None:
    """The server need not see its end."""
    refused(small, 414, b"GET /v5/" + b"x" * 200)
    refused(small, 414, b"GET /v5/", b"x" * 60, b"x" * 60)


def test_a_head_at_the_limit_is_taken(small: TestServer) -> None:
    """And one byte more is 431."""
    assert small.exchange(head_of(300)).status == 200
    assert refused(small, 431, head_of(301)) == "The request's head is longer than 300 bytes."


def test_repeated_headers_count(small: TestServer) -> None:
    """Seven are more than six, by size and by number, whether their names differ or not."""
    assert small.exchange(request(b"GET /v5/x", *[b"X: 1"] * 5)).status == 200
    sentence = refused(small, 431, request(b"GET /v5/x", *[b"X: 1"] * 6))
    assert sentence == "The request has more than 6 headers."
    refused(small, 431, request(b"GET /v5/x", *[b"X%d: 1" % number for number in range(6)]))
    refused(small, 431, request(b"GET /-/x", *[b"X%d: 1" % number for number in range(6)]))
    refused(small, 431, request(b"GET /v5/x", *[b"X: " + b"1" * 50] * 5))


def test_a_head_without_end_is_refused(small: TestServer) -> None:
    """Although the parser reports nothing of a header it has not seen whole."""
    start = request()[:-2]
    refused(small, 431, start + b"X: " + b"x" * 300)
    refused(small, 431, start, b"X: ", b"x" * 150, b"x" * 150)
    refused(small, 431, start, b"x" * 150, b"x" * 150)
    refused(small, 431, b"GET /v5/x" + b" " * 300)


def test_a_long_header_in_pieces_is_not_a_long_request_line(small: TestServer) -> None:
    """What counts against the line is the line."""
    pieces = (b"GET /v5/x HTTP/1.1\r\nX: ", b"x" * 120, b"x" * 40, b"\r\nHost: a\r\n\r\n")
    assert small.exchange(*pieces).status == 200


def test_a_long_body_does_not_count_against_the_next_head(small: TestServer) -> None:
    """Nor do pipelined requests against each other, wherever the reads begin and end."""
    raw = request(b"POST /v5/x", body=b"b" * 900) + request(b"GET /v5/y") * 20
    with small.connect() as wire:
        wire.send(raw[:-5], raw[-5:])
        assert [wire.answer().status for _ in range(21)] == [200] * 21


@PATHS
def test_a_body_at_the_limit_is_taken(small: TestServer, path: bytes) -> None:
    """And one byte more is 413, before any of it is read."""
    body = b"b" * 1000
    assert small.exchange(request(b"POST " + path, body=body)).body.endswith(b"[%s]" % body)
    head = request(b"POST " + path, body=body + b"b")[:-1001]
    assert refused(small, 413, head) == "The request's body is larger than 1000 bytes."
    refused(small, 413, request(b"POST " + path, b"Content-Length: 9999999999999999999"))


@PATHS
def test_a_chunked_body_has_the_same_limit(small: TestServer, path: bytes) -> None:
    """It is counted without its framing."""
    chunks = b"1\r\nb\r\n" * 1000
    head = request(b"POST " + path, CHUNKED)
    assert small.exchange(head + chunks + b"0\r\n\r\n").status == 200
    refused(small, 413, head + chunks + b"1\r\nb\r\n")


def test_the_framing_of_chunks_has_a_limit(small: TestServer) -> None:
    """Neither an endless extension nor an endless trailer is read to its end."""
    head = request(b"POST /v5/x", CHUNKED)
    refused(small, 413, head, b"1;" + b"x" * 40_000, b"x" * 40_000)
    refused(small, 413, head, b"0\r\nX: " + b"x" * 40_000, b"x" * 40_000)


def test_a_client_that_is_still_sending_reads_its_refusal(server: TestServer) -> None:
    """The answer is not lost to a reset: the rest is read and thrown away."""
    with server.connect() as wire:
        wire.send(request(b"POST /v5/x", b"Content-Length: 5000000"))
        for _ in range(50):
            wire.socket.sendall(b"x" * 100_000)
        assert wire.answer().status == 413


@PATHS
def test_a_head_in_drops_is_refused(hasty: TestServer, path: bytes) -> None:
    """A drop now and then does not move the deadline."""
    with hasty.connect() as wire:
        wire.send(b"GET " + path + b" HTTP/1.1\r\n", *[b"X"] * 8, b": 1")
        answer = wire.answer()
    assert (answer.status, answer.body) == (408, b"The request's head did not arrive in time.")


@PATHS
def test_a_body_that_does_not_come_is_refused(hasty: TestServer, path: bytes) -> None:
    """An ASGI application that waits for it is told that the client has gone."""
    with hasty.connect() as wire:
        answer = wire.send(request(b"POST " + path, body=b"abc")[:-1]).answer()
        assert wire.rest() == b""
    assert (answer.status, answer.body) == (408, b"The request's body did not arrive in time.")
    assert hasty.requests == []
    until(lambda: hasty.disconnects == (path == b"/-/x"))


def test_a_body_that_does_not_come_after_its_answer_ends_silently(hasty: TestServer) -> None:
    """There is one answer to one request."""
    with hasty.connect() as wire:
        assert wire.send(request(b"POST /-/early", body=b"abc")[:-1]).answer().status == 200
        assert wire.rest() == b""


def test_an_idle_connection_is_closed_silently(hasty: TestServer) -> None:
    """Before the first request and after the last; empty lines are no request."""
    with hasty.connect() as fresh, hasty.connect() as used:
        used.send(request()).answer()
        fresh.send(b"\r\n", b"\r\n")
        assert (fresh.rest(), used.rest()) == (b"", b"")


def test_a_held_answer_has_no_deadline(hasty: TestServer) -> None:
    """The client is not idle: it waits for us. Afterwards it may be idle again."""
    with hasty.connect() as wire:
        wire.send(request(b"GET /v5/hold"))
        time.sleep(0.45)
        hasty.release(0)
        assert wire.answer().body == b"/v5/hold"
        time.sleep(0.1)
        assert wire.send(request()).answer().status == 200


def test_a_refused_client_that_keeps_sending_is_cut_off(hasty: TestServer) -> None:
    """It may finish its sentence, not tell its life."""
    with hasty.connect() as wire:
        assert wire.send(b"get / HTTP/1.1\r\n\r\n").answer().status == 400
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            wire.send(*[b"more"] * 100)


def test_a_client_that_does_not_read_is_cut_off(hasty: TestServer) -> None:
    """Its requests are not read either while it does not read the answers."""
    with hasty.connect() as wire:
        wire.send(request(b"GET /v5/big") * 30)
        until(lambda: len(hasty.requests) == 30)
        wire.send(request())
        until(lambda: not hasty.door.connections)
    assert len(hasty.requests) == 30


def test_one_connection_too_many_is_told_so(hasty: TestServer) -> None:
    """503 without being asked; a place is free when another leaves."""
    with hasty.connect() as first, hasty.connect(), hasty.connect():
        first.send(request()).answer()
        with hasty.connect() as fourth:
            answer = fourth.answer()
            assert fourth.rest() == b""
        assert answer.status == 503
        assert answer.body == b"The server has as many connections as it allows."
        until(lambda: len(hasty.door.connections) == 3)
    until(lambda: not hasty.door.connections)
    assert hasty.exchange(request()).status == 200


def test_expect_continue_is_answered_before_the_body(server: TestServer) -> None:
    """Only when a body is to come, and only when it would be taken."""
    expect = b"Expect: 100-continue"
    raw = request(b"POST /v5/x", expect, body=b"abc")
    with server.connect() as wire:
        assert wire.send(raw[:-3]).answer().status == 100
        assert wire.send(raw[-3:]).answer().body == b"POST /v5/x ? [abc]"
        assert wire.send(request(b"GET /v5/x", expect)).answer().status == 200
    refused(server, 413, request(b"POST /v5/x", expect, b"Content-Length: 1048577"))


def test_expect_continue_waits_for_the_replies_before_it(server: TestServer) -> None:
    """A 100 between two replies would be taken for the first."""
    raw = request(b"POST /v5/x", b"Expect: 100-continue", body=b"abc")
    number = len(server.held)
    with server.connect() as wire:
        wire.send(request(b"GET /v5/hold") + raw[:-3])
        assert wire.is_silent()
        server.release(number)
        assert [wire.answer().status, wire.answer().status] == [200, 100]
        assert wire.send(raw[-3:]).answer().body == b"POST /v5/x ? [abc]"


def test_expect_continue_of_asgi_is_uvicorns(server: TestServer) -> None:
    """It is answered when the application asks for the body."""
    raw = request(b"POST /-/x", b"Expect: 100-continue", body=b"abc")
    with server.connect() as wire:
        assert wire.send(raw[:-3]).answer().status == 100
        assert wire.send(raw[-3:]).answer().body == b"POST /-/x ? [abc]"


@PATHS
def test_another_expectation_is_refused(server: TestServer, path: bytes) -> None:
    """417, as there is only one that a server can meet."""
    raw = request(b"POST " + path, b"Expect: applause", body=b"abc")
    assert "100-continue" in refused(server, 417, raw)


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/v5", "/v5", b""),
        (b"/v5?a=1", "/v5", b"a=1"),
        (b"/v5/", "/v5/", b""),
        (b"/v5/x?", "/v5/x", b""),
        (b"/v5/x?a=1&b=%20+c?d", "/v5/x", b"a=1&b=%20+c?d"),
        (b"/v5/%78//../y;z?q", "/v5/%78//../y;z", b"q"),
        (b"http://utabox/v5/x?a=1", "/v5/x", b"a=1"),
        (b"HTTPS://utabox:443/v5/x", "/v5/x", b""),
    ],
)
def test_path_and_query_are_raw(server: TestServer, target: bytes, path: str, query: bytes) -> None:
    """Nothing is decoded, sorted or normalised: a signature covers what was sent."""
    assert server.exchange(request(b"GET " + target)).body == echo("GET", path, query)
    assert (server.requests[-1].path, server.requests[-1].query) == (path, query)


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/", "/", b""),
        (b"/v5x", "/v5x", b""),
        (b"/V5/x", "/V5/x", b""),
        (b"//v5/x", "//v5/x", b""),
        (b"/-/v5/x?a=1", "/-/v5/x", b"a=1"),
        (b"http://utabox/-/x?a=1", "/-/x", b"a=1"),
        (b"http://utabox?a=1", "/", b"a=1"),
        (b"http://utabox", "/", b""),
    ],
)
def test_other_paths_are_asgi(server: TestServer, target: bytes, path: str, query: bytes) -> None:
    """Whatever looks like `/v5/` and is not, never reaches the handler."""
    before = len(server.requests)
    assert server.exchange(request(b"GET " + target)).body == echo("GET", path, query)
    assert len(server.requests) == before


def test_a_reply_to_head_has_the_length_and_no_body(server: TestServer) -> None:
    """Other methods are passed on too; it is for the handler to know them."""
    with server.connect() as wire:
        wire.send(request(b"HEAD /v5/x") + request(b"OPTIONS /v5/x"))
        answer = wire.answer(to_head=True)
        assert answer.headers["content-length"] == str(len(echo("HEAD", "/v5/x")))
        assert wire.answer().body == echo("OPTIONS", "/v5/x")


def test_a_reply_has_a_date_and_no_connection_header(server: TestServer) -> None:
    """Connections are kept by default, so nothing is said about it."""
    headers = server.exchange(request()).headers
    assert set(headers) == {"content-type", "content-length", "date"}
    sent = time.strptime(headers["date"], "%a, %d %b %Y %H:%M:%S GMT")
    assert abs(time.mktime(sent) - time.mktime(time.gmtime())) <= 2


def test_http_1_0_closes_unless_asked_not_to(server: TestServer) -> None:
    """And says that it stays, because such a client would not expect it."""
    with server.connect() as wire:
        wire.send(b"GET /v5/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert wire.answer().headers["connection"] == "keep-alive"
        assert wire.send(b"GET /v5/x HTTP/1.0\r\n\r\n").answer().headers["connection"] == "close"
        assert wire.rest() == b""


def test_the_peer_is_an_address_without_port(server: TestServer) -> None:
    """Rate limits count by it."""
    server.exchange(request())
    assert server.requests[-1].peer == "127.0.0.1"


def test_a_handler_that_raises_is_counted_and_answered(
    server: TestServer, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug of ours: the traceback is ours too, and the connection goes on."""
    number = len(server.held)
    with server.connect() as wire:
        answer = wire.send(request(b"GET /v5/crash")).answer()
        assert wire.send(request()).answer().status == 200
        wire.send(request(b"GET /v5/hold") + request(b"GET /v5/crash"))
        server.release(number)
        assert [wire.answer().status, wire.answer().status] == [200, 500]
    assert (answer.status, answer.body) == (500, b"")
    assert "RuntimeError: a bug" in caplog.text
    assert crashes(server) == 2


def test_a_websocket_under_v5_is_uvicorns() -> None:
    """After requests on the same connection too, but not while one waits."""
    upgrade = request(
        b"GET /v5/public",
        b"Connection: keep-alive, Upgrade",
        b"Upgrade: websocket",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    with serving(HASTY, ws="websockets-sansio") as server:
        with server.connect() as wire:
            wire.send(request()).answer()
            assert wire.send(upgrade).answer().status == 101
            while b"\x81\x05hello" not in wire.seen:
                wire.more()
            wire.seen = b""
            assert server.door.connections == set()
            time.sleep(0.4)  # the idle deadline is not the WebSocket's
            assert wire.is_silent()
        with server.connect() as wire:
            wire.send(request(b"GET /v5/hold") + upgrade)
            server.release(0)
            assert [wire.answer().status, wire.answer().status] == [200, 400]
        body = upgrade.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\nhello")
        for unfit in (body, upgrade.replace(b"HTTP/1.1", b"HTTP/1.0")):
            with server.connect() as wire:
                assert wire.send(unfit).answer().status == 400
        post = upgrade.replace(b"GET", b"POST").replace(
            b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\n"
        )
        assert server.exchange(post + b"abc").body == echo("POST", "/v5/public", body=b"abc")


def test_closing_with_a_reset_leaves_no_trace(server: TestServer) -> None:
    """Clients crash; that is not worth a line in the log."""
    number = len(server.held)
    wire = server.connect().send(request(b"GET /v5/hold"))
    until(lambda: len(server.held) > number)
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    wire.socket.close()
    until(lambda: not server.door.connections)
    server.release(number)
    assert server.exchange(request()).status == 200
