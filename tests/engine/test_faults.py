"""Which requests a fault meets: a rule of counts, time and a seed, without a clock or chance."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from utabox.clock import ManualClock
from utabox.engine.account.api_key import CreateApiKey
from utabox.engine.account.opening import CreateAccount
from utabox.engine.fault import (
    AddFault,
    Call,
    CountFault,
    RemoveFault,
    RemoveFaults,
    _mixed,
    about,
    delay_ms,
)
from utabox.engine.rules import Command, Rejected
from utabox.engine.state import (
    FIRST_UID,
    FaultEffect,
    FaultField,
    FaultScope,
    FaultTiming,
)
from utabox.journal.memory import MemoryJournal
from utabox.runtime import Runtime
from utabox.terms import Algorithm

NOW = 1_748_312_640_123
ALICE, BOB = FIRST_UID, FIRST_UID + 1
INFO = "/v5/account/info"
CALL = Call("alice", ALICE, "GET", INFO)
BUSY = FaultEffect(executed=False, ret_code=10016)


class Venue:
    """A runtime, and requests that come to its faults."""

    def __init__(self, journal: MemoryJournal | None = None) -> None:
        def no_failure(error: BaseException) -> None:
            raise AssertionError(f"the journal failed: {error}")

        def at_once(callback: Callable[[], None]) -> None:
            callback()

        self.clock = ManualClock(NOW)
        self.journal = journal or MemoryJournal()
        self.runtime = Runtime(self.journal, self.clock, at_once, no_failure)

    def add(self, *commands: Command) -> None:
        for command in commands:
            self.runtime.execute(command)

    def meets(self, call: Call = CALL) -> int:
        """The number of the fault that the call meets; 0: none."""
        numbers = about(self.runtime.state, call, self.runtime.now())
        before = {number: fault.fired for number, fault in self.runtime.state.faults.items()}
        self.runtime.execute(CountFault(numbers))
        after = self.runtime.state.faults
        return next((n for n, fired in before.items() if after[n].fired > fired), 0)

    def counts(self, number: int = 1) -> tuple[int, int]:
        fault = self.runtime.state.faults[number]
        return fault.matched, fault.fired


@pytest.fixture
def venue() -> Venue:
    """Alice and Bob with a key each."""
    venue = Venue()
    for uid, name in ((ALICE, "alice"), (BOB, "bob")):
        venue.add(CreateAccount(), CreateApiKey(uid, name, Algorithm.HMAC, b"sealed"))
    return venue


# --- which requests it is about ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "call", "fits"),
    [
        ({}, CALL, True),
        ({}, Call("", 0, "GET", "/v5/no/such"), True),
        ({"uid": ALICE}, CALL, True),
        ({"uid": ALICE}, Call("bob", BOB, "GET", INFO), False),
        ({"uid": ALICE}, Call("", 0, "GET", INFO), False),
        ({"api_key": "alice"}, CALL, True),
        ({"api_key": "alice"}, Call("bob", BOB, "GET", INFO), False),
        ({"api_key": "unknown"}, Call("unknown", 0, "GET", INFO), True),
        ({"method": "GET"}, CALL, True),
        ({"method": "POST"}, CALL, False),
        ({"path": INFO}, CALL, True),
        ({"path": INFO}, Call("alice", ALICE, "GET", INFO + "/"), False),
        ({"path": "/v5/account/*"}, CALL, True),
        ({"path": "/v5/account/i*"}, CALL, True),
        ({"path": "/v5/asset/*"}, CALL, False),
        ({"uid": ALICE, "method": "GET", "path": INFO, "api_key": "alice"}, CALL, True),
        ({"uid": ALICE, "method": "POST", "path": INFO, "api_key": "alice"}, CALL, False),
    ],
)
def test_which_requests_it_is_about(
    venue: Venue, scope: dict[str, Any], call: Call, fits: bool
) -> None:
    """All that is given must fit; what is left out leaves every request. Others are not counted."""
    venue.add(AddFault(FaultScope(**scope), effect=BUSY))
    assert (venue.meets(call) == 1) is fits
    assert venue.counts() == (int(fits), int(fits))


# --- which of them it meets ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timing", "met"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8]),
        ({"nth": 3}, [3, 4, 5, 6, 7, 8]),
        ({"times": 2}, [1, 2]),
        ({"nth": 3, "times": 1}, [3]),
        ({"every": 3}, [3, 6]),
        ({"nth": 2, "every": 3}, [4, 7]),
        ({"nth": 3, "every": 2, "times": 2}, [4, 6]),
        ({"probability": Decimal(1)}, [1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_which_of_eight_it_meets(venue: Venue, timing: dict[str, Any], met: list[int]) -> None:
    """Counted from the first that it is about, by each of the ways together."""
    venue.add(AddFault(timing=FaultTiming(**timing), effect=BUSY))
    assert [number for number in range(1, 9) if venue.meets()] == met


def test_a_spent_one_stays_and_counts_no_more(venue: Venue) -> None:
    """Its counts are there until it is removed, and its number is not used again."""
    venue.add(AddFault(timing=FaultTiming(times=1), effect=BUSY))
    assert [venue.meets() for _ in range(3)] == [1, 0, 0]
    assert venue.counts() == (1, 1)
    assert venue.runtime.state.faults[1].spent(NOW)

    before = venue.journal.length
    venue.meets()
    assert venue.journal.length == before

    venue.add(RemoveFault(1), AddFault(effect=BUSY))
    assert list(venue.runtime.state.faults) == [2]


@pytest.mark.parametrize(
    "command",
    [
        AddFault(timing=FaultTiming(until=NOW + 1000), effect=BUSY),
        AddFault(effect=BUSY, for_ms=1000),
    ],
    ids=["until", "for"],
)
def test_for_a_time(venue: Venue, command: AddFault) -> None:
    """By the venue's clock: at the instant itself it has ended."""
    venue.add(command)
    venue.clock.advance(999)
    assert venue.meets() == 1
    venue.clock.advance(1)
    assert venue.meets() == 0
    assert venue.counts() == (1, 1)


