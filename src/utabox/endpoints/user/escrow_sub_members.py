"""GET /v5/user/escrow_sub_members"""

from itertools import islice
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.sub_member import subs_of
from utabox.engine.state import Account, State
from utabox.records.api_key import WALLET
from utabox.records.sub_member import PageSize, SubCursor, asked_page, status_of
from utabox.retcodes import PARAMS_ERROR

CLASSIC, UNIFIED = 1, 3


class Params(msgspec.Struct, frozen=True):
    """Which page."""

    pageSize: PageSize = ""
    nextCursor: SubCursor = ""


class FundSubMember(msgspec.Struct, frozen=True):
    """One fund custodial sub-account."""

    uid: Annotated[str, Meta(description="Its UID.")]
    username: Annotated[str, Meta(description="Its name; empty: it was made from outside.")]
    memberType: Annotated[int, Meta(description="12: fund custodial.")]
    status: Annotated[int, Meta(description="1: normal, 4: frozen.")]
    remark: Annotated[str, Meta(description="The note it was made with.")]
    accountMode: Annotated[int, Meta(description="1: classic, 3: unified.")]


class FundSubMembers(msgspec.Struct, frozen=True):
    """One page of the fund custodial sub-accounts of a master."""

    subMembers: Annotated[
        list[FundSubMember], Meta(description="Newest first; deleted ones are left out.")
    ]
    nextCursor: Annotated[str, Meta(description="For the next page; 0: there is none.")]


@query(
    "GET /v5/user/escrow_sub_members",
    result=FundSubMembers,
    ret_msg="",
    limit=Limit(5),
    permission=WALLET,
    masters_only=True,
    refusals=(PARAMS_ERROR,),
    source="docs/v5/user/fund-subuid-list",
)
def escrow_sub_members(state: State, caller: Caller, params: Params) -> FundSubMembers:
    """The fund custodial sub-accounts of the calling master, page by page."""
    size, before = asked_page(params.pageSize, params.nextCursor)
    rows = list(islice(subs_of(state, caller.uid, before, funds=True), size + 1))
    more = len(rows) > size
    return FundSubMembers(
        subMembers=[_row(account) for _, account in rows[:size]],
        nextCursor=str(rows[size - 1][0]) if more else "0",
    )


def _row(account: Account) -> FundSubMember:
    return FundSubMember(
        uid=str(account.uid),
        username=account.username,
        memberType=account.member_type.value,
        status=status_of(account),
        remark=account.remark,
        accountMode=UNIFIED if account.unified else CLASSIC,
    )
