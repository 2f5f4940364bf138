"""POST /v5/account/set-delta-mode"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, command
from utabox.engine.account.delta_mode import SetDeltaMode
from utabox.retcodes import PARAMS_ERROR, UPGRADING, UTA_REQUIRED


class Params(msgspec.Struct, frozen=True):
    """The wanted setting."""

    deltaEnable: Annotated[Literal["1", "0"], Meta(description="1: on, 0: off; as text.")]


@command(
    "POST /v5/account/set-delta-mode",
    ret_msg="success",
    permission=("ContractTrade", "Derivatives", "Options"),
    refusals=(PARAMS_ERROR, UTA_REQUIRED, UPGRADING),
    source="docs/v5/account/set-delta-mode",
)
def set_delta_mode(caller: Caller, params: Params) -> SetDeltaMode:
    """Switch delta neutral mode of the calling account on or off."""
    return SetDeltaMode(uid=caller.uid, on=params.deltaEnable == "1")
