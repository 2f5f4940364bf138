"""All that is not the exchange's API: the control doors, the OpenAPI document, the front page.

Ordinary ASGI. The exchange's own paths never come here: `server/http.py` hands them to the
gateway at once.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from ipaddress import ip_address
from typing import Any

import msgspec

from utabox import __version__
from utabox.server.assets import ASSETS, Assets, Sent, refused
from utabox.server.bodies import answer_body
from utabox.server.control import Answer, call, find_doors
from utabox.server.environments import is_named
from utabox.server.events import stream
from utabox.server.explorer import WAYS, Explorer
from utabox.server.openapi import PLACE
from utabox.server.sessions import (
    CONSOLE_HEADER,
    Entrance,
    Headers,
    cookie,
    enter,
    from_our_page,
    identity_of,
    in_session,
)
from utabox.server.streams import serve
from utabox.server.switchboard import in_venue, request_of
from utabox.settings import Settings
from utabox.venues import Venue, Venues

find_doors()

CONSOLE = "/-/console"
_OF_CLIENTS = re.compile(r"//|/v[0-9]+(/|$)|.*/v5/")
"""Paths that clients of the exchange call by mistake."""
_HOST = re.compile(r"(\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9.-]+))(:[0-9]{1,5})?")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

FRONT_PAGE = f"""utabox {__version__}: a Bybit V5 unified trading account that you run yourself.

