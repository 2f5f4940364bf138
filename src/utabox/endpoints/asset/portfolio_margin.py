"""GET /v5/asset/portfolio-margin"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.lookup import unified_account_of
from utabox.engine.margin.valuation import (
    ZERO,
    Holding,
    Valuation,
    holding_of,
    holdings_of,
    money,
    rate,
    value,
)
from utabox.engine.position.book import Position, by_base_coin, positions_of
from utabox.engine.position.stress import (
    IM_FACTOR,
    MOVES,
    Grid,
    added,
    grid,
    hedge_grid,
    loss_of,
    worst_of,
    worst_shocks,
)
from utabox.engine.rules import exact
from utabox.engine.state import State
from utabox.records.amounts import padded, uncut
from utabox.retcodes import PARAMS_ERROR, UTA_REQUIRED
from utabox.terms import Category, MarginMode

PNL_DECIMALS = 8
CONTRACT_TYPES = {Category.INVERSE: 1, Category.LINEAR: 2, Category.OPTION: 5}
"""2 and 5 are the example's."""

Size = Annotated[str, Meta(description="Of the position; negative: short.")]
SymbolName = Annotated[str, Meta(description="The contract.")]
SettleCoin = Annotated[str, Meta(description="In which it settles.")]
Price = Annotated[str, Meta(description="In the quote coin.")]


class Params(msgspec.Struct, frozen=True):
    """One base coin, or all."""

    baseCoin: Annotated[
        str, Meta(description="In capitals, such as BTC. Left out: every coin with positions.")
    ] = ""


class Wallet(msgspec.Struct, frozen=True):
    """The account as a whole, in USD; in isolated margin only the first two."""

    equity: Annotated[str, Meta(description="totalEquity of wallet-balance.")]
    cashBalance: Annotated[str, Meta(description="totalWalletBalance.")]
    marginBalance: Annotated[str, Meta(description="totalMarginBalance.")]
    availableBalance: Annotated[str, Meta(description="totalAvailableBalance.")]
    accountIM: Annotated[str, Meta(description="totalInitialMargin.")]
    accountMM: Annotated[str, Meta(description="totalMaintenanceMargin.")]
    accountMMRate: Annotated[str, Meta(description="accountMMRate.")]
    accountIMRate: Annotated[str, Meta(description="accountIMRate.")]


class PnlRange(msgspec.Struct, frozen=True):
    """One move of the price."""

    priceScale: Annotated[str, Meta(description="-0.1: 10 % down.")]
    pnls: Annotated[
        list[str],
        Meta(description="Result in USD; of options with 20 % more, as much and 20 % less IV."),
    ]


Ranges = Annotated[list[PnlRange], Meta(description="From 10 % down to 10 % up.")]


class PnlRanges(msgspec.Struct, frozen=True):
    """Several positions together, at the worst volatility."""

    pnlRanges: Ranges


class TotalRanges(msgspec.Struct, frozen=True):
    """All positions of one base coin."""

    ALL: Annotated[PnlRanges, Meta(description="Contracts, options and hedging spot.")]
    PERPETUAL: Annotated[PnlRanges, Meta(description="Perpetuals and futures.")]
    OPTION: Annotated[PnlRanges, Meta(description="Options.")]


class PositionRanges(msgspec.Struct, frozen=True):
    """One position."""

    symbolName: SymbolName
    position: Size
    pnlRanges: Ranges
    sessionAvgPrice: Price
    markPrice: Price
    orderSize: Annotated[str, Meta(description="Of its open orders.")]
    contractType: Annotated[int, Meta(description="1: inverse, 2: linear, 5: option.")]
    settleCoin: SettleCoin
    symbolAlias: Annotated[str | UnsetType, Meta(description="The contract; not of options.")]


class ExpiryRanges(msgspec.Struct, frozen=True):
    """The options that expire together."""

    expiryDateRepresentation: Annotated[str, Meta(description="Such as 25SEP26.")]
    pnlRanges: Ranges
    optionPositionPnlRanges: Annotated[list[PositionRanges], Meta(description="One by one.")]


