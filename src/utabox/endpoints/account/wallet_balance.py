"""GET /v5/account/wallet-balance"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.margin.valuation import (
    Holding,
    Valuation,
    borrow_amount,
    holding_of,
    holdings_of,
    liability,
    money,
    rate,
    usd_value,
    value,
)
from utabox.engine.rules import NotFound, Rejected
from utabox.engine.state import Account, State
from utabox.retcodes import ACCOUNT_TYPE_UNSUPPORTED, PARAMS_ERROR, UTA_REQUIRED
from utabox.terms import MarginMode
from utabox.why import Why

COINS_MAX = 200  # ours: a list ends somewhere


class Params(msgspec.Struct, frozen=True):
    """Which wallet, and which of its coins."""

    # Not an enum: what is missing is refused with the same words as what is wrong (7.1).
    accountType: Annotated[str, Meta(description="UNIFIED. It must be given.")] = ""
    coin: Annotated[
        str,
        Meta(description="In capitals, such as USDT,BTC. Left out: the coins that are not zero."),
    ] = ""


class CoinBalance(msgspec.Struct, frozen=True):
    """One coin of a wallet. Amounts are in the coin."""

    availableToBorrow: Annotated[str, Meta(description="Deprecated, always empty.")]
    bonus: Annotated[str, Meta(description="Margin that cannot be transferred.")]
    accruedInterest: Annotated[str, Meta(description="Interest not charged yet.")]
    availableToWithdraw: Annotated[
        str, Meta(description="Deprecated, always empty; see GET /v5/account/withdrawal.")
    ]
    totalOrderIM: Annotated[
        str, Meta(description="Initial margin of orders; empty in portfolio margin.")
    ]
    equity: Annotated[
        str, Meta(description="Balance without what was borrowed, with unrealised results.")
    ]
    totalPositionMM: Annotated[
        str, Meta(description="Maintenance margin of positions; empty in portfolio margin.")
    ]
    usdValue: Annotated[str, Meta(description="The equity in USD, without collateral ratio.")]
    spotHedgingQty: Annotated[str, Meta(description="Spot that offsets derivatives.")]
    unrealisedPnl: Annotated[str, Meta(description="Of perpetuals and futures.")]
    collateralSwitch: Annotated[bool, Meta(description="Whether the user gives it as collateral.")]
    borrowAmount: Annotated[str, Meta(description="The liability, with 18 decimals.")]
    totalPositionIM: Annotated[
        str, Meta(description="Initial margin of positions; empty in portfolio margin.")
    ]
    walletBalance: Annotated[str, Meta(description="The balance, with what was borrowed by hand.")]
    cumRealisedPnl: Annotated[str, Meta(description="Realised results of all time.")]
    locked: Annotated[str, Meta(description="Held by open spot orders.")]
    marginCollateral: Annotated[
        bool, Meta(description="Whether the exchange takes it as collateral.")
    ]
    coin: Annotated[str, Meta(description="The coin.")]
    spotBorrow: Annotated[str, Meta(description="Borrowed by spot margin and by hand.")]
    # In the page's table, not in its example.
    colRes: Annotated[
        str, Meta(description="-1: no collateral, 0: without restriction by the exchange.")
    ]


class Wallet(msgspec.Struct, frozen=True):
    """A unified account. Amounts are in USD; most are empty in isolated margin."""

    totalEquity: Annotated[str, Meta(description="The sum of all usdValue.")]
    accountIMRate: Annotated[str, Meta(description="Initial margin rate; 0.5 is 50 %.")]
    accountIMRateByMp: Annotated[str, Meta(description="The same at mark prices.")]
    totalMarginBalance: Annotated[str, Meta(description="totalWalletBalance + totalPerpUPL.")]
    totalInitialMargin: Annotated[str, Meta(description="Of positions, orders and loans.")]
    totalInitialMarginByMp: Annotated[str, Meta(description="The same at mark prices.")]
    accountType: Annotated[str, Meta(description="UNIFIED.")]
    totalAvailableBalance: Annotated[str, Meta(description="What margin does not need.")]
    accountMMRate: Annotated[str, Meta(description="Maintenance margin rate; 1 liquidates.")]
    accountMMRateByMp: Annotated[str, Meta(description="The same at mark prices.")]
    totalPerpUPL: Annotated[str, Meta(description="Unrealised results of perpetuals and futures.")]
    totalWalletBalance: Annotated[
        str,
        Meta(description="Collateral coins at their ratios; in isolated margin all, in full."),
    ]
    accountLTV: Annotated[str, Meta(description="Deprecated, 0.")]
    totalMaintenanceMargin: Annotated[str, Meta(description="Of positions, orders and loans.")]
    totalMaintenanceMarginByMp: Annotated[str, Meta(description="The same at mark prices.")]
    coin: Annotated[list[CoinBalance], Meta(description="By usdValue, the largest first.")]


class Wallets(msgspec.Struct, frozen=True):
    """The wallets of an account: one."""

    list: Annotated[list[Wallet], Meta(description="Exactly one.")]


@query(
    "GET /v5/account/wallet-balance",
    result=Wallets,
    limit=Limit(50),
    refusals=(ACCOUNT_TYPE_UNSUPPORTED, PARAMS_ERROR),
    source="docs/v5/account/wallet-balance",
)
def wallet_balance(state: State, caller: Caller, params: Params) -> Wallets:
    """Balances, collateral and margin of a unified account; a classic one gets an empty 404."""
    account = caller.account
    if params.accountType != "UNIFIED":
        raise Rejected(ACCOUNT_TYPE_UNSUPPORTED, why=_type_why(params.accountType))
    if not account.unified:
        raise NotFound(UTA_REQUIRED, why=_classic_why(account))
    whole = value(holdings_of(state, account), account.margin_mode)
    if params.coin:
        names = coins_named(state, "coin", params.coin, COINS_MAX)
        shown = [holding_of(state, account, name) for name in names]
    else:
        shown = [held for held in holdings_of(state, account) if held.wallet_balance or held.equity]
    shown.sort(key=lambda holding: (-usd_value(holding), holding.coin))
    coins = [_coin(holding, account.margin_mode) for holding in shown]
    return Wallets([_wallet(whole, account.margin_mode, coins)])


def _wallet(of: Valuation, mode: MarginMode, coins: list[CoinBalance]) -> Wallet:
    """Fields as the margin mode has them (6.3). Both kinds of margin are at mark prices (6.5)."""
    isolated = mode is MarginMode.ISOLATED_MARGIN
    im_rate, mm_rate = ("", "") if isolated else (rate(of.im_rate), rate(of.mm_rate))
    im = "" if isolated else money(of.total_initial_margin)
    mm = "" if isolated else money(of.total_maintenance_margin)
    return Wallet(
        totalEquity=money(of.total_equity),
        accountIMRate=im_rate,
        accountIMRateByMp=im_rate,
        totalMarginBalance="" if isolated else money(of.total_margin_balance),
        totalInitialMargin=im,
        totalInitialMarginByMp=im,
        accountType="UNIFIED",
        totalAvailableBalance="" if isolated else money(of.total_available_balance),
        accountMMRate=mm_rate,
        accountMMRateByMp=mm_rate,
        totalPerpUPL=money(of.total_perp_upl),
        totalWalletBalance=money(of.total_wallet_balance),
        accountLTV="" if isolated else "0",
        totalMaintenanceMargin=mm,
        totalMaintenanceMarginByMp=mm,
        coin=coins,
    )


def _coin(holding: Holding, mode: MarginMode) -> CoinBalance:
    portfolio = mode is MarginMode.PORTFOLIO_MARGIN
    return CoinBalance(
        availableToBorrow="",
        bonus=money(holding.bonus),
        accruedInterest=money(holding.accrued_interest),
        availableToWithdraw="",
        totalOrderIM="" if portfolio else money(holding.order_im),
        equity=money(holding.equity),
        totalPositionMM="" if portfolio else money(holding.position_mm),
        usdValue=money(usd_value(holding)),
        spotHedgingQty=money(holding.hedged_qty),
        unrealisedPnl=money(holding.unrealised_pnl),
        collateralSwitch=holding.collateral_on,
        borrowAmount=liability(borrow_amount(holding, mode)),
        totalPositionIM="" if portfolio else money(holding.position_im),
        walletBalance=money(holding.wallet_balance),
        cumRealisedPnl=money(holding.cum_realised_pnl),
        locked=money(holding.locked),
        marginCollateral=bool(holding.tiers),
        coin=holding.coin,
        spotBorrow=money(holding.spot_borrow),
        colRes="0" if holding.tiers else "-1",
    )


def _type_why(seen: str) -> Why:
    return Why(
        rule="Only the unified wallet can be asked for.",
        expected="accountType=UNIFIED",
        seen=f"accountType={seen[:40]}" if seen else "no accountType",
        hint="Add accountType=UNIFIED to the query string.",
    )


def _classic_why(account: Account) -> Why:
    return Why(
        rule="A classic account has no unified wallet: 404 with an empty body, as captured.",
        expected="unifiedMarginStatus 3, 4, 5 or 6",
        seen=f"{account.kind.value} (classic)",
        hint=f"Make it unified: `utabox account set {account.uid} --kind 5`.",
    )
