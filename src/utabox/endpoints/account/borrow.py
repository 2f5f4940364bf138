"""POST /v5/account/borrow"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.loan import Borrow
from utabox.engine.state import State
from utabox.retcodes import (
    ADJUSTMENT_UPGRADING,
    BORROW_ABOVE_ESTIMATE,
    BORROW_ABOVE_MAX,
    BORROW_ABOVE_PLATFORM_MAX,
    BORROW_ABOVE_USER_MAX,
    BORROW_BELOW_MIN,
    BORROW_TOO_PRECISE,
    NO_SUCH_LOAN,
    PARAMS_ERROR,
    SPOT_LEVERAGE_CLOSED,
    UTA_REQUIRED,
)


class Params(msgspec.Struct, frozen=True):
    """How much of which coin, at the floating rate."""

    coin: Annotated[str, Meta(min_length=1, description="In capitals, such as BTC.")]
    amount: Annotated[
        Decimal, Meta(description="In the coin; see GET /v5/spot-margin-trade/currency-data.")
    ]


class Borrowed(msgspec.Struct, frozen=True):
    """What was borrowed."""

    coin: Annotated[str, Meta(description="The coin.")]
    amount: Annotated[str, Meta(description="How much of it.")]


def answer(state: State, caller: Caller, command: Borrow) -> Borrowed:
    """The request again."""
    return Borrowed(command.coin, f"{command.amount:f}")


@command(
    "POST /v5/account/borrow",
    result=Borrowed,
    answer=answer,
    ret_msg="success",
    limit=Limit(1),
    permission=("Spot", "ContractTrade", "Derivatives"),
    refusals=(
        PARAMS_ERROR,
        UTA_REQUIRED,
        ADJUSTMENT_UPGRADING,
        SPOT_LEVERAGE_CLOSED,
        NO_SUCH_LOAN,
        BORROW_TOO_PRECISE,
        BORROW_BELOW_MIN,
        BORROW_ABOVE_MAX,
        BORROW_ABOVE_USER_MAX,
        BORROW_ABOVE_ESTIMATE,
        BORROW_ABOVE_PLATFORM_MAX,
    ),
    source="docs/v5/account/borrow",
)
def borrow(caller: Caller, params: Params) -> Borrow:
    """Borrow a coin by hand; interest is charged at minute 05 of every hour."""
    return Borrow(caller.uid, params.coin, params.amount)
