"""A wallet as GET /v5/account/wallet-balance and the stream's topic wallet tell it."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from utabox.engine.margin.loans import accrued_interest
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
from utabox.engine.market.collateral import collateral_of
from utabox.engine.rules import exact
from utabox.engine.state import Account, Collateral, State
from utabox.terms import MarginMode


class CoinBalance(msgspec.Struct, frozen=True):
    """One coin of a wallet. Amounts are in the coin.

    Of CONTRACT and SPOT most are empty, as they were while such wallets were documented.
    """

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
        str,
        Meta(description="-1: no collateral, 0: without restriction, 2: no more of it is taken."),
    ]
    free: Annotated[str | UnsetType, Meta(description="Of SPOT only: what no order holds.")] = UNSET


class Wallet(msgspec.Struct, frozen=True):
    """A unified account. Amounts are in USD; most are empty in isolated margin.

    Of CONTRACT and SPOT all are.
    """

    totalEquity: Annotated[str, Meta(description="The sum of all usdValue.")]
    accountIMRate: Annotated[str, Meta(description="Initial margin rate; 0.5 is 50 %.")]
    accountIMRateByMp: Annotated[str, Meta(description="The same at mark prices.")]
    totalMarginBalance: Annotated[str, Meta(description="totalWalletBalance + totalPerpUPL.")]
    totalInitialMargin: Annotated[str, Meta(description="Of positions, orders and loans.")]
    totalInitialMarginByMp: Annotated[str, Meta(description="The same at mark prices.")]
    accountType: Annotated[str, Meta(description="UNIFIED, CONTRACT or SPOT.")]
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


@exact
def unified_wallet(state: State, account: Account, coins: Sequence[str] | None, now: int) -> Wallet:
    """The unified wallet of a unified account.

    Args:
        coins: Which of its coins; None: those that are not zero.
        now: ms; interest is accrued until then.
    """
    mode, held = account.margin_mode, holdings_of(state, account)
    if coins is not None:
        shown = [holding_of(state, account, name) for name in coins]
    else:
        shown = [holding for holding in held if holding.wallet_balance or holding.equity]
    shown.sort(key=lambda holding: (-usd_value(holding), holding.coin))
    shown = [
        msgspec.structs.replace(
            holding, accrued_interest=accrued_interest(state, account, holding.coin, now)
        )
        for holding in shown
    ]
    rows = [_coin(holding, mode, collateral_of(state, holding.coin)) for holding in shown]
    return _wallet(value(held, mode), mode, rows)


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


def _coin(holding: Holding, mode: MarginMode, collateral: Collateral | None) -> CoinBalance:
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
        colRes="-1" if collateral is None else "2" if collateral.capped else "0",
    )
