"""Amounts that are not cut at eight decimals, as some pages print them."""

from decimal import ROUND_DOWN, Decimal, localcontext

from utabox.engine.rules import MONEY


def uncut(amount: Decimal) -> str:
    """Every decimal, in its shortest plain form."""
    text = f"{amount:f}"
    shortest = text.rstrip("0").rstrip(".") if "." in text else text
    return shortest if amount else "0"


def shortest(amount: Decimal, decimals: int) -> str:
    """Cut at so many decimals, in its shortest plain form."""
    return uncut(_cut(amount, decimals))


def padded(amount: Decimal, decimals: int) -> str:
    """Cut at so many decimals, all of which are shown."""
    return f"{_cut(amount, decimals):f}"


def _cut(amount: Decimal, decimals: int) -> Decimal:
    with localcontext(MONEY):
        return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN) + 0  # never -0
