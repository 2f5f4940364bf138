"""GET /v5/market/tickers"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from utabox.catalogue import Instrument, instrument, instruments
from utabox.endpoint import public
from utabox.engine.market import option_model
from utabox.engine.market.collateral import collateral_of
from utabox.engine.market.quote import around, on_grid
from utabox.engine.rules import MONEY, Rejected
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import Category, InstrumentStatus
from utabox.why import Why

FUNDING_RATE = "0.0001"  # constant until there is a premium (trading-semantics 4.9)
MINUTE_MS = 60_000
YEAR_MS = option_model.YEAR_MS


class Params(msgspec.Struct, frozen=True):
    """Which symbols."""

    category: Annotated[Category, Meta(description="The product type.")]
    symbol: Annotated[str, Meta(description="One symbol, in capitals.")] = ""
    baseCoin: Annotated[
        str, Meta(description="Options only, which need it if they have no symbol.")
    ] = ""
    expDate: Annotated[str, Meta(description="Options only: delivered on, such as 25DEC26.")] = ""


class Ticker(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one market. What a category does not have is not sent."""

    symbol: Annotated[str, Meta(description="Its name.")]
    lastPrice: Annotated[
        str, Meta(description="The index price on the grid; of options 0 until it was traded.")
    ]
    indexPrice: Annotated[str | UnsetType, Meta(description="Index price; not of spot.")] = UNSET
    markPrice: Annotated[str | UnsetType, Meta(description="Mark price; not of spot.")] = UNSET
    usdIndexPrice: Annotated[
        str | UnsetType, Meta(description="Spot: USD index of the base coin; empty: no collateral.")
    ] = UNSET
    prevPrice24h: Annotated[str | UnsetType, Meta(description="As lastPrice; not of options.")] = (
        UNSET
    )
    price24hPcnt: Annotated[
        str | UnsetType, Meta(description="Change in 24 h, a fraction; not of options.")
    ] = UNSET
    highPrice24h: Annotated[str, Meta(description="As lastPrice.")]
    lowPrice24h: Annotated[str, Meta(description="As lastPrice.")]
    prevPrice1h: Annotated[str | UnsetType, Meta(description="Contracts: as lastPrice.")] = UNSET
    openInterest: Annotated[str | UnsetType, Meta(description="Both sides; not of spot.")] = UNSET
    openInterestValue: Annotated[str | UnsetType, Meta(description="Contracts: both sides.")] = (
        UNSET
    )
    singleOpenInterest: Annotated[str | UnsetType, Meta(description="Contracts: one side.")] = UNSET
    singleOpenInterestValue: Annotated[
        str | UnsetType, Meta(description="Contracts: one side.")
    ] = UNSET
    turnover24h: Annotated[str, Meta(description="Value traded in 24 h.")]
    volume24h: Annotated[str, Meta(description="Quantity traded in 24 h.")]
    totalVolume: Annotated[str | UnsetType, Meta(description="Options: ever traded.")] = UNSET
    totalTurnover: Annotated[str | UnsetType, Meta(description="Options: ever traded.")] = UNSET
    fundingRate: Annotated[
        str | UnsetType, Meta(description="Contracts: of the next funding; empty: none.")
    ] = UNSET
    nextFundingTime: Annotated[str | UnsetType, Meta(description="Contracts: ms; 0: none.")] = UNSET
    predictedDeliveryPrice: Annotated[
        str | UnsetType, Meta(description="Not of spot; empty, of options 0: not yet known.")
    ] = UNSET
    basisRate: Annotated[
        str | UnsetType, Meta(description="Contracts: basis / index; empty: perpetual.")
    ] = UNSET
    deliveryFeeRate: Annotated[
        str | UnsetType, Meta(description="Contracts; empty: perpetual.")
    ] = UNSET
    deliveryTime: Annotated[str | UnsetType, Meta(description="Contracts: ms; 0: perpetual.")] = (
        UNSET
    )
    ask1Size: Annotated[str, Meta(description="Quantity at ask1Price.")]
    bid1Price: Annotated[str, Meta(description="One tick below the last; of options 0.")]
    ask1Price: Annotated[str, Meta(description="One tick above the last; of options 0.")]
    bid1Size: Annotated[str, Meta(description="Quantity at bid1Price.")]
    bid1Iv: Annotated[str | UnsetType, Meta(description="Options; 0: no bid.")] = UNSET
    ask1Iv: Annotated[str | UnsetType, Meta(description="Options; 0: no ask.")] = UNSET
    basis: Annotated[
        str | UnsetType, Meta(description="Contracts: last less index; empty: perpetual.")
    ] = UNSET
    preOpenPrice: Annotated[str | UnsetType, Meta(description="Contracts: empty.")] = UNSET
    preQty: Annotated[str | UnsetType, Meta(description="Contracts: empty.")] = UNSET
    curPreListingPhase: Annotated[
        str | UnsetType, Meta(description="Contracts: empty: none is pre-market.")
    ] = UNSET
    fundingIntervalHour: Annotated[
        str | UnsetType, Meta(description="Contracts; empty: no funding.")
    ] = UNSET
    basisRateYear: Annotated[
        str | UnsetType, Meta(description="Contracts: basisRate a year; empty: perpetual.")
    ] = UNSET
    fundingCap: Annotated[
        str | UnsetType, Meta(description="Contracts: the highest rate; empty: no funding.")
    ] = UNSET
    markIv: Annotated[str | UnsetType, Meta(description="Options: a fraction a year.")] = UNSET
    underlyingPrice: Annotated[
        str | UnsetType, Meta(description="Options: as the index price.")
    ] = UNSET
    delta: Annotated[str | UnsetType, Meta(description="Options.")] = UNSET
    gamma: Annotated[str | UnsetType, Meta(description="Options.")] = UNSET
    vega: Annotated[str | UnsetType, Meta(description="Options: per 1 % of volatility.")] = UNSET
    theta: Annotated[str | UnsetType, Meta(description="Options: per day.")] = UNSET
    change24h: Annotated[str | UnsetType, Meta(description="Options: change in 24 h.")] = UNSET


