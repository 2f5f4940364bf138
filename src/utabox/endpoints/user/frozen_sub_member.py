"""POST /v5/user/frozen-sub-member"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.sub_member import FreezeSubMember
from utabox.records.api_key import WALLET
from utabox.retcodes import PARAMS_ERROR, SUB_NOT_FOUND


class Params(msgspec.Struct, frozen=True):
    """Whom, and which way."""

    subuid: Annotated[int, Meta(description="The UID of a sub-account.")]
    frozen: Annotated[int, Meta(ge=0, le=1, description="1: freeze, 0: thaw.")]


@command(
    "POST /v5/user/frozen-sub-member",
    ret_msg="",
    limit=Limit(5),
    permission=WALLET,
    masters_only=True,
    refusals=(PARAMS_ERROR, SUB_NOT_FOUND),
    source="docs/v5/user/froze-subuid",
)
def frozen_sub_member(caller: Caller, params: Params) -> FreezeSubMember:
    """Freeze a sub-account, whose keys then answer 10008, or thaw it."""
    return FreezeSubMember(uid=caller.uid, sub_uid=params.subuid, frozen=params.frozen == 1)
