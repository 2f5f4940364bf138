"""GET /v5/account/trade-info-for-analysis; its sums are in tests/engine/position/test_past.py."""

from decimal import Decimal

import pytest
from tests.actors import T0, Actor, Exchange, oracle
from tests.spec.past import remember

from utabox.engine.position.past import TradeRow, traded
from utabox.terms import Category

PATH = "/v5/account/trade-info-for-analysis"
DAY = 86_400_000
D = Decimal


def test_an_account_that_never_traded(exchange: Exchange) -> None:
    """The page's own example."""
    reply = exchange.account().get(PATH, "symbol=ETHUSDT")
    assert (reply.retCode, reply.retMsg) == (0, "Success")
    assert list(reply.result.items()) == list({
        "symbolRnl": "0", "sumBuyExecValue": "0", "sumBuyExecQty": "0", "sumSellExecFee": "0",
        "netExecQty": "0", "sumExecQty": "0", "settleCoin": "USDT", "sumExecValue": "0",
        "sumSellExecValue": "0", "sumBuyOrderQty": "0", "sumSellOrderQty": "0",
        "maxMarginVersion": 0, "avgSellExecPrice": "0", "avgBuyExecPrice": "0",
        "sumBuyExecFee": "0", "sumSellExecQty": "0", "baseCoin": "ETH",
    }.items())  # fmt: skip


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """Rows as trading will leave them: 2 ETH bought, one of them sold a day later; and one BTC."""
    alice = exchange.account()
    bought = TradeRow("Buy", D(2500), D(2), D("0.002"), "a", D(3))
    sold = TradeRow("Sell", D(2600), D(1), D("2.6"), "b", D(1))
    remember(exchange, T0, traded(alice.uid, Category.SPOT, "ETHUSDT", bought))
    remember(exchange, T0 + 1, traded(alice.uid, Category.SPOT, "BTCUSDT", bought))
    remember(exchange, T0 + 2, traded(alice.uid, Category.LINEAR, "ETHUSDT", bought))
    remember(exchange, T0 + DAY, traded(alice.uid, Category.SPOT, "ETHUSDT", sold))
    exchange.clock.advance(DAY)
    return alice


def test_the_trades_of_a_spot_symbol(alice: Actor) -> None:
    """Not those of another symbol, nor of the contract of the same name."""
    found = alice.get(PATH, "symbol=ETHUSDT").result
    assert found["sumPriceList"] == [
        {
            "day": "2025-05-27", "sumBuyExecValue": "5000", "sumSellExecValue": "0",
            "sumExecValue": "5000",
        },
        {
            "day": "2025-05-28", "sumBuyExecValue": "0", "sumSellExecValue": "2600",
            "sumExecValue": "2600",
        },
    ]  # fmt: skip
    assert (found["sumBuyExecQty"], found["sumSellExecQty"], found["netExecQty"]) == ("2", "1", "1")
    assert (found["avgBuyExecPrice"], found["avgSellExecPrice"]) == ("2500", "2600")
    assert (found["sumBuyExecFee"], found["sumSellExecFee"]) == ("0.002", "2.6")
    assert (found["sumBuyOrderQty"], found["sumSellOrderQty"]) == ("3", "1")
    assert (found["sumExecValue"], found["sumExecQty"], found["symbolRnl"]) == ("7600", "3", "100")


@pytest.mark.parametrize(
    ("query", "qty"),
    [
        (f"startTime={T0}", "3"), (f"startTime={T0 + 1}", "1"), (f"endTime={T0}", "2"),
        (f"startTime={T0}&endTime={T0}", "2"), (f"endTime={T0 - 1}", "0"),
    ],
)  # fmt: skip
def test_times(alice: Actor, query: str, qty: str) -> None:
    """Both bounds are inclusive."""
    assert alice.get(PATH, f"symbol=ETHUSDT&{query}").result["sumExecQty"] == qty


def test_another_account_sees_nothing_of_it(exchange: Exchange, alice: Actor) -> None:
    """Its own trades only."""
    assert exchange.account().get(PATH, "symbol=ETHUSDT").result["sumExecQty"] == "0"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "symbol"), ("symbol=NOPE", "symbol"), ("symbol=BTCUSD", "symbol"),
        ("symbol=BTCUSDT&startTime=x", "startTime"),
        ("symbol=BTCUSDT&startTime=2&endTime=1", "startTime"),
    ],
)  # fmt: skip
def test_what_does_not_fit(exchange: Exchange, query: str, name: str) -> None:
    """10001 names the parameter; only spot symbols fit."""
    reply = exchange.account().get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {name} invalid")


def test_a_classic_account(exchange: Exchange) -> None:
    """10028; a wrong symbol is refused first."""
    classic = exchange.account(kind=1)
    assert classic.get(PATH, "symbol=BTCUSDT").retCode == 10028
    assert classic.get(PATH, "symbol=NOPE").retCode == 10001


def test_the_limit_is_fifty_a_second(exchange: Exchange) -> None:
    """As stated (5.1)."""
    assert exchange.account().get(PATH, "symbol=BTCUSDT").headers["x-bapi-limit"] == "50"


def test_the_documented_shape(exchange: Exchange, alice: Actor) -> None:
    """Without trades, the example's; with some, sumPriceList of the page's table, too."""
    page = "account/trade-info-for-analysis"
    oracle().assert_matches(exchange.account().get(PATH, "symbol=ETHUSDT").json, page)
    reply = alice.get(PATH, "symbol=ETHUSDT")
    oracle().assert_matches(reply.json, page, ignore=["result.sumPriceList"])