class Tickers(msgspec.Struct, frozen=True):
    """The state of the markets of one category."""

    category: Annotated[Category, Meta(description="As asked for.")]
    rows: Annotated[list[Ticker], Meta(description="By symbol.")] = msgspec.field(name="list")


@public(
    "GET /v5/market/tickers",
    result=Tickers,
    refusals=(PARAMS_ERROR,),
    source="docs/v5/market/tickers",
)
def tickers(state: State, now: int, params: Params) -> Tickers:
    """Prices of the symbols of a category; symbols whose coins have no USD index are left out."""
    rows = []
    with localcontext(MONEY):
        for each in _asked_for(params):
            index = each.index_price(state)
            if index is not None and each.status(now) is not InstrumentStatus.CLOSED:
                rows.append(_ticker(state, each, index, now))
    return Tickers(params.category, rows)


def _asked_for(params: Params) -> Iterable[Instrument]:
    if params.symbol:
        return [instrument(params.category, params.symbol)]
    listed = instruments(params.category).values()
    if params.category is not Category.OPTION:
        return listed
    if not params.baseCoin:
        raise Rejected(PARAMS_ERROR, why=_OPTIONS_OF_WHAT, problem="baseCoin invalid")
    return [
        each
        for each in listed
        if each.base_coin == params.baseCoin and params.expDate in ("", each.symbol.split("-")[1])
    ]


_OPTIONS_OF_WHAT = Why(
    rule="Tickers of options are asked for by symbol or by base coin.",
    expected="symbol or baseCoin",
    seen="neither",
    hint="Send baseCoin=BTC, for example.",
)


def _ticker(state: State, instrument: Instrument, index: Decimal, now: int) -> Ticker:
    if instrument.category is Category.OPTION:
        return _option(state, instrument, index, now)
    if instrument.category is Category.SPOT:
        return _spot(state, instrument, index)
    return _contract(state, instrument, index, now)


def _spot(state: State, instrument: Instrument, index: Decimal) -> Ticker:
    last = on_grid(index, instrument.tick)
    bid, ask = around(last, instrument.tick)
    price = f"{last:f}"
    return Ticker(
        symbol=instrument.symbol,
        bid1Price=f"{bid:f}",
        bid1Size="0",
        ask1Price=f"{ask:f}",
        ask1Size="0",
        lastPrice=price,
        prevPrice24h=price,
        price24hPcnt="0",
        highPrice24h=price,
        lowPrice24h=price,
        turnover24h="0",
        volume24h="0",
        usdIndexPrice=_usd_index(state, instrument),
    )


