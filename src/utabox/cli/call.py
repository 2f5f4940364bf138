"""A call of the exchange's API as a client makes it: signed, ready to be sent or written out."""

from __future__ import annotations

import shlex
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from utabox.cli.failure import BadSetting
from utabox.settings import DEMO_API_KEY, DEMO_API_SECRET

RECV_WINDOW_MS = 5_000
RECV_WINDOW_MS_CURL = 60_000
"""A command that is printed takes a while to be pasted."""

TRACE = "cdn-request-id"
"""The exchange's own header for finding a call again; our request log keeps it."""


class Signer(NamedTuple):
    """A key, and how it signs."""

    api_key: str
    sign: Callable[[bytes], str]

    @property
    def published(self) -> bool:
        """Whether anybody could sign so."""
        return self.api_key == DEMO_API_KEY


class Call(NamedTuple):
    """One request, complete."""

    base_url: str
    method: str
    path: str
    query: str
    body: bytes | None
    headers: dict[str, str]
    timestamp: int  # ms, as signed

    @property
    def target(self) -> str:
        """What stands on the request line: the base URL's own path, the path and the query."""
        path = urlsplit(self.base_url).path + self.path
        return f"{path}?{self.query}" if self.query else path

    @property
    def trace(self) -> str:
        """What finds the call in the request log of our server."""
        return self.headers[TRACE]


def signer(key: str | None, secret: str | None, rsa_key: Path | None) -> Signer:
    """The signer that the options name; without any, the one of the published demo key.

    Raises:
        BadSetting: they contradict each other, or one of two is missing.
    """
    if rsa_key is not None:
        if not key:
            raise BadSetting("--rsa-key needs the id of its API key: give --key too.")
        return _rsa_signer(key, rsa_key)
    if bool(key) != bool(secret):
        raise BadSetting(
            "A key and its secret belong together: give --key and --secret, or set "
            "UTABOX_API_KEY and UTABOX_API_SECRET."
        )
    from utabox.server.signature import sign_hmac

    chosen = (secret or DEMO_API_SECRET).encode()
    return Signer(key or DEMO_API_KEY, lambda text: sign_hmac(chosen, text))


def _rsa_signer(key: str, file: Path) -> Signer:
    from utabox.server.signature import sign_rsa

    try:
        pem = file.read_text("ascii")
        sign_rsa(pem, b"")
    except (OSError, ValueError) as error:
        raise BadSetting(
            f"{file} cannot be used as an RSA private key ({error}): give an unencrypted PEM file."
        ) from error
    return Signer(key, lambda text: sign_rsa(pem, text))


def make_call(
    base_url: str,
    method: str,
    path: str,
    query: str,
    body: str | None,
    by: Signer | None,
    recv_window: int,
    ahead_ms: int = 0,
) -> Call:
    """Sign and complete a request.

    Args:
        query: Sent and signed exactly so.
        by: None: a public call.
        ahead_ms: How far the server's clock is ahead of this machine's.
    Raises:
        BadSetting: it cannot stand on a request line as it is.
    """
    _check_target(path, query)
    payload = None if body is None else body.encode("utf-8", "surrogateescape")
    timestamp = time.time_ns() // 1_000_000 + ahead_ms
    headers = {"User-Agent": "utabox", TRACE: uuid.uuid4().hex}
    if payload is not None:
        headers["Content-Type"] = "application/json"
    if by is not None:
        from utabox.server.signature import signed_text

        at, window = str(timestamp), str(recv_window)
        given = query.encode() if payload is None else payload
        text = signed_text(at.encode(), by.api_key.encode(), window.encode(), given)
        headers["X-BAPI-API-KEY"] = by.api_key
        headers["X-BAPI-TIMESTAMP"] = at
        headers["X-BAPI-RECV-WINDOW"] = window
        headers["X-BAPI-SIGN"] = by.sign(text)
    return Call(base_url, method, path, query, payload, headers, timestamp)


def as_curl(call: Call) -> str:
    """The same request as a shell command. It works as long as its recv window lasts."""
    parts = urlsplit(call.base_url)
    url = f"{parts.scheme}://{parts.netloc}{call.target}"
    # --globoff, --path-as-is: curl would otherwise rewrite [], {} and /../ in what was signed.
    words = ["curl", "--silent", "--show-error", "--globoff", "--path-as-is", url]
    for name, value in call.headers.items():
        if name not in ("User-Agent", TRACE):
            words += ["--header", f"{name}: {value}"]
    if call.body is not None:
        words += ["--data-raw", call.body.decode("utf-8", "surrogateescape")]
    return shlex.join(words)


def _check_target(path: str, query: str) -> None:
    if not path.startswith("/"):
        raise BadSetting(
            f"The path {path!r} does not begin with /: write such as /v5/account/info."
        )
    for character in path + query:
        if not "!" <= character <= "~" or character == "#":
            raise BadSetting(
                f"{character!r} cannot stand in a path or query: percent-encode it, and it is "
                "signed and sent as you write it."
            )
