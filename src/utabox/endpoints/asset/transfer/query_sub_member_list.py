"""GET /v5/asset/transfer/query-sub-member-list"""

from itertools import islice
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import MINUTE, Caller, Limit, query
from utabox.engine.state import State

SHOWN_MAX = 2_000


class SubUids(msgspec.Struct, frozen=True):
    """The sub-accounts of a master."""

    subMemberIds: Annotated[
        list[str], Meta(description="Their UIDs, the oldest first, at most 2000.")
    ]
    transferableSubMemberIds: Annotated[
        list[str], Meta(description="Those that give and take money: all but frozen ones.")
    ]


@query(
    "GET /v5/asset/transfer/query-sub-member-list",
    result=SubUids,
    ret_msg="success",
    limit=Limit(60, MINUTE),
    masters_only=True,
    steady=True,
    source="docs/v5/asset/sub-uid-list",
)
def query_sub_member_list(state: State, caller: Caller) -> SubUids:
    """The UIDs of the calling master's sub-accounts; deleted ones are left out."""
    family = (state.accounts[uid] for uid in state.subs.get(caller.uid, []))
    subs = list(islice((sub for sub in family if not sub.deleted), SHOWN_MAX))
    return SubUids([str(sub.uid) for sub in subs], [str(sub.uid) for sub in subs if not sub.frozen])
