"""GET /v5/market/index-price-components"""

import pytest
from tests.actors import T0, Exchange, Reply, oracle

from utabox.endpoints.market.index_price_components import Params, index_price_components
from utabox.engine.rules import Rejected
from utabox.engine.state import State

PATH = "/v5/market/index-price-components"


def ask(exchange: Exchange, name: str) -> Reply:
    return exchange.get(f"{PATH}?indexName={name}")


@pytest.fixture
def exchange(exchange: Exchange) -> Exchange:
    """An exchange whose prices are those of the test."""
    prices = {"BTC": "83876.10", "PEPE": "0.000004210", "USDT": "0.99980", "USDC": "0.99990"}
    for coin, price in prices.items():
        exchange.control("PUT", f"/-/prices/{coin}", {"price": price})
    return exchange


@pytest.mark.parametrize(
    ("name", "price", "pair", "multiplier"),
    [
        ("BTCUSDT", "83892.88", "BTCUSDT", "1"),  # 83876.10 / 0.99980 = 83892.878...
        ("BTCUSDC", "83884.49", "BTCUSDC", "1"),  # 83876.10 / 0.99990 = 83884.488...
        ("BTCUSD", "83876.10", "BTCUSD", "1"),
        ("1000PEPEUSDT", "0.0042108", "PEPEUSDT", "1000"),  # 0.00421 / 0.9998 = 0.00421084...
    ],
)
def test_the_venues_own_price_is_the_index(
    exchange: Exchange, name: str, price: str, pair: str, multiplier: str
) -> None:
    """There is no other market, so it weighs 1 and is the index."""
    reply = ask(exchange, name)
    assert (reply.retCode, reply.retMsg) == (0, "")
    assert reply.result == {
        "indexName": name,
        "lastPrice": price,
        "updateTime": str(T0),
        "components": [
            {
                "exchange": "Bybit",
                "spotPair": pair,
                "equivalentPrice": price,
                "multiplier": multiplier,
                "price": price,
                "weight": "1",
            }
        ],
    }


def test_it_is_what_tickers_show(exchange: Exchange) -> None:
    """Of the perpetual contract on it."""
    exchange.control("PUT", "/-/prices/BTC", {"price": "100000"})
    ticker = exchange.get("/v5/market/tickers?category=linear&symbol=BTCUSDT").result["list"][0]
    assert ask(exchange, "BTCUSDT").result["lastPrice"] == ticker["indexPrice"] == "100020.00"


@pytest.mark.parametrize("query", ["", "?indexName=", "?indexName=NOPE", "?indexName=btcusdt"])
def test_refusals(exchange: Exchange, query: str) -> None:
    """10001 with the parameter's name."""
    reply = exchange.get(PATH + query)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: indexName invalid")
    assert exchange.why["hint"]


def test_an_index_without_prices_is_refused() -> None:
    """The next step is to set one."""
    with pytest.raises(Rejected, match="indexName invalid") as refused:
        index_price_components(State(), T0, Params("BTCUSDT"))
    assert refused.value.why.hint == "Set it: `utabox price set BTC USD`."


def test_the_documented_shape(exchange: Exchange) -> None:
    oracle().assert_matches(ask(exchange, "1000PEPEUSDT").json, "market/index-components")
