"""POST /v5/account/set-collateral-switch-batch"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.collateral import SwitchCollateral
from utabox.engine.state import State
from utabox.retcodes import (
    ADJUSTMENT_UPGRADING,
    COLLATERAL_CAPPED,
    COLLATERAL_DUPLICATE,
    COLLATERAL_MARGIN_CHECK,
    COLLATERAL_NOT_SWITCHABLE,
    COLLATERAL_SWITCH_FAILED,
    PARAMS_ERROR,
    UTA_REQUIRED,
)
from utabox.terms import Switch


class CoinSwitch(msgspec.Struct, frozen=True):
    """One coin and its setting."""

    coin: Annotated[str, Meta(min_length=1, description="In capitals; not USDT, not USDC.")]
    collateralSwitch: Annotated[Switch, Meta(description="ON or OFF.")]


class Params(msgspec.Struct, frozen=True):
    """Some coins and their settings."""

    request: Annotated[
        list[CoinSwitch], Meta(min_length=1, description="All are set, or none; each coin once.")
    ]


class CoinSwitches(msgspec.Struct, frozen=True):
    """What was asked for, in its order."""

    list: Annotated[list[CoinSwitch], Meta(description="As in the request.")]


def answer(state: State, caller: Caller, command: SwitchCollateral) -> CoinSwitches:
    """The request again."""
    return CoinSwitches(
        [CoinSwitch(coin, Switch.ON if on else Switch.OFF) for coin, on in command.switches]
    )


@command(
    "POST /v5/account/set-collateral-switch-batch",
    result=CoinSwitches,
    answer=answer,
    ret_msg="SUCCESS",
    limit=Limit(5),
    permission=("Spot", "ContractTrade", "Derivatives"),
    refusals=(
        PARAMS_ERROR,
        UTA_REQUIRED,
        ADJUSTMENT_UPGRADING,
        COLLATERAL_DUPLICATE,
        COLLATERAL_NOT_SWITCHABLE,
        COLLATERAL_CAPPED,
        COLLATERAL_SWITCH_FAILED,
        COLLATERAL_MARGIN_CHECK,
    ),
    source="docs/v5/account/batch-set-collateral",
)
def set_collateral_switch_batch(caller: Caller, params: Params) -> SwitchCollateral:
    """Give several coins as collateral, or keep them out: all of them, or none."""
    return SwitchCollateral(
        caller.uid,
        tuple((wanted.coin, wanted.collateralSwitch is Switch.ON) for wanted in params.request),
    )
