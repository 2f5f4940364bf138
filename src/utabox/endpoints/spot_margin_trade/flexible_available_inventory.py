"""GET /v5/spot-margin-trade/flexible-available-inventory"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.spot_margin import spot_margin_account_of
from utabox.engine.margin.loans import inventory_left
from utabox.engine.margin.valuation import money
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA


class Params(msgspec.Struct, frozen=True):
    """One coin."""

    currency: Annotated[str, Meta(description="In capitals, such as BTC.")]


class AvailableInventory(msgspec.Struct, frozen=True):
    """What the exchange has to lend at the floating rate."""

    currency: Annotated[str, Meta(description="The coin.")]
    availableInventory: Annotated[
        str,
        Meta(
            description="The least of what is left of everybody's and of the family's limit, and "
            "of the borrowLimit of the tier that the account's leverage reaches."
        ),
    ]
    updateTime: Annotated[str, Meta(description="ms: now.")]


@query(
    "GET /v5/spot-margin-trade/flexible-available-inventory",
    result=AvailableInventory,
    ret_msg="Success",
    refusals=(PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA),
    source="docs/v5/spot-margin-uta/flexible-available-inventory",
)
def flexible_available_inventory(
    state: State, caller: Caller, params: Params
) -> AvailableInventory:
    """How much of a coin there is to lend, whatever the account's margin."""
    (coin,) = coins_named(state, "currency", params.currency, 1)
    account = spot_margin_account_of(state, caller.uid)
    left = inventory_left(state, account, coin)
    return AvailableInventory(coin, money(left), str(caller.now))
