"""What positions would gain or lose if prices and volatility moved (account-semantics 6.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from utabox.engine.market.option_model import value
from utabox.engine.position.book import Position
from utabox.engine.rules import exact

ZERO = Decimal(0)
MOVES = tuple(Decimal(percent) / 100 for percent in range(-10, 11, 2))
SHOCKS = (Decimal("0.2"), ZERO, Decimal("-0.2"))
"""By which part the price of a coin moves, and the volatility of options on it."""

IM_FACTOR = Decimal("1.2")

Grid = tuple[tuple[Decimal, ...], ...]
"""USD: one row for each of MOVES, in it one result for each of SHOCKS."""


class Loss(NamedTuple):
    """Where the positions of one base coin lose most."""

    worst: Decimal  # USD; never positive
    move: Decimal
    shock: Decimal


@exact
def grid(position: Position, prices: Mapping[str, Decimal]) -> Grid:
    """The result of one position, USD.

    Args:
        prices: The USD index of its settle coin, and of others.
    """
    unit = position.size * prices[position.settle_coin]
    of = position.option
    if of is None:
        return tuple((unit * position.mark_price * move,) * len(SHOCKS) for move in MOVES)
    now = value(of.underlying, of.strike, of.volatility, of.left_ms, of.call).price
    moved = [
        [
            value(
                of.underlying * (1 + move), of.strike, of.volatility * (1 + shock), of.left_ms,
                of.call,
            ).price
            for shock in SHOCKS
        ]
        for move in MOVES
    ]  # fmt: skip
    return tuple(tuple(unit * (then - now) for then in row) for row in moved)


@exact
def hedge_grid(qty: Decimal, index: Decimal) -> Grid:
    """The result of hedged spot: as in the page's example, it counts only where it gains."""
    return tuple((max(ZERO, qty * index * move),) * len(SHOCKS) for move in MOVES)


@exact
def added(grids: Sequence[Grid]) -> Grid:
    """Cell by cell."""
    rows = range(len(MOVES))
    cells = range(len(SHOCKS))
    return tuple(
        tuple(sum((each[row][cell] for each in grids), ZERO) for cell in cells) for row in rows
    )


def worst_of(grid: Grid) -> tuple[Decimal, ...]:
    """The worst result of each move."""
    return tuple(min(row) for row in grid)


def worst_shocks(grid: Grid) -> tuple[Decimal, ...]:
    """With which shock it comes; where all are alike, the first."""
    return tuple(SHOCKS[row.index(min(row))] for row in grid)


def loss_of(grid: Grid) -> Loss:
    """The worst cell of all; a portfolio that never loses has none to cover."""
    losses = worst_of(grid)
    row = losses.index(min(losses))
    return Loss(min(ZERO, losses[row]), MOVES[row], worst_shocks(grid)[row])
