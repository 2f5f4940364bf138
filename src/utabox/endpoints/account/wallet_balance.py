"""GET /v5/account/wallet-balance"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.ledger import WALLETS, balance_of, balances_of
from utabox.engine.margin.valuation import ZERO, Holding, holding_of, money, usd_value
from utabox.engine.rules import NotFound, Rejected
from utabox.engine.state import Account, State
from utabox.records.wallet import CoinBalance, Wallet, unified_wallet
from utabox.retcodes import ACCOUNT_TYPE_UNSUPPORTED, PARAMS_ERROR, UTA_REQUIRED
from utabox.terms import AccountType
from utabox.why import Why

COINS_MAX = 200  # ours: a list ends somewhere
OLDER = (AccountType.CONTRACT, AccountType.SPOT)


class Params(msgspec.Struct, frozen=True):
    """Which wallet, and which of its coins."""

    # Not an enum: what is missing is refused with the same words as what is wrong (7.1).
    accountType: Annotated[
        str,
        Meta(
            description="UNIFIED; of UTA 1.0 also CONTRACT; of a classic account CONTRACT or SPOT. "
            "It must be given."
        ),
    ] = ""
    coin: Annotated[
        str,
        Meta(description="In capitals, such as USDT,BTC. Left out: the coins that are not zero."),
    ] = ""


class Wallets(msgspec.Struct, frozen=True):
    """The wallets of an account: one."""

    list: Annotated[list[Wallet], Meta(description="Exactly one.")]


NO_COIN: dict[str, object] = {
    **dict.fromkeys((name for name in CoinBalance.__struct_fields__ if name != "free"), ""),
    "collateralSwitch": False,
    "marginCollateral": False,
}
"""One coin of an older wallet, with nothing said of it yet."""


@query(
    "GET /v5/account/wallet-balance",
    result=Wallets,
    limit=Limit(50),
    refusals=(ACCOUNT_TYPE_UNSUPPORTED, PARAMS_ERROR),
    demo=True,
    source="docs/v5/account/wallet-balance",
)
def wallet_balance(state: State, caller: Caller, params: Params) -> Wallets:
    """Balances, collateral and margin of a unified account; balances of older kinds' wallets."""
    account = caller.account
    if params.accountType in OLDER and params.accountType in WALLETS[account.kind]:
        return Wallets([_older(state, account, AccountType(params.accountType), params.coin)])
    if params.accountType != "UNIFIED":
        raise Rejected(ACCOUNT_TYPE_UNSUPPORTED, why=_type_why(params.accountType, account))
    if not account.unified:
        raise NotFound(UTA_REQUIRED, why=_classic_why(account))
    coins = coins_named(state, "coin", params.coin, COINS_MAX) if params.coin else None
    return Wallets([unified_wallet(state, account, coins, caller.now)])


def _older(state: State, account: Account, wallet: AccountType, coins: str) -> Wallet:
    """A wallet that unified accounts do not have: nothing is summed up over it (1.2)."""
    if coins:
        names = coins_named(state, "coin", coins, COINS_MAX)
    else:
        names = [name for name, held in balances_of(account, wallet).items() if held]
    shown = [_older_holding(state, account, wallet, name) for name in names]
    shown.sort(key=lambda holding: (-usd_value(holding), holding.coin))
    row = _contract_coin if wallet is AccountType.CONTRACT else _spot_coin
    empty = dict.fromkeys(Wallet.__struct_fields__, "")
    return msgspec.convert({**empty, "accountType": wallet, "coin": [*map(row, shown)]}, Wallet)


def _older_holding(state: State, account: Account, wallet: AccountType, coin: str) -> Holding:
    if wallet is account.trading_wallet:
        return holding_of(state, account, coin)
    return Holding(coin, state.index_prices[coin], balance_of(account, wallet, coin))


def _contract_coin(holding: Holding) -> dict[str, object]:
    """As captured in 2024."""
    taken = holding.position_im + holding.order_im + holding.bonus
    return {
        **NO_COIN,
        "availableToWithdraw": money(max(ZERO, holding.wallet_balance - taken)),
        "totalOrderIM": money(holding.order_im),
        "equity": money(holding.equity),
        "spotHedgingQty": money(holding.hedged_qty),
        "unrealisedPnl": money(holding.unrealised_pnl),
        "totalPositionIM": money(holding.position_im),
        "walletBalance": money(holding.wallet_balance),
        "cumRealisedPnl": money(holding.cum_realised_pnl),
        "coin": holding.coin,
    }


def _spot_coin(holding: Holding) -> dict[str, object]:
    return {
        **NO_COIN,
        "walletBalance": money(holding.wallet_balance),
        "locked": money(holding.locked),
        "coin": holding.coin,
        "free": money(holding.wallet_balance - holding.locked),
    }


def _type_why(seen: str, account: Account) -> Why:
    known = [wallet for wallet in WALLETS[account.kind] if wallet is not AccountType.FUND]
    return Why(
        rule="The wallets that can be asked for follow from the account's kind.",
        expected=" or ".join(f"accountType={wallet}" for wallet in known),
        seen=f"accountType={seen[:40]}" if seen else "no accountType",
        hint=f"Add accountType={known[0]} to the query string; the funding wallet is in "
        "GET /v5/asset/transfer/query-account-coins-balance.",
    )


def _classic_why(account: Account) -> Why:
    return Why(
        rule="A classic account has no unified wallet: 404 with an empty body, as captured.",
        expected="unifiedMarginStatus 3, 4, 5 or 6",
        seen=f"{account.kind.value} (classic)",
        hint=f"Make it unified: `utabox account set {account.uid} --kind 5`.",
    )
