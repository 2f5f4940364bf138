"""Random movements of money against a model of fractions, written from the specification alone.

After each command the engine has done what the model says, or refused with the same codes; every
balance, debt and total is the model's, every line of the logs is one of its movements, and their
sum is the balance (account-semantics 7.7). A replay of the journal tells the same, log and all.
The model is `tests/engine/money.py`.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import note, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.engine.money import ISOLATED, MINUTE, PORTFOLIO, REGULAR, WALLETS, Money, Record, down

from utabox.clock import ManualClock
from utabox.engine.account.collateral import SwitchCollateral
from utabox.engine.account.funding import Fund
from utabox.engine.account.loan import Borrow, InterestRow
from utabox.engine.account.margin_mode import SetMarginMode
from utabox.engine.account.opening import CreateAccount
from utabox.engine.account.profile import SetProfile
from utabox.engine.account.repay import QuickRepay, Repay, RepaymentType
from utabox.engine.account.spot_margin import SetAutoRepay, SetSpotLeverage, SwitchSpotMargin
from utabox.engine.account.transfer import (
    TransferBetweenAccounts,
    TransferBetweenWallets,
    TransferRow,
)
from utabox.engine.account.upgrade import UpgradeToUta
from utabox.engine.history import Book
from utabox.engine.invariants import audit
from utabox.engine.ledger import BOOKS, LogRow, balances_of, bonus_of
from utabox.engine.margin.loans import borrowed
from utabox.engine.margin.valuation import holdings_of, value
from utabox.engine.market.collateral import SetCollateralTiers
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.market.loan_terms import RateRow, SetLoanTerms
from utabox.engine.rules import Command, Rejected
from utabox.engine.state import Account, Collateral, CollateralTier, LoanTerms, LoanTier
from utabox.journal.history import History
from utabox.journal.memory import MemoryJournal
from utabox.runtime import Runtime
from utabox.terms import AccountKind, AccountType, MarginMode, VipLevel

START = 1_748_311_200_000  # 2025-05-27 02:00:00.000 UTC
END = START + 10**11
HOUR = 60 * MINUTE
TOLERANCE = Fraction(1, 10**15)

PRICES = {"USDT": "1", "BTC": "50000", "ETH": "3000", "MNT": "0.75", "DOGE": "0.2"}
COLLATERAL: dict[str, Record] = {  # DOGE is none
    "USDT": {"tiers": [("0", "1")], "order": 1},
    "BTC": {"tiers": [("0", "0.98"), ("1", "0.9"), ("3", "0.5"), ("5", "0")], "order": 11},
    "ETH": {"tiers": [("0", "0.9")], "order": 5},
    "MNT": {"tiers": [("0", "0.8")], "order": 0},
}
TERMS: dict[str, Record] = {
    "USDT": {"rate": "0.0001", "family": "8e5", "inventory": "9e5", "min": "1", "max": "5e5",
             "tiers": [("5000", "0.1", "0.04"), ("20000", "0.25", "0.04"), ("8e5", "0.5", "0.1")]},
    "BTC": {"rate": "0.000001502122", "family": "3", "inventory": "4", "min": "0.001", "max": "3",
            "tiers": [("1", "0.2", "0.04"), ("2", "0.33333333", "0.04"), ("3", "0.5", "0.04")]},
    "MNT": {"rate": "0.01", "family": "9000", "inventory": "9000", "min": "0", "max": "9000",
            "tiers": [("9000", "0.3", "0.1")]},
    "DOGE": {"rate": "0.27", "family": "3000", "inventory": "9000", "min": "0", "max": "3000",
             "tiers": [("3000", "0.125", "0.1")], "decimals": 2},
}  # fmt: skip
TERM_NAMES = ("rate", "family", "inventory", "min", "max")
OTHER_TERMS: list[Record] = [
    {"rate": "0.27", "family": "3", "inventory": "7", "min": "0.5", "max": "2",
     "tiers": [("1.5", "0.15", "0.1"), ("3", "1", "1")], "decimals": 1},
    {"rate": "1", "family": "1000", "inventory": "1000", "min": "0", "max": "1000",
     "tiers": [("100", "0.35", "0.35")], "decimals": 8},
    {"rate": "0", "family": "0", "inventory": "0", "min": "0", "max": "0",
     "tiers": [("1", "0.2", "0.1")]},
]  # fmt: skip

DEPOSITS = ((0, "ETH", 200), (0, "USDT", 4000), (1, "BTC", 2), (2, "ETH", 1), (4, "USDT", 700))

COINS = st.sampled_from(list(PRICES))
LENT = st.sampled_from(list(TERMS))
ANY_COIN = st.sampled_from(["", *PRICES])
NUMBERS = st.integers(0, 4)
FAMILY = st.sampled_from([0, 1, 2, 3] * 3 + [4])
FLAGS = st.booleans()
AMOUNTS = st.one_of(
    st.decimals(0, 20, places=3),
    st.decimals(0, 20_000, places=8),
    st.sampled_from(["0.01", "0.5", "1", "2", "3", "7", "10", "1000", "33333.33333333"]).map(
        Decimal
    ),
)
COIN_OR_NONE = st.sampled_from([*PRICES, *PRICES, "XYZ"])
PARTS = st.one_of(AMOUNTS, st.sampled_from(["0", "1/7", "1/3", "1/2", "1"]))
NAMES = st.integers(0, 200)
ONCE = st.sampled_from([0, 0, 0, 0, 0, 0, 0, 1])
TWO_WALLETS = st.sampled_from(
    [("", "FUND"), ("FUND", ""), ("", ""), ("CONTRACT", ""), ("", "CONTRACT"), ("SPOT", "UNIFIED")]
)
MARKS = [
    0,
    239_999,
    240_000,
    299_999,
    300_000,
    329_999,
    330_000,
    HOUR // 2 - 1,
    HOUR // 2,
    HOUR - 1,
]


class Exchange(RuleBasedStateMachine):
    """A master, two subs and a stranger at the engine, and the same in the model."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(START + 7 * MINUTE)
        self.journal = MemoryJournal()
        self.runtime = self.opened()
        self.model = Money(self.clock.now)
        self.uids: list[int] = []
        self.agreed_on = "", 0  # the state and the movements that were compared already

    def opened(self) -> Runtime:
        return Runtime(self.journal, self.clock, lambda f: f(), self.fail)

    def fail(self, error: BaseException) -> None:
        raise AssertionError(f"the journal failed: {error}")

    @initialize(loans=st.lists(st.tuples(NUMBERS, LENT, FLAGS), max_size=6),
                hours=st.integers(0, 2))  # fmt: skip
    def begin(self, loans: list[tuple[int, str, bool]], hours: int) -> None:
        """Some accounts owe something from the start, for a while, and some have spent it."""
        self.runtime.execute(SetIndexPrices({coin: Decimal(usd) for coin, usd in PRICES.items()}))
        self.model.prices = {coin: Fraction(usd) for coin, usd in PRICES.items()}
        for coin, taken in COLLATERAL.items():
            self.set_collateral(coin, taken)
        for coin, terms in TERMS.items():
            self.set_terms(coin, terms)
        for kind, sub in ((5, False), (5, True), (3, True), (1, True), (5, False)):
            self.open(kind, sub)
        for number, coin, amount in DEPOSITS:
            self.fund(number, "", coin, Decimal(amount), False)
            self.fund(number, "FUND", coin, Decimal(100), False)
            self.fund(number, "", coin, Decimal(5), True)
            self.switch_spot(number, True)
        for number, coin, spent in loans:
            self.borrow_part(number, coin, "1/2", 0)
            if spent:
                self.spend(number, coin, False)
        self.clock.advance(hours * HOUR)

    def open(self, kind: int, sub: bool) -> None:
        parent, uid = self.uids[0] if sub else 0, self.runtime.state.next_uid
        self.runtime.execute(CreateAccount(AccountKind(kind), parent, uid, VipLevel.VIP_1))
        self.uids.append(uid)
        self.model.open(uid, kind, parent, vip=True)

    def agreed(self, command: Command, codes: list[int]) -> None:
        """The engine does what the model did, or refuses with the same codes."""
        if self.uids:
            note(f"{codes} {command}")
        assert self.refusal(command) == codes

    def refusal(self, command: Command) -> list[int]:
        try:
            self.runtime.execute(command)
        except Rejected as refused:
            return [each.code for each in refused.reasons or (refused.ret,)]
        return []

    def pick(self, number: int) -> int:
        self.model.pass_time(self.clock.now)
        return self.uids[number % len(self.uids)]

    # --- the venue --------------------------------------------------------------------------

    @rule(milliseconds=st.one_of(st.integers(0, 3 * MINUTE), st.integers(0, 5 * HOUR)))
    def wait(self, milliseconds: int) -> None:
        self.clock.advance(milliseconds)

    @rule(mark=st.sampled_from(MARKS))
    def wait_until(self, mark: int) -> None:
        """The next time that the hour is so old."""
        self.clock.advance((mark - self.clock.now) % HOUR)

    @rule(coin=COINS, usd=st.sampled_from(["0.3", "0.75", "1", "3", "7", "2999.99", "60000.1"]))
    def quote(self, coin: str, usd: str) -> None:
        self.pick(0)
        self.model.prices[coin] = Fraction(usd)
        self.agreed(SetIndexPrices({coin: Decimal(usd)}), [])

    @rule(coin=st.sampled_from(list(COLLATERAL)), order=st.integers(0, 12), capped=FLAGS,
          ratio=st.sampled_from([None, "0", "0.3", "1"]))  # fmt: skip
    def set_tiers(self, coin: str, order: int, capped: bool, ratio: str | None) -> None:
        self.pick(0)
        taken = COLLATERAL[coin]
        tiers = taken["tiers"] if ratio is None else [("0", ratio), ("2", "0.1")]
        self.set_collateral(coin, {"tiers": tiers, "order": order, "capped": capped})

    def set_collateral(self, coin: str, taken: Record) -> None:
        tiers, order, capped = taken["tiers"], taken["order"], taken.get("capped", False)
        self.model.collateral[coin] = {
            "tiers": [(Fraction(least), Fraction(ratio)) for least, ratio in tiers],
            "on": True, "order": order, "capped": capped,
        }  # fmt: skip
        kept = tuple(CollateralTier(Decimal(least), Decimal(ratio)) for least, ratio in tiers)
        collateral = Collateral(kept, True, order, capped)
        self.agreed(SetCollateralTiers({coin: collateral}), [])

    @rule(coin=COINS, terms=st.sampled_from([None, *OTHER_TERMS]))
    def lend_otherwise(self, coin: str, terms: Record | None) -> None:
        self.pick(0)
        self.set_terms(coin, terms)

    @rule(coin=st.sampled_from(list(TERMS)))
    def lend_as_before(self, coin: str) -> None:
        self.pick(0)
        self.set_terms(coin, TERMS[coin])

    def set_terms(self, coin: str, terms: Record | None) -> None:
        if terms is None:
            codes = self.model.outcome(self.model.set_terms, coin, None)
            self.agreed(SetLoanTerms({coin: None}), codes)
            return
        known: Record = {name: Fraction(terms[name]) for name in TERM_NAMES}
        known["tiers"] = [tuple(Fraction(number) for number in tier) for tier in terms["tiers"]]
        known["decimals"] = terms.get("decimals", 8)
        kept = LoanTerms(
            hourly_rate=Decimal(terms["rate"]),
            family_max=Decimal(terms["family"]),
            inventory=Decimal(terms["inventory"]),
            call_min=Decimal(terms["min"]),
            call_max=Decimal(terms["max"]),
            tiers=tuple(LoanTier(*map(Decimal, tier)) for tier in terms["tiers"]),
            decimals=known["decimals"],
        )
        codes = self.model.outcome(self.model.set_terms, coin, known)
        self.agreed(SetLoanTerms({coin: kept}), codes)

    # --- accounts ---------------------------------------------------------------------------

    @rule(number=NUMBERS)
    def upgrade(self, number: int) -> None:
        uid = self.pick(number)
        self.agreed(UpgradeToUta(uid), self.model.outcome(self.model.upgrade, uid))

    @rule(number=NUMBERS, wanted=st.one_of(
        st.fixed_dictionaries({"kind": st.sampled_from(list(WALLETS))}),
        st.fixed_dictionaries({"leader": FLAGS}),
        st.fixed_dictionaries({"frozen": FLAGS}),
    ))  # fmt: skip
    def set_profile(self, number: int, wanted: Record) -> None:
        uid, known = self.pick(number), dict(wanted)
        codes = self.model.outcome(self.model.set_profile, uid, known)
        if "kind" in wanted:
            known["kind"] = AccountKind(wanted["kind"])
        self.agreed(SetProfile(uid, **known), codes)

    @rule(number=NUMBERS, mode=st.sampled_from([REGULAR, ISOLATED, PORTFOLIO]))
    def set_mode(self, number: int, mode: str) -> None:
        uid = self.pick(number)
        codes = self.model.outcome(self.model.set_mode, uid, mode)
        self.agreed(SetMarginMode(uid, MarginMode(mode)), codes)

    @rule(number=NUMBERS, switches=st.lists(st.tuples(COINS, FLAGS), min_size=1, max_size=3))
    def switch_collateral(self, number: int, switches: list[tuple[str, bool]]) -> None:
        uid = self.pick(number)
        codes = self.model.outcome(self.model.switch_collateral, uid, switches)
        self.agreed(SwitchCollateral(uid, tuple(switches)), codes)

    @rule(number=NUMBERS, on=FLAGS)
    def switch_spot(self, number: int, on: bool) -> None:
        uid = self.pick(number)
        codes = self.model.outcome(self.model.switch_spot, uid, on)
        self.agreed(SwitchSpotMargin(uid, on), codes)

    @rule(number=NUMBERS, coin=st.one_of(LENT, ANY_COIN),
          leverage=st.sampled_from([*map(Decimal, range(1, 12)), Decimal("2.5")]))  # fmt: skip
    def set_leverage(self, number: int, leverage: Decimal, coin: str) -> None:
        uid = self.pick(number)
        codes = self.model.outcome(self.model.set_leverage, uid, Fraction(leverage), coin)
        self.agreed(SetSpotLeverage(uid, leverage, coin), codes)

    @rule(number=NUMBERS, on=FLAGS, coin=ANY_COIN)
    def set_auto(self, number: int, on: bool, coin: str) -> None:
        uid = self.pick(number)
        codes = self.model.outcome(self.model.set_auto, uid, on, coin)
        self.agreed(SetAutoRepay(uid, on, coin), codes)

    # --- money ------------------------------------------------------------------------------

    @rule(number=NUMBERS, wallet=st.sampled_from(["", "", "", *AccountType]), coin=COINS,
          amount=st.tuples(AMOUNTS, st.sampled_from([1, 1, -1])).map(lambda two: two[0] * two[1]),
          bonus=st.sampled_from([False, False, True]))  # fmt: skip
    def fund(self, number: int, wallet: str, coin: str, amount: Decimal, bonus: bool) -> None:
        uid = self.pick(number)
        codes = self.model.outcome(self.model.fund, uid, wallet, coin, Fraction(amount), bonus)
        self.agreed(Fund(uid, coin, amount, AccountType(wallet) if wallet else None, bonus), codes)

    @rule(number=NUMBERS, coin=COINS, bonus=FLAGS)
    def take_all_out(self, number: int, coin: str, bonus: bool) -> None:
        """What the sums say is there, and no more."""
        uid = self.pick(number)
        held = self.model.held(uid, coin)
        amount = -decimal(min(held.bonus, max(Fraction(0), held.balance)) if bonus else held.free)
        codes = self.model.outcome(self.model.fund, uid, "", coin, Fraction(amount), bonus)
        assert codes == []
        self.agreed(Fund(uid, coin, amount, None, bonus), codes)

    @rule(number=NUMBERS, coin=COINS, amount=AMOUNTS)
    def borrow(self, number: int, coin: str, amount: Decimal) -> None:
        uid = self.pick(number)
        codes = self.model.outcome(self.model.borrow, uid, coin, Fraction(amount))
        self.agreed(Borrow(uid, coin, amount), codes)

    @rule(number=NUMBERS, coin=LENT, part=st.sampled_from(["1/7", "1/2", "9/10", "1", "1"]),
          beyond=st.sampled_from([0, 0, 1]))  # fmt: skip
    def borrow_part(self, number: int, coin: str, part: str, beyond: int) -> None:
        """A part of what the account may borrow: all of it to the last step, or a step further."""
        uid, terms = self.pick(number), self.model.terms.get(coin)
        if terms is None:
            return
        step = Fraction(1, 10 ** terms["decimals"])
        most = self.model.most_to_borrow(uid, coin)
        amount = most + step if beyond else down(most * Fraction(part), step)
        codes = self.model.outcome(self.model.borrow, uid, coin, amount)
        assert codes or not beyond
        self.agreed(Borrow(uid, coin, decimal(amount)), codes)

    @rule(number=NUMBERS, coin=LENT, bonus=st.sampled_from([False, False, True]))
    def spend(self, number: int, coin: str, bonus: bool) -> None:
        """Take out all that is no bonus, or the bonus; what was borrowed goes, interest comes."""
        uid = self.pick(number)
        held = self.model.held(uid, coin)
        amount = held.bonus if bonus else held.free
        codes = self.model.outcome(self.model.fund, uid, "", coin, -amount, bonus)
        assert bonus or not codes
        self.agreed(Fund(uid, coin, -decimal(amount), None, bonus), codes)

    @rule(number=NUMBERS, which=st.integers(0, 30),
          part=st.sampled_from([None] * 4 + ["1/3", "1/2"] * 2 + ["0", "1", "2"]),
          kind=st.sampled_from(["FLEXIBLE", "ALL", "FLEXIBLE", "ALL", "FIXED"]),
          converts=st.sampled_from([True, True, False]))  # fmt: skip
    def repay(self, number: int, which: int, part: str | None, kind: str, converts: bool) -> None:
        """All, or a part of what is owed, or too much."""
        uid, coin = self.debt(number, which)
        kind = "ALL" if which % 5 and not coin else kind
        amount = None
        if part is not None and (coin or kind == "FIXED"):
            owed = self.model.held(uid, coin).owed
            amount = owed if part == "1" else down(owed * Fraction(part))
        codes = self.model.outcome(self.model.repay, uid, coin, amount, kind, converts)
        given = None if amount is None else decimal(amount)
        self.agreed(Repay(uid, coin, given, RepaymentType(kind), converts), codes)

    @rule(number=NUMBERS, which=st.integers(0, 30))
    def repay_quickly(self, number: int, which: int) -> None:
        uid, coin = self.debt(number, which)
        codes = self.model.outcome(self.model.quick_repay, uid, coin)
        self.agreed(QuickRepay(uid, coin), codes)

    def debt(self, number: int, which: int) -> tuple[int, str]:
        """An account and a coin: most often one that is owed, and one that is missing before all.

        No coin stands for all of them.
        """
        self.pick(number)
        owed = [(uid, coin) for uid in self.uids for coin in self.model.owes(uid)]
        missing = [each for each in owed if self.model.held(*each).losses]
        uid = self.uids[number % len(self.uids)]
        chosen = [
            *missing,
            *missing,
            *owed,
            (uid, "USDT"),
            (uid, ""),
            *((each, "") for each, _ in owed),
        ]
        return chosen[which % len(chosen)]

    @rule(number=NUMBERS, name=NAMES, coin=COIN_OR_NONE, amount=PARTS, wallets=TWO_WALLETS)
    def transfer_within(
        self, number: int, name: int, coin: str, amount: Decimal | str, wallets: tuple[str, str]
    ) -> None:
        uid, transfer_id = self.pick(number), uuid(name)
        giving, taking = self.wallet(uid, wallets[0]), self.wallet(uid, wallets[1])
        moved = self.part(uid, giving, coin, amount)
        codes = self.model.outcome(
            self.model.transfer_within, uid, transfer_id, coin, moved, giving, taking
        )
        command = TransferBetweenWallets(uid, transfer_id, coin, decimal(moved), giving, taking)
        self.agreed(command, codes)

    def wallet(self, uid: int, named: str) -> AccountType:
        """No name: the wallet that the account trades from."""
        return AccountType(named or WALLETS[self.model.accounts[uid]["kind"]][0])

    def part(self, uid: int, wallet: str, coin: str, amount: Decimal | str) -> Fraction:
        """An amount, or a part of what a wallet holds."""
        if isinstance(amount, Decimal):
            return Fraction(amount)
        return down(max(Fraction(0), self.model.sums(uid, wallet, coin).balance) * Fraction(amount))

    @rule(number=NUMBERS, name=NAMES, coin=COINS, beyond=FLAGS)
    def transfer_most(self, number: int, name: int, coin: str, beyond: bool) -> None:
        """To the last hundred-millionth that may leave, or one further."""
        uid, transfer_id = self.pick(number), uuid(name)
        giving = WALLETS[self.model.accounts[uid]["kind"]][0]
        low, high = 0, self.model.held(uid, coin).free * 10**8 // 1
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.model.may_leave(uid, giving, coin, Fraction(middle, 10**8))
            low, high = (middle, high) if fits else (low, middle - 1)
        amount = Fraction(low + beyond, 10**8)
        codes = self.model.outcome(
            self.model.transfer_within, uid, transfer_id, coin, amount, giving, "FUND"
        )
        assert codes or not beyond
        self.agreed(
            TransferBetweenWallets(
                uid, transfer_id, coin, decimal(amount), AccountType(giving), AccountType.FUND
            ),
            codes,
        )

    @rule(numbers=st.tuples(st.sampled_from([0, 0, 0, 1]), FAMILY, FAMILY), name=NAMES,
          coin=COINS, amount=PARTS, wallets=TWO_WALLETS, unknown=ONCE)  # fmt: skip
    def transfer_between(
        self, numbers: tuple[int, int, int], name: int, coin: str, amount: Decimal | str,
        wallets: tuple[str, str], unknown: int,
    ) -> None:  # fmt: skip
        asking, giver, taker = (self.pick(number) for number in numbers)
        giving, taking = self.wallet(giver, wallets[0]), self.wallet(taker, wallets[1])
        moved, transfer_id = self.part(giver, giving, coin, amount), uuid(name)
        taker = unknown or taker
        codes = self.model.outcome(
            self.model.transfer_between, asking, transfer_id, coin, moved, giver, giving, taker,
            taking,
        )  # fmt: skip
        command = TransferBetweenAccounts(
            asking, transfer_id, coin, decimal(moved), giver, taker, giving, taking
        )
        self.agreed(command, codes)

    # --- what must hold ---------------------------------------------------------------------

    @rule(snapshot=FLAGS)
    def restart(self, snapshot: bool) -> None:
        """Another process replays the journal, and tells the same of the present and the past."""
        before, past = self.runtime.state_hash(), self.past()
        if snapshot:
            self.runtime.close()
        self.runtime = self.opened()
        assert self.runtime.state_hash() == before
        assert self.past() == past

    def past(self) -> list[Any]:
        """Every row of every list, with its id and time."""
        contents: dict[Book, type[msgspec.Struct]] = {
            **dict.fromkeys(BOOKS.values(), LogRow), Book.INTEREST: InterestRow,
            Book.INTER_TRANSFERS: TransferRow, Book.UNIVERSAL_TRANSFERS: TransferRow,
            Book.LOAN_RATES: RateRow,
        }  # fmt: skip
        return [
            rows(self.runtime.history, book, uid, content)
            for book, content in contents.items()
            for uid in (0, *self.uids)
        ]

    @invariant()
    def they_agree(self) -> None:
        if not self.uids:
            return
        self.runtime.advance()
        self.model.pass_time(self.clock.now)
        accounts = [self.runtime.state.accounts[uid] for uid in self.uids]
        for account in accounts:
            self.agree_on_settings(account)
            self.agree_on_balances(account)
        if self.agreed_on == (now := (self.runtime.state_hash(), len(self.model.moves))):
            return
        self.agreed_on = now
        for account in accounts:
            self.agree_on_totals(account)
            self.agree_on_the_log(account)
        for name, giver in self.model.transfers.items():
            books = (Book.INTER_TRANSFERS, Book.UNIVERSAL_TRANSFERS)
            found = [self.runtime.history.find(book, giver, TransferRow, name) for book in books]
            assert sorted(map(len, found)) == [0, 1]
        assert audit(self.runtime.state) == []

    def agree_on_settings(self, account: Account) -> None:
        known, margin = self.model.accounts[account.uid], account.spot_margin
        assert (account.kind, account.margin_mode, account.leader, account.frozen) == (
            known["kind"], known["mode"], known["leader"], known["frozen"],
        )  # fmt: skip
        assert (account.collateral or {}) == known["switches"]
        assert (margin.on if margin else False) == known["spot"]
        assert account.upgrade_due == (known["due"] or 0)

    def agree_on_balances(self, account: Account) -> None:
        """Of every wallet that the account has, and none that it has not."""
        uid, known = account.uid, self.model.accounts[account.uid]
        for wallet in AccountType:
            held = {
                coin: Fraction(qty) for coin, qty in balances_of(account, wallet).items() if qty
            }
            sums = {coin: self.model.sums(uid, wallet, coin) for coin in PRICES}
            assert held == {coin: own.balance for coin, own in sums.items() if own.balance}
            assert not held or wallet in WALLETS[known["kind"]]
        for coin in PRICES:
            own, kept = self.model.held(uid, coin), (account.coins or {}).get(coin)
            assert Fraction(kept.spot_borrow if kept else 0) == own.lent
            assert Fraction(bonus_of(account, coin)) == own.bonus
            assert Fraction(borrowed(self.runtime.state, account, coin)) == own.owed

    def agree_on_totals(self, account: Account) -> None:
        told = value(holdings_of(self.runtime.state, account), account.margin_mode)
        worth = self.model.worth(account.uid)
        assert near(told.total_equity, worth.equity)
        assert near(told.total_wallet_balance, worth.wallet)
        assert near(told.total_initial_margin, worth.im)
        assert near(told.total_maintenance_margin, worth.mm)
        assert near(told.total_available_balance, worth.available)

    def agree_on_the_log(self, account: Account) -> None:
        """Line by line, coin by coin; the last balance of each is the sum of its changes."""
        uid, history = account.uid, self.runtime.history
        for wallet, book in BOOKS.items():
            told: dict[str, list[Any]] = {}
            for row in reversed(rows(history, book, uid, LogRow)):
                line = row.content
                told.setdefault(line.coin, []).append(
                    (row.time, line.log, Fraction(line.change), Fraction(line.balance),
                     Fraction(line.bonus), Fraction(line.fee), line.reference)
                )  # fmt: skip
            assert told == self.lines(uid, wallet)
        interest = [
            (row.time, row.content.coin, Fraction(row.content.cost), Fraction(row.content.borrowed))
            for row in reversed(rows(history, Book.INTEREST, uid, InterestRow))
        ]
        charges = [each for each in self.model.charges if each.uid == uid]
        assert sorted(interest) == sorted((e.time, e.coin, e.cost, e.borrowed) for e in charges)

    def lines(self, uid: int, wallet: str) -> dict[str, list[Any]]:
        """A wallet's log as the movements tell it."""
        lines: dict[str, list[Any]] = {}
        for move in self.model.moves:
            if (move.uid, move.wallet) == (uid, wallet):
                of_coin = lines.setdefault(move.coin, [])
                balance = of_coin[-1][3] if of_coin else Fraction(0)
                of_coin.append(
                    (move.time, move.why, move.change, balance + move.change, move.bonus, move.fee,
                     move.reference)
                )  # fmt: skip
        return lines

    def teardown(self) -> None:
        """Whatever happened, another process can tell it."""
        if self.uids and self.runtime.failure is None:
            self.restart(False)