def test_the_first_that_meets_a_request_is_the_last_that_counts_it(venue: Venue) -> None:
    """In the order of their numbers: those behind it do not see the request."""
    venue.add(
        AddFault(timing=FaultTiming(every=2), effect=BUSY),
        AddFault(timing=FaultTiming(times=2), effect=BUSY),
        AddFault(effect=BUSY),
    )
    assert [venue.meets() for _ in range(6)] == [2, 1, 2, 1, 3, 1]
    assert [venue.counts(number) for number in (1, 2, 3)] == [(6, 3), (2, 2), (1, 1)]


def test_all_are_removed(venue: Venue) -> None:
    """None: no entry either."""
    venue.add(AddFault(effect=BUSY), AddFault(effect=BUSY), RemoveFaults())
    assert venue.runtime.state.faults == {}
    before = venue.journal.length
    venue.add(RemoveFaults())
    assert venue.journal.length == before


# --- chance --------------------------------------------------------------------------------------


def sequence(seed: int, probability: str, calls: int = 2000) -> list[bool]:
    venue = Venue()
    timing = FaultTiming(probability=Decimal(probability), seed=seed)
    venue.add(AddFault(timing=timing, effect=BUSY))
    return [bool(venue.meets()) for _ in range(calls)]


def test_the_mixer_is_splitmix64() -> None:
    """Its first number for the seed 1234567, as Vigna's splitmix64.c gives it."""
    assert _mixed(1234567) == 6457827717110365317


def test_a_seed_gives_the_same_sequence_again() -> None:
    """Another seed gives another."""
    assert sequence(7, "0.1", 200) == sequence(7, "0.1", 200)
    assert sequence(7, "0.1", 200) != sequence(8, "0.1", 200)


@pytest.mark.parametrize("probability", ["0.01", "0.1", "0.5", "0.9"])
def test_the_share_is_about_the_probability(probability: str) -> None:
    """Of 2000 calls within five standard deviations of it."""
    share = Decimal(probability)
    deviation = (2000 * share * (1 - share)).sqrt()
    assert abs(sum(sequence(7, probability)) - 2000 * share) < 5 * deviation


