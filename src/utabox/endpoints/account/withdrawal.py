"""GET /v5/account/withdrawal"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.lookup import unified_account_of
from utabox.engine.margin.valuation import holding_of, holdings_of, money, transferable, value
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR, UTA_REQUIRED

COINS_MAX = 20


class Params(msgspec.Struct, frozen=True):
    """The coins."""

    coinName: Annotated[
        str, Meta(min_length=1, description="Up to 20 coins in capitals, such as BTC,USDT.")
    ]


class Withdrawal(msgspec.Struct, frozen=True):
    """What can leave the unified wallet."""

    availableWithdrawal: Annotated[str, Meta(description="Of the first coin, in the coin.")]
    availableWithdrawalMap: Annotated[
        dict[str, str], Meta(description="Of each coin, in the coin.")
    ]


@query(
    "GET /v5/account/withdrawal",
    result=Withdrawal,
    limit=Limit(50),
    refusals=(PARAMS_ERROR, UTA_REQUIRED),
    source="docs/v5/account/unified-trans-amnt",
)
def withdrawal(state: State, caller: Caller, params: Params) -> Withdrawal:
    """How much of some coins can be transferred out of the unified wallet."""
    names = coins_named(state, "coinName", params.coinName, COINS_MAX)
    account = unified_account_of(state, caller.uid)
    mode = account.margin_mode
    available = value(holdings_of(state, account), mode).free_margin
    amounts = {
        name: money(transferable(holding_of(state, account, name), mode, available))
        for name in names
    }
    return Withdrawal(amounts[names[0]], amounts)
