"""The streams: who may listen, what each channel answers, and what happens to a connection."""

from __future__ import annotations

import json
import threading
import time
from contextlib import closing, suppress
from decimal import Decimal
from typing import Any

import pytest
from tests.actors import SPEC, Actor, Exchange, Wire, oracle, running
from tests.journal.faults import GatedJournal
from tests.server.test_serving import real_time
from tests.streaming import Listener, hearing, listening, signed
from websockets.exceptions import ConnectionClosed, InvalidStatus

from utabox.embedded import Server
from utabox.engine.account.funding import Fund
from utabox.journal.memory import MemoryJournal
from utabox.server.streams import _quiet_s
from utabox.stream import Channel

PRIVATE = "/v5/private"


def example(name: str) -> dict[str, Any]:
    """A documented message, of websocket/connect or /trade."""
    oracle()  # skips by name where the specification is not
    found: dict[str, Any] = json.loads((SPEC / "examples/websocket" / name).read_text())
    return found


def alike(message: dict[str, Any], name: str, *but: str) -> bool:
    """Whether members, their order and all values but those of `but` are the example's."""
    documented = example(name)
    return [*message.items()] == [
        (member, message[member] if member in but else value)
        for member, value in documented.items()
    ]


# --- what each channel answers: docs/v5/ws/connect --------------------------------------------


def test_the_private_channel(exchange: Exchange) -> None:
    alice = exchange.account()
    with listening(exchange, PRIVATE) as listener:
        assert alike(listener.auth(alice), "connect/auth.response.json", "conn_id")
        made = listener.subscribe("wallet")
        assert alike(made, "connect/subscribe.response.private.json", "conn_id")
        pong = listener.say({"req_id": "test", "op": "ping"})
        assert alike(pong, "connect/ping.response.json", "args", "conn_id")
        assert pong["args"] == [str(exchange.clock())]
        ended = listener.say({"req_id": "7", "op": "unsubscribe", "args": ["wallet"]})
        assert ended == {**made, "op": "unsubscribe", "req_id": "7"}


def test_the_public_channels(exchange: Exchange) -> None:
    with listening(exchange, "/v5/public/linear") as listener:
        made = listener.subscribe("tickers.BTCUSDT")
        assert alike(made, "connect/subscribe.response.public-future.json", "conn_id")
        pong = listener.say({"op": "ping"})
        assert alike(pong, "connect/ping.response.future.json", "conn_id")
    with listening(exchange, "/v5/public/spot") as listener:
        made = listener.say({"req_id": "10001", "op": "subscribe", "args": ["tickers.BTCUSDT"]})
        assert alike(made, "connect/subscribe.response.public-spot.json", "conn_id")
        pong = listener.say({"op": "ping"})
        assert alike(pong, "connect/ping.response.spot.json", "conn_id")
    with listening(exchange, "/v5/public/option") as listener:
        made = listener.subscribe("publicTrade.BTC")
        assert alike(made, "connect/subscribe.response.public-option.json", "conn_id", "data")
        assert made["data"] == {"failTopics": [], "successTopics": ["publicTrade.BTC"]}
        pong = listener.say({"op": "ping"})
        assert alike(pong, "connect/ping.response.option.json", "args")


