"""Loans over time, worked by hand: interest, repayment and its sales (7.4, 7.5).

One coin is 1 USD, but BTC 50,000 and ETH 2,000. An account that sold what it borrowed is made by
taking it out: what is then owed is the same.
"""

from decimal import Decimal

import msgspec
import pytest

from utabox.clock import ManualClock
from utabox.engine.account.funding import Fund
from utabox.engine.account.loan import Borrow, InterestRow
from utabox.engine.account.opening import CreateAccount
from utabox.engine.account.repay import QuickRepay, Repay, RepaymentType
from utabox.engine.account.spot_margin import SetAutoRepay, SetSpotLeverage, SwitchSpotMargin
from utabox.engine.account.upgrade import UpgradeToUta
from utabox.engine.history import Book
from utabox.engine.invariants import audit
from utabox.engine.ledger import LogRow
from utabox.engine.market.collateral import SetCollateralTiers
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.market.loan_terms import SetLoanTerms, usual_terms
from utabox.engine.rules import Command, Rejected
from utabox.engine.state import FIRST_UID, Coin, Collateral, CollateralTier, LoanTier
from utabox.journal.memory import MemoryJournal
from utabox.records.amounts import uncut
from utabox.runtime import Runtime
from utabox.terms import VipLevel

D = Decimal
HOUR_START = 1_748_311_200_000
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
ALICE, BOB = FIRST_UID, FIRST_UID + 1
PRICES = {"USDT": 1, "USDC": 1, "MNT": 1, "BTC": 50_000, "ETH": 2_000}
ORDER = {"USDT": 1, "USDC": 2, "MNT": 3, "ETH": 5, "BTC": 11}
ALL = RepaymentType.ALL


