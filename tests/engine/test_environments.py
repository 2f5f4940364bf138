"""Environments in the engine: replayed, and what stores from before them mean."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from utabox.clock import ManualClock
from utabox.engine.account.agreement import SignAgreement
from utabox.engine.account.api_key import ChangePassword, CreateApiKey
from utabox.engine.account.demo_member import CreateDemoMember
from utabox.engine.account.demo_money import ApplyDemoMoney
from utabox.engine.account.opening import CreateAccount
from utabox.engine.account.sub_key import CreateSubApiKey
from utabox.engine.account.sub_member import DeleteSubMember
from utabox.engine.invariants import audit
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.rules import Command, Rejected
from utabox.engine.state import FIRST_UID
from utabox.journal import Record
from utabox.journal.codec import encode_entry
from utabox.journal.memory import MemoryJournal
from utabox.runtime import Runtime
from utabox.terms import AccountKind, Agreement, Algorithm, Environment, MemberType

NOW = 1_748_312_640_123
MASTER, SUB, DEMO, SUB_DEMO = FIRST_UID, FIRST_UID + 1, FIRST_UID + 2, FIRST_UID + 3
LIFE: list[Command] = [
    SetIndexPrices({"USDT": Decimal(1)}),
    CreateAccount(),
    CreateAccount(parent_uid=MASTER, member_type=MemberType.FUND_CUSTODIAL),
    CreateDemoMember(MASTER),
    CreateDemoMember(SUB),
    CreateSubApiKey(MASTER, CreateApiKey(DEMO, "key0", Algorithm.HMAC, b"sealed")),
    CreateSubApiKey(MASTER, CreateApiKey(SUB_DEMO, "key1", Algorithm.HMAC, b"sealed")),
    ApplyDemoMoney(DEMO, {"USDT": Decimal(100)}),
    ApplyDemoMoney(DEMO, {"USDT": Decimal(40)}, reduce=True),
    ChangePassword(DEMO),
    SignAgreement(MASTER, Agreement.METALS),
    DeleteSubMember(MASTER, SUB),
    CreateAccount(kind=AccountKind.UTA2_PRO, environment=Environment.TESTNET),
    CreateDemoMember(FIRST_UID + 4),
]


def opened(journal: MemoryJournal) -> Runtime:
    def no_failure(error: BaseException) -> None:
        raise AssertionError(f"the journal failed: {error}")

    return Runtime(journal, ManualClock(NOW), lambda callback: callback(), no_failure)


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal()


@pytest.fixture
def runtime(journal: MemoryJournal) -> Runtime:
    """After all of it."""
    runtime = opened(journal)
    for command in LIFE:
        assert runtime.execute(command)
    return runtime


def test_all_of_it_is_replayed(journal: MemoryJournal, runtime: Runtime) -> None:
    """To the last bit, and the books are balanced."""
    assert opened(journal).state_hash() == runtime.state_hash()
    assert audit(runtime.state) == []


def test_what_it_leaves(runtime: Runtime) -> None:
    """Each demo account in the twin of its owner's environment; the sub's went with it."""
    state = runtime.state
    homes = [account.environment.value for account in state.accounts.values()]
    assert homes == ["mainnet", "mainnet", "demo", "demo", "testnet", "testnet-demo"]
    gone = [account.deleted for account in state.accounts.values()]
    assert gone == [False, True, False, True, False, False]
    assert list(state.keys) == ["key0"]
    assert (state.accounts[DEMO].coins or {})["USDT"].wallet_balance == 60
    assert state.subs == {MASTER: [SUB]}


@pytest.mark.parametrize(
    "command",
    [
        CreateDemoMember(404), CreateDemoMember(DEMO), CreateDemoMember(SUB),
        CreateAccount(parent_uid=MASTER, environment=Environment.DEMO),
        CreateAccount(member_type=MemberType.CUSTODIAL),
        ApplyDemoMoney(404, {"USDT": Decimal(1)}), ApplyDemoMoney(DEMO, {}),
        ApplyDemoMoney(DEMO, {"BTC": Decimal(1)}),
        ApplyDemoMoney(DEMO, {"USDT": Decimal("NaN")}),
        ApplyDemoMoney(DEMO, {"USDT": Decimal("Infinity")}),
        ApplyDemoMoney(DEMO, {"USDT": Decimal(0)}),
        ApplyDemoMoney(DEMO, {"USDT": Decimal("1e-9")}),
        ApplyDemoMoney(DEMO, {"USDT": Decimal("60.01")}, reduce=True),
        ChangePassword(404), ChangePassword(SUB), SignAgreement(404, Agreement.METALS),
        CreateSubApiKey(MASTER, CreateApiKey(SUB_DEMO, "key2", Algorithm.HMAC)),
        CreateSubApiKey(FIRST_UID + 4, CreateApiKey(DEMO, "key2", Algorithm.HMAC)),
        CreateSubApiKey(DEMO, CreateApiKey(DEMO, "key2", Algorithm.HMAC)),
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_refused_changes_nothing(runtime: Runtime, command: Command) -> None:
    """A refusal tells what to do, and the state is the same."""
    before = runtime.state_hash()
    with pytest.raises(Rejected) as refused:
        runtime.execute(command)
    assert refused.value.why.hint
    assert runtime.state_hash() == before


def test_a_journal_from_before_there_were_environments() -> None:
    """Its accounts live on the mainnet and are ordinary ones."""
    command = {
        "type": "create-account", "kind": 5, "parent_uid": 0, "uid": 0, "vip_level": "No VIP",
    }  # fmt: skip
    event = {
        "type": "account-created", "uid": MASTER, "kind": 5, "parent_uid": 0,
        "vip_level": "No VIP", "smp_group": 0, "created_at": NOW, "updated_time": NOW - NOW % 1000,
    }  # fmt: skip
    journal = MemoryJournal()
    journal.append([Record(1, NOW, msgspec.msgpack.encode([1, command, [event]]))])

    account = opened(journal).state.accounts[MASTER]

    assert account.environment is Environment.MAINNET
    assert account.member_type is MemberType.NORMAL


def test_an_ordinary_account_is_written_as_before(runtime: Runtime) -> None:
    """A journal of them alone is readable to the utabox from before there were environments."""
    command = CreateAccount()
    events = runtime.execute(command)
    payload = encode_entry(1, NOW, command, events).payload
    written: list[Any] = msgspec.msgpack.decode(payload)
    assert list(written[1]) == ["type"]
    assert "environment" not in written[2][0]
