"""GET /v5/spot-margin-trade/max-borrowable"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.spot_margin import spot_margin_account_of
from utabox.engine.margin.loans import room_to_borrow
from utabox.engine.state import State
from utabox.records.amounts import uncut
from utabox.retcodes import PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA


class Params(msgspec.Struct, frozen=True):
    """One coin."""

    currency: Annotated[str, Meta(description="In capitals, such as BTC.")]


class MaxBorrowable(msgspec.Struct, frozen=True):
    """How much more can be borrowed now."""

    maxLoan: Annotated[
        str,
        Meta(description="By family, inventory and margin; not by the most that one call takes."),
    ]
    currency: Annotated[str, Meta(description="The coin.")]


@query(
    "GET /v5/spot-margin-trade/max-borrowable",
    result=MaxBorrowable,
    ret_msg="Success",
    limit=Limit(50),
    refusals=(PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA),
    source="docs/v5/spot-margin-uta/max-borrowable",
)
def max_borrowable(state: State, caller: Caller, params: Params) -> MaxBorrowable:
    """How much more of a coin POST /v5/account/borrow would lend."""
    (coin,) = coins_named(state, "currency", params.currency, 1)
    account = spot_margin_account_of(state, caller.uid)
    return MaxBorrowable(uncut(room_to_borrow(state, account, coin).most), coin)
