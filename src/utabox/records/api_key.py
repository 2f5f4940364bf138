"""API keys on the wire: what several endpoints of keys take and show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.engine.rules import Rejected
from utabox.engine.state import Account, ApiKey
from utabox.permissions import any_of, as_groups, from_groups
from utabox.retcodes import PARAMS_ERROR, PERMISSION_DENIED
from utabox.why import Why

DAY_MS = 24 * 3_600_000
PERMANENT = -2  # as in the page's example of an IP-bound key
WALLET = ("Wallet",)
"""AccountTransfer, SubMemberTransfer or Withdraw; of a sub-account, SubMemberTransferList."""

Permissions = dict[str, list[str]]
Ips = str | list[str]

# Groups of masters that the pages about sub-accounts' keys do not show, not even as empty ones.
_NO_SUB = ("FiatP2P", "FiatConvertBroker", "FiatGlobalPay", "FiatBitPay", "BitCard", "ByXPost")


class ChangedKey(msgspec.Struct, frozen=True):
    """A key after its change."""

    id: Annotated[str, Meta(description="The key's internal number.")]
    note: Annotated[str, Meta(description="Its remark.")]
    apiKey: Annotated[str, Meta(description="The key itself.")]
    readOnly: Annotated[int, Meta(description="1: it may not change anything.")]
    secret: Annotated[str, Meta(description="Always empty.")]
    permissions: Annotated[
        Permissions, Meta(description="Permission groups, with what the key holds.")
    ]
    ips: Annotated[list[str], Meta(description="Bound addresses; * when unbound.")]


def changed_key(key: ApiKey, permissions: Permissions) -> ChangedKey:
    """A key as update-api and update-sub-api show it."""
    return ChangedKey(
        id=str(key.key_id),
        note=key.note,
        apiKey=key.api_key,
        readOnly=int(key.read_only),
        secret="",
        permissions=permissions,
        ips=shown_ips(key),
    )


def sub_groups(key: ApiKey) -> Permissions:
    """The permission groups of a sub-account's key, without those of masters only."""
    groups = as_groups(key.permissions)
    return {name: values for name, values in groups.items() if name not in _NO_SUB}


def shown_ips(key: ApiKey) -> list[str]:
    """Bound addresses; `*` when unbound."""
    return list(key.ips) or ["*"]


def days_left(key: ApiKey, now: int) -> int:
    """Whole days until the key expires; negative: never, or it has."""
    return (key.expires_at - now) // DAY_MS if key.expires_at else PERMANENT


def rfc3339(milliseconds: int) -> str:
    """A moment in UTC, to the second."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def asked_permissions(groups: Mapping[str, Sequence[str]]) -> int:
    """The bits of a `permissions` object.

    Raises:
        Rejected: PARAMS_ERROR (10001), for a group or value that there is not, or nothing at all.
    """
    try:
        bits = from_groups(groups)
    except ValueError as error:
        raise _permissions_refused(str(error)[:120]) from error
    if not bits:
        raise _permissions_refused("no permission at all")
    return bits


def asked_ips(ips: Ips) -> tuple[str, ...]:
    """Addresses, written as a list, or with commas between them, or both; `*` is none."""
    texts = [ips] if isinstance(ips, str) else ips
    parts = [part.strip() for text in texts for part in text.split(",")]
    return () if parts in (["*"], [""], []) else tuple(parts)


def named_sub_key(account: Account, own: ApiKey, api_key: str | None) -> str:
    """Which key update-sub-api and delete-sub-api are about.

    Args:
        account: Who calls.
        own: The key that signed.
        api_key: The key that is named.

    Raises:
        Rejected: PARAMS_ERROR (10001): a master names none, or a sub-account one.
    """
    master = account.is_master
    if master and api_key:
        return api_key
    if not master and api_key is None:
        return own.api_key
    raise Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="A master names the key; a sub-account's key is the one that calls.",
            expected="a key of one of its sub-accounts" if master else "no apikey",
            seen="no apikey" if master else "a sub-account that names one",
            hint="GET /v5/user/sub-apikeys lists them." if master else "Leave apikey out.",
        ),
        problem="apikey invalid",
    )


def withdraws(bits: int) -> bool:
    """Whether a key with these permissions may withdraw."""
    return bool(bits & _WITHDRAW)


_WITHDRAW = from_groups({"Wallet": ["Withdraw"]})


def check_permission(key: ApiKey, *names: str) -> None:
    """Refuse a key that holds none of these, where what is asked decides which are needed.

    Args:
        names: As in `any_of`: groups, or `Group:Value`.
    Raises:
        Rejected: PERMISSION_DENIED (10005).
    """
    if key.permissions & any_of(*names):
        return
    held = [
        f"{name}:{value}" for name, values in as_groups(key.permissions).items() for value in values
    ]
    raise Rejected(
        PERMISSION_DENIED,
        why=Why(
            rule="What is asked for needs a permission of its own.",
            expected=f"a key that holds {' or '.join(names)}",
            seen=f"key {key.api_key} holds {', '.join(held) or 'none'}",
            hint="Use a key with that permission: `utabox key create --help`.",
        ),
    )


def _permissions_refused(seen: str) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="A key holds at least one of the exchange's permissions.",
            expected='an object of groups such as {"Wallet": ["AccountTransfer"]}',
            seen=seen,
            hint="GET /v5/user/query-api shows every group; `utabox key create --help` each value.",
        ),
        problem="permissions invalid",
    )
