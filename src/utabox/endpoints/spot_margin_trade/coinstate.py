"""GET /v5/spot-margin-trade/coinstate"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.spot_margin import spot_margin_account_of, spot_margin_on
from utabox.engine.margin.leverage import leverage_of
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA


class Params(msgspec.Struct, frozen=True):
    """One coin, or all that are lent."""

    currency: Annotated[
        str, Meta(description="In capitals. Left out: every coin that is lent.")
    ] = ""


class CoinState(msgspec.Struct, frozen=True):
    """One coin and its leverage."""

    # The page says string, its example has numbers; empty can only be a string.
    spotLeverage: Annotated[
        int | str, Meta(description="Its own, else that of all; empty while spot margin is off.")
    ]
    currency: Annotated[str, Meta(description="The coin.")]


class CoinStates(msgspec.Struct, frozen=True):
    """Coins, one a row."""

    list: Annotated[list[CoinState], Meta(description="The coins asked for, if they are lent.")]


@query(
    "GET /v5/spot-margin-trade/coinstate",
    result=CoinStates,
    ret_msg="Success",
    limit=Limit(50),
    refusals=(PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA),
    source="docs/v5/spot-margin-uta/coinstate",
)
def coinstate(state: State, caller: Caller, params: Params) -> CoinStates:
    """With which leverage the account borrows each coin: at most what the coin allows."""
    lent = state.loan_terms
    coins = list(lent)
    if params.currency:
        coins = [
            coin for coin in coins_named(state, "currency", params.currency, 1) if coin in lent
        ]
    account = spot_margin_account_of(state, caller.uid)
    on = spot_margin_on(account)
    return CoinStates(
        [CoinState(leverage_of(account, coin, lent[coin]) if on else "", coin) for coin in coins]
    )
