"""`utabox run --url`: all that a program sends the exchange comes to one venue of that server."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import httptools
import pytest
from tests.cli.process import Serving, run
from tests.redirect.inside import NODE

from utabox.redirect.isolate import why_not
from utabox.redirect.relay import IntoVenue

REFUSED = why_not()
TIME = "/v5/market/time"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server on an address that is not the usual one, with a venue `alice`."""
    home = tmp_path_factory.mktemp("used")
    with Serving(home, "--memory", "--host", "127.0.0.2") as serving:
        assert run(home, "venue", "create", "alice", "--url", serving.url).returncode == 0
        yield serving


def asked_of(serving: Serving, venue: str) -> str:
    """The calls of clients that a venue had."""
    listed = run(serving.home, "requests", "--url", serving.url, "--venue", venue, "--json")
    return " ".join(re.findall(r'"query": ?"([^"]+)"', listed.stdout))


BY_THE_PROXY = """
import os, socket, sys
host, port = os.environ["UTABOX_RUN_PROXY"].removeprefix("http://").split(":")
with socket.create_connection((host, int(port))) as proxy:
    proxy.sendall(f"GET {sys.argv[1]} HTTP/1.1\\r\\nHost: api.bybit.com\\r\\n\\r\\n".encode())
    while part := proxy.recv(65_536):
        print(part.decode())
"""
DIRECTLY = """
import http.client, sys
connection = http.client.HTTPConnection("api.bybit.com")
connection.request("GET", sys.argv[1])
print("HTTP/1.1", connection.getresponse().status)
"""
STREAM = """
import sys, websocket
stream = websocket.create_connection(sys.argv[1], http_no_proxy=["*"], timeout=10)
stream.send('{"op": "ping"}')
print("HTTP/1.1 200", stream.recv())
"""
FETCH = """
require("http").get("http://api.bybit.com" + process.argv[1],
                    (answer) => console.log("HTTP/1.1", answer.statusCode) || process.exit())
"""
WAYS = {
    "https": ("curl", "-sSi", f"https://api.bybit.com{TIME}?way=https"),
    "http": ("curl", "-sSi", f"http://api.bybit.com{TIME}?way=http"),
    "proxied": (sys.executable, "-c", BY_THE_PROXY, f"https://api.bybit.com{TIME}?way=proxied"),
    "direct": (sys.executable, "-c", DIRECTLY, f"{TIME}?way=direct"),
    "node": (NODE, "-e", FETCH, f"{TIME}?way=node"),
}
"""axios before 1.8 asks a proxy for the whole of an https:// URL."""


@pytest.mark.parametrize("way", WAYS)
def test_every_way_leads_to_the_venue(served: Serving, way: str) -> None:
    """In TLS or without, by the proxy or past it; the server stands on another address."""
    options = ("--quiet", "--url", served.url, "--venue", "alice")
    done = run(served.home, "run", *options, "--", *WAYS[way])
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(r"HTTP/1.1 200", done.stdout)
    assert f"way={way}" in asked_of(served, "alice")
    assert f"way={way}" not in asked_of(served, "default")


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_streams_lead_to_the_venue(served: Serving, scheme: str) -> None:
    """The path of an upgrade is put under the venue as that of a request is; a topic is its own."""
    url = f"{scheme}://stream.bybit.com/v5/public/linear"
    options = ("--quiet", "--url", served.url, "--venue", "alice")
    done = run(served.home, "run", *options, "--", sys.executable, "-c", STREAM, url)
    assert (done.returncode, done.stderr) == (0, "")
    assert '"ret_msg":"pong"' in done.stdout


@pytest.mark.skipif(REFUSED is not None, reason=f"No network of a user's own here: {REFUSED}")
def test_the_url_means_the_same_inside(served: Serving) -> None:
    """Also on another address than the usual one; port 80 of the exchange is the venue's there."""
    script = (
        f"utabox get '{TIME}?way=url' >/dev/null"
        f" && curl -sS -o /dev/null --noproxy '*' 'http://api.bybit.com{TIME}?way=inside'"
    )
    options = ("--quiet", "--isolate", "--url", served.url, "--venue", "alice")
    done = run(served.home, "run", *options, "--", "sh", "-c", script)
    assert (done.returncode, done.stderr) == (0, "")
    assert {"way=url", "way=inside"} <= set(asked_of(served, "alice").split())


def test_the_usual_variables_count(served: Serving) -> None:
    """UTABOX_VENUE and UTABOX_TOKEN, as for other commands; without --url they are no mistake."""
    show = ("--", "sh", "-c", 'echo "$UTABOX_URL"')
    named = {"UTABOX_VENUE": "alice"}
    done = run(served.home, "run", "--url", served.url, *show, settings=named)
    assert done.stdout == f"{served.url}/venues/alice\n"
    option = ("--url", served.url, "--venue", "default")
    done = run(served.home, "run", *option, *show, settings=named)
    assert done.stdout == f"{served.url}/venues/default\n"
    assert run(served.home, "run", "--", "true", settings=named).returncode == 0
    wrong = {"UTABOX_TOKEN": "wrong"}
    done = run(served.home, "run", "--url", served.url, *show, settings=wrong)
    assert (done.returncode, done.stdout) == (1, "")
    assert "--token or UTABOX_TOKEN" in done.stderr


def test_a_venue_that_is_not_there_is_told_with_those_that_are(served: Serving) -> None:
    done = run(served.home, "run", "--url", served.url, "--venue", "nope", "--", "echo", "started")
    assert (done.returncode, done.stdout) == (1, "")
    assert "'nope'" in done.stderr
    assert "alice" in done.stderr


# --- the rewriting --------------------------------------------------------------------------------


def test_an_upgrade_is_rewritten_and_what_follows_is_not() -> None:
    into = IntoVenue("/venues/a")
    head = b"GET /v5/private HTTP/1.1\r\nUpgrade: %s\r\nConnection: Upgrade\r\n\r\n"
    assert into(head % b"WebSocket" + b"GET") == (
        b"GET /venues/a/v5/private HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\nGET"
    )
    assert into(b" / HTTP/1.1\r\n\r\n") == b" / HTTP/1.1\r\n\r\n"


def test_an_upgrade_that_no_server_takes_changes_nothing() -> None:
    """Java asks for h2c with its first request; the second must not go to another venue."""
    into = IntoVenue("/venues/a")
    upgrade = b" HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n"
    chunks = b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
    said = (
        b"GET /one" + upgrade + b"\r\n",
        b"POST /two" + upgrade + b"Content-Length: 2\r\n\r\nhi",
        b"POST /three" + upgrade + chunks,
        b"POST /four HTTP/1.1\r\nUpgrade: h2c\r\n" + chunks,
        b"GET /five HTTP/1.1\r\n\r\n",
    )
    expected = b"".join(said).replace(b" /", b" /venues/a/")
    assert into(b"".join(said)) == expected
    into = IntoVenue("/venues/a")
    in_pieces = (b"".join(said)[at : at + 23] for at in range(0, len(expected), 23))
    whole = b"".join(map(into, in_pieces))
    assert re.findall(rb"(?:GET|POST) (\S+)", whole) == re.findall(rb"(?:GET|POST) (\S+)", expected)


def test_what_is_no_http_ends_the_connection() -> None:
    with pytest.raises(httptools.HttpParserError):
        IntoVenue("/venues/a")(b"\x16\x03\x01\r\n\r\n")
