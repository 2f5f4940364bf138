"""The stress grid, against the numbers of the documentation's example (account-semantics 6.7)."""

from decimal import Decimal
from itertools import pairwise

import pytest

from utabox.engine.position.book import Option, Position
from utabox.engine.position.stress import (
    MOVES,
    SHOCKS,
    added,
    grid,
    hedge_grid,
    loss_of,
    worst_of,
    worst_shocks,
)
from utabox.terms import Category

D = Decimal
YEAR_MS = 31_536_000_000
# The example's perpetual; the index of USDT follows from it: 972.1448288 / 972.428778.
PRICES = {"USDT": D("0.99970800000326605")}
PERPETUAL = Position(Category.LINEAR, "BTCUSDT", "BTC", "USDT", D("0.038"), D("255902.31"))
CALL = Option(D(100), D(100), D("0.2"), YEAR_MS, call=True)


def option(size: str, of: Option = CALL) -> Position:
    return Position(Category.OPTION, "BTC-25SEP26-100-C", "BTC", "USDT", D(size), D(8), option=of)


def test_the_scenarios() -> None:
    """Eleven moves of the price, three of the volatility."""
    assert [str(move) for move in MOVES] == [
        "-0.1", "-0.08", "-0.06", "-0.04", "-0.02", "0", "0.02", "0.04", "0.06", "0.08", "0.1",
    ]  # fmt: skip
    assert [str(shock) for shock in SHOCKS] == ["0.2", "0", "-0.2"]


@pytest.mark.parametrize(
    ("row", "pnl"),
    [(0, "-972.1448288"), (1, "-777.71586304"), (5, "0"), (6, "194.42896576"), (10, "972.1448288")],
)  # fmt: skip
def test_a_perpetual(row: int, pnl: str) -> None:
    """As printed; volatility does not touch it."""
    cells = [round(cell, 8) for cell in grid(PERPETUAL, PRICES)[row]]
    assert cells == [D(pnl)] * 3


def test_hedging_spot_counts_where_it_gains() -> None:
    """The example's -0.00100006 BTC: 7.05047869 where the price falls by 10 %, else nothing."""
    cells = worst_of(hedge_grid(D("-0.00100006"), D("70500.55686658")))
    assert [round(cell, 8) for cell in cells[:1]] == [D("7.05047869")]
    assert cells[5:] == (D(0),) * 6


def test_a_bought_option() -> None:
    """It gains with the price and with volatility, and is worth as much where nothing moves."""
    rows = grid(option("2"), {"USDT": D(1)})
    assert rows[5][1] == 0
    assert all(row[0] > row[1] > row[2] for row in rows)
    assert all(low[1] < high[1] for low, high in pairwise(rows))
    assert worst_shocks(rows) == (D("-0.2"),) * 11


def test_an_option_by_a_table() -> None:
    """At the money, S (2 N(d) - 1) with d = 0.1 and 0.12: 7.9656 and 9.5517 from a table of N."""
    more = grid(option("1"), {"USDT": D(1)})[5][0]
    assert round(more, 3) == D("1.586")


def test_a_sold_option_is_the_reverse() -> None:
    """Cell by cell; its worst shock is more volatility."""
    bought, sold = grid(option("1"), PRICES), grid(option("-1"), PRICES)
    assert {cell for row in added([bought, sold]) for cell in row} == {0}
    assert worst_shocks(sold) == (D("0.2"),) * 11


def test_the_worst_cell() -> None:
    """The example's total: -972.14482880 - 39.65273684 + 7.05047869, where the price falls most."""
    worst = added(
        [
            grid(PERPETUAL, PRICES),
            ((D(0), D(0), D("-39.65273684")), *[(D(0), D(0), D(0))] * 10),
            hedge_grid(D("-0.00100006"), D("70500.55686658")),
        ]
    )
    loss = loss_of(worst)
    assert round(loss.worst, 4) == D("-1004.7471")
    assert (loss.move, loss.shock) == (D("-0.1"), D("-0.2"))


def test_nothing_loses_nothing() -> None:
    """The empty sum."""
    assert added([]) == ((D(0), D(0), D(0)),) * 11
    assert loss_of(added([])).worst == 0
