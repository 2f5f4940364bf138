"""POST /v5/user/del-submember"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.sub_member import DeleteSubMember
from utabox.records.api_key import WALLET
from utabox.records.sub_member import number
from utabox.retcodes import PARAMS_ERROR, SUB_HAS_ASSETS, SUB_NOT_FOUND, SUB_NOT_NORMAL


class Params(msgspec.Struct, frozen=True):
    """Whom."""

    subMemberId: Annotated[str, Meta(description="The UID of a sub-account.")]


@command(
    "POST /v5/user/del-submember",
    limit=Limit(5),
    permission=WALLET,
    masters_only=True,
    refusals=(PARAMS_ERROR, SUB_NOT_FOUND, SUB_NOT_NORMAL, SUB_HAS_ASSETS),
    source="docs/v5/user/rm-subuid",
)
def del_submember(caller: Caller, params: Params) -> DeleteSubMember:
    """Delete a sub-account without assets, and its keys; its username stays taken."""
    return DeleteSubMember(uid=caller.uid, sub_uid=number("subMemberId", params.subMemberId))
