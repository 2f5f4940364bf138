"""The streams by bybit-api for Node, unmodified: `streams.mjs` listens, its `wsUrl` is set."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.actors import Actor, Exchange
from tests.clients.live import refusal, requests

HERE = Path(__file__).parent
INSTALLED = shutil.which("node") is not None and (HERE / "node_modules" / "bybit-api").is_dir()
WAIT_S = 20.0

pytestmark = pytest.mark.skipif(
    not INSTALLED, reason="Node or its bybit-api is not installed: install Node 20, `make test`"
)

Events = Iterator[list[Any]]
"""Of each its name and what it holds."""


@contextmanager
def bybit_api(
    exchange: Exchange, path: str, *topics: str, category: str = "", **options: Any
) -> Iterator[Events]:
    """What the client tells, event by event, without the one that says that it is connected."""
    where = exchange.server.url.replace("http://", "ws://") + path
    asked = {"options": {"wsUrl": where, **options}, "topics": topics, "category": category}
    with subprocess.Popen(
        ["node", "streams.mjs", json.dumps(asked)],
        cwd=HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        bound = threading.Timer(WAIT_S, process.kill)  # it ends what is waited for below
        bound.start()
        try:
            assert process.stdout is not None
            events: Events = (json.loads(line) for line in process.stdout)
            assert next(events) == ["open", {}]
            yield events
        finally:
            bound.cancel()
            process.kill()


def account(actor: Actor) -> dict[str, str]:
    return {"key": actor.api_key, "secret": actor.secret}


def test_the_wallet(exchange: Exchange) -> None:
    """The client authenticates by itself, subscribes, and hands each change on."""
    alice = exchange.account(USDT="10000")
    with bybit_api(exchange, "/v5/private", "wallet", "order", **account(alice)) as events:
        name, authenticated = next(events)
        assert (name, authenticated["success"]) == ("authenticated", True)
        assert authenticated["req_id"] == "v5Private-auth"
        name, response = next(events)
        assert (name, response["op"], response["req_id"]) == (
            "response", "subscribe", "wallet,order",
        )  # fmt: skip
        assert alice.post("/v5/account/borrow", coin="ETH", amount="1").retCode == 0
        name, update = next(events)

    assert (name, update["topic"]) == ("update", "wallet")
    (row,) = update["data"]
    assert [each["coin"] for each in row["coin"]] == ["ETH"]


def test_its_pings_are_answered(exchange: Exchange) -> None:
    """It would connect again 100 ms after a ping without an answer."""
    alice = exchange.account(USDT="10000")
    often: dict[str, Any] = {"pingInterval": 200, "pongTimeout": 100, **account(alice)}
    with bybit_api(exchange, "/v5/private", "wallet", **often) as events:
        assert [next(events)[0] for _ in range(2)] == ["authenticated", "response"]
        threading.Event().wait(0.7)
        alice.fund(BTC="1")
        assert next(events)[0] == "update"


def test_a_wrong_secret(exchange: Exchange) -> None:
    """An exception, of the client's own kind; the log says what to sign."""
    alice = exchange.account()
    wrong = {**account(alice), "secret": "not the secret"}
    with bybit_api(exchange, "/v5/private", "wallet", **wrong) as events:
        name, told = next(events)

    assert (name, told["success"], told["ret_msg"]) == ("exception", False, "error sign")
    assert "GET/realtime" in refusal(exchange)["why"]["expected"]


@pytest.mark.parametrize(
    ("category", "topics"),
    [
        ("linear", ["tickers.BTCUSDT", "orderbook.50.BTCUSDT", "kline.D.BTCUSDT"]),
        ("spot", ["publicTrade.BTCUSDT"]),
        ("inverse", ["allLiquidation.BTCUSD"]),
    ],
)
def test_public_channels(exchange: Exchange, category: str, topics: list[str]) -> None:
    with bybit_api(exchange, f"/v5/public/{category}", *topics, category=category) as events:
        name, told = next(events)

    assert (name, told["success"], told["req_id"]) == ("response", True, ",".join(topics))
    assert requests(exchange)[-1]["path"] == f"/v5/public/{category}"


def test_the_option_channel(exchange: Exchange) -> None:
    """Its answers have no `op`, as documented, so this client takes them for an update."""
    known = exchange.get("/v5/market/instruments-info?category=option&limit=1").result["list"]
    topic = f"tickers.{known[0]['symbol']}"
    with bybit_api(exchange, "/v5/public/option", topic, category="option") as events:
        name, told = next(events)

    assert (name, told["type"]) == ("update", "COMMAND_RESP")
    assert told["data"] == {"failTopics": [], "successTopics": [topic]}


def test_a_topic_that_is_not_there(exchange: Exchange) -> None:
    """An exception with the exchange's text, and the log has the nearest."""
    with bybit_api(exchange, "/v5/public/linear", "tickers.btcusdt", category="linear") as events:
        name, told = next(events)

    assert (name, told["ret_msg"]) == (
        "exception", "error:handler not found,topic:tickers.btcusdt",
    )  # fmt: skip
    assert refusal(exchange)["why"]["hint"] == "Write the symbol in capitals."
