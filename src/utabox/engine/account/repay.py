"""Repay what was borrowed: with the coin itself, or by selling others (account-semantics 7.4)."""

from __future__ import annotations

import enum
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import NamedTuple

from utabox.engine.account.lookup import unified_account_of, upgrading_why
from utabox.engine.amounts import in_steps, told
from utabox.engine.ledger import Booked, bonus_of, booked
from utabox.engine.margin.valuation import (
    ZERO,
    Holding,
    borrow_amount,
    derivatives_borrow,
    holding_of,
    holdings_of,
)
from utabox.engine.market.collateral import collateral_of
from utabox.engine.market.loan_terms import QTY_MAX
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, State, Timer
from utabox.engine.timers import cancel_timer, set_timer, timed
from utabox.retcodes import (
    ADJUSTMENT_UPGRADING,
    NO_REPAYMENT_REQUIRED,
    PARAMS_ERROR,
    QUICK_COLLATERAL_INSUFFICIENT,
    QUICK_MANUAL_BORROW,
    QUICK_NO_LIABILITY,
    REPAY_BALANCE_INSUFFICIENT,
    REPAYMENT_ABOVE_LIABILITY,
    REPAYMENT_FAILED,
    SETTLEMENT_IN_PROGRESS,
    RetCode,
)
from utabox.terms import HouseAccount, LogType
from utabox.why import Why

AUTO_REPAY = "auto-repay"
EVERYBODY = 0
HOUR_MS, HALF_HOUR_MS = 3_600_000, 1_800_000
BLACKOUT_MS = (240_000, 330_000)
"""From minute 04:00 until before 05:30 of each hour nothing is repaid."""

CONVERSION_USD_MAX = Decimal(300_000)
NEVER_CONVERTED = "MNT"  # neither sold for a debt nor bought
FEE_RATES = {"USDT": Decimal("0.0005"), "USDC": Decimal("0.0005")}
FEE_RATE = Decimal("0.001")
"""Of a conversion, by coin; ours: the exchange's are not public. The higher of two is paid."""
STEP = Decimal("1e-8")


class RepaymentType(enum.StrEnum):
    """Which loans are repaid. Source: docs/v5/account/repay."""

    ALL = "ALL"
    FIXED = "FIXED"
    FLEXIBLE = "FLEXIBLE"


class Repay(Command, frozen=True, tag="repay"):
    """Repay one coin's debt, or, without a coin, every one."""

    uid: int
    coin: str = ""
    amount: Decimal | None = None  # None: all that is owed of this type
    repayment_type: RepaymentType = RepaymentType.FLEXIBLE
    converts: bool = True  # by selling other coins when its own are not enough


class QuickRepay(Command, frozen=True, tag="quick-repay"):
    """Repay the debts that losses, options and interest have made, by selling other coins."""

    uid: int
    coin: str = ""  # empty: every one


class RepayAutomatically(Command, frozen=True, tag=AUTO_REPAY):
    """Given by the timer at minutes 0 and 30 while somebody owes what is to be repaid so."""

    uid: int


class AutoRepaymentScheduled(Event, frozen=True, tag="auto-repayment-scheduled"):
    """When debts are repaid by themselves next; 0: there is none to look after."""

    due: int  # ms


class Sale(NamedTuple):
    """One coin given for another."""

    coin: str
    sold: Decimal
    fee: Decimal  # part of what is sold
    bought: Decimal  # of the other


@decides(Repay)
def decide(state: State, command: Repay, now: int) -> list[Event]:
    _check_form(command)
    account = _borrower(state, command.uid, now)
    _refuse_in_blackout(now)
    coins = [command.coin] if command.coin else list(account.coins or {})
    fixed = command.repayment_type is RepaymentType.FIXED  # nobody has such a loan yet
    owed = {} if fixed else _owed(state, account, coins)
    if not owed:
        raise Rejected(NO_REPAYMENT_REQUIRED, why=_nothing_owed_why(command, fixed))
    if command.amount is not None:
        _refuse_too_much(command.amount, command.coin, owed[command.coin])
        owed = {command.coin: Decimal(f"{command.amount:f}")}
    purse = Purse(state, account)
    events: list[Event] = []
    for coin, amount in owed.items():
        if command.converts:
            events += _repaid_by_selling(purse, coin, amount)
        else:
            given = command.amount is not None
            events += _repaid_from_itself(purse, coin, amount, at_least=amount if given else None)
    return events