class Contingency(msgspec.Struct, frozen=True):
    """What is charged beyond the worst loss: nothing here, for its factors are not public."""

    optionContingency: Annotated[str, Meta(description="Of short options.")] = "0"
    futureDeltaContingency: Annotated[str, Meta(description="Of the net delta.")] = "0"
    optionVegaContingency: Annotated[str, Meta(description="Of the vega.")] = "0"
    contingencyComponents: Annotated[str, Meta(description="All of them together.")] = "0"
    usdtUsdcContingency: Annotated[str, Meta(description="Between the two coins.")] = "0"
    futureContingency: Annotated[str, Meta(description="Of contracts.")] = "0"


class CoinAsset(msgspec.Struct, frozen=True):
    """The margin of one base coin, in USD."""

    coin: Annotated[str, Meta(description="The coin.")]
    assetIM: Annotated[str, Meta(description="1.2 times the maintenance margin.")]
    assetMM: Annotated[str, Meta(description="The worst loss, with the contingency.")]


class HedgeInfo(msgspec.Struct, frozen=True):
    """Spot that offsets derivatives."""

    hedgeSpotSize: Annotated[str, Meta(description="How much of the coin.")]
    walletBalance: Annotated[str, Meta(description="How much of it there is.")]
    usdIndexPrice: Annotated[str, Meta(description="Its USD index.")]
    pnlRanges: Ranges


class CoinRanges(msgspec.Struct, frozen=True):
    """One base coin."""

    baseCoin: Annotated[str, Meta(description="The coin.")]
    totalPnlRanges: Annotated[TotalRanges, Meta(description="All of its positions.")]
    perpPositionPnlRanges: Annotated[list[PositionRanges], Meta(description="By symbol.")]
    optionExpiryDatePnlRanges: Annotated[list[ExpiryRanges], Meta(description="By symbol.")]
    contingency: Annotated[Contingency, Meta(description="What is charged beyond the loss.")]
    asset: Annotated[CoinAsset, Meta(description="Its margin.")]
    maxLossPriceMove: Annotated[str, Meta(description="The move that loses most.")]
    maxLossIvShock: Annotated[str, Meta(description="The change of volatility with it.")]
    totalClosePzFee: Annotated[str, Meta(description="What closing all would cost, USD.")]
    spotHedgeInfo: Annotated[HedgeInfo, Meta(description="Its hedging spot.")]
    maxLossIvShockList: Annotated[list[str], Meta(description="The worst change of each move.")]


class PortfolioMargin(msgspec.Struct, frozen=True):
    """The account, and its risk by base coin."""

    wallet: Annotated[Wallet, Meta(description="The account.")]
    assetPnlRange: Annotated[list[CoinRanges], Meta(description="Coins with positions, by name.")]


@query(
    "GET /v5/asset/portfolio-margin",
    result=PortfolioMargin,
    ret_msg="Success",
    limit=Limit(50),
    refusals=(PARAMS_ERROR, UTA_REQUIRED),
    source="docs/v5/asset/portfolio-margin",
)
def portfolio_margin(state: State, caller: Caller, params: Params) -> PortfolioMargin:
    """The balances of the account, and what its positions would lose in each scenario."""
    if params.baseCoin:
        coins_named(state, "baseCoin", params.baseCoin, 1)
    account = unified_account_of(state, caller.uid)
    whole = value(holdings_of(state, account), account.margin_mode)
    held = by_base_coin(positions_of(state, account))
    ranges = [
        coin_ranges(holding_of(state, account, coin), positions, state.index_prices)
        for coin, positions in held.items()
        if params.baseCoin in ("", coin)
    ]
    isolated = account.margin_mode is MarginMode.ISOLATED_MARGIN
    return PortfolioMargin(_wallet(whole, isolated), ranges)


