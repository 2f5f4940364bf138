"""What a failed signature check leaves for the search that explains it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from utabox.server.messages import Request
from utabox.server.signature import Verifier, signed_text


class Evidence(msgspec.Struct, frozen=True):
    """What a failed signature check had before it. Nothing in it changes later."""

    request: Request
    timestamp: bytes
    api_key: bytes
    recv_window: bytes  # as sent, empty when it was not
    signature: bytes
    verifier: Verifier
    siblings: Callable[[], Iterable[tuple[str, Verifier]]]
    """The other keys of the account, by key id; asked for only when nothing else fits."""

    @property
    def payload(self) -> bytes:
        return self.request.query if self.request.method == "GET" else self.request.body

    @property
    def text(self) -> bytes:
        """What the server signed."""
        return self.standard(self.payload)

    def standard(self, payload: bytes) -> bytes:
        return signed_text(self.timestamp, self.api_key, self.recv_window, payload)