def rows(history: History, book: Book, uid: int, content: type[msgspec.Struct]) -> list[Any]:
    found, more = history.page(book, uid, content, start=0, end=END, limit=10**6)
    assert not more
    return found


def near(told: Decimal, exact: Fraction) -> bool:
    return abs(Fraction(told) - exact) <= TOLERANCE * max(Fraction(1), abs(exact))


def decimal(amount: Fraction) -> Decimal:
    """The same; its denominator is a power of ten."""
    exact = Decimal(amount.numerator * 10**18 // amount.denominator).scaleb(-18)
    assert Fraction(exact) == amount
    return exact


def uuid(number: int) -> str:
    """One of 100 names, each in small letters and in capitals."""
    name = f"c0ffee00-0000-4000-8000-{number % 100:012x}"
    return name.upper() if number >= 100 else name


TestMoney = Exchange.TestCase
TestMoney.settings = settings(max_examples=60, stateful_step_count=50)


# --- what the machine found, by hand ----------------------------------------------------------


class Venue:
    """One account with USDT, and ETH that is lent at 27 % an hour, three at most."""

    def __init__(self, kind: int = 5, eth_usd: int = 7) -> None:
        self.clock = ManualClock(START + 10 * MINUTE)
        self.runtime = Runtime(MemoryJournal(), self.clock, lambda f: f(), self.fail)
        self.do(SetIndexPrices({"USDT": Decimal(1), "ETH": Decimal(eth_usd)}))
        tiers = (LoanTier(Decimal(1000), Decimal("0.1"), Decimal("0.04")),)
        none, most = Decimal(0), Decimal(1000)
        usdt = LoanTerms(none, most, most, none, most, tiers)
        eth = msgspec.structs.replace(
            usdt, hourly_rate=Decimal("0.27"), family_max=Decimal(4), inventory=Decimal(9)
        )
        self.do(SetLoanTerms({"USDT": usdt, "ETH": eth}))
        self.uid = self.runtime.state.next_uid
        self.do(CreateAccount(AccountKind(kind)))

    def fail(self, error: BaseException) -> None:
        raise AssertionError(f"the journal failed: {error}")

    def do(self, command: Command) -> None:
        self.runtime.execute(command)

    def fund(self, coin: str, amount: str, wallet: str = "", bonus: bool = False) -> None:
        named = AccountType(wallet) if wallet else None
        self.do(Fund(self.uid, coin, Decimal(amount), named, bonus))

    def balances(self, wallet: AccountType) -> dict[str, Decimal]:
        held = balances_of(self.runtime.state.accounts[self.uid], wallet)
        return {coin: amount for coin, amount in held.items() if amount}


def test_leverage_three_borrows_twice_the_collateral_to_the_last_step() -> None:
    """(3 - 1) / 3 of 7 USDT at an initial margin rate of 1/3: 14, and a hundred-millionth less."""
    venue = Venue()
    venue.fund("USDT", "7")
    venue.do(SwitchSpotMargin(venue.uid, True))
    venue.do(SetSpotLeverage(venue.uid, Decimal(3)))
    with pytest.raises(Rejected) as refused:
        venue.do(Borrow(venue.uid, "USDT", Decimal("14.00000001")))
    assert refused.value.ret.code == 176029

    venue.do(Borrow(venue.uid, "USDT", Decimal(14)))

    assert venue.balances(AccountType.UNIFIED) == {"USDT": 21}


def test_interest_over_the_limit_is_cut_where_it_ends() -> None:
    """4 of at most 3 at 27 %: 4 * 0.27 * (4/3)^3 is 2.56, not a hundred-millionth less."""
    venue = Venue()
    venue.fund("USDT", "1000")
    venue.do(Borrow(venue.uid, "ETH", Decimal(4)))
    terms = venue.runtime.state.loan_terms["ETH"]
    venue.do(SetLoanTerms({"ETH": msgspec.structs.replace(terms, family_max=Decimal(3))}))
    venue.clock.advance(HOUR)
    venue.runtime.advance()

    assert venue.balances(AccountType.UNIFIED) == {"USDT": 1000, "ETH": Decimal("1.44")}


def test_a_conversion_sells_no_step_more_than_it_needs() -> None:
    """0.999 ETH at 7 USD cost 6.993 USDT, which are 0.999 of 7: the fee is a thousandth."""
    venue = Venue()
    venue.fund("USDT", "100")
    venue.do(Borrow(venue.uid, "ETH", Decimal("0.999")))
    venue.fund("ETH", "-0.999")
    venue.do(Repay(venue.uid, "ETH"))

    assert venue.balances(AccountType.UNIFIED) == {"USDT": 93}


def test_a_bonus_that_interest_took_cannot_be_taken_back() -> None:
    """Of 5 ETH of bonus 0.27 * 4 went as interest: what is left of it can go, and no more."""
    venue = Venue()
    venue.fund("USDT", "1000")
    venue.fund("ETH", "5", bonus=True)
    venue.do(Borrow(venue.uid, "ETH", Decimal(4)))
    venue.fund("ETH", "-4")
    venue.clock.advance(HOUR)
    with pytest.raises(Rejected) as refused:
        venue.fund("ETH", "-5", bonus=True)
    assert refused.value.ret.code == 10001

    venue.fund("ETH", "-3.92", bonus=True)

    assert venue.balances(AccountType.UNIFIED) == {"USDT": 1000}


def test_a_wallet_that_becomes_the_one_traded_from_keeps_what_it_holds() -> None:
    """UTA 1.0 to classic: the derivatives wallet has its own, and what the unified one had."""
    venue = Venue(kind=3)
    venue.fund("USDT", "30", wallet="CONTRACT")
    venue.fund("USDT", "12")
    venue.fund("ETH", "1", wallet="FUND")
    venue.do(SetProfile(venue.uid, kind=AccountKind.CLASSIC))

    assert venue.balances(AccountType.CONTRACT) == {"USDT": 42}
    assert venue.balances(AccountType.FUND) == {"ETH": 1}
    log = rows(venue.runtime.history, Book.CONTRACT, venue.uid, LogRow)
    assert [(row.content.change, row.content.balance) for row in log] == [(12, 42), (30, 30)]
