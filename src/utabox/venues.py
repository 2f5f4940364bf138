"""A venue: one isolated exchange, with its accounts, its keys, its time and its journal."""

from __future__ import annotations

from utabox.runtime import Runtime
from utabox.seal import Sealer
from utabox.server.auth import Keyring
from utabox.server.limits import RateLimiter
from utabox.server.request_log import ENTRIES_MAX, RequestLog
from utabox.terms import Environment


class Venue:
    """What a server needs to know of one venue; the exchange itself is in `runtime`.

    Args:
        environment: Where accounts are made that name none.
    """

    def __init__(
        self,
        runtime: Runtime,
        sealer: Sealer,
        limiter: RateLimiter,
        requests_kept: int = ENTRIES_MAX,
        environment: Environment = Environment.MAINNET,
    ) -> None:
        self.runtime = runtime
        self.sealer = sealer
        self.keyring = Keyring(sealer)
        self.limiter = limiter
        self.environment = environment
        self.log = RequestLog(
            requests_kept, keyring=self.keyring, knows=lambda name: name in runtime.state.keys
        )

    def sealed(self, api_key: str, secret: str) -> bytes:
        """`secret` as the state of this venue holds it, for this key only."""
        return self.sealer.seal(secret.encode(), api_key.encode())
