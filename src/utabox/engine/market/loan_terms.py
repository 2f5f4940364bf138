"""What the exchange lends, at which rate, margin and limits."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import msgspec

from utabox.engine.amounts import in_steps
from utabox.engine.history import Book, Facet, Row, tells
from utabox.engine.rules import Command, Event, Rejected, applies, decides, exact
from utabox.engine.state import LoanTerms, LoanTier, State
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import HouseAccount
from utabox.why import Why

QTY_MAX = Decimal(10) ** 15
STEP = Decimal("1e-18")  # the longest fraction that the exchange prints
DECIMALS_MAX = 18
INVENTORY_FAMILIES = 100  # ours: that many families can borrow all that they may
STEPS = (("0.2", "0.04"), ("0.25", "0.04"), ("0.33333333", "0.04"), ("0.5", "0.04"))
"""Initial and maintenance margin rate of BTC's tiers (docs/v5/spot-margin-uta/position-tiers)."""


class SetLoanTerms(Command, frozen=True, tag="set-loan-terms"):
    """Lend these coins so; None: no more. Others stay as they are."""

    coins: dict[str, LoanTerms | None]


class LoanTermsSet(Event, frozen=True, tag="loan-terms-set"):
    """The coins that changed."""

    coins: dict[str, LoanTerms | None]


class RateRow(msgspec.Struct, frozen=True, array_like=True):
    """The hourly rate of a coin from here on, as it is kept; None: it is not lent."""

    rate: Decimal | None


@decides(SetLoanTerms)
def decide(state: State, command: SetLoanTerms, now: int) -> list[Event]:
    for coin, terms in command.coins.items():
        if coin not in state.index_prices:
            raise _refused(coin, "a coin with a USD index price", "no price")
        if terms is not None:
            _check(coin, terms)
        elif owed := -state.house_accounts.get(HouseAccount.LOANS, {}).get(coin, Decimal(0)):
            raise _owed_refused(coin, owed)
    changed = {
        coin: terms for coin, terms in command.coins.items() if state.loan_terms.get(coin) != terms
    }
    return [LoanTermsSet(changed)] if changed else []


@applies(LoanTermsSet)
def apply(state: State, event: LoanTermsSet) -> None:
    for coin, terms in event.coins.items():
        if terms is None:
            del state.loan_terms[coin]
        else:
            state.loan_terms[coin] = terms


@tells(LoanTermsSet)
def rows(event: LoanTermsSet) -> Iterator[Row]:
    for coin, terms in event.coins.items():
        yield Row(Book.LOAN_RATES, 0, RateRow(terms.hourly_rate if terms else None), Facet(coin))


@exact
def usual_terms(hourly_rate: Decimal, family_max: Decimal) -> LoanTerms:
    """Terms of which only the rate and the limit are known: BTC's tiers, in steps of the limit."""
    tiers = (
        LoanTier(family_max * step / len(STEPS), Decimal(imr), Decimal(mmr))
        for step, (imr, mmr) in enumerate(STEPS, 1)
    )
    return LoanTerms(
        hourly_rate=hourly_rate,
        family_max=family_max,
        inventory=INVENTORY_FAMILIES * family_max,
        call_min=Decimal(0),
        call_max=family_max,
        tiers=tuple(tiers),
    )


@exact
def loan_margin(terms: LoanTerms, liability: Decimal, leverage: int) -> tuple[Decimal, Decimal]:
    """The initial and maintenance margin rate of all of a liability (account-semantics 6.5)."""
    tier = next((tier for tier in terms.tiers if liability <= tier.limit), terms.tiers[-1])
    return max(tier.imr, 1 / Decimal(leverage)), tier.mmr


@exact
def largest_loan(terms: LoanTerms, margin: Decimal, leverage: int) -> Decimal:
    """The largest liability whose initial margin is at most `margin`, both in the coin."""
    largest, below = Decimal(0), Decimal(0)
    for tier in terms.tiers:
        fits = margin / max(tier.imr, 1 / Decimal(leverage))
        if tier is not terms.tiers[-1]:
            fits = min(fits, tier.limit)
        if fits > below:
            largest = fits
        below = tier.limit
    return largest


def _check(coin: str, terms: LoanTerms) -> None:
    amounts = (terms.family_max, terms.inventory, terms.call_min, terms.call_max, terms.free_limit)
    limits = [tier.limit for tier in terms.tiers]
    fit = {
        "amounts from 0 to 1e15": all(_number(amount, QTY_MAX) for amount in amounts),
        "an hourly rate from 0 to 1": _number(terms.hourly_rate, Decimal(1)),
        f"0 to {DECIMALS_MAX} decimals": 0 <= terms.decimals <= DECIMALS_MAX,
        "at least one tier": bool(limits),
        "limits above 0": all(_number(limit, QTY_MAX) and limit for limit in limits),
        "strictly rising limits": all(low < high for low, high in pairwise(limits)),
        "0 < mmr <= imr <= 1 in each tier": all(
            _number(tier.imr, Decimal(1)) and 0 < tier.mmr <= tier.imr for tier in terms.tiers
        ),
    }
    for expected, holds in fit.items():
        if not holds:
            raise _refused(coin, expected, "terms that are not so")


def _number(number: Decimal, most: Decimal) -> bool:
    return number.is_finite() and 0 <= number <= most and in_steps(number, STEP)


def _owed_refused(coin: str, owed: Decimal) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="What is lent has terms until all of it is repaid.",
            expected=f"no loan of {coin}",
            seen=f"{owed:f} {coin} lent",
            hint="With a limit of 0 (familyMax) nothing more is borrowed.",
        ),
        problem="terms invalid",
    )


def _refused(coin: str, expected: str, seen: str) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="A coin is lent at a rate, with limits and margin tiers.",
            expected=expected,
            seen=f"{coin[:40]}: {seen}",
            hint=f"Give {expected}; GET /-/loans shows terms that fit.",
        ),
        problem="terms invalid",
    )
