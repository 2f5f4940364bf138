"""What was, is again: after a restart, from any snapshot, under any hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import given, settings

from utabox.clock import ManualClock
from utabox.engine.account.api_key import CreateApiKey, DeleteApiKey, ModifyApiKey
from utabox.engine.account.dcp import SetDcpWindow
from utabox.engine.account.delta_mode import SetDeltaMode
from utabox.engine.account.funding import Fund
from utabox.engine.account.hedging import SetHedgingMode
from utabox.engine.account.margin_mode import SetMarginMode
from utabox.engine.account.mmp import ModifyMmp, ResetMmp
from utabox.engine.account.opening import CreateAccount
from utabox.engine.account.price_limit import SetPriceLimitAction
from utabox.engine.account.profile import SetProfile
from utabox.engine.account.upgrade import UpgradeToUta
from utabox.engine.invariants import audit
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.rules import Command, Rejected
from utabox.engine.state import FIRST_UID, Mmp
from utabox.journal.codec import encode_state
from utabox.journal.memory import MemoryJournal
from utabox.runtime import Runtime
from utabox.terms import AccountKind, Algorithm, DcpProduct, MarginMode, VipLevel

NOW = 1_748_312_640_123
UIDS = st.integers(FIRST_UID, FIRST_UID + 3)
KEYS = st.sampled_from(["keyA", "keyB", "keyC"])
OPTIONAL_FLAG = st.none() | st.booleans()
PRODUCTS = st.lists(st.sampled_from(list(DcpProduct)), unique=True).map(tuple)
COINS = st.sampled_from(["BTC", "USDC"])
LIMITS = st.decimals(0, 1000, places=2)

COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        CreateAccount,
        kind=st.sampled_from(list(AccountKind)),
        parent_uid=st.just(0) | UIDS,
        vip_level=st.sampled_from([VipLevel.NONE, VipLevel.VIP_1]),
    ),
    st.builds(Fund, uid=UIDS, coin=st.sampled_from(["USDC", "BTC"]), amount=st.decimals(
        -2000, 2000, places=4, allow_nan=False)),
    st.builds(SetMarginMode, uid=UIDS, margin_mode=st.sampled_from(list(MarginMode))),
    st.builds(SetHedgingMode, uid=UIDS, on=st.booleans()),
    st.builds(UpgradeToUta, uid=UIDS),
    st.builds(SetDcpWindow, uid=UIDS, product=st.sampled_from(list(DcpProduct)),
              window_s=st.integers(3, 300)),
    st.builds(SetProfile, uid=UIDS, kind=st.none() | st.sampled_from(list(AccountKind)),
              leader=OPTIONAL_FLAG, frozen=OPTIONAL_FLAG, smp_group=st.none() | st.integers(0, 9),
              dcp_products=st.none() | PRODUCTS,
              mmp_coins=st.none() | st.lists(COINS, unique=True).map(tuple)),
    st.builds(SetPriceLimitAction, uid=UIDS, futures=st.booleans(), adjusts=st.booleans()),
    st.builds(SetDeltaMode, uid=UIDS, on=st.booleans()),
    st.builds(ModifyMmp, uid=UIDS, base_coin=COINS, mmp=st.builds(
        Mmp, window_ms=st.integers(0, 9_000), frozen_period_ms=st.integers(-1, 9_000),
        qty_limit=LIMITS, delta_limit=LIMITS, vega_limit=LIMITS)),
    st.builds(ResetMmp, uid=UIDS, base_coin=COINS),
    st.builds(CreateApiKey, uid=UIDS, api_key=KEYS, algorithm=st.sampled_from(list(Algorithm)),
              sealed_secret=st.binary(max_size=8)),
    st.builds(ModifyApiKey, api_key=KEYS, read_only=OPTIONAL_FLAG,
              ips=st.none() | st.just(("127.0.0.1",))),
    st.builds(DeleteApiKey, api_key=KEYS),
    st.builds(SetIndexPrices, prices=st.just({"USDC": Decimal(1), "BTC": Decimal(80_000)})),
)  # fmt: skip
STEPS = st.lists(st.tuples(st.integers(0, 4_000), COMMANDS), max_size=40)


def no_failure(error: BaseException) -> None:
    raise AssertionError(f"the journal failed: {error}")


def opened(journal: MemoryJournal, clock: ManualClock) -> Runtime:
    return Runtime(journal, clock, lambda callback: callback(), no_failure)


def act(runtime: Runtime, clock: ManualClock, steps: list[tuple[int, Command]]) -> None:
    """Give the commands, each some ms after the one before; refused ones change nothing."""
    for wait, command in steps:
        clock.advance(wait)
        runtime.advance()  # timers that were due fire whether the command is accepted or not
        before = encode_state(runtime.state)
        try:
            runtime.execute(command)
        except Rejected:
            assert encode_state(runtime.state) == before


@settings(max_examples=150)
@given(steps=STEPS, cut=st.integers(0, 40))
def test_a_snapshot_at_any_point_equals_the_replay(
    steps: list[tuple[int, Command]], cut: int
) -> None:
    """Snapshot(n) + entries(n+1..m) = entries(1..m), to the last bit; every invariant holds."""
    journal, clock = MemoryJournal(), ManualClock(NOW)
    runtime = opened(journal, clock)
    act(runtime, clock, steps[:cut])
    snapshot = encode_state(runtime.state)
    act(runtime, clock, steps[cut:])
    expected = runtime.state_hash()

    assert opened(journal, clock).state_hash() == expected
    journal.save_snapshot(snapshot)
    assert opened(journal, clock).state_hash() == expected
    assert audit(runtime.state) == []


def test_an_upgrade_survives_a_restart() -> None:
    """The timer is state: it fires in the next process, at its time."""
    journal, clock = MemoryJournal(), ManualClock(NOW)
    runtime = opened(journal, clock)
    runtime.execute(CreateAccount(vip_level=VipLevel.VIP_1))
    runtime.execute(UpgradeToUta(FIRST_UID))

    clock.advance(4_999)
    again = opened(journal, clock)
    again.advance()
    assert again.state.accounts[FIRST_UID].kind is AccountKind.UTA2
    clock.advance(60_000)
    again.advance()

    account = again.state.accounts[FIRST_UID]
    assert account.kind is AccountKind.UTA2_PRO
    assert account.updated_time == (NOW + 5_000) // 1000 * 1000
    assert again.state.timers == []


HASHED = """
from decimal import Decimal
from tests.runtime.test_replay import *
clock = ManualClock(NOW)
runtime = opened(MemoryJournal(), clock)
act(runtime, clock, [
    (1, SetIndexPrices({"USDC": Decimal(1), "BTC": Decimal(80000)})),
    *((7, CreateAccount(parent_uid=parent)) for parent in (0, FIRST_UID, FIRST_UID)),
    (9, Fund(FIRST_UID, "USDC", Decimal("1234.5"))),
    (9, SetProfile(FIRST_UID, smp_group=4, vip_level=VipLevel.VIP_1,
                   dcp_products=(DcpProduct.SPOT, DcpProduct.OPTIONS), mmp_coins=("USDC", "BTC"))),
    (9, ModifyMmp(FIRST_UID, "BTC", Mmp(qty_limit=Decimal("1E+2")))),
    (9, SetPriceLimitAction(FIRST_UID, True, False)),
    (9, SetDeltaMode(FIRST_UID, True)),
    (9, CreateApiKey(FIRST_UID, "keyA", Algorithm.HMAC, b"sealed")),
    (9, SetMarginMode(FIRST_UID, MarginMode.PORTFOLIO_MARGIN)),
    (9, SetHedgingMode(FIRST_UID, True)),
    (9, UpgradeToUta(FIRST_UID)),
])
print(runtime.state_hash())
"""


def test_two_hash_seeds_give_the_same_state() -> None:
    """Nothing depends on the order of a set or on an address."""
    hashes = [
        subprocess.run(
            [sys.executable, "-c", HASHED],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert len(hashes[0].strip()) == 64
    assert hashes[0] == hashes[1]
