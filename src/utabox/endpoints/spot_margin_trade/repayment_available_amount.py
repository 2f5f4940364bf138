"""GET /v5/spot-margin-trade/repayment-available-amount"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.repay import repayable
from utabox.engine.account.spot_margin import spot_margin_account_of
from utabox.engine.state import State
from utabox.records.amounts import padded
from utabox.retcodes import PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA


class Params(msgspec.Struct, frozen=True):
    """One coin."""

    currency: Annotated[str, Meta(description="In capitals, such as BTC.")]


class RepaymentAvailable(msgspec.Struct, frozen=True):
    """How much can be repaid now without a conversion."""

    lossLessRepaymentAmount: Annotated[
        str, Meta(description="min(available balance, liability), with 8 decimals.")
    ]
    currency: Annotated[str, Meta(description="The coin.")]


@query(
    "GET /v5/spot-margin-trade/repayment-available-amount",
    result=RepaymentAvailable,
    ret_msg="Success",
    limit=Limit(50),
    refusals=(PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA),
    source="docs/v5/spot-margin-uta/repayment-available-amount",
)
def repayment_available_amount(state: State, caller: Caller, params: Params) -> RepaymentAvailable:
    """How much of a coin POST /v5/account/no-convert-repay would repay."""
    (coin,) = coins_named(state, "currency", params.currency, 1)
    account = spot_margin_account_of(state, caller.uid)
    return RepaymentAvailable(padded(repayable(state, account, coin), 8), coin)