class Venue:
    """The engine and its time, at minute 10 of an hour; Alice and Bob have nothing."""

    def __init__(self) -> None:
        self.clock = ManualClock(HOUR_START + 10 * MINUTE)
        self.runtime = Runtime(MemoryJournal(), self.clock, lambda f: f(), self._fail)
        self.state = self.runtime.state
        whole = (CollateralTier(D(0), D(1)),)
        terms = msgspec.structs.replace(
            usual_terms(D("0.000001"), D(1_000_000)),
            tiers=(LoanTier(D(10**9), D("0.2"), D("0.04")),),
        )
        self.do(
            SetIndexPrices({coin: D(price) for coin, price in PRICES.items()}),
            SetCollateralTiers(
                {coin: Collateral(whole, liquidation_order=order) for coin, order in ORDER.items()}
            ),
            SetLoanTerms(dict.fromkeys(PRICES, terms)),
            CreateAccount(vip_level=VipLevel.VIP_1),
            CreateAccount(),
        )

    def _fail(self, error: BaseException) -> None:
        raise AssertionError(f"the journal failed: {error}")

    def do(self, *commands: Command) -> None:
        for command in commands:
            self.runtime.execute(command)
        assert audit(self.state) == []

    def refused(self, command: Command) -> Rejected:
        """The refusal of a command, which changes nothing and says what to do."""
        self.runtime.advance()
        before = self.runtime.state_hash()
        with pytest.raises(Rejected) as refused:
            self.runtime.execute(command)
        assert refused.value.why.hint
        assert self.runtime.state_hash() == before
        return refused.value

    def rate(self, coin: str, hourly: str) -> None:
        terms = self.state.loan_terms[coin]
        self.do(SetLoanTerms({coin: msgspec.structs.replace(terms, hourly_rate=D(hourly))}))

    def at(self, minute: int, second: int = 0) -> None:
        """Go to this minute of the first hour, or of a later one from 60 on."""
        self.clock.now = HOUR_START + minute * MINUTE + second * SECOND
        self.runtime.advance()
        assert audit(self.state) == []

    def pass_hours(self, hours: int) -> None:
        self.clock.advance(hours * HOUR)
        self.runtime.advance()
        assert audit(self.state) == []

    def give(self, uid: int, **amounts: str) -> None:
        """Give, or take, by coin."""
        self.do(*(Fund(uid, coin, D(amount)) for coin, amount in amounts.items()))

    def owes(self, coin: str, amount: str, uid: int = ALICE) -> None:
        """Borrow, and be without it."""
        self.do(Borrow(uid, coin, D(amount)), Fund(uid, coin, -D(amount)))

    def coin(self, coin: str, uid: int = ALICE) -> Coin:
        return (self.state.accounts[uid].coins or {})[coin]

    def balances(self, uid: int = ALICE) -> dict[str, Decimal]:
        coins = self.state.accounts[uid].coins or {}
        return {name: coin.wallet_balance for name, coin in coins.items()}

    def log(self, *, uid: int = ALICE, newest: int = 50) -> list[tuple[str, str, str, str]]:
        """The newest lines: type, coin, change, fee."""
        rows, _ = self.runtime.history.page(
            Book.UNIFIED, uid, LogRow, start=0, end=self.clock.now, limit=newest
        )
        kept = (row.content for row in rows)
        return [(row.log.value, row.coin, uncut(row.change), uncut(row.fee)) for row in kept]

    def charges(self, uid: int = ALICE) -> list[tuple[int, str, str, str]]:
        """The interest of an account, newest first: minute, coin, what was owed, the cost."""
        rows, _ = self.runtime.history.page(
            Book.INTEREST, uid, InterestRow, start=0, end=self.clock.now, limit=10_000
        )
        return [
            ((time - HOUR_START) // MINUTE, row.coin, uncut(row.borrowed), uncut(row.cost))
            for _, time, row in rows
        ]


@pytest.fixture
def venue() -> Venue:
    return Venue()


# --- interest -----------------------------------------------------------------------------------


def test_interest_is_charged_at_minute_05(venue: Venue) -> None:
    """A whole hour's, however young the debt; of what was owed at that moment."""
    venue.give(ALICE, USDT="100000")
    venue.do(Borrow(ALICE, "BTC", D("0.5")))
    venue.at(64, 59)
    assert venue.charges() == []
    venue.at(65)
    assert venue.charges() == [(65, "BTC", "0.5", "0.0000005")]
    assert venue.coin("BTC") == Coin(D("0.4999995"), D("0.5"))
    assert venue.log(newest=1) == [("INTEREST", "BTC", "-0.0000005", "0")]


def test_a_debt_that_was_spent_grows(venue: Venue) -> None:
    """Interest is owed, and costs interest; each charge is cut at 8 decimals.

    1 -> 1.01 -> 1.0201 -> 1.030301 -> 1.04060401 -> 1.0510100501, of which the last would charge
    0.010510100501.
    """
    venue.give(ALICE, USDT="1000000")
    venue.owes("BTC", "1")
    venue.rate("BTC", "0.01")
    venue.pass_hours(6)
    assert venue.charges() == [
        (365, "BTC", "1.05101005", "0.0105101"),
        (305, "BTC", "1.04060401", "0.01040604"),
        (245, "BTC", "1.030301", "0.01030301"),
        (185, "BTC", "1.0201", "0.010201"),
        (125, "BTC", "1.01", "0.0101"),
        (65, "BTC", "1", "0.01"),
    ]
    assert venue.coin("BTC").wallet_balance == D("-0.06152015")


def test_months_go_by_at_once(venue: Venue) -> None:
    """90 days without a call are 2,160 charges, each at its own time; then as many again."""
    venue.give(ALICE, USDT="1000000")
    venue.do(Borrow(ALICE, "BTC", D(1)))
    venue.pass_hours(2_160)
    assert venue.coin("BTC").wallet_balance == D("0.99784")  # 1 - 2,160 * 0.000001
    assert len(venue.charges()) == 2_160
    venue.pass_hours(2_160)
    assert venue.coin("BTC").wallet_balance == D("0.99568")


def test_a_debt_that_nobody_looks_at_stays_a_number(venue: Venue) -> None:
    """At 100 % an hour it doubles, until it is 10^15 of the coin; no interest is charged then."""
    venue.give(ALICE, USDT="1000000")
    venue.owes("BTC", "1")
    venue.rate("BTC", "1")
    venue.pass_hours(49)
    assert venue.coin("BTC").wallet_balance == 1 - D(2) ** 49
    venue.pass_hours(2_160)
    assert venue.coin("BTC").wallet_balance == 1 - D(10) ** 15
    assert venue.charges()[0][2:] == ("1000000000000000", "0")


def test_everybody_pays_for_each_coin(venue: Venue) -> None:
    """Alice for two coins, Bob for one; who owes nothing pays nothing."""
    venue.give(ALICE, USDT="100000")
    venue.give(BOB, USDC="100000")
    venue.do(Borrow(ALICE, "BTC", D("0.5")), Borrow(BOB, "BTC", D(1)), Borrow(ALICE, "ETH", D(2)))
    venue.at(65)
    assert venue.charges() == [
        (65, "ETH", "2", "0.000002"),
        (65, "BTC", "0.5", "0.0000005"),
    ]
    assert venue.charges(BOB) == [(65, "BTC", "1", "0.000001")]
    assert venue.balances(BOB) == {"USDC": 100_000, "BTC": D("0.999999")}


def test_when_nothing_is_owed_no_timer_runs(venue: Venue) -> None:
    """It fires once more, and a later loan starts it again."""
    venue.give(ALICE, USDT="100000")
    venue.do(Borrow(ALICE, "BTC", D("0.5")))
    venue.at(30)
    venue.do(Repay(ALICE, "BTC"))
    venue.at(65)
    assert (venue.charges(), venue.state.timers) == ([], [])
    venue.do(Borrow(ALICE, "BTC", D("0.5")))
    venue.at(125)
    assert [minute for minute, *_ in venue.charges()] == [125]


# --- repayment ----------------------------------------------------------------------------------


def test_repaid_from_itself(venue: Venue) -> None:
    """Nothing is sold when there is enough; the bonus is not touched."""
    venue.give(ALICE, USDT="100000")
    venue.do(Borrow(ALICE, "BTC", D("0.5")), Repay(ALICE, "BTC", D("0.2")))
    assert venue.coin("BTC") == Coin(D("0.3"), D("0.3"))
    venue.do(Repay(ALICE, "BTC"))
    assert venue.coin("BTC") == Coin(D(0), D(0))
    assert venue.log(newest=2) == [("REPAY", "BTC", "-0.3", "0"), ("REPAY", "BTC", "-0.2", "0")]
    assert venue.state.borrowers == {}


def test_others_are_sold_in_the_order_of_liquidation(venue: Venue) -> None:
    """1 BTC is missing: 50,000 USD, and 0.1 % of each sale, the fee of BTC, not of USDT.

    USDT 20,000 * 0.999 / 50,000 = 0.3996; USDC 10,000 likewise 0.1998. Of ETH 0.4006 * 50,000 /
    (2,000 * 0.999) = 10.025025025..., a hundred-millionth upwards. MNT, third in order, stays.
    """
    venue.give(ALICE, ETH="20", MNT="60000", USDC="10000", USDT="20000")
    venue.owes("BTC", "1")
    venue.do(Repay(ALICE, "BTC"))
    assert venue.log(newest=7) == [
        ("REPAY", "BTC", "-1", "0"),
        ("SPOT_REPAYMENT_BUY", "BTC", "0.4006", "0"),
        ("SPOT_REPAYMENT_SELL", "ETH", "-10.02502503", "0.01002502"),
        ("SPOT_REPAYMENT_BUY", "BTC", "0.1998", "0"),
        ("SPOT_REPAYMENT_SELL", "USDC", "-10000", "10"),
        ("SPOT_REPAYMENT_BUY", "BTC", "0.3996", "0"),
        ("SPOT_REPAYMENT_SELL", "USDT", "-20000", "20"),
    ]
    assert venue.balances() == {
        "ETH": D("9.97497497"), "MNT": 60_000, "USDC": 0, "USDT": 0, "BTC": 0,
    }  # fmt: skip


def test_two_dollars_pay_the_lower_fee(venue: Venue) -> None:
    """USDC for USDT: 0.05 %; 1,000 USDC buy 999.5 USDT."""
    venue.give(ALICE, USDC="10000")
    venue.owes("USDT", "999.5")
    venue.do(Repay(ALICE, "USDT"))
    assert venue.balances() == {"USDC": 9_000, "USDT": 0}
    assert venue.log(newest=3)[2] == ("SPOT_REPAYMENT_SELL", "USDC", "-1000", "0.5")


def test_its_own_coin_comes_first(venue: Venue) -> None:
    """Of 100 that are owed 40 are there; 60 are bought."""
    venue.give(ALICE, USDC="1000")
    venue.owes("USDT", "100")
    venue.give(ALICE, USDT="40")
    venue.do(Repay(ALICE, "USDT"))
    assert venue.balances()["USDC"] == 1_000 - D("60.03001501")  # 60 / 0.9995, upwards


def test_interest_is_repaid_before_the_loan(venue: Venue) -> None:
    """1.01 is owed, of which 0.01 is interest: half of it first, then the rest and some loan."""
    venue.give(ALICE, USDT="1000000")
    venue.owes("BTC", "1")
    venue.rate("BTC", "0.01")
    venue.at(66)
    venue.rate("BTC", "0")
    venue.do(Repay(ALICE, "BTC", D("0.005")))
    assert venue.coin("BTC") == Coin(D("-0.005"), D(1))
    venue.do(Repay(ALICE, "BTC", D("0.105")))
    assert venue.coin("BTC") == Coin(D("0"), D("0.9"))
    venue.do(Repay(ALICE, "BTC"))
    assert venue.coin("BTC") == Coin(D(0), D(0))


def test_all_debts_at_once(venue: Venue) -> None:
    """ALL without a coin."""
    venue.give(ALICE, USDT="200000")
    venue.owes("BTC", "1")
    venue.owes("ETH", "1")
    venue.do(Repay(ALICE, repayment_type=ALL))
    assert venue.state.borrowers == {}
    assert venue.balances()["USDT"] == 200_000 - D("50050.05005006") - D("2002.00200201")


def test_the_most_that_one_call_converts(venue: Venue) -> None:
    """300,000 USDC are sold for 299,850 USDT, and not a hundred-millionth more."""
    venue.give(ALICE, USDC="1000000")
    venue.owes("USDT", "299850.00000001")
    assert venue.refused(Repay(ALICE, "USDT")).ret.code == 176006
    venue.do(Repay(ALICE, "USDT", D("299850")))
    assert venue.balances()["USDC"] == 700_000


def test_the_most_counts_all_coins_of_a_call(venue: Venue) -> None:
    """3 BTC and 75 ETH are 300,000 USD, and 300 of fees: one after the other it can be done."""
    venue.give(ALICE, USDT="1000000")
    venue.owes("BTC", "3")
    venue.owes("ETH", "75")
    assert venue.refused(Repay(ALICE, repayment_type=ALL)).ret.code == 176006
    venue.do(Repay(ALICE, "BTC"), Repay(ALICE, "ETH"))
    assert venue.state.borrowers == {}


def test_mnt_is_neither_sold_nor_bought(venue: Venue) -> None:
    """It repays MNT only, and only without conversion (docs/v5/account/repay)."""
    venue.give(ALICE, USDT="1000")
    venue.owes("MNT", "10")
    venue.give(ALICE, MNT="4")
    assert venue.refused(Repay(ALICE, "MNT")).ret.code == 176015
    venue.do(Repay(ALICE, "MNT", converts=False))
    assert venue.coin("MNT") == Coin(D(0), D(6))


def test_what_is_owed_itself_is_not_sold(venue: Venue) -> None:
    """There is BTC enough, but it is borrowed."""
    venue.give(ALICE, USDT="100000")
    venue.do(Borrow(ALICE, "BTC", D(1)))
    venue.owes("ETH", "1")
    venue.give(ALICE, USDT="-60000")
    venue.do(Repay(ALICE, "ETH", D("0.5")))
    assert venue.coin("BTC") == Coin(D(1), D(1))
    assert venue.log(newest=3)[2][:2] == ("SPOT_REPAYMENT_SELL", "USDT")


def test_a_bonus_repays_nothing(venue: Venue) -> None:
    """It is margin only."""
    venue.give(ALICE, USDC="1000")
    venue.owes("USDT", "50")
    venue.do(Fund(ALICE, "USDT", D(50), bonus=True))
    assert venue.refused(Repay(ALICE, "USDT", converts=False)).ret.code == 176015
    venue.do(Repay(ALICE, "USDT"))
    assert venue.coin("USDT") == Coin(D(50), D(0), D(50))
    assert venue.balances()["USDC"] == 1_000 - D("50.02501251")


@pytest.mark.parametrize("repay", [Repay(ALICE, "BTC"), QuickRepay(ALICE)], ids=repr)
@pytest.mark.parametrize("ms", [240_000, 300_000, 329_999])
def test_nothing_is_repaid_while_interest_is_due(venue: Venue, repay: Command, ms: int) -> None:
    """From 04:00.000 until before 05:30 of every hour; the hint says how long that is."""
    venue.give(ALICE, USDT="1000000")
    venue.owes("BTC", "1")
    venue.at(120)
    venue.clock.advance(ms)
    refused = venue.refused(repay)
    assert (refused.ret.code, refused.ret_msg) == (176018, "Settlement in progress")
    assert refused.why.hint == f"Retry in {330_000 - ms} ms."


@pytest.mark.parametrize("repay", [Repay(ALICE, "BTC"), QuickRepay(ALICE)], ids=repr)
@pytest.mark.parametrize("ms", [239_999, 330_000, 331_000])
def test_before_and_after_it_is(venue: Venue, repay: Command, ms: int) -> None:
    """To the millisecond."""
    venue.give(ALICE, USDT="1000000")
    venue.owes("BTC", "1")
    venue.at(120)
    venue.clock.advance(ms)
    venue.do(repay)


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (Repay(ALICE), "repaymentType"),
        (Repay(ALICE, repayment_type=RepaymentType.FIXED), "repaymentType"),
        (Repay(ALICE, amount=D(1), repayment_type=ALL), "amount"),
        (Repay(ALICE, "BTC", D(0)), "amount"),
        (Repay(ALICE, "BTC", D(-1)), "amount"),
        (Repay(ALICE, "BTC", D("NaN")), "amount"),
        (Repay(ALICE, "BTC", D("Infinity")), "amount"),
        (Repay(ALICE, "BTC", D("1e-19")), "amount"),
        (Repay(ALICE, "BTC", D("1e99")), "amount"),
        (Borrow(ALICE, "BTC", D(0)), "amount"),
        (Borrow(ALICE, "BTC", D("NaN")), "amount"),
    ],
    ids=repr,
)
def test_what_is_no_request(venue: Venue, command: Command, problem: str) -> None:
    """10001 names the parameter, before anything else."""
    refused = venue.refused(command)
    assert (refused.ret.code, refused.ret_msg) == (10001, f"params error: {problem} invalid")