def _usd_index(state: State, instrument: Instrument) -> str:
    """Of a coin that is no collateral, empty (trading-semantics 6.1)."""
    coin = instrument.index_coin
    return f"{state.index_prices[coin]:f}" if collateral_of(state, coin) else ""


def _contract(state: State, instrument: Instrument, index: Decimal, now: int) -> Ticker:
    row = instrument.row
    last = on_grid(index, instrument.tick)
    bid, ask = around(last, instrument.tick)
    shown = on_grid(index, instrument.mark_step)
    mark = instrument.mark_price(state, shown)
    price = f"{last:f}"
    basis = basis_rate = basis_rate_year = ""
    if instrument.delivery_time:
        rate = (last - shown) / shown
        basis, basis_rate = f"{last - shown:f}", _short(rate)
        basis_rate_year = _short(rate * YEAR_MS / (instrument.delivery_time - now))
    funded = instrument.funding_interval_min
    return Ticker(
        symbol=instrument.symbol,
        lastPrice=price,
        indexPrice=f"{shown:f}",
        markPrice=f"{mark:f}",
        prevPrice24h=price,
        price24hPcnt="0",
        highPrice24h=price,
        lowPrice24h=price,
        prevPrice1h=price,
        openInterest="0",
        openInterestValue="0",
        singleOpenInterest="0",
        singleOpenInterestValue="0",
        turnover24h="0",
        volume24h="0",
        fundingRate=FUNDING_RATE if funded else "",
        nextFundingTime=str(_next_funding(now, funded * MINUTE_MS)) if funded else "0",
        predictedDeliveryPrice="",
        basisRate=basis_rate,
        deliveryFeeRate=row["deliveryFeeRate"],
        deliveryTime=row["deliveryTime"],
        ask1Size="0",
        bid1Price=f"{bid:f}",
        ask1Price=f"{ask:f}",
        bid1Size="0",
        basis=basis,
        preOpenPrice="",
        preQty="",
        curPreListingPhase="",
        fundingIntervalHour=_short(Decimal(funded) / 60) if funded else "",
        basisRateYear=basis_rate_year,
        fundingCap=row["upperFundingRate"] if funded else "",
    )


def _next_funding(now: int, interval_ms: int) -> int:
    """The next boundary, counted from midnight UTC (trading-semantics 4.9)."""
    return (now // interval_ms + 1) * interval_ms


def _option(state: State, instrument: Instrument, index: Decimal, now: int) -> Ticker:
    underlying = on_grid(index, Decimal(1).scaleb(-instrument.price_digits))
    worth = option_model.value(
        underlying,
        strike=Decimal(instrument.symbol.split("-")[2]),
        volatility=instrument.volatility,
        left_ms=instrument.delivery_time - now,
        call=instrument.row["optionsType"] == "Call",
    )
    return Ticker(
        symbol=instrument.symbol,
        bid1Price="0",
        bid1Size="0",
        bid1Iv="0",
        ask1Price="0",
        ask1Size="0",
        ask1Iv="0",
        lastPrice="0",
        highPrice24h="0",
        lowPrice24h="0",
        markPrice=_short(instrument.mark_price(state, worth.price)),
        indexPrice=f"{underlying:f}",
        markIv=f"{instrument.volatility:.4f}",
        underlyingPrice=f"{underlying:f}",
        openInterest="0",
        turnover24h="0",
        volume24h="0",
        totalVolume="0",
        totalTurnover="0",
        delta=_short(worth.delta),
        gamma=_short(worth.gamma),
        vega=_short(worth.vega),
        theta=_short(worth.theta),
        predictedDeliveryPrice="0",
        change24h="0",
    )


def _short(value: Decimal) -> str:
    """At most 8 decimals, without trailing zeros."""
    rounded = value.quantize(Decimal("1e-8"), ROUND_HALF_UP)
    return f"{rounded.normalize():f}" if rounded else "0"
