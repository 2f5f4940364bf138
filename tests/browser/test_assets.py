"""What a browser is sent: types, tags, guards, and nothing that is not meant for it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page
from tests.actors import Actor, Exchange, Reply, running
from tests.browser.conftest import OpenPage, Watch

from utabox.settings import DEMO_API_KEY, DEMO_API_SECRET

EXPLORER = "/docs/api-explorer/"
WEB = Path(__file__).resolve().parents[2] / "src" / "utabox" / "web"
GUARDS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    """A fresh exchange on a free port; its clock stands still."""
    with running() as exchange:
        yield exchange


def get(exchange: Exchange, path: str, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return exchange.wire.send("GET", path, named)


def assets(exchange: Exchange) -> str:
    """The folder, with its version, from which a page loads."""
    found = re.search(rb'src="(/-/assets/[0-9a-f]{12}/)', get(exchange, EXPLORER).body)
    assert found is not None
    return found[1].decode()


@pytest.mark.parametrize(
    "path",
    [EXPLORER, f"{EXPLORER}v5/account/account-info", f"{EXPLORER}data.json", "/openapi.json"],
)
def test_every_answer_is_guarded(exchange: Exchange, path: str) -> None:
    """By a policy that lets nothing in from elsewhere, and nothing inline."""
    reply = get(exchange, path)
    assert reply.status == 200
    assert {name: reply.headers[name] for name in GUARDS} == GUARDS
    policy = dict(
        each.split(" ", 1) for each in reply.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in reply.headers["content-security-policy"]
    assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("explorer/main.js", "text/javascript; charset=utf-8"),
        ("shared/theme.css", "text/css; charset=utf-8"),
        ("shared/icon.svg", "image/svg+xml"),
    ],
)
def test_a_versioned_file_is_kept_for_ever(exchange: Exchange, name: str, kind: str) -> None:
    """The version is a digest of all files, so it is another as soon as one is."""
    reply = get(exchange, assets(exchange) + name)
    assert reply.status == 200
    assert reply.body == (WEB / name).read_bytes()
    assert reply.headers["content-type"] == kind
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_a_file_without_its_version_is_revalidated(exchange: Exchange) -> None:
    """And one of another version is not there: the page is of another server."""
    reply = get(exchange, "/-/assets/shared/theme.css")
    assert (reply.status, reply.headers["cache-control"]) == (200, "no-cache")
    assert get(exchange, "/-/assets/0123456789ab/shared/theme.css").status == 404


def test_a_page_is_revalidated_by_its_tag(exchange: Exchange) -> None:
    """304 without a body, as long as it is the same."""
    tag = get(exchange, EXPLORER).headers["etag"]
    reply = get(exchange, EXPLORER, if_none_match=f'"other", W/{tag}')
    assert (reply.status, reply.body) == (304, b"")
    assert reply.headers["etag"] == tag
    assert get(exchange, EXPLORER, if_none_match='"other"').status == 200


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("br;q=1.0, gzip;q=0.5", "gzip"),
        ("gzip;q=0", None),
        ("br", None),
        ("", None),
    ],
)
def test_texts_are_compressed_for_who_reads_that(
    exchange: Exchange, accepted: str, coding: str | None
) -> None:
    """With a tag of its own, for it is another sequence of bytes."""
    plain = get(exchange, "/openapi.json")
    reply = get(exchange, "/openapi.json", accept_encoding=accepted)
    assert reply.headers.get("content-encoding") == coding
    assert (gzip.decompress(reply.body) if coding else reply.body) == plain.body
    assert (reply.headers["etag"] == plain.headers["etag"]) == (coding is None)
    assert reply.headers["vary"] == "accept-encoding"


def test_head_tells_what_get_would(exchange: Exchange) -> None:
    """The headers, and no body."""
    told, sent = exchange.wire.send("HEAD", EXPLORER, {}), get(exchange, EXPLORER)
    assert (told.status, told.body) == (200, b"")
    assert told.headers["content-length"] == str(len(sent.body))
    assert told.headers["etag"] == sent.headers["etag"]


@pytest.mark.parametrize("path", [EXPLORER, "/-/assets/shared/theme.css", "/openapi.json"])
def test_pages_are_there_to_be_read(exchange: Exchange, path: str) -> None:
    """Nothing is posted to them."""
    reply = exchange.wire.send("POST", path, {}, b"{}")
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    [
        "../server/app.py", "..%2fserver%2fapp.py", "%2e%2e/%2e%2e/pyproject.toml",
        "shared/../../seal.py", "/etc/passwd", "//etc/passwd", "shared", "shared/", "",
        "shared/theme.css%00.png", "..\\seal.py", "explorer/index.html/../../../seal.py",
    ],
)  # fmt: skip
def test_no_path_leads_out(exchange: Exchange, path: str) -> None:
    """Only names of files that are there lead to anything."""
    places = ("/-/assets/", assets(exchange))
    assert [get(exchange, place + path).status for place in places] == [404, 404]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "192.0.2.7", ""])
@pytest.mark.parametrize("path", [EXPLORER, "/-/assets/shared/theme.css"])
def test_a_strange_host_name_is_refused(exchange: Exchange, host: str, path: str) -> None:
    """A page from elsewhere whose own name was made to lead here (DNS rebinding) gets no page."""
    reply = get(exchange, path, host=host)
    assert reply.status in (400, 403)
    assert b"<html" not in reply.body


def test_a_page_cannot_be_framed(new_page: OpenPage, exchange: Exchange, watch: Watch) -> None:
    """Not even by one from the same server."""
    page = new_page()
    page.goto(EXPLORER)
    with page.expect_console_message(lambda message: "frame" in message.text):
        page.evaluate(
            """(address) => {
              const frame = document.createElement("iframe");
              frame.src = address;
              document.body.append(frame);
            }""",
            EXPLORER,
        )
    assert any("frame" in fault for fault in watch.faults)
    watch.faults.clear()


# --- the why of a page's own request --------------------------------------------------------------

OURS = {"Sec-Fetch-Site": "same-origin", "X-Utabox-Explain": "1"}


def refused(exchange: Exchange, headers: dict[str, str]) -> Reply:
    """A call with a wrong secret."""
    stranger = Actor(exchange, 0, DEMO_API_KEY, "wrong" + DEMO_API_SECRET)
    return exchange.wire.send("GET", "/v5/account/info", {**stranger.headers(""), **headers})


def test_our_page_is_told_why(exchange: Exchange) -> None:
    """Without secrets and signatures, as the request log tells it."""
    reply = refused(exchange, OURS)
    assert reply.retCode == 10004
    why = reply.headers["x-utabox-why"]
    assert DEMO_API_SECRET not in why
    assert exchange.why["rule"] in why


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Utabox-Explain": "1"},
        {"Sec-Fetch-Site": "same-origin"},
        {**OURS, "Sec-Fetch-Site": "cross-site"},
        {**OURS, "Sec-Fetch-Site": "none"},
        {**OURS, "X-Utabox-Explain": "0"},
    ],
)
def test_nobody_else_is(exchange: Exchange, headers: dict[str, str]) -> None:
    """A client's answers stay those of the exchange."""
    reply = refused(exchange, headers)
    assert reply.retCode == 10004
    assert "x-utabox-why" not in reply.headers


