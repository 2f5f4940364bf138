"""GET /v5/account/collateral-info: what is collateral, and what can be borrowed."""

from typing import Any

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/account/collateral-info"


def row(actor: Actor, coin: str) -> dict[str, Any]:
    (only,) = actor.get(PATH, f"currency={coin}").result["list"]
    found: dict[str, Any] = only
    return found


def test_one_coin(exchange: Exchange) -> None:
    """The ratio is that of its first tier; without loans there is nothing to borrow."""
    assert row(exchange.account(), "BTC") == {
        "availableToBorrow": "0", "freeBorrowingAmount": "", "freeBorrowAmount": "0",
        "maxBorrowingAmount": "0", "hourlyBorrowRate": "0", "borrowUsageRate": "0",
        "collateralSwitch": True, "borrowAmount": "0", "borrowable": False, "currency": "BTC",
        "otherBorrowAmount": "0", "marginCollateral": True, "freeBorrowingLimit": "0",
        "collateralRatio": "0.98",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("coin", "taken", "on"),
    [("USDT", True, True), ("ETH", True, True), ("PEPE", True, False), ("TSLA", False, False)],
)
def test_the_switch_as_it_comes(exchange: Exchange, coin: str, taken: bool, on: bool) -> None:
    """On for collateral, off for small coins (7.2)."""
    found = row(exchange.account(), coin)
    assert (found["marginCollateral"], found["collateralSwitch"]) == (taken, on)


def test_the_users_switch(exchange: Exchange) -> None:
    """It is one account's own."""
    alice, bob = exchange.account(), exchange.account()
    alice.post("/v5/account/set-collateral-switch", coin="ETH", collateralSwitch="OFF")
    assert row(alice, "ETH") == {**row(bob, "ETH"), "collateralSwitch": False}


@pytest.mark.parametrize("query", ["", "currency="])
def test_every_coin(exchange: Exchange, query: str) -> None:
    """Each once, those that are no collateral, too."""
    rows = exchange.account().get(PATH, query).result["list"]
    coins = [found["currency"] for found in rows]
    assert len(set(coins)) == len(coins)
    assert {"BTC", "USDT", "USDC", "TSLA"} <= set(coins)


@pytest.mark.parametrize("coin", ["NOPE", "btc", "BTC,ETH"])
def test_an_unknown_coin(exchange: Exchange, coin: str) -> None:
    """10001; one coin, in capitals."""
    reply = exchange.account().get(PATH, f"currency={coin}")
    assert (reply.retCode, reply.retMsg) == (10001, "params error: currency invalid")


def test_a_classic_account(exchange: Exchange) -> None:
    """10028."""
    assert exchange.account(kind=1).get(PATH).retCode == 10028


def test_the_limit_is_fifty_a_second(exchange: Exchange) -> None:
    """As stated (5.1)."""
    assert exchange.account().get(PATH).headers["x-bapi-limit"] == "50"


def test_the_documented_shape(exchange: Exchange) -> None:
    """The page's coin."""
    reply = exchange.account().get(PATH, "currency=BTC")
    oracle().assert_matches(reply.json, "account/collateral-info")
