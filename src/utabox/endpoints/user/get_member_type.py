"""GET /v5/user/get-member-type"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.sub_member import sub_of
from utabox.engine.ledger import WALLETS
from utabox.engine.state import Account, State
from utabox.records.sub_member import number, unfit
from utabox.retcodes import PARAMS_ERROR, SUB_NOT_FOUND

MEMBERS_MAX = 200


class Params(msgspec.Struct, frozen=True):
    """Whose wallets."""

    memberIds: Annotated[
        str,
        Meta(
            description="UIDs of a master's sub-accounts, at most 200, with commas between them. "
            "Left out: only one's own. A sub-account's key always gets its own."
        ),
    ] = ""


class MemberWallets(msgspec.Struct, frozen=True):
    """One account."""

    uid: Annotated[str, Meta(description="Its UID.")]
    accountType: Annotated[
        list[str], Meta(description="Its wallets: UNIFIED, CONTRACT, SPOT, FUND.")
    ]


class Members(msgspec.Struct, frozen=True):
    """Which wallets accounts have."""

    accounts: Annotated[
        list[MemberWallets], Meta(description="The caller first, then as they were named.")
    ]


@query(
    "GET /v5/user/get-member-type",
    result=Members,
    ret_msg="",
    limit=Limit(10),
    refusals=(PARAMS_ERROR, SUB_NOT_FOUND),
    source="docs/v5/user/wallet-type",
)
def get_member_type(state: State, caller: Caller, params: Params) -> Members:
    """Which wallets the calling account has, and the sub-accounts that a master names."""
    named = [part for part in params.memberIds.split(",") if part]
    if not caller.account.is_master:
        named = []
    if len(named) > MEMBERS_MAX:
        raise unfit("memberIds", f"at most {MEMBERS_MAX} UIDs", f"{len(named)}")
    uids = [number("memberIds", part) for part in named]
    subs = [sub_of(state, caller.uid, uid) for uid in dict.fromkeys(uids) if uid != caller.uid]
    return Members([_wallets(account) for account in (caller.account, *subs)])


def _wallets(account: Account) -> MemberWallets:
    return MemberWallets(uid=str(account.uid), accountType=list(WALLETS[account.kind]))
