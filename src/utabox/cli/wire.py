"""One HTTP exchange, as it is asked for: no redirect, no proxy, no retry, TLS verified."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection, IncompleteRead
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import click

TIMEOUT_S = 10.0
DOORS_TIMEOUT_S = 600.0
"""A step of the clock over many loans, a seed or a restore may take long."""
ANSWER_BYTES_MAX = 16 * 1024 * 1024


class Unreachable(Exception):
    """Nobody answers, or not in HTTP. The reason as a phrase."""


class Unanswered(Unreachable):
    """Somebody was there, and the connection ended before the answer did."""


class Late(Unreachable):
    """Somebody is there, and has not answered in time: it may still be at it."""


class Response(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes


def send(
    url: str,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    answer_s: float = TIMEOUT_S,
) -> Response:
    """Send one request and read its answer.

    Args:
        url: Base URL; only its scheme, host and port count.
        target: Path and query, exactly as they are to stand on the request line.
        answer_s: How long the answer may take; a connection may take `TIMEOUT_S`.
    Raises:
        Unreachable: there is no answer.
    """
    connection = _connect(urlsplit(url))
    connected = False
    try:
        connection.connect()
        connected = True
        connection.sock.settimeout(answer_s)
        connection.request(method, target, body, dict(headers))
        answer = connection.getresponse()
        content = answer.read(ANSWER_BYTES_MAX + 1)
        if len(content) > ANSWER_BYTES_MAX:
            raise Unreachable(f"the answer is longer than {ANSWER_BYTES_MAX} bytes")
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Response(answer.status, named, content)
    except ssl.SSLError as error:
        raise Unreachable(f"TLS: {error.reason or error}") from error
    except TimeoutError as error:
        if connected:
            raise Late(f"it has not answered in {answer_s:.0f} s") from error
        raise Unreachable("it takes no connection") from error
    except (ConnectionResetError, IncompleteRead) as error:
        raise Unanswered("the connection was closed") from error
    except OSError as error:
        raise Unreachable(error.strerror or str(error) or "no answer") from error
    except HTTPException as error:
        raise Unreachable(f"not HTTP: {error or type(error).__name__}") from error
    finally:
        connection.close()


def on_this_machine(url: str) -> bool:
    """Whether `url` names this machine and no other."""
    host = urlsplit(url).hostname or ""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_unspecified


def base_url(value: str) -> str:
    """A base URL such as http://127.0.0.1:8505, checked, without a slash at its end."""
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise click.BadParameter(
            f"{value!r} is no base URL: write one such as http://127.0.0.1:8505."
        )
    return value.rstrip("/")


def _connect(url: SplitResult) -> HTTPConnection:
    assert url.hostname is not None, "base_url checks it"
    if url.scheme == "https":
        context = ssl.create_default_context()
        return HTTPSConnection(url.hostname, url.port, timeout=TIMEOUT_S, context=context)
    return HTTPConnection(url.hostname, url.port, timeout=TIMEOUT_S)
