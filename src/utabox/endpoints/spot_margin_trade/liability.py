"""GET /v5/spot-margin-trade/liability"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.spot_margin import spot_margin_account_of
from utabox.engine.margin.valuation import borrow_amount, derivatives_borrow, holding_of
from utabox.engine.state import State
from utabox.records.amounts import padded
from utabox.retcodes import PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA

DECIMALS = 8


class Params(msgspec.Struct, frozen=True):
    """One coin."""

    currency: Annotated[str, Meta(description="In capitals, such as BTC.")]


class Liability(msgspec.Struct, frozen=True):
    """What is owed of one coin, in the coin, with 8 decimals."""

    currency: Annotated[str, Meta(description="The coin.")]
    totalBorrowAmount: Annotated[str, Meta(description="All of it.")]
    fixedBorrowAmount: Annotated[str, Meta(description="At a fixed rate: nothing.")]
    flexibleBorrowAmount: Annotated[str, Meta(description="At the floating rate: all of it.")]
    spotTotalBorrow: Annotated[str, Meta(description="By hand, by spot margin and its orders.")]
    derivativesBorrow: Annotated[
        str, Meta(description="The rest: of losses, options and interest.")
    ]


@query(
    "GET /v5/spot-margin-trade/liability",
    result=Liability,
    ret_msg="Success",
    limit=Limit(5),
    refusals=(PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA),
    source="docs/v5/spot-margin-uta/liability",
)
def liability(state: State, caller: Caller, params: Params) -> Liability:
    """What the account owes of a coin, and why."""
    (coin,) = coins_named(state, "currency", params.currency, 1)
    account = spot_margin_account_of(state, caller.uid)
    held, mode = holding_of(state, account, coin), account.margin_mode
    total = padded(borrow_amount(held, mode), DECIMALS)
    return Liability(
        currency=coin,
        totalBorrowAmount=total,
        fixedBorrowAmount=padded(Decimal(0), DECIMALS),
        flexibleBorrowAmount=total,
        spotTotalBorrow=padded(held.spot_borrow, DECIMALS),
        derivativesBorrow=padded(derivatives_borrow(held, mode), DECIMALS),
    )
