"""Sums over positions, made by hand: what trading will fill is computed already."""

from decimal import Decimal

import pytest

from utabox.engine.market.option_model import value
from utabox.engine.position.book import (
    Greeks,
    Option,
    Position,
    by_base_coin,
    greeks,
    option_totals,
    positions_of,
)
from utabox.engine.state import Account, State
from utabox.terms import AccountKind, Category

D = Decimal
YEAR_MS = 31_536_000_000
# At the money, a fifth of volatility, a year: d1 = 0.1, so delta is N(0.1) = 0.539828 (tables).
CALL = Option(D(100), D(100), D("0.2"), YEAR_MS, call=True)


def option(symbol: str, size: str, of: Option = CALL, **more: Decimal) -> Position:
    """An option on BTC that settles in USDT."""
    return Position(Category.OPTION, symbol, "BTC", "USDT", D(size), D(8), option=of, **more)


def future(symbol: str, base_coin: str) -> Position:
    return Position(Category.LINEAR, symbol, base_coin, "USDT", D(1), D(100))


def test_nobody_has_a_position_yet() -> None:
    """Until there is trading."""
    assert positions_of(State(), Account(1, AccountKind.UTA2, 0, 0)) == ()


def test_no_positions_have_no_greeks() -> None:
    """The empty sum."""
    assert greeks([]) == Greeks(D(0), D(0), D(0), D(0))


def test_delta_by_a_table() -> None:
    """Twice a call at the money: 2 N(d1), from a table of the normal distribution."""
    assert round(greeks([option("C", "2")]).delta, 6) == D("1.079656")


def test_a_short_position_counts_against_a_long_one() -> None:
    """Per-unit greek times signed size, summed (trading-semantics 5.2)."""
    one = value(D(100), D(100), D("0.2"), YEAR_MS, True)
    net = greeks([option("C", "2"), option("C2", "-5")])
    each = (one.delta, one.gamma, one.vega, one.theta)
    assert [round(greek, 20) for greek in net] == [round(-3 * greek, 20) for greek in each]


def test_a_call_less_its_put_is_the_underlying() -> None:
    """Parity: delta 1 and nothing else."""
    put = Option(D(100), D(100), D("0.2"), YEAR_MS, call=False)
    net = greeks([option("C", "1"), option("P", "-1", put)])
    assert [round(greek, 15) for greek in net] == [1, 0, 0, 0]


def test_contracts_have_no_option_greeks() -> None:
    """Options only."""
    assert greeks([future("BTCUSDT", "BTC")]) == Greeks()


def test_totals_of_a_base_coin() -> None:
    """Each term is summed by itself, exactly."""
    first = option(
        "C", "1", im=D("10.5"), mm=D("4"), unrealised_pnl=D("-50"), realised_pnl=D("-0.3")
    )
    second = option(
        "C2", "-1", im=D("0.25"), mm=D("0.5"), unrealised_pnl=D("2.3682"), realised_pnl=D("0.021")
    )
    totals = option_totals([first, second])
    assert (totals.im, totals.mm) == (D("10.75"), D("4.5"))
    assert (totals.unrealised_pnl, totals.realised_pnl) == (D("-47.6318"), D("-0.279"))
    assert totals.delta == 0


@pytest.mark.parametrize(
    ("order", "grouped"),
    [
        ([("ETHUSDT", "ETH"), ("BTCUSDT", "BTC")], {"BTC": ["BTCUSDT"], "ETH": ["ETHUSDT"]}),
        ([("BTCUSDT", "BTC"), ("BTCPERP", "BTC")], {"BTC": ["BTCPERP", "BTCUSDT"]}),
        ([], {}),
    ],
)
def test_by_base_coin(order: list[tuple[str, str]], grouped: dict[str, list[str]]) -> None:
    """Coins and symbols by their names, however the positions came."""
    found = by_base_coin([future(symbol, coin) for symbol, coin in order])
    assert list(found) == list(grouped)
    assert {coin: [each.symbol for each in held] for coin, held in found.items()} == grouped
