"""GET /v5/asset/transfer/query-universal-transfer-list"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.transfer import TransferRow, key_of
from utabox.engine.history import Book
from utabox.engine.margin.valuation import money
from utabox.engine.state import State
from utabox.journal.history import History
from utabox.records.transfer import WantedTransfers, asked, created, page_cursor
from utabox.retcodes import PARAMS_ERROR

BOOK = Book.UNIVERSAL_TRANSFERS


class UniversalTransfer(msgspec.Struct, frozen=True):
    """A transfer between two accounts of a family."""

    transferId: Annotated[str, Meta(description="As its maker gave it.")]
    coin: Annotated[str, Meta(description="What was moved.")]
    amount: Annotated[str, Meta(description="How much, in the coin.")]
    timestamp: Annotated[str, Meta(description="When, ms, in whole seconds.")]
    status: Annotated[str, Meta(description="SUCCESS.")]
    fromAccountType: Annotated[str, Meta(description="The wallet that gave.")]
    toAccountType: Annotated[str, Meta(description="The wallet that took.")]
    fromMemberId: Annotated[str, Meta(description="The UID that gave.")]
    toMemberId: Annotated[str, Meta(description="The UID that took.")]


class UniversalTransfers(msgspec.Struct, frozen=True):
    """A page of transfers."""

    list: Annotated[list[UniversalTransfer], Meta(description="The newest first.")]
    nextPageCursor: Annotated[str, Meta(description="For the page behind; empty on the last.")]


@query(
    "GET /v5/asset/transfer/query-universal-transfer-list",
    result=UniversalTransfers,
    ret_msg="success",
    limit=Limit(5),
    permission=("Wallet:SubMemberTransfer", "Wallet:SubMemberTransferList"),
    refusals=(PARAMS_ERROR,),
    source="docs/v5/asset/transfer/unitransfer-list",
)
def query_universal_transfer_list(
    state: State, caller: Caller, params: WantedTransfers, history: History
) -> UniversalTransfers:
    """A master: the transfers of its whole family; a sub-account: those that it was part of."""
    start, end, limit, before, facet = wanted = asked(params, caller.now)
    if params.transferId:
        known = history.find(BOOK, caller.uid, TransferRow, key_of(params.transferId))
        rows, more = [row for row in known if wanted.takes(row.time, row.content)], False
    else:
        rows, more = history.page(
            BOOK, caller.uid, TransferRow, start=start, end=end, limit=limit, before=before,
            of=facet,
        )  # fmt: skip
    return UniversalTransfers(
        [_line(row.time, row.content) for row in rows], page_cursor([row.id for row in rows], more)
    )


def _line(time: int, row: TransferRow) -> UniversalTransfer:
    return UniversalTransfer(
        transferId=row.transfer_id,
        coin=row.coin,
        amount=money(row.amount),
        timestamp=created(time),
        status=row.status,
        fromAccountType=row.from_wallet,
        toAccountType=row.to_wallet,
        fromMemberId=str(row.from_uid),
        toMemberId=str(row.to_uid),
    )
