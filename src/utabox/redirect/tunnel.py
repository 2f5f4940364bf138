"""The proxy of one run: the exchange's hosts lead to our server, its other names nowhere.

It is what programs come through that know no more than the usual proxy variables. What belongs to
neither the exchange nor us is tunnelled to where it really is, so that a bot's other services work.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from socket import SOCK_STREAM
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed

from utabox.redirect.hosts import (
    NoName,
    address_of,
    is_near,
    is_redirected,
    is_the_exchanges,
    normal,
)
from utabox.redirect.relay import Connections, Streams, pipe
from utabox.server.environments import host_of
from utabox.terms import Environment

HEAD_BYTES_MAX = 16_384
HEAD_S = 10.0
CONNECT_S = 10.0
REFUSED_KEPT = 100
HTTPS, HTTP = 443, 80
NOT_PASSED_ON = (b"proxy-", b"connection:", b"keep-alive:", b"host:")


class Refused(Exception):
    """What the proxy does not do. The sentence says what to do instead."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


class Endpoint(NamedTuple):
    """Where something listens."""

    host: str
    port: int


class Request(NamedTuple):
    """The head of what a client asked for."""

    method: str
    target: str
    fields: list[bytes]


class Target(NamedTuple):
    """What it asked for, read."""

    host: str  # normal, or an address
    port: int
    secure: bool  # https, which the proxy itself must speak
    path: str  # empty: CONNECT


class Tunnel:
    """A proxy on a loopback port, on the event loop on which it is opened.

    Args:
        secure: Our server behind TLS.
        plain: Our server.
        offline: Tunnel to this machine only.
        environment: Where the user may name a proxy of their own, for everything else.
    """

    def __init__(
        self,
        secure: Endpoint,
        plain: Endpoint,
        *,
        offline: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._secure, self._plain, self._offline = secure, plain, offline
        self._proxy = UserProxy(environment or {})
        self._server: asyncio.Server | None = None
        self._served = Connections()
        self.refused: Counter[str] = Counter()
        """Sentences of refusals, and how often each was said."""

    async def open(self) -> Endpoint:
        """Listen on any free port."""
        self._server = await asyncio.start_server(
            lambda reader, writer: self._served.start(self._serve(reader, writer)),
            "127.0.0.1",
            0,
            limit=HEAD_BYTES_MAX,
            backlog=1024,
        )
        return Endpoint("127.0.0.1", self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take no more connections, and end those that are open."""
        if self._server is not None:
            self._server.close()
            await self._served.end()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = (reader, writer)
        try:
            await self._relay(client)
        except Refused as refusal:
            sentence = str(refusal)
            if sentence in self.refused or len(self.refused) < REFUSED_KEPT:
                self.refused[sentence] += 1
            await _answer(writer, refusal.status, sentence)
        except (OSError, EOFError):
            writer.transport.abort()
        finally:
            writer.close()

    async def _relay(self, client: Streams) -> None:
        request = await _head(client[0])
        target = read_target(request)
        upstream = await self._reach(target)
        if not target.path:
            client[1].write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            upstream[1].write(_origin_form(request, target))
        await pipe(client, upstream)

    async def _reach(self, target: Target) -> Streams:
        """Connect to where the target is for us.

        Raises:
            Refused: it is not for anybody, or cannot be reached.
        """
        address = address_of(target.host)
        if address is None and is_redirected(target.host):
            return await _connected(self._ours(target), target.host)
        judge(target.host, self._offline)
        near = target.host == "localhost" or (address is not None and is_near(address))
        if proxy := None if near else self._proxy.of(target):
            streams = await self._through(proxy, target)
        else:
            streams = await _looked_up(target)
        if target.secure:
            await _start_tls(streams, target.host)
        return streams

    def _ours(self, target: Target) -> Endpoint:
        if target.path:
            return self._plain  # the proxy sees the request, so TLS would be between us and us
        if target.port == HTTPS:
            return self._secure
        if target.port == HTTP:
            return self._plain
        raise Refused(
            403,
            f"{target.host} has only the ports {HTTPS} and {HTTP} here, as the exchange has, not "
            f"{target.port}: leave the port out of the URL.",
        )

    async def _through(self, proxy: str, target: Target) -> Streams:
        """A tunnel through the user's own proxy."""
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        if parts.scheme != "http" or not parts.hostname:
            raise Refused(
                502,
                f"{target.host} would go through your proxy of the kind {parts.scheme}://, which "
                "utabox run cannot: set an http:// proxy, or name the host in NO_PROXY.",
            )
        where = Endpoint(parts.hostname, parts.port or HTTP)
        reader, writer = await _connected(where, f"your proxy {parts.hostname}")
        authority = f"[{target.host}]" if ":" in target.host else target.host
        head = f"CONNECT {authority}:{target.port} HTTP/1.1\r\nHost: {authority}:{target.port}\r\n"
        if parts.username is not None:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            head += f"Proxy-Authorization: Basic {base64.b64encode(user).decode()}\r\n"
        writer.write(f"{head}\r\n".encode())
        try:
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), CONNECT_S)
        except (TimeoutError, EOFError, asyncio.LimitOverrunError, OSError) as error:
            writer.transport.abort()
            raise Refused(502, f"Your proxy {parts.hostname} gave no answer to CONNECT.") from error
        status = answer.split(b" ", 2)[1:2]
        if status != [b"200"]:
            writer.transport.abort()
            said = answer.partition(b"\r\n")[0].decode("latin-1")[:100].rstrip(". ")
            raise Refused(502, f"Your proxy {parts.hostname} refused {target.host}: {said}.")
        return reader, writer


