"""POST /v5/account/no-convert-repay"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.repay import Repay, RepaymentType
from utabox.engine.state import State
from utabox.records.repayment import Repayment, repayment
from utabox.retcodes import (
    ADJUSTMENT_UPGRADING,
    NO_REPAYMENT_REQUIRED,
    PARAMS_ERROR,
    REPAY_BALANCE_INSUFFICIENT,
    REPAYMENT_ABOVE_LIABILITY,
    SETTLEMENT_IN_PROGRESS,
    UTA_REQUIRED,
)


class Params(msgspec.Struct, frozen=True):
    """One coin's debt, or a part of it."""

    coin: Annotated[str, Meta(min_length=1, description="In capitals, such as BTC.")]
    amount: Annotated[
        Decimal | None, Meta(description="In the coin. Left out: as much as there is of it.")
    ] = None
    repaymentType: Annotated[
        RepaymentType, Meta(description="ALL, FIXED or FLEXIBLE; nobody has a FIXED loan here.")
    ] = RepaymentType.FLEXIBLE


def answer(state: State, caller: Caller, command: Repay) -> Repayment:
    """It is made at once, whatever the type."""
    return repayment(command)


@command(
    "POST /v5/account/no-convert-repay",
    result=Repayment,
    answer=answer,
    ret_msg="success",
    limit=Limit(1),
    permission=("Spot", "ContractTrade", "Derivatives"),
    refusals=(
        PARAMS_ERROR,
        UTA_REQUIRED,
        ADJUSTMENT_UPGRADING,
        SETTLEMENT_IN_PROGRESS,
        NO_REPAYMENT_REQUIRED,
        REPAYMENT_ABOVE_LIABILITY,
        REPAY_BALANCE_INSUFFICIENT,
    ),
    source="docs/v5/account/no-convert-repay",
)
def no_convert_repay(caller: Caller, params: Params) -> Repay:
    """Repay with the coin itself only; nothing is sold."""
    wanted = params.coin, params.amount, params.repaymentType
    return Repay(caller.uid, *wanted, converts=False)
