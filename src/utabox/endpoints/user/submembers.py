"""GET /v5/user/submembers"""

from itertools import islice
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.sub_member import subs_of
from utabox.engine.state import State
from utabox.records.api_key import WALLET
from utabox.records.sub_member import SubMember, number, sub_member, unfit
from utabox.retcodes import PARAMS_ERROR

PAGE_MAX = 100


class Params(msgspec.Struct, frozen=True):
    """Which page."""

    pageSize: Annotated[str, Meta(description="1 to 100. Left out: 100.")] = ""
    nextCursor: Annotated[
        str, Meta(description="Of the page before this one. Left out, or 0: the first page.")
    ] = ""


class SubMemberPage(msgspec.Struct, frozen=True):
    """One page of the sub-accounts of a master."""

    subMembers: Annotated[
        list[SubMember], Meta(description="Newest first; deleted ones are left out.")
    ]
    nextCursor: Annotated[str, Meta(description="For the next page; 0: there is none.")]


@query(
    "GET /v5/user/submembers",
    result=SubMemberPage,
    ret_msg="",
    limit=Limit(5),
    permission=WALLET,
    masters_only=True,
    refusals=(PARAMS_ERROR,),
    source="docs/v5/user/page-subuid",
)
def submembers(state: State, caller: Caller, params: Params) -> SubMemberPage:
    """The sub-accounts of the calling master, page by page."""
    size = number("pageSize", params.pageSize or str(PAGE_MAX))
    if not 1 <= size <= PAGE_MAX:
        raise unfit("pageSize", f"from 1 to {PAGE_MAX}", str(size))
    before = number("nextCursor", params.nextCursor or "0") or None
    rows = list(islice(subs_of(state, caller.uid, before), size + 1))
    more = len(rows) > size
    return SubMemberPage(
        subMembers=[sub_member(account) for _, account in rows[:size]],
        nextCursor=str(rows[size - 1][0]) if more else "0",
    )
