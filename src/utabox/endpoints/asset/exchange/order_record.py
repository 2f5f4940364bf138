"""GET /v5/asset/exchange/order-record"""

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import MINUTE, Caller, Limit, query
from utabox.engine.account.exchanged import ExchangeRow, of_coins
from utabox.engine.history import Book
from utabox.engine.rules import Rejected
from utabox.engine.state import State
from utabox.journal.history import History, Kept
from utabox.records.amounts import padded
from utabox.records.paging import shown
from utabox.retcodes import PARAMS_ERROR
from utabox.why import Why

LIMIT_MAX = 50
DECIMALS = 18
_CURSOR = re.compile(r"([0-9]{1,19}):[0-9]{1,13}")


class Params(msgspec.Struct, frozen=True):
    """Which exchanges."""

    fromCoin: Annotated[
        str, Meta(description="What was given, such as BTC. Left out: any coin.")
    ] = ""
    toCoin: Annotated[str, Meta(description="What came for it. Left out: any coin.")] = ""
    limit: Annotated[int, Meta(description="Records a page, at most 50.")] = 10
    cursor: Annotated[str, Meta(description="The nextPageCursor of the page before.")] = ""


class Exchange(msgspec.Struct, frozen=True):
    """One coin that was exchanged for another. Amounts have 18 decimals."""

    fromCoin: Annotated[str, Meta(description="What was given.")]
    fromAmount: Annotated[str, Meta(description="How much of it.")]
    toCoin: Annotated[str, Meta(description="What came for it.")]
    toAmount: Annotated[str, Meta(description="How much of it.")]
    exchangeRate: Annotated[str, Meta(description="toAmount by fromAmount.")]
    createdTime: Annotated[str, Meta(description="s since the epoch.")]
    exchangeTxId: Annotated[str, Meta(description="Its own id.")]


class Exchanges(msgspec.Struct, frozen=True):
    """A page of exchanges."""

    orderBody: Annotated[list[Exchange], Meta(description="The newest first.")]
    nextPageCursor: Annotated[str, Meta(description="For the page behind; empty on the last.")]


@query(
    "GET /v5/asset/exchange/order-record",
    result=Exchanges,
    limit=Limit(600, MINUTE),
    permission=("Exchange",),
    refusals=(PARAMS_ERROR,),
    source="docs/v5/asset/exchange",
)
def order_record(state: State, caller: Caller, params: Params, history: History) -> Exchanges:
    """The coins that the calling account exchanged for others, of all time."""
    rows, more = history.page(
        Book.EXCHANGES,
        caller.uid,
        ExchangeRow,
        start=0,
        end=caller.now,
        limit=shown(params.limit, LIMIT_MAX),
        before=_before(params.cursor),
        of=of_coins(params.fromCoin, params.toCoin),
    )
    cursor = f"{rows[-1].id}:{rows[-1].time // 1000}" if more else ""
    return Exchanges([_exchange(row) for row in rows], cursor)


def _exchange(kept: Kept[ExchangeRow]) -> Exchange:
    row = kept.content
    return Exchange(
        fromCoin=row.from_coin,
        fromAmount=padded(row.from_amount, DECIMALS),
        toCoin=row.to_coin,
        toAmount=padded(row.to_amount, DECIMALS),
        exchangeRate=padded(row.rate, DECIMALS),
        createdTime=str(kept.time // 1000),
        exchangeTxId=row.tx_id,
    )


def _before(cursor: str) -> int:
    """The id behind which the page begins; 0: at the newest row."""
    found = _CURSOR.fullmatch(cursor)
    if not cursor or (found is not None and int(found[1]) < 1 << 63):
        return int(found[1]) if found else 0
    raise Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="The parameter 'cursor' chooses a page of the past.",
            expected="a nextPageCursor of this endpoint, such as 173341:1672197760",
            seen=repr(cursor[:64]),
            hint="Leave it out for the newest records, then follow nextPageCursor.",
        ),
        problem="cursor invalid",
    )
