"""GET /v5/spot-margin-trade/data"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import public
from utabox.engine.account.coins import coins_named
from utabox.engine.margin.valuation import money
from utabox.engine.market.collateral import collateral_of
from utabox.engine.state import State
from utabox.records.amounts import padded
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import VipLevel

RATE_DECIMALS = 16


class Params(msgspec.Struct, frozen=True):
    """One level and one coin, or all."""

    vipLevel: Annotated[VipLevel | None, Meta(description="Left out: every level.")] = None
    currency: Annotated[
        str, Meta(description="In capitals. Left out: every coin that is lent or collateral.")
    ] = ""


class MarginData(msgspec.Struct, frozen=True):
    """One coin as what is lent, and as collateral."""

    borrowable: Annotated[bool, Meta(description="Whether it is lent.")]
    collateralRatio: Annotated[
        str, Meta(description="Of its first tier only; see GET /v5/spot-margin-trade/collateral.")
    ]
    currency: Annotated[str, Meta(description="The coin.")]
    hourlyBorrowRate: Annotated[str, Meta(description="Interest of an hour, with 16 decimals.")]
    liquidationOrder: Annotated[
        str, Meta(description="1: sold first for a debt; empty: last, or never.")
    ]
    marginCollateral: Annotated[bool, Meta(description="Whether it is taken as collateral.")]
    maxBorrowingAmount: Annotated[str, Meta(description="What a master and its subs may borrow.")]


class LevelData(msgspec.Struct, frozen=True):
    """One level."""

    list: Annotated[list[MarginData], Meta(description="Its coins.")]
    vipLevel: Annotated[VipLevel, Meta(description="The level.")]


class VipMarginData(msgspec.Struct, frozen=True):
    """Levels, one a row."""

    vipCoinList: Annotated[list[LevelData], Meta(description="The levels asked for.")]


@public(
    "GET /v5/spot-margin-trade/data",
    result=VipMarginData,
    ret_msg="success",
    refusals=(PARAMS_ERROR,),
    source="docs/v5/spot-margin-uta/vip-margin",
)
def data(state: State, now: int, params: Params) -> VipMarginData:
    """Rates, limits and the order of liquidation; all levels have the same."""
    coins = list(state.index_prices)
    if params.currency:
        coins = coins_named(state, "currency", params.currency, 1)
    rows = [row for coin in coins if (row := _row(state, coin)) is not None]
    levels = [params.vipLevel] if params.vipLevel else list(VipLevel)
    return VipMarginData([LevelData(rows, level) for level in levels])


def _row(state: State, coin: str) -> MarginData | None:
    collateral, terms = collateral_of(state, coin), state.loan_terms.get(coin)
    if collateral is None and terms is None:
        return None
    order = collateral.liquidation_order if collateral else 0
    return MarginData(
        borrowable=terms is not None,
        collateralRatio=money(collateral.tiers[0].ratio) if collateral else "0",
        currency=coin,
        hourlyBorrowRate=padded(terms.hourly_rate if terms else Decimal(0), RATE_DECIMALS),
        liquidationOrder=str(order) if order else "",
        marginCollateral=collateral is not None,
        maxBorrowingAmount=money(terms.family_max) if terms else "0",
    )
