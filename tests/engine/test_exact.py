"""A rule counts with the digits of money, and leaves its caller's arithmetic alone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_UP, Context, Decimal, Inexact, getcontext, localcontext

import pytest

from utabox.engine.rules import MONEY, exact

CALLER = Context(prec=5, rounding=ROUND_UP)
LONG = Decimal("1234567890123456789012345678901234567890.12345678")  # 48 digits


@exact
def doubled(number: Decimal) -> Decimal:
    return number + number


@exact
def four_times(number: Decimal) -> Decimal:
    return doubled(number) + doubled(number)


@exact
def refused(number: Decimal) -> Decimal:
    raise ValueError(number)


@pytest.mark.parametrize(
    ("rule", "result"),
    [
        (doubled, "2469135780246913578024691357802469135780.24691356"),
        (four_times, "4938271560493827156049382715604938271560.49382712"),
    ],
)
def test_no_digit_is_lost(rule: Callable[[Decimal], Decimal], result: str) -> None:
    """Whoever calls, and however few digits they count with; a rule may call a rule."""
    with localcontext(CALLER):
        assert str(rule(LONG)) == result
    assert str(rule(LONG)) == result


def test_the_caller_counts_on_as_before() -> None:
    """With the same context, and without flags that were raised elsewhere."""
    with localcontext(CALLER) as before:
        four_times(LONG)
        assert getcontext() is before
        assert not before.flags[Inexact]
        assert str(+LONG) == "1.2346E+39"


def test_a_refusal_gives_the_context_back() -> None:
    with localcontext(CALLER) as before:
        with pytest.raises(ValueError, match="1234567890"):
            refused(LONG)
        assert getcontext() is before
    assert getcontext() is not MONEY
