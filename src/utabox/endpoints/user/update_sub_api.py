"""POST /v5/user/update-sub-api"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.api_key import ModifyApiKey
from utabox.engine.account.sub_key import ModifySubApiKey
from utabox.engine.state import State
from utabox.records.api_key import (
    WALLET,
    ChangedKey,
    Ips,
    Permissions,
    asked_ips,
    asked_permissions,
    changed_key,
    named_sub_key,
    sub_groups,
)
from utabox.retcodes import PARAMS_ERROR


class Params(msgspec.Struct, frozen=True):
    """Which key, and what it is to be."""

    apikey: Annotated[
        str | None, Meta(description="Masters name the key; sub-accounts may not: it is theirs.")
    ] = None
    readOnly: Annotated[
        Annotated[int, Meta(ge=0, le=1)] | None,
        Meta(description="1: it may not change anything. Left out: 0."),
    ] = None
    ips: Annotated[
        Ips | None,
        Meta(description="Addresses, with commas between them; left out or *: unbound, 90 days."),
    ] = None
    permissions: Annotated[
        Permissions | None,
        Meta(description="Groups with their values, instead of those it holds. Left out: as is."),
    ] = None


def answer(state: State, caller: Caller, command: ModifyApiKey | ModifySubApiKey) -> ChangedKey:
    """The key as it is now."""
    change = command.change if isinstance(command, ModifySubApiKey) else command
    key = state.keys[change.api_key]
    return changed_key(key, sub_groups(key))


@command(
    "POST /v5/user/update-sub-api",
    result=ChangedKey,
    answer=answer,
    ret_msg="",
    limit=Limit(5),
    permission=WALLET,
    refusals=(PARAMS_ERROR,),
    source="docs/v5/user/modify-sub-apikey",
)
def update_sub_api(caller: Caller, params: Params) -> ModifyApiKey | ModifySubApiKey:
    """Change a key of a sub-account: its own by itself, any by its master."""
    permissions = params.permissions
    change = ModifyApiKey(
        api_key=named_sub_key(caller.account, caller.key, params.apikey),
        permissions=None if permissions is None else asked_permissions(permissions),
        read_only=params.readOnly == 1,
        ips=asked_ips(params.ips or "*"),
    )
    if caller.account.is_master:
        return ModifySubApiKey(uid=caller.uid, change=change)
    return change
