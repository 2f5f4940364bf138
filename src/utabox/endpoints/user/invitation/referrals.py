"""GET /v5/user/invitation/referrals"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.state import State
from utabox.records.sub_member import number, unfit
from utabox.retcodes import PARAMS_ERROR

SIZE_MAX = 100


class Params(msgspec.Struct, frozen=True):
    """Which invitations, and which page."""

    status: Annotated[
        Literal["0", "1"] | None, Meta(description="Of the invitation; left out: any.")
    ] = None
    size: Annotated[str, Meta(description="1 to 100.")] = ""
    cursor: Annotated[str, Meta(description="nextCursor of the page before this one.")] = ""


class Referral(msgspec.Struct, frozen=True):
    """One invitation that was taken."""

    id: Annotated[str, Meta(description="Its number.")]
    inviteeUid: Annotated[str, Meta(description="Who came.")]
    status: Annotated[int, Meta(description="0 or 1.")]
    createdAt: Annotated[str, Meta(description="Seconds since the epoch.")]
    updatedAt: Annotated[str, Meta(description="Seconds since the epoch.")]


class Referrals(msgspec.Struct, frozen=True):
    """Who came by an invitation of the caller."""

    nextCursor: Annotated[str, Meta(description="For the next page; empty: there is none.")]
    records: Annotated[list[Referral], Meta(description="Empty: nobody is invited here.")]


@query(
    "GET /v5/user/invitation/referrals",
    result=Referrals,
    ret_msg="",
    limit=Limit(10),
    refusals=(PARAMS_ERROR,),
    source="docs/v5/user/friend-referral",
)
def referrals(state: State, caller: Caller, params: Params) -> Referrals:
    """Who came by an invitation of the calling account: nobody, as every inviterID is 0."""
    size = number("size", params.size or str(SIZE_MAX))
    if not 1 <= size <= SIZE_MAX:
        raise unfit("size", f"from 1 to {SIZE_MAX}", str(size))
    number("cursor", params.cursor or "0")
    return Referrals(nextCursor="", records=[])
