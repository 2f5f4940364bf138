"""GET /v5/market/tickers"""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.actors import SPEC, T0, Exchange, oracle, running

from utabox.endpoints.market.tickers import Ticker

PATH = "/v5/market/tickers"
AUTUMN_2026 = 1_790_373_926_264  # 2026-09-25 22:05:26 UTC, the catalogue's snapshot of prices
INDEX = {"BTC": "83876.10", "ETH": "2655.20", "USDT": "0.99980", "USDC": "0.99990"}
PEPE = "0.000004210"


def ask(exchange: Exchange, query: str) -> list[dict[str, Any]]:
    """The rows of an answer that is no refusal."""
    reply = exchange.get(f"{PATH}?{query}")
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    rows: list[dict[str, Any]] = reply.result["list"]
    return rows


def move(exchange: Exchange, **prices: str) -> None:
    """Set USD indexes from outside."""
    for coin, price in prices.items():
        exchange.control("PUT", f"/-/prices/{coin}", {"price": price})


@pytest.fixture
def exchange() -> Any:
    """An exchange whose prices are those of the test."""
    with running(now=AUTUMN_2026) as exchange:
        move(exchange, PEPE=PEPE, **INDEX)
        yield exchange


@pytest.mark.parametrize(
    ("category", "symbol", "last"),
    [
        ("spot", "BTCUSDT", "83892.9"),  # 83876.10 / 0.99980 = 83892.878..., tick 0.1
        ("spot", "ETHUSDC", "2655.47"),  # 2655.20 / 0.99990 = 2655.4655..., tick 0.01
        ("spot", "ETHBTC", "0.031656"),  # 2655.20 / 83876.10 = 0.03165621..., tick 0.000001
        ("linear", "BTCUSDT", "83892.90"),  # tick 0.10
        ("linear", "BTCPERP", "83884.50"),  # in USDC: 83884.488..., tick 0.10
        ("linear", "1000PEPEUSDT", "0.0042110"),  # 1000 * 0.00000421 / 0.9998, tick 0.0000010
        ("inverse", "BTCUSD", "83876.10"),  # in USD itself
        ("inverse", "BTCUSDZ26", "83876.00"),  # tick 0.50
    ],
)
def test_a_price_follows_from_two_indexes(
    exchange: Exchange, category: str, symbol: str, last: str
) -> None:
    """USD of the base coin by USD of the quote coin, rounded to the tick."""
    assert ask(exchange, f"category={category}&symbol={symbol}")[0]["lastPrice"] == last


def test_a_coin_moves_all_its_symbols(exchange: Exchange) -> None:
    """And no other; a move of the quote coin moves them the other way."""
    move(exchange, BTC="100000", USDT="1")
    spot = {row["symbol"]: row for row in ask(exchange, "category=spot")}
    linear = {row["symbol"]: row for row in ask(exchange, "category=linear")}
    assert spot["BTCUSDT"]["lastPrice"] == "100000.0"
    assert spot["BTCUSDT"]["usdIndexPrice"] == "100000"
    assert linear["BTCUSDT"]["indexPrice"] == linear["BTCUSDT"]["markPrice"] == "100000.00"
    assert spot["ETHBTC"]["lastPrice"] == "0.026552"
    assert spot["ETHUSDT"]["lastPrice"] == "2655.20"
    assert spot["ETHUSDC"]["lastPrice"] == "2655.47"
    move(exchange, USDT="0.5")
    assert ask(exchange, "category=spot&symbol=BTCUSDT")[0]["lastPrice"] == "200000.0"


def test_a_price_is_never_zero(exchange: Exchange) -> None:
    """The first tick is the least, and the bid stays on it."""
    move(exchange, BTC="0.000001")
    row = ask(exchange, "category=linear&symbol=BTCUSDT")[0]
    assert (row["lastPrice"], row["bid1Price"], row["ask1Price"]) == ("0.10", "0.10", "0.20")


def test_quotes_stand_one_tick_away(exchange: Exchange) -> None:
    """Nobody offers anything: their sizes are 0."""
    row = ask(exchange, "category=linear&symbol=BTCUSDT")[0]
    assert (row["bid1Price"], row["ask1Price"]) == ("83892.80", "83893.00")
    assert (row["bid1Size"], row["ask1Size"]) == ("0", "0")


def test_without_trades(exchange: Exchange) -> None:
    """Sums over no trades are 0, and no price has changed."""
    row = ask(exchange, "category=inverse&symbol=BTCUSD")[0]
    sums = ("volume24h", "turnover24h", "openInterest", "openInterestValue", "price24hPcnt")
    assert {row[name] for name in sums} == {"0"}
    unchanged = ("prevPrice24h", "prevPrice1h", "highPrice24h", "lowPrice24h", "lastPrice")
    assert {row[name] for name in unchanged} == {"83876.10"}


