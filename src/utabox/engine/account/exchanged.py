"""What is told of one coin that was exchanged for another: the row that conversions will leave."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from utabox.engine.history import Book, Facet, Row
from utabox.engine.rules import exact


class ExchangeRow(msgspec.Struct, frozen=True, array_like=True):
    """One exchange; each amount in its coin."""

    from_coin: str
    from_amount: Decimal
    to_coin: str
    to_amount: Decimal
    tx_id: str

    @property
    @exact
    def rate(self) -> Decimal:
        """How much of the new coin came for one of the old."""
        return self.to_amount / self.from_amount


def exchanged(uid: int, row: ExchangeRow) -> Row:
    """What an exchange leaves."""
    return Row(Book.EXCHANGES, uid, row, of_coins(row.from_coin, row.to_coin), row.tx_id)


def of_coins(from_coin: str, to_coin: str) -> Facet:
    """The facet of such a row, and of a question for it."""
    return Facet(coin=from_coin, type=to_coin)
