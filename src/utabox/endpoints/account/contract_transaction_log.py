"""GET /v5/account/contract-transaction-log"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.history import Book, Facet
from utabox.engine.ledger import LogRow
from utabox.engine.state import State
from utabox.journal.history import History
from utabox.records.log import ContractLogLine, contract_log_line
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
from utabox.retcodes import PARAMS_ERROR

LIMIT_MAX = 50


class Params(msgspec.Struct, frozen=True):
    """Which lines. Without a time: of the last 7 days; with one bound: of 7 days from there."""

    currency: Annotated[str, Meta(description="One coin. Left out: every one.")] = ""
    baseCoin: Annotated[str, Meta(description="Only trades of its contracts.")] = ""
    type: Annotated[str, Meta(description="One type. Left out: every one.")] = ""
    startTime: Annotated[StartTime | None, Meta(description="ms, inclusive.")] = None
    endTime: Annotated[EndTime | None, Meta(description="ms, inclusive.")] = None
    limit: Annotated[int, Meta(description="Lines a page, at most 50.")] = 20
    cursor: Cursor = ""


class ContractTransactionLog(msgspec.Struct, frozen=True):
    """A page of the log."""

    list: Annotated[list[ContractLogLine], Meta(description="The newest first.")]
    nextPageCursor: Annotated[str, Meta(description="For the page behind; empty on the last.")]


@query(
    "GET /v5/account/contract-transaction-log",
    result=ContractTransactionLog,
    limit=Limit(10),
    permission=("ContractTrade",),
    refusals=(PARAMS_ERROR,),
    source="none: it was taken down; an earlier page of account/transaction-log had it, too",
)
def contract_transaction_log(
    state: State, caller: Caller, params: Params, history: History
) -> ContractTransactionLog:
    """Every movement of the derivatives wallet of a classic or UTA 1.0 account.

    Of later kinds it tells what was before their upgrade.
    """
    if params.currency:
        coins_named(state, "currency", params.currency, 1)
    start, end = window(params.startTime, params.endTime, caller.now, usual=7 * DAY, most=7 * DAY)
    rows, more = history.page(
        Book.CONTRACT,
        caller.uid,
        LogRow,
        start=start,
        end=end,
        limit=shown(params.limit, LIMIT_MAX),
        before=before(params.cursor),
        of=Facet(params.currency, params.type, base_coin=params.baseCoin),
    )
    lines = [contract_log_line(caller.uid, *row) for row in rows]
    return ContractTransactionLog(lines, next_cursor([row.id for row in rows], more))