def test_a_mark_price_may_be_set(exchange: Exchange) -> None:
    """It alone moves, until it is cleared; no other symbol is marked with it."""
    before = ask(exchange, "category=linear&symbol=BTCUSDT")[0]
    exchange.control("PUT", "/-/marks/linear/BTCUSDT", {"price": "82000.5"})
    marked = ask(exchange, "category=linear&symbol=BTCUSDT")[0]

    assert marked == {**before, "markPrice": "82000.50"}
    assert ask(exchange, "category=linear&symbol=BTCPERP")[0]["markPrice"] == "83884.49"
    assert ask(exchange, "category=inverse&symbol=BTCUSD")[0]["markPrice"] == "83876.10"
    assert exchange.control("GET", "/-/marks") == {"linear": {"BTCUSDT": "82000.5"}}

    move(exchange, BTC="100000")
    assert ask(exchange, "category=linear&symbol=BTCUSDT")[0]["markPrice"] == "82000.50"
    exchange.control("DELETE", "/-/marks/linear/BTCUSDT")
    assert ask(exchange, "category=linear&symbol=BTCUSDT")[0]["markPrice"] == "100020.00"


def test_an_options_mark_price_may_be_set(exchange: Exchange) -> None:
    """The greeks stay those of the model."""
    query, symbol = "category=option&symbol=", "BTC-25DEC26-84000-C-USDT"
    before = ask(exchange, query + symbol)[0]
    exchange.control("PUT", f"/-/marks/option/{symbol}", {"price": "7000.00000001"})
    assert ask(exchange, query + symbol)[0] == {**before, "markPrice": "7000.00000001"}


@pytest.mark.parametrize(
    ("path", "price"),
    [
        ("spot/BTCUSDT", "1"),
        ("Linear/BTCUSDT", "1"),
        ("linear/NOPE", "1"),
        ("linear/BTCUSD", "1"),
        ("linear/BTCUSDT", "0"),
        ("linear/BTCUSDT", "-1"),
        ("linear/BTCUSDT", "NaN"),
        ("linear/BTCUSDT", "82000.505"),  # it shows two decimals
        ("linear/BTCUSDT", "1000000000000.01"),
        ("linear/BTCUSDT", "1E-999999"),
        ("linear/BTCUSDT", "1E+999999"),
        ("option/BTC-25DEC26-84000-C-USDT", "0.000000001"),
    ],
)
def test_what_is_no_mark_price(exchange: Exchange, path: str, price: str) -> None:
    """One sentence with the next step, and nothing changes."""
    entries = exchange.entries
    reply = exchange.control_reply("PUT", f"/-/marks/{path}", {"price": price})
    assert reply.status == 400
    assert len(reply.json["error"]) > 20
    assert (exchange.entries, exchange.control("GET", "/-/marks")) == (entries, {})


def test_the_usd_index_of_a_coin_that_is_no_collateral_is_empty(exchange: Exchange) -> None:
    """It is sent for collateral coins only (trading-semantics 6.1)."""
    assert ask(exchange, "category=spot&symbol=DEGENUSDT")[0]["usdIndexPrice"] == ""
    assert ask(exchange, "category=spot&symbol=ETHUSDT")[0]["usdIndexPrice"] == "2655.20"


@pytest.mark.parametrize(
    ("symbol", "hours", "when"),
    [
        ("BTCUSDT", "8", "1790380800000"),  # 2026-09-26 00:00, as captured for BTCUSD then
        ("1000000BABYDOGEUSDT", "4", "1790380800000"),
    ],
)
def test_funding(exchange: Exchange, symbol: str, hours: str, when: str) -> None:
    """At multiples of the interval from midnight UTC; its rate is constant."""
    row = ask(exchange, f"category=linear&symbol={symbol}")[0]
    assert (row["fundingIntervalHour"], row["nextFundingTime"]) == (hours, when)
    assert row["fundingRate"] == "0.0001"


def test_dated_futures(exchange: Exchange) -> None:
    """They have a delivery and a basis, and no funding."""
    row = ask(exchange, "category=inverse&symbol=BTCUSDZ26")[0]
    assert (row["deliveryTime"], row["deliveryFeeRate"]) == ("1798185600000", "0.0005")
    assert (row["fundingRate"], row["nextFundingTime"], row["fundingIntervalHour"]) == ("", "0", "")
    assert row["indexPrice"] == "83876.10"
    assert row["basis"] == "-0.10"  # last 83876.00, on a tick of 0.50


@pytest.mark.parametrize(
    ("symbol", "mark", "delta"),
    [
        # Black-76 by an independent computation (float, math.erf) from U = 83892.88.
        ("BTC-25DEC26-84000-C-USDT", "6436.8736", "0.536046"),
        ("BTC-25DEC26-70000-P-USDT", "1402.2686", "-0.151557"),
        ("BTC-25JUN27-106000-P-USDT", "26654.8493", "-0.700471"),
    ],
)
def test_options_have_a_model_price(exchange: Exchange, symbol: str, mark: str, delta: str) -> None:
    """Black-76 on the index with a constant volatility (trading-semantics 5.2)."""
    row = ask(exchange, f"category=option&symbol={symbol}")[0]
    assert abs(Decimal(row["markPrice"]) - Decimal(mark)) < Decimal("0.001")
    assert abs(Decimal(row["delta"]) - Decimal(delta)) < Decimal("0.00001")
    assert (row["indexPrice"], row["markIv"]) == ("83892.88", "0.3900")
    assert Decimal(row["gamma"]) > 0 < Decimal(row["vega"])
    assert Decimal(row["theta"]) < 0
    assert (row["lastPrice"], row["bid1Price"], row["bid1Iv"]) == ("0", "0", "0")