def test_the_trade_channel(exchange: Exchange) -> None:
    """trading-semantics 7.8; there are no orders yet, so there is no op for them."""
    alice = exchange.account()
    with listening(exchange, "/v5/trade") as listener:
        assert alike(listener.auth(alice), "trade/auth.response.json", "connId")
        assert alike(listener.say({"op": "ping"}), "trade/ping.response.json", "data", "connId")
        assert listener.auth(alice)["retCode"] == 20001
        order = listener.say({"reqId": "3", "op": "order.create", "args": [{}]})
        assert (order["reqId"], order["retCode"], order["op"]) == ("3", 10404, "order.create")
    assert "orders" in exchange.why["rule"]
    with listening(exchange, "/v5/trade") as listener:
        assert listener.auth(alice, sign="0" * 64)["retCode"] == 10004
        assert listener.say({"op": "auth", "args": []})["retCode"] == 10001


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"op": "subscribe", "args": ["liquidation.BTCUSDT"]},
         "error:handler not found,topic:liquidation.BTCUSDT"),
        ({"op": "subscribe", "args": ["tickers.btcusdt"]},
         "error:handler not found,topic:tickers.btcusdt"),
        ({"op": "subscribe", "args": ["wallet"]}, "error:handler not found,topic:wallet"),
        ({"op": "subscribe", "args": ["tickers.BTCUSDT"]},
         "error:already subscribed,topic:tickers.BTCUSDT"),
        ({"op": "subscribe", "args": ["tickers.ETHUSDT", "nothing.ETHUSDT"]},
         "error:handler not found,topic:nothing.ETHUSDT"),
        ({"op": "shout"}, "error:invalid op"),
        ({"op": "auth", "args": ["a", 1, "b"]}, "error:invalid op"),
        ("hello", "Failed to decode incoming data:hello"),
        ("[1]", "Failed to decode incoming data:[1]"),
        ("{}", "Failed to decode incoming data:{}"),
    ],
)  # fmt: skip
def test_what_a_public_channel_refuses(
    exchange: Exchange, said: dict[str, Any] | str, told: str
) -> None:
    """trading-semantics 7.2; the connection goes on, and nothing of the message is done."""
    with listening(exchange, "/v5/public/linear") as listener:
        listener.subscribe("tickers.BTCUSDT")
        answer = listener.say(said)
        assert (answer["success"], answer["ret_msg"]) == (False, told)
        assert listener.subscribe("tickers.ETHUSDT")["success"]
    assert exchange.why["hint"]


def test_spot_and_option_refusals(exchange: Exchange) -> None:
    with listening(exchange, "/v5/public/spot") as listener:
        many = [f"kline.{n}.BTCUSDT" for n in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720, "D")]
        assert listener.subscribe(*many)["ret_msg"] == "args size >10"
        assert listener.subscribe(*many[:10])["success"]
    with listening(exchange, "/v5/public/option") as listener:
        assert listener.subscribe("tickers.X")["ret_msg"] == "Invalid symbol :[tickers.X]"


@pytest.mark.parametrize("channel", Channel)
def test_every_channel_answers_a_ping(exchange: Exchange, channel: Channel) -> None:
    with listening(exchange, f"/v5/{channel}") as listener:
        pong = listener.say({"op": "ping", "req_id": "1", "reqId": "1"})
        assert "pong" in (pong.get("op"), pong.get("ret_msg"))
        listener.connection.ping().wait(5)


# --- who is let in: account-semantics 10.2 ----------------------------------------------------


def refused(listener: Listener, actor: Actor, **changed: Any) -> str:
    answer = listener.auth(actor, **changed)
    assert answer["success"] is False
    return str(answer["ret_msg"])


