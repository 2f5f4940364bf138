"""GET /v5/spot-margin-trade/collateral: the tiers of each coin (6.4)."""

import pytest
from tests.actors import Exchange, oracle

PATH = "/v5/spot-margin-trade/collateral"


def test_one_coin(exchange: Exchange) -> None:
    """BTC as in the help centre's example; the last tier has no end."""
    reply = exchange.get(f"{PATH}?currency=BTC")
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    (row,) = reply.result["list"]
    assert row["currency"] == "BTC"
    assert [tuple(tier.values()) for tier in row["collateralRatioList"]] == [
        ("0", "10", "0.98"),
        ("10", "20", "0.95"),
        ("20", "30", "0.9"),
        ("30", "40", "0.85"),
        ("40", "50", "0.8"),
        ("50", "", "0"),
    ]


def test_every_coin_that_is_collateral(exchange: Exchange) -> None:
    """And no other; also one that the venue takes since just now."""
    tiers = [{"minQty": "0", "ratio": "0.85"}, {"minQty": "1000000", "ratio": "0"}]
    exchange.control("PATCH", "/-/collateral/TSLA", {"tiers": tiers})
    rows = {row["currency"]: row for row in exchange.get(PATH).result["list"]}
    assert {"BTC", "USDT", "PEPE"} <= set(rows)
    assert rows["TSLA"]["collateralRatioList"] == [
        {"minQty": "0", "maxQty": "1000000", "collateralRatio": "0.85"},
        {"minQty": "1000000", "maxQty": "", "collateralRatio": "0"},
    ]


def test_a_coin_that_is_no_collateral(exchange: Exchange) -> None:
    """No rows."""
    assert exchange.get(f"{PATH}?currency=TSLA").result == {"list": []}


@pytest.mark.parametrize("coin", ["NOPE", "btc"])
def test_an_unknown_coin(exchange: Exchange, coin: str) -> None:
    """10001."""
    reply = exchange.get(f"{PATH}?currency={coin}")
    assert (reply.retCode, reply.retMsg) == (10001, "params error: currency invalid")


def test_the_documented_shape(exchange: Exchange) -> None:
    """But retExtInfo is an object, as everywhere (Q2)."""
    reply = exchange.get(f"{PATH}?currency=BTC")
    page = "spot-margin-uta/tier-collateral-ratio"
    oracle().assert_matches(reply.json, page, ignore=["retExtInfo"])
