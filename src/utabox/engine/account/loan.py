"""Borrow by hand, and pay for it every hour (account-semantics 7.4, 7.5)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from utabox.engine.account.lookup import unified_account_of, upgrading_why
from utabox.engine.account.repay import schedule
from utabox.engine.account.spot_margin import repays_itself
from utabox.engine.amounts import has_decimals
from utabox.engine.history import Book, Facet, Row, tells
from utabox.engine.ledger import booked
from utabox.engine.margin.leverage import leverage_of
from utabox.engine.margin.loans import (
    CHARGED_MS,
    HOUR_MS,
    Interest,
    Room,
    family_uid,
    family_usage,
    interest_of,
    room_to_borrow,
)
from utabox.engine.margin.valuation import holdings_of
from utabox.engine.market.loan_terms import QTY_MAX
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, LoanTerms, State, Timer
from utabox.engine.timers import cancel_timer, set_timer, timed
from utabox.retcodes import (
    ADJUSTMENT_UPGRADING,
    BORROW_ABOVE_ESTIMATE,
    BORROW_ABOVE_MAX,
    BORROW_ABOVE_PLATFORM_MAX,
    BORROW_ABOVE_USER_MAX,
    BORROW_BELOW_MIN,
    BORROW_TOO_PRECISE,
    NO_SUCH_LOAN,
    PARAMS_ERROR,
    SPOT_LEVERAGE_CLOSED,
)
from utabox.terms import HouseAccount, LogType, MarginMode
from utabox.why import Why

CHARGE_INTEREST = "charge-interest"
EVERYBODY = 0  # the UID of a timer that is not one account's


class Borrow(Command, frozen=True, tag="borrow"):
    """Borrow at the floating rate."""

    uid: int
    coin: str
    amount: Decimal


class ChargeInterest(Command, frozen=True, tag=CHARGE_INTEREST):
    """Given by the timer at minute 05 of each hour in which somebody owes something."""

    uid: int


class InterestCharged(Event, frozen=True, tag="interest-charged"):
    """One coin's debt was charged for an hour; the balance moves by an event of its own."""

    uid: int
    coin: str
    cost: Decimal
    hourly_rate: Decimal
    borrowed: Decimal
    bearing: Decimal
    free: Decimal
    unrealised_loss: Decimal


class InterestScheduled(Event, frozen=True, tag="interest-scheduled"):
    """When interest is charged next; 0: nobody owes anything."""

    due: int  # ms


class InterestRow(msgspec.Struct, frozen=True, array_like=True):
    """One row of the borrow history, as it is kept."""

    coin: str
    cost: Decimal
    hourly_rate: Decimal
    borrowed: Decimal
    bearing: Decimal
    free: Decimal
    unrealised_loss: Decimal


@decides(Borrow)
def decide(state: State, command: Borrow, now: int) -> list[Event]:
    coin, amount = command.coin, command.amount
    if not (amount.is_finite() and amount > 0):
        raise _amount_refused(amount)
    account = unified_account_of(state, command.uid)
    if account.upgrade_due:
        raise Rejected(ADJUSTMENT_UPGRADING, why=upgrading_why(account, now))
    if account.margin_mode is MarginMode.ISOLATED_MARGIN:
        raise Rejected(SPOT_LEVERAGE_CLOSED, why=_isolated_why(account))
    terms = state.loan_terms.get(coin)
    if terms is None:
        raise Rejected(NO_SUCH_LOAN, why=_not_lent_why(state, coin))
    _check_amount(coin, amount, terms)
    _check_room(coin, amount, room_to_borrow(state, account, coin), account, terms)
    wallet = account.trading_wallet
    amount = Decimal(f"{amount:f}")
    events: list[Event] = [
        booked(account, wallet, coin, amount, LogType.BORROW, HouseAccount.LOANS, borrowed=amount)
    ]
    if not timed(state, CHARGE_INTEREST, EVERYBODY):
        events.append(InterestScheduled(next_charge(now)))
    if repays_itself(account, coin):
        events += schedule(state, now)
    return events


@decides(ChargeInterest)
def decide_interest(state: State, command: ChargeInterest, now: int) -> list[Event]:
    events: list[Event] = []
    debtors = [
        (state.accounts[uid], holdings_of(state, state.accounts[uid])) for uid in state.borrowers
    ]
    usage = family_usage(state, debtors)
    for account, holdings in debtors:
        for holding in holdings:
            rate = usage.get((family_uid(account), holding.coin), Decimal(0))
            due = interest_of(state, account, holding, rate)
            if due is not None:
                events += _charges(account, holding.coin, due)
    return [*events, InterestScheduled(next_charge(now) if state.borrowers else 0)]