@decides(QuickRepay)
def decide_quick(state: State, command: QuickRepay, now: int) -> list[Event]:
    account = _borrower(state, command.uid, now)
    _refuse_in_blackout(now)
    coins = [command.coin] if command.coin else list(account.coins or {})
    owed = {}
    for coin in coins:
        debt = derivatives_borrow(_holding(state, account, coin), account.margin_mode)
        if debt:
            owed[coin] = debt
    if not owed:
        by_hand = _owed(state, account, coins)
        ret = QUICK_MANUAL_BORROW if by_hand else QUICK_NO_LIABILITY
        raise Rejected(ret, why=_not_quick_why(by_hand))
    purse = Purse(state, account)
    events: list[Event] = []
    for coin, amount in owed.items():
        events += purse.buy(coin, amount, QUICK_COLLATERAL_INSUFFICIENT)
    return events


@decides(RepayAutomatically)
def decide_automatic(state: State, command: RepayAutomatically, now: int) -> list[Event]:
    events: list[Event] = []
    for uid in state.borrowers:
        account = state.accounts[uid]
        purse = Purse(state, account)
        for coin in looked_after(account):
            amount = min(purse.available(coin), purse.spot_borrow(coin))
            if amount > 0:
                events += [purse.pay_back(coin, amount)]
    waits = any(looked_after(state.accounts[uid]) for uid in state.borrowers)
    return [*events, AutoRepaymentScheduled(next_half_hour(now) if waits else 0)]


@applies(AutoRepaymentScheduled)
def apply(state: State, event: AutoRepaymentScheduled) -> None:
    cancel_timer(state, AUTO_REPAY, EVERYBODY)
    if event.due:
        set_timer(state, Timer(event.due, AUTO_REPAY, EVERYBODY))


def repayable(state: State, account: Account, coin: str) -> Decimal:
    """What can be given back without a conversion: what is owed by hand, as far as it is there."""
    purse = Purse(state, account)
    return min(purse.available(coin), purse.spot_borrow(coin))


def in_order_of_liquidation(state: State, coins: list[str]) -> list[str]:
    """The coins as they are sold for a debt: by their place, those without one last, by name."""

    def place(coin: str) -> tuple[bool, int, str]:
        collateral = collateral_of(state, coin)
        order = collateral.liquidation_order if collateral else 0
        return order == 0, order, coin

    return sorted(coins, key=place)


def looked_after(account: Account) -> list[str]:
    """The coins that the account owes, and wants to be repaid automatically."""
    wanted = (account.spot_margin.auto_repay if account.spot_margin else None) or {}
    return [
        name
        for name, coin in (account.coins or {}).items()
        if coin.spot_borrow and wanted.get(name)
    ]


def schedule(state: State, now: int) -> list[Event]:
    """What starts the timer, unless it runs."""
    if timed(state, AUTO_REPAY, EVERYBODY):
        return []
    return [AutoRepaymentScheduled(next_half_hour(now))]


def next_half_hour(now: int) -> int:
    """The next minute 0 or 30 after `now`, ms."""
    return now + HALF_HOUR_MS - now % HALF_HOUR_MS


