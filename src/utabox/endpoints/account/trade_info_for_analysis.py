"""GET /v5/account/trade-info-for-analysis"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from utabox.catalogue import instrument
from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.lookup import unified_account_of
from utabox.engine.history import Book
from utabox.engine.margin.valuation import money
from utabox.engine.position.past import DAY_MS, Analysis, TradeRow, analysed, asked_for
from utabox.engine.rules import Rejected, exact
from utabox.engine.state import State
from utabox.journal.history import History
from utabox.records.paging import EndTime, StartTime
from utabox.retcodes import PARAMS_ERROR, UTA_REQUIRED
from utabox.terms import Category
from utabox.why import Why

PAGE = 1000  # trades that are read at once


class Params(msgspec.Struct, frozen=True):
    """Which trades. Without a time: all."""

    symbol: Annotated[str, Meta(description="Of spot, such as BTCUSDT.")]
    startTime: Annotated[StartTime | None, Meta(description="ms, inclusive.")] = None
    endTime: Annotated[EndTime | None, Meta(description="ms, inclusive.")] = None


class Day(msgspec.Struct, frozen=True):
    """The trades of one day, in UTC. Values are in the settle coin."""

    day: Annotated[str, Meta(description="Such as 2025-05-27.")]
    sumBuyExecValue: Annotated[str, Meta(description="Bought.")]
    sumSellExecValue: Annotated[str, Meta(description="Sold.")]
    sumExecValue: Annotated[str, Meta(description="Both.")]


class TradeInfo(msgspec.Struct, frozen=True):
    """Sums over the trades of one symbol. Values are in the settle coin, fees as they were paid."""

    symbolRnl: Annotated[
        str, Meta(description="What was bought and sold, at the two average prices; without fees.")
    ]
    sumBuyExecValue: Annotated[str, Meta(description="Value of what was bought.")]
    sumBuyExecQty: Annotated[str, Meta(description="What was bought.")]
    sumSellExecFee: Annotated[str, Meta(description="Fees of what was sold.")]
    netExecQty: Annotated[str, Meta(description="Bought less sold.")]
    sumExecQty: Annotated[str, Meta(description="Bought and sold.")]
    settleCoin: Annotated[str, Meta(description="Of the values: the quote coin.")]
    sumExecValue: Annotated[str, Meta(description="Value of both.")]
    sumSellExecValue: Annotated[str, Meta(description="Value of what was sold.")]
    sumBuyOrderQty: Annotated[str, Meta(description="Ordered to buy, by orders that traded.")]
    sumSellOrderQty: Annotated[str, Meta(description="Ordered to sell, by orders that traded.")]
    maxMarginVersion: Annotated[int, Meta(description="Always 0.")]
    avgSellExecPrice: Annotated[str, Meta(description="Average price of what was sold.")]
    avgBuyExecPrice: Annotated[str, Meta(description="Average price of what was bought.")]
    sumBuyExecFee: Annotated[str, Meta(description="Fees of what was bought.")]
    sumSellExecQty: Annotated[str, Meta(description="What was sold.")]
    baseCoin: Annotated[str, Meta(description="Of the quantities.")]
    # In the page's table; its example, which has no trade, lacks it.
    sumPriceList: Annotated[
        list[Day] | UnsetType, Meta(description="Day by day, where there were trades.")
    ] = UNSET


@query(
    "GET /v5/account/trade-info-for-analysis",
    result=TradeInfo,
    ret_msg="Success",
    limit=Limit(50),
    refusals=(PARAMS_ERROR, UTA_REQUIRED),
    source="docs/v5/account/trade-info-for-analysis",
)
def trade_info_for_analysis(
    state: State, caller: Caller, params: Params, history: History
) -> TradeInfo:
    """What the calling account traded of one spot symbol, and at which prices."""
    of = instrument(Category.SPOT, params.symbol)
    start = params.startTime or 0
    end = caller.now if params.endTime is None else params.endTime
    if start > end:
        raise Rejected(PARAMS_ERROR, why=_order_why(start, end), problem="startTime invalid")
    unified_account_of(state, caller.uid)
    analysis = analysed(_trades(history, caller.uid, of.symbol, start, end))
    return _info(analysis, of.base_coin, of.settle_coin)


def _trades(
    history: History, uid: int, symbol: str, start: int, end: int
) -> Iterator[tuple[int, TradeRow]]:
    """Every trade with its time, page by page."""
    wanted = asked_for(Category.SPOT, symbol)
    before, more = 0, True
    while more:
        rows, more = history.page(
            Book.TRADES, uid, TradeRow, start=start, end=end, limit=PAGE, before=before, of=wanted
        )
        for row in rows:
            before = row.id
            yield row.time, row.content


@exact
def _info(of: Analysis, base_coin: str, settle_coin: str) -> TradeInfo:
    buy, sell = of.buy, of.sell
    return TradeInfo(
        symbolRnl=money(of.realised_pnl),
        sumBuyExecValue=money(buy.value),
        sumBuyExecQty=money(buy.qty),
        sumSellExecFee=money(sell.fee),
        netExecQty=money(buy.qty - sell.qty),
        sumExecQty=money(buy.qty + sell.qty),
        settleCoin=settle_coin,
        sumExecValue=money(buy.value + sell.value),
        sumSellExecValue=money(sell.value),
        sumBuyOrderQty=money(buy.order_qty),
        sumSellOrderQty=money(sell.order_qty),
        maxMarginVersion=0,
        avgSellExecPrice=money(sell.avg_price),
        avgBuyExecPrice=money(buy.avg_price),
        sumBuyExecFee=money(buy.fee),
        sumSellExecQty=money(sell.qty),
        baseCoin=base_coin,
        sumPriceList=_days(of) or UNSET,
    )


def _days(of: Analysis) -> list[Day]:
    return [
        Day(
            day=f"{datetime.fromtimestamp(day * DAY_MS // 1000, UTC):%Y-%m-%d}",
            sumBuyExecValue=money(bought),
            sumSellExecValue=money(sold),
            sumExecValue=money(bought + sold),
        )
        for day, (bought, sold) in sorted(of.days.items())
    ]


def _order_why(start: int, end: int) -> Why:
    return Why(
        rule="startTime and endTime choose the trades between them.",
        expected=f"startTime at most endTime, {end}",
        seen=f"startTime={start}",
        hint="Leave both out for every trade.",
    )
