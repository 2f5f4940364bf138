"""With which leverage an account borrows (account-semantics 6.5, 6.9)."""

from decimal import Decimal

from utabox.engine.state import Account, LoanTerms

LEVERAGE_MIN, LEVERAGE_MAX = 2, 10
LEVERAGE_DEFAULT = LEVERAGE_MAX  # ours: of an account whose user never set one


def leverage_of(account: Account, coin: str, terms: LoanTerms | None) -> int:
    """The user's spot leverage of one coin: its own, else the account's; at most the coin's."""
    margin = account.spot_margin
    wanted = LEVERAGE_DEFAULT
    if margin is not None:
        wanted = (margin.leverages or {}).get(coin, margin.leverage or LEVERAGE_DEFAULT)
    return min(wanted, leverage_max(terms)) if terms else wanted


def leverage_max(terms: LoanTerms) -> int:
    """The most that the smallest loans of a coin allow: `maxLeverage` of its first tier."""
    return leverage_at(terms.tiers[0].imr)


def leverage_at(imr: Decimal) -> int:
    """`maxLeverage` of a tier: how often its initial margin fits into a loan."""
    return int(1 // imr)