class Purse:
    """An account's coins while several movements of one command are decided."""

    def __init__(self, state: State, account: Account) -> None:
        self.state, self.account = state, account
        self.holdings = {holding.coin: holding for holding in holdings_of(state, account)}
        self._balances = {coin: held.wallet_balance for coin, held in self.holdings.items()}
        self._sold_usd = ZERO

    def balance(self, coin: str) -> Decimal:
        """What the wallet holds after the movements so far."""
        return self._balances.get(coin, ZERO)

    def available(self, coin: str) -> Decimal:
        """What of it no order and no bonus holds."""
        held = self.holdings.get(coin)
        locked = held.locked if held else ZERO
        return max(ZERO, self.balance(coin) - locked - bonus_of(self.account, coin))

    def spot_borrow(self, coin: str) -> Decimal:
        """What was borrowed by hand."""
        held = self.holdings.get(coin)
        return held.spot_borrow if held else ZERO

    def pay_back(self, coin: str, principal: Decimal) -> Booked:
        """Give back what was borrowed."""
        return self._move(coin, -principal, LogType.REPAY, HouseAccount.LOANS, borrowed=-principal)

    def buy(self, coin: str, amount: Decimal, insufficient: RetCode) -> list[Event]:
        """Sell others, in the order of liquidation, for `amount` of `coin`.

        Raises:
            Rejected: `insufficient`, when they are not enough, or it is MNT; REPAYMENT_FAILED
                (176006), when more than 300,000 USD would be converted in one call.
        """
        if coin == NEVER_CONVERTED:
            raise Rejected(insufficient, why=_not_converted_why(amount))
        events: list[Event] = []
        missing = amount
        for source in self.sources():
            sale = self._sale(source, coin, missing)
            if sale is None:
                continue
            missing -= sale.bought
            events += self._sell(sale, coin)
            if not missing:
                return events
        raise Rejected(insufficient, why=_insufficient_why(coin, amount, missing))

    def sources(self) -> list[str]:
        """The coins that may be sold for a debt: collateral, not MNT, and not owed itself."""
        found = [
            name
            for name, held in self.holdings.items()
            if name != NEVER_CONVERTED
            and held.collateral_on
            and not borrow_amount(held, self.account.margin_mode)
        ]
        return in_order_of_liquidation(self.state, found)

    def _sale(self, source: str, coin: str, wanted: Decimal) -> Sale | None:
        """What is sold of `source` for at most `wanted` of `coin`; None: nothing is there."""
        prices = self.state.index_prices
        rate = max(FEE_RATES.get(source, FEE_RATE), FEE_RATES.get(coin, FEE_RATE))
        price = prices[source] * (1 - rate)  # of one source, after the fee
        needed = (wanted * prices[coin] / price).quantize(STEP, ROUND_UP)
        sold = min(self.available(source).quantize(STEP, ROUND_DOWN), needed)
        bought = wanted
        if sold < needed:
            bought = (sold * price / prices[coin]).quantize(STEP, ROUND_DOWN)
        if not bought:
            return None
        return Sale(source, sold, (sold * rate).quantize(STEP, ROUND_DOWN), bought)

    def _sell(self, sale: Sale, coin: str) -> list[Event]:
        self._sold_usd += sale.sold * self.state.index_prices[sale.coin]
        if self._sold_usd > CONVERSION_USD_MAX:
            raise Rejected(REPAYMENT_FAILED, why=_too_much_why(self._sold_usd))
        against = HouseAccount.CONVERSIONS
        return [
            self._move(sale.coin, -sale.sold, LogType.SPOT_REPAYMENT_SELL, against, fee=sale.fee),
            self._move(coin, sale.bought, LogType.SPOT_REPAYMENT_BUY, against),
        ]

    def _move(
        self,
        coin: str,
        change: Decimal,
        log: LogType,
        against: HouseAccount,
        *,
        fee: Decimal = ZERO,
        borrowed: Decimal = ZERO,
    ) -> Booked:
        before = self.balance(coin)
        self._balances[coin] = before + change
        wallet = self.account.trading_wallet
        return booked(
            self.account, wallet, coin, change, log, against,
            before=before, fee=fee, borrowed=borrowed,
        )  # fmt: skip


def _repaid_by_selling(purse: Purse, coin: str, amount: Decimal) -> list[Event]:
    """Its own coin first, then others are sold for what is missing."""
    balance = purse.balance(coin)
    own = min(amount, purse.available(coin))
    events: list[Event] = []
    if own < amount:
        events += purse.buy(coin, amount - own, REPAY_BALANCE_INSUFFICIENT)
    principal = amount - min(amount, max(ZERO, -balance))  # interest that is owed comes first
    principal = min(principal, purse.spot_borrow(coin))
    if principal:
        events.append(purse.pay_back(coin, principal))
    return events


def _repaid_from_itself(
    purse: Purse, coin: str, amount: Decimal, at_least: Decimal | None
) -> list[Event]:
    """Only its own coin; without an amount, as much of the debt as there is.

    A balance below zero holds nothing to repay with; money that arrives repays it by itself.
    """
    available = purse.available(coin)
    principal = min(amount, available, purse.spot_borrow(coin))
    if not principal or (at_least is not None and principal < at_least):
        why = _insufficient_why(coin, amount, amount - principal)
        raise Rejected(REPAY_BALANCE_INSUFFICIENT, why=why)
    return [purse.pay_back(coin, principal)]


def _borrower(state: State, uid: int, now: int) -> Account:
    account = unified_account_of(state, uid)
    if account.upgrade_due:
        raise Rejected(ADJUSTMENT_UPGRADING, why=upgrading_why(account, now))
    return account


