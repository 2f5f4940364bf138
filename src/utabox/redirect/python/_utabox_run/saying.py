"""What a connection that does not lead to us says first."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .rules import Rules

SAID_MAX = 16_640
"""Bytes of a connection that are read until it is known for whom they are: a TLS record."""


class Saying:
    """Reads what is sent until it is known for whom it is."""

    def __init__(self, rules: Rules, peer: object) -> None:
        self._rules, self._peer = rules, peer
        self._said = b""
        self._whole_urls = False  # then the connection's next request may be for another host

    def goes_on(self, data: Any) -> bool:
        """Look at what is about to be sent; False: nothing more need be looked at.

        Raises:
            Refused: it asks the other side for the exchange.
        """
        said = self._said + bytes(memoryview(data)[:SAID_MAX])
        host = _asked_for(said)
        if host is None and not self._whole_urls:
            self._said = said
            return len(said) < SAID_MAX
        self._said = b""
        if host:
            self._rules.check_asked(host.decode("utf-8", "replace"), self._peer)
            self._whole_urls |= b"://" in said[:16]
        return self._whole_urls


def _asked_for(said: bytes) -> bytes | None:
    """The host that the first bytes ask the other side for; empty: none; None: not known yet.

    They may be a proxy's request (CONNECT, a whole URL, SOCKS) or TLS with a server's name.
    """
    if not said:
        return None
    try:
        if said[0] == 22:
            return _server_name(said)
        if said[0] == 5:
            return _asked_of_socks5(said)
        if said[0] == 4:
            return _asked_of_socks4(said)
    except IndexError:
        return None if len(said) < SAID_MAX else b""
    method, space, rest = said.partition(b" ")
    if not method.isalpha() or len(method) > 16:
        return b""
    if not space:
        return None
    end = min((at for at in map(rest.find, (b" ", b"\r", b"\n")) if at >= 0), default=-1)
    target = rest if end < 0 else rest[:end]
    if method.upper() != b"CONNECT":
        scheme, mark, target = target.partition(b"://")
        if not mark:
            return None if end < 0 and len(scheme) < 8 and scheme.isalpha() else b""
        ends = [at for at in map(target.find, (b"/", b"?", b"#")) if at >= 0]
        if not ends and end < 0:
            return None
        target = target[: min(ends, default=len(target))]
    elif end < 0:
        return None
    host = target.rpartition(b"@")[2]
    name, colon, port = host.rpartition(b":")
    if colon and not port.endswith(b"]"):
        host = name
    return host.strip(b"[]")


def _asked_of_socks5(said: bytes) -> bytes | None:
    at = 2 + said[1]  # after the greeting
    if said[at] == 1:  # a user name and a password
        at += 2 + said[at + 1]
        at += 1 + said[at]
    if said[at] != 5 or said[at + 2] != 0:
        return b""
    kind, at = said[at + 3], at + 4
    if kind == 3:
        end = at + 1 + said[at]
        return said[at + 1 : end] if len(said) >= end else None
    return _spelled(said, at, {1: 4, 4: 16}.get(kind, 0))


def _asked_of_socks4(said: bytes) -> bytes | None:
    if said[1] not in (1, 2):
        return b""
    if said[4:7] != b"\0\0\0" or said[7] == 0:
        return _spelled(said, 4, 4)
    _, mark, rest = said[8:].partition(b"\0")
    host, end, _ = rest.partition(b"\0")
    return host if mark and end else None


def _spelled(said: bytes, at: int, length: int) -> bytes | None:
    """The address that stands there."""
    packed = said[at : at + length]
    if len(packed) < length:
        return None
    if length == 4:
        return ".".join(map(str, packed)).encode()
    return ":".join(packed[i : i + 2].hex() for i in range(0, length, 2)).encode()


def _server_name(said: bytes) -> bytes | None:
    """Of a TLS ClientHello."""
    hello, at = b"", 0
    while len(hello) < 4 or len(hello) < 4 + int.from_bytes(hello[1:4], "big"):
        if said[at] != 22 or said[at + 1] != 3:
            return b""
        end = at + 5 + (said[at + 3] << 8) + said[at + 4]
        if len(said) < end:
            return None
        hello, at = hello + said[at + 5 : end], end
    try:
        at = 4 + 2 + 32
        at += 1 + hello[at]
        at += 2 + (hello[at] << 8) + hello[at + 1]
        at += 1 + hello[at] + 2
        while at + 4 <= len(hello):
            kind = (hello[at] << 8) + hello[at + 1]
            length = (hello[at + 2] << 8) + hello[at + 3]
            if kind == 0:
                return hello[at + 4 + 5 : at + 4 + length]
            at += 4 + length
    except IndexError:
        pass
    return b""
