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
    """The ratio is that of its first tier; 3 BTC may be borrowed, as on the page."""
    assert row(exchange.account(), "BTC") == {
        "availableToBorrow": "3", "freeBorrowingAmount": "", "freeBorrowAmount": "0",
        "maxBorrowingAmount": "3", "hourlyBorrowRate": "0.000001502122", "borrowUsageRate": "0",
        "collateralSwitch": True, "borrowAmount": "0", "borrowable": True, "currency": "BTC",
        "otherBorrowAmount": "0", "marginCollateral": True, "freeBorrowingLimit": "0",
        "collateralRatio": "0.98",
    }  # fmt: skip


def test_a_coin_that_is_not_lent(exchange: Exchange) -> None:
    """Every amount of it is 0."""
    assert row(exchange.account(), "PEPE") == {
        "availableToBorrow": "0", "freeBorrowingAmount": "", "freeBorrowAmount": "0",
        "maxBorrowingAmount": "0", "hourlyBorrowRate": "0", "borrowUsageRate": "0",
        "collateralSwitch": False, "borrowAmount": "0", "borrowable": False, "currency": "PEPE",
        "otherBorrowAmount": "0", "marginCollateral": True, "freeBorrowingLimit": "0",
        "collateralRatio": "0.5",
    }  # fmt: skip


def test_master_and_subs_share_the_limit(exchange: Exchange) -> None:
    """The sub has borrowed 1.5 of 3 BTC: for the master that is what others have; not for Bob."""
    alice = exchange.account()
    sub = exchange.account(parent=alice.uid, USDT="1000000")
    assert sub.post("/v5/account/borrow", coin="BTC", amount="1.5").retCode == 0

    def amounts(actor: Actor) -> tuple[str, str, str, str]:
        found = row(actor, "BTC")
        own, others = found["borrowAmount"], found["otherBorrowAmount"]
        return found["borrowUsageRate"], found["availableToBorrow"], own, others

    assert amounts(alice) == ("0.5", "1.5", "0", "1.5")
    assert amounts(sub) == ("0.5", "1.5", "1.5", "0")
    assert amounts(exchange.account()) == ("0", "3", "0", "0")


def test_over_the_limit_the_rate_rises(exchange: Exchange) -> None:
    """Twice the limit is used, when it falls: eight times the rate (7.5), and nothing is left."""
    alice = exchange.account(USDT="1000000")
    alice.post("/v5/account/borrow", coin="BTC", amount="2")
    terms = {"familyMax": "1", "hourlyRate": "0.000001", "freeLimit": "0.25"}
    exchange.control("PUT", "/-/loans/BTC", terms)
    found = row(alice, "BTC")
    assert (found["borrowUsageRate"], found["hourlyBorrowRate"]) == ("2", "0.000008")
    assert (found["availableToBorrow"], found["maxBorrowingAmount"]) == ("0", "1")
    assert (found["freeBorrowingLimit"], found["freeBorrowAmount"]) == ("0.25", "0")


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
