"""Nothing leaves before it is durable; no command waits for another's flush."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.journal.faults import DiskFailed, FaultyJournal, FullJournal, GatedJournal, Moment

from utabox.clock import ManualClock
from utabox.engine.account.funding import Fund
from utabox.engine.account.margin_mode import SetMarginMode
from utabox.engine.account.opening import CreateAccount
from utabox.engine.account.profile import SetProfile
from utabox.engine.invariants import Broken
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.rules import Rejected
from utabox.engine.state import FIRST_UID
from utabox.journal.memory import MemoryJournal
from utabox.runtime import Runtime, replay
from utabox.terms import MarginMode

NOW = 1_748_312_640_123


class Turns:
    """An event loop of one thread that turns when the test says so."""

    def __init__(self) -> None:
        self._ready: deque[Callable[[], None]] = deque()
        self._arrived = threading.Condition()

    def defer(self, callback: Callable[[], None]) -> None:
        with self._arrived:
            self._ready.append(callback)
            self._arrived.notify()

    def turn(self) -> None:
        """Run one callback, waiting for it if need be."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: self._ready, timeout=10)
            callback = self._ready.popleft()
        callback()


def no_failure(error: BaseException) -> None:
    raise AssertionError(f"the journal failed: {error}")


def fund(amount: str) -> Fund:
    return Fund(uid=FIRST_UID, coin="USDC", amount=Decimal(amount))


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def journal() -> GatedJournal:
    return GatedJournal(MemoryJournal())


@pytest.fixture
def runtime(turns: Turns, journal: GatedJournal) -> Runtime:
    """A venue with one account, all of it durable."""
    runtime = Runtime(journal, ManualClock(NOW), turns.defer, no_failure)
    runtime.execute(SetIndexPrices({"USDC": Decimal(1)}))
    runtime.execute(CreateAccount())
    journal.gate.release()
    turns.turn()  # the flush begins
    turns.turn()  # and lands
    assert runtime.settled
    assert journal.begun.acquire(timeout=10)
    return runtime


def test_a_read_of_what_is_not_durable_waits(
    runtime: Runtime, turns: Turns, journal: GatedJournal
) -> None:
    """The write, and the read that saw it, leave together, in order, after the flush."""
    left: list[str] = []
    runtime.execute(fund("5"))
    assert not runtime.settled
    runtime.when_durable(lambda: left.append("write"))
    runtime.when_durable(lambda: left.append("read"))

    turns.turn()
    assert left == []
    journal.gate.release()
    turns.turn()

    assert left == ["write", "read"]
    assert runtime.settled


def test_commands_do_not_wait_for_each_other(
    runtime: Runtime, turns: Turns, journal: GatedJournal
) -> None:
    """Sixty-four commands during one flush share the next; each left with its own batch."""
    left: list[int] = []
    runtime.execute(fund("1"))
    runtime.when_durable(lambda: left.append(0))
    turns.turn()
    assert journal.begun.acquire(timeout=10)
    for number in range(1, 65):
        runtime.execute(fund("1"))
        runtime.when_durable(lambda number=number: left.append(number))  # type: ignore[misc]

    journal.gate.release()
    turns.turn()
    assert left == [0]
    journal.gate.release()
    turns.turn()

    assert left == list(range(65))
    assert journal.batches[-2:] == [1, 64]


def test_a_refusal_that_saw_undurable_state_waits(
    runtime: Runtime, turns: Turns, journal: GatedJournal
) -> None:
    """It tells the equity: that must be on the disk before anyone hears of it."""
    runtime.execute(fund("999"))
    with pytest.raises(Rejected):
        runtime.execute(SetMarginMode(FIRST_UID, MarginMode.PORTFOLIO_MARGIN))
    assert not runtime.settled
    journal.gate.release()
    turns.turn()
    turns.turn()
    assert runtime.settled


@pytest.mark.parametrize("moment", ["before", "half", "after"])
@pytest.mark.parametrize("fail_at", [1, 2, 3])
def test_after_a_failed_append_nothing_more_is_said(fail_at: int, moment: Moment) -> None:
    """Whatever is on the disk by then: no answer, no further append, one clear end."""
    turns, failures = Turns(), list[BaseException]()
    gated = GatedJournal(MemoryJournal())
    journal = FaultyJournal(gated, fail_at, moment)
    runtime = Runtime(journal, ManualClock(NOW), turns.defer, failures.append)
    commands = [SetIndexPrices({"USDC": Decimal(1)}), CreateAccount(), fund("1")]
    left: list[int] = []
    for number, command in enumerate(commands[:fail_at], 1):
        runtime.execute(command)
        runtime.when_durable(lambda number=number: left.append(number))  # type: ignore[misc]
        gated.gate.release()
        turns.turn()
        turns.turn()

    assert left == list(range(1, fail_at))
    assert [type(error) for error in failures] == [DiskFailed]
    assert not runtime.settled
    with pytest.raises(AssertionError, match="after a failed append"):
        runtime.execute(fund("1"))
    runtime.close()
    assert journal.appends == fail_at
    assert gated.inner.length <= fail_at


