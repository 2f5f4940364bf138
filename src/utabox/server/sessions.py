"""Who works at the console: one-time codes, sessions, and which page may use one.

The control token never goes into a page or a URL. A page gives a code that is good once, or the
token itself, and gets a cookie that its scripts cannot read. The cookie alone opens nothing: the
browser must also say that the page is ours.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from hashlib import sha256
from time import monotonic

import msgspec

CODE_S = 120
CODES_MAX = 16
SESSION_S = 12 * 3600
SESSIONS_MAX = 64
"""Of codes and sessions, the oldest goes when there are more."""

CONSOLE_HEADER = b"x-utabox-console"
"""No form and no image sends it, and no foreign page may without being asked first."""

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is taken for another
_GROUPS, _GROUP = 3, 4  # 58 bits

Headers = Mapping[bytes, bytes]
"""By lower-case name; of a repeated one the first."""


class Entrance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page gives to be let in: one of the two, or one text as both."""

    code: str = ""
    token: str = ""


class Sessions:
    """The codes and sessions of one server. They end with it.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._codes: dict[bytes, float] = {}  # hashed -> when it ends; oldest first
        self._sessions: dict[bytes, float] = {}

    def new_code(self) -> str:
        """A code that is good once, for two minutes."""
        groups = ("".join(map(secrets.choice, [_LETTERS] * _GROUP)) for _ in range(_GROUPS))
        code = "-".join(groups)
        self._keep(self._codes, _plain(code), CODE_S, CODES_MAX)
        return code

    def redeem(self, code: str) -> bool:
        """Whether the code is good; it is so no more."""
        ends = self._codes.pop(_hashed(_plain(code)), 0.0)
        return ends > self._clock()

    def begin(self) -> str:
        """A new session: what its cookie holds."""
        identity = secrets.token_urlsafe(32)
        self._keep(self._sessions, identity, SESSION_S, SESSIONS_MAX)
        return identity

    def knows(self, identity: str) -> bool:
        """Whether the session is there and did not end."""
        return self._sessions.get(_hashed(identity), 0.0) > self._clock()

    def end(self, identity: str) -> None:
        """Forget a session."""
        self._sessions.pop(_hashed(identity), None)

    def _keep(self, among: dict[bytes, float], value: str, seconds: float, most: int) -> None:
        now = self._clock()
        for known in [known for known, ends in among.items() if ends <= now]:
            del among[known]
        while len(among) >= most:
            del among[next(iter(among))]
        among[_hashed(value)] = now + seconds


def enter(sessions: Sessions, entrance: Entrance, authorization: bytes) -> str | None:
    """A session for who has a code or the token; None for who has neither.

    Args:
        authorization: The header that the token makes.
    """
    bearer = b"Bearer " + entrance.token.encode("utf-8", "replace")
    if entrance.token and hmac.compare_digest(bearer, authorization):
        return sessions.begin()
    if entrance.code and sessions.redeem(entrance.code):
        return sessions.begin()
    return None


def from_our_page(headers: Headers) -> bool:
    """Whether the browser says that a page of this very origin asks.

    A browser that says nothing about it, such as for a page that came over plain HTTP from another
    machine, is believed by its Origin only.
    """
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site == b"same-origin"
    origin, host = headers.get(b"origin", b""), headers.get(b"host", b"").lower()
    return bool(host) and origin.lower() in (b"http://" + host, b"https://" + host)


def in_session(sessions: Sessions, headers: Headers, *, with_header: bool = True) -> bool:
    """Whether the request belongs to a session, and was made by our page.

    Args:
        with_header: False: for an EventSource, which cannot send one.
    """
    if with_header and headers.get(CONSOLE_HEADER) != b"1":
        return False
    identity = identity_of(headers)
    return bool(identity) and from_our_page(headers) and sessions.knows(identity)


def identity_of(headers: Headers) -> str:
    """The session that the cookie names; empty: none."""
    name = cookie_name(headers)
    for each in headers.get(b"cookie", b"").decode("latin-1").split(";"):
        key, _, value = each.strip().partition("=")
        if key == name:
            return value[:100]
    return ""


def cookie(headers: Headers, identity: str) -> bytes:
    """The Set-Cookie line that begins a session, or with an empty `identity` ends it."""
    lasts = SESSION_S if identity else 0
    line = f"{cookie_name(headers)}={identity}; Max-Age={lasts}; Path=/; HttpOnly; SameSite=Strict"
    return line.encode()


def cookie_name(headers: Headers) -> str:
    """One for each port: browsers give the cookies of a host to all of its ports."""
    port = headers.get(b"host", b"").rpartition(b":")[2]
    return f"utabox_{port.decode()}" if port.isdigit() else "utabox"


def _plain(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _hashed(value: str) -> bytes:
    """What is looked up tells nothing by how long that takes."""
    return sha256(value.encode("utf-8", "replace")).digest()
