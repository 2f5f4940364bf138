"""GET /v5/spot-margin-trade/position-tiers"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.spot_margin import spot_margin_account_of
from utabox.engine.margin.leverage import leverage_at
from utabox.engine.margin.valuation import money
from utabox.engine.state import LoanTerms, State
from utabox.retcodes import PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA


class Params(msgspec.Struct, frozen=True):
    """One coin, or all that are lent."""

    currency: Annotated[
        str, Meta(description="In capitals. Left out: every coin that is lent.")
    ] = ""


class PositionTier(msgspec.Struct, frozen=True):
    """The margin of a liability up to a limit; of the last tier, of any."""

    tier: Annotated[str, Meta(description="From 1.")]
    borrowLimit: Annotated[str, Meta(description="The liability, in the coin.")]
    positionMMR: Annotated[str, Meta(description="Maintenance margin rate.")]
    positionIMR: Annotated[str, Meta(description="Initial margin rate.")]
    maxLeverage: Annotated[str, Meta(description="How often positionIMR fits into the loan.")]


class TiersOfCoin(msgspec.Struct, frozen=True):
    """One coin and its tiers."""

    currency: Annotated[str, Meta(description="The coin.")]
    positionTiersRatioList: Annotated[
        list[PositionTier], Meta(description="From small to large loans.")
    ]


class PositionTiers(msgspec.Struct, frozen=True):
    """Coins, one a row."""

    list: Annotated[list[TiersOfCoin], Meta(description="The coins asked for, if they are lent.")]


@query(
    "GET /v5/spot-margin-trade/position-tiers",
    result=PositionTiers,
    refusals=(PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA),
    ext_info_text=True,
    source="docs/v5/spot-margin-uta/position-tiers",
)
def position_tiers(state: State, caller: Caller, params: Params) -> PositionTiers:
    """Which margin a loan needs, by its size."""
    lent = state.loan_terms
    coins = list(lent)
    if params.currency:
        coins = [
            coin for coin in coins_named(state, "currency", params.currency, 1) if coin in lent
        ]
    spot_margin_account_of(state, caller.uid)
    return PositionTiers([TiersOfCoin(coin, _tiers(lent[coin])) for coin in coins])


def _tiers(terms: LoanTerms) -> list[PositionTier]:
    return [
        PositionTier(
            tier=str(number),
            borrowLimit=money(tier.limit),
            positionMMR=money(tier.mmr),
            positionIMR=money(tier.imr),
            maxLeverage=str(leverage_at(tier.imr)),
        )
        for number, tier in enumerate(terms.tiers, 1)
    ]