def test_the_exchanges_api_has_no_cors(exchange: Exchange) -> None:
    """A page from elsewhere may neither send the headers of a signature nor read an answer."""
    asks = {"Origin": "http://evil.example", "Access-Control-Request-Method": "GET"}
    reply = exchange.wire.send("OPTIONS", "/v5/account/info", asks)
    assert not [name for name in reply.headers if name.startswith("access-control")]


def test_the_demo_credentials_are_named_only_where_they_work() -> None:
    """With a key of the user's own, the page asks for it."""
    with running() as usual, running(api_key="myKey0000000000AA", api_secret="x" * 36) as own:
        assert usual.get(f"{EXPLORER}data.json").json["demo"] == {
            "apiKey": DEMO_API_KEY,
            "secret": DEMO_API_SECRET,
        }
        assert own.get(f"{EXPLORER}data.json").json["demo"] is None
        assert ("x" * 36).encode() not in own.get(f"{EXPLORER}data.json").body


def test_the_address_without_a_slash_leads_on(exchange: Exchange) -> None:
    """Under a venue's base URL, too."""
    reply = get(exchange, "/docs/api-explorer")
    assert (reply.status, reply.headers["location"]) == (308, "api-explorer/")


def test_everything_is_of_this_server(page: Page, watch: Watch) -> None:
    """A whole visit asks nobody else for anything, and needs no inline script or style."""
    page.goto(EXPLORER)
    page.wait_for_selector("main .rows")
    page.goto(f"{EXPLORER}v5/market/time")
    page.wait_for_selector(".run")
    origins = {urlsplit(request.url).netloc for request in watch.requests}
    assert origins == {urlsplit(watch.origin).netloc}
    assert page.locator("[style]").count() == 0
    assert page.locator("script:not([src]), style").count() == 0
