"""Bytes that two readers could read as different requests are refused, on the real socket.

The parser refuses most of these by itself today; a later one may not.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.wire import TestServer, request, serving

HOST = b"Host: utabox\r\n"
GET = b"GET /v5/x HTTP/1.1\r\n" + HOST
POST = b"POST /v5/x HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
SMUGGLED = request(b"GET /v5/smuggled")

FRAMINGS = {
    "length then coding": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
    "coding then length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
    "two equal lengths": POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 0\r\n\r\nabc",
    "length with plus": POST + b"Content-Length: +3\r\n\r\nabc",
    "length with minus": POST + b"Content-Length: -3\r\n\r\nabc",
    "length with space": POST + b"Content-Length: 3 3\r\n\r\nabc",
    "length as list": POST + b"Content-Length: 3, 3\r\n\r\nabc",
    "length in hex": POST + b"Content-Length: 0x3\r\n\r\nabc",
    "length with underscore": POST + b"Content-Length: 1_0\r\n\r\nabc",
    "length in letters": POST + b"Content-Length: three\r\n\r\nabc",
    "length in other digits": POST + "Content-Length: ٣\r\n\r\nabc".encode(),
    "length empty": POST + b"Content-Length:\r\n\r\nabc",
    "length over 64 bits": POST + b"Content-Length: 18446744073709551619\r\n\r\nabc",
    "length of 30 digits": POST + b"Content-Length: " + b"0" * 29 + b"3\r\n\r\nabc",
    "coding identity": POST + b"Transfer-Encoding: identity\r\n\r\n",
    "coding gzip": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "coding twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "coding in two headers": POST + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n",
    "coding identity in two": POST
    + b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding with prefix": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding with comma": POST + b"Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n",
    "coding with parameter": POST + b"Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
    "coding quoted": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "coding empty": POST + b"Transfer-Encoding:\r\n\r\n0\r\n\r\n",
    "coding after vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "coding in HTTP/1.0": b"POST /v5/x HTTP/1.0\r\n"
    + HOST
    + b"Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}

HEADS = {
    "LF only": b"GET /v5/x HTTP/1.1\nHost: utabox\n\n",
    "LF after the request line": b"GET /v5/x HTTP/1.1\n" + HOST + b"\r\n",
    "LF after a header": b"GET /v5/x HTTP/1.1\r\nHost: utabox\n\r\n",
    "LF after the head": GET + b"\n",
    "LF inside a value": GET + b"X: a\nY: b\r\n\r\n",
    "CR after the request line": b"GET /v5/x HTTP/1.1\r" + HOST + b"\r\n",
    "CR inside a value": GET + b"X: a\rb\r\n\r\n",
    "CR twice": GET + b"X: a\r\r\n\r\n",
    "folded value": GET + b"X: a\r\n b\r\n\r\n",
    "value folded with a tab": GET + b"X: a\r\n\tb\r\n\r\n",
    "folded first header": b"GET /v5/x HTTP/1.1\r\n " + HOST + b"\r\n",
    "space before colon": GET + b"Content-Length : 3\r\n\r\nabc",
    "tab before colon": GET + b"Content-Length\t: 3\r\n\r\nabc",
    "NUL in a value": GET + b"X: a\0b\r\n\r\n",
    "control byte in a value": GET + b"X: a\x01b\r\n\r\n",
    "DEL in a value": GET + b"X: a\x7fb\r\n\r\n",
    "NUL in a name": GET + b"X\0Y: a\r\n\r\n",
    "high byte in a name": GET + b"X\xff: a\r\n\r\n",
    "name empty": GET + b": a\r\n\r\n",
    "no colon": GET + b"X\r\n\r\n",
    "no host": b"GET /v5/x HTTP/1.1\r\n\r\n",
    "no host, ASGI": b"GET /-/x HTTP/1.1\r\nConnection: keep-alive\r\n\r\n",
    "two hosts": GET + HOST + b"\r\n",
    "two hosts in HTTP/1.0": b"GET /v5/x HTTP/1.0\r\n" + HOST * 2 + b"\r\n",
    "HTTP/0.9": b"GET /v5/x\r\n" + HOST + b"\r\n",
    "HTTP/0.9, bare": b"GET /v5/x\r\n\r\n",
    "HTTP/0.9, named": b"GET /v5/x HTTP/0.9\r\n" + HOST + b"Connection: keep-alive\r\n\r\n",
    "HTTP/1.2": b"GET /v5/x HTTP/1.2\r\n" + HOST + b"\r\n",
    "HTTP/2.0": b"GET /v5/x HTTP/2.0\r\n" + HOST + b"Connection: keep-alive\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "http/1.1": b"GET /v5/x http/1.1\r\n" + HOST + b"\r\n",
    "space after the version": b"GET /v5/x HTTP/1.1 \r\n" + HOST + b"\r\n",
    "space in the target": b"GET /v5/x y HTTP/1.1\r\n" + HOST + b"\r\n",
    "tab in the target": b"GET /v5/x\ty HTTP/1.1\r\n" + HOST + b"\r\n",
    "NUL in the target": b"GET /v5/x\0y HTTP/1.1\r\n" + HOST + b"\r\n",
    "DEL in the target": b"GET /v5/x?\x7f HTTP/1.1\r\n" + HOST + b"\r\n",
    "high byte in the path": "GET /v5/é HTTP/1.1\r\n".encode() + HOST + b"\r\n",
    "high byte in the query": "GET /v5/x?é HTTP/1.1\r\n".encode() + HOST + b"\r\n",
    "high byte, ASGI": "GET /-/x?é HTTP/1.1\r\n".encode() + HOST + b"\r\n",
    "fragment": b"GET /v5/x?a=b#c HTTP/1.1\r\n" + HOST + b"\r\n",
    "fragment, ASGI": b"GET /-/x#c HTTP/1.1\r\n" + HOST + b"\r\n",
    "method in small letters": b"get /v5/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "method in mixed letters": b"Get /v5/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "method unknown": b"FOO /v5/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "tunnel": b"CONNECT /v5/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "tunnel to an authority": b"CONNECT utabox:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "target of another scheme": b"GET ftp://utabox/v5/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}

CHUNKS = {
    "size missing": b"\r\nabc\r\n0\r\n\r\n",
    "size with minus": b"-3\r\nabc\r\n0\r\n\r\n",
    "size with plus": b"+3\r\nabc\r\n0\r\n\r\n",
    "size with 0x": b"0x3\r\nabc\r\n0\r\n\r\n",
    "size with underscore": b"0_3\r\nabc\r\n0\r\n\r\n",
    "size over 64 bits": b"10000000000000003\r\nabc\r\n0\r\n\r\n",
    "space before size": b" 3\r\nabc\r\n0\r\n\r\n",
    "space after size": b"3 \r\nabc\r\n0\r\n\r\n",
    "tab after size": b"3\t\r\nabc\r\n0\r\n\r\n",
    "LF after size": b"3\nabc\r\n0\r\n\r\n",
    "CR after size": b"3\rabc\r\n0\r\n\r\n",
    "LF after data": b"3\r\nabc\n0\r\n\r\n",
    "data too long": b"3\r\nabcd\r\n0\r\n\r\n",
    "data too short": b"3\r\nab\r\n0\r\n\r\n",
    "LF after the last chunk": b"3\r\nabc\r\n0\n\r\n",
    "LF at the end": b"3\r\nabc\r\n0\r\n\n",
    "extension empty": b"3;\r\nabc\r\n0\r\n\r\n",
    "extension with space": b"3 ;a=b\r\nabc\r\n0\r\n\r\n",
    "extension with LF": b"3;a\nb\r\nabc\r\n0\r\n\r\n",
    "extension with CR": b"3;a\rb\r\nabc\r\n0\r\n\r\n",
    "extension with NUL": b"3;a\0b\r\nabc\r\n0\r\n\r\n",
    "extension with quoted LF": b'3;a="\n"\r\nabc\r\n0\r\n\r\n',
    "trailer": b"3\r\nabc\r\n0\r\nX-BAPI-API-KEY: a\r\n\r\n",
    "two trailers": b"3\r\nabc\r\n0\r\nHost: a\r\nHost: b\r\n\r\n",
    "trailer with length": b"3\r\nabc\r\n0\r\nContent-Length: 7\r\n\r\n",
    "trailer malformed": b"3\r\nabc\r\n0\r\nX : y\r\n\r\n",
}


@pytest.fixture(scope="module")
def server() -> Iterator[TestServer]:
    """One server for all: none of these requests may leave a trace."""
    with serving() as running:
        yield running


def refuses(server: TestServer, raw: bytes) -> None:
    """The only answer is an empty 400 and the end of the connection; no request is started."""
    before = len(server.paths)
    with server.connect() as wire:
        answer = wire.send(raw + SMUGGLED).answer()
        rest = wire.rest()
    assert (answer.status, answer.body, rest) == (400, b"", b"")
    assert answer.headers["connection"] == "close"
    assert len(server.paths) == before


@pytest.mark.parametrize("raw", FRAMINGS.values(), ids=FRAMINGS)
def test_ambiguous_framing_is_refused(server: TestServer, raw: bytes) -> None:
    """Where the body ends has one answer or none."""
    refuses(server, raw)


@pytest.mark.parametrize("raw", FRAMINGS.values(), ids=FRAMINGS)
def test_ambiguous_framing_is_refused_for_asgi_too(server: TestServer, raw: bytes) -> None:
    """The other paths share the connection, so they share the rule."""
    refuses(server, raw.replace(b"/v5/x", b"/-/early"))


@pytest.mark.parametrize("raw", HEADS.values(), ids=HEADS)
def test_a_malformed_head_is_refused(server: TestServer, raw: bytes) -> None:
    """400 with an empty body, as the exchange answers."""
    refuses(server, raw)


@pytest.mark.parametrize("chunks", CHUNKS.values(), ids=CHUNKS)
def test_malformed_chunks_and_trailers_are_refused(server: TestServer, chunks: bytes) -> None:
    """A trailer never becomes a header: of no request, not even of the next."""
    refuses(server, CHUNKED + chunks)


@pytest.mark.parametrize("chunks", CHUNKS.values(), ids=CHUNKS)
def test_malformed_chunks_are_refused_byte_by_byte(server: TestServer, chunks: bytes) -> None:
    """The same, when the parser sees one byte at a time."""
    before = len(server.paths)
    with server.connect() as wire:
        wire.send(CHUNKED)
        for at in range(len(chunks)):
            wire.socket.sendall(chunks[at : at + 1])
        assert wire.send(SMUGGLED).answer().status == 400
        assert wire.rest() == b""
    assert len(server.paths) == before


@pytest.mark.parametrize(
    "chunks",
    [
        b"3\r\nabc\r\n0\r\n\r\n",
        b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
        b"003\r\nabc\r\n0\r\n\r\n",
        b"3;name=value\r\nabc\r\n0;last\r\n\r\n",
        b'3;name="quoted value"\r\nabc\r\n0\r\n\r\n',
    ],
)
def test_well_formed_chunks_are_one_body(server: TestServer, chunks: bytes) -> None:
    """The request after them is a request of its own."""
    with server.connect() as wire:
        wire.send(CHUNKED + chunks + request(b"GET /v5/next"))
        assert wire.answer().body == b"POST /v5/x ? [abc]"
        assert wire.answer().body == b"GET /v5/next ? []"


def test_white_space_around_a_value_is_no_part_of_it(server: TestServer) -> None:
    """The length is 3, and the header is what stands between the blanks."""
    server.exchange(POST + b"Content-Length:  3 \t\r\nX-Key: \t a b \t \r\n\r\nabc")
    assert server.requests[-1].body == b"abc"
    assert server.requests[-1].headers[b"x-key"] == b"a b"


def test_an_empty_header_does_not_run_into_the_next(server: TestServer) -> None:
    """Not even when it is split between two reads."""
    server.exchange(GET + b"A:", b"\r\nB: 1\r\nC:\r", b"\n\r\n")
    headers = server.requests[-1].headers
    assert headers == {b"host": b"utabox", b"a": b"", b"b": b"1", b"c": b""}


def test_of_a_repeated_header_the_first_value_stands(server: TestServer) -> None:
    """And it does not show up in the next request of the connection."""
    with server.connect() as wire:
        wire.send(request(b"GET /v5/x", b"X-Key: 1", b"x-key: 2")).answer()
        assert server.requests[-1].headers[b"x-key"] == b"1"
        wire.send(request()).answer()
        assert server.requests[-1].headers == {b"host": b"utabox"}


@pytest.mark.parametrize(
    "first",
    [
        request(b"GET /v5/x", b"Connection: close"),
        request(b"GET /v5/x", b"Connection: keep-alive, close"),
        request(b"GET /-/x", b"Connection: close"),
        request(b"POST /-/early", b"Connection: close", body=b"abc"),
        b"GET /v5/x HTTP/1.0\r\n\r\n",
        b"GET /-/x HTTP/1.0\r\n\r\n",
    ],
)
def test_nothing_after_the_last_request_is_a_request(server: TestServer, first: bytes) -> None:
    """A client that says it is done is done, whatever else it sends."""
    before = len(server.paths)
    with server.connect() as wire:
        answer = wire.send(first + SMUGGLED).answer()
        rest = wire.rest()
    assert (answer.status, rest) == (200, b"")
    assert answer.headers["connection"] == "close"
    assert len(server.paths) == before + 1


def test_nothing_after_a_refusal_is_a_request(server: TestServer) -> None:
    """Neither in the same read nor in a later one."""
    before = len(server.paths)
    with server.connect() as wire:
        assert wire.send(b"get / HTTP/1.1\r\n\r\n" + SMUGGLED).answer().status == 400
        wire.send(SMUGGLED, SMUGGLED)
        assert wire.rest() == b""
    assert len(server.paths) == before


@pytest.mark.parametrize("line", [b"GET /v5/x", b"GET /-/x"])
def test_an_upgrade_that_is_not_offered_is_a_plain_request(server: TestServer, line: bytes) -> None:
    """Java's client asks for h2c by default; its body is a body, not the next request."""
    upgrade = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAA")
    path = line.partition(b" ")[2]
    first = request(b"POST " + path, *upgrade, body=SMUGGLED)
    with server.connect() as wire:
        wire.send(first * 2 + request(b"GET /v5/next"))
        assert wire.answer().body == b"POST %s ? [%s]" % (path, SMUGGLED)
        assert wire.answer().body == b"POST %s ? [%s]" % (path, SMUGGLED)
        assert wire.answer().body == b"GET /v5/next ? []"
    assert "/v5/smuggled" not in server.paths


