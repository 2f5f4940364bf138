"""GET /v5/market/price-limit"""

from typing import Any

import pytest
from tests.actors import Exchange, Reply, oracle, running

from utabox.endpoints.market.price_limit import Params, price_limit
from utabox.engine.rules import Rejected
from utabox.engine.state import State

PATH = "/v5/market/price-limit"
AUTUMN_2026 = 1_790_373_926_264  # 2026-09-25 22:05:26 UTC
INDEX = {"BTC": "83876.10", "USDT": "0.99980"}


def ask(exchange: Exchange, query: str) -> Reply:
    return exchange.get(f"{PATH}?{query}")


def limits(exchange: Exchange, query: str) -> tuple[str, str]:
    """The highest price to buy and the lowest to sell."""
    reply = ask(exchange, query)
    assert reply.retCode == 0, reply.body
    return reply.result["buyLmt"], reply.result["sellLmt"]


@pytest.fixture
def exchange() -> Any:
    """An exchange whose prices are those of the test."""
    with running(now=AUTUMN_2026) as exchange:
        for coin, price in INDEX.items():
            exchange.control("PUT", f"/-/prices/{coin}", {"price": price})
        yield exchange


@pytest.mark.parametrize(
    ("query", "buy", "sell"),
    [
        # X 0.01, tick 0.10: 83892.88 * 1.01 = 84731.8088, * 0.99 = 83053.9512
        ("symbol=BTCUSDT", "84731.80", "83054.00"),
        ("category=linear&symbol=BTCUSDT", "84731.80", "83054.00"),
        # X 0.01, tick 0.10: 83876.10 * 1.01 = 84714.861, * 0.99 = 83037.339
        ("category=inverse&symbol=BTCUSD", "84714.80", "83037.40"),
        # X 0.05, tick 0.50: 83876.10 * 1.05 = 88069.905, * 0.95 = 79682.295
        ("category=inverse&symbol=BTCUSDZ26", "88069.50", "79682.50"),
        # x 0.005, tick 0.1: 83892.87857... * 1.005 = 84312.342..., * 0.995 = 83473.414...
        ("category=spot&symbol=BTCUSDT", "84312.3", "83473.5"),
    ],
)
def test_limits_follow_from_the_ratios(exchange: Exchange, query: str, buy: str, sell: str) -> None:
    """The first ratio decides while nobody trades; rounded to the tick, inward (8.4, 3.6)."""
    assert limits(exchange, query) == (buy, sell)


@pytest.mark.parametrize(
    ("mark", "buy", "sell"),
    [
        # buy: min(M * 1.02, max(83892.88, M * 1.01)); sell: max(M * 0.98, min(83892.88, M * 0.99))
        ("82000", "83640.00", "81180.00"),  # far below the index: the second ratio caps
        ("83000", "83892.80", "82170.00"),  # one may buy up to the index
        ("84800", "85648.00", "83892.90"),  # and sell down to it
        ("86000", "86860.00", "84280.00"),
    ],
)
def test_a_mark_price_away_from_the_index(
    exchange: Exchange, mark: str, buy: str, sell: str
) -> None:
    """Of contracts mark and index price count (8.4, May 2026); of spot the index alone."""
    spot = limits(exchange, "category=spot&symbol=BTCUSDT")
    exchange.control("PUT", "/-/marks/linear/BTCUSDT", {"price": mark})
    assert limits(exchange, "symbol=BTCUSDT") == (buy, sell)
    assert limits(exchange, "category=spot&symbol=BTCUSDT") == spot


def test_a_limit_is_never_zero(exchange: Exchange) -> None:
    """At least one tick, as every price."""
    exchange.control("PUT", "/-/prices/BTC", {"price": "0.000001"})
    assert limits(exchange, "symbol=BTCUSDT") == ("0.10", "0.10")


def test_the_time_is_the_venues(exchange: Exchange) -> None:
    """In ms, as text; and the text of a success is empty (the page's example)."""
    reply = ask(exchange, "symbol=BTCUSDT")
    assert (reply.result["ts"], reply.result["symbol"]) == (str(AUTUMN_2026), "BTCUSDT")
    assert reply.retMsg == ""


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "symbol invalid"),
        ("category=option&symbol=BTC-25DEC26-84000-C-USDT", "category invalid"),
        ("symbol=NOPE", "symbol invalid"),
        ("symbol=btcusdt", "symbol invalid"),
        ("symbol=BTCUSD", "symbol invalid"),  # an inverse one
        ("symbol=BTCUSDT-25SEP26", "symbol invalid"),  # delivered 14 hours ago
    ],
)
def test_refusals(exchange: Exchange, query: str, text: str) -> None:
    """10001 with the parameter's name."""
    reply = ask(exchange, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {text}")
    assert exchange.why["hint"]


def test_without_an_index_price_there_are_no_limits() -> None:
    """The next step is to set one."""
    with pytest.raises(Rejected, match="10001: params error: symbol invalid") as refused:
        price_limit(State(), AUTUMN_2026, Params("BTCUSDT"))
    assert refused.value.why.hint == "Set it: `utabox price set BTC USD`."


def test_the_documented_shape(exchange: Exchange) -> None:
    oracle().assert_matches(ask(exchange, "symbol=BTCUSDT").json, "market/order-price-limit")
