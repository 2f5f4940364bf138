"""GET /v5/account/mmp-state"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, query
from utabox.engine.account.lookup import unified_account_of
from utabox.engine.account.mmp import mmp_of
from utabox.engine.state import State
from utabox.retcodes import MMP_PROFILE_NOT_FOUND, PARAMS_ERROR, UTA_REQUIRED


class Params(msgspec.Struct, frozen=True):
    """One base coin."""

    baseCoin: Annotated[str, Meta(min_length=1, description="In capitals, such as BTC.")]


class MmpState(msgspec.Struct, frozen=True):
    """The market maker protection of one base coin."""

    baseCoin: Annotated[str, Meta(description="The base coin.")]
    mmpEnabled: Annotated[bool, Meta(description="Always true: others are refused.")]
    window: Annotated[str, Meta(description="ms in which fills are counted.")]
    frozenPeriod: Annotated[
        str, Meta(description="ms without MMP orders after it was triggered; 0: until reset.")
    ]
    qtyLimit: Annotated[str, Meta(description="Contracts.")]
    deltaLimit: Annotated[str, Meta(description="Delta.")]
    vegaLimit: Annotated[str, Meta(description="Vega.")]
    mmpFrozenUntil: Annotated[str, Meta(description="ms; 0: it was never triggered.")]
    mmpFrozen: Annotated[bool, Meta(description="Whether MMP orders are refused now.")]


class MmpStates(msgspec.Struct, frozen=True):
    """The market maker protection of an account."""

    result: Annotated[list[MmpState], Meta(description="One row, of the base coin asked for.")]


@query(
    "GET /v5/account/mmp-state",
    result=MmpStates,
    refusals=(PARAMS_ERROR, UTA_REQUIRED, MMP_PROFILE_NOT_FOUND),
    source="docs/v5/account/get-mmp-state",
)
def mmp_state(state: State, caller: Caller, params: Params) -> MmpStates:
    """The market maker protection of one base coin's options."""
    mmp = mmp_of(unified_account_of(state, caller.uid), params.baseCoin)
    row = MmpState(
        baseCoin=params.baseCoin,
        mmpEnabled=True,
        window=str(mmp.window_ms),
        frozenPeriod=str(mmp.frozen_period_ms),
        qtyLimit=f"{mmp.qty_limit:f}",
        deltaLimit=f"{mmp.delta_limit:f}",
        vegaLimit=f"{mmp.vega_limit:f}",
        mmpFrozenUntil="0",  # nothing triggers it before there is trading
        mmpFrozen=False,
    )
    return MmpStates([row])