def test_who_is_not_let_in(exchange: Exchange) -> None:
    """The connection stays open, and a later auth may succeed."""
    alice, now = exchange.account(), exchange.clock()
    with listening(exchange, PRIVATE) as listener:
        assert refused(listener, alice, expires=now) == "Params Error"
        assert "after" in exchange.why["expected"]
        assert refused(listener, alice, expires=now // 1000) == "Params Error"
        assert "in seconds" in exchange.why["hint"]
        assert refused(listener, alice, expires="soon") == "Params Error"
        assert refused(listener, alice, key="nobody") == "Invalid apikey"
        assert refused(listener, alice, sign="0" * 64) == "error sign"
        assert listener.subscribe("wallet")["ret_msg"] == "Request not authorized"
        assert listener.say({"op": "auth", "args": [alice.api_key]})["ret_msg"] == "Params Error"
        assert listener.auth(alice, expires=now + 10**12)["success"]
        assert listener.subscribe("wallet")["success"]


def test_mistakes_of_signing_are_named(exchange: Exchange) -> None:
    alice = exchange.account()
    mistaken = alice.headers("", timestamp=exchange.clock() + 1000)["X-BAPI-SIGN"]
    with listening(exchange, PRIVATE) as listener:
        assert refused(listener, alice, sign=mistaken) == "error sign"
        assert "REST" in exchange.why["hint"]


def test_keys_that_may_not_come_in(exchange: Exchange) -> None:
    alice = exchange.account()
    bound = alice.key(ips=["203.0.113.7"])
    sub = exchange.account(parent=alice.uid)
    sub.set(frozen=True)
    with listening(exchange, PRIVATE) as listener:
        assert refused(listener, bound) == "Invalid apikey"
        assert refused(listener, sub) == "Invalid apikey"
    with listening(exchange, PRIVATE, host="stream-testnet.bybit.com") as listener:
        assert refused(listener, alice) == "Invalid apikey"
        assert "testnet" in json.dumps(exchange.why)


def test_a_key_that_nobody_made() -> None:
    """Under `--accept-any-key` it gets an account, as over REST, and its sign is not checked."""
    with running(accept_any_key=True) as exchange:
        stranger = Actor(exchange, 0, "a-key-of-my-own", "unknown")
        with hearing(stranger, "wallet") as listener:
            stranger.post("/v5/account/borrow", coin="BTC", amount="0.1")
            assert listener.next()["data"][0]["coin"][0]["coin"] == "BTC"
        (auth, *_) = exchange.control("GET", "/-/requests")
        assert (auth["method"], auth["path"], auth["signature"]) == ("WS", PRIVATE, "unchecked")


def test_the_log_shows_no_signature(exchange: Exchange) -> None:
    alice = exchange.account()
    with hearing(alice, "wallet"):
        told = json.dumps(exchange.control("GET", "/-/requests"))
    assert alice.secret not in told
    assert signed(alice, exchange.clock() + 1000) not in told
    assert "auth" in told


# --- topics ------------------------------------------------------------------------------------


def test_private_topics(exchange: Exchange) -> None:
    alice = exchange.account()
    with listening(exchange, PRIVATE) as listener:
        listener.auth(alice)
        assert listener.subscribe("walet")["ret_msg"] == "Invalid topic: walet"
        assert "wallet" in exchange.why["hint"]
        assert listener.subscribe("order", "order.spot")["ret_msg"] == "Invalid topic: order.spot"
        assert listener.subscribe("execution", "execution.fast")["success"]
        assert listener.subscribe("order.spot", "order.linear")["success"]
        assert listener.subscribe()["ret_msg"] == "Params Error"


def test_a_silent_topic_is_told_in_the_log(exchange: Exchange) -> None:
    """It was subscribed to; but a bot that waits for it waits for ever."""
    with hearing(exchange.account(), "position", "wallet"):
        assert "position" in exchange.why["seen"]
        assert "wallet" in exchange.why["expected"]


@pytest.mark.parametrize(
    ("channel", "topic", "known"),
    [
        ("linear", "orderbook.50.BTCUSDT", True),
        ("linear", "orderbook.25.BTCUSDT", False),
        ("linear", "orderbook.rpi.BTCUSDT", True),
        ("linear", "kline.D.BTCUSDT", True),
        ("linear", "kline.2.BTCUSDT", False),
        ("linear", "insurance.USDT", True),
        ("linear", "adlAlert.USDT", True),
        ("linear", "adlAlert.BTC", False),
        ("spot", "insurance.USDT", False),
        ("spot", "tickers.BTCUSDT", True),
        ("inverse", "tickers.BTCUSD", True),
        ("inverse", "tickers.BTCUSDT", False),
        ("spread", "orderbook.25.SOLUSDT_SOL/USDT", True),
        ("misc/status", "system.status", True),
    ],
)
def test_public_topics(exchange: Exchange, channel: str, topic: str, known: bool) -> None:
    """ws_topics.json: depths, intervals, channels; a symbol must be listed there."""
    with listening(exchange, f"/v5/public/{channel}") as listener:
        assert listener.subscribe(topic)["success"] is known


def test_the_demo_environment(exchange: Exchange) -> None:
    """docs/v5/demo: private only, of five topics."""
    host = "stream-demo.bybit.com"
    exchange.control("PATCH", "/-/switches", {"keyEnvironments": "any"})
    with listening(exchange, PRIVATE, host) as listener:
        listener.auth(exchange.account())
        five = ("order", "execution", "position", "wallet", "greeks")
        assert listener.subscribe(*five)["success"]
        assert listener.subscribe("order.spot")["ret_msg"] == "Invalid topic: order.spot"
    for path in ("/v5/trade", "/v5/public/linear"):
        with pytest.raises(InvalidStatus, match="404"), listening(exchange, path, host):
            pass


# --- connections -------------------------------------------------------------------------------


def test_an_unknown_path(exchange: Exchange) -> None:
    for path in ("/v5/privat", "/v5/account/info", "/elsewhere"):
        with pytest.raises(InvalidStatus, match="404"), listening(exchange, path):
            pass
        assert "/v5/private" in exchange.why["expected"]


def test_a_page_from_elsewhere(exchange: Exchange) -> None:
    with (
        pytest.raises(InvalidStatus, match="403"),
        listening(exchange, PRIVATE, origin="https://evil.example"),
    ):
        pass
    with listening(exchange, PRIVATE, origin="http://localhost:3000") as listener:
        assert listener.say({"op": "ping"})["op"] == "pong"


def test_a_stream_without_an_upgrade(exchange: Exchange) -> None:
    assert exchange.get(PRIVATE).status == 404
    assert "WebSocket" in exchange.why["hint"]


def test_a_venue_that_is_restored_lets_everybody_connect_again(exchange: Exchange) -> None:
    made = exchange.control("POST", "/-/venues", {"name": "other"})
    there = Actor(exchange, 0, made["apiKey"], made["apiSecret"])
    with hearing(there, "wallet") as listener:  # the key finds its venue
        exchange.control("POST", "/-/venues/other/reset")
        with pytest.raises(ConnectionClosed) as closed:
            listener.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
    with hearing(there, "wallet", path="/venues/other/v5/private") as listener:
        there.post("/v5/account/borrow", coin="BTC", amount="0.1")
        assert listener.next()["topic"] == "wallet"
        exchange.control("DELETE", "/-/venues/other")
        with pytest.raises(ConnectionClosed):
            listener.next()
    with pytest.raises(InvalidStatus, match="404"), listening(exchange, "/venues/other/v5/trade"):
        pass


def test_a_base_url_of_another_venue(exchange: Exchange) -> None:
    """It has no such key, whoever else has."""
    exchange.control("POST", "/-/venues", {"name": "other"})
    with listening(exchange, "/venues/other/v5/private") as listener:
        assert refused(listener, exchange.account()) == "Invalid apikey"


def test_nothing_is_told_before_it_is_durable() -> None:
    """Neither what a topic says, nor an answer that rests on it."""
    journal = GatedJournal(MemoryJournal())
    journal.gate.release()  # for what an empty store begins with
    with Server(journal=journal) as server, closing(real_time(server)) as exchange:
        actor = Actor(exchange, 0, server.api_key, server.api_secret)
        with hearing(actor, "wallet") as listener:
            asked = threading.Thread(
                target=actor.post, args=("/v5/account/borrow",),
                kwargs={"coin": "BTC", "amount": "0.1"},
            )  # fmt: skip
            asked.start()
            try:
                assert listener.nothing_comes()
            finally:
                journal.gate.release(5)
                asked.join()
            assert listener.next()["topic"] == "wallet"


def test_a_stop_ends_them() -> None:
    with running() as exchange, hearing(exchange.account(), "wallet") as listener:
        exchange.server.stop()
        with pytest.raises(ConnectionClosed):
            listener.next()


def fund(exchange: Exchange, uid: int, times: int) -> None:
    """Many changes of a wallet at once."""

    def execute() -> None:
        for _ in range(times):
            exchange.server.venue.runtime.execute(Fund(uid, "USDT", Decimal(1)))

    exchange.server.call(execute)


def listeners(exchange: Exchange) -> int:
    return exchange.server.call(lambda: len(exchange.server.venue.listeners))


def test_who_cannot_keep_up_is_let_go(exchange: Exchange) -> None:
    """trading-semantics 7.9: after 1 MiB."""
    alice = exchange.account(USDT="1")
    with hearing(alice, "wallet") as listener:
        fund(exchange, alice.uid, 3_000)
        with suppress(ConnectionClosed):
            for _ in range(3_000):
                listener.next()
        assert listener.connection.close_code == 1008


def test_who_does_not_read_is_cut_off(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """trading-semantics 7.9: after 10 s, here less; and pings are read no faster than that."""
    monkeypatch.setattr("utabox.server.websocket.BLOCKED_S_MAX", 0.3)
    alice = exchange.account(USDT="1")
    with hearing(alice, "wallet", max_queue=1):
        until = time.monotonic() + 30
        while listeners(exchange) and time.monotonic() < until:
            fund(exchange, alice.uid, 300)  # less than what makes it too slow
            time.sleep(0.02)
        assert listeners(exchange) == 0


def test_a_refused_auth_changes_nothing(exchange: Exchange) -> None:
    """Neither who is told, nor whose venue it is: accounts of two venues have the same UID."""
    made = exchange.control("POST", "/-/venues", {"name": "other"})
    mine = Actor(exchange, 100_000_001, exchange.server.api_key, exchange.server.api_secret)
    there = Actor(exchange, 100_000_001, made["apiKey"], made["apiSecret"])
    for client, stranger in ((mine, there), (there, mine)):
        with hearing(client, "wallet") as listener:
            assert refused(listener, stranger, sign="0" * 64) == "error sign"
            assert refused(listener, stranger, key="nobody") == "Invalid apikey"
            assert stranger.post("/v5/account/borrow", coin="BTC", amount="0.1").retCode == 0
            assert listener.nothing_comes()
            assert client.post("/v5/account/borrow", coin="ETH", amount="0.1").retCode == 0
            assert listener.next()["data"][0]["coin"][0]["coin"] == "ETH"
        exchange.clock.advance(1_000)  # the rate limit


def test_a_key_of_a_venue_of_another_environment() -> None:
    """It finds its venue, and is judged by that, as over REST."""
    with running(environment="mainnet") as exchange:
        made = exchange.control("POST", "/-/venues", {"name": "tn", "environment": "testnet"})
        there = Actor(exchange, 0, made["apiKey"], made["apiSecret"])
        assert there.info["unifiedMarginStatus"] == 5
        with hearing(there, "wallet") as listener:
            assert listener.say({"op": "ping"})["op"] == "pong"


def test_secrets_in_a_wrong_auth_are_hidden(exchange: Exchange) -> None:
    """In the wrong place, and a signature however it is written."""
    alice = exchange.account()
    expires = exchange.clock() + 1000
    sign = signed(alice, expires)
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in sign)
    with listening(exchange, PRIVATE) as listener:
        assert listener.auth(alice)["success"]  # so that the server knows the secret
        for args in ([alice.api_key, alice.secret, expires], [alice.api_key, alice.secret]):
            assert not listener.say({"op": "auth", "args": args})["success"]
        listener.say(f'{{"op":"auth","args":["{alice.api_key}",{expires},"{escaped}"]}}')
    told = json.dumps(exchange.control("GET", "/-/requests"))
    assert alice.secret not in told
    assert sign not in told


def test_interest_is_told_at_its_hour(exchange: Exchange) -> None:
    """Though nobody calls."""
    alice = exchange.account(USDT="1000")
    assert alice.post("/v5/account/borrow", coin="USDC", amount="10").retCode == 0
    with hearing(alice, "wallet") as listener:
        exchange.clock.advance(3_600_000)
        assert listener.next()["data"][0]["coin"][0]["coin"] == "USDC"


def test_a_long_step_is_told_whole() -> None:
    """Who reads gets every hour's interest, and is let in to a venue that is on its way."""
    days = 60
    with running(rate_limits="off") as exchange:
        made = exchange.control("POST", "/-/venues", {"name": "a"})
        alice = Actor(exchange, 0, made["apiKey"], made["apiSecret"])
        assert alice.post("/v5/account/borrow", coin="BTC", amount="0.1").retCode == 0
        with hearing(alice, "wallet") as listener, closing(Wire(exchange.server.url)) as wire:

            def step() -> None:
                headers = {"Authorization": f"Bearer {exchange.server.token}"}
                body = json.dumps({"stepMs": days * 24 * 3_600_000}).encode()
                assert wire.send("PATCH", "/venues/a/-/clock", headers, body).status == 200

            stepping = threading.Thread(target=step)
            stepping.start()
            with listening(exchange, PRIVATE) as late:
                answer = late.auth(alice, expires=exchange.clock() + 10**11)
            assert answer["success"]
            for _ in range(days * 24):
                assert listener.next()["topic"] == "wallet"
            stepping.join()
            assert listener.say({"op": "ping"})["op"] == "pong"


@pytest.mark.parametrize(
    ("query", "channel", "seconds"),
    [
        ("max_active_time=30s", Channel.PRIVATE, 30),
        ("max_active_time=1m", Channel.TRADE, 60),
        ("max_active_time=600s", Channel.PRIVATE, 600),
        ("max_active_time=29s", Channel.PRIVATE, 600),
        ("max_active_time=601s", Channel.PRIVATE, 600),
        ("max_active_time=soon", Channel.PRIVATE, 600),
        ("max_active_time=%C2%B2s", Channel.PRIVATE, 600),
        ("", Channel.PRIVATE, 600),
        ("max_active_time=30s", Channel.SPOT, 600),
    ],
)
def test_how_long_a_client_may_be_quiet(query: str, channel: Channel, seconds: float) -> None:
    """docs/v5/ws/connect: of private and trade channels, 30 s to 600 s."""
    assert _quiet_s(query.encode(), channel) == seconds
