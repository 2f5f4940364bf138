"""Python programs under `utabox run`: each library reaches this server by the exchange's names.

Each is tried twice: led by what runs inside it, told of no proxy; and as it is, with the proxy.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.redirect.inside import Inside, inside, run

from utabox.clock import system_clock

HOST, PATH = "api.bybit.com", "/v5/market/time"
STREAM, NO_STREAM = "stream.bybit.com", "/v5/no-such-stream"

LIBRARIES = [
    ("with_http_client.py",),
    ("with_urllib3.py",),
    ("with_requests.py",),
    ("with_certifi.py",),
    ("with_httpx.py",),
    ("with_httpx_async.py",),
    ("with_httpx_async.py", "uvloop"),
    ("with_aiohttp.py",),
    ("with_aiohttp.py", "uvloop"),
    ("with_aiohttp_aiodns.py",),
    ("with_aiohttp_aiodns.py", "uvloop"),
    ("with_asyncio.py",),
    ("with_asyncio.py", "uvloop"),
    ("with_gethostbyname.py",),
]
HANDSHAKES = [
    ("with_websocket_client.py",),
    ("with_websockets.py",),
    ("with_websockets.py", "uvloop"),
]
CLIENTS = [("with_ccxt.py",), ("with_ccxt_async.py",), ("with_ccxt_async.py", "uvloop")]
ways = pytest.mark.parametrize("proxied", [False, True], ids=["led", "proxied"])


def called(program: tuple[str, ...]) -> str:
    """The id of a case."""
    return "-".join(program)


@pytest.fixture(scope="module")
def within() -> Iterator[Inside]:
    with inside() as within:
        yield within


@ways
@pytest.mark.parametrize("program", LIBRARIES, ids=called)
def test_a_library_is_answered_by_this_server(
    within: Inside, program: tuple[str, ...], proxied: bool
) -> None:
    """Over TLS that it verifies as ever; the server was asked this, and nothing else."""
    done = within.run(program[0], HOST, PATH, *program[1:], proxied=proxied)

    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["retMsg"] == "OK"
    assert done.asked == [PATH]


@ways
@pytest.mark.parametrize("program", HANDSHAKES, ids=called)
def test_a_stream_comes_from_this_server(
    within: Inside, program: tuple[str, ...], proxied: bool
) -> None:
    """Let in, answered, told of a change that a call has made; and the server heard it all."""
    done = within.run(program[0], STREAM, "/v5/private", *program[1:], proxied=proxied)

    assert (done.code, done.err) == (0, "")
    auth, pong, subscribed, message = map(json.loads, done.out.splitlines())
    assert [each["op"] for each in (auth, pong, subscribed)] == ["auth", "pong", "subscribe"]
    assert (auth["success"], subscribed["success"]) == (True, True)
    assert message["topic"] == "wallet"
    assert done.asked == ["/v5/private", "/v5/private", "/v5/account/set-margin-mode"]


@ways
@pytest.mark.parametrize("program", HANDSHAKES, ids=called)
def test_a_websocket_handshake_is_answered_by_this_server(
    within: Inside, program: tuple[str, ...], proxied: bool
) -> None:
    """There is no such stream, and it is this server that says so."""
    done = within.run(program[0], STREAM, NO_STREAM, *program[1:], proxied=proxied)

    assert (done.code, done.out, done.err) == (0, "404\n", "")
    assert done.asked == [NO_STREAM]


@ways
def test_pybit_is_unmodified(within: Inside, proxied: bool) -> None:
    """The documentation's snippet, with its placeholder of a key."""
    done = within.run("with_pybit.py", proxied=proxied)

    assert json.loads(done.out)["result"]["marginMode"] == "REGULAR_MARGIN"
    assert done.asked == ["/v5/account/info"]


@ways
@pytest.mark.parametrize("program", CLIENTS, ids=called)
def test_ccxt_is_unmodified(within: Inside, program: tuple[str, ...], proxied: bool) -> None:
    """It brings authorities of its own, and reads no proxy from the environment."""
    done = within.run(program[0], "", "", *program[1:], proxied=proxied)

    assert (done.code, done.err) == (0, "")
    assert abs(int(done.out) - system_clock()) < 60_000
    assert done.asked == [PATH]


def test_what_a_program_starts_is_led_as_well(within: Inside) -> None:
    """Forked, spawned, with an empty environment, and in its own place."""
    done = within.run("with_children.py", HOST, PATH)

    assert (done.code, done.err) == (0, "")
    assert done.asked == [
        f"{PATH}?way={way}" for way in ("fork", "spawn", "subprocess", "empty", "exec")
    ]


