"""What is told of trades, deliveries and session settlements: the rows that trading will leave.

A row can be asked for by its category, its symbol (the facet's `type`) and, of a delivery, by its
expiry (the facet's `sub_type`, such as 29DEC22).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from utabox.engine.history import Book, Facet, Row
from utabox.engine.rules import exact
from utabox.terms import Category

ZERO = Decimal(0)
DAY_MS = 86_400_000


class DeliveryRow(msgspec.Struct, frozen=True, array_like=True):
    """A position that was delivered. Money is in the settle coin."""

    symbol: str
    side: str  # of the position, Buy or Sell
    size: Decimal
    entry_price: Decimal
    delivery_price: Decimal
    strike: Decimal | None  # of an option
    fee: Decimal
    realised_pnl: Decimal


class SettlementRow(msgspec.Struct, frozen=True, array_like=True):
    """The result of a USDC contract that was moved to the wallet at the end of a session."""

    symbol: str
    side: str
    size: Decimal
    session_avg_price: Decimal
    mark_price: Decimal
    realised_pnl: Decimal


class TradeRow(msgspec.Struct, frozen=True, array_like=True):
    """One execution."""

    side: str  # Buy or Sell
    price: Decimal
    qty: Decimal
    fee: Decimal  # positive: paid
    order_id: str
    order_qty: Decimal

    @property
    @exact
    def value(self) -> Decimal:
        """In the quote coin."""
        return self.price * self.qty


def delivered(uid: int, category: Category, row: DeliveryRow, expiry: str) -> Row:
    """What a delivery leaves; `expiry` as in the symbol of an option, such as 29DEC22."""
    return Row(Book.DELIVERIES, uid, row, asked_for(category, row.symbol, expiry))


def settled(uid: int, row: SettlementRow) -> Row:
    """What the settlement of a session leaves."""
    return Row(Book.SETTLEMENTS, uid, row, asked_for(Category.LINEAR, row.symbol))


def traded(uid: int, category: Category, symbol: str, row: TradeRow) -> Row:
    """What an execution leaves."""
    return Row(Book.TRADES, uid, row, asked_for(category, symbol))


def asked_for(category: Category, symbol: str = "", expiry: str = "") -> Facet:
    """The facet of such a row, and of a question for it."""
    return Facet(type=symbol, category=category.value, sub_type=expiry)


class Traded(msgspec.Struct):
    """One side of some trades: sums over them."""

    value: Decimal = ZERO
    qty: Decimal = ZERO
    fee: Decimal = ZERO
    order_qty: Decimal = ZERO  # of all that was ordered, each order once

    @property
    @exact
    def avg_price(self) -> Decimal:
        """0: nothing was traded."""
        return self.value / self.qty if self.qty else ZERO


class Analysis(msgspec.Struct):
    """What became of the trades of one symbol."""

    buy: Traded = msgspec.field(default_factory=Traded)
    sell: Traded = msgspec.field(default_factory=Traded)
    days: dict[int, tuple[Decimal, Decimal]] = {}  # UTC day -> value bought, value sold

    @property
    @exact
    def realised_pnl(self) -> Decimal:
        """What was both bought and sold, at the two average prices; without fees."""
        closed = min(self.buy.qty, self.sell.qty)
        return (self.sell.avg_price - self.buy.avg_price) * closed


@exact
def analysed(trades: Iterable[tuple[int, TradeRow]]) -> Analysis:
    """Sums over trades, each with its time in ms."""
    found = Analysis()
    seen: dict[str, bool] = {}
    for time, trade in trades:
        buys = trade.side == "Buy"
        side = found.buy if buys else found.sell
        side.value += trade.value
        side.qty += trade.qty
        side.fee += trade.fee
        if trade.order_id not in seen:
            seen[trade.order_id] = True
            side.order_qty += trade.order_qty
        bought, sold = found.days.get(time // DAY_MS, (ZERO, ZERO))
        worth = trade.value
        found.days[time // DAY_MS] = (bought + worth, sold) if buys else (bought, sold + worth)
    return found
