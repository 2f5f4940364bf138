"""Whatever a client sends on a stream, it is answered, and the connection goes on."""

from __future__ import annotations

import time

import pytest
from tests.actors import Exchange
from tests.streaming import hearing, listening

from utabox.server.streams import PAUSE_S
from utabox.stream import Channel

FRAMES = {
    "nothing": "",
    "a zero": "\0",
    "lists within lists": "[" * 60_000,
    "objects within objects": '{"op":' * 5_000,
    "no object": '"op"',
    "half a character": '{"op": "subscribe", "args": ["\\ud800"]}',
    "op of another type": '{"op": {"op": "ping"}}',
    "args of another type": '{"op": "subscribe", "args": {"wallet": 1}}',
    "args within args": '{"op": "subscribe", "args": [["wallet"]]}',
    "a number that is none": '{"op": "ping", "req_id": 1e999}',
    "a long number": f'{{"op": "ping", "req_id": {"9" * 5_000}}}',
    "a key of 60 KB": f'{{"op": "auth", "args": ["{"k" * 60_000}", 9999999999999, "s"]}}',
    "another script's digit": '{"op": "auth", "args": ["k", "\u0663", "s"]}',
    "an expiry in an age": f'{{"op": "auth", "args": ["k", {"9" * 19}, "s"]}}',
    "a topic of 60 KB": f'{{"op": "subscribe", "args": ["tickers.{"A" * 60_000}"]}}',
    "a topic of dots": f'{{"op": "subscribe", "args": ["orderbook.{"." * 20_000}\\n"]}}',
    "a request id of 60 KB": f'{{"op": "ping", "req_id": "{"9" * 60_000}"}}',
    "a topic and a line": '{"op": "subscribe", "args": ["tickers.BTCUSDT\\n"]}',
}


@pytest.mark.parametrize("channel", Channel)
def test_it_goes_on(exchange: Exchange, channel: Channel) -> None:
    """No frame is worth a connection; and `running` sees to it that none crashes the server."""
    with listening(exchange, f"/v5/{channel}") as listener:
        unanswered = [name for name, frame in FRAMES.items() if not listener.say(frame)]
        for frame in FRAMES.values():  # all at once: they are taken in their order
            listener.connection.send(frame)
        unanswered += [name for name in FRAMES if not listener.next()]
        listener.connection.send(b"\xff\xfe")
        listener.next()
        pong = listener.say({"op": "ping"})

    assert unanswered == []
    assert "pong" in (pong["op"], pong.get("ret_msg"))


def test_a_subscription_is_answered_after_a_moment(exchange: Exchange) -> None:
    """And a message that it brings comes after its answer, however soon."""
    alice = exchange.account()
    with listening(exchange, "/v5/private") as listener:
        listener.auth(alice)
        begun = time.monotonic()
        listener.connection.send('{"op": "subscribe", "args": ["wallet"]}')
        while not _subscribed(exchange, alice.uid):
            pass
        alice.fund(USDT="1")
        answers = [listener.next(), listener.next()]

    assert time.monotonic() - begun >= PAUSE_S
    assert [each.get("op", each.get("topic")) for each in answers] == ["subscribe", "wallet"]


def test_many_subscriptions_wait_together(exchange: Exchange) -> None:
    """A moment each would be 10 s."""
    with hearing(exchange.account(), "wallet") as listener:
        begun = time.monotonic()
        for _ in range(500):
            listener.connection.send('{"op": "unsubscribe", "args": ["wallet"]}')
            listener.connection.send('{"op": "subscribe", "args": ["wallet"]}')
        answers = [listener.next()["success"] for _ in range(1_000)]

    assert all(answers)
    assert time.monotonic() - begun < 1_000 * PAUSE_S


@pytest.mark.parametrize(
    ("topic", "hint"),
    [
        ("tickers.btcusdt", "Write the symbol in capitals."),
        ("wallet", "It is a topic of /v5/private: connect there."),
        ("tickers.SOLUSDT_SOL/USDT", "It is a topic of /v5/public/spread: connect there."),
    ],
)
def test_hints_of_a_topic_that_is_not_there(exchange: Exchange, topic: str, hint: str) -> None:
    """A spread's channel takes any symbol, which is no reason to send everybody there."""
    with listening(exchange, "/v5/public/linear") as listener:
        assert not listener.subscribe(topic)["success"]
        assert not listener.subscribe("tickers.NOSUCH")["success"]

    *_, first, second = exchange.control("GET", "/-/requests?refused=1&limit=2")
    assert first["why"]["hint"] == hint
    assert "spread" not in second["why"]["hint"]


def _subscribed(exchange: Exchange, uid: int) -> bool:
    logged = exchange.control("GET", f"/-/requests?uid={uid}")
    return any("subscribe" in entry["body"] for entry in logged)
