"""GET /v5/asset/coin-greeks; the sums themselves are in tests/engine/position/test_book.py."""

import pytest
from tests.actors import Exchange, oracle

PATH = "/v5/asset/coin-greeks"
NOTHING = {"totalDelta": "0", "totalGamma": "0", "totalVega": "0", "totalTheta": "0"}


def test_one_coin(exchange: Exchange) -> None:
    """Without positions, the sums are of nothing."""
    reply = exchange.account().get(PATH, "baseCoin=BTC")
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    assert reply.result == {"list": [{"baseCoin": "BTC", **NOTHING}]}


def test_every_coin_that_options_are_listed_on(exchange: Exchange) -> None:
    """Each has a row, by name."""
    rows = exchange.account().get(PATH).result["list"]
    assert rows == [{"baseCoin": coin, **NOTHING} for coin in ("BTC", "ETH", "SOL", "XRP")]


@pytest.mark.parametrize("coin", ["NOPE", "btc", "BTC,ETH"])
def test_an_unknown_coin(exchange: Exchange, coin: str) -> None:
    """10001; one coin, in capitals."""
    reply = exchange.account().get(PATH, f"baseCoin={coin}")
    assert (reply.retCode, reply.retMsg) == (10001, "params error: baseCoin invalid")


def test_a_classic_account(exchange: Exchange) -> None:
    """10028; a wrong coin is refused first."""
    classic = exchange.account(kind=1)
    assert classic.get(PATH).retCode == 10028
    assert classic.get(PATH, "baseCoin=NOPE").retCode == 10001


def test_the_limit_is_fifty_a_second(exchange: Exchange) -> None:
    """As stated (5.1)."""
    assert exchange.account().get(PATH).headers["x-bapi-limit"] == "50"


def test_the_documented_shape(exchange: Exchange) -> None:
    """The page's coin."""
    reply = exchange.account().get(PATH, "baseCoin=BTC")
    oracle().assert_matches(reply.json, "account/coin-greeks")