@pytest.mark.parametrize("amount", ["1e99", "123456789012345678901234567890.5"])
def test_more_than_any_coin_has(venue: Venue, amount: str) -> None:
    """A number of any length is refused, not computed with."""
    assert venue.refused(Borrow(ALICE, "BTC", D(amount))).ret.code == 176026


# --- repayment of what nobody borrowed ------------------------------------------------------------


@pytest.fixture
def interest_debt(venue: Venue) -> Venue:
    """Alice owes 1 BTC that she borrowed and 0.01 of interest, and has 1,000,000 USDT, 10 MNT."""
    venue.give(ALICE, USDT="1000000", MNT="10")
    venue.owes("BTC", "1")
    venue.rate("BTC", "0.01")
    venue.at(66)
    venue.rate("BTC", "0")
    return venue


def test_quick_repayment_repays_interest(interest_debt: Venue) -> None:
    """0.01 BTC for 500 USD / 0.999, upwards; the loan stays."""
    interest_debt.do(QuickRepay(ALICE))
    assert interest_debt.coin("BTC") == Coin(D("0"), D(1))
    assert interest_debt.log(newest=2) == [
        ("SPOT_REPAYMENT_BUY", "BTC", "0.01", "0"),
        ("SPOT_REPAYMENT_SELL", "USDT", "-500.50050051", "0.5005005"),
    ]


