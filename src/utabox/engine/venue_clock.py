"""How the venue's time runs: with the machine's, unless it was set."""

from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import TIME_MAX, State, VenueClock
from utabox.retcodes import PARAMS_ERROR
from utabox.why import Why

SPEED_MAX = 1_000_000  # thousandths of the machine's: a thousand times as fast


class SetClock(Command, frozen=True, tag="set-clock"):
    """Let time run so from now on; every timer on the way to `venue` fires at its own time."""

    real: int  # ms, what the machine's clock says
    venue: int | None = None  # ms; None: the venue's time stays
    speed_permille: int | None = None  # of the machine's; 0: it stands still; None: as before


class FollowMachine(Command, frozen=True, tag="follow-machine"):
    """Let time be the machine's again."""

    real: int  # ms


class ClockSet(Event, frozen=True, tag="clock-set"):
    """How time runs; None: with the machine's."""

    clock: VenueClock | None


@decides(SetClock)
def decide(state: State, command: SetClock, now: int) -> list[Event]:
    venue = now if command.venue is None else command.venue
    speed = command.speed_permille
    if speed is None:
        speed = state.clock.speed_permille if state.clock else 1000
    if not 0 <= speed <= SPEED_MAX:
        expected = f"0 (it stands still) to {SPEED_MAX // 1000} times the machine's"
        raise _refused("speed", expected, f"{speed} thousandths")
    if venue != now and not now <= venue <= TIME_MAX:  # stopped it may be wherever it is
        expected = f"ms, from now, {now}, to {TIME_MAX}"
        raise _refused("time", expected, str(venue)[:40])
    clock = VenueClock(venue, command.real, speed)
    return [ClockSet(clock)] if clock != state.clock else []


@decides(FollowMachine)
def decide_following(state: State, command: FollowMachine, now: int) -> list[Event]:
    if state.clock is None:
        return []
    if command.real < now:
        expected = f"a machine's clock that is not behind the venue's, {now}"
        raise _refused("time", expected, f"{command.real}, {now - command.real} ms behind")
    return [ClockSet(None)]


@applies(ClockSet)
def apply(state: State, event: ClockSet) -> None:
    state.clock = event.clock


def _refused(field: str, expected: str, seen: str) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="The venue's time may stand still, run and jump ahead, but never go back.",
            expected=expected,
            seen=seen,
            hint="Step ahead or change the speed; `utabox venue reset` goes back to the start.",
        ),
        problem=f"{field} invalid",
    )
