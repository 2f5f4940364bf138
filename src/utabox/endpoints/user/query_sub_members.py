"""GET /v5/user/query-sub-members"""

from itertools import islice
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.sub_member import subs_of
from utabox.engine.state import State
from utabox.records.api_key import WALLET
from utabox.records.sub_member import SubMember, sub_member

SHOWN_MAX = 10_000  # beyond, there is GET /v5/user/submembers


class SubMembers(msgspec.Struct, frozen=True):
    """The sub-accounts of a master."""

    subMembers: Annotated[
        list[SubMember], Meta(description="Newest first, at most 10000; deleted ones are left out.")
    ]


@query(
    "GET /v5/user/query-sub-members",
    result=SubMembers,
    ret_msg="",
    limit=Limit(10),
    permission=WALLET,
    masters_only=True,
    steady=True,
    source="docs/v5/user/subuid-list",
)
def query_sub_members(state: State, caller: Caller) -> SubMembers:
    """The sub-accounts of the calling master."""
    subs = islice(subs_of(state, caller.uid), SHOWN_MAX)
    return SubMembers([sub_member(account) for _, account in subs])
