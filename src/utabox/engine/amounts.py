"""Whether a number that came from outside may be computed with.

A Decimal of a few characters, such as 1e-600000000, has more digits than a machine has memory as
soon as it is written out: its exponent is looked at before anything else.
"""

from decimal import ROUND_DOWN, Context, Decimal

DIGITS_MAX = 60
"""Before the point, and behind it: more than any amount, price or rate needs."""


def is_plain(number: Decimal) -> bool:
    """Finite, and of a length that can be written out."""
    if not number.is_finite() or number.adjusted() > DIGITS_MAX:
        return False
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -DIGITS_MAX


def in_steps(number: Decimal, step: Decimal) -> bool:
    """Whether it is such a number, and a whole multiple of `step`."""
    return is_plain(number) and _WIDE.remainder(number, step) == 0


def has_decimals(number: Decimal, most: int) -> bool:
    """Whether it is such a number, with at most so many decimals; zeros at its end do not count."""
    return in_steps(number, Decimal(1).scaleb(-most))


def told(amount: Decimal) -> str:
    """An amount for a sentence: plain, cut at 18 decimals, without zeros at its end."""
    cut = amount.quantize(_TOLD_STEP, ROUND_DOWN, _TOLD)
    return f"{cut:f}".rstrip("0").rstrip(".") if cut else "0"


_WIDE = Context(prec=3 * DIGITS_MAX)  # a plain number has at most so many steps
_TOLD, _TOLD_STEP = Context(prec=2 * DIGITS_MAX), Decimal("1e-18")
