"""GET /v5/market/fee-group-info"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from utabox.catalogue import fee_groups, instruments
from utabox.endpoint import public
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import Category, InstrumentStatus


class Params(msgspec.Struct, frozen=True):
    """Which groups."""

    productType: Annotated[Literal["contract"], Meta(description="contract; there is no other.")]
    groupId: Annotated[
        Literal["1", "2", "3", "4", "5", "6", "7", "8", "9"] | None,
        Meta(
            description="1 to 5 as named, 6 innovation, 7 pre-listing, 8 USDC, 9 stocks and so on."
        ),
    ] = None


class Level(msgspec.Struct, frozen=True):
    """What one level pays; fractions, empty where it has none."""

    level: Annotated[str, Meta(description="Pro 1 to Pro 6, or MM 1 to MM 3.")]
    takerFeeRate: Annotated[str, Meta(description="Of a taker.")]
    makerFeeRate: Annotated[str, Meta(description="Of a maker.")]
    makerRebate: Annotated[str, Meta(description="Of a market maker; negative: is paid to it.")]


class FeeRates(msgspec.Struct, frozen=True):
    """What the levels of both kinds pay."""

    pro: Annotated[list[Level], Meta(description="PRO levels.")]
    marketMaker: Annotated[list[Level], Meta(description="Market maker levels.")]


class FeeGroup(msgspec.Struct, frozen=True):
    """Contracts with the same fees."""

    groupName: Annotated[str, Meta(description="Its name.")]
    weightingFactor: Annotated[int, Meta(description="How much maker volume in it counts.")]
    symbolsNumbers: Annotated[int, Meta(description="How many symbols follow.")]
    symbols: Annotated[list[str], Meta(description="Those of it that trade here.")]
    feeRates: Annotated[FeeRates, Meta(description="What its levels pay.")]
    updateTime: Annotated[str, Meta(description="When the exchange last changed it, ms.")]


class FeeGroups(msgspec.Struct, frozen=True):
    """The groups of contracts by which PRO and market maker levels pay."""

    list: Annotated[list[FeeGroup], Meta(description="The groups asked for.")]


@public(
    "GET /v5/market/fee-group-info",
    result=FeeGroups,
    refusals=(PARAMS_ERROR,),
    source="docs/v5/market/fee-group-info",
)
def fee_group_info(state: State, now: int, params: Params) -> FeeGroups:
    """What PRO and market maker levels pay for contracts, by group; others do not pay by group."""
    listed = {**instruments(Category.LINEAR), **instruments(Category.INVERSE)}
    groups = []
    for group in fee_groups():
        if params.groupId in (None, group["groupId"]):
            trading = [
                symbol
                for symbol in group["symbols"]
                if symbol in listed and listed[symbol].status(now) is InstrumentStatus.TRADING
            ]
            row = {**group, "symbols": trading, "symbolsNumbers": len(trading)}
            groups.append(msgspec.convert(row, FeeGroup))
    return FeeGroups(groups)
