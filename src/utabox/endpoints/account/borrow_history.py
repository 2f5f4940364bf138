"""GET /v5/account/borrow-history"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.loan import InterestRow
from utabox.engine.account.lookup import unified_account_of
from utabox.engine.history import Book, Facet
from utabox.engine.margin.valuation import money
from utabox.engine.rules import exact
from utabox.engine.state import State
from utabox.journal.history import History
from utabox.records.amounts import shortest
from utabox.records.paging import (
    DAY,
    Cursor,
    EndTime,
    StartTime,
    before,
    next_cursor,
    shown,
    window,
)
from utabox.retcodes import PARAMS_ERROR, UTA_REQUIRED

LIMIT_MAX = 50
DECIMALS = 18  # of sizes and rates


class Params(msgspec.Struct, frozen=True):
    """Which charges. Without a time: of 30 days; with one bound: of 30 days from there."""

    currency: Annotated[str, Meta(description="One coin. Left out: every one.")] = ""
    startTime: Annotated[StartTime | None, Meta(description="ms, inclusive.")] = None
    endTime: Annotated[EndTime | None, Meta(description="ms, inclusive.")] = None
    limit: Annotated[int, Meta(description="Charges a page, at most 50.")] = 20
    cursor: Cursor = ""


class Charge(msgspec.Struct, frozen=True):
    """What one coin's debt cost for an hour. Amounts are in the coin."""

    borrowAmount: Annotated[str, Meta(description="The liability, at most 18 decimals.")]
    costExemption: Annotated[str, Meta(description="What the interest-free part would have cost.")]
    freeBorrowedAmount: Annotated[str, Meta(description="The interest-free part.")]
    createdTime: Annotated[int, Meta(description="ms, minute 05 of an hour.")]
    InterestBearingBorrowSize: Annotated[str, Meta(description="The part that costs.")]
    currency: Annotated[str, Meta(description="The coin.")]
    unrealisedLoss: Annotated[str, Meta(description="Of its perpetuals and futures.")]
    hourlyBorrowRate: Annotated[str, Meta(description="0.01 is 1 %.")]
    borrowCost: Annotated[str, Meta(description="What was charged, at most 8 decimals.")]


class Charges(msgspec.Struct, frozen=True):
    """A page of charges."""

    nextPageCursor: Annotated[str, Meta(description="For the page behind; empty on the last.")]
    list: Annotated[list[Charge], Meta(description="The newest first.")]


@query(
    "GET /v5/account/borrow-history",
    result=Charges,
    limit=Limit(50),
    refusals=(UTA_REQUIRED, PARAMS_ERROR),
    source="docs/v5/account/borrow-history",
    demo=True,
)
def borrow_history(state: State, caller: Caller, params: Params, history: History) -> Charges:
    """The interest that was charged: at most 30 days at once, of all time."""
    unified_account_of(state, caller.uid)
    if params.currency:
        coins_named(state, "currency", params.currency, 1)
    start, end = window(params.startTime, params.endTime, caller.now, usual=30 * DAY, most=30 * DAY)
    rows, more = history.page(
        Book.INTEREST,
        caller.uid,
        InterestRow,
        start=start,
        end=end,
        limit=shown(params.limit, LIMIT_MAX),
        before=before(params.cursor),
        of=Facet(params.currency),
    )
    charges = [_charge(row.time, row.content) for row in rows]
    return Charges(next_cursor([row.id for row in rows], more), charges)


@exact
def _charge(time: int, row: InterestRow) -> Charge:
    return Charge(
        borrowAmount=_size(row.borrowed),
        costExemption=money(row.free * row.hourly_rate),
        freeBorrowedAmount=_size(row.free),
        createdTime=time,
        InterestBearingBorrowSize=_size(row.bearing),
        currency=row.coin,
        unrealisedLoss=_size(row.unrealised_loss),
        hourlyBorrowRate=_size(row.hourly_rate),
        borrowCost=money(row.cost),
    )


def _size(number: Decimal) -> str:
    return shortest(number, DECIMALS)
