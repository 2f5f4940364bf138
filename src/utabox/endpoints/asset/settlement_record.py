"""GET /v5/asset/settlement-record"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.history import Book
from utabox.engine.margin.valuation import money
from utabox.engine.position.past import SettlementRow, asked_for
from utabox.engine.state import State
from utabox.journal.history import History, Kept
from utabox.records.amounts import uncut
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
    LIMIT_NOT_NUMBER,
    ONLY_USDC_SETTLED,
    PARAMS_ERROR,
    RANGE_TOO_LONG,
    START_NOT_BEFORE_END,
    START_NOT_NUMBER,
    SYMBOL_NOT_EXIST,
)
from utabox.terms import Category

USDC = "USDC"


class Params(msgspec.Struct, frozen=True):
    """Which settlements. Without a time: of the last 30 days; with one bound: of 30 from there."""

    # Not an enum: what is missing and what is wrong are refused in words of their own.
    category: Annotated[str, Meta(description="linear. It must be given.")] = ""
    symbol: Symbol = ""
    startTime: StartText = ""
    endTime: EndText = ""
    limit: LimitText = "20"
    cursor: Cursor = ""


class Settlement(msgspec.Struct, frozen=True):
    """One position at the end of a session. Money is in USDC."""

    realisedPnl: Annotated[str, Meta(description="What moved to the wallet.")]
    symbol: Annotated[str, Meta(description="The contract.")]
    side: Annotated[str, Meta(description="Of the position: Buy or Sell.")]
    markPrice: Annotated[str, Meta(description="At which it was settled.")]
    size: Annotated[str, Meta(description="Of the position.")]
    createdTime: Annotated[str, Meta(description="ms.")]
    sessionAvgPrice: Annotated[str, Meta(description="From which the result was counted.")]


class Settlements(msgspec.Struct, frozen=True):
    """A page of settlements."""

    nextPageCursor: Annotated[str, Meta(description="For the page behind; empty on the last.")]
    category: Annotated[Category, Meta(description="linear.")]
    list: Annotated[list[Settlement], Meta(description="The newest first.")]


@query(
    "GET /v5/asset/settlement-record",
    result=Settlements,
    limit=Limit(50),
    refusals=(
        CATEGORY_NULL, CATEGORY_UNSUPPORTED, START_NOT_NUMBER, END_NOT_NUMBER,
        START_NOT_BEFORE_END, RANGE_TOO_LONG, LIMIT_NOT_NUMBER, SYMBOL_NOT_EXIST,
        ONLY_USDC_SETTLED, CLASSIC_UNSUPPORTED, PARAMS_ERROR,
    ),
    demo=True,
    source="docs/v5/asset/settlement",
)  # fmt: skip
def settlement_record(
    state: State, caller: Caller, params: Params, history: History
) -> Settlements:
    """The session settlements of USDC perpetuals and futures."""
    category = category_of(params.category, (Category.LINEAR,))
    start, end = times(params.startTime, params.endTime, caller.now)
    limit = page_size(params.limit)
    named = symbol_of(category, params.symbol)
    if named is not None and named.settle_coin != USDC:
        seen = f"{named.symbol}, which settles in {named.settle_coin}"
        hint = "Other contracts have no sessions: ask for BTCPERP or the like."
        raise refused(ONLY_USDC_SETTLED, "a contract that settles in USDC", seen, hint)
    refuse_classic(caller.account)
    rows, more = history.page(
        Book.SETTLEMENTS,
        caller.uid,
        SettlementRow,
        start=start,
        end=end,
        limit=limit,
        before=before(params.cursor),
        of=asked_for(category, params.symbol),
    )
    found = [_settlement(row) for row in rows]
    return Settlements(next_cursor([row.id for row in rows], more), category, found)


def _settlement(kept: Kept[SettlementRow]) -> Settlement:
    row = kept.content
    return Settlement(
        realisedPnl=money(row.realised_pnl),
        symbol=row.symbol,
        side=row.side,
        markPrice=money(row.mark_price),
        size=uncut(row.size),
        createdTime=str(kept.time),
        sessionAvgPrice=money(row.session_avg_price),
    )
