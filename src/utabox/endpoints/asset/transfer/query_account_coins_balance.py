"""GET /v5/asset/transfer/query-account-coins-balance"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.transfer import check_wallet, leaving
from utabox.engine.ledger import balance_of, balances_of
from utabox.engine.margin.valuation import money
from utabox.engine.rules import Rejected
from utabox.engine.state import Account, State
from utabox.records.balance import asked_member, bonus_in, check_may_see
from utabox.retcodes import (
    COINS_LIMITED,
    MEMBER_INVALID,
    MEMBER_UNRELATED,
    PARAMS_ERROR,
    PERMISSION_DENIED,
    WALLET_NOT_EXIST,
)
from utabox.terms import AccountType
from utabox.why import Why

UNIFIED_COINS_MAX = 10


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """Whose coins, in which wallet."""

    memberId: Annotated[
        str, Meta(description="A UID: one's own, which is what is left out, or a master's sub's.")
    ] = ""
    accountType: Annotated[AccountType, Meta(description="The wallet.")]
    coin: Annotated[
        str,
        Meta(
            description="In capitals, with commas between them. Of UNIFIED 1 to 10; of others left "
            "out: every coin that is held."
        ),
    ] = ""
    withBonus: Annotated[int, Meta(ge=0, le=1, description="1: tell the bonus.")] = 0


class WalletCoin(msgspec.Struct, frozen=True):
    """One coin, in the coin."""

    coin: Annotated[str, Meta(description="The coin.")]
    transferBalance: Annotated[str, Meta(description="What of it may leave.")]
    walletBalance: Annotated[str, Meta(description="What the wallet holds.")]
    bonus: Annotated[str, Meta(description="What of it is bonus; empty if it was not asked for.")]


class WalletCoins(msgspec.Struct, frozen=True):
    """Coins of one wallet."""

    memberId: Annotated[str, Meta(description="The UID.")]
    accountType: Annotated[str, Meta(description="The wallet.")]
    balance: Annotated[list[WalletCoin], Meta(description="As they were asked for.")]


@query(
    "GET /v5/asset/transfer/query-account-coins-balance",
    result=WalletCoins,
    ret_msg="success",
    limit=Limit(5),
    refusals=(
        PARAMS_ERROR,
        COINS_LIMITED,
        PERMISSION_DENIED,
        MEMBER_INVALID,
        MEMBER_UNRELATED,
        WALLET_NOT_EXIST,
    ),
    source="docs/v5/asset/balance/all-balance",
)
def query_account_coins_balance(state: State, caller: Caller, params: Params) -> WalletCoins:
    """What one wallet holds, coin by coin, and how much may leave it; FUND: Wallet keys only."""
    wallet, named = params.accountType, list[str]()
    if params.coin:
        named = coins_named(state, "coin", params.coin, len(state.index_prices))
    if wallet is AccountType.UNIFIED and not 1 <= len(named) <= UNIFIED_COINS_MAX:
        raise Rejected(COINS_LIMITED, why=_coins_why(len(named)))
    check_may_see(caller.key, wallet)
    account = asked_member(state, caller.account, params.memberId)
    check_wallet(account, wallet)
    if not named:
        named = [coin for coin, held in balances_of(account, wallet).items() if held]
    lines = [_line(state, account, wallet, coin, params.withBonus == 1) for coin in named]
    return WalletCoins(str(account.uid), wallet, lines)


def _line(
    state: State, account: Account, wallet: AccountType, coin: str, with_bonus: bool
) -> WalletCoin:
    return WalletCoin(
        coin=coin,
        transferBalance=money(leaving(state, account, wallet, coin)),
        walletBalance=money(balance_of(account, wallet, coin)),
        bonus=money(bonus_in(account, wallet, coin)) if with_bonus else "",
    )


def _coins_why(seen: int) -> Why:
    return Why(
        rule="Of the unified wallet a few coins are asked for by name.",
        expected=f"1 to {UNIFIED_COINS_MAX} coins, such as coin=BTC,USDT",
        seen=f"{seen} coins",
        hint="Ask in parts. GET /v5/account/wallet-balance shows every coin at once.",
    )
