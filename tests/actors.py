"""Who acts in the tests: an exchange on a free port, and accounts that call it over HTTP.

The client here is written from the specification (account-semantics 3), with the standard
library only: it shares no code with the server.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from utabox.clock import ManualClock
from utabox.embedded import Server
from utabox.journal import Journal
from utabox.journal.memory import MemoryJournal

SPEC = Path(__file__).resolve().parents[2] / "shared" / "spec"
T0 = 1_748_312_640_123  # 2025-05-27 02:24:00.123 UTC, minute 24 of its hour


class Reply(NamedTuple):
    """One answer, parsed."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def retCode(self) -> int:  # noqa: N802  the wire's name
        return int(self.json["retCode"])

    @property
    def retMsg(self) -> str:  # noqa: N802
        return str(self.json["retMsg"])

    @property
    def result(self) -> dict[str, Any]:
        result: dict[str, Any] = self.json["result"]
        return result


class Wire:
    """One keep-alive connection."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)

    def send(
        self, method: str, target: str, headers: dict[str, str], body: bytes | None = None
    ) -> Reply:
        self._connection.request(method, target, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        return Reply(
            response.status, {name.lower(): v for name, v in response.getheaders()}, content
        )

    def close(self) -> None:
        self._connection.close()


class Actor:
    """One account with one key."""

    def __init__(self, exchange: Exchange, uid: int, api_key: str, secret: str) -> None:
        self.exchange = exchange
        self.uid = uid
        self.api_key = api_key
        self.secret = secret

    def headers(self, payload: str, **changed: str | int | None) -> dict[str, str]:
        """Signed headers; `changed` replaces a value after signing, None leaves it out."""
        timestamp = str(changed.pop("timestamp", None) or self.exchange.clock())
        window = str(changed.pop("recv_window", None) or 5000)
        text = timestamp + self.api_key + window + payload
        sign = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        headers: dict[str, str | int | None] = {
            "X-BAPI-API-KEY": self.api_key,
            "X-BAPI-TIMESTAMP": timestamp,
            "X-BAPI-RECV-WINDOW": window,
            "X-BAPI-SIGN": sign,
            "X-BAPI-SIGN-TYPE": "2",
        }
        headers.update({f"X-BAPI-{k.upper().replace('_', '-')}": v for k, v in changed.items()})
        return {name: str(value) for name, value in headers.items() if value is not None}

    def get(self, path: str, query: str = "", **changed: str | int | None) -> Reply:
        target = f"{path}?{query}" if query else path
        return self.exchange.wire.send("GET", target, self.headers(query, **changed))

    def post(self, path: str, **body: Any) -> Reply:
        return self.post_text(path, json.dumps(body))

    def post_text(self, path: str, text: str, **changed: str | int | None) -> Reply:
        headers = {**self.headers(text, **changed), "Content-Type": "application/json"}
        return self.exchange.wire.send("POST", path, headers, text.encode())

    @property
    def info(self) -> dict[str, Any]:
        """The eight fields of account info."""
        return self.get("/v5/account/info").result

    def set(self, **profile: Any) -> None:
        """What the exchange decides about an account, set from outside its API."""
        self.exchange.control("PATCH", f"/-/accounts/{self.uid}", profile)

    def fund(self, **amounts: str) -> None:
        for coin, amount in amounts.items():
            body = {"coin": coin, "amount": amount}
            self.exchange.control("POST", f"/-/accounts/{self.uid}/fund", body)

    def key(self, **wanted: Any) -> Actor:
        """The same account with another key."""
        made = self.exchange.control("POST", "/-/keys", {"uid": self.uid, **wanted})
        secret = wanted.get("secret") or made.get("secret", "")
        return Actor(self.exchange, self.uid, made["apiKey"], secret)


class Exchange:
    """One running server with a clock that stands still."""

    def __init__(self, server: Server, clock: ManualClock, journal: Journal) -> None:
        self.server = server
        self.clock = clock
        self.journal = journal
        self.wire = Wire(server.url)

    def account(
        self, *, kind: int = 5, parent: int = 0, vip: str = "No VIP", **funds: str
    ) -> Actor:
        """A new account with a key that may do everything, holding `funds` by coin."""
        wanted = {"kind": kind, "parentUid": parent, "vipLevel": vip}
        uid = self.control("POST", "/-/accounts", wanted)["uid"]
        made = self.control("POST", "/-/keys", {"uid": uid})
        actor = Actor(self, uid, made["apiKey"], made["secret"])
        actor.fund(**funds)
        return actor

    def get(self, path: str) -> Reply:
        """An unsigned GET."""
        return self.wire.send("GET", path, {})

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A call of a control door; its failure fails the test."""
        reply = self.control_reply(method, path, body)
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def control_reply(self, method: str, path: str, body: Any = None) -> Reply:
        headers = {"Authorization": f"Bearer {self.server.token}"}
        content = json.dumps(body).encode() if body is not None else None
        return self.wire.send(method, path, headers, content)

    def close(self) -> None:
        self.wire.close()

    @property
    def why(self) -> dict[str, Any]:
        """The explanation of the last refusal."""
        refused = self.control("GET", "/-/requests?refused=1&limit=1")
        why: dict[str, Any] = refused[-1]["why"]
        return why

    @property
    def entries(self) -> int:
        """How long the journal is."""
        return self.server.call(lambda: self.server.venue.runtime.state.seq)


@contextmanager
def running(now: int = T0, **settings: Any) -> Iterator[Exchange]:
    """An exchange whose clock stands at `now`, ms."""
    clock, journal = ManualClock(now), MemoryJournal()
    with (
        Server(clock=clock, journal=journal, **settings) as server,
        closing(Exchange(server, clock, journal)) as exchange,
    ):
        yield exchange
        assert server.service.gateway.crashes == 0


def oracle() -> ModuleType:
    """The comparison with documented examples, which lies beside the repository.

    Skips, by name, in a clone that has no such folder.
    """
    if not SPEC.is_dir():
        pytest.skip("conformance data (../shared/spec) is not beside this clone")
    if str(SPEC) not in sys.path:
        sys.path.insert(0, str(SPEC))
    import check_examples

    module: ModuleType = check_examples
    return module
