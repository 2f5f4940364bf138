"""Random commands against a plain-dict model, written from the specification alone.

The model knows account-semantics 1.2, 1.3, 2.5, 6.2, 6.7 and 8.1, and nothing of the engine: no
events, no structs, no timers (it computes what a moment looks like from what was asked before).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from utabox.clock import ManualClock
from utabox.engine.account.dcp import SetDcpWindow
from utabox.engine.account.funding import Fund
from utabox.engine.account.hedging import SetHedgingMode
from utabox.engine.account.margin_mode import SetMarginMode
from utabox.engine.account.opening import CreateAccount
from utabox.engine.account.profile import SetProfile
from utabox.engine.account.upgrade import UpgradeToUta
from utabox.engine.invariants import audit
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.rules import Command, Rejected
from utabox.journal.memory import MemoryJournal
from utabox.runtime import Runtime
from utabox.terms import AccountKind, DcpProduct, MarginMode, VipLevel

START = 1_748_311_200_000  # 2025-05-27 02:00:00.000 UTC
REGULAR, ISOLATED, PORTFOLIO = "REGULAR_MARGIN", "ISOLATED_MARGIN", "PORTFOLIO_MARGIN"
Record = dict[str, Any]


class Model:
    """The specification as dicts."""

    def __init__(self) -> None:
        self.accounts: list[Record] = []
        self.price = {"USDC": Decimal(1), "BTC": Decimal(50_000)}

    def open(self, kind: int, parent: int | None, vip: str, now: int) -> None:
        self.accounts.append(
            {
                "kind": kind, "parent": parent, "vip": vip, "mode": REGULAR, "hedging": False,
                "leader": False, "updated": 0 if kind == 1 else now // 1000 * 1000,
                "upgrade": None, "coins": {"USDC": Decimal(0), "BTC": Decimal(0)}, "dcp": {},
            }
        )  # fmt: skip

    def pass_time(self, now: int) -> None:
        """Complete upgrades that are due, each at its own moment."""
        for account in self.accounts:
            due = account["upgrade"]
            if due is not None and due <= now:
                account["kind"] = {1: 3, 3: 4, 5: 6}[account["kind"]]
                account["updated"] = due // 1000 * 1000
                account["upgrade"] = None

    def equity(self, account: Record) -> Decimal:
        return sum((amount * self.price[coin] for coin, amount in account["coins"].items()),
                   Decimal(0))  # fmt: skip

    def set_mode(self, account: Record, mode: str, now: int) -> list[int]:
        """The reason codes of a refusal, [10028] for a classic account, or nothing."""
        if account["kind"] == 1:
            return [10028]
        if mode == account["mode"]:
            return []
        reasons = []
        if mode == PORTFOLIO and self.equity(account) < 1000:
            reasons.append(3400000)
        if mode == PORTFOLIO and account["leader"]:
            reasons.append(3401010)
        if account["upgrade"] is not None:
            reasons.append(182105)
        if not reasons:
            account["mode"] = mode
            account["hedging"] = account["hedging"] and mode == PORTFOLIO
            account["updated"] = now // 1000 * 1000
        return reasons

    def set_hedging(self, account: Record, on: bool, now: int) -> int:
        if account["kind"] == 1:
            return 10028
        if account["upgrade"] is not None:
            return 3100197
        if account["mode"] != PORTFOLIO:
            return 140001
        if account["hedging"] != on:
            account["hedging"] = on
            account["updated"] = now // 1000 * 1000
        return 0

    def upgrade(self, account: Record, now: int) -> str:
        if account["kind"] in (4, 6):
            return "SUCCESS"
        if account["upgrade"] is not None:
            return "PROCESS"
        payer = account if account["parent"] is None else self.accounts[account["parent"]]
        minute = now // 60_000 % 60
        if payer["vip"] == "No VIP" or minute >= 50 or minute <= 5:
            return "FAIL"
        account["upgrade"] = now + 5_000
        return "PROCESS"

    def lead(self, account: Record, leader: bool, now: int) -> bool:
        if leader and account["mode"] == PORTFOLIO:
            return False
        if account["leader"] != leader:
            account["leader"] = leader
            account["updated"] = now // 1000 * 1000
        return True


class Exchange(RuleBasedStateMachine):
    """The engine behind its runtime, and the model beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(START)
        self.runtime = Runtime(MemoryJournal(), self.clock, lambda f: f(), self.fail)
        self.model = Model()
        self.uids: list[int] = []

    def fail(self, error: BaseException) -> None:
        raise AssertionError(f"the journal failed: {error}")

    @initialize()
    def begin(self) -> None:
        self.runtime.execute(SetIndexPrices(dict(self.model.price)))
        self.open(5, False, "VIP-1")

    def do(self, command: Command) -> Rejected | None:
        try:
            self.runtime.execute(command)
        except Rejected as rejected:
            return rejected
        return None

    def pick(self, number: int) -> tuple[int, Record]:
        self.model.pass_time(self.clock.now)
        index = number % len(self.uids)
        return self.uids[index], self.model.accounts[index]

    @rule(
        kind=st.sampled_from([1, 3, 4, 5, 6]),
        sub=st.booleans(),
        vip=st.sampled_from(["No VIP", "VIP-1", "PRO-6"]),
    )
    def open(self, kind: int, sub: bool, vip: str) -> None:
        parent = 0 if sub and self.uids else None
        uid = self.runtime.state.next_uid
        parent_uid = 0 if parent is None else self.uids[parent]
        refused = self.do(CreateAccount(AccountKind(kind), parent_uid, uid, VipLevel(vip)))
        assert refused is None
        self.uids.append(uid)
        self.model.open(kind, parent, vip, self.clock.now)

    @rule(milliseconds=st.integers(0, 400_000))
    def wait(self, milliseconds: int) -> None:
        self.clock.advance(milliseconds)

    @rule(number=st.integers(0, 9), coin=st.sampled_from(["USDC", "BTC"]),
          amount=st.decimals(-3000, 3000, places=3))  # fmt: skip
    def fund(self, number: int, coin: str, amount: Decimal) -> None:
        uid, account = self.pick(number)
        refused = self.do(Fund(uid, coin, amount))
        if account["coins"][coin] + amount < 0:
            assert refused is not None
        else:
            assert refused is None
            account["coins"][coin] += amount

    @rule(price=st.decimals(1, 200_000, places=2))
    def quote(self, price: Decimal) -> None:
        assert self.do(SetIndexPrices({"BTC": price})) is None
        self.model.price["BTC"] = price

    @rule(number=st.integers(0, 9), mode=st.sampled_from([REGULAR, ISOLATED, PORTFOLIO]))
    def set_mode(self, number: int, mode: str) -> None:
        uid, account = self.pick(number)
        refused = self.do(SetMarginMode(uid, MarginMode(mode)))
        codes = [] if refused is None else [r.code for r in refused.reasons] or [refused.ret.code]
        assert codes == self.model.set_mode(account, mode, self.clock.now)

    @rule(number=st.integers(0, 9), on=st.booleans())
    def set_hedging(self, number: int, on: bool) -> None:
        uid, account = self.pick(number)
        refused = self.do(SetHedgingMode(uid, on))
        code = 0 if refused is None else refused.ret.code
        assert code == self.model.set_hedging(account, on, self.clock.now)

    @rule(number=st.integers(0, 9))
    def upgrade(self, number: int) -> None:
        uid, account = self.pick(number)
        refused = self.do(UpgradeToUta(uid))
        status = self.model.upgrade(account, self.clock.now)
        assert (refused is not None) == (status == "FAIL")
        due = self.runtime.state.accounts[uid].upgrade_due
        assert due == (account["upgrade"] or 0)

    @rule(number=st.integers(0, 9), leader=st.booleans())
    def lead(self, number: int, leader: bool) -> None:
        uid, account = self.pick(number)
        refused = self.do(SetProfile(uid, leader=leader))
        assert (refused is None) == self.model.lead(account, leader, self.clock.now)

    @rule(number=st.integers(0, 9), products=st.sets(st.sampled_from(["SPOT", "OPTIONS"])))
    def enable_dcp(self, number: int, products: set[str]) -> None:
        uid, account = self.pick(number)
        wanted = tuple(DcpProduct(name) for name in sorted(products))
        assert self.do(SetProfile(uid, dcp_products=wanted)) is None
        account["dcp"] = {name: account["dcp"].get(name, 10) for name in products}

    @rule(number=st.integers(0, 9), product=st.sampled_from(["SPOT", "OPTIONS"]),
          seconds=st.integers(3, 300))  # fmt: skip
    def set_dcp(self, number: int, product: str, seconds: int) -> None:
        uid, account = self.pick(number)
        refused = self.do(SetDcpWindow(uid, DcpProduct(product), seconds))
        code = 0 if refused is None else refused.ret.code
        if account["upgrade"] is not None:
            assert code == 3100197
        elif product not in account["dcp"]:
            assert code == 10001
        else:
            assert code == 0
            account["dcp"][product] = seconds

    @invariant()
    def they_agree(self) -> None:
        """Every account is what the model says, now; every invariant holds."""
        self.runtime.advance()
        self.model.pass_time(self.clock.now)
        for uid, account in zip(self.uids, self.model.accounts, strict=True):
            known = self.runtime.state.accounts[uid]
            coins = {name: coin.wallet_balance for name, coin in (known.coins or {}).items()}
            assert (known.kind, known.margin_mode, known.spot_hedging, known.leader) == (
                account["kind"], account["mode"], account["hedging"], account["leader"],
            )  # fmt: skip
            assert known.updated_time == account["updated"]
            assert (known.dcp_windows or {}) == account["dcp"]
            assert {"USDC": 0, "BTC": 0} | coins == account["coins"]
        assert audit(self.runtime.state) == []


TestExchange = Exchange.TestCase
TestExchange.settings = settings(max_examples=80, stateful_step_count=40)
