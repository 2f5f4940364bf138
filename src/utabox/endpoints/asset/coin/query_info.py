"""GET /v5/asset/coin/query-info"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.catalogue import coins
from utabox.endpoint import Caller, Limit, query
from utabox.engine.state import State


class Params(msgspec.Struct, frozen=True):
    """Which coin."""

    coin: Annotated[str, Meta(description="One coin, in capitals; left out: every one.")] = ""


class Chain(msgspec.Struct, frozen=True):
    """One chain that a coin moves on."""

    chainType: Annotated[str, Meta(description="Its name.")]
    confirmation: Annotated[
        str, Meta(description="Confirmations until a deposit counts; empty: no deposits.")
    ]
    withdrawFee: Annotated[str, Meta(description="In the coin; empty: no withdrawals.")]
    depositMin: Annotated[str, Meta(description="The least deposit; empty: no deposits.")]
    withdrawMin: Annotated[str, Meta(description="The least withdrawal; empty: none.")]
    chain: Annotated[str, Meta(description="Its short name, for withdrawals.")]
    chainDeposit: Annotated[str, Meta(description="1: deposits are open; 0: suspended.")]
    chainWithdraw: Annotated[
        str, Meta(description="1: withdrawals are open; 0: suspended; empty: never.")
    ]
    minAccuracy: Annotated[str, Meta(description="Decimals of a deposit or withdrawal.")]
    withdrawPercentageFee: Annotated[str, Meta(description="A fraction of the amount.")]
    contractAddress: Annotated[str, Meta(description="Of a token; empty: none or not known.")]
    safeConfirmNumber: Annotated[
        str, Meta(description="Confirmations until a deposit may be withdrawn.")
    ]
    withdrawMax: Annotated[str, Meta(description="The most of one withdrawal.")]


class CoinInfo(msgspec.Struct, frozen=True):
    """One coin and its chains."""

    name: Annotated[str, Meta(description="Its name.")]
    coin: Annotated[str, Meta(description="Its short name, in capitals.")]
    remainAmount: Annotated[str, Meta(description="Deprecated.")]
    chains: Annotated[list[Chain], Meta(description="Empty where none was ever captured.")]


class CoinInfos(msgspec.Struct, frozen=True):
    """Coins and their chains."""

    rows: Annotated[list[CoinInfo], Meta(description="By coin.")]


@query(
    "GET /v5/asset/coin/query-info",
    result=CoinInfos,
    ret_msg="success",
    limit=Limit(5),
    source="docs/v5/asset/coin-info",
)
def query_info(state: State, caller: Caller, params: Params) -> CoinInfos:
    """The coins of the exchange, and the chains on which they come and go."""
    listed = coins()
    if not params.coin:
        return CoinInfos(msgspec.convert(list(listed.values()), list[CoinInfo]))
    found = listed.get(params.coin)
    return CoinInfos([] if found is None else [msgspec.convert(found, CoinInfo)])
