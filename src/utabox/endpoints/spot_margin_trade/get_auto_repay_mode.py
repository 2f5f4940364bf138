"""GET /v5/spot-margin-trade/get-auto-repay-mode"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.spot_margin import repays_itself, spot_margin_account_of
from utabox.engine.state import State
from utabox.records.spot_margin import Flag, flag
from utabox.retcodes import PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA


class Params(msgspec.Struct, frozen=True):
    """One coin, or all that are lent."""

    currency: Annotated[
        str, Meta(description="In capitals. Left out: every coin that is lent.")
    ] = ""


class ModeOfCoin(msgspec.Struct, frozen=True):
    """One coin and its mode."""

    autoRepayMode: Annotated[Flag, Meta(description="1: repaid at minutes 0 and 30, 0: not.")]
    currency: Annotated[str, Meta(description="The coin.")]


class ModesOfCoins(msgspec.Struct, frozen=True):
    """Coins, one a row."""

    data: Annotated[list[ModeOfCoin], Meta(description="The coins asked for.")]


@query(
    "GET /v5/spot-margin-trade/get-auto-repay-mode",
    result=ModesOfCoins,
    ret_msg="Success",
    limit=Limit(50),
    refusals=(PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA),
    source="docs/v5/spot-margin-uta/get-auto-repay-mode",
)
def get_auto_repay_mode(state: State, caller: Caller, params: Params) -> ModesOfCoins:
    """Which coins the account repays without a call."""
    coins = list(state.loan_terms)
    if params.currency:
        coins = coins_named(state, "currency", params.currency, 1)
    account = spot_margin_account_of(state, caller.uid)
    return ModesOfCoins([ModeOfCoin(flag(repays_itself(account, coin)), coin) for coin in coins])
