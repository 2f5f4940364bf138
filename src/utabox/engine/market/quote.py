"""What a symbol costs: from the USD indexes of its coins to its grid of prices."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext

from utabox.engine.rules import MONEY

USD = "USD"


def index_price(
    prices: Mapping[str, Decimal], index_coin: str, index_units: int, quote_coin: str
) -> Decimal | None:
    """`index_units` of a coin in another, unrounded; None if one of the two has no price.

    Args:
        prices: The USD index of each coin, of the state.
        quote_coin: A coin, or USD itself.
    """
    base, quote = prices.get(index_coin), Decimal(1)
    if quote_coin != USD:
        known = prices.get(quote_coin)
        if known is None:
            return None
        quote = known
    if base is None:
        return None
    with localcontext(MONEY):
        return base * index_units / quote


def on_grid(price: Decimal, step: Decimal) -> Decimal:
    """The nearest multiple of `step` (half up, trading-semantics 6.7) with its decimals, not 0."""
    with localcontext(MONEY):
        steps = (price / step).to_integral_value(ROUND_HALF_UP)
        return (max(steps, Decimal(1)) * step).quantize(step)


def around(price: Decimal, tick: Decimal) -> tuple[Decimal, Decimal]:
    """One tick below and one above a price of the grid; nothing is below the first tick."""
    with localcontext(MONEY):
        return max(price - tick, tick), price + tick