@exact
def coin_ranges(
    spot: Holding, positions: Sequence[Position], prices: Mapping[str, Decimal]
) -> CoinRanges:
    """The scenarios of one base coin; `spot` is what the account has of the coin itself."""
    grids = {position.symbol: grid(position, prices) for position in positions}
    options = [position for position in positions if position.option is not None]
    contracts = [position for position in positions if position.option is None]
    of_options = added([grids[each.symbol] for each in options])
    of_contracts = added([grids[each.symbol] for each in contracts])
    hedge = hedge_grid(spot.hedged_qty, spot.index)
    whole = added([of_contracts, of_options, hedge])
    loss = loss_of(whole)
    close_fee = sum((each.close_fee * prices[each.settle_coin] for each in positions), ZERO)
    return CoinRanges(
        baseCoin=spot.coin,
        totalPnlRanges=TotalRanges(*(_worst(each) for each in (whole, of_contracts, of_options))),
        perpPositionPnlRanges=[_position(each, grids[each.symbol]) for each in contracts],
        optionExpiryDatePnlRanges=[
            _expiry(expiry, list(group), grids) for expiry, group in groupby(options, _expiry_of)
        ],
        contingency=Contingency(),
        asset=CoinAsset(spot.coin, money(-loss.worst * IM_FACTOR), money(-loss.worst)),
        maxLossPriceMove=_scale(loss.move),
        maxLossIvShock=_scale(loss.shock),
        totalClosePzFee=money(close_fee),
        spotHedgeInfo=HedgeInfo(
            hedgeSpotSize=money(spot.hedged_qty),
            walletBalance=money(spot.wallet_balance),
            usdIndexPrice=uncut(spot.index),
            pnlRanges=_worst(hedge).pnlRanges,
        ),
        maxLossIvShockList=[_scale(shock) for shock in worst_shocks(whole)],
    )


def _wallet(of: Valuation, isolated: bool) -> Wallet:
    """As wallet-balance has it: in isolated margin most of it is empty (6.3)."""
    return Wallet(
        equity=money(of.total_equity),
        cashBalance=money(of.total_wallet_balance),
        marginBalance="" if isolated else money(of.total_margin_balance),
        availableBalance="" if isolated else money(of.total_available_balance),
        accountIM="" if isolated else money(of.total_initial_margin),
        accountMM="" if isolated else money(of.total_maintenance_margin),
        accountMMRate="" if isolated else rate(of.mm_rate),
        accountIMRate="" if isolated else rate(of.im_rate),
    )


def _position(of: Position, grid: Grid) -> PositionRanges:
    return PositionRanges(
        symbolName=of.symbol,
        position=uncut(of.size),
        pnlRanges=_worst(grid).pnlRanges if of.option is None else _ranges(grid),
        sessionAvgPrice=money(of.avg_price),
        markPrice=padded(of.mark_price, PNL_DECIMALS),
        orderSize=uncut(of.order_size),
        contractType=CONTRACT_TYPES[of.category],
        settleCoin=of.settle_coin,
        symbolAlias=of.symbol if of.option is None else UNSET,
    )


def _expiry(expiry: str, options: list[Position], grids: Mapping[str, Grid]) -> ExpiryRanges:
    together = added([grids[each.symbol] for each in options])
    rows = [_position(each, grids[each.symbol]) for each in options]
    return ExpiryRanges(expiry, _ranges(together), rows)


def _expiry_of(option: Position) -> str:
    """Such as 25SEP26, of BTC-25SEP26-80000-C-USDT."""
    return option.symbol.split("-")[1]


def _ranges(grid: Grid) -> list[PnlRange]:
    rows = zip(MOVES, grid, strict=True)
    return [
        PnlRange(_scale(move), [padded(pnl, PNL_DECIMALS) for pnl in row]) for move, row in rows
    ]


def _worst(grid: Grid) -> PnlRanges:
    rows = zip(MOVES, worst_of(grid), strict=True)
    return PnlRanges([PnlRange(_scale(move), [_pnl(cell)]) for move, cell in rows])


def _pnl(cell: Decimal) -> str:
    return padded(cell, PNL_DECIMALS)


def _scale(part: Decimal) -> str:
    return uncut(part) if part else "0.0"
