"""POST /v5/user/delete-sub-api"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.api_key import DeleteApiKey
from utabox.engine.account.sub_key import DeleteSubApiKey
from utabox.records.api_key import WALLET, named_sub_key
from utabox.retcodes import PARAMS_ERROR


class Params(msgspec.Struct, frozen=True):
    """Which key."""

    apikey: Annotated[
        str | None, Meta(description="Masters name the key; sub-accounts may not: it is theirs.")
    ] = None


@command(
    "POST /v5/user/delete-sub-api",
    ret_msg="",
    limit=Limit(5),
    permission=WALLET,
    refusals=(PARAMS_ERROR,),
    source="docs/v5/user/rm-sub-apikey",
)
def delete_sub_api(caller: Caller, params: Params) -> DeleteApiKey | DeleteSubApiKey:
    """Delete a key of a sub-account, at once: its own by itself, any by its master."""
    deletion = DeleteApiKey(named_sub_key(caller.account, caller.key, params.apikey))
    if caller.account.is_master:
        return DeleteSubApiKey(uid=caller.uid, deletion=deletion)
    return deletion
