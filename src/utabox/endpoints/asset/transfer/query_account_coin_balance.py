"""GET /v5/asset/transfer/query-account-coin-balance"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.transfer import check_wallet, leaving, member_of
from utabox.engine.ledger import balance_of
from utabox.engine.margin.valuation import money
from utabox.engine.state import State
from utabox.records.balance import asked_member, bonus_in, check_may_see
from utabox.records.sub_member import number
from utabox.retcodes import (
    MEMBER_INVALID,
    MEMBER_UNRELATED,
    PARAMS_ERROR,
    PERMISSION_DENIED,
    WALLET_NOT_EXIST,
)
from utabox.terms import AccountType

BIZ_TYPE = 1  # as in the page's example


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """Whose coin, in which wallet, and where it might go."""

    memberId: Annotated[
        str, Meta(description="A UID: one's own, which is what is left out, or a master's sub's.")
    ] = ""
    toMemberId: Annotated[
        str, Meta(description="A UID of the family to which it might go. Left out: the same.")
    ] = ""
    accountType: Annotated[AccountType, Meta(description="The wallet.")]
    toAccountType: Annotated[
        AccountType | None, Meta(description="The wallet to which it might go. Left out: any.")
    ] = None
    coin: Annotated[str, Meta(min_length=1, description="In capitals, such as BTC.")]
    withBonus: Annotated[int, Meta(ge=0, le=1, description="1: tell the bonus.")] = 0
    withTransferSafeAmount: Annotated[
        int, Meta(ge=0, le=1, description="1: tell what no delayed deposit holds back.")
    ] = 0
    withLtvTransferSafeAmount: Annotated[
        int, Meta(ge=0, le=1, description="1: tell what no institutional loan holds back.")
    ] = 0


class CoinBalance(msgspec.Struct, frozen=True):
    """One coin, in the coin."""

    coin: Annotated[str, Meta(description="The coin.")]
    walletBalance: Annotated[str, Meta(description="What the wallet holds.")]
    transferBalance: Annotated[str, Meta(description="What of it may leave.")]
    bonus: Annotated[str, Meta(description="What of it is bonus; 0 if it was not asked for.")]
    transferSafeAmount: Annotated[
        str, Meta(description="As transferBalance; empty if it was not asked for.")
    ]
    ltvTransferSafeAmount: Annotated[
        str, Meta(description="As transferBalance; empty if it was not asked for.")
    ]


class AccountCoinBalance(msgspec.Struct, frozen=True):
    """One coin of one wallet."""

    accountType: Annotated[str, Meta(description="The wallet.")]
    bizType: Annotated[int, Meta(description="Always 1.")]
    accountId: Annotated[str, Meta(description="The UID.")]
    memberId: Annotated[str, Meta(description="The UID.")]
    balance: Annotated[CoinBalance, Meta(description="The coin.")]


@query(
    "GET /v5/asset/transfer/query-account-coin-balance",
    result=AccountCoinBalance,
    ret_msg="success",
    limit=Limit(450),
    refusals=(
        PARAMS_ERROR,
        PERMISSION_DENIED,
        MEMBER_INVALID,
        MEMBER_UNRELATED,
        WALLET_NOT_EXIST,
    ),
    source="docs/v5/asset/balance/account-coin-balance",
)
def query_account_coin_balance(state: State, caller: Caller, params: Params) -> AccountCoinBalance:
    """What one wallet holds of one coin, and how much may leave it; FUND: Wallet keys only."""
    (coin,) = coins_named(state, "coin", params.coin, 1)
    wallet = params.accountType
    check_may_see(caller.key, wallet)
    account = asked_member(state, caller.account, params.memberId)
    taker = account
    if params.toMemberId:
        taker = member_of(state, caller.account, number("toMemberId", params.toMemberId))
    check_wallet(account, wallet)
    if params.toAccountType is not None:
        check_wallet(taker, params.toAccountType)
    free = money(leaving(state, account, wallet, coin))
    balance = CoinBalance(
        coin=coin,
        walletBalance=money(balance_of(account, wallet, coin)),
        transferBalance=free,
        bonus=money(bonus_in(account, wallet, coin)) if params.withBonus else "0",
        # Neither deposits that are not yet safe nor institutional loans exist: nothing is less.
        transferSafeAmount=free if params.withTransferSafeAmount else "",
        ltvTransferSafeAmount=free if params.withLtvTransferSafeAmount else "",
    )
    return AccountCoinBalance(wallet, BIZ_TYPE, str(account.uid), str(account.uid), balance)