def test_the_jitter_is_seeded_and_within_its_bounds(venue: Venue) -> None:
    """All of its values come up, those at the ends too."""
    venue.add(AddFault(effect=FaultEffect(delay_ms=500, jitter_ms=4)))
    waits = []
    for _ in range(100):
        venue.meets()
        waits.append(delay_ms(venue.runtime.state.faults[1]))
    assert sorted(set(waits)) == [500, 501, 502, 503, 504]


# --- journal -------------------------------------------------------------------------------------


def test_a_replay_has_the_same_faults_and_counts(venue: Venue) -> None:
    """And goes on as the venue itself does."""
    timing = FaultTiming(probability=Decimal("0.5"), seed=3, times=40)
    fields = (FaultField("result.list[].coin", "drop"),)
    venue.add(
        AddFault(FaultScope(uid=ALICE), timing, FaultEffect(fields=fields), note="half"),
        AddFault(FaultScope(path="/v5/*"), FaultTiming(every=3), BUSY),
        AddFault(effect=FaultEffect(delay_ms=5)),
        RemoveFault(3),
    )
    for _ in range(25):
        venue.meets()

    again = Venue(venue.journal)

    assert again.runtime.state_hash() == venue.runtime.state_hash()
    went_on = [venue.meets() for _ in range(25)]
    assert again.runtime.state.faults[1].matched == 25
    assert set(went_on) == {0, 1, 2}


def test_the_same_requests_meet_the_same_faults() -> None:
    """Two venues that were given the same are the same."""
    venues = [Venue(), Venue()]
    for each in venues:
        each.add(AddFault(timing=FaultTiming(probability=Decimal("0.3"), seed=9), effect=BUSY))
    met = [[each.meets() for _ in range(50)] for each in venues]
    assert met[0] == met[1]
    assert venues[0].runtime.state_hash() == venues[1].runtime.state_hash()


# --- what cannot be ordered ----------------------------------------------------------------------

REFUSED: dict[str, tuple[AddFault, str]] = {
    "a long note": (AddFault(effect=BUSY, note="x" * 257), "note"),
    "a long key": (AddFault(FaultScope(api_key="k" * 65), effect=BUSY), "apiKey"),
    "nobody's UID": (AddFault(FaultScope(uid=5), effect=BUSY), "uid"),
    "a key of another UID": (AddFault(FaultScope("bob", ALICE), effect=BUSY), "uid"),
    "a method in small letters": (AddFault(FaultScope(method="get"), effect=BUSY), "method"),
    "a path of ours": (AddFault(FaultScope(path="/-/clock"), effect=BUSY), "path"),
    "a long path": (AddFault(FaultScope(path="/v5/" + "x" * 253), effect=BUSY), "path"),
    "a * within": (AddFault(FaultScope(path="/v5/*/info"), effect=BUSY), "path"),
    "a query": (AddFault(FaultScope(path="/v5/account/info?x=1"), effect=BUSY), "path"),
    "no first call": (AddFault(timing=FaultTiming(nth=0), effect=BUSY), "nth"),
    "each none": (AddFault(timing=FaultTiming(every=0), effect=BUSY), "every"),
    "times below 0": (AddFault(timing=FaultTiming(times=-1), effect=BUSY), "times"),
    "never": (AddFault(timing=FaultTiming(probability=Decimal(0)), effect=BUSY), "probability"),
    "more than always": (
        AddFault(timing=FaultTiming(probability=Decimal("1.1")), effect=BUSY), "probability",
    ),
    "no number": (
        AddFault(timing=FaultTiming(probability=Decimal("NaN")), effect=BUSY), "probability",
    ),
    "many decimals": (
        AddFault(timing=FaultTiming(probability=Decimal("1e-10")), effect=BUSY), "probability",
    ),
    "a huge exponent": (
        AddFault(timing=FaultTiming(probability=Decimal("1e-99999999")), effect=BUSY),
        "probability",
    ),
    "a seed below 0": (AddFault(timing=FaultTiming(seed=-1), effect=BUSY), "seed"),
    "a time that is now": (AddFault(timing=FaultTiming(until=NOW), effect=BUSY), "until"),
    "two ends": (AddFault(timing=FaultTiming(until=NOW + 1), effect=BUSY, for_ms=1), "forMs"),
    "for less than nothing": (AddFault(effect=BUSY, for_ms=-1), "forMs"),
    "a delay below 0": (AddFault(effect=FaultEffect(delay_ms=-1)), "delayMs"),
    "a delay above ten minutes": (AddFault(effect=FaultEffect(delay_ms=600_001)), "delayMs"),
    "a jitter above ten minutes": (AddFault(effect=FaultEffect(jitter_ms=600_001)), "jitterMs"),
    "a code of 33 bits": (AddFault(effect=FaultEffect(ret_code=1 << 31)), "retCode"),
    "a code and a status": (AddFault(effect=FaultEffect(ret_code=1, status=500)), "status"),
    "a text without a code": (AddFault(effect=FaultEffect(ret_msg="no")), "retMsg"),
    "a long text": (AddFault(effect=FaultEffect(ret_code=1, ret_msg="x" * 257)), "retMsg"),
    "an unusual status": (AddFault(effect=FaultEffect(status=299)), "status"),
    "a body without a status": (AddFault(effect=FaultEffect(body="html")), "body"),
    "a field without a name": (
        AddFault(effect=FaultEffect(fields=(FaultField("result..x", "drop"),))), "drop",
    ),
    "an index that is none": (
        AddFault(effect=FaultEffect(fields=(FaultField("result.list[x]", "blank"),))), "blank",
    ),
    "a field of HTML": (
        AddFault(effect=FaultEffect(status=403, fields=(FaultField("time", "drop"),))), "status",
    ),
    "a reset of what stays open": (AddFault(effect=FaultEffect(delay_ms=1, reset=True)), "reset"),
    "no answer, but another": (
        AddFault(effect=FaultEffect(executed=False, ret_code=10016, close="before")), "close",
    ),
    "no answer, but without a field": (
        AddFault(effect=FaultEffect(close="before", fields=(FaultField("time", "drop"),))),
        "close",
    ),
    "not executed, and no answer": (
        AddFault(effect=FaultEffect(executed=False, delay_ms=5)), "executed",
    ),
    "limit headers of HTML": (
        AddFault(effect=FaultEffect(executed=False, status=502, limit_headers=False)),
        "limitHeaders",
    ),
}  # fmt: skip


