"""Whatever comes in: an answer of the exchange, never a 5xx, never a changed state."""

import socket

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from tests.actors import T0, Actor, Exchange, running

INFO = "/v5/account/info"


@pytest.mark.parametrize(
    "target",
    [
        "/v5",
        "/v5/",
        "/v5/account",
        "/v5/account/info/",
        "/v5/account//info",
        "/v5/Account/Info",
        "/v5/account/%69nfo",
        "/v5/account/../account/info",
        "/v5/account/info;x=1",
        "/v5/nope?symbol=BTCUSDT",
    ],
)
def test_an_unknown_path(exchange: Exchange, target: str) -> None:
    """404, empty, with the exchange's headers; before any key is looked at."""
    reply = exchange.get(target)
    assert (reply.status, reply.body) == (404, b"")
    assert reply.headers["content-length"] == "0"
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert len(reply.headers["traceid"]) == 32
    assert reply.headers["timenow"] == str(T0)
    assert reply.headers["server"] == "Openresty"
    assert "utabox routes" in exchange.why["expected"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_a_wrong_method(exchange: Exchange, method: str) -> None:
    """404 (Q5); the why names the right one."""
    reply = exchange.wire.send(method, INFO, {})
    assert (reply.status, reply.body) == (404, b"")
    assert exchange.why["hint"] == "Send it as GET."


def test_a_get_with_a_body(exchange: Exchange) -> None:
    """403 and a page of the edge, whatever the path."""
    alice = exchange.account()
    reply = exchange.wire.send("GET", INFO, alice.headers(""), b"{}")
    assert reply.status == 403
    assert b"<h1>403 ERROR</h1>" in reply.body
    assert reply.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("timestamp", "9" * 5_000, 10002),
        ("timestamp", "-1", 10001),
        ("timestamp", "+1", 10001),
        ("timestamp", "1e12", 10001),
        ("timestamp", "1_000", 10001),
        ("timestamp", "0x10", 10001),
        ("timestamp", "\xb2", 10001),
        ("timestamp", "NaN", 10001),
        ("recv-window", "-5000", 10001),
        ("recv-window", "5000.0", 10001),
        ("recv-window", "9" * 5_000, 10001),
        ("recv-window", str(2**31), 10001),
        ("recv-window", "\xb2", 10001),
        ("api-key", "\xff\xfe", 10003),
        ("api-key", "k" * 8_000, 10003),
        ("sign", "\xff" * 64, 10004),
        ("sign", "z" * 8_000, 10004),
    ],
)
def test_header_values(exchange: Exchange, name: str, value: str, code: int) -> None:
    """Huge, negative, non-ASCII: the code of the check that they fail."""
    alice = exchange.account()
    headers = {**alice.headers(""), f"X-BAPI-{name.upper()}": value}
    reply = exchange.wire.send("GET", INFO, headers)
    assert (reply.status, reply.retCode) == (200, code)
    assert exchange.why["hint"]


@pytest.fixture(scope="module")
def lasting() -> Actor:  # type: ignore[misc]
    """One account of one exchange for all the examples below."""
    with running(rate_limits="off") as exchange:
        yield exchange.account()


@settings(max_examples=300)
@given(body=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_body(lasting: Actor, body: bytes) -> None:
    """Signed rightly, it is refused with 10001, and nothing changes."""
    exchange, before = lasting.exchange, lasting.exchange.entries
    text = body.decode("latin-1")
    headers = lasting.headers("")
    import hashlib
    import hmac

    signed = f"{headers['X-BAPI-TIMESTAMP']}{lasting.api_key}5000".encode() + body
    headers["X-BAPI-SIGN"] = hmac.new(lasting.secret.encode(), signed, hashlib.sha256).hexdigest()
    reply = exchange.wire.send("POST", "/v5/account/set-margin-mode", headers, body)
    assert (reply.status, reply.retCode) == (200, 10001), text
    assert exchange.entries == before


@settings(max_examples=300)
@given(
    headers=st.dictionaries(
        st.sampled_from(["API-KEY", "TIMESTAMP", "SIGN", "RECV-WINDOW", "SIGN-TYPE"]),
        st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f"))
        .map(lambda value: "".join(c for c in value if not 127 <= ord(c) < 161)),
    )
)  # fmt: skip
def test_any_headers(lasting: Actor, headers: dict[str, str]) -> None:
    """A code of the door, whatever they hold; and its explanation can be read."""
    wire = {f"X-BAPI-{name}": value for name, value in headers.items()}
    reply = lasting.exchange.wire.send("GET", INFO, wire)
    assert reply.status in (200, 401)
    assert reply.retCode in (10001, 10002, 10003, 10004)
    assert lasting.exchange.why["rule"]


def test_what_is_no_request_is_explained_too(exchange: Exchange) -> None:
    """A raw space in the query, as one client sends it: 400, empty, and a why in the log."""
    address = exchange.server.url.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=5) as raw:
        raw.sendall(b"GET /v5/account/info?note=a b HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"Traceid: " in head
    assert body == b""
    assert "Percent-encode" in exchange.why["hint"]


def test_a_bug_of_ours_is_answered_and_logged(exchange: Exchange) -> None:
    """10016, as the exchange says it, with a why; never a 5xx, and the state is as it was."""
    alice = exchange.account()
    gateway = exchange.server.service.gateway
    entries = exchange.entries
    key = exchange.server.venue.runtime.state.keys[alice.api_key]
    key.sealed_secret = b"damaged"  # what no command can do

    reply = alice.get(INFO)

    assert (reply.status, reply.retCode) == (200, 10016)
    assert reply.retMsg == "System error. Please try again later."
    assert "report" in exchange.why["hint"]
    assert (gateway.crashes, exchange.entries) == (1, entries)
    gateway.crashes = 0
