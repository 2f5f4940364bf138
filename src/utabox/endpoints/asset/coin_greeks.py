"""GET /v5/asset/coin-greeks"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.catalogue import instruments
from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.lookup import unified_account_of
from utabox.engine.margin.valuation import money
from utabox.engine.position.book import by_base_coin, greeks, positions_of
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR, UTA_REQUIRED
from utabox.terms import Category

BASE_COINS = ("BTC", "ETH", "SOL")  # the page's; others follow when options of them are listed


class Params(msgspec.Struct, frozen=True):
    """One base coin, or all."""

    baseCoin: Annotated[
        str, Meta(description="In capitals, such as BTC. Left out: every coin that has options.")
    ] = ""


class CoinGreeks(msgspec.Struct, frozen=True):
    """How the value of the options on one coin moves, in their quote coin."""

    baseCoin: Annotated[str, Meta(description="The coin.")]
    totalDelta: Annotated[str, Meta(description="With its price.")]
    totalGamma: Annotated[str, Meta(description="Its delta, with its price.")]
    totalVega: Annotated[str, Meta(description="With 1 % of volatility.")]
    totalTheta: Annotated[str, Meta(description="With a day.")]


class Greeks(msgspec.Struct, frozen=True):
    """Coins, one a row."""

    list: Annotated[list[CoinGreeks], Meta(description="By coin.")]


@query(
    "GET /v5/asset/coin-greeks",
    result=Greeks,
    limit=Limit(50),
    refusals=(PARAMS_ERROR, UTA_REQUIRED),
    demo=True,
    source="docs/v5/account/coin-greeks",
)
def coin_greeks(state: State, caller: Caller, params: Params) -> Greeks:
    """The greeks of the calling account's option positions, coin by coin."""
    if params.baseCoin:
        coins = coins_named(state, "baseCoin", params.baseCoin, 1)
    else:
        listed = [each.base_coin for each in instruments(Category.OPTION).values()]
        coins = sorted({*BASE_COINS, *listed})
    account = unified_account_of(state, caller.uid)
    held = by_base_coin(positions_of(state, account, Category.OPTION))
    totals = [(coin, greeks(held.get(coin, []))) for coin in coins]
    return Greeks([CoinGreeks(coin, *map(money, of)) for coin, of in totals])
