"""GET /v5/asset/delivery-record"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.history import Book
from utabox.engine.margin.valuation import money
from utabox.engine.position.past import DeliveryRow, asked_for
from utabox.engine.state import State
from utabox.journal.history import History, Kept
from utabox.records.amounts import padded, uncut
from utabox.records.paging import Cursor, before, next_cursor
from utabox.records.settled import (
    EndText,
    LimitText,
    StartText,
    Symbol,
    category_of,
    page_size,
    refuse_classic,
    refused,
    symbol_of,
    times,
)
from utabox.retcodes import (
    CATEGORY_NULL,
    CATEGORY_UNSUPPORTED,
    CLASSIC_UNSUPPORTED,
    END_NOT_NUMBER,
    EXPIRY_INVALID,
    EXPIRY_TOO_OLD,
    LIMIT_NOT_NUMBER,
    PARAMS_ERROR,
    RANGE_TOO_LONG,
    START_NOT_BEFORE_END,
    START_NOT_NUMBER,
    SYMBOL_NOT_EXIST,
)
from utabox.terms import AccountKind, Category

DELIVERED = (Category.LINEAR, Category.OPTION, Category.INVERSE)
OF_UTA_1 = (Category.LINEAR, Category.OPTION)
KEPT = timedelta(days=731)  # two years, of which one may be a leap year
_EXPIRY = re.compile(r"([1-9]|[12][0-9]|3[01])([A-Z]{3})([0-9]{2})")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


class Params(msgspec.Struct, frozen=True):
    """Which deliveries. Without a time: of the last 30 days; with one bound: of 30 from there."""

    # Not an enum: what is missing and what is wrong are refused in words of their own.
    category: Annotated[
        str,
        Meta(description="linear, option or inverse; of UTA 1.0 not inverse. It must be given."),
    ] = ""
    symbol: Symbol = ""
    startTime: StartText = ""
    endTime: EndText = ""
    expDate: Annotated[
        str, Meta(description="When it expired, such as 29DEC22. Left out: at any time.")
    ] = ""
    limit: LimitText = "20"
    cursor: Cursor = ""


class Delivery(msgspec.Struct, frozen=True):
    """One position that was delivered. Money is in the settle coin."""

    symbol: Annotated[str, Meta(description="The contract.")]
    side: Annotated[str, Meta(description="Of the position: Buy or Sell.")]
    deliveryTime: Annotated[int, Meta(description="ms.")]
    strike: Annotated[str, Meta(description="Of an option; else empty.")]
    fee: Annotated[str, Meta(description="Positive: paid.")]
    position: Annotated[str, Meta(description="Its size.")]
    entryPrice: Annotated[str, Meta(description="Its average price.")]
    deliveryPrice: Annotated[str, Meta(description="What the contract was worth at the end.")]
    deliveryRpl: Annotated[str, Meta(description="The realised result.")]


class Deliveries(msgspec.Struct, frozen=True):
    """A page of deliveries."""

    nextPageCursor: Annotated[str, Meta(description="For the page behind; empty on the last.")]
    category: Annotated[Category, Meta(description="What was asked for.")]
    list: Annotated[list[Delivery], Meta(description="The newest first.")]


@query(
    "GET /v5/asset/delivery-record",
    result=Deliveries,
    limit=Limit(50),
    refusals=(
        CATEGORY_NULL, CATEGORY_UNSUPPORTED, START_NOT_NUMBER, END_NOT_NUMBER,
        START_NOT_BEFORE_END, RANGE_TOO_LONG, LIMIT_NOT_NUMBER, SYMBOL_NOT_EXIST, EXPIRY_INVALID,
        EXPIRY_TOO_OLD, CLASSIC_UNSUPPORTED, PARAMS_ERROR,
    ),
    demo=True,
    source="docs/v5/asset/delivery",
)  # fmt: skip
def delivery_record(state: State, caller: Caller, params: Params, history: History) -> Deliveries:
    """The futures and options of the calling account that were delivered."""
    old = caller.account.kind in (AccountKind.UTA1, AccountKind.UTA1_PRO)
    category = category_of(params.category, OF_UTA_1 if old else DELIVERED)
    start, end = times(params.startTime, params.endTime, caller.now)
    limit = page_size(params.limit)
    symbol_of(category, params.symbol)
    if params.expDate:
        _check_expiry(params.expDate, caller.now)
    refuse_classic(caller.account)
    rows, more = history.page(
        Book.DELIVERIES,
        caller.uid,
        DeliveryRow,
        start=start,
        end=end,
        limit=limit,
        before=before(params.cursor),
        of=asked_for(category, params.symbol, params.expDate),
    )
    found = [_delivery(row) for row in rows]
    return Deliveries(next_cursor([row.id for row in rows], more), category, found)


def _delivery(kept: Kept[DeliveryRow]) -> Delivery:
    row = kept.content
    return Delivery(
        symbol=row.symbol,
        side=row.side,
        deliveryTime=kept.time,
        strike=uncut(row.strike) if row.strike is not None else "",
        fee=padded(row.fee, 8),
        position=uncut(row.size),
        entryPrice=money(row.entry_price),
        deliveryPrice=money(row.delivery_price),
        deliveryRpl=money(row.realised_pnl),
    )


def _check_expiry(text: str, now: int) -> None:
    day = _day(text)
    today = datetime.fromtimestamp(now // 1000, UTC)
    if day is None:
        expected = "a day such as 29DEC22 or 3JAN25"
        raise refused(EXPIRY_INVALID, expected, repr(text[:40]), "Write it as in option symbols.")
    if day < today - KEPT:
        expected = f"{(today - KEPT):%d%b%y} or later".upper()
        hint = "Deliveries are told for two years."
        raise refused(EXPIRY_TOO_OLD, expected, text, hint)


def _day(text: str) -> datetime | None:
    """The end of the day that an option symbol names; None: it names none."""
    found = _EXPIRY.fullmatch(text)
    if found is None or found[2] not in _MONTHS:
        return None
    year, month, day = 2000 + int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1])
    try:
        return datetime(year, month, day, tzinfo=UTC) + timedelta(days=1)
    except ValueError:
        return None