def test_a_call_less_a_put_is_the_forward(exchange: Exchange) -> None:
    """Of one strike: C - P = U - K."""
    call, put = (
        Decimal(
            ask(exchange, f"category=option&symbol=BTC-25DEC26-84000-{kind}-USDT")[0]["markPrice"]
        )
        for kind in ("C", "P")
    )
    assert abs(call - put - (Decimal("83892.88") - 84000)) < Decimal("1e-7")


def test_options_of_a_coin_and_a_date(exchange: Exchange) -> None:
    """`baseCoin`, and of these `expDate`."""
    whole = {row["symbol"] for row in ask(exchange, "category=option&baseCoin=BTC")}
    december = {
        row["symbol"] for row in ask(exchange, "category=option&baseCoin=BTC&expDate=25DEC26")
    }
    assert {symbol.split("-")[1] for symbol in whole} == {"25DEC26", "25JUN27"}
    assert {symbol.split("-")[1] for symbol in december} == {"25DEC26"}


def test_delivered_symbols_have_none(exchange: Exchange) -> None:
    """BTCUSDT-25SEP26 was delivered 14 hours ago."""
    assert ask(exchange, "category=linear&symbol=BTCUSDT-25SEP26") == []
    assert "BTCUSDT-25SEP26" not in {row["symbol"] for row in ask(exchange, "category=linear")}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "category invalid"),
        ("category=futures", "category invalid"),
        ("category=spot&symbol=NOPE", "symbol invalid"),
        ("category=linear&symbol=BTCUSD", "symbol invalid"),
        ("category=option", "baseCoin invalid"),  # symbol or baseCoin must be passed
    ],
)
def test_refusals(exchange: Exchange, query: str, text: str) -> None:
    """10001 with the parameter's name."""
    reply = exchange.get(f"{PATH}?{query}")
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {text}")
    assert exchange.why["expected"]


def test_the_captured_fields() -> None:
    """Those of 2025-11-04 in their types; the one-sided open interest came later."""
    oracle()
    file = SPEC / "catalogue" / "captures" / "live2025-rest-tickers-linear-btcusdt.json"
    wanted = json.loads(file.read_text("utf-8"))["message"]["result"]["list"][0]
    with running(now=T0) as exchange:
        row = ask(exchange, "category=linear&symbol=BTCUSDT")[0]
    later = {"singleOpenInterest", "singleOpenInterestValue"}
    assert {*row} - {*wanted} == later
    assert {*wanted} <= {*row}
    assert {type(value) for value in row.values()} == {str}


@pytest.mark.parametrize("query", ["spot", "linear", "inverse", "option&baseCoin=BTC"])
def test_every_row_has_the_declared_fields(exchange: Exchange, query: str) -> None:
    """And there is one for every symbol that trades and whose coins have an index."""
    rows = ask(exchange, f"category={query}")
    msgspec.convert(rows, list[Ticker])
    listed = exchange.get(f"/v5/market/instruments-info?category={query}").result["list"]
    assert [row["symbol"] for row in rows] == [row["symbol"] for row in listed]


@pytest.mark.parametrize(
    ("query", "variant"),
    [
        ("category=inverse&symbol=BTCUSD", ""),
        ("category=linear&symbol=BTCUSDT", ""),
        ("category=option&baseCoin=BTC", "option"),
        ("category=spot&symbol=BTCUSDT", "spot"),
    ],
)
def test_the_documented_shape(exchange: Exchange, query: str, variant: str) -> None:
    """The table has the one-sided open interest, the example not."""
    oracle().assert_matches(
        exchange.get(f"{PATH}?{query}").json,
        "market/tickers",
        variant=variant,
        ignore=["result.list[].singleOpenInterest*"],
    )


@pytest.mark.parametrize(
    ("base", "quote"),
    [("1000000000000", "0.000000000000000001"), ("0.000000000000000001", "1000000000000")],
)
@pytest.mark.parametrize("query", ["spot", "linear", "inverse", "option&baseCoin=BTC"])
def test_the_farthest_prices(exchange: Exchange, query: str, base: str, quote: str) -> None:
    """What may be set can be shown, with the decimals of each grid."""
    move(exchange, BTC=base, PEPE=base, USDT=quote, USDC=quote)
    for row in ask(exchange, f"category={query}"):
        assert Decimal(row["lastPrice"]) >= 0
        assert "E" not in row["lastPrice"] + row.get("markPrice", "")


def test_the_instant_before_a_delivery() -> None:
    """The model holds with a millisecond left, and then there is no ticker."""
    with running(now=1_798_185_599_999) as exchange:
        move(exchange, **INDEX)
        query = "category=option&symbol=BTC-25DEC26-70000-C-USDT"
        assert ask(exchange, query)[0]["markPrice"] == "13892.88"  # what it would pay
        exchange.clock.advance(1)
        assert ask(exchange, query) == []
