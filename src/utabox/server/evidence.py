"""What a failed signature check leaves for the search that explains it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from utabox.server.excerpts import Mask
from utabox.server.messages import Request
from utabox.server.signature import HmacVerifier, Verifier, signed_text


class Budget:
    """How much work one explanation may cost, in bytes written or half a nanosecond's hashing."""

    __slots__ = ("left",)

    def __init__(self, work: int) -> None:
        self.left = work

    def spend(self, work: int) -> bool:
        """Whether there is enough left for this; it is spent then."""
        self.left -= work
        return self.left >= 0


class Evidence(msgspec.Struct, frozen=True):
    """What a failed signature check had before it.

    Nothing in it changes later, but for keys of the account that are deleted meanwhile.
    """

    request: Request
    timestamp: bytes
    api_key: bytes
    recv_window: bytes  # as sent, empty when it was not
    signature: bytes
    verifier: Verifier
    siblings: Callable[[], Iterable[tuple[str, Verifier]]]
    """The other keys of the account that there were at the time, by key id; asked for only when
    nothing else fits."""

    @property
    def mask(self) -> Mask:
        """Hides the signature and the key's secret where they stand in a text."""
        known = self.verifier
        finders = [known.finder()] if isinstance(known, HmacVerifier) else []
        return Mask(recognisable=(self.signature,), finders=finders)

    @property
    def payload(self) -> bytes:
        return self.request.query if self.request.method == "GET" else self.request.body

    @property
    def text(self) -> bytes:
        """What the server signed."""
        return self.standard(self.payload)

    def standard(self, payload: bytes) -> bytes:
        return signed_text(self.timestamp, self.api_key, self.recv_window, payload)
