"""GET /v5/spot-margin-trade/flexible-available-inventory: what there is to lend."""

import pytest
from tests.actors import T0, Actor, Exchange, oracle

PATH = "/v5/spot-margin-trade/flexible-available-inventory"
TIERS = [
    {"limit": "2", "imr": "0.2", "mmr": "0.04"},
    {"limit": "8", "imr": "0.25", "mmr": "0.04"},
]


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """Nothing but leverage 4, which loans of up to 8 BTC have."""
    exchange.control("PUT", "/-/loans/BTC", {"familyMax": "10", "inventory": "9", "tiers": TIERS})
    alice = exchange.account()
    alice.post("/v5/spot-margin-trade/switch-mode", spotMarginMode="1")
    alice.post("/v5/spot-margin-trade/set-leverage", leverage="4")
    return alice


def left(actor: Actor) -> str:
    return str(actor.get(PATH, "currency=BTC").result["availableInventory"])


def test_the_limit_of_the_tier(alice: Actor) -> None:
    """8 with leverage 4, 2 with 5; her margin does not matter."""
    assert alice.get(PATH, "currency=BTC").result == {
        "currency": "BTC",
        "availableInventory": "8",
        "updateTime": str(T0),
    }
    alice.post("/v5/spot-margin-trade/set-leverage", leverage="5")
    assert left(alice) == "2"


def test_what_others_have(alice: Actor) -> None:
    """Bob has 2.5 of 9; her sub 2.5 of the family's 10, and of what is left of 9."""
    bob = alice.exchange.account(USDT="1000000")
    bob.post("/v5/account/borrow", coin="BTC", amount="2.5")
    assert left(alice) == "6.5"
    sub = alice.exchange.account(parent=alice.uid, USDT="1000000")
    sub.post("/v5/account/borrow", coin="BTC", amount="2.5")
    assert left(alice) == "4"
    alice.exchange.control("PUT", "/-/loans/BTC", {"familyMax": "3"})
    assert left(alice) == "0.5"


@pytest.mark.parametrize("query", ["", "currency=NOPE"])
def test_without_a_coin(alice: Actor, query: str) -> None:
    """10001; of a coin that is not lent there is nothing."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: currency invalid")
    assert alice.get(PATH, "currency=PEPE").result["availableInventory"] == "0"


def test_a_classic_account(exchange: Exchange) -> None:
    """176037."""
    assert exchange.account(kind=1).get(PATH, "currency=BTC").retCode == 176037


def test_the_documented_shape(alice: Actor) -> None:
    """The page's coin."""
    reply = alice.get(PATH, "currency=BTC")
    oracle().assert_matches(reply.json, "spot-margin-uta/flexible-available-inventory")