def test_then_the_loan_is_left_to_repay(interest_debt: Venue) -> None:
    """182120, also for the coin by name; another coin has no debt: 182102."""
    interest_debt.do(QuickRepay(ALICE, "BTC"))
    assert interest_debt.refused(QuickRepay(ALICE)).ret.code == 182120
    assert interest_debt.refused(QuickRepay(ALICE, "BTC")).ret.code == 182120
    assert interest_debt.refused(QuickRepay(ALICE, "ETH")).ret.code == 182102
    assert interest_debt.refused(QuickRepay(BOB)).ret.code == 182102


def test_quick_repayment_without_collateral(interest_debt: Venue) -> None:
    """182101: MNT is not sold, and 100 USDT are not enough."""
    interest_debt.give(ALICE, USDT="-999900")
    assert interest_debt.refused(QuickRepay(ALICE)).ret.code == 182101


def test_money_that_arrives_repays_interest(interest_debt: Venue) -> None:
    """The balance is no longer negative."""
    interest_debt.give(ALICE, BTC="0.01")
    assert interest_debt.refused(QuickRepay(ALICE, "BTC")).ret.code == 182120


# --- automatic repayment --------------------------------------------------------------------------


def test_auto_repayment_at_minutes_0_and_30(venue: Venue) -> None:
    """As much as there is: 0.2 at minute 30, and what came since at the full hour."""
    venue.give(ALICE, USDT="100000")
    venue.do(Borrow(ALICE, "BTC", D("0.5")), SetAutoRepay(ALICE, on=True, coin="BTC"))
    venue.give(ALICE, BTC="-0.3")
    venue.at(29, 59)
    assert venue.coin("BTC") == Coin(D("0.2"), D("0.5"))
    venue.at(30)
    assert venue.coin("BTC") == Coin(D("0"), D("0.3"))
    venue.give(ALICE, BTC="0.4")
    venue.at(60)
    assert venue.coin("BTC") == Coin(D("0.1"), D("0"))
    assert venue.log(newest=1) == [("REPAY", "BTC", "-0.3", "0")]
    venue.at(90)
    assert venue.state.timers == []