def test_what_does_nothing_cannot_be_ordered(venue: Venue) -> None:
    """The why names all that it could do."""
    with pytest.raises(Rejected) as refusal:
        venue.add(AddFault())
    why = refusal.value.why
    assert why.rule == "A fault must do something."
    assert why.seen == "no effect"
    assert why.hint.startswith("Expected: at least one of retCode, status, delayMs, jitterMs, ")


@pytest.mark.parametrize(("command", "field"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_ordered(venue: Venue, command: AddFault, field: str) -> None:
    """The why names the member, what was expected and what was seen; nothing is journaled."""
    before = venue.journal.length
    with pytest.raises(Rejected) as refusal:
        venue.add(command)
    why = refusal.value.why
    assert f": {field} does not fit." in why.rule
    assert why.expected
    assert why.seen
    assert why.expected in why.hint
    assert venue.journal.length == before


@pytest.mark.parametrize(
    "path",
    ["time", "result.marginMode", "result.list[].coin[].walletBalance", "result.list[0]", "a_b"],
)
def test_what_names_a_field(venue: Venue, path: str) -> None:
    """A name, or names with dots; [] for every member of a list, [0] for one."""
    venue.add(AddFault(effect=FaultEffect(fields=(FaultField(path, "drop"),))))
    assert venue.runtime.state.faults[1].effect.fields[0].path == path


def test_not_more_than_a_thousand(venue: Venue) -> None:
    """Each is looked at by every request."""
    venue.add(*[AddFault(effect=BUSY)] * 1000)
    with pytest.raises(Rejected) as refusal:
        venue.add(AddFault(effect=BUSY))
    assert "at most 1000" in refusal.value.why.expected


def test_one_that_is_not_there_cannot_be_removed(venue: Venue) -> None:
    """The why says which there are."""
    venue.add(AddFault(effect=BUSY))
    with pytest.raises(Rejected) as refusal:
        venue.add(RemoveFault(2))
    assert refusal.value.why.expected.endswith(": 1")
