"""GET /v5/account/transaction-log"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.lookup import unified_account_of
from utabox.engine.history import Book, Facet
from utabox.engine.ledger import LogRow
from utabox.engine.rules import Rejected
from utabox.engine.state import State
from utabox.journal.history import History
from utabox.records.log import LogLine, log_line
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
from utabox.retcodes import ACCOUNT_TYPE_UNSUPPORTED, PARAMS_ERROR, UTA_REQUIRED
from utabox.terms import Category
from utabox.why import Why

LIMIT_MAX = 50


class Params(msgspec.Struct, frozen=True):
    """Which lines. Without a time: of the last day; with one bound: of a day from there."""

    accountType: Annotated[str, Meta(description="UNIFIED, which is what is left out.")] = "UNIFIED"
    category: Annotated[
        Category | None, Meta(description="Only trades of it. Left out: everything.")
    ] = None
    currency: Annotated[str, Meta(description="One coin. Left out: every one.")] = ""
    baseCoin: Annotated[str, Meta(description="Only trades of its contracts.")] = ""
    type: Annotated[str, Meta(description="One type. Left out: every one.")] = ""
    transSubType: Annotated[str, Meta(description="movePosition: only those.")] = ""
    startTime: Annotated[StartTime | None, Meta(description="ms, inclusive.")] = None
    endTime: Annotated[EndTime | None, Meta(description="ms, inclusive.")] = None
    limit: Annotated[int, Meta(description="Lines a page, at most 50.")] = 20
    cursor: Cursor = ""


class TransactionLog(msgspec.Struct, frozen=True):
    """A page of the log."""

    nextPageCursor: Annotated[str, Meta(description="For the page behind; empty on the last.")]
    list: Annotated[list[LogLine], Meta(description="The newest first.")]


@query(
    "GET /v5/account/transaction-log",
    result=TransactionLog,
    limit=Limit(25),
    refusals=(ACCOUNT_TYPE_UNSUPPORTED, UTA_REQUIRED, PARAMS_ERROR),
    demo=True,
    source="docs/v5/account/transaction-log",
)
def transaction_log(
    state: State, caller: Caller, params: Params, history: History
) -> TransactionLog:
    """Every movement of the unified wallet: at most 7 days at once, of all time."""
    if params.accountType != "UNIFIED":
        raise Rejected(ACCOUNT_TYPE_UNSUPPORTED, why=_type_why(params.accountType))
    unified_account_of(state, caller.uid)
    if params.currency:
        coins_named(state, "currency", params.currency, 1)
    start, end = window(params.startTime, params.endTime, caller.now, usual=DAY, most=7 * DAY)
    category = params.category or ""
    wanted = Facet(params.currency, params.type, category, params.baseCoin, params.transSubType)
    rows, more = history.page(
        Book.UNIFIED,
        caller.uid,
        LogRow,
        start=start,
        end=end,
        limit=shown(params.limit, LIMIT_MAX),
        before=before(params.cursor),
        of=wanted,
    )
    lines = [log_line(caller.uid, *row) for row in rows]
    return TransactionLog(next_cursor([row.id for row in rows], more), lines)


def _type_why(seen: str) -> Why:
    return Why(
        rule="Only the unified wallet has this log.",
        expected="accountType=UNIFIED",
        seen=f"accountType={seen[:40]}",
        hint="Leave accountType out. An older kind's derivatives wallet is in "
        "GET /v5/account/contract-transaction-log.",
    )
