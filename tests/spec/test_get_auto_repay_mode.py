"""GET /v5/spot-margin-trade/get-auto-repay-mode: which coins are repaid without a call."""

import pytest
from tests.actors import Exchange, oracle

PATH = "/v5/spot-margin-trade/get-auto-repay-mode"


def test_one_coin(exchange: Exchange) -> None:
    """Off, until it is set."""
    alice = exchange.account()
    reply = alice.get(PATH, "currency=ETH")
    assert (reply.retCode, reply.retMsg) == (0, "Success")
    assert reply.result == {"data": [{"autoRepayMode": "0", "currency": "ETH"}]}
    alice.post("/v5/spot-margin-trade/set-auto-repay-mode", currency="ETH", autoRepayMode="1")
    assert alice.get(PATH, "currency=ETH").result["data"][0]["autoRepayMode"] == "1"


def test_every_coin_that_is_lent(exchange: Exchange) -> None:
    """Each once; it is one account's own."""
    alice, bob = exchange.account(), exchange.account()
    alice.post("/v5/spot-margin-trade/set-auto-repay-mode", autoRepayMode="1")
    assert {row["autoRepayMode"] for row in alice.get(PATH).result["data"]} == {"1"}
    rows = bob.get(PATH).result["data"]
    assert {row["autoRepayMode"] for row in rows} == {"0"}
    assert {"BTC", "ETH", "USDT", "USDC"} <= {row["currency"] for row in rows}


@pytest.mark.parametrize("coin", ["NOPE", "eth"])
def test_an_unknown_coin(exchange: Exchange, coin: str) -> None:
    """10001."""
    reply = exchange.account().get(PATH, f"currency={coin}")
    assert (reply.retCode, reply.retMsg) == (10001, "params error: currency invalid")


def test_a_classic_account(exchange: Exchange) -> None:
    """176037."""
    assert exchange.account(kind=1).get(PATH).retCode == 176037


def test_the_documented_shape(exchange: Exchange) -> None:
    """50 times a second (5.1)."""
    reply = exchange.account().get(PATH, "currency=ETH")
    assert reply.headers["x-bapi-limit"] == "50"
    oracle().assert_matches(reply.json, "spot-margin-uta/get-auto-repay-mode")
