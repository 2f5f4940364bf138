"""ccxt and pybit, unmodified: the markets that they load before they do anything else."""

from __future__ import annotations

import pytest
from tests.actors import Exchange
from tests.clients.test_ccxt import bybit
from tests.clients.test_pybit import pybit


def test_load_markets(exchange: Exchange) -> None:
    """Every instrument becomes a market of its type, with its precision and limits."""
    with bybit(exchange.account()) as client:
        markets = client.load_markets()

    spot, swap = markets["BTC/USDT"], markets["BTC/USDT:USDT"]
    assert (spot["id"], spot["spot"], spot["precision"]["price"]) == ("BTCUSDT", True, 0.1)
    assert (swap["linear"], swap["contractSize"], swap["precision"]["amount"]) == (True, 1, 0.001)
    assert swap["limits"]["leverage"]["max"] == 150
    assert swap["limits"]["amount"] == {"min": 0.001, "max": 1500}
    assert markets["BTC/USD:BTC"]["inverse"] is True
    assert markets["BTC/USDC:USDC"]["id"] == "BTCPERP"
    assert markets["BTC/USDT:USDT-270625-106000-P"]["option"] is True
    assert all(market["active"] for market in markets.values())


def test_every_row_is_loaded(exchange: Exchange) -> None:
    """Nothing is dropped on the way, page after page."""
    with bybit(exchange.account()) as client:
        loaded = {market["id"] for market in client.load_markets().values() if market["linear"]}

    listed = exchange.get("/v5/market/instruments-info?category=linear").result["list"]
    assert {row["symbol"] for row in listed} <= loaded


@pytest.mark.parametrize(
    ("symbol", "last"), [("BTC/USDT", 100_000), ("BTC/USDT:USDT", 100_000), ("ETH/BTC", 0.04)]
)
def test_fetch_ticker(exchange: Exchange, symbol: str, last: float) -> None:
    """A price that was set is the price that a client reads."""
    for coin, price in {"BTC": "100000", "USDT": "1", "ETH": "4000"}.items():
        exchange.control("PUT", f"/-/prices/{coin}", {"price": price})
    with bybit(exchange.account()) as client:
        ticker = client.fetch_ticker(symbol)

    assert ticker["last"] == ticker["close"] == last
    assert ticker["bid"] < last < ticker["ask"]
    assert (ticker["baseVolume"], ticker["percentage"]) == (0, 0)


def test_fetch_tickers(exchange: Exchange) -> None:
    """All of one type at once."""
    with bybit(exchange.account()) as client:
        tickers = client.fetch_tickers(params={"category": "linear"})

    assert {"BTC/USDT:USDT", "ETH/USDT:USDT"} <= {*tickers}


def test_fetch_currencies(exchange: Exchange) -> None:
    """Coins with their networks."""
    with bybit(exchange.account()) as client:
        currencies = client.fetch_currencies()

    assert {"BTC", "ETH", "USDT", "USDC"} <= {*currencies}
    assert currencies["BTC"]["networks"]["BTC"]["fee"] == 0.000085
    assert currencies["BTC"]["withdraw"] is True


def test_fetch_leverage_tiers(exchange: Exchange) -> None:
    """The risk limits of one market."""
    with bybit(exchange.account()) as client:
        tiers = client.fetch_market_leverage_tiers("BTC/USDT:USDT")

    assert [tier["maxLeverage"] for tier in tiers][:2] == [150, 100]
    assert [tier["maintenanceMarginRate"] for tier in tiers][:2] == [0.0033, 0.005]


def test_pybit_get_instruments_info(exchange: Exchange) -> None:
    """Its cursor is sent as it came."""
    with pybit(exchange.account()) as session:
        first = session.get_instruments_info(category="linear", limit=5)["result"]
        cursor = first["nextPageCursor"]
        second = session.get_instruments_info(category="linear", limit=5, cursor=cursor)["result"]

    names = [row["symbol"] for row in first["list"] + second["list"]]
    assert (len(names), names) == (10, sorted({*names}))


@pytest.mark.parametrize("category", ["spot", "linear", "inverse"])
def test_pybit_get_tickers(exchange: Exchange, category: str) -> None:
    """One row a symbol."""
    with pybit(exchange.account()) as session:
        rows = session.get_tickers(category=category)["result"]["list"]

    assert all(float(row["lastPrice"]) > 0 for row in rows)
    assert {"BTCUSDT", "BTCUSD"} & {row["symbol"] for row in rows}


def test_pybit_get_coin_info_and_risk_limit(exchange: Exchange) -> None:
    """The rest of what it reads of the market."""
    with pybit(exchange.account()) as session:
        coin = session.get_coin_info(coin="BTC")["result"]["rows"][0]
        tiers = session.get_risk_limit(category="linear", symbol="BTCUSDT")["result"]["list"]

    assert coin["chains"][0]["chain"] == "BTC"
    assert tiers[0]["maxLeverage"] == "150.00"
