"""POST /v5/account/quick-repayment"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.repay import QuickRepay
from utabox.engine.ledger import Booked
from utabox.engine.rules import Event
from utabox.engine.state import State
from utabox.records.amounts import padded
from utabox.retcodes import (
    ADJUSTMENT_UPGRADING,
    PARAMS_ERROR,
    QUICK_COLLATERAL_INSUFFICIENT,
    QUICK_MANUAL_BORROW,
    QUICK_NO_LIABILITY,
    REPAYMENT_FAILED,
    SETTLEMENT_IN_PROGRESS,
    UTA_REQUIRED,
)
from utabox.terms import LogType


class Params(msgspec.Struct, frozen=True):
    """Which debt."""

    coin: Annotated[str, Meta(description="In capitals. Left out: every one.")] = ""


class Sold(msgspec.Struct, frozen=True):
    """One coin that was given for the debt."""

    coin: Annotated[str, Meta(description="The coin.")]
    repaymentQty: Annotated[str, Meta(description="How much of it was sold, with the fee.")]


class SoldCoins(msgspec.Struct, frozen=True):
    """What was given."""

    list: Annotated[list[Sold], Meta(description="In the order in which they were sold.")]


def answer(state: State, caller: Caller, events: Sequence[Event]) -> SoldCoins:
    """Every sale, coin by coin."""
    sold = dict[str, Decimal]()
    for event in events:
        if isinstance(event, Booked) and event.log is LogType.SPOT_REPAYMENT_SELL:
            sold[event.coin] = sold.get(event.coin, Decimal(0)) - event.change
    return SoldCoins([Sold(coin, padded(qty, 8)) for coin, qty in sold.items()])


@command(
    "POST /v5/account/quick-repayment",
    result=SoldCoins,
    answer=answer,
    ret_msg="SUCCESS",
    limit=Limit(1),
    permission=("Options",),
    refusals=(
        PARAMS_ERROR,
        UTA_REQUIRED,
        ADJUSTMENT_UPGRADING,
        SETTLEMENT_IN_PROGRESS,
        QUICK_NO_LIABILITY,
        QUICK_MANUAL_BORROW,
        REPAYMENT_FAILED,
        QUICK_COLLATERAL_INSUFFICIENT,
    ),
    source="docs/v5/account/repay-liability",
)
def quick_repayment(caller: Caller, params: Params) -> QuickRepay:
    """Repay debts that nobody borrowed, such as interest, by selling other collateral."""
    return QuickRepay(caller.uid, params.coin)
