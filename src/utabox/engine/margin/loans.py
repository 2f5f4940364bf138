"""How much an account may borrow, and what its debts cost an hour.

Account-semantics 6.5, 6.9, 7.3 to 7.5. Amounts are in the coin, unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

import msgspec

from utabox.engine.margin.leverage import leverage_at, leverage_of
from utabox.engine.margin.valuation import (
    ZERO,
    Holding,
    borrow_amount,
    derivatives_borrow,
    holding_of,
    holdings_of,
    margin_rate,
    usd_value,
    value,
)
from utabox.engine.market.loan_terms import largest_loan
from utabox.engine.rules import exact
from utabox.engine.state import Account, LoanTerms, State
from utabox.terms import HouseAccount, MarginMode

INTEREST_STEP = Decimal("1e-8")
LOST_MAX = Decimal("1e-30")
"""More than divisions by three can lose, and far less than any step of an amount."""
RATE_MAX = Decimal(1)  # ours, as DEBT_MAX: a debt that nobody looks at must stay a number
DEBT_MAX = Decimal(10) ** 15  # in the coin; interest stops there
HOUR_MS, CHARGED_MS = 3_600_000, 300_000  # interest is charged at minute 05


class Interest(msgspec.Struct, frozen=True):
    """What one coin's debt costs for an hour."""

    cost: Decimal  # whole hundred-millionths: what the exchange prints is what it charges
    hourly_rate: Decimal
    borrowed: Decimal
    bearing: Decimal  # of the liability, what pays
    free: Decimal  # of the liability, what does not
    unrealised_loss: Decimal


class Room(msgspec.Struct, frozen=True):
    """How much more of a coin may be borrowed, by each of the three limits; none is negative."""

    family: Decimal
    platform: Decimal
    margin: Decimal

    @property
    def most(self) -> Decimal:
        """By all of them."""
        return min(self.family, self.platform, self.margin)


def family_uid(account: Account) -> int:
    """The UID of the master of a family."""
    return account.parent_uid or account.uid


@exact
def borrowed(state: State, account: Account, coin: str) -> Decimal:
    """`borrowAmount` of one coin of one account."""
    if account.uid not in state.borrowers:
        return ZERO
    return borrow_amount(holding_of(state, account, coin), account.margin_mode)


@exact
def family_borrowed(state: State, account: Account, coin: str) -> Decimal:
    """The same of master and subs together."""
    master = family_uid(account)
    subs = state.subs.get(master, ())
    if len(state.borrowers) <= len(subs):
        debtors = [state.accounts[uid] for uid in state.borrowers]
    else:
        debtors = [state.accounts[uid] for uid in (master, *subs) if uid in state.borrowers]
    own = (debtor for debtor in debtors if family_uid(debtor) == master)
    return sum((borrowed(state, debtor, coin) for debtor in own), ZERO)


@exact
def lent(state: State, coin: str) -> Decimal:
    """What all accounts together have borrowed of the exchange's inventory."""
    return -state.house_accounts.get(HouseAccount.LOANS, {}).get(coin, ZERO)


@exact
def usage_rate(state: State, account: Account, coin: str) -> Decimal:
    """`borrowUsageRate`: borrowed by master and subs, of what they may; 0.5 is 50 %."""
    terms = state.loan_terms.get(coin)
    if terms is None or not terms.family_max:
        return ZERO
    return family_borrowed(state, account, coin) / terms.family_max


@exact
def family_usage(
    state: State, debtors: Sequence[tuple[Account, Sequence[Holding]]]
) -> dict[tuple[int, str], Decimal]:
    """The same of every family and coin, when these are all accounts that owe something."""
    sums = dict[tuple[int, str], Decimal]()
    for account, holdings in debtors:
        for holding in holdings:
            place = family_uid(account), holding.coin
            sums[place] = sums.get(place, ZERO) + borrow_amount(holding, account.margin_mode)
    rates = dict[tuple[int, str], Decimal]()
    for place, owed in sums.items():
        terms = state.loan_terms.get(place[1])
        rates[place] = owed / terms.family_max if terms and terms.family_max else ZERO
    return rates


@exact
def rate_now(terms: LoanTerms, usage: Decimal) -> Decimal:
    """The hourly rate: over the family's limit, it rises with the cube of the usage (7.5).

    Not above 1: an hour costs as much as is owed, at most.
    """
    return min(RATE_MAX, terms.hourly_rate * max(Decimal(1), usage**3))


