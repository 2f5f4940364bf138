"""GET /v5/account/option-asset-info"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, query
from utabox.engine.account.lookup import unified_account_of
from utabox.engine.position.book import OptionTotals, by_base_coin, option_totals, positions_of
from utabox.engine.state import State
from utabox.records.amounts import padded
from utabox.retcodes import UTA_REQUIRED
from utabox.terms import Category

DECIMALS = 4


class OptionAsset(msgspec.Struct, frozen=True):
    """The options on one coin. Amounts are in their settle coin, with 4 decimals."""

    totalDelta: Annotated[str, Meta(description="Of positions, in the base coin.")]
    assetIM: Annotated[str, Meta(description="Initial margin, with that of open orders.")]
    totalUPL: Annotated[str, Meta(description="Unrealised result.")]
    totalRPL: Annotated[str, Meta(description="Realised result.")]
    assetMM: Annotated[str, Meta(description="Maintenance margin, with that of open orders.")]
    coin: Annotated[str, Meta(description="The base coin.")]
    sendTime: Annotated[int, Meta(description="Now, ms.")]


class OptionAssets(msgspec.Struct, frozen=True):
    """Coins, one a row; the page has this list inside the result under the same name."""

    result: Annotated[list[OptionAsset], Meta(description="By coin; only coins with options.")]


@query(
    "GET /v5/account/option-asset-info",
    result=OptionAssets,
    ret_msg="Success",
    refusals=(UTA_REQUIRED,),
    source="docs/v5/account/option-asset-info",
)
def option_asset_info(state: State, caller: Caller) -> OptionAssets:
    """Margin and results of the calling account's options, coin by coin."""
    account = unified_account_of(state, caller.uid)
    held = by_base_coin(positions_of(state, account, Category.OPTION))
    return OptionAssets(
        [option_asset(coin, option_totals(options), caller.now) for coin, options in held.items()]
    )


def option_asset(coin: str, of: OptionTotals, now: int) -> OptionAsset:
    """The row of one base coin at `now`, ms."""
    return OptionAsset(
        totalDelta=padded(of.delta, DECIMALS),
        assetIM=padded(of.im, DECIMALS),
        totalUPL=padded(of.unrealised_pnl, DECIMALS),
        totalRPL=padded(of.realised_pnl, DECIMALS),
        assetMM=padded(of.mm, DECIMALS),
        coin=coin,
        sendTime=now,
    )
