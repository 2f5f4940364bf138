"""GET /v5/asset/fundinghistory"""

import base64
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.history import Book
from utabox.engine.ledger import LogRow
from utabox.engine.rules import Rejected
from utabox.engine.state import State
from utabox.journal.history import History, Kept
from utabox.records.amounts import uncut
from utabox.records.paging import DAY, shown
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import LogType
from utabox.why import Why

LIMIT_MAX = 100
SECONDS_MAX = 253_402_300_799  # the last of the year 9999
RANGE_S = 7 * DAY // 1000

Seconds = Annotated[int, Meta(ge=0, le=SECONDS_MAX)]
Bound = Annotated[
    Seconds | None, Meta(description="s, inclusive; only together with the other bound.")
]


class Params(msgspec.Struct, frozen=True):
    """Which movements. Without a time: of the last 7 days."""

    createTimeFrom: Bound = None
    createTimeTo: Bound = None
    limit: Annotated[int, Meta(description="Records a page, at most 100.")] = 10
    cursor: Annotated[str, Meta(description="The nextPageCursor of the page before.")] = ""


class FundMovement(msgspec.Struct, frozen=True):
    """One movement of the funding wallet. Amounts are in the coin."""

    memberId: Annotated[str, Meta(description="The account's UID.")]
    currency: Annotated[str, Meta(description="The coin.")]
    ioDirection: Annotated[str, Meta(description="I: in, O: out.")]
    txnAmt: Annotated[str, Meta(description="How much moved; never negative.")]
    afterAmt: Annotated[str, Meta(description="The balance after it.")]
    createTime: Annotated[str, Meta(description="s since the epoch.")]
    showBusiType: Annotated[str, Meta(description="Why it moved, as a key for translations.")]
    showBusiTypeEn: Annotated[str, Meta(description="Why it moved, in English.")]
    description: Annotated[str, Meta(description="More of it, as a key for translations.")]
    descriptionEn: Annotated[str, Meta(description="More of it, in English.")]


class FundingHistory(msgspec.Struct, frozen=True):
    """A page of movements."""

    nextPageCursor: Annotated[str, Meta(description="For the page behind; empty on the last.")]
    list: Annotated[list[FundMovement], Meta(description="The newest first.")]


class Words(NamedTuple):
    """What a movement is called: `showBusiTypeEn` and `descriptionEn`."""

    type: str
    description: str


FROM_OUTSIDE = {
    LogType.TRANSFER_IN: Words("Deposit", "Deposit"),
    LogType.TRANSFER_OUT: Words("Withdraw", "Withdraw"),
}
"""What has no transfer's id came from outside, or went there."""

WORDS = {
    LogType.TRANSFER_IN: Words("Transfer", "Transfer In"),
    LogType.TRANSFER_OUT: Words("Transfer", "Transfer Out"),
    LogType.AIRDROP: Words("Airdrop", "Airdrop"),
    LogType.BONUS: Words("Bonus", "Bonus"),
    LogType.BONUS_RECOLLECT: Words("Bonus", "Bonus Recollect"),
}


@query(
    "GET /v5/asset/fundinghistory",
    result=FundingHistory,
    limit=Limit(30),
    permission=("Wallet",),
    refusals=(PARAMS_ERROR,),
    source="docs/v5/asset/fund-history",
)
def fundinghistory(
    state: State, caller: Caller, params: Params, history: History
) -> FundingHistory:
    """Every movement of the funding wallet: at most 7 days at once."""
    start, end = _window(params, caller.now)
    rows, more = history.page(
        Book.FUND,
        caller.uid,
        LogRow,
        start=start,
        end=end,
        limit=shown(params.limit, LIMIT_MAX),
        before=_before(params.cursor),
    )
    cursor = base64.b64encode(str(rows[-1].id).encode()).decode() if more else ""
    return FundingHistory(cursor, [_movement(caller.uid, row) for row in rows])


def _movement(uid: int, kept: Kept[LogRow]) -> FundMovement:
    row = kept.content
    words = _words(row)
    return FundMovement(
        memberId=str(uid),
        currency=row.coin,
        ioDirection="I" if row.change > 0 else "O",
        txnAmt=uncut(abs(row.change)),
        afterAmt=uncut(row.balance),
        createTime=str(kept.time // 1000),
        showBusiType=_key(words.type),
        showBusiTypeEn=words.type,
        description=_key(words.description),
        descriptionEn=words.description,
    )


def _words(row: LogRow) -> Words:
    known = FROM_OUTSIDE.get(row.log) if not row.reference else None
    title = row.log.value.replace("_", " ").title()
    return known or WORDS.get(row.log, Words(title, title))


def _key(words: str) -> str:
    """Such as fundingAccountRecordEarn, as the page's example has it."""
    return "fundingAccountRecord" + words.replace(" ", "")


def _window(params: Params, now: int) -> tuple[int, int]:
    """ms, both inclusive; the last second is whole."""
    start, end = params.createTimeFrom, params.createTimeTo
    if start is None and end is None:
        return now - RANGE_S * 1000, now
    if start is None:
        raise _refused("createTimeFrom", "both bounds or neither", "createTimeTo alone")
    if end is None:
        raise _refused("createTimeTo", "both bounds or neither", "createTimeFrom alone")
    if start > end:
        raise _refused("createTimeFrom", f"at most createTimeTo, {end}", str(start))
    if end - start > RANGE_S:
        expected = f"at most {start + RANGE_S}, 7 days later"
        raise _refused("createTimeTo", expected, str(end))
    return start * 1000, end * 1000 + 999


def _before(cursor: str) -> int:
    """The id behind which the page begins; 0: at the newest row."""
    try:
        text = base64.b64decode(cursor, validate=True).decode("ascii")
    except ValueError:
        text = "?"
    if cursor and not (text.isdigit() and int(text) < 1 << 63):
        raise _refused("cursor", "a nextPageCursor of this endpoint", repr(cursor[:64]))
    return int(text or 0)


def _refused(name: str, expected: str, seen: str) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule=f"The parameter {name!r} chooses a page of the past.",
            expected=expected,
            seen=seen,
            hint="Times are in seconds, both or neither, at most 7 days apart; follow "
            "nextPageCursor page by page.",
        ),
        problem=f"{name} invalid",
    )
