"""One instrument as `instruments-info` shows it, to the public and to an account."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from utabox.catalogue import Row
from utabox.engine.rules import Rejected
from utabox.terms import Category


class LeverageFilter(msgspec.Struct, frozen=True):
    """Which leverage a contract allows."""

    minLeverage: Annotated[str, Meta(description="The least.")]
    maxLeverage: Annotated[str, Meta(description="The most, at the lowest risk limit.")]
    leverageStep: Annotated[str, Meta(description="Its step.")]


class PriceFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which prices an order may have."""

    minPrice: Annotated[str | UnsetType, Meta(description="The least; not of spot.")] = UNSET
    maxPrice: Annotated[str | UnsetType, Meta(description="The most; not of spot.")] = UNSET
    tickSize: Annotated[str, Meta(description="Their step.")]


class LotSizeFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which quantities an order may have."""

    basePrecision: Annotated[str | UnsetType, Meta(description="Spot: step of the base coin.")] = (
        UNSET
    )
    quotePrecision: Annotated[
        str | UnsetType, Meta(description="Spot: step of the quote coin.")
    ] = UNSET
    maxOrderQty: Annotated[str, Meta(description="The most of a limit order; of spot: deprecated.")]
    minOrderQty: Annotated[str, Meta(description="The least; of spot: deprecated.")]
    qtyStep: Annotated[str | UnsetType, Meta(description="The step; not of spot.")] = UNSET
    minOrderAmt: Annotated[
        str | UnsetType, Meta(description="Spot: the least value, in the quote coin.")
    ] = UNSET
    maxOrderAmt: Annotated[str | UnsetType, Meta(description="Spot: deprecated.")] = UNSET
    maxLimitOrderQty: Annotated[
        str | UnsetType, Meta(description="Spot: the most of a limit order.")
    ] = UNSET
    maxMarketOrderQty: Annotated[
        str | UnsetType, Meta(description="Spot: the most of a market order.")
    ] = UNSET
    postOnlyMaxLimitOrderSize: Annotated[
        str | UnsetType, Meta(description="Spot: the most of a post-only order.")
    ] = UNSET
    postOnlyMaxOrderQty: Annotated[
        str | UnsetType, Meta(description="Contracts: deprecated, as maxOrderQty.")
    ] = UNSET
    maxMktOrderQty: Annotated[
        str | UnsetType, Meta(description="Contracts: the most of a market order.")
    ] = UNSET
    minNotionalValue: Annotated[
        str | UnsetType, Meta(description="Contracts: the least value; may be empty.")
    ] = UNSET


class RiskParameters(msgspec.Struct, frozen=True):
    """How far from the market a limit price may be."""

    priceLimitRatioX: Annotated[str, Meta(description="Ratio X.")]
    priceLimitRatioY: Annotated[str, Meta(description="Ratio Y.")]


class Instrument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One symbol. What a category does not have is not sent."""

    symbol: Annotated[str, Meta(description="Its name.")]
    symbolId: Annotated[int, Meta(description="Its number; from 1000001: ours.")]
    contractType: Annotated[
        str | UnsetType, Meta(description="Contracts: LinearPerpetual, InverseFutures and so on.")
    ] = UNSET
    optionsType: Annotated[str | UnsetType, Meta(description="Options: Call or Put.")] = UNSET
    status: Annotated[str, Meta(description="Trading, or Closed from its delivery on.")]
    baseCoin: Annotated[str, Meta(description="What is traded.")]
    quoteCoin: Annotated[str, Meta(description="What prices are in.")]
    settleCoin: Annotated[str | UnsetType, Meta(description="What is paid in; not of spot.")] = (
        UNSET
    )
    launchTime: Annotated[str | UnsetType, Meta(description="ms; not of spot.")] = UNSET
    deliveryTime: Annotated[str | UnsetType, Meta(description="ms; 0: perpetual. Not of spot.")] = (
        UNSET
    )
    deliveryFeeRate: Annotated[
        str | UnsetType, Meta(description="Empty: perpetual. Not of spot.")
    ] = UNSET
    priceScale: Annotated[str | UnsetType, Meta(description="Contracts: decimals.")] = UNSET
    innovation: Annotated[str | UnsetType, Meta(description="Spot: deprecated.")] = UNSET
    marginTrading: Annotated[
        str | UnsetType, Meta(description="Spot: none, both, utaOnly or normalSpotOnly.")
    ] = UNSET
    stTag: Annotated[
        str | UnsetType, Meta(description="Spot: 1 if it has a special treatment label.")
    ] = UNSET
    leverageFilter: Annotated[
        LeverageFilter | UnsetType, Meta(description="Contracts: leverage.")
    ] = UNSET
    priceFilter: Annotated[PriceFilter, Meta(description="Prices.")]
    lotSizeFilter: Annotated[LotSizeFilter, Meta(description="Quantities.")]
    unifiedMarginTrade: Annotated[
        bool | UnsetType, Meta(description="Contracts: whether unified accounts trade it.")
    ] = UNSET
    fundingInterval: Annotated[
        int | UnsetType, Meta(description="Contracts: minutes; 0: no funding.")
    ] = UNSET
    copyTrading: Annotated[
        str | UnsetType, Meta(description="Contracts: none, both, utaOnly or normalOnly.")
    ] = UNSET
    upperFundingRate: Annotated[
        str | UnsetType, Meta(description="Contracts: the highest funding rate.")
    ] = UNSET
    lowerFundingRate: Annotated[
        str | UnsetType, Meta(description="Contracts: the lowest funding rate.")
    ] = UNSET
    isPreListing: Annotated[
        bool | UnsetType, Meta(description="Contracts: whether it is pre-market; always false.")
    ] = UNSET
    preListingInfo: Annotated[
        UnsetType | None, Meta(description="Contracts: always null: none is pre-market.")
    ] = UNSET
    riskParameters: Annotated[
        RiskParameters | UnsetType, Meta(description="Price limits; not of options.")
    ] = UNSET
    displayName: Annotated[
        str | UnsetType, Meta(description="Its name for people; may be empty. Not of spot.")
    ] = UNSET
    forbidUplWithdrawal: Annotated[
        bool | UnsetType, Meta(description="Contracts: whether unrealised profit must stay.")
    ] = UNSET
    symbolType: Annotated[
        str | UnsetType, Meta(description="innovation, adventure, stock and so on; may be empty.")
    ] = UNSET
    fullName: Annotated[str | UnsetType, Meta(description="The asset; where captured.")] = UNSET
    marketRegion: Annotated[
        str | UnsetType, Meta(description="Of tradfi assets; where captured.")
    ] = UNSET
    underlyingTicker: Annotated[
        str | UnsetType, Meta(description="Of tradfi assets; where captured.")
    ] = UNSET
    isPublicRpi: Annotated[
        bool | UnsetType,
        Meta(description="To an account: whether all may place RPI orders; always false."),
    ] = UNSET
    myRpiPermission: Annotated[
        bool | UnsetType,
        Meta(description="To an account: whether it may place RPI orders; always false."),
    ] = UNSET


class Instruments(msgspec.Struct, frozen=True):
    """Instruments of one category."""

    category: Annotated[Category, Meta(description="As asked for.")]
    rows: Annotated[list[Instrument], Meta(description="By symbol.")] = msgspec.field(name="list")
    nextPageCursor: Annotated[
        str | UnsetType, Meta(description="Empty: the last page. Spot has one page and no cursor.")
    ] = UNSET


class Found(msgspec.Struct, frozen=True):
    """`Instruments` as they are sent: the keys of each row in the order of its category."""

    category: str
    rows: list[Row] = msgspec.field(name="list")
    nextPageCursor: str | UnsetType = UNSET


def nothing(_: Rejected) -> Found:
    """The result of a refusal, as captured (trading-semantics 1.2)."""
    return Found("", [], "")
