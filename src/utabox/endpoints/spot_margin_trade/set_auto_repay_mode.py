"""POST /v5/spot-margin-trade/set-auto-repay-mode"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.spot_margin import SetAutoRepay
from utabox.engine.state import State
from utabox.records.spot_margin import Flag, flag
from utabox.retcodes import ADJUSTMENT_UPGRADING, PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA


class Params(msgspec.Struct, frozen=True):
    """The mode of one coin, or of every coin that is lent."""

    autoRepayMode: Annotated[Flag, Meta(description="1: repay by itself, 0: not.")]
    currency: Annotated[
        str, Meta(description="A coin that is lent, in capitals. Left out: every one.")
    ] = ""


class CoinMode(msgspec.Struct, frozen=True):
    """One coin and its mode."""

    currency: Annotated[str, Meta(description="The coin.")]
    autoRepayMode: Annotated[Flag, Meta(description="1: repaid at minutes 0 and 30, 0: not.")]


class CoinModes(msgspec.Struct, frozen=True):
    """The coins that were set."""

    data: Annotated[list[CoinMode], Meta(description="One, or all that are lent.")]


def answer(state: State, caller: Caller, command: SetAutoRepay) -> CoinModes:
    """The request, coin by coin."""
    coins = [command.coin] if command.coin else list(state.loan_terms)
    return CoinModes([CoinMode(coin, flag(command.on)) for coin in coins])


@command(
    "POST /v5/spot-margin-trade/set-auto-repay-mode",
    result=CoinModes,
    answer=answer,
    ret_msg="success",
    limit=Limit(5),
    permission=("Spot", "ContractTrade", "Derivatives"),
    refusals=(PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA, ADJUSTMENT_UPGRADING),
    source="docs/v5/spot-margin-uta/set-auto-repay-mode",
)
def set_auto_repay_mode(caller: Caller, params: Params) -> SetAutoRepay:
    """Repay without conversion at minutes 0 and 30 of every hour, or not."""
    return SetAutoRepay(caller.uid, params.autoRepayMode is Flag.ON, params.currency)
