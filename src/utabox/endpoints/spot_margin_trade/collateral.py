"""GET /v5/spot-margin-trade/collateral"""

from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import public
from utabox.engine.account.coins import coins_named
from utabox.engine.margin.valuation import money
from utabox.engine.market.collateral import collateral_of
from utabox.engine.state import Collateral, State
from utabox.retcodes import PARAMS_ERROR


class Params(msgspec.Struct, frozen=True):
    """One coin, or all that are collateral."""

    currency: Annotated[
        str, Meta(description="In capitals. Left out: every coin that is collateral.")
    ] = ""


class RatioTier(msgspec.Struct, frozen=True):
    """The part of a coin's value that counts, of what is held within two quantities."""

    minQty: Annotated[str, Meta(description="From here, in the coin.")]
    maxQty: Annotated[str, Meta(description="Up to here, inclusive; empty: without end.")]
    collateralRatio: Annotated[str, Meta(description="0.9 is 90 %.")]


class RatiosOfCoin(msgspec.Struct, frozen=True):
    """One coin and its tiers."""

    currency: Annotated[str, Meta(description="The coin.")]
    collateralRatioList: Annotated[
        list[RatioTier], Meta(description="From 0; each ratio is that of its own part only.")
    ]


class CollateralRatios(msgspec.Struct, frozen=True):
    """Coins, one a row."""

    list: Annotated[
        list[RatiosOfCoin], Meta(description="The coins asked for, if they are collateral.")
    ]


@public(
    "GET /v5/spot-margin-trade/collateral",
    result=CollateralRatios,
    refusals=(PARAMS_ERROR,),
    ext_info_text=True,
    source="docs/v5/spot-margin-uta/tier-collateral-ratio",
)
def collateral(state: State, now: int, params: Params) -> CollateralRatios:
    """How much of each coin's value counts as collateral, by quantity."""
    coins = list(state.index_prices)
    if params.currency:
        coins = coins_named(state, "currency", params.currency, 1)
    taken = ((coin, collateral_of(state, coin)) for coin in coins)
    return CollateralRatios([RatiosOfCoin(coin, _tiers(how)) for coin, how in taken if how])


def _tiers(collateral: Collateral) -> list[RatioTier]:
    starts = [money(tier.min_qty) for tier in collateral.tiers]
    return [
        RatioTier(low, high, money(tier.ratio))
        for (low, high), tier in zip(pairwise([*starts, ""]), collateral.tiers, strict=True)
    ]