def test_only_the_coins_that_were_asked_for(venue: Venue) -> None:
    """ETH stays, and so does Bob's BTC; switched off again, BTC stays, too."""
    venue.give(ALICE, USDT="100000")
    venue.give(BOB, USDT="100000")
    venue.do(SetAutoRepay(ALICE, on=True, coin="BTC"))
    venue.do(Borrow(ALICE, "BTC", D(1)), Borrow(ALICE, "ETH", D(1)), Borrow(BOB, "BTC", D(1)))
    venue.at(30)
    assert venue.coin("BTC").spot_borrow == 0
    assert venue.coin("ETH").spot_borrow == 1
    assert venue.coin("BTC", BOB).spot_borrow == 1

    venue.do(SetAutoRepay(ALICE, on=False), Borrow(ALICE, "BTC", D(1)))
    venue.at(60)
    assert venue.coin("BTC").spot_borrow == 1


def test_a_loan_starts_the_timer_again(venue: Venue) -> None:
    """Whether the mode was set before the loan or after it."""
    venue.give(ALICE, USDT="100000")
    venue.do(SetAutoRepay(ALICE, on=True))
    venue.at(45)
    assert venue.state.timers == []
    venue.do(Borrow(ALICE, "BTC", D(1)))
    venue.at(60)
    assert venue.state.borrowers == {}