def test_a_name_is_compared_as_resolvers_read_it(within: Inside) -> None:
    """Case, the dot of the root, other scripts; and what is near a documented name is not it."""
    stand_in = "127.85.84.66"  # of which a connection is led by its port
    table = [
        ("api.bybit.com", 443, f"{stand_in}:443"),
        ("API.Bybit.COM", "443", f"{stand_in}:443"),
        ("api.bybit.com.", "https", f"{stand_in}:443"),
        ("\uff41pi.bybit\u3002com", 443, f"{stand_in}:443"),
        ("api.bybit.com", 80, f"{stand_in}:80"),
        ("stream.bybit.com", 443, f"{stand_in}:443"),
        ("api.bybit.com", None, f"{stand_in}:0"),
        ("api.bybit.com", 8443, "refused: utabox run: api.bybit.com leads to your utabox on its"),
        ("bybit.com", 443, "refused: utabox run: bybit.com is the exchange's, and no host that"),
        ("www.bybit.com", 443, "refused: utabox run: www.bybit.com is the exchange's"),
        ("a.b.Bytick.com.", 443, "refused: utabox run: a.b.bytick.com is the exchange's"),
        ("api.bybit.com\0.example", 443, "refused: utabox run:"),
        ("api.bybit.com ", 443, "refused: utabox run:"),
        ("127.0.0.1", 443, "127.0.0.1:443"),
        ("127.1", 443, "127.0.0.1:443"),
        ("localhost", 443, "127.0.0.1:443"),
    ]
    done = within.run("names.py", stdin=json.dumps([row[:2] for row in table]))

    said = zip(json.loads(done.out), table, strict=True)
    assert [answer[: len(row[2])] for answer, row in said] == [row[2] for row in table]


@pytest.mark.parametrize(
    ("address", "outcome"),
    [
        ("127.0.0.1", "passed"),
        ("127.1", "passed"),
        ("192.168.255.254", "passed"),
        ("::1", "passed"),
        ("::ffff:127.0.0.1", "passed"),
        ("203.0.113.10", "refused"),
        ("3405803786", "refused"),  # the same
        ("0xcb00710a", "refused"),  # the same
        ("\uff10xcb00710a", "refused"),  # the same, with a full-width digit
        ("\uff11\uff12\uff17.0.0.1", "passed"),
        ("::ffff:203.0.113.10", "refused"),
        ("64:ff9b::cb00:710a", "refused"),  # the same, translated
        ("2001:db8::1", "refused"),
        ("198.18.0.1", "refused"),  # where some proxies put names
    ],
)
def test_an_address_that_no_look_up_gave_is_refused(
    within: Inside, address: str, outcome: str
) -> None:
    """Only this machine and private networks may be meant by a number."""
    assert json.loads(within.run("connect.py", address).out) == [outcome]


def test_the_users_own_sitecustomize_runs_after_ours(within: Inside, tmp_path: Path) -> None:
    """Python runs one: ours hands on to the one that would have been it."""
    (tmp_path / "sitecustomize.py").write_text("print('theirs')")
    ours = within.environment["PYTHONPATH"]

    done = within.run(
        "with_http_client.py", HOST, PATH, variables={"PYTHONPATH": f"{ours}:{tmp_path}"}
    )

    assert done.out.splitlines()[0] == "theirs"
    assert done.asked == [PATH]


@pytest.mark.parametrize(
    "missing",
    [
        "UTABOX_RUN_HOSTS",
        "UTABOX_RUN_DOMAINS",
        "UTABOX_RUN_TLS",
        "UTABOX_RUN_BUNDLE",
        "UTABOX_RUN_URL",
        "UTABOX_RUN_ID",
    ],
)
def test_without_its_variables_no_program_is_started(within: Inside, missing: str) -> None:
    """It would run unprotected: it says so, and ends before its first line."""
    done = within.run("with_http_client.py", HOST, PATH, variables={missing: None})

    assert (done.code, done.out) == (70, "")
    assert done.err.startswith("utabox run: ")
    assert missing in done.err


def test_a_child_may_deal_with_another_server(within: Inside) -> None:
    """UTABOX_URL and UTABOX_TOKEN are its parent's choice; it is given ours where there is none."""
    program = (
        "import os, subprocess, sys; show = [sys.executable, '-c', 'import os; print(os.environ["
        '"UTABOX_URL"])\']; subprocess.run(show, env={}); '
        "subprocess.run(show, env={'UTABOX_URL': 'http://another:1'})"
    )
    done = run([sys.executable, "-c", program], within.environment)

    assert done.stdout.splitlines() == [within.session.places.url, "http://another:1"]


def test_a_python_that_is_not_run_by_us_is_left_alone(within: Inside) -> None:
    """Who keeps the folder in PYTHONPATH without a run has Python as it is."""
    unset: dict[str, str | None] = {
        name: None for name in within.environment if name.startswith("UTABOX")
    }
    done = within.run("names.py", stdin='[["127.0.0.1", 443]]', variables=unset)

    assert (done.code, done.out) == (0, '["127.0.0.1:443"]\n')
