"""GET /v5/spot-margin-trade/coinstate: the leverage of each coin."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/spot-margin-trade/coinstate"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """Leverage 4, and 3 for BTC."""
    alice = exchange.account()
    alice.post("/v5/spot-margin-trade/switch-mode", spotMarginMode="1")
    alice.post("/v5/spot-margin-trade/set-leverage", leverage="4")
    alice.post("/v5/spot-margin-trade/set-leverage", leverage="3", currency="BTC")
    return alice


def test_every_coin_that_is_lent(alice: Actor) -> None:
    """As on the page: numbers."""
    reply = alice.get(PATH)
    assert (reply.retCode, reply.retMsg) == (0, "Success")
    rows = {row["currency"]: row["spotLeverage"] for row in reply.result["list"]}
    assert (rows["BTC"], rows["ETH"], rows["USDT"]) == (3, 4, 4)
    assert "PEPE" not in rows


def test_one_coin(alice: Actor) -> None:
    """And nothing of one that is not lent."""
    row = {"spotLeverage": 3, "currency": "BTC"}
    assert alice.get(PATH, "currency=BTC").result == {"list": [row]}
    assert alice.get(PATH, "currency=PEPE").result == {"list": []}


def test_while_it_is_off(exchange: Exchange) -> None:
    """Empty, as the page says."""
    rows = exchange.account().get(PATH, "currency=BTC").result["list"]
    assert rows == [{"spotLeverage": "", "currency": "BTC"}]


@pytest.mark.parametrize("coin", ["NOPE", "btc", "BTC,ETH"])
def test_an_unknown_coin(alice: Actor, coin: str) -> None:
    """10001; one coin, in capitals."""
    reply = alice.get(PATH, f"currency={coin}")
    assert (reply.retCode, reply.retMsg) == (10001, "params error: currency invalid")


def test_a_classic_account(exchange: Exchange) -> None:
    """176037."""
    assert exchange.account(kind=1).get(PATH).retCode == 176037


def test_the_limit_is_fifty_a_second(alice: Actor) -> None:
    """As stated (5.1)."""
    assert alice.get(PATH).headers["x-bapi-limit"] == "50"


def test_the_documented_shape(alice: Actor) -> None:
    """The page's example has numbers, its table says string."""
    oracle().assert_matches(alice.get(PATH).json, "spot-margin-uta/coinstate")