@exact
def interest_of(
    state: State, account: Account, holding: Holding, usage: Decimal
) -> Interest | None:
    """What an hour of this coin's debt costs now; None: there is no debt.

    Args:
        usage: The family's `usage_rate` of the coin.
    """
    mode, terms = account.margin_mode, state.loan_terms.get(holding.coin)
    owed = borrow_amount(holding, mode)
    if not owed:
        return None
    loss = max(ZERO, -holding.unrealised_pnl)
    free_limit = terms.free_limit if terms else ZERO
    free = min(free_limit, loss, derivatives_borrow(holding, mode))
    rate = rate_now(terms, usage) if terms else ZERO
    cost = min((owed - free) * rate, max(ZERO, DEBT_MAX - owed))
    return Interest(_cut(cost, INTEREST_STEP), rate, owed, owed - free, free, loss)


@exact
def accrued_interest(state: State, account: Account, coin: str, now: int) -> Decimal:
    """What has come together since the last charge, at this debt and rate; not charged yet."""
    if account.uid not in state.borrowers:
        return ZERO
    usage = usage_rate(state, account, coin)
    due = interest_of(state, account, holding_of(state, account, coin), usage)
    if due is None:
        return ZERO
    passed = (now - CHARGED_MS) % HOUR_MS
    return due.bearing * due.hourly_rate * passed / HOUR_MS


@exact
def effective_leverage(state: State, account: Account) -> Decimal:
    """`effectiveLeverage`: all that the account works with, in its own money; 1 without debts."""
    holdings = holdings_of(state, account)
    owed = sum((borrow_amount(held, account.margin_mode) * held.index for held in holdings), ZERO)
    own = sum((usd_value(held) for held in holdings), ZERO)
    return 1 + margin_rate(owed, own)


@exact
def room_to_borrow(state: State, account: Account, coin: str) -> Room:
    """How much of `coin` the account may still borrow; of one that is not lent, nothing."""
    terms = state.loan_terms.get(coin)
    if terms is None or account.margin_mode is MarginMode.ISOLATED_MARGIN:
        return Room(ZERO, ZERO, ZERO)
    step = Decimal(1).scaleb(-terms.decimals)
    left = (
        terms.family_max - family_borrowed(state, account, coin),
        terms.inventory - lent(state, coin),
        _room_by_margin(state, account, coin, terms),
    )
    bounded = (min(max(ZERO, amount), DEBT_MAX) for amount in left)
    return Room(*(_cut(amount, step) for amount in bounded))


@exact
def inventory_left(state: State, account: Account, coin: str) -> Decimal:
    """What the exchange has for the account, whatever its margin; of what is not lent, nothing.

    That is at most the limit of the largest loan that its leverage allows.
    Source:
        docs/v5/spot-margin-uta/flexible-available-inventory
    """
    terms = state.loan_terms.get(coin)
    if terms is None:
        return ZERO
    leverage = leverage_of(account, coin, terms)
    allowed = [tier.limit for tier in terms.tiers if leverage <= leverage_at(tier.imr)]
    return max(
        ZERO,
        min(
            terms.inventory - lent(state, coin),
            terms.family_max - family_borrowed(state, account, coin),
            max(allowed),
        ),
    )


def _cut(amount: Decimal, step: Decimal) -> Decimal:
    """Whole steps of an amount: 14, where 7 * 2/3 / (1/3) gave a digit less behind its 60."""
    return (amount + LOST_MAX).quantize(step, ROUND_DOWN)


def _room_by_margin(state: State, account: Account, coin: str, terms: LoanTerms) -> Decimal:
    """How much until the initial margin rate reaches (L-1)/L, L being the leverage (6.9).

    What is borrowed moves no other number: the balance and the debt rise together.
    """
    mode, leverage = account.margin_mode, leverage_of(account, coin, terms)
    holdings = {holding.coin: holding for holding in holdings_of(state, account)}
    own = holdings.setdefault(coin, holding_of(state, account, coin))
    whole = value([*holdings.values()], mode)
    owed = borrow_amount(own, mode)
    of_others = whole.total_initial_margin - owed * own.loan_imr * own.index
    allowed = whole.rate_base * (leverage - 1) / leverage
    margin = (allowed - of_others) / own.index
    largest = largest_loan(terms, margin, leverage) if margin > 0 else ZERO
    return largest - own.spot_borrow if largest > owed else ZERO
