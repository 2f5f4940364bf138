"""POST /v5/account/mmp-reset"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.mmp import ResetMmp
from utabox.retcodes import MMP_PROFILE_NOT_FOUND, PARAMS_ERROR, UPGRADING, UTA_REQUIRED


class Params(msgspec.Struct, frozen=True):
    """One base coin."""

    baseCoin: Annotated[str, Meta(min_length=1, description="In capitals, such as BTC.")]


@command(
    "POST /v5/account/mmp-reset",
    ret_msg="success",
    members="none",
    limit=Limit(5),
    permission=("Options",),
    refusals=(PARAMS_ERROR, UTA_REQUIRED, UPGRADING, MMP_PROFILE_NOT_FOUND),
    source="docs/v5/account/reset-mmp",
)
def mmp_reset(caller: Caller, params: Params) -> ResetMmp:
    """Unfreeze one base coin's MMP orders, and forget the fills that were counted."""
    return ResetMmp(uid=caller.uid, base_coin=params.baseCoin)