def test_a_failure_on_the_memory_journal() -> None:
    """The same promise without a writer's thread."""
    failures = list[BaseException]()
    journal = FaultyJournal(MemoryJournal(), 1)
    runtime = Runtime(journal, ManualClock(NOW), lambda callback: callback(), failures.append)
    runtime.execute(CreateAccount())
    assert not runtime.settled
    assert len(failures) == 1


def test_without_room_commands_are_refused_and_reads_go_on() -> None:
    """10016 before anything was written; with room again, the next command is taken."""
    journal = FullJournal(MemoryJournal(), free=10**9)
    runtime = Runtime(journal, ManualClock(NOW), lambda callback: callback(), no_failure)
    runtime.execute(CreateAccount())
    journal.free = 4096
    before = runtime.state_hash()

    with pytest.raises(Rejected) as refused:
        runtime.execute(CreateAccount())

    assert (refused.value.ret.code, refused.value.why.seen) == (10016, "4096 bytes")
    assert runtime.settled
    assert runtime.state_hash() == before
    journal.free = 10**9
    runtime.execute(CreateAccount())
    assert len(runtime.state.accounts) == 2


def test_closing_flushes_what_is_queued(
    runtime: Runtime, turns: Turns, journal: GatedJournal
) -> None:
    """A server that stops loses nothing that it decided, and leaves a snapshot of all."""
    left: list[str] = []
    runtime.execute(fund("1"))
    turns.turn()
    runtime.execute(fund("2"))
    runtime.when_durable(lambda: left.append("released"))
    journal.gate.release(2)
    expected = runtime.state_hash()

    runtime.close()

    assert left == ["released"]
    snapshot = journal.inner.snapshot()
    assert snapshot is not None
    assert snapshot.seq == journal.inner.length == 4
    state, _ = replay(journal.inner)
    assert state.seq == 4
    assert Runtime(journal.inner, ManualClock(NOW), turns.defer, no_failure).state_hash() == (
        expected
    )


def test_what_cannot_be_written_down_does_not_happen() -> None:
    """The command fails, and the venue goes on as if it had not been given."""
    runtime = Runtime(MemoryJournal(), ManualClock(NOW), lambda f: f(), no_failure)
    runtime.execute(CreateAccount())
    before = runtime.state_hash()

    with pytest.raises(OverflowError):
        runtime.execute(SetProfile(FIRST_UID, leader=2**70))  # type: ignore[arg-type]

    assert runtime.state_hash() == before
    assert runtime.settled
    runtime.execute(CreateAccount())
    assert runtime.journal.length == runtime.state.seq == 2


def test_a_broken_invariant_stops_everything() -> None:
    """The state is void then: nothing more is said, and the journal has nothing of it."""
    failures = list[BaseException]()
    runtime = Runtime(MemoryJournal(), ManualClock(NOW), lambda f: f(), failures.append)
    runtime.execute(SetIndexPrices({"USDC": Decimal(1)}))
    runtime.execute(CreateAccount())
    runtime.execute(fund("5"))
    runtime.state.accounts[FIRST_UID].updated_time = NOW + 1_000_000

    with pytest.raises(Broken, match="updatedTime"):
        runtime.execute(fund("5"))

    assert [type(error) for error in failures] == [Broken]
    assert not runtime.settled
    assert runtime.journal.length == 3


def test_time_never_goes_back_between_entries_either() -> None:
    """What was told once, to a reader or a rate limiter, is not taken back."""
    clock = ManualClock(NOW)
    runtime = Runtime(MemoryJournal(), clock, lambda f: f(), no_failure)
    assert runtime.advance() == NOW
    clock.advance(-7_000)
    assert runtime.advance() == NOW
    clock.advance(7_001)
    assert runtime.advance() == NOW + 1


def test_time_never_goes_back(turns: Turns) -> None:
    """The clock was set back by an hour: the venue's time stands still until it catches up."""
    clock = ManualClock(NOW)
    runtime = Runtime(MemoryJournal(), clock, turns.defer, no_failure)
    runtime.execute(CreateAccount())
    clock.advance(-3_600_000)
    assert runtime.now() == NOW
    runtime.execute(CreateAccount())
    assert runtime.state.accounts[FIRST_UID + 1].created_at == NOW


def test_what_is_repeated_is_one_batch(runtime: Runtime) -> None:
    """However the disk's thread meets it: a seed that was cut in two could be lost by half."""
    runtime.execute(SetIndexPrices({"BTC": Decimal(1)}))
    steps = [(SetIndexPrices({"BTC": Decimal(price)}), NOW) for price in (2, 3, 4)]
    runtime.repeat(steps)
    assert [len(records) for records in runtime._queue] == [1, 3]


def test_nothing_to_repeat_is_no_batch(
    runtime: Runtime, turns: Turns, journal: GatedJournal
) -> None:
    """A seed that finds all as it says leaves the way free for what comes next."""
    runtime.repeat([])
    assert runtime.settled
    runtime.execute(fund("1"))
    turns.turn()
    journal.gate.release()
    turns.turn()
    assert runtime.settled
