"""How far from the market the price of a limit order may be (account-semantics 8.4).

Ratios are those of the instrument's `riskParameters`; `premium` is the mean distance of the
middle of the book from the index (spot, 2 min) or the mark price (contracts, 30 s): 0 as long as
there is no book. Everything is exact; `inward` puts the two ends on the grid.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from typing import NamedTuple

from utabox.engine.rules import MONEY

ZERO = Decimal(0)


class PriceLimits(NamedTuple):
    """The highest price of a buy order and the lowest of a sell order; both are allowed."""

    buy: Decimal
    sell: Decimal


def spot_limits(index: Decimal, x: Decimal, y: Decimal, premium: Decimal = ZERO) -> PriceLimits:
    """Of a spot symbol."""
    with localcontext(MONEY):
        return PriceLimits(
            buy=min(max(index, index * (1 + x) + premium), index * (1 + y)),
            sell=max(min(index, index * (1 - x) + premium), index * (1 - y)),
        )


def contract_limits(
    index: Decimal, mark: Decimal, x: Decimal, y: Decimal, premium: Decimal = ZERO
) -> PriceLimits:
    """Of a linear or inverse contract, by the formula of May 2026 with a factor of 1."""
    with localcontext(MONEY):
        return PriceLimits(
            buy=min(mark * (1 + y), max(index, mark * (1 + x) + max(ZERO, premium))),
            sell=max(mark * (1 - y), min(index, mark * (1 - x) + min(ZERO, premium))),
        )


def inward(limits: PriceLimits, tick: Decimal) -> PriceLimits:
    """Both on the grid, toward each other (trading-semantics 3.6), and at least one tick."""
    with localcontext(MONEY):
        buy = (limits.buy / tick).to_integral_value(ROUND_FLOOR)
        sell = (limits.sell / tick).to_integral_value(ROUND_CEILING)
        return PriceLimits(
            buy=(max(buy, Decimal(1)) * tick).quantize(tick),
            sell=(max(sell, Decimal(1)) * tick).quantize(tick),
        )
