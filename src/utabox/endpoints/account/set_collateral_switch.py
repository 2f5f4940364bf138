"""POST /v5/account/set-collateral-switch"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, command
from utabox.engine.account.collateral import SwitchCollateral
from utabox.retcodes import (
    ADJUSTMENT_UPGRADING,
    COLLATERAL_CAPPED,
    COLLATERAL_MARGIN_CHECK,
    COLLATERAL_NOT_SWITCHABLE,
    COLLATERAL_SWITCH_FAILED,
    PARAMS_ERROR,
    UTA_REQUIRED,
)
from utabox.terms import Switch


class Params(msgspec.Struct, frozen=True):
    """One coin and its setting."""

    coin: Annotated[str, Meta(min_length=1, description="In capitals; not USDT, not USDC.")]
    collateralSwitch: Annotated[Switch, Meta(description="ON or OFF.")]


@command(
    "POST /v5/account/set-collateral-switch",
    ret_msg="SUCCESS",
    permission=("Spot", "ContractTrade", "Derivatives"),
    refusals=(
        PARAMS_ERROR,
        UTA_REQUIRED,
        ADJUSTMENT_UPGRADING,
        COLLATERAL_NOT_SWITCHABLE,
        COLLATERAL_CAPPED,
        COLLATERAL_SWITCH_FAILED,
        COLLATERAL_MARGIN_CHECK,
    ),
    demo=True,
    source="docs/v5/account/set-collateral",
)
def set_collateral_switch(caller: Caller, params: Params) -> SwitchCollateral:
    """Give one coin as collateral, or keep it out."""
    return SwitchCollateral(caller.uid, ((params.coin, params.collateralSwitch is Switch.ON),))