class UserProxy:
    """The proxy that the user has for what is none of our business."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        lower = {name.lower(): value for name, value in environment.items() if value}
        self._of = {
            kind: lower.get(f"{kind}_proxy") or lower.get("all_proxy") for kind in ("http", "https")
        }
        self._none = {"no": lower.get("no_proxy", "")}

    def of(self, target: Target) -> str | None:
        """Its URL; None: a direct connection."""
        proxy = self._of["http" if target.path and not target.secure else "https"]
        if proxy is None or proxy_bypass_environment(target.host, self._none):
            return None
        return proxy


def judge(host: str, offline: bool) -> None:
    """Refuse what may not be reached.

    Args:
        host: A normal name that is not redirected, or an address.
    Raises:
        Refused: with what to do.
    """
    address = address_of(host)
    if address is None:
        if is_the_exchanges(host):
            raise Refused(
                403,
                f"{host} belongs to the exchange and is no API host that utabox has, so nothing "
                f"goes there: call {', '.join(map(host_of, Environment))}, or another host of "
                "docs/run.md.",
            )
        if offline and host != "localhost":
            raise Refused(403, f"{host} is elsewhere, and --offline was given: leave it out.")
    elif not is_near(address):
        raise Refused(
            403,
            f"{host} is a bare public address, which could be the exchange's: let the program use "
            "the host's name.",
        )
    elif offline and not (address.is_loopback or address.is_unspecified):
        raise Refused(403, f"{host} is elsewhere, and --offline was given: leave it out.")


def read_target(request: Request) -> Target:
    """What the request line asks for.

    Raises:
        Refused: it is nothing that a proxy does, or could be read in two ways.
    """
    try:
        if request.method == "CONNECT":
            return _authority(request.target, HTTPS, secure=False, path="")
        scheme, mark, rest = request.target.partition("://")
        secure = scheme.lower() == "https"
        if not mark or (scheme.lower() != "http" and not secure):
            raise Refused(
                400,
                "This is the proxy of `utabox run`, no server: UTABOX_URL names the server.",
            )
        ends = [at for at in map(rest.find, "/?#") if at >= 0]
        authority, path = rest[: min(ends, default=len(rest))], rest[min(ends, default=len(rest)) :]
        path = path.partition("#")[0]
        path = path if path.startswith("/") else f"/{path}"
        return _authority(authority, HTTPS if secure else HTTP, secure=secure, path=path)
    except (NoName, ValueError) as error:
        shown = ascii(request.target[:100])
        raise Refused(400, f"{shown} names no host and port: {error}.") from error


def _authority(authority: str, usual: int, *, secure: bool, path: str) -> Target:
    if "@" in authority:
        raise NoName("a user name before it, which a proxy is not told")
    host, colon, digits = authority.rpartition(":")
    if not colon or digits.endswith("]"):
        host, digits = authority, str(usual)
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits) < 65_536):
        raise NoName("the port is no number from 1 to 65535")
    address = address_of(host)
    if address is None and host.startswith("["):
        raise NoName("not an address")
    return Target(str(address) if address else normal(host), int(digits), secure, path)


async def _head(reader: asyncio.StreamReader) -> Request:
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_S)
    except asyncio.LimitOverrunError as error:
        raise Refused(431, f"The head is longer than {HEAD_BYTES_MAX} bytes.") from error
    except TimeoutError as error:
        raise Refused(408, f"The head did not arrive within {HEAD_S:.0f} s.") from error
    line, *fields = head[:-4].split(b"\r\n")
    parts = line.split(b" ")
    if len(parts) != 3 or not parts[2].startswith(b"HTTP/1."):
        raise Refused(400, "This is no HTTP/1 request.")
    try:
        return Request(parts[0].decode("ascii"), parts[1].decode("utf-8"), fields)
    except UnicodeDecodeError as error:
        raise Refused(400, "The request line is no UTF-8.") from error


def _origin_form(request: Request, target: Target) -> bytes:
    """The request as its server wants it: one, after which the connection ends.

    So what a client sends next on this connection cannot come to a server that it is not for.
    """
    fields = [field for field in request.fields if not field.lower().startswith(NOT_PASSED_ON)]
    upgrade = any(field.lower().startswith(b"upgrade:") for field in fields)
    host = f"[{target.host}]" if ":" in target.host else target.host
    if target.port != (HTTPS if target.secure else HTTP):
        host += f":{target.port}"
    lines = [
        f"{request.method} {target.path} HTTP/1.1".encode(),
        f"Host: {host}".encode(),
        *fields,
        b"Connection: Upgrade" if upgrade else b"Connection: close",
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


async def _looked_up(target: Target) -> Streams:
    """Connect to an address of the name, which is looked up once."""
    loop = asyncio.get_running_loop()
    try:
        found = await asyncio.wait_for(
            loop.getaddrinfo(target.host, target.port, type=SOCK_STREAM), CONNECT_S
        )
    except (OSError, UnicodeError, TimeoutError) as error:
        raise Refused(502, f"{target.host} has no address: check the name.") from error
    addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    if not addresses:
        raise Refused(502, f"{target.host} has no address: check the name.")
    for address in addresses[:-1]:
        with suppress(Refused):
            return await _connected(Endpoint(address, target.port), target.host)
    return await _connected(Endpoint(addresses[-1], target.port), target.host)


async def _connected(where: Endpoint, name: str) -> Streams:
    try:
        return await asyncio.wait_for(
            asyncio.open_connection(where.host, where.port, limit=HEAD_BYTES_MAX), CONNECT_S
        )
    except (OSError, TimeoutError) as error:
        reason = getattr(error, "strerror", None) or "no answer in time"
        raise Refused(502, f"{name} cannot be reached at port {where.port}: {reason}.") from error


async def _start_tls(streams: Streams, host: str) -> None:
    try:
        await streams[1].start_tls(
            ssl.create_default_context(), server_hostname=host, ssl_handshake_timeout=CONNECT_S
        )
    except (OSError, ssl.SSLError) as error:
        streams[1].transport.abort()
        reason = str(error).rstrip(".")
        raise Refused(502, f"{host} was not trusted: {reason}.") from error


async def _answer(writer: asyncio.StreamWriter, status: int, sentence: str) -> None:
    reason = {400: "Bad Request", 403: "Forbidden", 408: "Request Timeout"}.get(status, "Refused")
    body = f"utabox: {sentence}\n".encode()
    head = (
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with suppress(OSError):
        writer.write(head.encode() + body)
        await writer.drain()
