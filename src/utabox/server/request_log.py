"""What was asked and answered lately, with the why of every refusal.

Writing costs the hot path one tuple; everything is formatted when somebody reads.
"""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from utabox.server.messages import Request
from utabox.why import Why

ENTRIES_MAX = 2_000
KEPT_BYTES_MAX = 4_096
"""Of a query or a body; a request of 1 MiB does not stay in memory for being logged."""

SHOWN_HEADERS = (
    b"user-agent",
    b"x-bapi-timestamp",
    b"x-bapi-recv-window",
    b"x-bapi-sign-type",
    b"content-type",
    b"referer",
    b"x-referer",
    b"cdn-request-id",
)

SHOWN_OF_SIGNATURE = 6
_IN_BAND = re.compile(r'((?:sign|signature|\w*secret)(?:=|"\s*:\s*"))[^&"]+', re.IGNORECASE)

LazyWhy = Callable[[], Why]
LoggedFields = tuple[int, int, Request, int, int | None, str, int, LazyWhy | None]


class Logged(NamedTuple):
    """One call, unformatted."""

    time: int  # ms, the venue's clock
    took_ns: int
    request: Request
    status: int
    ret_code: int | None  # None: the edge answered, without an envelope
    ret_msg: str
    uid: int  # 0: not known
    why: LazyWhy | None


class LogEntry(msgspec.Struct, frozen=True):
    """One call as people and programs read it."""

    number: int
    time: int
    method: str
    path: str
    query: str
    body: str
    headers: dict[str, str]
    peer: str
    apiKey: str
    uid: int
    status: int
    retCode: int | None
    retMsg: str
    tookMicroseconds: int
    why: Why | None


class RequestLog:
    """The last calls of one venue, bounded in number and in the size of each."""

    def __init__(self, entries_max: int = ENTRIES_MAX) -> None:
        self._entries: deque[LoggedFields] = deque(maxlen=entries_max)
        self.count = 0
        """Calls since the start, kept or not."""
        self.watchers: list[Callable[[LogEntry], None]] = []
        """Told of every call, formatted; each watcher costs every call."""

    def add(self, *logged: *LoggedFields) -> None:
        """Remember one call: the fields of `Logged`, in their order."""
        request = logged[2]
        if len(request.body) > KEPT_BYTES_MAX or len(request.query) > KEPT_BYTES_MAX:
            logged = _cut(Logged(*logged))
        self.count += 1
        self._entries.append(logged)
        if self.watchers:
            entry = describe(self.count, Logged(*logged))
            for watcher in self.watchers:
                watcher(entry)

    def read(
        self, *, after: int = 0, limit: int = 100, refused: bool = False, uid: int = 0
    ) -> list[LogEntry]:
        """The newest `limit` calls that fit, oldest of them first.

        Args:
            after: Only calls with a greater number.
            refused: Only calls with a retCode other than 0, or none, or with a why.
            uid: Only calls of this account; 0: of any.
        """
        first = self.count - len(self._entries) + 1
        newest_first = (Logged(*fields) for fields in reversed(self._entries))
        numbered = zip(range(self.count, first - 1, -1), newest_first, strict=True)
        fitting = (
            (number, logged)
            for number, logged in numbered
            if number > after
            and (not refused or logged.why is not None or logged.ret_code != 0)
            and uid in (0, logged.uid)
        )
        newest = list(itertools.islice(fitting, limit))
        return [describe(number, logged) for number, logged in reversed(newest)]


def describe(number: int, logged: Logged) -> LogEntry:
    """Format one call. Signatures and secrets are left out."""
    request = logged.request
    signature = request.headers.get(b"x-bapi-sign", b"").decode("latin-1")
    return LogEntry(
        number=number,
        time=logged.time,
        method=request.method,
        path=request.path,
        query=_redacted(request.query.decode("utf-8", "replace"), signature),
        body=_redacted(request.body.decode("utf-8", "replace"), signature),
        headers={
            name.decode(): request.headers[name].decode("latin-1")
            for name in SHOWN_HEADERS
            if name in request.headers
        },
        peer=request.peer,
        apiKey=request.headers.get(b"x-bapi-api-key", b"").decode("latin-1"),
        uid=logged.uid,
        status=logged.status,
        retCode=logged.ret_code,
        retMsg=_redacted(logged.ret_msg, signature),
        tookMicroseconds=logged.took_ns // 1000,
        why=logged.why() if logged.why is not None else None,
    )


def _redacted(text: str, signature: str) -> str:
    """`text` without the request's signature, nor one, nor a secret, in the manner of V2."""
    if len(signature) > SHOWN_OF_SIGNATURE:
        text = text.replace(signature, f"{signature[:SHOWN_OF_SIGNATURE]}...")
    return _IN_BAND.sub(r"\1...", text)


def _cut(logged: Logged) -> Logged:
    """The same call without most of what it sent; its why is built while all of it is there."""
    request = logged.request
    kept = Request(
        request.method,
        request.path,
        request.query[:KEPT_BYTES_MAX],
        request.headers,
        request.body[:KEPT_BYTES_MAX],
        request.peer,
    )
    why = logged.why() if logged.why is not None else None
    return logged._replace(
        request=kept,
        ret_msg=logged.ret_msg[:KEPT_BYTES_MAX],
        why=None if why is None else lambda: why,
    )
