"""Transfers on the wire: what both kinds take, answer and list."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, NamedTuple
from urllib.parse import unquote

import msgspec
from msgspec import Meta

from utabox.engine.account.transfer import TransferRow
from utabox.engine.history import Facet
from utabox.engine.rules import Rejected
from utabox.records.paging import DAY, TIME_MAX, Cursor, EndTime, StartTime, shown, window
from utabox.records.sub_member import unfit
from utabox.retcodes import RetCode
from utabox.terms import TransferStatus
from utabox.why import Why

SECOND = 1000
LIMIT_MAX = 50
ID_MAX = 1 << 63
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_AMOUNT = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")

TransferId = Annotated[
    str, Meta(description="Required: a UUID of your own; a second transfer with it is refused.")
]
TransferCoin = Annotated[str, Meta(description="Required: in capitals, such as USDT.")]
Amount = Annotated[str, Meta(description="Required: in the coin, as text; at most 8 decimals.")]


class NewTransfer(msgspec.Struct, frozen=True):
    """The transfer that was made."""

    transferId: Annotated[str, Meta(description="As it was given.")]
    status: Annotated[
        TransferStatus, Meta(description="SUCCESS: what cannot be done at once is refused.")
    ]


class WantedTransfers(msgspec.Struct, frozen=True):
    """Which transfers. Without a time: of 7 days; with one bound: of 7 days from there."""

    transferId: Annotated[
        str, Meta(description="One of them, whenever it was. Left out: every one.")
    ] = ""
    coin: Annotated[str, Meta(description="One coin. Left out: every one.")] = ""
    status: Annotated[
        TransferStatus | None, Meta(description="Left out: every one. Those kept all succeeded.")
    ] = None
    startTime: Annotated[
        StartTime | None, Meta(description="ms, inclusive; whole seconds count.")
    ] = None
    endTime: Annotated[EndTime | None, Meta(description="ms, inclusive; whole seconds count.")] = (
        None
    )
    limit: Annotated[int, Meta(description="Transfers a page, at most 50.")] = 20
    cursor: Cursor = ""


class Asked(NamedTuple):
    """The same, for the store."""

    start: int  # ms, inclusive
    end: int  # ms, inclusive
    limit: int
    before: int  # an id; 0: any
    facet: Facet

    def takes(self, time: int, row: TransferRow) -> bool:
        """Whether a transfer that was found by its id is among them."""
        own = Facet(row.coin, row.status.value)
        return self.start <= time <= self.end and own.fits(self.facet)


class _Page(msgspec.Struct, frozen=True):
    """What a cursor holds."""

    minID: int
    maxID: int


def asked(wanted: WantedTransfers, now: int) -> Asked:
    """Which rows are asked for; times count in whole seconds, as the exchange says.

    Raises:
        Rejected: PARAMS_ERROR (10001), naming `startTime`, `endTime`, `limit` or `cursor`.
    """
    always = wanted.transferId and wanted.startTime is None and wanted.endTime is None
    start, end = 0, TIME_MAX
    if not always:
        start, end = window(wanted.startTime, wanted.endTime, now, usual=7 * DAY, most=7 * DAY)
    facet = Facet(wanted.coin, wanted.status.value if wanted.status else "")
    limit, last = shown(wanted.limit, LIMIT_MAX), _before(wanted.cursor)
    return Asked(_second(start), _second(end) + SECOND - 1, limit, last, facet)


def page_cursor(ids: Sequence[int], more: bool) -> str:
    """The cursor of the page behind these rows, newest first; empty when it is the last."""
    if not more:
        return ""
    return base64.b64encode(msgspec.json.encode(_Page(ids[-1], ids[0]))).decode("ascii")


def created(time: int) -> str:
    """When a transfer was made, ms, in whole seconds, as in the pages' examples."""
    return str(_second(time))


def checked(transfer_id: str, coin: str, amount: str, refused: RetCode) -> Decimal:
    """The amount of a transfer whose id, coin and amount are well-formed.

    Args:
        refused: The endpoint's refusal of a parameter, with a field `name`.
    """
    if not _UUID.fullmatch(transfer_id):
        raise _malformed(refused, "transferId", "a UUID of 32 hex digits, 8-4-4-4-12", transfer_id)
    if not coin:
        raise _malformed(refused, "coin", "a coin in capitals", coin)
    if not _AMOUNT.fullmatch(amount):
        raise _malformed(refused, "amount", "a plain decimal number as text", amount)
    return Decimal(amount)


def _second(time: int) -> int:
    return time - time % SECOND


def _before(cursor: str) -> int:
    """The id behind which the page begins; 0: at the newest row."""
    if not cursor:
        return 0
    try:
        page = msgspec.json.decode(base64.b64decode(unquote(cursor), validate=True), type=_Page)
    except (ValueError, msgspec.MsgspecError) as error:
        raise _cursor_unfit(cursor) from error
    if not 0 < page.minID < ID_MAX:
        raise _cursor_unfit(cursor)
    return page.minID


def _cursor_unfit(cursor: str) -> Rejected:
    return unfit("cursor", "the nextPageCursor of the page before", repr(cursor[:80]))


def _malformed(refused: RetCode, name: str, expected: str, seen: str) -> Rejected:
    return Rejected(
        refused,
        why=Why(
            rule=f"A transfer has a well-formed {name}.",
            expected=expected,
            seen=repr(seen[:80]) if seen else "nothing",
            hint=f"Give {expected}.",
        ),
        name=name,
    )
