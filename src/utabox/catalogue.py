"""What the exchange lists: instruments, coins, risk limits and fee groups.

Facts, read when first asked for. Each file in `data/` says where its rows are from and what of
them is ours.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import unquote

import msgspec

from utabox.engine.market.mark_price import mark_price
from utabox.engine.market.quote import index_price, on_grid
from utabox.engine.rules import Rejected
from utabox.engine.state import State
from utabox.facts import facts
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import Category, InstrumentStatus
from utabox.why import Why

T = TypeVar("T")
Row = dict[str, Any]
"""One object as it goes over the wire, its keys in the exchange's order."""

OPTION_MARK_STEP = Decimal("1e-8")


class Instrument(msgspec.Struct, frozen=True):
    """One symbol of one category, and what a computation needs of its row."""

    category: Category
    symbol: str
    base_coin: str
    quote_coin: str
    settle_coin: str  # of spot: the quote coin
    index_coin: str  # whose USD index prices the base coin: PEPE for 1000PEPE
    index_units: int  # how many of it one base coin is: 1000
    tick: Decimal
    price_digits: int  # decimals of mark and index price
    delivery_time: int  # ms; 0: never
    funding_interval_min: int  # 0: none
    volatility: Decimal  # annual, of options; else 0
    row: Row

    @property
    def mark_step(self) -> Decimal:
        """The finest mark price that is shown."""
        if self.category is Category.OPTION:
            return OPTION_MARK_STEP
        return Decimal(1).scaleb(-self.price_digits)

    @property
    def index_name(self) -> str:
        """What the index is called that its price follows."""
        return self.base_coin + self.quote_coin

    def index_price(self, state: State) -> Decimal | None:
        """Its index, unrounded, in the quote coin; None if one of its coins has no price."""
        return index_price(state.index_prices, self.index_coin, self.index_units, self.quote_coin)

    def mark_price(self, state: State, derived: Decimal) -> Decimal:
        """Its mark price as it is shown: what was set for it, or else `derived`; never 0."""
        return on_grid(mark_price(state, self.category, self.symbol, derived), self.mark_step)

    def status(self, now: int) -> InstrumentStatus:
        """Delivered symbols are closed; all others trade as they did when they were captured."""
        if 0 < self.delivery_time <= now:
            return InstrumentStatus.CLOSED
        return InstrumentStatus(self.row["status"])

    def row_at(self, now: int) -> Row:
        """Its row with the status that it has at `now`, ms."""
        status = self.status(now).value
        return self.row if self.row["status"] == status else {**self.row, "status": status}


@functools.cache
def instruments(category: Category) -> dict[str, Instrument]:
    """Every instrument of a category by symbol, in the order of the symbols."""
    data = facts("instruments")
    units, volatility = data["units"], data["volatility"]
    return {row["symbol"]: _instrument(category, row, units, volatility) for row in data[category]}


@functools.cache
def indexes() -> dict[str, Instrument]:
    """Each index that contracts follow, by its name: the contract that shows it best.

    That is a perpetual one, where there is one: the grid of some futures is coarser.
    """
    contracts = [
        each
        for category in (Category.LINEAR, Category.INVERSE)
        for each in instruments(category).values()
    ]
    perpetual_last = sorted(contracts, key=lambda each: each.delivery_time == 0)
    return {each.index_name: each for each in perpetual_last}


@functools.cache
def fee_groups() -> list[Row]:
    """The groups of contracts by which PRO and market maker levels pay."""
    groups: list[Row] = facts("fee_groups")["groups"]
    return groups


@functools.cache
def coins() -> dict[str, Row]:
    """The row of every coin, by its name."""
    return {row["coin"]: row for row in facts("coins")["rows"]}


@functools.cache
def risk_limits(category: Category) -> dict[str, list[Row]]:
    """The tiers of every contract of a category, lowest first; margins are fractions."""
    tiers: dict[str, list[Row]] = {}
    for row in facts("risk_limits")[category]:
        tiers.setdefault(row["symbol"], []).append(row)
    return tiers


def instrument(category: Category, symbol: str) -> Instrument:
    """The instrument of that name.

    Raises:
        Rejected: PARAMS_ERROR (10001), `symbol invalid`; also when another category has it.
    """
    found = instruments(category).get(symbol)
    if found is not None:
        return found
    raise Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="The symbol must be one that the category lists.",
            expected=f"a symbol of {category}, such as {next(iter(instruments(category)))}",
            seen=f"{symbol[:64]!r}{_elsewhere(symbol)}",
            hint=f"Ask GET /v5/market/instruments-info?category={category} for all of them.",
        ),
        problem="symbol invalid",
    )


def page(
    rows: Sequence[T], symbol_of: Callable[[T], str], limit: int, cursor: str
) -> tuple[Sequence[T], str]:
    """At most `limit` rows behind `cursor`, and the cursor of the next page; "" after the last.

    Args:
        rows: In the order of their symbols.
        cursor: As it was handed out: decoded once at the door, or not yet, when the client
            encoded it again (account-semantics 3.2).

    Raises:
        Rejected: PARAMS_ERROR (10001), `limit invalid` or `cursor invalid`.
    """
    if limit < 1:
        raise _refused("limit", "an integer from 1", str(limit))
    if cursor:
        last = _last_of(cursor)
        rows = [row for row in rows if symbol_of(row) > last]
    shown = rows[:limit]
    if len(shown) == len(rows):
        return shown, ""
    return shown, f"first%3D{symbol_of(shown[0])}%26last%3D{symbol_of(shown[-1])}"


def _last_of(cursor: str) -> str:
    first, _, last = unquote(cursor).partition("&last=")
    if not (first.startswith("first=") and last):
        raise _refused("cursor", "a nextPageCursor of this endpoint", repr(cursor[:64]))
    return last


def _refused(name: str, expected: str, seen: str) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule=f"The parameter {name!r} chooses a page.",
            expected=expected,
            seen=seen,
            hint="Leave the cursor out for the first page; then send the last nextPageCursor.",
        ),
        problem=f"{name} invalid",
    )


def _elsewhere(symbol: str) -> str:
    """Where else the symbol, or the same in capitals, is listed."""
    places = [category for category in Category if symbol.upper() in instruments(category)]
    return f", which {' and '.join(places)} lists as {symbol.upper()}" if places else ""


def _instrument(category: Category, row: Row, units: Row, volatility: Row) -> Instrument:
    base, quote = row["baseCoin"], row["quoteCoin"]
    index_coin, index_units = units.get(base, (base, 1))
    tick = Decimal(row["priceFilter"]["tickSize"])
    decimals = -int(tick.as_tuple().exponent)
    is_option = category is Category.OPTION
    return Instrument(
        category=category,
        symbol=row["symbol"],
        base_coin=base,
        quote_coin=quote,
        settle_coin=str(row.get("settleCoin", quote)),
        index_coin=index_coin,
        index_units=index_units,
        tick=tick,
        price_digits=int(row.get("priceScale", max(2, decimals))),
        delivery_time=int(row.get("deliveryTime", 0)),
        funding_interval_min=row.get("fundingInterval", 0),
        volatility=Decimal(volatility[base]) if is_option else Decimal(0),
        row=row,
    )
