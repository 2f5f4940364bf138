"""POST /v5/account/mmp-modify"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.mmp import ModifyMmp
from utabox.engine.state import Mmp
from utabox.retcodes import (
    MMP_PARAMETERS_INCORRECT,
    MMP_PROFILE_NOT_FOUND,
    PARAMS_ERROR,
    UPGRADING,
    UTA_REQUIRED,
)


class Params(msgspec.Struct, frozen=True):
    """One base coin and its limits."""

    baseCoin: Annotated[str, Meta(min_length=1, description="In capitals, such as BTC.")]
    window: Annotated[int, Meta(description="ms in which fills are counted; as text.")]
    frozenPeriod: Annotated[
        int,
        Meta(description="ms without MMP orders after it was triggered; as text. 0: until reset."),
    ]
    qtyLimit: Annotated[Decimal, Meta(description="Contracts; positive, at most 2 decimals.")]
    deltaLimit: Annotated[Decimal, Meta(description="Delta; positive, at most 2 decimals.")]
    vegaLimit: Annotated[
        Decimal, Meta(description="Vega; positive, at most 2 decimals. Left out: 500000.")
    ] = Decimal(500_000)


@command(
    "POST /v5/account/mmp-modify",
    ret_msg="success",
    members="none",
    limit=Limit(5),
    permission=("Options",),
    refusals=(
        PARAMS_ERROR,
        UTA_REQUIRED,
        UPGRADING,
        MMP_PARAMETERS_INCORRECT,
        MMP_PROFILE_NOT_FOUND,
    ),
    source="docs/v5/account/set-mmp",
)
def mmp_modify(caller: Caller, params: Params) -> ModifyMmp:
    """Set the market maker protection of one base coin's options."""
    mmp = Mmp(
        window_ms=params.window,
        frozen_period_ms=params.frozenPeriod,
        qty_limit=params.qtyLimit,
        delta_limit=params.deltaLimit,
        vega_limit=params.vegaLimit,
    )
    return ModifyMmp(uid=caller.uid, base_coin=params.baseCoin, mmp=mmp)
