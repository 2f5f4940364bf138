"""GET /v5/user/invitation/referrals"""

from itertools import islice
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.referral import referrals_of
from utabox.engine.state import Account, State
from utabox.engine.state import Referral as Invitation
from utabox.records.sub_member import number
from utabox.retcodes import PARAMS_ERROR

SIZE, SIZE_MAX = 20, 100
ALIVE, INVALID = 0, 1


class Params(msgspec.Struct, frozen=True):
    """Which invitations, and which page."""

    status: Annotated[
        Literal["0", "1"] | None,
        Meta(description="0: those that count, 1: those that do not any more. Left out: both."),
    ] = None
    size: Annotated[str, Meta(description="1 to 100. Left out, or another number: 20.")] = ""
    cursor: Annotated[str, Meta(description="nextCursor of the page before this one.")] = ""


class Referral(msgspec.Struct, frozen=True):
    """One invitation that was taken."""

    id: Annotated[str, Meta(description="Its number.")]
    inviteeUid: Annotated[str, Meta(description="Who came.")]
    status: Annotated[int, Meta(description="0: it counts, 1: not any more.")]
    createdAt: Annotated[str, Meta(description="Seconds since the epoch.")]
    updatedAt: Annotated[str, Meta(description="Seconds since the epoch.")]


class Referrals(msgspec.Struct, frozen=True):
    """Who came by an invitation of the caller."""

    nextCursor: Annotated[str, Meta(description="For the next page; empty: there is none.")]
    records: Annotated[list[Referral], Meta(description="The newest first.")]


@query(
    "GET /v5/user/invitation/referrals",
    result=Referrals,
    ret_msg="",
    limit=Limit(10),
    refusals=(PARAMS_ERROR,),
    source="docs/v5/user/friend-referral",
)
def referrals(state: State, caller: Caller, params: Params) -> Referrals:
    """Who came by an invitation of the calling account."""
    size, cursor = _size(params.size), number("cursor", params.cursor or "0")
    rows = (_referral(*each) for each in referrals_of(state, caller.uid, before=cursor))
    wanted = (row for row in rows if params.status in (None, str(row.status)))
    found = list(islice(wanted, size + 1))
    shown = found[:size]
    return Referrals(nextCursor=shown[-1].id if len(found) > size else "", records=shown)


def _size(text: str) -> int:
    """The exchange's own client says that a number out of range counts as none."""
    size = number("size", text.removeprefix("-") or str(SIZE))
    return size if 1 <= size <= SIZE_MAX and not text.startswith("-") else SIZE


def _referral(invitee: Account, invitation: Invitation) -> Referral:
    return Referral(
        id=str(invitation.number),
        inviteeUid=str(invitee.uid),
        status=INVALID if invitation.closed_at else ALIVE,
        createdAt=str(invitee.created_at // 1000),
        updatedAt=str((invitation.closed_at or invitee.created_at) // 1000),
    )
