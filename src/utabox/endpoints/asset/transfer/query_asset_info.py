"""GET /v5/asset/transfer/query-asset-info"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from utabox.endpoint import MINUTE, Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.ledger import balances_of
from utabox.engine.margin.valuation import money
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import AccountType


class Params(msgspec.Struct, frozen=True):
    """The spot wallet, and which of its coins."""

    accountType: Annotated[Literal["SPOT"], Meta(description="SPOT.")]
    coin: Annotated[
        str, Meta(description="In capitals. Left out: the coins that are not zero.")
    ] = ""


class Asset(msgspec.Struct, frozen=True):
    """One coin. Amounts are in the coin."""

    coin: Annotated[str, Meta(description="The coin.")]
    frozen: Annotated[str, Meta(description="Held by open orders.")]
    free: Annotated[str, Meta(description="The rest.")]
    withdraw: Annotated[str, Meta(description="Always empty.")]


class Spot(msgspec.Struct, frozen=True):
    """A spot wallet."""

    status: Annotated[str, Meta(description="ACCOUNT_STATUS_NORMAL.")]
    assets: Annotated[list[Asset], Meta(description="Its coins.")]


class Assets(msgspec.Struct, frozen=True):
    """The spot wallet of an account."""

    spot: Annotated[Spot, Meta(description="Without coins, where there is no such wallet.")]


@query(
    "GET /v5/asset/transfer/query-asset-info",
    result=Assets,
    ret_msg="success",
    limit=Limit(60, MINUTE),
    refusals=(PARAMS_ERROR,),
    source="none: it was taken down; classic accounts have a spot wallet all the same",
)
def query_asset_info(state: State, caller: Caller, params: Params) -> Assets:
    """The spot wallet of a classic account; of others, which have none, no coin."""
    held = balances_of(caller.account, AccountType.SPOT)
    wanted = [coin for coin, balance in held.items() if balance]
    if params.coin:
        wanted = coins_named(state, "coin", params.coin, 1)
    assets = [Asset(coin, "0", money(held[coin]), "") for coin in wanted if coin in held]
    return Assets(Spot("ACCOUNT_STATUS_NORMAL", assets))