def _holding(state: State, account: Account, coin: str) -> Holding:
    """One coin of the account; of one that the venue does not know, nothing."""
    if coin not in state.index_prices:
        return Holding(coin, Decimal(1), ZERO)
    return holding_of(state, account, coin)


def _owed(state: State, account: Account, coins: list[str]) -> dict[str, Decimal]:
    debts = {
        coin: borrow_amount(_holding(state, account, coin), account.margin_mode) for coin in coins
    }
    return {coin: owed for coin, owed in debts.items() if owed}


def _refuse_in_blackout(now: int) -> None:
    begins, ends = BLACKOUT_MS
    if begins <= now % HOUR_MS < ends:
        left = ends - now % HOUR_MS
        raise Rejected(
            SETTLEMENT_IN_PROGRESS,
            why=Why(
                rule="Nothing is repaid from minute 04:00 to 05:30 of an hour: interest is due.",
                expected="another time of the hour",
                seen=f"{now % HOUR_MS // 1000} s after the full hour",
                hint=f"Retry in {left} ms.",
                details={"retry_ms": str(left)},
            ),
        )


def _check_form(command: Repay) -> None:
    """Refuse parameters that do not belong together, and what is no amount."""
    amount = command.amount
    if not command.coin and command.repayment_type is not RepaymentType.ALL:
        raise _form_refused("repaymentType", "ALL without a coin", str(command.repayment_type))
    if amount is None:
        return
    if not command.coin:
        raise _form_refused("amount", "no amount without a coin", str(amount)[:40])
    if not (in_steps(amount, STEP) and 0 < amount <= QTY_MAX):
        expected = f"more than 0, at most {QTY_MAX:f}, at most 8 decimals"
        raise _form_refused("amount", expected, str(amount)[:40])


def _refuse_too_much(amount: Decimal, coin: str, owed: Decimal) -> None:
    if amount > owed:
        raise Rejected(
            REPAYMENT_ABOVE_LIABILITY,
            why=Why(
                rule="No more is repaid than is owed.",
                expected=f"at most {owed:f} {coin}",
                seen=f"{amount:f} {coin}",
                hint="Leave the amount out to repay all of it.",
            ),
        )


def _form_refused(parameter: str, expected: str, seen: str) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="One coin's debt is repaid, or a part of it, or every debt at once.",
            expected=expected,
            seen=seen,
            hint="Give a coin and, for a part, an amount such as 0.01; or only the type ALL.",
        ),
        problem=f"{parameter} invalid",
    )


def _not_converted_why(amount: Decimal) -> Why:
    return Why(
        rule="No coin is sold to repay MNT.",
        expected=f"{amount:f} {NEVER_CONVERTED} more of the account's own",
        seen="not so much",
        hint="POST /v5/account/no-convert-repay takes what is there; or transfer some in.",
    )


def _nothing_owed_why(command: Repay, fixed: bool) -> Why:
    return Why(
        rule="Only what is owed can be repaid.",
        expected=f"a liability in {command.coin[:40] or 'some coin'}",
        seen="no fixed loan: there are none here" if fixed else "borrowAmount 0",
        hint="GET /v5/account/wallet-balance shows borrowAmount of each coin.",
    )


def _not_quick_why(by_hand: dict[str, Decimal]) -> Why:
    return Why(
        rule="Quick repayment is for debts of losses, options and interest only.",
        expected="such a debt",
        seen=", ".join(f"{owed:f} {coin} borrowed by hand" for coin, owed in by_hand.items())
        or "no debt",
        hint="Repay it with POST /v5/account/repay." if by_hand else "Nothing is to be done.",
    )


def _insufficient_why(coin: str, amount: Decimal, missing: Decimal) -> Why:
    return Why(
        rule="A repayment needs the coin, or collateral to sell for it: not MNT, nor what is owed.",
        expected=f"{told(amount)} {coin}",
        seen=f"{told(missing)} {coin} are missing",
        hint="Transfer some in, repay less, or repay the other debts first: a coin that is owed "
        "itself is not sold.",
        details={"missing": f"{missing:f}"},
    )


def _too_much_why(usd: Decimal) -> Why:
    return Why(
        rule="One call converts at most 300,000 USD.",
        expected=f"{CONVERSION_USD_MAX} USD",
        seen=f"at least {usd:f} USD",
        hint="Repay in several calls, each with an amount.",
    )
