"""GET /v5/market/price-limit"""

from decimal import Decimal, localcontext
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from utabox.catalogue import Instrument, instrument
from utabox.endpoint import public
from utabox.engine.market.price_limit import PriceLimits, contract_limits, inward, spot_limits
from utabox.engine.market.quote import on_grid
from utabox.engine.rules import MONEY, Rejected
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import Category, InstrumentStatus
from utabox.why import Why


class Params(msgspec.Struct, frozen=True):
    """Which symbol."""

    symbol: Annotated[str, Meta(description="In capitals, such as BTCUSDT.")]
    category: Annotated[
        Literal["spot", "linear", "inverse"],
        Meta(description="spot, linear or inverse; options have no price limits."),
    ] = "linear"


class Limits(msgspec.Struct, frozen=True):
    """The farthest prices that a limit order may have."""

    symbol: Annotated[str, Meta(description="As asked for.")]
    buyLmt: Annotated[str, Meta(description="The highest price of a buy order.")]
    sellLmt: Annotated[str, Meta(description="The lowest price of a sell order.")]
    ts: Annotated[str, Meta(description="When they were computed, ms: now.")]


@public(
    "GET /v5/market/price-limit",
    result=Limits,
    ret_msg="",
    refusals=(PARAMS_ERROR,),
    source="docs/v5/market/order-price-limit",
)
def price_limit(state: State, now: int, params: Params) -> Limits:
    """How far from the market the price of a limit order may be."""
    asked = instrument(Category(params.category), params.symbol)
    index = asked.index_price(state)
    if index is None or asked.status(now) is not InstrumentStatus.TRADING:
        raise Rejected(PARAMS_ERROR, why=_why(asked, now), problem="symbol invalid")
    with localcontext(MONEY):
        limits = inward(_limits(state, asked, index), asked.tick)
    return Limits(asked.symbol, f"{limits.buy:f}", f"{limits.sell:f}", str(now))


def _limits(state: State, asked: Instrument, index: Decimal) -> PriceLimits:
    """From index and mark price as the tickers show them; a spot index is shown nowhere."""
    ratios = asked.row["riskParameters"]
    x, y = Decimal(ratios["priceLimitRatioX"]), Decimal(ratios["priceLimitRatioY"])
    if asked.category is Category.SPOT:
        return spot_limits(index, x, y)
    shown = on_grid(index, asked.mark_step)
    return contract_limits(shown, asked.mark_price(state, shown), x, y)


def _why(asked: Instrument, now: int) -> Why:
    status = asked.status(now)
    if status is not InstrumentStatus.TRADING:
        return Why(
            rule="Price limits exist as long as a symbol trades.",
            expected="a symbol with status Trading",
            seen=f"{asked.symbol} with status {status}",
            hint=f"Ask GET /v5/market/instruments-info?category={asked.category} for such symbols.",
        )
    return Why(
        rule="Price limits follow from the index price, which follows from two USD prices.",
        expected=f"prices of {asked.index_coin} and {asked.quote_coin}",
        seen="one of them has none",
        hint=f"Set it: `utabox price set {asked.index_coin} USD`.",
    )
