"""All that is not the exchange's API: the control doors, the OpenAPI document, the front page.

Ordinary ASGI. The exchange's own paths never come here: `server/http.py` hands them to the
gateway at once.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cached_property
from ipaddress import ip_address
from typing import Any

import msgspec

import utabox.server.clock_doors
import utabox.server.doors
import utabox.server.loan_doors  # noqa: F401  all three declare doors
from utabox import __version__
from utabox.server.control import Answer, call
from utabox.server.openapi import document
from utabox.settings import Settings
from utabox.venues import Venue

_HOST = re.compile(r"(\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9.-]+))(:[0-9]{1,5})?")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

FRONT_PAGE = f"""utabox {__version__}: a Bybit V5 unified trading account that you run yourself.

/v5/...        the exchange's API: GET /v5/market/time needs no key
/openapi.json  what of it is here, as OpenAPI 3.1
/-/...         the control doors: `utabox --help`
"""


class App:
    """The ASGI application of one server.

    Args:
        token: What `Authorization: Bearer` must hold at the control doors.
    """

    def __init__(self, venue: Venue, settings: Settings, token: str) -> None:
        self._venue = venue
        self._settings = settings
        self._authorization = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        body = await _body(receive)
        if body is None:
            return
        if scope["path"].startswith("/-/"):
            await self._control(scope, body, send)
        elif scope["path"] == "/openapi.json":
            await _send(send, 200, self._openapi)
        elif scope["path"] == "/":
            await _send(send, 200, FRONT_PAGE.encode(), b"text/plain; charset=utf-8")
        else:
            await _send_json(send, Answer(404, {"error": "nothing here: GET / says what is"}))

    @cached_property
    def _openapi(self) -> bytes:
        return msgspec.json.encode(document())

    async def _control(self, scope: Scope, body: bytes, send: Send) -> None:
        refusal = self._refusal(scope)
        if refusal is not None:
            await _send_json(send, refusal)
            return
        answer = call(self._venue, scope["method"], scope["path"], scope["query_string"], body)
        # Encoded before the wait: what comes after is not what was asked, nor durable.
        payload = msgspec.json.encode(answer.payload)
        runtime = self._venue.runtime
        if not runtime.settled:
            durable = asyncio.Event()
            runtime.when_durable(durable.set)
            await durable.wait()
        await _send(send, answer.status, payload)

    def _refusal(self, scope: Scope) -> Answer | None:
        """Who may not come in: by address, by Host header (DNS rebinding), by token."""
        peer = scope["client"][0] if scope["client"] else ""
        headers = dict(reversed(scope["headers"]))
        host = _hostname(headers.get(b"host", b""))
        remote = self._settings.remote_control
        if not remote and not _loopback(peer):
            message = f"the control doors are open on loopback only, not for {peer}"
            return Answer(403, {"error": f"{message}: start with --remote-control"})
        if not remote and not _loopback(host) and host != self._settings.host:
            message = f"the control doors do not answer to the host name {host[:100]!r}"
            return Answer(403, {"error": f"{message}: use 127.0.0.1 or localhost"})
        given = headers.get(b"authorization", b"")
        if not hmac.compare_digest(given, self._authorization):
            message = "the control doors need `Authorization: Bearer TOKEN`"
            hint = "the server prints where its token is; set UTABOX_TOKEN to choose it"
            return Answer(401, {"error": f"{message}: {hint}"})
        return None


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


async def _send_json(send: Send, answer: Answer) -> None:
    payload = msgspec.json.encode(answer.payload)
    await _send(send, answer.status, payload)


async def _send(
    send: Send, status: int, body: bytes, content_type: bytes = b"application/json"
) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
