"""A family in the engine: replayed, deleted, and out of reach afterwards."""

from decimal import Decimal

import pytest

from utabox.clock import ManualClock
from utabox.endpoint import NewKey
from utabox.engine.account.api_key import CreateApiKey, DeleteApiKey, ModifyApiKey
from utabox.engine.account.funding import Fund
from utabox.engine.account.opening import CreateAccount
from utabox.engine.account.profile import SetProfile
from utabox.engine.account.sub_key import CreateSubApiKey, DeleteSubApiKey, ModifySubApiKey
from utabox.engine.account.sub_member import CreateSubMember, DeleteSubMember, FreezeSubMember
from utabox.engine.invariants import audit
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.rules import Command, Rejected
from utabox.engine.state import FIRST_UID
from utabox.journal.memory import MemoryJournal
from utabox.runtime import Runtime
from utabox.terms import Algorithm, MemberType

NOW = 1_748_312_640_123
MASTER, CHILD, STRANGER = FIRST_UID, FIRST_UID + 1, FIRST_UID + 2
FAMILY: list[Command] = [
    SetIndexPrices({"USDT": Decimal(1)}),
    CreateAccount(),
    CreateSubMember(MASTER, "child01", MemberType.CUSTODIAL, "a remark"),
    CreateAccount(),
    CreateSubApiKey(MASTER, CreateApiKey(CHILD, "key0", Algorithm.HMAC, b"sealed")),
    CreateSubApiKey(MASTER, CreateApiKey(CHILD, "key1", Algorithm.HMAC, b"sealed")),
    ModifySubApiKey(MASTER, ModifyApiKey("key0", read_only=True)),
    DeleteSubApiKey(MASTER, DeleteApiKey("key1")),
    FreezeSubMember(MASTER, CHILD, frozen=True),
    FreezeSubMember(MASTER, CHILD, frozen=False),
    Fund(CHILD, "USDT", Decimal("0.001")),
    DeleteSubMember(MASTER, CHILD),
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
    """After the whole life of a sub-account."""
    runtime = opened(journal)
    for command in FAMILY:
        assert runtime.execute(command)
    return runtime


def test_a_family_is_replayed(journal: MemoryJournal, runtime: Runtime) -> None:
    """To the last bit; what the deleted account held is still accounted for."""
    assert opened(journal).state_hash() == runtime.state_hash()
    assert audit(runtime.state) == []
    assert runtime.state.keys == {}
    assert runtime.state.usernames == {"child01": CHILD}


@pytest.mark.parametrize(
    "command",
    [
        SetProfile(CHILD, leader=True), Fund(CHILD, "USDT", Decimal(1)), CreateAccount(uid=CHILD),
        CreateApiKey(CHILD, "key2", Algorithm.HMAC), DeleteSubMember(MASTER, CHILD),
        CreateAccount(parent_uid=CHILD), FreezeSubMember(MASTER, CHILD, frozen=True),
        CreateSubMember(STRANGER, "child01", MemberType.NORMAL),
    ],
    ids=repr,
)  # fmt: skip
def test_nobody_reaches_a_deleted_account(runtime: Runtime, command: Command) -> None:
    """It is as if it were not there, but its UID and its name are taken."""
    with pytest.raises(Rejected):
        runtime.execute(command)


def test_a_masters_group_does_not_flow_to_it(runtime: Runtime) -> None:
    """It stays as it was when it was deleted."""
    runtime.execute(SetProfile(MASTER, smp_group=7))
    assert runtime.state.accounts[CHILD].smp_group == 0


def test_a_key_of_ones_own_is_no_sub_accounts_key(runtime: Runtime) -> None:
    """Nor does parent 0 make masters the subs of nobody."""
    runtime.execute(CreateApiKey(MASTER, "key3", Algorithm.HMAC))
    with pytest.raises(Rejected, match="apikey invalid"):
        runtime.execute(DeleteSubApiKey(MASTER, DeleteApiKey("key3")))
    with pytest.raises(Rejected, match="apikey invalid"):
        runtime.execute(DeleteSubApiKey(0, DeleteApiKey("key3")))


def test_a_new_key_does_not_print_its_secret() -> None:
    """A traceback or a log line may hold its repr."""
    assert repr(NewKey("key0", "the secret", b"sealed")) == "NewKey(key0)"
