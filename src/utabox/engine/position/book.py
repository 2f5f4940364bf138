"""The positions of an account at the prices of now, and what sums over them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from utabox.engine.market.option_model import value
from utabox.engine.rules import exact
from utabox.engine.state import Account, State
from utabox.terms import Category

ZERO = Decimal(0)


class Option(msgspec.Struct, frozen=True):
    """What an option is worth depends on, as `option_model.value` takes it."""

    underlying: Decimal  # in the quote coin
    strike: Decimal
    volatility: Decimal  # annual, as a fraction
    left_ms: int  # until delivery
    call: bool


class Position(msgspec.Struct, frozen=True):
    """One position. Money is in the settle coin."""

    category: Category
    symbol: str
    base_coin: str
    settle_coin: str
    size: Decimal  # in the base coin; negative: short
    mark_price: Decimal
    avg_price: Decimal = ZERO  # of the session
    unrealised_pnl: Decimal = ZERO
    realised_pnl: Decimal = ZERO
    im: Decimal = ZERO  # with that of its open orders
    mm: Decimal = ZERO
    order_size: Decimal = ZERO  # of its open orders, signed
    close_fee: Decimal = ZERO  # what closing it would cost
    option: Option | None = None  # of an option


class Greeks(NamedTuple):
    """How a value moves: with the price, twice with it, with 1 % of volatility, with a day."""

    delta: Decimal = ZERO
    gamma: Decimal = ZERO
    vega: Decimal = ZERO
    theta: Decimal = ZERO


class OptionTotals(NamedTuple):
    """The option positions of one base coin together."""

    delta: Decimal
    realised_pnl: Decimal
    unrealised_pnl: Decimal
    im: Decimal
    mm: Decimal


def positions_of(
    state: State, account: Account, category: Category | None = None
) -> tuple[Position, ...]:
    """The open positions of `account`, by symbol; None: of every category.

    Nothing can be traded yet, so nobody has one: trading fills this, and all that sums over it.
    """
    return ()


def by_base_coin(positions: Sequence[Position]) -> dict[str, list[Position]]:
    """The positions of each base coin, by its name."""
    found: dict[str, list[Position]] = {}
    for position in sorted(positions, key=lambda position: (position.base_coin, position.symbol)):
        found.setdefault(position.base_coin, []).append(position)
    return found


@exact
def greeks(positions: Sequence[Position]) -> Greeks:
    """The greeks of each option times its signed size, summed (trading-semantics 5.2)."""
    total = Greeks()
    for position in positions:
        if position.option is None:
            continue
        of = position.option
        one = value(of.underlying, of.strike, of.volatility, of.left_ms, of.call)
        each = (one.delta, one.gamma, one.vega, one.theta)
        total = Greeks(
            *(sum_ + position.size * greek for sum_, greek in zip(total, each, strict=True))
        )
    return total


@exact
def option_totals(options: Sequence[Position]) -> OptionTotals:
    """What `GET /v5/account/option-asset-info` says of one base coin."""
    return OptionTotals(
        delta=greeks(options).delta,
        realised_pnl=sum((each.realised_pnl for each in options), ZERO),
        unrealised_pnl=sum((each.unrealised_pnl for each in options), ZERO),
        im=sum((each.im for each in options), ZERO),
        mm=sum((each.mm for each in options), ZERO),
    )
