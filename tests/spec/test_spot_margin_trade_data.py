"""GET /v5/spot-margin-trade/data: rates, limits and the order of liquidation, by VIP level."""

from typing import Any

import pytest
from tests.actors import Exchange, oracle

PATH = "/v5/spot-margin-trade/data"


def rows(exchange: Exchange, query: str = "vipLevel=No%20VIP") -> dict[str, Any]:
    (level,) = exchange.get(f"{PATH}?{query}").result["vipCoinList"]
    return {row["currency"]: row for row in level["list"]}


def test_one_coin_of_one_level(exchange: Exchange) -> None:
    """BTC as on the page, but for its ratio."""
    reply = exchange.get(f"{PATH}?vipLevel=No%20VIP&currency=BTC")
    assert (reply.retCode, reply.retMsg) == (0, "success")
    row = {
        "borrowable": True,
        "collateralRatio": "0.98",
        "currency": "BTC",
        "hourlyBorrowRate": "0.0000015021220000",
        "liquidationOrder": "11",
        "marginCollateral": True,
        "maxBorrowingAmount": "3",
    }
    assert reply.result == {"vipCoinList": [{"list": [row], "vipLevel": "No VIP"}]}


def test_every_level(exchange: Exchange) -> None:
    """All have the same."""
    levels = exchange.get(f"{PATH}?currency=BTC").result["vipCoinList"]
    assert [level["vipLevel"] for level in levels] == [
        "No VIP", "VIP-1", "VIP-2", "VIP-3", "VIP-4", "VIP-5", "VIP-Supreme",
        "PRO-1", "PRO-2", "PRO-3", "PRO-4", "PRO-5", "PRO-6",
    ]  # fmt: skip
    assert all(level["list"] == levels[0]["list"] for level in levels)


def test_what_is_one_of_both_only(exchange: Exchange) -> None:
    """Collateral that is not lent, and what is lent only; what is neither is not there."""
    assert rows(exchange, "vipLevel=PRO-1&currency=TSLA") == {}
    exchange.control("PUT", "/-/loans/TSLA", {"hourlyRate": "0.00001", "familyMax": "100"})
    found = rows(exchange)
    assert (found["PEPE"]["borrowable"], found["PEPE"]["maxBorrowingAmount"]) == (False, "0")
    assert (found["PEPE"]["marginCollateral"], found["PEPE"]["collateralRatio"]) == (True, "0.5")
    assert (found["TSLA"]["borrowable"], found["TSLA"]["maxBorrowingAmount"]) == (True, "100")
    assert (found["TSLA"]["marginCollateral"], found["TSLA"]["collateralRatio"]) == (False, "0")
    assert found["TSLA"]["liquidationOrder"] == ""


def test_the_order_of_liquidation(exchange: Exchange) -> None:
    """As it was set."""
    exchange.control("PATCH", "/-/collateral/ETH", {"liquidationOrder": 99})
    assert rows(exchange)["ETH"]["liquidationOrder"] == "99"


@pytest.mark.parametrize(
    ("query", "field"), [("vipLevel=VIP-9", "vipLevel"), ("currency=NOPE", "currency")]
)
def test_what_does_not_fit(exchange: Exchange, query: str, field: str) -> None:
    """10001 names the parameter."""
    reply = exchange.get(f"{PATH}?{query}")
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")


def test_the_documented_shape(exchange: Exchange) -> None:
    """The page's example stops after the result; the guide promises all members."""
    reply = exchange.get(f"{PATH}?vipLevel=No%20VIP&currency=BTC")
    ignored = ["retExtInfo", "time"]
    oracle().assert_matches(reply.json, "spot-margin-uta/vip-margin", ignore=ignored)
