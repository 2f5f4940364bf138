"""POST /v5/spot-margin-trade/switch-mode"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.spot_margin import SwitchSpotMargin
from utabox.engine.state import State
from utabox.records.spot_margin import Flag, flag
from utabox.retcodes import (
    ADJUSTMENT_UPGRADING,
    BORROWING_NOW,
    PARAMS_ERROR,
    SPOT_MARGIN_IN_ISOLATED,
    SPOT_MARGIN_NEEDS_UTA,
)


class Params(msgspec.Struct, frozen=True):
    """The wanted mode."""

    spotMarginMode: Annotated[Flag, Meta(description="1: on, 0: off.")]


class SpotMarginMode(msgspec.Struct, frozen=True):
    """The mode from now on."""

    spotMarginMode: Annotated[Flag, Meta(description="1: on, 0: off.")]


def answer(state: State, caller: Caller, command: SwitchSpotMargin) -> SpotMarginMode:
    """As it was asked for."""
    return SpotMarginMode(flag(command.on))


@command(
    "POST /v5/spot-margin-trade/switch-mode",
    result=SpotMarginMode,
    answer=answer,
    limit=Limit(5),
    permission=("Spot", "ContractTrade", "Derivatives"),
    refusals=(
        PARAMS_ERROR,
        SPOT_MARGIN_NEEDS_UTA,
        ADJUSTMENT_UPGRADING,
        SPOT_MARGIN_IN_ISOLATED,
        BORROWING_NOW,
    ),
    source="docs/v5/spot-margin-uta/switch-mode",
    demo=True,
)
def switch_mode(caller: Caller, params: Params) -> SwitchSpotMargin:
    """Switch spot margin trading on or off."""
    return SwitchSpotMargin(caller.uid, params.spotMarginMode is Flag.ON)
