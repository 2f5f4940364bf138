"""POST /v5/account/set-limit-px-action"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.price_limit import SetPriceLimitAction
from utabox.retcodes import PARAMS_ERROR, UPGRADING, UTA_REQUIRED


class Params(msgspec.Struct, frozen=True):
    """The wanted setting."""

    category: Annotated[
        Literal["linear", "inverse", "spot"], Meta(description="linear and inverse share one.")
    ]
    modifyEnable: Annotated[
        bool, Meta(description="Beyond the price limit: true adjusts the price, false rejects.")
    ]


@command(
    "POST /v5/account/set-limit-px-action",
    ret_msg="success",
    limit=Limit(10),
    permission=("ContractTrade", "Derivatives", "Options"),
    refusals=(PARAMS_ERROR, UTA_REQUIRED, UPGRADING),
    source="docs/v5/account/set-price-limit",
)
def set_limit_px_action(caller: Caller, params: Params) -> SetPriceLimitAction:
    """Set what happens to the calling account's orders beyond the price limit."""
    futures = params.category != "spot"
    return SetPriceLimitAction(uid=caller.uid, futures=futures, adjusts=params.modifyEnable)
