"""GET /v5/market/index-price-components"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.catalogue import Instrument, indexes
from utabox.endpoint import public
from utabox.engine.market.quote import on_grid
from utabox.engine.rules import Rejected
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR
from utabox.why import Why

VENUE = "Bybit"
"""What the exchange calls its own market among the components."""


class Params(msgspec.Struct, frozen=True):
    """Which index."""

    indexName: Annotated[str, Meta(description="Base and quote coin, such as BTCUSDT or BTCUSD.")]


class Component(msgspec.Struct, frozen=True):
    """A market whose price is part of an index."""

    exchange: Annotated[str, Meta(description="Whose market; here always Bybit, the venue itself.")]
    spotPair: Annotated[str, Meta(description="What is traded there.")]
    equivalentPrice: Annotated[str, Meta(description="Its price in the quote coin of the index.")]
    multiplier: Annotated[str, Meta(description="How many coins one unit of the index is.")]
    price: Annotated[str, Meta(description="Its price for as many coins.")]
    weight: Annotated[str, Meta(description="Its part of the index; all together are 1.")]


class Components(msgspec.Struct, frozen=True):
    """An index and what it is made of."""

    indexName: Annotated[str, Meta(description="As asked for.")]
    lastPrice: Annotated[str, Meta(description="The index price.")]
    updateTime: Annotated[str, Meta(description="When it was computed, ms: now.")]
    components: Annotated[list[Component], Meta(description="One: the venue's own market.")]


@public(
    "GET /v5/market/index-price-components",
    result=Components,
    ret_msg="",
    refusals=(PARAMS_ERROR,),
    source="docs/v5/market/index-components",
)
def index_price_components(state: State, now: int, params: Params) -> Components:
    """What an index price is made of: the USD prices that were set for its two coins."""
    follower = indexes().get(params.indexName)
    index = follower.index_price(state) if follower is not None else None
    if follower is None or index is None:
        raise Rejected(
            PARAMS_ERROR, why=_why(params.indexName, follower), problem="indexName invalid"
        )
    price = f"{on_grid(index, follower.mark_step):f}"
    component = Component(
        exchange=VENUE,
        spotPair=follower.index_coin + follower.quote_coin,
        equivalentPrice=price,
        multiplier=str(follower.index_units),
        price=price,
        weight="1",
    )
    return Components(params.indexName, price, str(now), [component])


def _why(name: str, follower: Instrument | None) -> Why:
    if follower is None:
        return Why(
            rule="An index is named by the base and the quote coin of a contract.",
            expected=f"an index of a contract, such as {next(iter(indexes()))}",
            seen=repr(name[:64]),
            hint="Put baseCoin and quoteCoin of GET /v5/market/instruments-info together.",
        )
    return Why(
        rule="An index price follows from the USD prices of its two coins.",
        expected=f"prices of {follower.index_coin} and {follower.quote_coin}",
        seen="one of them has none",
        hint=f"Set it: `utabox price set {follower.index_coin} USD`.",
    )
