"""POST /v5/asset/transfer/save-transfer-sub-member"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.sub_member import EnableTransfers
from utabox.records.sub_member import number, unfit
from utabox.retcodes import PARAMS_ERROR, SUB_NOT_FOUND

SUBS_MAX = 200


class Params(msgspec.Struct, frozen=True):
    """The sub-accounts."""

    subMemberIds: Annotated[
        list[str], Meta(description="UIDs; one text may hold several, with commas between them.")
    ]


@command(
    "POST /v5/asset/transfer/save-transfer-sub-member",
    ret_msg="success",
    limit=Limit(20),
    permission=("Wallet",),
    masters_only=True,
    refusals=(PARAMS_ERROR, SUB_NOT_FOUND),
    source="none: it was taken down; clients still call the endpoint",
)
def save_transfer_sub_member(caller: Caller, params: Params) -> EnableTransfers:
    """Let sub-accounts take part in universal transfers, as all of them do anyway by now."""
    named = [part for text in params.subMemberIds for part in text.split(",") if part]
    if len(named) > SUBS_MAX:
        raise unfit("subMemberIds", f"at most {SUBS_MAX} UIDs", str(len(named)))
    return EnableTransfers(caller.uid, tuple(number("subMemberIds", uid) for uid in named))
