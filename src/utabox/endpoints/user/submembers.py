"""GET /v5/user/submembers"""

from itertools import islice
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.sub_member import subs_of
from utabox.engine.state import State
from utabox.records.api_key import WALLET
from utabox.records.sub_member import PageSize, SubCursor, SubMember, asked_page, sub_member
from utabox.retcodes import PARAMS_ERROR


class Params(msgspec.Struct, frozen=True):
    """Which page."""

    pageSize: PageSize = ""
    nextCursor: SubCursor = ""


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
    size, before = asked_page(params.pageSize, params.nextCursor)
    rows = list(islice(subs_of(state, caller.uid, before), size + 1))
    more = len(rows) > size
    return SubMemberPage(
        subMembers=[sub_member(account) for _, account in rows[:size]],
        nextCursor=str(rows[size - 1][0]) if more else "0",
    )
