"""GET /v5/asset/transfer/query-inter-transfer-list"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import MINUTE, Caller, Limit, query
from utabox.engine.account.transfer import TransferRow, key_of
from utabox.engine.history import Book
from utabox.engine.margin.valuation import money
from utabox.engine.state import State
from utabox.journal.history import History
from utabox.records.transfer import WantedTransfers, asked, created, page_cursor
from utabox.retcodes import PARAMS_ERROR

BOOK = Book.INTER_TRANSFERS


class InterTransfer(msgspec.Struct, frozen=True):
    """A transfer between two wallets of one account."""

    transferId: Annotated[str, Meta(description="As its maker gave it.")]
    coin: Annotated[str, Meta(description="What was moved.")]
    amount: Annotated[str, Meta(description="How much, in the coin.")]
    fromAccountType: Annotated[str, Meta(description="The wallet that gave.")]
    toAccountType: Annotated[str, Meta(description="The wallet that took.")]
    timestamp: Annotated[str, Meta(description="When, ms, in whole seconds.")]
    status: Annotated[str, Meta(description="SUCCESS.")]


class InterTransfers(msgspec.Struct, frozen=True):
    """A page of transfers."""

    list: Annotated[list[InterTransfer], Meta(description="The newest first.")]
    nextPageCursor: Annotated[str, Meta(description="For the page behind; empty on the last.")]


@query(
    "GET /v5/asset/transfer/query-inter-transfer-list",
    result=InterTransfers,
    ret_msg="success",
    limit=Limit(60, MINUTE),
    refusals=(PARAMS_ERROR,),
    source="docs/v5/asset/transfer/inter-transfer-list",
)
def query_inter_transfer_list(
    state: State, caller: Caller, params: WantedTransfers, history: History
) -> InterTransfers:
    """The transfers between wallets of the calling account: 7 days at once, of all time."""
    start, end, limit, before, facet = wanted = asked(params, caller.now)
    if params.transferId:
        known = history.find(BOOK, caller.uid, TransferRow, key_of(params.transferId))
        rows, more = [row for row in known if wanted.takes(row.time, row.content)], False
    else:
        rows, more = history.page(
            BOOK, caller.uid, TransferRow, start=start, end=end, limit=limit, before=before,
            of=facet,
        )  # fmt: skip
    return InterTransfers(
        [_line(row.time, row.content) for row in rows], page_cursor([row.id for row in rows], more)
    )


def _line(time: int, row: TransferRow) -> InterTransfer:
    return InterTransfer(
        transferId=row.transfer_id,
        coin=row.coin,
        amount=money(row.amount),
        fromAccountType=row.from_wallet,
        toAccountType=row.to_wallet,
        timestamp=created(time),
        status=row.status,
    )
