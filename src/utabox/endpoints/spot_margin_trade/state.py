"""GET /v5/spot-margin-trade/state"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.spot_margin import spot_margin_account_of, spot_margin_on
from utabox.engine.margin.leverage import LEVERAGE_DEFAULT
from utabox.engine.margin.loans import effective_leverage
from utabox.engine.state import State
from utabox.records.amounts import shortest
from utabox.records.spot_margin import Flag, flag
from utabox.retcodes import SPOT_MARGIN_NEEDS_UTA


class SpotMarginState(msgspec.Struct, frozen=True):
    """Whether spot margin is on, and how much of it is used."""

    spotLeverage: Annotated[str, Meta(description="Of all coins; empty while it is off.")]
    spotMarginMode: Annotated[Flag, Meta(description="1: on, 0: off.")]
    effectiveLeverage: Annotated[
        str, Meta(description="1 + debts / totalEquity in USD, cut at 2 decimals.")
    ]


@query(
    "GET /v5/spot-margin-trade/state",
    result=SpotMarginState,
    limit=Limit(50),
    refusals=(SPOT_MARGIN_NEEDS_UTA,),
    source="docs/v5/spot-margin-uta/status",
    steady=True,
    demo=True,
)
def state(state: State, caller: Caller) -> SpotMarginState:
    """Spot margin's switch and leverage."""
    account = spot_margin_account_of(state, caller.uid)
    on, margin = spot_margin_on(account), account.spot_margin
    leverage = (margin.leverage if margin else 0) or LEVERAGE_DEFAULT
    return SpotMarginState(
        spotLeverage=str(leverage) if on else "",
        spotMarginMode=flag(on),
        effectiveLeverage=shortest(effective_leverage(state, account), 2),
    )
