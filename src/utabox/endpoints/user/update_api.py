"""POST /v5/user/update-api"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.api_key import ModifyApiKey
from utabox.engine.rules import Rejected
from utabox.engine.state import ApiKey, State
from utabox.permissions import as_groups
from utabox.records.api_key import (
    WALLET,
    ChangedKey,
    Ips,
    Permissions,
    asked_ips,
    asked_permissions,
    changed_key,
    withdraws,
)
from utabox.retcodes import IPS_IN_CONSOLE, PARAMS_ERROR, SENSITIVE_IN_CONSOLE
from utabox.why import Why


class Params(msgspec.Struct, frozen=True):
    """What the calling key is to be."""

    readOnly: Annotated[
        Annotated[int, Meta(ge=0, le=1)] | None,
        Meta(description="1: it may not change anything. Left out: 0."),
    ] = None
    permissions: Annotated[
        Permissions | None,
        Meta(description="Groups with their values, instead of those it holds. Left out: as is."),
    ] = None
    ips: Annotated[
        Ips | None,
        Meta(description="No longer documented: other addresses than the key has are refused."),
    ] = None


def answer(state: State, caller: Caller) -> ChangedKey:
    """The calling key as it is now."""
    key = state.keys[caller.key.api_key]
    return changed_key(key, as_groups(key.permissions))


@command(
    "POST /v5/user/update-api",
    result=ChangedKey,
    answer=answer,
    ret_msg="",
    limit=Limit(5),
    permission=WALLET,
    masters_only=True,
    refusals=(PARAMS_ERROR, IPS_IN_CONSOLE, SENSITIVE_IN_CONSOLE),
    source="docs/v5/user/modify-master-apikey",
)
def update_api(caller: Caller, params: Params) -> ModifyApiKey:
    """Change the calling key of a master."""
    permissions = None if params.permissions is None else asked_permissions(params.permissions)
    if params.ips is not None:
        _check_ips(caller.key, asked_ips(params.ips))
    if permissions is not None:
        _check_withdrawal(caller.key, permissions)
    return ModifyApiKey(
        api_key=caller.key.api_key, permissions=permissions, read_only=params.readOnly == 1
    )


def _check_ips(key: ApiKey, ips: tuple[str, ...]) -> None:
    if ips != key.ips:
        raise Rejected(
            IPS_IN_CONSOLE,
            why=Why(
                rule="The addresses of a master's key cannot be changed by the API.",
                expected=f"ips left out, or {', '.join(key.ips) or '*'} as they are",
                seen=", ".join(ips)[:200] or "*",
                hint=f"`utabox key set {key.api_key} --ip ADDRESS` changes them.",
            ),
        )


def _check_withdrawal(key: ApiKey, permissions: int) -> None:
    if withdraws(permissions) and not withdraws(key.permissions):
        raise Rejected(
            SENSITIVE_IN_CONSOLE,
            why=Why(
                rule="A master's key cannot give itself the permission to withdraw.",
                expected="permissions without Wallet: Withdraw, or a key that holds it",
                seen="Withdraw asked for, and not held",
                hint=f"`utabox key set {key.api_key} --permission Wallet:Withdraw` gives it.",
            ),
        )
