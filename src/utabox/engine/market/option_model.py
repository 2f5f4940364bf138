"""Mark price and greeks of a European option: Black-76 (trading-semantics 5.2)."""

from decimal import Decimal, localcontext

import msgspec

YEAR_MS = 31_536_000_000
DIGITS = 40  # of every step; answers show 8 decimals
TAIL = Decimal(9)  # beyond so many deviations the normal distribution is 0 or 1 in 18 decimals
_ROOT_2_PI = Decimal("2.506628274631000502415765284811045253006986740609938")


class Valuation(msgspec.Struct, frozen=True):
    """What one option is worth, and how that moves."""

    price: Decimal  # in the quote coin
    delta: Decimal
    gamma: Decimal
    vega: Decimal  # per 1 % of volatility
    theta: Decimal  # per day


def value(
    underlying: Decimal, strike: Decimal, volatility: Decimal, left_ms: int, call: bool
) -> Valuation:
    """Price and greeks without interest.

    Args:
        volatility: Annual, as a fraction; more than 0.
        left_ms: Until delivery; more than 0.
    """
    with localcontext(prec=DIGITS):
        years = Decimal(left_ms) / YEAR_MS
        root = years.sqrt()
        deviation = volatility * root
        d1 = (underlying / strike).ln() / deviation + deviation / 2
        d2 = d1 - deviation
        density = _density(d1)
        sign = 1 if call else -1
        in_the_money, exercised = _below(sign * d1), _below(sign * d2)
        return Valuation(
            price=max(sign * (underlying * in_the_money - strike * exercised), Decimal(0)),
            delta=sign * in_the_money,
            gamma=density / (underlying * deviation),
            vega=underlying * density * root / 100,
            theta=-underlying * density * volatility / (2 * root) / 365,
        )


def _density(x: Decimal) -> Decimal:
    """The standard normal density."""
    return (-x * x / 2).exp() / _ROOT_2_PI


def _below(x: Decimal) -> Decimal:
    """The standard normal distribution: 1/2 + density * (x + x^3/3 + x^5/(3*5) + ...)."""
    if abs(x) > TAIL:
        return Decimal(1 if x > 0 else 0)
    term = total = x
    divisor = 1
    while abs(term) > Decimal("1e-30"):
        divisor += 2
        term = term * x * x / divisor
        total += term
    return Decimal("0.5") + _density(x) * total
