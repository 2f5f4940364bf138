"""GET /v5/account/fee-rate: by VIP level."""

import pytest
from tests.actors import Exchange, oracle

PATH = "/v5/account/fee-rate"
YEAR = 365 * 86_400_000  # ms


@pytest.mark.parametrize(
    ("vip", "category", "taker", "maker"),
    [
        ("No VIP", "spot", "0.001", "0.001"),
        ("No VIP", "linear", "0.00055", "0.0002"),
        ("No VIP", "inverse", "0.00055", "0.0002"),
        ("VIP-1", "spot", "0.0008", "0.000675"),
        ("VIP-2", "linear", "0.000375", "0.00016"),
        ("VIP-5", "inverse", "0.00032", "0.0001"),
        ("VIP-Supreme", "linear", "0.0003", "0"),
        ("PRO-3", "linear", "0.0003", "0"),
    ],
)
def test_a_level(exchange: Exchange, vip: str, category: str, taker: str, maker: str) -> None:
    """The help centre's table of 2025; BTC against USDT, or USD where it is inverse."""
    symbol = "BTCUSD" if category == "inverse" else "BTCUSDT"
    reply = exchange.account(vip=vip).get(PATH, f"category={category}&symbol={symbol}")
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    assert reply.result["list"] == [
        {"symbol": symbol, "takerFeeRate": taker, "makerFeeRate": maker}
    ]


def test_options(exchange: Exchange) -> None:
    """By base coin, with an empty symbol (7.6)."""
    alice = exchange.account()
    assert alice.get(PATH, "category=option&baseCoin=ETH").result == {
        "list": [
            {"symbol": "", "takerFeeRate": "0.0003", "makerFeeRate": "0.0002", "baseCoin": "ETH"}
        ],
        "category": "option",
    }
    rows = alice.get(PATH, "category=option").result["list"]
    assert {"SOL", "BTC", "ETH"} <= {row["baseCoin"] for row in rows}


@pytest.mark.parametrize(
    ("category", "symbol"), [("spot", "BTCUSDT"), ("linear", "BTCPERP"), ("inverse", "BTCUSD")]
)
def test_every_symbol(exchange: Exchange, category: str, symbol: str) -> None:
    """Without a symbol, each that trades once; the category is named for spot only (7.6)."""
    result = exchange.account().get(PATH, f"category={category}").result
    symbols = [row["symbol"] for row in result["list"]]
    assert len(set(symbols)) == len(symbols) > 1
    assert symbol in symbols
    assert result.get("category") == ("spot" if category == "spot" else None)


def test_a_delivered_symbol(exchange: Exchange) -> None:
    """Of BTCUSDT-30OCT26, which ended in October 2026, none is listed any more."""
    exchange.clock.advance(2 * YEAR)
    rows = exchange.account().get(PATH, "category=linear").result["list"]
    symbols = {row["symbol"] for row in rows}
    assert ("BTCUSDT" in symbols, "BTCUSDT-30OCT26" in symbols) == (True, False)


def test_a_sub_account_pays_as_its_master(exchange: Exchange) -> None:
    """Subaccounts take the level of the main account."""
    master = exchange.account(vip="VIP-1")
    sub = exchange.account(parent=master.uid)
    query = "category=spot&symbol=BTCUSDT"
    assert sub.get(PATH, query).result == master.get(PATH, query).result
    master.set(vipLevel="VIP-5")
    assert sub.get(PATH, query).result["list"][0]["takerFeeRate"] == "0.0005"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("category=Spot", "category"),
        ("category=", "category"),
        ("symbol=BTCUSD", "symbol"),
        ("category=linear&symbol=NOPE", "symbol"),
        ("category=linear&symbol=btcusdt", "symbol"),
        ("category=spot&symbol=BTCPERP", "symbol"),
        ("category=option&baseCoin=btc", "baseCoin"),
    ],
)
def test_parameters_that_do_not_fit(exchange: Exchange, query: str, field: str) -> None:
    """10001 names the parameter."""
    reply = exchange.account().get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")
    assert exchange.why["hint"]


def test_the_limit_is_five_a_second(exchange: Exchange) -> None:
    """The sixth is refused."""
    alice = exchange.account()
    assert [alice.get(PATH, "category=option").retCode for _ in range(6)] == [0] * 5 + [10006]


def test_without_a_category(exchange: Exchange) -> None:
    """linear: the page's example leaves it out, as ccxt's fetch_trading_fees does (7.6)."""
    alice = exchange.account()
    assert alice.get(PATH).result == alice.get(PATH, "category=linear").result


def test_the_documented_shape(exchange: Exchange) -> None:
    """The example's request."""
    reply = exchange.account().get(PATH, "symbol=ETHUSDT")
    oracle().assert_matches(reply.json, "account/fee-rate")
