"""Sessions of the console: how a page gets in, what it may do then, and who never does."""

from __future__ import annotations

from http.cookies import SimpleCookie

import pytest
from tests.actors import Exchange, Reply

from utabox.server.sessions import CODE_S, CODES_MAX, SESSION_S, SESSIONS_MAX, Sessions

OUR_HEADER = {"X-Utabox-Console": "1"}


class Seconds:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Browser:
    """What a browser sends from a page of this server, by itself and by the page's scripts."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.cookie = ""

    def send(self, method: str, path: str, body: bytes | None = None, **sent: str | None) -> Reply:
        """`sent` replaces headers; None leaves one out."""
        headers: dict[str, str | None] = {
            "Cookie": self.cookie or None,
            "Sec-Fetch-Site": "same-origin",
            "X-Utabox-Console": "1",
        }
        headers.update({name.replace("_", "-"): value for name, value in sent.items()})
        named = {name: value for name, value in headers.items() if value is not None}
        return self.exchange.wire.send(method, path, named, body)

    def log_in(self) -> Reply:
        code = self.exchange.control("POST", "/-/session-codes")["code"]
        reply = self.send("POST", "/-/session", b'{"code":"%s"}' % code.encode())
        self.cookie = reply.headers["set-cookie"].split(";")[0]
        return reply


@pytest.fixture
def browser(exchange: Exchange) -> Browser:
    return Browser(exchange)


def test_a_code_lets_a_page_in_once(browser: Browser) -> None:
    """The cookie is nothing for scripts or other sites; with it the doors open."""
    code = browser.exchange.control("POST", "/-/session-codes")
    given = b'{"code":"%s"}' % code["code"].lower().replace("-", " ").encode()

    reply = browser.send("POST", "/-/session", given)

    assert (code["seconds"], reply.status, reply.json) == (120, 200, {"in": True})
    (morsel,) = SimpleCookie(reply.headers["set-cookie"]).values()
    assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "Strict", "/")
    assert browser.send("GET", "/-/accounts").status == 401
    browser.cookie = f"{morsel.key}={morsel.value}"
    assert browser.send("GET", "/-/accounts").status == 200
    assert browser.send("GET", "/-/session").json == {"in": True}
    assert browser.send("POST", "/-/session", given).status == 401


def test_the_token_lets_a_page_in(browser: Browser) -> None:
    """And a wrong one does not."""
    token = browser.exchange.server.token.encode()
    assert browser.send("POST", "/-/session", b'{"token":"%s"}' % token).status == 200
    assert browser.send("POST", "/-/session", b'{"token":"%s"}' % token[:-1]).status == 401
    assert browser.send("POST", "/-/session", b'{"token":""}').status == 401
    assert browser.send("POST", "/-/session", b"[]").status == 400


def test_logging_out_ends_it(browser: Browser) -> None:
    browser.log_in()

    reply = browser.send("DELETE", "/-/session")

    assert reply.json == {"in": False}
    assert "Max-Age=0" in reply.headers["set-cookie"]
    assert browser.send("GET", "/-/accounts").status == 401
    assert browser.send("GET", "/-/session").json == {"in": False}


def test_one_text_may_be_either(browser: Browser) -> None:
    """The page cannot tell a short token from a code: it gives the text as both."""
    code = browser.exchange.control("POST", "/-/session-codes")["code"].encode()
    token = browser.exchange.server.token.encode()
    both = b'{"code":"%s","token":"%s"}'
    assert browser.send("POST", "/-/session", both % (token, token)).status == 200
    assert browser.send("POST", "/-/session", both % (code, code)).status == 200
    assert browser.send("POST", "/-/session", both % (code, code)).status == 401


@pytest.mark.parametrize("path", ["/", "/-/accounts", "/-/session", "/nothing"])
def test_what_is_no_page_may_load_nothing(exchange: Exchange, path: str) -> None:
    """Nor be framed, whatever a browser makes of it."""
    policy = exchange.wire.send("GET", path, {}, b"").headers["content-security-policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 200),
        ({"X_Utabox_Console": None}, 401),  # a form, an image, a fetch without being asked first
        ({"X_Utabox_Console": "0"}, 401),
        ({"Sec_Fetch_Site": "cross-site"}, 401),
        ({"Sec_Fetch_Site": "same-site"}, 401),  # another port of this machine
        ({"Sec_Fetch_Site": "none"}, 401),
        ({"Sec_Fetch_Site": None}, 401),  # a browser that says nothing, and no origin either
        ({"Sec_Fetch_Site": None, "Origin": "http://evil.example"}, 401),
        ({"Sec_Fetch_Site": None, "Origin": "null"}, 401),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "http://127.0.0.1"}, 401),
        ({"Host": "evil.example"}, 403),  # DNS rebinding
        ({"Cookie": "utabox=guessed"}, 401),
    ],
)
def test_the_cookie_alone_opens_nothing(
    browser: Browser, sent: dict[str, str | None], status: int
) -> None:
    """Only with the page's own header, from the page's own origin, by the server's own name."""
    browser.log_in()
    assert browser.send("GET", "/-/accounts", None, **sent).status == status


