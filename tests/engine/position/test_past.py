"""Sums over trades, made by hand."""

from decimal import Decimal

from utabox.engine.position.past import DAY_MS, TradeRow, analysed

D = Decimal
T0 = 1_748_312_640_123  # 2025-05-27


def trade(side: str, price: str, qty: str, fee: str, order_id: str, order_qty: str) -> TradeRow:
    return TradeRow(side, D(price), D(qty), D(fee), order_id, D(order_qty))


# 3 ETH for 8500, of which 2 were sold for 6100; the first order traded twice.
TRADES = [
    (T0, trade("Buy", "2500", "1", "0.001", "a", "2")),
    (T0 + 1, trade("Buy", "3000", "1", "0.002", "a", "2")),
    (T0 + DAY_MS, trade("Buy", "3000", "1", "0.001", "b", "5")),
    (T0 + DAY_MS, trade("Sell", "3050", "2", "6.1", "c", "2")),
]


def test_nothing() -> None:
    """Every sum is 0, averages too."""
    found = analysed([])
    assert [found.buy.avg_price, found.sell.qty, found.realised_pnl] == [0, 0, 0]
    assert found.days == {}


def test_sums_of_a_side() -> None:
    """An order's quantity counts once."""
    buy = analysed(TRADES).buy
    assert [buy.value, buy.qty, buy.fee, buy.order_qty] == [8500, 3, D("0.004"), 7]
    assert round(buy.avg_price, 8) == D("2833.33333333")


def test_the_realised_result() -> None:
    """Two of them at 3050 - 2833.33..., without fees."""
    assert round(analysed(TRADES).realised_pnl, 8) == D("433.33333333")


def test_days_are_in_utc() -> None:
    """What was bought and sold on each."""
    day = T0 // DAY_MS
    assert analysed(TRADES).days == {day: (D(5500), D(0)), day + 1: (D(3000), D(6100))}
