"""GET /v5/account/smp-group"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.state import State


class SmpGroup(msgspec.Struct, frozen=True):
    """The self-match-prevention group of an account."""

    smpGroup: Annotated[int, Meta(description="The group; 0: none.")]


@query(
    "GET /v5/account/smp-group",
    result=SmpGroup,
    ret_msg="success",
    limit=Limit(5),
    steady=True,
    source="docs/v5/account/smp-group",
)
def smp_group(state: State, caller: Caller) -> SmpGroup:
    """The self-match-prevention group of the calling account."""
    return SmpGroup(caller.account.smp_group)