def test_an_older_browser_is_believed_by_its_origin(browser: Browser) -> None:
    """It must be exactly the one that was called."""
    browser.log_in()
    url = browser.exchange.server.url
    for origin, status in ((url, 200), (url.rsplit(":", 1)[0], 401), (url + "0", 401)):
        told = browser.send("GET", "/-/accounts", Sec_Fetch_Site=None, Origin=origin)
        assert told.status == status


@pytest.mark.parametrize(
    "sent",
    [{"X_Utabox_Console": None}, {"Sec_Fetch_Site": "cross-site"}, {"Host": "evil.example"}],
)
def test_a_foreign_page_gets_no_session(browser: Browser, sent: dict[str, str | None]) -> None:
    """Whatever code it knows; and the code is not used up by that."""
    code = browser.exchange.control("POST", "/-/session-codes")["code"].encode()
    given = b'{"code":"%s"}' % code
    refused = browser.send("POST", "/-/session", given, **sent)
    assert (refused.status, "set-cookie" in refused.headers) == (403, False)
    assert browser.send("POST", "/-/session", given).status == 200


def test_a_code_is_asked_for_with_the_token(exchange: Exchange) -> None:
    """A stranger gets none."""
    assert exchange.wire.send("POST", "/-/session-codes", OUR_HEADER, b"").status == 401


def test_codes_and_sessions_end_by_themselves() -> None:
    """A code after two minutes, a session after twelve hours."""
    clock = Seconds()
    sessions = Sessions(clock)
    late, timely, session = sessions.new_code(), sessions.new_code(), sessions.begin()
    clock.now += CODE_S - 1
    assert sessions.redeem(timely)
    clock.now += 1
    assert not sessions.redeem(late)
    clock.now += SESSION_S - CODE_S - 1
    assert sessions.knows(session)
    clock.now += 1
    assert not sessions.knows(session)


def test_there_are_only_so_many() -> None:
    """The oldest goes."""
    sessions = Sessions(Seconds())
    codes = [sessions.new_code() for _ in range(CODES_MAX + 1)]
    begun = [sessions.begin() for _ in range(SESSIONS_MAX + 1)]
    assert [sessions.redeem(code) for code in codes[:2]] == [False, True]
    assert [sessions.knows(session) for session in begun[:2]] == [False, True]


def test_cookies_of_two_servers_do_not_meet(browser: Browser) -> None:
    """A browser gives a host's cookies to all of its ports: each port's has a name of its own."""
    reply = browser.log_in()
    port = browser.exchange.server.url.rsplit(":", 1)[1]
    assert reply.headers["set-cookie"].startswith(f"utabox_{port}=")