def test_a_refused_framing_stays_refused_with_an_upgrade(server: TestServer) -> None:
    """The detour around the parser's upgrade is no way around the rules."""
    upgrade = b"Connection: upgrade\r\nUpgrade: h2c\r\n"
    refuses(server, POST + upgrade + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
    refuses(server, POST + upgrade + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc")
    refuses(server, GET + upgrade + HOST + b"\r\n")
    refuses(server, CHUNKED.replace(HOST, HOST + upgrade) + b"0\r\nX: y\r\n\r\n")


def test_thousands_of_upgrades_in_one_write_are_answered(server: TestServer) -> None:
    """Each costs a new parser, none a level of recursion."""
    upgrade = request(b"GET /v5/x", b"Connection: upgrade", b"Upgrade: h2c")
    with server.connect() as wire:
        wire.send(upgrade * 2000)
        assert [wire.answer().status for _ in range(2000)] == [200] * 2000


GARBAGE = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from(
            [
                *(b"GET ", b"POST ", b"/v5/x", b"/-/early", b"http://", b" HTTP/1.1", b" HTTP/1.0"),
                *(b"\r\n", b"\r", b"\n", b"\r\n\r\n", b" ", b"\t", b":", b",", b"0", b"3", b"abc"),
                *(b"Host: a\r\n", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n"),
                *(b"Connection: upgrade\r\n", b"Upgrade: websocket\r\n", b"Connection: close\r\n"),
                *(b"Expect: 100-continue\r\n", b"\0", b"\xff", b";a=b", b"0\r\n\r\n", b"#", b"?"),
                *(GET, POST, CHUNKED, SMUGGLED, b"3\r\nabc\r\n", b"HEAD ", b"CONNECT "),
            ]
        ),
        max_size=25,
    ).map(b"".join),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(raw=GARBAGE)
def test_garbage_is_answered_or_waited_for_and_never_5xx(server: TestServer, raw: bytes) -> None:
    """When the client has sent its last byte, the server ends the connection."""
    with server.connect() as wire:
        wire.send(raw)
        wire.end()
        rest = wire.rest()
    assert b"HTTP/1.1 5" not in rest
    assert server.door.crashes == 0
