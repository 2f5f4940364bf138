"""POST /v5/spot-margin-trade/set-leverage"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.spot_margin import SetSpotLeverage
from utabox.retcodes import (
    ADJUSTMENT_UPGRADING,
    LEVERAGE_OUT_OF_RANGE,
    MARGIN_RATE_ABOVE_THRESHOLD,
    PARAMS_ERROR,
    SPOT_LEVERAGE_CLOSED,
    SPOT_MARGIN_NEEDS_UTA,
)


class Params(msgspec.Struct, frozen=True):
    """The leverage of one coin, or of all, which then have none of their own."""

    leverage: Annotated[
        Decimal, Meta(description="2 to 10, and of one coin at most maxLeverage of its first tier.")
    ]
    currency: Annotated[
        str, Meta(description="A coin that is lent, in capitals. Left out: every one.")
    ] = ""


@command(
    "POST /v5/spot-margin-trade/set-leverage",
    limit=Limit(5),
    permission=("Spot", "ContractTrade", "Derivatives"),
    refusals=(
        PARAMS_ERROR,
        SPOT_MARGIN_NEEDS_UTA,
        ADJUSTMENT_UPGRADING,
        SPOT_LEVERAGE_CLOSED,
        LEVERAGE_OUT_OF_RANGE,
        MARGIN_RATE_ABOVE_THRESHOLD,
    ),
    source="docs/v5/spot-margin-uta/set-leverage",
    demo=True,
)
def set_leverage(caller: Caller, params: Params) -> SetSpotLeverage:
    """Set with which leverage the account borrows, once spot margin is on."""
    return SetSpotLeverage(caller.uid, params.leverage, params.currency)
