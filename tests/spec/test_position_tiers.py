"""GET /v5/spot-margin-trade/position-tiers: which margin a loan needs, by its size (6.5)."""

import pytest
from tests.actors import Exchange, oracle

PATH = "/v5/spot-margin-trade/position-tiers"


def test_one_coin(exchange: Exchange) -> None:
    """BTC as on the page."""
    reply = exchange.account().get(PATH, "currency=BTC")
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    (row,) = reply.result["list"]
    assert row["currency"] == "BTC"
    assert [tuple(tier.values()) for tier in row["positionTiersRatioList"]] == [
        ("1", "390", "0.04", "0.2", "5"),
        ("2", "391", "0.04", "0.25", "4"),
        ("3", "392", "0.04", "0.33333333", "3"),
        ("4", "393", "0.04", "0.5", "2"),
    ]


def test_a_new_coin_has_steps_of_its_limit(exchange: Exchange) -> None:
    """The ratios of BTC, each up to a quarter more of 1,000."""
    exchange.control("PUT", "/-/loans/TRX", {"hourlyRate": "0.00001", "familyMax": "1000"})
    (row,) = exchange.account().get(PATH, "currency=TRX").result["list"]
    tiers = [(tier["borrowLimit"], tier["positionIMR"]) for tier in row["positionTiersRatioList"]]
    assert tiers == [("250", "0.2"), ("500", "0.25"), ("750", "0.33333333"), ("1000", "0.5")]


def test_every_coin_that_is_lent(exchange: Exchange) -> None:
    """And no other."""
    alice = exchange.account()
    coins = [row["currency"] for row in alice.get(PATH).result["list"]]
    assert {"BTC", "ETH", "USDT"} <= set(coins)
    assert alice.get(PATH, "currency=PEPE").result == {"list": []}


@pytest.mark.parametrize("coin", ["NOPE", "btc"])
def test_an_unknown_coin(exchange: Exchange, coin: str) -> None:
    """10001."""
    assert exchange.account().get(PATH, f"currency={coin}").retCode == 10001


def test_a_classic_account(exchange: Exchange) -> None:
    """176037."""
    assert exchange.account(kind=1).get(PATH).retCode == 176037


def test_the_documented_shape(exchange: Exchange) -> None:
    """But retExtInfo is an object, as everywhere (Q2)."""
    reply = exchange.account().get(PATH, "currency=BTC")
    oracle().assert_matches(reply.json, "spot-margin-uta/position-tiers", ignore=["retExtInfo"])
