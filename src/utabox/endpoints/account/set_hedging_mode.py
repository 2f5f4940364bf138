"""POST /v5/account/set-hedging-mode"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, command
from utabox.engine.account.hedging import SetHedgingMode
from utabox.retcodes import HEDGING_NEEDS_PORTFOLIO, PARAMS_ERROR, UPGRADING, UTA_REQUIRED
from utabox.terms import Switch


class Params(msgspec.Struct, frozen=True):
    """The wanted setting."""

    setHedgingMode: Annotated[Switch, Meta(description="ON or OFF.")]


@command(
    "POST /v5/account/set-hedging-mode",
    ret_msg="SUCCESS",
    members="none",
    permission=("ContractTrade", "Derivatives", "Options"),
    refusals=(PARAMS_ERROR, UTA_REQUIRED, UPGRADING, HEDGING_NEEDS_PORTFOLIO),
    demo=True,
    source="docs/v5/account/set-spot-hedge",
)
def set_hedging_mode(caller: Caller, params: Params) -> SetHedgingMode:
    """Switch spot hedging of the calling account on or off; only in portfolio margin."""
    return SetHedgingMode(uid=caller.uid, on=params.setHedgingMode is Switch.ON)
