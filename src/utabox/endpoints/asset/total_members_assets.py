"""GET /v5/asset/total-members-assets"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.assets import assets_of, usd_of, wallets_of
from utabox.engine.account.coins import coins_named
from utabox.engine.margin.valuation import ZERO
from utabox.engine.rules import exact
from utabox.engine.state import Account, State
from utabox.records.amounts import shortest, uncut
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import MemberType

QUOTE_DECIMALS = 18
TYPES = {MemberType.NORMAL: 1, MemberType.CUSTODIAL: 6, MemberType.FUND_CUSTODIAL: 7}

Stat = Annotated[int, Meta(description="0: nothing went wrong.")]
Usd = Annotated[str, Meta(description="In USD, every decimal.")]
Quoted = Annotated[str, Meta(description="In the coin that was asked for, cut at 18 decimals.")]


class Params(msgspec.Struct, frozen=True):
    """In which coin."""

    coin: Annotated[str, Meta(description="In capitals.")] = "BTC"


class WalletAssets(msgspec.Struct, frozen=True):
    """One wallet of a member."""

    origb: Usd
    stat: Stat
    type: Annotated[str, Meta(description="Such as ACCOUNT_TYPE_FUND.")]
    quoteb: Quoted


class MemberAssets(msgspec.Struct, frozen=True):
    """One member: the master or a sub-account."""

    origb: Usd
    uid: Annotated[int, Meta(description="Its UID.")]
    # Only one of the two is there; where the page's example has the first.
    isM: Annotated[bool | UnsetType, Meta(description="Of the master: true.")]
    type: Annotated[
        int | UnsetType,
        Meta(description="Of a sub-account; 1: normal, 6: custodial, 7: fund custodial."),
    ]
    stat: Stat
    items: Annotated[list[WalletAssets], Meta(description="Its wallets.")]
    quoteb: Quoted  # in the page's table, not in its example


class TotalAssets(msgspec.Struct, frozen=True):
    """What a master and its sub-accounts have."""

    total: Usd
    stat: Stat
    quoteTotal: Quoted
    list: Annotated[
        list[MemberAssets], Meta(description="The master, then its sub-accounts, oldest first.")
    ]


@query(
    "GET /v5/asset/total-members-assets",
    result=TotalAssets,
    ret_msg="Success",
    limit=Limit(50),
    permission=("Wallet",),
    masters_only=True,
    refusals=(PARAMS_ERROR,),
    source="docs/v5/asset/total-members-assets",
)
@exact
def total_members_assets(state: State, caller: Caller, params: Params) -> TotalAssets:
    """What the calling master and each of its sub-accounts have, wallet by wallet."""
    unit = state.index_prices[coins_named(state, "coin", params.coin, 1)[0]]
    subs = [state.accounts[uid] for uid in state.subs.get(caller.uid, [])]
    members = [caller.account, *(sub for sub in subs if not sub.deleted)]
    worths = [_worths(state, member) for member in members]
    total = sum((sum(of.values(), ZERO) for of in worths), ZERO)
    return TotalAssets(
        total=uncut(total),
        stat=0,
        quoteTotal=_quoted(total, unit),
        list=[_member(member, of, unit) for member, of in zip(members, worths, strict=True)],
    )


def _worths(state: State, account: Account) -> dict[str, Decimal]:
    """USD in each of the account's wallets, the funding wallet first."""
    return {
        wallet.value: usd_of(assets_of(state, account, wallet)) for wallet in wallets_of(account)
    }


def _member(account: Account, worths: dict[str, Decimal], unit: Decimal) -> MemberAssets:
    total = sum(worths.values(), ZERO)
    return MemberAssets(
        origb=uncut(total),
        uid=account.uid,
        isM=True if account.is_master else UNSET,
        type=UNSET if account.is_master else TYPES[account.member_type],
        stat=0,
        items=[
            WalletAssets(uncut(usd), 0, f"ACCOUNT_TYPE_{wallet}", _quoted(usd, unit))
            for wallet, usd in worths.items()
        ],
        quoteb=_quoted(total, unit),
    )


def _quoted(usd: Decimal, unit: Decimal) -> str:
    return shortest(usd / unit, QUOTE_DECIMALS)
