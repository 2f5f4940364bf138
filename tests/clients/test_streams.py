"""The streams by pybit and by websockets, unmodified; pybit is pointed by its URL templates."""

from __future__ import annotations

import gc
import json
import queue
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pybit import _websocket_trading, unified_trading
from tests.actors import SPEC, Actor, Exchange, oracle
from tests.clients.live import HOUR, refusal
from websockets.sync.client import connect

WAIT_S = 10.0
QUIET_S = 0.3
"""How long nothing must come, where nothing is to come."""

SAID = ("auth", "wallet", "order", "position")
"""What `private` says, one word of each message."""

Messages = queue.Queue[dict[str, Any]]


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    return exchange.account(USDT="10000")


@pytest.fixture(autouse=True)
def _pointed(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pybit has no option for it: it fills in these templates."""
    base = address(exchange)
    monkeypatch.setattr(unified_trading, "PRIVATE_WSS", f"{base}/v5/private")
    monkeypatch.setattr(unified_trading, "PUBLIC_WSS", f"{base}/v5/public/{{CHANNEL_TYPE}}")
    monkeypatch.setattr(_websocket_trading, "TRADE_WSS", f"{base}/v5/trade")


def address(exchange: Exchange) -> str:
    return exchange.server.url.replace("http://", "ws://")


@contextmanager
def pybit(channel: str, **options: Any) -> Iterator[unified_trading.WebSocket]:
    """A connection that is closed in the end, with its thread."""
    bounded = {"ping_interval": 2, "ping_timeout": 1, **options}  # its end may take a ping_timeout
    stream = unified_trading.WebSocket(channel, testnet=True, **bounded)
    try:
        yield stream
    finally:
        stream.exit()
        stream.wst.join(WAIT_S)


@contextmanager
def private(
    actor: Actor, *, venue: str = "", **options: Any
) -> Iterator[tuple[unified_trading.WebSocket, Messages]]:
    """One that hears of the wallet, the orders and the positions of `actor`."""
    heard: Messages = queue.Queue()
    keys = {"api_key": actor.api_key, "api_secret": actor.secret, **options}
    with pybit("private", **keys) as stream:
        stream.wallet_stream(heard.put)
        stream.order_stream(heard.put)
        stream.position_stream(heard.put)
        said(actor.exchange, *SAID, venue=venue)
        yield stream, heard


def said(exchange: Exchange, *words: str, venue: str = "") -> list[dict[str, Any]]:
    """The log of the streams, once each of `words` is in it, in this order: pybit does not wait."""
    until = time.monotonic() + WAIT_S
    logged: list[dict[str, Any]] = []
    while len(logged) < len(words) and time.monotonic() < until:
        entries = exchange.control("GET", f"{venue}/-/requests/all")
        logged = [entry for entry in entries if entry["method"] == "WS"]
    assert all(word in entry["body"] for word, entry in zip(words, logged, strict=True))
    return logged


def nothing_comes(heard: Messages) -> bool:
    try:
        heard.get(timeout=QUIET_S)
    except queue.Empty:
        return True
    return False


def coins(message: dict[str, Any]) -> list[str]:
    (row,) = message["data"]
    return [each["coin"] for each in row["coin"]]


# --- pybit ----------------------------------------------------------------------------------------


def test_the_wallet(exchange: Exchange, alice: Actor) -> None:
    """A message after each change, and none after what is not one."""
    exchange.control(
        "POST", f"/-/accounts/{alice.uid}/fund", {"coin": "BTC", "amount": "1", "wallet": "FUND"}
    )
    bob = exchange.account(USDT="10000")
    with private(alice) as (_, heard):
        assert alice.post("/v5/account/borrow", coin="ETH", amount="1").retCode == 0
        borrowed = heard.get(timeout=WAIT_S)
        moved = alice.post(
            "/v5/asset/transfer/inter-transfer",
            transferId=str(uuid.uuid4()), coin="BTC", amount="1",
            fromAccountType="FUND", toAccountType="UNIFIED",
        )  # fmt: skip
        assert moved.retCode == 0
        arrived = heard.get(timeout=WAIT_S)
        alice.post("/v5/account/set-collateral-switch", coin="BTC", collateralSwitch="OFF")
        switched = heard.get(timeout=WAIT_S)

        bob.post("/v5/account/borrow", coin="ETH", amount="1")
        exchange.control("PUT", "/-/prices/BTC", {"price": "90000"})
        assert nothing_comes(heard)

    assert [coins(each) for each in (borrowed, arrived, switched)] == [["ETH"], ["BTC"], ["BTC"]]
    (coin,) = switched["data"][0]["coin"]
    assert (coin["walletBalance"], coin["collateralSwitch"]) == ("1", False)


def test_what_the_example_has(alice: Actor) -> None:
    """Member for member in the documented kinds and order; colRes is in the page's table only."""
    documented = oracle().load_example("websocket/private/wallet", root=SPEC / "examples")
    with private(alice) as (_, heard):
        alice.fund(BTC="1")
        message = heard.get(timeout=WAIT_S)

    assert message["data"][0]["coin"][0].pop("colRes") == "0"
    assert oracle().compare(message, documented) == []
    (row,), (known,) = message["data"], documented["data"]
    assert ([*message], [*row]) == ([*documented], [*known])
    assert [*row["coin"][0]] == [*known["coin"][0]]


def test_it_may_leave_a_topic(alice: Actor) -> None:
    """Pybit sends the number of its subscription again, and waits for that in the answer."""
    with private(alice) as (stream, heard):
        stream.unsubscribe("wallet")
        said(alice.exchange, *SAID, "unsubscribe")
        alice.fund(BTC="1")
        assert nothing_comes(heard)
        assert stream.get_subscription_topics() == ["order", "position"]


def test_a_public_channel(exchange: Exchange) -> None:
    """Subscribed, and silent: the log says why. A key goes to no public channel."""
    heard: Messages = queue.Queue()
    with pybit("linear", api_key="unused", api_secret="unused") as stream:
        stream.ticker_stream("BTCUSDT", heard.put)
        (entry,) = said(exchange, "tickers.BTCUSDT")
        assert nothing_comes(heard)

    assert (entry["path"], entry["retCode"], entry["apiKey"]) == ("/v5/public/linear", 0, "")
    assert entry["why"]["rule"] == "Some topics are accepted and send nothing yet."


def test_the_trade_channel(exchange: Exchange, alice: Actor) -> None:
    """Let in; an order is refused with the exchange's code for what it does not have."""
    keys = {"api_key": alice.api_key, "api_secret": alice.secret}
    stream = unified_trading.WebSocketTrading(testnet=True, ping_interval=2, ping_timeout=1, **keys)
    try:
        stream.place_order(print, category="linear", symbol="BTCUSDT", side="Buy", qty="1")
        auth, order = said(exchange, "auth", "order.create")
        assert stream.is_connected()
    finally:
        stream.exit()
        stream.wst.join(WAIT_S)

    assert (auth["path"], auth["retCode"], order["retCode"]) == ("/v5/trade", 0, 10404)


def test_its_pings_are_answered(alice: Actor) -> None:
    """Both kinds, of its library and its own, which hears of no pong."""
    with private(alice, ping_interval=1, ping_timeout=0.9) as (stream, heard):
        assert heard.empty()
        first = stream.ws.last_pong_tm
        for _ in range(100):
            if stream.ws.last_pong_tm > first:
                break
            stream.wst.join(0.1)
        assert stream.ws.last_pong_tm > first
        assert stream.is_connected()
        alice.fund(BTC="1")
        assert coins(heard.get(timeout=WAIT_S)) == ["BTC"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_wrong_secret(alice: Actor, caplog: pytest.LogCaptureFixture) -> None:
    """Pybit logs its own advice with our answer, and gives the connection up."""
    with pybit("private", api_key=alice.api_key, api_secret="not the secret") as stream:
        stream.wst.join(WAIT_S)
        assert (stream.auth, stream.is_connected(), stream.wst.is_alive()) == (False, False, False)

    assert "Please check your API keys and resync your system time." in caplog.text
    assert "'ret_msg': 'error sign', 'op': 'auth'" in caplog.text
    assert "with the secret of this key" in refusal(alice.exchange)["why"]["hint"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_stale_clock(alice: Actor, caplog: pytest.LogCaptureFixture) -> None:
    """Its expiry is one second ahead, so a client behind is refused; the log says by how much."""
    alice.exchange.clock.advance(HOUR)
    with pybit("private", api_key=alice.api_key, api_secret=alice.secret) as stream:
        stream.wst.join(WAIT_S)

    assert "'ret_msg': 'Params Error', 'op': 'auth'" in caplog.text
    assert "ms before it" in refusal(alice.exchange)["why"]["seen"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_it_connects_again_and_goes_on(exchange: Exchange) -> None:
    """A venue that is reset sends everybody away: pybit authenticates and subscribes anew."""
    made = exchange.control("POST", "/-/venues", {"name": "other"})
    there = Actor(exchange, 0, made["apiKey"], made["apiSecret"])
    with private(there, venue="/venues/other") as (_, heard):
        exchange.control("POST", "/-/venues/other/reset")
        said(exchange, *SAID, *SAID, venue="/venues/other")
        assert there.post("/v5/account/borrow", coin="ETH", amount="1").retCode == 0
        assert coins(heard.get(timeout=WAIT_S)) == ["ETH"]
    gc.collect()  # its library leaves the first socket open


# --- websockets -----------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["private", "trade", "public/linear"])
@pytest.mark.parametrize("query", ["max_active_time=30s", "max_active_time=1m", "other=1"])
def test_a_query(exchange: Exchange, channel: str, query: str) -> None:
    """How long the connection may be quiet is asked for in the URL; the page names two forms."""
    with connect(f"{address(exchange)}/v5/{channel}?{query}") as connection:
        connection.send('{"op": "ping"}')
        assert "pong" in connection.recv(WAIT_S)


def test_compressed_messages(alice: Actor) -> None:
    """Offered, as the exchange offers it (trading-semantics 7.2), and of use for a wallet."""
    with connect(f"{address(alice.exchange)}/v5/private") as connection:
        offered = [each.name for each in connection.protocol.extensions]
        connection.send('{"op": "ping"}')
        assert json.loads(connection.recv(WAIT_S))["op"] == "pong"

    assert offered == ["permessage-deflate"]
