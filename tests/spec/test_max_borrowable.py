"""GET /v5/spot-margin-trade/max-borrowable: how much more would be lent now (6.9, 7.4)."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/spot-margin-trade/max-borrowable"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """10,000 USD; BTC is 50,000, and its leverage at most 5."""
    exchange.control("PUT", "/-/prices/USDT", {"price": "1"})
    exchange.control("PUT", "/-/prices/BTC", {"price": "50000"})
    return exchange.account(USDT="10000")


def most(actor: Actor, coin: str = "BTC") -> str:
    return str(actor.get(PATH, f"currency={coin}").result["maxLoan"])


def test_by_margin(alice: Actor) -> None:
    """4 times 10,000 USD; a step more is refused, all of it is lent, and then nothing is left."""
    assert most(alice) == "0.8"
    assert alice.post("/v5/account/borrow", coin="BTC", amount="0.80000001").retCode == 176029
    alice.exchange.clock.advance(1000)
    assert alice.post("/v5/account/borrow", coin="BTC", amount="0.8").retCode == 0
    assert most(alice) == "0"


def test_by_the_family(alice: Actor) -> None:
    """A sub has 2.5 of 3 BTC."""
    sub = alice.exchange.account(parent=alice.uid, USDT="1000000")
    sub.post("/v5/account/borrow", coin="BTC", amount="2.5")
    assert most(alice) == "0.5"


def test_by_the_inventory(alice: Actor) -> None:
    """Bob has 2.9 of 3 BTC that there are."""
    alice.exchange.control("PUT", "/-/loans/BTC", {"inventory": "3"})
    bob = alice.exchange.account(USDT="1000000")
    bob.post("/v5/account/borrow", coin="BTC", amount="2.9")
    assert most(alice) == "0.1"


def test_where_nothing_is_lent(alice: Actor) -> None:
    """A coin that is not, without money, and in isolated margin."""
    assert most(alice, "PEPE") == "0"
    assert most(alice.exchange.account()) == "0"
    alice.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    assert most(alice) == "0"


@pytest.mark.parametrize("query", ["", "currency=", "currency=NOPE", "currency=btc"])
def test_without_a_coin(alice: Actor, query: str) -> None:
    """10001."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: currency invalid")


def test_a_classic_account(exchange: Exchange) -> None:
    """176037."""
    assert exchange.account(kind=1).get(PATH, "currency=BTC").retCode == 176037


def test_the_limit_is_fifty_a_second(alice: Actor) -> None:
    """As stated (5.1)."""
    reply = alice.get(PATH, "currency=BTC")
    assert (reply.retMsg, reply.headers["x-bapi-limit"]) == ("Success", "50")


def test_the_documented_shape(alice: Actor) -> None:
    """The page's coin."""
    oracle().assert_matches(alice.get(PATH, "currency=BTC").json, "spot-margin-uta/max-borrowable")
