"""A client of the streams, written from the specification: text in, text out."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.actors import Actor, Exchange
from websockets.sync.client import ClientConnection, connect

TIMEOUT_S = 10.0
QUIET_S = 0.2
"""How long nothing must come, where nothing is to come."""


class Listener:
    """One connection to a channel."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def say(self, said: dict[str, Any] | str) -> dict[str, Any]:
        """Send a message, and return the next one that comes."""
        self.connection.send(said if isinstance(said, str) else json.dumps(said))
        return self.next()

    def next(self) -> dict[str, Any]:
        """The next message."""
        message: dict[str, Any] = json.loads(self.connection.recv(TIMEOUT_S))
        return message

    def auth(self, actor: Actor, **changed: Any) -> dict[str, Any]:
        """Be let in as `actor`; `changed` replaces a part after signing."""
        expires = changed.pop("expires", actor.exchange.clock() + 1000)
        parts = {"key": actor.api_key, "expires": expires, "sign": signed(actor, expires)}
        return self.say({"op": "auth", "args": [*{**parts, **changed}.values()]})

    def subscribe(self, *topics: str) -> dict[str, Any]:
        return self.say({"op": "subscribe", "args": topics})

    def nothing_comes(self) -> bool:
        """Whether no message comes for a while."""
        try:
            self.connection.recv(QUIET_S)
        except TimeoutError:
            return True
        return False


def signed(actor: Actor, expires: int) -> str:
    """Source: docs/v5/ws/connect."""
    text = f"GET/realtime{expires}"
    return hmac.new(actor.secret.encode(), text.encode(), hashlib.sha256).hexdigest()


@contextmanager
def listening(exchange: Exchange, path: str, host: str = "", **options: Any) -> Iterator[Listener]:
    """A connection to `path`, such as /v5/private; `host` is one of the exchange's."""
    where = urlsplit(exchange.server.url)
    assert where.hostname is not None
    with (
        socket.create_connection((where.hostname, where.port or 0), TIMEOUT_S) as sock,
        connect(f"ws://{host or where.netloc}{path}", sock=sock, **options) as connection,
    ):
        yield Listener(connection)


@contextmanager
def hearing(
    actor: Actor, *topics: str, path: str = "/v5/private", **options: Any
) -> Iterator[Listener]:
    """A connection that was let in as `actor` and has subscribed."""
    with listening(actor.exchange, path, **options) as listener:
        assert listener.auth(actor)["success"]
        assert listener.subscribe(*topics)["success"]
        yield listener
