"""Nothing of a program under `utabox run` reaches the exchange: what each mechanism promises.

A network of its own holds a fake exchange to which all of the exchange's names lead there, by the
hosts file and by the name server. What is tried under a mechanism is tried without it as well, so
that what a test does not find would have been found.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest
from tests.redirect.inside import MODULES, PROGRAMS, command
from tests.redirect.stage import ADDRESS, Stage

from utabox.redirect.isolate import why_not

REFUSED = why_not()
NODE = shutil.which("node") is not None and (MODULES / "axios").is_dir()

pytestmark = [
    pytest.mark.skipif(REFUSED is not None, reason=f"No network of a user's own here: {REFUSED}"),
    pytest.mark.skipif(not NODE, reason="Node or its packages are not installed: `make test`"),
]

HOST, PATH = "api.bybit.com", "/v5/market/time"

ORDINARY = [
    command("with_http_client.py", HOST, PATH),
    command("with_urllib3.py", HOST, PATH),
    command("with_requests.py", HOST, PATH),
    command("with_httpx.py", HOST, PATH),
    command("with_httpx_async.py", HOST, PATH, "uvloop"),
    command("with_aiohttp.py", HOST, PATH),
    command("with_aiohttp.py", HOST, PATH, "uvloop"),
    command("with_aiohttp_aiodns.py", HOST, PATH),
    command("with_asyncio.py", HOST, PATH),
    command("with_asyncio.py", HOST, PATH, "uvloop"),
    command("with_gethostbyname.py", HOST, PATH),
    command("with_https.cjs", HOST, PATH),
    command("with_axios.cjs", HOST, PATH),
    command("with_fetch.cjs", HOST, PATH),
    command("with_modules.mjs", HOST, PATH),
    command("with_lookup.cjs", HOST, PATH),
]
"""Programs that ask the exchange and print its answer."""

SOCKETS = [
    command("with_websocket_client.py", HOST, PATH),
    command("with_websockets.py", HOST, PATH),
    command("with_websockets.py", HOST, PATH, "uvloop"),
    command("with_ws.cjs", HOST, PATH),
    command("with_http2.cjs", HOST, PATH),
    command("with_ccxt.py"),
    command("with_ccxt_async.py", "", "", "uvloop"),
]
"""Others that ask."""

HOSTILE = [
    command("hostile/literal.py", ADDRESS),
    command("hostile/full_width.py", ADDRESS),
    command("hostile/c_socket.py", ADDRESS),
    command("hostile/with_uvloop.py", ADDRESS),
    command("hostile/with_dnspython.py"),
    command("hostile/with_aiodns.py"),
    command("hostile/bare_child.py", ADDRESS),
    command("hostile/literal.cjs", ADDRESS),
    command("hostile/resolve.cjs"),
    command("hostile/handles.cjs", ADDRESS),
    command("hostile/bare_child.cjs", ADDRESS),
    command("hostile/own_proxy.py"),
    command("hostile/library_proxy.py", "requests"),
    command("hostile/library_proxy.py", "aiohttp"),
    command("hostile/library_proxy.py", "httpx"),
    command("hostile/own_proxy.cjs"),
    command("hostile/changed_children.py"),
    command("hostile/changed_children.cjs"),
    command("hostile/threads.cjs"),
    ["sh", "-c", f"PYTHONPATH=. python3 {PROGRAMS / 'with_http_client.py'} {HOST} {PATH}"],
    ["sh", "-c", f"NODE_OPTIONS=--no-warnings node {PROGRAMS / 'with_https.cjs'} {HOST} {PATH}"],
    ["sh", "-c", f"NODE_OPTIONS='--require {PROGRAMS}/hostile/required.cjs' node -e 1"],
]
"""Programs that go past what a library would ask for a name."""

CURL = ["curl", "-sS", "--max-time", "5"]
URL = f"https://{HOST}{PATH}"


def called(argv: list[str]) -> str:
    """The id of a case: the program's name and how it is varied."""
    if argv[0] == "sh":
        return argv[2].partition("=")[0]
    name = argv[1].rpartition("/programs/")[2] or argv[0]
    return "-".join([name, *(argv[4:] or argv[2:3] if "library" in name else argv[4:])])


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.mark.parametrize("argv", [*ORDINARY, *SOCKETS, *HOSTILE, [*CURL, URL]], ids=called)
def test_without_utabox_run_the_fake_exchange_is_reached(stage: Stage, argv: list[str]) -> None:
    """So what is not received below was kept from it."""
    assert stage.run("none", argv).received > 0


@pytest.mark.parametrize("argv", ORDINARY, ids=called)
def test_what_is_led_inside_the_program_reaches_us_alone(stage: Stage, argv: list[str]) -> None:
    """By the two files that Python and Node load, with no proxy told."""
    done = stage.run("led", argv)

    assert (done.code, done.err, done.received) == (0, "", 0)
    assert json.loads(done.out)["retMsg"] == "OK"


@pytest.mark.parametrize("argv", [*SOCKETS, *HOSTILE], ids=called)
def test_nothing_leaves_from_inside_python_and_node(stage: Stage, argv: list[str]) -> None:
    """By address, by name server, by C, by a child that is told nothing."""
    assert stage.run("led", argv).received == 0


@pytest.mark.parametrize("argv", [*ORDINARY, *SOCKETS, *HOSTILE], ids=called)
def test_nothing_leaves_with_the_proxy_as_well(stage: Stage, argv: list[str]) -> None:
    """As `utabox run` has it: both at once."""
    assert stage.run("run", argv).received == 0


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (URL, 0),
        (f"http://{HOST}{PATH}", 0),
        ("https://www.bybit.com/", 56),  # the proxy refuses
        (f"https://{ADDRESS}/", 56),
    ],
)
def test_the_proxy_leads_programs_that_know_no_more(stage: Stage, url: str, code: int) -> None:
    """curl, told of the proxy and the authorities only."""
    done = stage.run("proxied", [*CURL, url])

    assert (done.code, done.received) == (code, 0)


@pytest.mark.parametrize("argv", ORDINARY, ids=called)
def test_what_is_isolated_reaches_us_alone(stage: Stage, argv: list[str]) -> None:
    """As `utabox run --isolate` has it."""
    done = stage.run("isolated", argv)

    assert (done.code, done.err, done.received) == (0, "", 0)
    assert json.loads(done.out)["retMsg"] == "OK"


@pytest.mark.parametrize(
    "argv", [command("with_http_client.py", HOST, PATH), [*CURL, URL]], ids=called
)
def test_what_is_isolated_needs_to_be_told_nothing(stage: Stage, argv: list[str]) -> None:
    """It finds the hosts in the hosts file and trusts the machine's authorities, which are ours."""
    done = stage.run("bare", argv)

    assert (done.code, done.err, done.received) == (0, "", 0)
    assert json.loads(done.out)["retMsg"] == "OK"


@pytest.mark.parametrize(
    "argv",
    [
        *SOCKETS,
        *HOSTILE,
        [*CURL, "--noproxy", "*", URL],
        [*CURL, "--noproxy", "*", f"https://{ADDRESS}/"],
    ],
    ids=called,
)
def test_nothing_leaves_an_isolated_network(stage: Stage, argv: list[str]) -> None:
    """Whatever the program does: there is no way."""
    assert stage.run("bare", argv).received == 0
