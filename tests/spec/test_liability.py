"""GET /v5/spot-margin-trade/liability: what is owed of a coin, and why (7.1)."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/spot-margin-trade/liability"
HOUR = 3_600_000


def owed(actor: Actor) -> list[str]:
    """Total, at a fixed and at the floating rate, borrowed, and the rest."""
    result = actor.get(PATH, "currency=BTC").result
    assert result.pop("currency") == "BTC"
    return list(result.values())


def test_what_was_borrowed(exchange: Exchange) -> None:
    """Whether it is still there or not."""
    alice = exchange.account(USDT="100000")
    assert owed(alice) == ["0.00000000"] * 5
    alice.post("/v5/account/borrow", coin="BTC", amount="0.04")
    known = ["0.04000000", "0.00000000", "0.04000000", "0.04000000", "0.00000000"]
    assert owed(alice) == known
    alice.fund(BTC="-0.04")
    assert owed(alice) == known


def test_interest_is_owed_beside_it(exchange: Exchange) -> None:
    """An hour's at 0.25: 0.01 of 0.04, which nobody borrowed."""
    exchange.control("PUT", "/-/loans/BTC", {"hourlyRate": "0.25"})
    alice = exchange.account(USDT="100000")
    alice.post("/v5/account/borrow", coin="BTC", amount="0.04")
    alice.fund(BTC="-0.04")
    exchange.clock.advance(HOUR)
    assert owed(alice) == ["0.05000000", "0.00000000", "0.05000000", "0.04000000", "0.01000000"]


@pytest.mark.parametrize("query", ["", "currency=NOPE"])
def test_without_a_coin(exchange: Exchange, query: str) -> None:
    """10001."""
    reply = exchange.account().get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: currency invalid")


def test_a_classic_account(exchange: Exchange) -> None:
    """176037."""
    assert exchange.account(kind=1).get(PATH, "currency=BTC").retCode == 176037


def test_the_documented_shape(exchange: Exchange) -> None:
    """5 times a second (5.1)."""
    reply = exchange.account().get(PATH, "currency=BTC")
    assert (reply.retMsg, reply.headers["x-bapi-limit"]) == ("Success", "5")
    oracle().assert_matches(reply.json, "spot-margin-uta/liability")