/v5/...        the exchange's API: GET /v5/market/time needs no key
/docs/api-explorer/  the same to look at and to try, in a browser
/openapi.json  what of it is here, as OpenAPI 3.1
/-/...         the control doors: `utabox --help`
"""


class App:
    """The ASGI application of one server.

    Args:
        token: What `Authorization: Bearer` must hold at the control doors.
    """

    def __init__(self, venues: Venues, settings: Settings, token: str) -> None:
        self._venues = venues
        self._settings = settings
        self._authorization = f"Bearer {token}".encode()
        self._assets = Assets()
        self._explorer = Explorer(settings, self._assets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await serve(self._venues, self._settings, scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            return
        name, path = in_venue(scope["path"])
        venue = self._venues.find(name) if name else self._venues.default
        if venue is None:
            await _send_json(send, Answer(404, {"error": f"no venue {name[:64]!r}: GET /-/venues"}))
        elif path == "/-/session":
            await self._session(scope, body, send)
        elif path == "/-/events":
            await self._events(venue, scope, receive, send)
        elif _is_for_browsers(path):
            await _send_sent(send, self._seen(venue, path, scope))
        elif path.startswith("/-/"):
            await self._control(venue, path, scope, body, send)
        elif path == "/":
            await _send(send, 200, FRONT_PAGE.encode(), b"text/plain; charset=utf-8")
        else:
            await self._nowhere(venue, path, scope, body, send)

    async def _nowhere(
        self, venue: Venue, path: str, scope: Scope, body: bytes, send: Send
    ) -> None:
        """A client of the exchange gets what the exchange says, and the log its reason."""
        request = request_of(scope, path, body)
        if is_named(request.headers.get(b"host", b"")) or _OF_CLIENTS.match(path):
            reply = venue.gateway.lead_nowhere(request)
            await _send(send, reply.status, reply.body)
            return
        await _send_json(send, Answer(404, {"error": "nothing here: GET / says what is"}))

    def _seen(self, venue: Venue, path: str, scope: Scope) -> Sent:
        """What a browser gets: pages, what they load, and what the explorer is made from."""
        headers = _headers(scope)
        if scope["method"] not in ("GET", "HEAD"):
            return refused(405, "this is there to be read", (b"allow", b"GET, HEAD"))
        if path == "/openapi.json":
            return self._explorer.openapi.sent(headers)
        if (strange := self._strange_host(headers)) is not None:
            message = f"the pages do not answer to the host name {strange[:100]!r}"
            return refused(403, f"{message}: use 127.0.0.1 or localhost")
        if path.startswith(ASSETS):
            return self._assets.file(path.removeprefix(ASSETS), headers)
        if path.startswith(CONSOLE):
            return self._assets.page("console/index.html", headers)
        return self._explorer.answer(venue, path, headers)

    def _strange_host(self, headers: Headers) -> str | None:
        """The name that a browser was told for this server, where it is none of its own.

        A page from elsewhere can have its own name lead here (DNS rebinding).
        """
        host = _hostname(headers.get(b"host", b""))
        known = self._settings.remote_control or _loopback(host) or host == self._settings.host
        return None if known else host

    async def _control(
        self, venue: Venue, path: str, scope: Scope, body: bytes, send: Send
    ) -> None:
        refusal = self._stranger(scope) or self._unknown(_headers(scope), with_header=True)
        if refusal is not None:
            await _send_json(send, refusal)
            return
        asked = scope["method"], path, scope["query_string"], body
        answer = await call(self._venues, venue, *asked)
        # Encoded before the wait: what comes after is not what was asked, nor durable.
        payload = answer_body(answer.payload)
        await venue.settled()
        await _send(send, answer.status, payload)

    async def _events(self, venue: Venue, scope: Scope, receive: Receive, send: Send) -> None:
        """What happens in a venue, as it happens: for the console, and whoever has the token."""
        headers = _headers(scope)
        refusal = self._stranger(scope) or self._unknown(headers, with_header=False)
        if refusal is None and scope["method"] != "GET":
            refusal = Answer(405, {"error": "/-/events takes GET"})
        if refusal is None:
            try:
                welcome = self._welcome(headers)
                await stream(self._venues.live, venue, receive, send, welcome)
                return
            except ValueError as error:
                refusal = Answer(503, {"error": str(error)})
        await _send_json(send, refusal)

    async def _session(self, scope: Scope, body: bytes, send: Send) -> None:
        """Let a page of ours in, say whether it is in, let it out."""
        headers, sessions = _headers(scope), self._venues.sessions
        answer = self._stranger(scope) or self._foreign(headers)
        line = None
        if answer is not None:
            pass
        elif scope["method"] == "GET":
            known = in_session(sessions, headers)
            answer = Answer(200, {"in": known})
        elif scope["method"] == "DELETE":
            self._end_session(headers)
            answer, line = Answer(200, {"in": False}), cookie(headers, "")
        elif scope["method"] == "POST":
            answer, line = self._entered(headers, body)
        else:
            answer = Answer(405, {"error": "/-/session takes GET, POST or DELETE"})
        await _send_json(send, answer, [] if line is None else [(b"set-cookie", line)])

    def _entered(self, headers: Headers, body: bytes) -> tuple[Answer, bytes | None]:
        try:
            entrance = msgspec.json.decode(body, type=Entrance)
        except (msgspec.MsgspecError, RecursionError) as error:
            return Answer(
                400, {"error": f'{error}: send {{"code": ...}} or {{"token": ...}}'}
            ), None
        identity = enter(self._venues.sessions, entrance, self._authorization)
        if identity is None:
            message = "this lets nobody in: a code is good once, for two minutes"
            return Answer(401, {"error": f"{message}; `utabox console` prints a new one"}), None
        self._end_session(headers)
        return Answer(200, {"in": True}), cookie(headers, identity)

    def _end_session(self, headers: Headers) -> None:
        """And what its pages hear."""
        self._venues.sessions.end(identity_of(headers))
        self._venues.live.turn_out()

    def _stranger(self, scope: Scope) -> Answer | None:
        """Who may not come near: by address, and by Host header (DNS rebinding)."""
        peer = scope["client"][0] if scope["client"] else ""
        remote = self._settings.remote_control
        if not remote and not _loopback(peer):
            message = f"the control doors are open on loopback only, not for {peer}"
            return Answer(403, {"error": f"{message}: start with --remote-control"})
        if (strange := self._strange_host(_headers(scope))) is not None:
            message = f"the control doors do not answer to the host name {strange[:100]!r}"
            return Answer(403, {"error": f"{message}: use 127.0.0.1 or localhost"})
        return None

    def _unknown(self, headers: Headers, *, with_header: bool) -> Answer | None:
        """Who may not come in: who has no token, and no session that our page uses."""
        if self._has_token(headers):
            return None
        if in_session(self._venues.sessions, headers, with_header=with_header):
            return None
        message = "the control doors need `Authorization: Bearer TOKEN`"
        hint = "the server prints where its token is; set UTABOX_TOKEN to choose it"
        return Answer(401, {"error": f"{message}: {hint}"})

    def _has_token(self, headers: Headers) -> bool:
        return hmac.compare_digest(headers.get(b"authorization", b""), self._authorization)

    def _welcome(self, headers: Headers) -> Callable[[], bool]:
        """Whether who was let in may stay: with the token always, else as long as the session."""
        if self._has_token(headers):
            return lambda: True
        sessions, identity = self._venues.sessions, identity_of(headers)
        return lambda: sessions.knows(identity)

    def _foreign(self, headers: Headers) -> Answer | None:
        """A page that is not ours, and gets no session whatever it knows."""
        if headers.get(CONSOLE_HEADER) == b"1" and from_our_page(headers):
            return None
        return Answer(403, {"error": "a session is for the console's own page: open /-/console"})


def _headers(scope: Scope) -> Headers:
    """By lower-case name; of a repeated one the first."""
    return dict(reversed(scope["headers"]))


def _is_for_browsers(path: str) -> bool:
    """Whether it is read without a token, by whoever opens it."""
    return (
        path in ("/openapi.json", CONSOLE, *WAYS)
        or path.startswith((f"{PLACE}/", f"{CONSOLE}/", ASSETS))
    )  # fmt: skip


def _hostname(host: bytes) -> str:
    """The host of a Host header, without its port; empty for what is none."""
    found = _HOST.fullmatch(host.decode("latin-1").lower())
    return (found["v6"] or found["name"]) if found else ""


def _loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when the client left. The protocol bounds its size."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _send_sent(send: Send, sent: Sent) -> None:
    start = {"type": "http.response.start", "status": sent.status, "headers": sent.headers}
    await send(start)
    await send({"type": "http.response.body", "body": sent.body})


async def _send_json(send: Send, answer: Answer, lines: Sequence[tuple[bytes, bytes]] = ()) -> None:
    payload = answer_body(answer.payload)
    await _send(send, answer.status, payload, lines=lines)


async def _send(
    send: Send,
    status: int,
    body: bytes,
    content_type: bytes = b"application/json",
    lines: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"x-content-type-options", b"nosniff"),
        (b"cross-origin-resource-policy", b"same-origin"),
        *lines,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
