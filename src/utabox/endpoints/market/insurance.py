"""GET /v5/market/insurance"""

from decimal import localcontext
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import public
from utabox.engine.account.coins import coins_named
from utabox.engine.margin.valuation import money
from utabox.engine.rules import MONEY
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR


class Params(msgspec.Struct, frozen=True):
    """One coin, or all."""

    coin: Annotated[
        str, Meta(description="In capitals, such as USDT. Left out: every coin that has a pool.")
    ] = ""


class Pool(msgspec.Struct, frozen=True):
    """Money for the losses of some contracts beyond what their holders have."""

    coin: Annotated[str, Meta(description="In which they settle.")]
    symbols: Annotated[str, Meta(description="The contracts, with commas; several share it.")]
    balance: Annotated[str, Meta(description="In the coin.")]
    value: Annotated[str, Meta(description="The same at the USD index.")]


class Pools(msgspec.Struct, frozen=True):
    """The insurance pools."""

    updatedTime: Annotated[str, Meta(description="When one of them last changed, ms; 0: never.")]
    list: Annotated[list[Pool], Meta(description="By coin, then by symbols.")]


@public(
    "GET /v5/market/insurance",
    result=Pools,
    refusals=(PARAMS_ERROR,),
    source="docs/v5/market/insurance",
)
def insurance(state: State, now: int, params: Params) -> Pools:
    """The insurance pools of the venue, and what they hold."""
    coins = sorted(state.insurance)
    if params.coin:
        coins = coins_named(state, "coin", params.coin, 1)
    found = [(coin, pool) for coin in coins for pool in state.insurance.get(coin, ())]
    with localcontext(MONEY):
        rows = [
            Pool(
                coin=coin,
                symbols=",".join(pool.symbols),
                balance=money(pool.balance),
                value=money(pool.balance * state.index_prices[coin]),
            )
            for coin, pool in found
        ]
    return Pools(str(max((pool.updated_time for _, pool in found), default=0)), rows)
