"""Node programs under `utabox run`: each library reaches this server by the exchange's names."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest
from tests.redirect.inside import MODULES, Inside, inside

HOST, PATH = "api.bybit.com", "/v5/market/time"
INSTALLED = shutil.which("node") is not None and (MODULES / "axios").is_dir()

pytestmark = pytest.mark.skipif(
    not INSTALLED, reason="Node or its packages are not installed: install Node 20, `make test`"
)

LIBRARIES = [
    "with_https.cjs",
    "with_axios.cjs",
    "with_fetch.cjs",
    "with_modules.mjs",
    "with_lookup.cjs",
]
ways = pytest.mark.parametrize("proxied", [False, True], ids=["led", "proxied"])


@pytest.fixture(scope="module")
def within() -> Iterator[Inside]:
    with inside() as within:
        yield within


@ways
@pytest.mark.parametrize("program", LIBRARIES)
def test_a_library_is_answered_by_this_server(within: Inside, program: str, proxied: bool) -> None:
    """Over TLS that it verifies as ever; the server was asked this, and nothing else."""
    done = within.run(program, HOST, PATH, proxied=proxied)

    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["retMsg"] == "OK"
    assert done.asked == [PATH]


@ways
def test_a_stream_comes_from_this_server(within: Inside, proxied: bool) -> None:
    """Let in, answered, told of a change that a call has made; and the server heard it all."""
    done = within.run("with_ws.cjs", "stream-testnet.bybit.com", "/v5/private", proxied=proxied)

    assert (done.code, done.err) == (0, "")
    auth, pong, subscribed, message = map(json.loads, done.out.splitlines())
    assert [each["op"] for each in (auth, pong, subscribed)] == ["auth", "pong", "subscribe"]
    assert (auth["success"], subscribed["success"]) == (True, True)
    assert message["topic"] == "wallet"
    assert done.asked == ["/v5/private", "/v5/private", "/v5/account/set-margin-mode"]


@ways
def test_a_websocket_handshake_is_answered_by_this_server(within: Inside, proxied: bool) -> None:
    """There is no such stream, and it is this server that says so."""
    done = within.run("with_ws.cjs", "stream.bybit.com", "/v5/no-such-stream", proxied=proxied)

    assert (done.code, done.out, done.err) == (0, "404\n", "")
    assert done.asked == ["/v5/no-such-stream"]


def test_http2_comes_to_this_server_and_is_not_spoken_there(within: Inside) -> None:
    """The certificate is accepted; what fails is the choice of a protocol."""
    done = within.run("with_http2.cjs", HOST)

    assert (done.code, done.out, done.err) == (0, "ERR_HTTP2_ERROR\n", "")


def test_what_a_program_starts_is_led_as_well(within: Inside) -> None:
    """Processes and threads, with an empty environment."""
    done = within.run("with_children.cjs", HOST, PATH)

    assert (done.code, done.err) == (0, "")
    assert done.asked == [
        f"{PATH}?way={way}" if way else PATH
        for way in ("fork", "sync", "async", "thread", "bare-thread")
    ]


def test_hosts_and_addresses_lead_where_they_do_in_python(within: Inside) -> None:
    """One table for both: names as resolvers read them, addresses that no look-up gave."""
    places = within.session.places
    tls, plain = places.tls, places.url.removeprefix("http://")
    table = [
        ("api.bybit.com", 443, tls),
        ("API.Bybit.COM", "443", tls),
        ("api.bybit.com.", 443, tls),
        ("\uff41pi.bybit\u3002com", 443, tls),
        ("api.bybit.com", 80, plain),
        ("127.85.84.66", 443, tls),
        ("api.bybit.com", 8443, "refused: utabox run: api.bybit.com leads to your utabox on its"),
        ("bybit.com", 443, "refused: utabox run: bybit.com is the exchange's, and no host that"),
        ("a.b.Bytick.com.", 443, "refused: utabox run: a.b.bytick.com is the exchange's"),
        ("api.bybit.com ", 443, "refused: utabox run:"),
        ("127.1", 9, "passed"),
        ("192.168.255.254", 9, "passed"),
        ("::1", 9, "passed"),
        ("203.0.113.10", 443, "refused: utabox run: no connection to 203.0.113.10 port 443"),
        ("3405803786", 443, "refused: utabox run: no connection to 203.0.113.10 port 443"),
        ("::ffff:203.0.113.10", 443, "refused: utabox run: no connection to ::ffff:203.0.113.10"),
        ("64:ff9b::cb00:710a", 443, "refused: utabox run: no connection to 64:ff9b::cb00:710a"),
        ("2001:db8::1", 443, "refused: utabox run: no connection to 2001:db8::1 port 443"),
        ("198.18.0.1", 443, "refused: utabox run: no connection to 198.18.0.1 port 443"),
    ]
    done = within.run("names.cjs", json.dumps([row[:2] for row in table]))

    said = zip(json.loads(done.out), table, strict=True)
    assert [answer[: len(row[2])] for answer, row in said] == [row[2] for row in table]


@pytest.mark.parametrize(
    "missing",
    ["UTABOX_RUN_HOSTS", "UTABOX_RUN_DOMAINS", "UTABOX_RUN_TLS", "UTABOX_RUN_URL", "UTABOX_RUN_ID"],
)
def test_without_its_variables_no_program_is_started(within: Inside, missing: str) -> None:
    """It would run unprotected: it says so, and ends before its first line."""
    done = within.run("with_https.cjs", HOST, PATH, variables={missing: None})

    assert (done.code, done.out) == (70, "")
    assert done.err.startswith("utabox run: ")
    assert missing in done.err