# --- refusals that need another state -------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        Borrow(ALICE, "BTC", D(1)),
        Repay(ALICE, "BTC"),
        QuickRepay(ALICE),
        SetAutoRepay(ALICE, on=True),
        SwitchSpotMargin(ALICE, on=True),
        SetSpotLeverage(ALICE, D(3)),
    ],
    ids=repr,
)
def test_during_an_upgrade(venue: Venue, command: Command) -> None:
    """182105 (1.3)."""
    venue.give(ALICE, USDT="100000")
    venue.do(UpgradeToUta(ALICE))
    assert venue.refused(command).ret.code == 182105


def test_interest_goes_on_during_an_upgrade_and_after_it(venue: Venue) -> None:
    """The timers of both are kept apart."""
    venue.give(ALICE, USDT="100000")
    venue.do(Borrow(ALICE, "BTC", D(1)), UpgradeToUta(ALICE))
    venue.at(65)
    assert len(venue.charges()) == 1
    assert venue.state.accounts[ALICE].upgrade_due == 0


@pytest.mark.parametrize("leverage", ["1", "11", "2.5", "NaN", "Infinity", "1e999999", "-3"])
def test_a_leverage_out_of_range(venue: Venue, leverage: str) -> None:
    """176034, without counting so far."""
    venue.do(SwitchSpotMargin(ALICE, on=True))
    assert venue.refused(SetSpotLeverage(ALICE, D(leverage))).ret.code == 176034


def test_a_coin_has_a_leverage_of_its_own_that_is_too_much(venue: Venue) -> None:
    """Its first tier has 0.2: at most 5."""
    venue.do(SwitchSpotMargin(ALICE, on=True), SetSpotLeverage(ALICE, D(5), "BTC"))
    assert venue.refused(SetSpotLeverage(ALICE, D(6), "BTC")).ret.code == 176034
