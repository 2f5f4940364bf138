"""A request and its reply, free of any transport.

The HTTP protocol, the API explorer, a test or another server make a `Request` and get a `Reply`.
Both are plain slotted classes: one of each is made for every call on the hot path.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Literal, NamedTuple

JSON_TYPE = b"application/json; charset=utf-8"

Signature = Literal["checked", "unchecked", "none"]
"""`checked`: compared, and it may have been wrong; `unchecked`: of an adopted key, taken as it was;
`none`: no check came that far, or the endpoint is public."""


class Request:
    """One call, as it came over the wire: nothing decoded, nothing sorted."""

    __slots__ = (
        "body",
        "headers",
        "large_head",
        "method",
        "path",
        "peer",
        "query",
        "signature",
        "venue",
    )

    def __init__(
        self,
        method: str,
        path: str,
        query: bytes = b"",
        headers: dict[bytes, bytes] | None = None,
        body: bytes = b"",
        peer: str = "127.0.0.1",
    ) -> None:
        self.method = method
        """As written by the client; methods are case-sensitive."""
        self.path = path
        """The path as it stood on the request line, not percent-decoded."""
        self.query = query
        """The bytes after `?`, exactly as sent: they are what a GET signs."""
        self.headers = headers if headers is not None else {}
        """Names in lower case. Of a repeated header the first value stands. One of them is Host,
        which says to which of the exchange's environments the request came."""
        self.body = body
        """Exactly as sent, after removal of a chunked transfer coding: what a POST signs."""
        self.peer = peer
        """The client's IP address, without port."""
        self.large_head = False
        """Whether the head came in more bytes than an ordinary one has: not worth keeping."""
        self.signature: Signature = "none"
        """What the door did with its signature; the door says so."""
        self.venue = ""
        """The venue that the base URL named, or the switchboard found. `path` is without it."""


class Reply:
    """One answer: status, rendered header lines, body."""

    __slots__ = ("body", "head", "status")

    def __init__(self, status: int, head: bytes, body: bytes) -> None:
        self.status = status
        self.head = head
        """Header lines `Name: value`, each ended by CRLF, without the ones of the transport:
        Content-Length, Connection and Date are added by whoever writes the reply out."""
        self.body = body

    @property
    def headers(self) -> dict[str, str]:
        """The header lines as a dict with names in lower case."""
        lines = self.head.decode("latin-1").split("\r\n")[:-1]
        pairs = (line.split(": ", 1) for line in lines)
        return {name.lower(): value for name, value in pairs}

    @property
    def phrase(self) -> str:
        """The reason phrase of the status, for people."""
        return HTTPStatus(self.status).phrase


Cut = Literal["before", "middle", "after"]
"""Where an answer ends too soon, and its connection with it: before its first byte, in the middle
of its body, or behind its last byte."""


class CutReply(Reply):
    """An answer with which the connection ends; only one that was held may be such."""

    __slots__ = ("cut", "reset")

    def __init__(self, whole: Reply, cut: Cut, reset: bool) -> None:
        super().__init__(whole.status, whole.head, whole.body)
        self.cut: Cut = cut
        self.reset = reset
        """Whether it ends with RST, not with FIN."""


class Unread(NamedTuple):
    """What could not be read as a request, or was too large or too slow to be one."""

    peer: str
    target: bytes  # as far as it was understood
    status: int
    sentence: str  # for the body of the reply; none for malformed HTTP
    detail: str  # what was wrong, for the log


UnreadHandler = Callable[[Unread], Reply]

Release = Callable[[Request, Reply], None]
"""How a held answer leaves: called once, on the event loop, when what it says is durable."""

Handler = Callable[[Request, Release], Reply | None]
"""Answers a request at once, or returns None and calls `release` later. It never raises."""
