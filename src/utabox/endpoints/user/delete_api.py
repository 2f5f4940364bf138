"""POST /v5/user/delete-api"""

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.api_key import DeleteApiKey
from utabox.records.api_key import WALLET


@command(
    "POST /v5/user/delete-api",
    ret_msg="",
    limit=Limit(5),
    permission=WALLET,
    masters_only=True,
    source="docs/v5/user/rm-master-apikey",
)
def delete_api(caller: Caller) -> DeleteApiKey:
    """Delete the calling key of a master, at once: its next call answers 10003."""
    return DeleteApiKey(caller.key.api_key)