@applies(InterestCharged)
def apply_charged(state: State, event: InterestCharged) -> None:
    """Its money is booked beside it."""


@applies(InterestScheduled)
def apply_scheduled(state: State, event: InterestScheduled) -> None:
    cancel_timer(state, CHARGE_INTEREST, EVERYBODY)
    if event.due:
        set_timer(state, Timer(event.due, CHARGE_INTEREST, EVERYBODY))


@tells(InterestCharged)
def rows(event: InterestCharged) -> Iterator[Row]:
    row = InterestRow(
        event.coin,
        event.cost,
        event.hourly_rate,
        event.borrowed,
        event.bearing,
        event.free,
        event.unrealised_loss,
    )
    yield Row(Book.INTEREST, event.uid, row, Facet(event.coin))


def next_charge(now: int) -> int:
    """The next minute 05 of an hour after `now`, ms."""
    return now + HOUR_MS - (now - CHARGED_MS) % HOUR_MS


def _charges(account: Account, coin: str, due: Interest) -> Iterator[Event]:
    yield InterestCharged(account.uid, coin, *msgspec.structs.astuple(due))
    if due.cost:
        wallet, against = account.trading_wallet, HouseAccount.INTEREST
        yield booked(account, wallet, coin, -due.cost, LogType.INTEREST, against)


def _check_amount(coin: str, amount: Decimal, terms: LoanTerms) -> None:
    """Refuse an amount that no account may borrow at once."""
    if not has_decimals(min(amount, QTY_MAX), terms.decimals):
        expected = f"at most {terms.decimals} decimals"
        raise Rejected(BORROW_TOO_PRECISE, why=_bound_why(coin, expected, amount))
    if amount < terms.call_min:
        expected = f"at least {terms.call_min:f} {coin}"
        raise Rejected(BORROW_BELOW_MIN, why=_bound_why(coin, expected, amount))
    if amount > terms.call_max:
        expected = f"at most {terms.call_max:f} {coin}"
        raise Rejected(BORROW_ABOVE_MAX, why=_bound_why(coin, expected, amount))


def _check_room(coin: str, amount: Decimal, room: Room, account: Account, terms: LoanTerms) -> None:
    """Refuse what is more than the family, this account, or the exchange's inventory allows."""
    if amount > room.family:
        rule = "A master and its subs share one limit for each coin."
        raise Rejected(BORROW_ABOVE_USER_MAX, why=_room_why(rule, coin, amount, room.family))
    if amount > room.margin:
        leverage = leverage_of(account, coin, terms)
        rule = (
            f"With leverage {leverage} the initial margin rate may reach "
            f"({leverage} - 1) / {leverage} by borrowing."
        )
        raise Rejected(BORROW_ABOVE_ESTIMATE, why=_room_why(rule, coin, amount, room.margin))
    if amount > room.platform:
        rule = "The exchange lends so much of a coin to all accounts together."
        raise Rejected(BORROW_ABOVE_PLATFORM_MAX, why=_room_why(rule, coin, amount, room.platform))


def _room_why(rule: str, coin: str, amount: Decimal, left: Decimal) -> Why:
    return Why(
        rule=rule,
        expected=f"at most {left:f} {coin} more",
        seen=f"{amount:f} {coin}",
        hint=f"Borrow less, or repay: GET /v5/spot-margin-trade/max-borrowable?currency={coin}.",
        details={"amount": f"{amount:f}", "left": f"{left:f}"},
    )


def _bound_why(coin: str, expected: str, amount: Decimal) -> Why:
    return Why(
        rule="What is borrowed at once has limits and a precision for each coin.",
        expected=expected,
        seen=f"{str(amount)[:60]} {coin}",
        hint=f"GET /v5/spot-margin-trade/currency-data?currency={coin} tells them.",
    )


def _amount_refused(amount: Decimal) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="An amount of a coin is a positive number.",
            expected="more than 0",
            seen=str(amount)[:40],
            hint="Give it as text, such as 0.01.",
        ),
        problem="amount invalid",
    )


def _isolated_why(account: Account) -> Why:
    return Why(
        rule="Nothing can be borrowed in isolated margin.",
        expected="REGULAR_MARGIN or PORTFOLIO_MARGIN",
        seen=str(account.margin_mode),
        hint="POST /v5/account/set-margin-mode first.",
    )


def _not_lent_why(state: State, coin: str) -> Why:
    hint = "Choose one, or let the venue lend it: PUT /-/loans/{coin}."
    if coin.upper() in state.loan_terms:
        hint = f"Write {coin.upper()}."
    return Why(
        rule="Only coins that the exchange lends can be borrowed.",
        expected=", ".join(state.loan_terms) or "a coin with loan terms; this venue has none",
        seen=coin[:40],
        hint=hint,
    )
