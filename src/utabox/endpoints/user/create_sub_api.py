"""POST /v5/user/create-sub-api"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, NewKey, command
from utabox.engine.account.api_key import CreateApiKey
from utabox.engine.account.sub_key import CreateSubApiKey
from utabox.engine.state import State
from utabox.records.api_key import (
    WALLET,
    Ips,
    Permissions,
    asked_ips,
    asked_permissions,
    sub_groups,
)
from utabox.retcodes import PARAMS_ERROR, SUB_NOT_FOUND, SUB_NOT_NORMAL
from utabox.terms import Algorithm


class Params(msgspec.Struct, frozen=True):
    """Whose key, and what it may do."""

    subuid: Annotated[int, Meta(description="The UID of a sub-account.")]
    readOnly: Annotated[int, Meta(ge=0, le=1, description="1: it may not change anything.")]
    permissions: Annotated[
        Permissions,
        Meta(
            description="Groups with their values, at least one of: ContractTrade Order, Position; "
            "Spot SpotTrade; Options OptionsTrade; Derivatives DerivativesTrade; Wallet "
            "AccountTransfer, SubMemberTransferList; Exchange ExchangeHistory; Earn Earn."
        ),
    ]
    note: Annotated[str | None, Meta(description="A remark, at most 256 characters.")] = None
    ips: Annotated[
        Ips | None,
        Meta(description="Addresses, with commas between them; left out or *: unbound, 90 days."),
    ] = None


class NewSubKey(msgspec.Struct, frozen=True):
    """The key that was made."""

    id: Annotated[str, Meta(description="The key's internal number.")]
    note: Annotated[str, Meta(description="Its remark.")]
    apiKey: Annotated[str, Meta(description="The key itself.")]
    readOnly: Annotated[int, Meta(description="1: it may not change anything.")]
    secret: Annotated[str, Meta(description="Its secret, which is not shown again.")]
    permissions: Annotated[
        Permissions, Meta(description="Permission groups, with what the key holds.")
    ]


def answer(state: State, caller: Caller, new_key: NewKey) -> NewSubKey:
    """The key, with its secret for the only time."""
    key = state.keys[new_key.api_key]
    return NewSubKey(
        id=str(key.key_id),
        note=key.note,
        apiKey=key.api_key,
        readOnly=int(key.read_only),
        secret=new_key.secret,
        permissions=sub_groups(key),
    )


@command(
    "POST /v5/user/create-sub-api",
    result=NewSubKey,
    answer=answer,
    seals=True,
    ret_msg="",
    limit=Limit(1),
    permission=WALLET,
    masters_only=True,
    refusals=(PARAMS_ERROR, SUB_NOT_FOUND, SUB_NOT_NORMAL),
    source="docs/v5/user/create-subuid-apikey",
)
def create_sub_api(caller: Caller, params: Params, new_key: NewKey) -> CreateSubApiKey:
    """Give a sub-account a key; the answer shows its secret once."""
    creation = CreateApiKey(
        uid=params.subuid,
        api_key=new_key.api_key,
        algorithm=Algorithm.HMAC,
        sealed_secret=new_key.sealed,
        permissions=asked_permissions(params.permissions),
        read_only=params.readOnly == 1,
        ips=asked_ips(params.ips or "*"),
        note=params.note or "",
    )
    return CreateSubApiKey(uid=caller.uid, creation=creation)
