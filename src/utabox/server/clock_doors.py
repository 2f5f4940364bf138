"""The doors of time: stop it, step ahead, let it run faster."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import msgspec

from utabox.engine.amounts import has_decimals
from utabox.engine.rules import Rejected
from utabox.engine.venue_clock import FollowMachine, SetClock
from utabox.retcodes import PARAMS_ERROR
from utabox.server.control import door
from utabox.server.refusals import instant, span
from utabox.venues import DEFAULT, Venue, paused
from utabox.why import Why

SLICE_S = 0.003
"""How long timers fire before other venues are served."""
STEP_DAYS_MAX = 366
STEP_MS_MAX = STEP_DAYS_MAX * 24 * 3_600_000


class ClockChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Set what is given: a time or a step ahead, and how fast it goes on from there."""

    time: int | None = None  # ms
    stepMs: int | None = None
    speed: Decimal | None = None  # times the machine's; 0: it stands still


class ClockView(msgspec.Struct, frozen=True):
    """The venue's time, and how it runs."""

    time: int  # ms
    machineTime: int  # ms
    speed: Decimal  # times the machine's; 0: it stands still
    set: bool  # false: it is the machine's


@door("GET /-/clock")
def show_clock(venue: Venue) -> ClockView:
    """The venue's time, and how it runs."""
    runtime = venue.runtime
    clock = runtime.state.clock
    speed = Decimal(clock.speed_permille) / 1000 if clock else Decimal(1)
    return ClockView(runtime.now(), runtime.machine_time(), speed, clock is not None)


@door("PATCH /-/clock")
async def set_clock(venue: Venue, body: ClockChange) -> ClockView:
    """Stop time, let it run, or step ahead: every timer on the way fires at its own time."""
    change_clock(venue, body)
    async with paused(venue):
        while not venue.stopping and not venue.runtime.catch_up(SLICE_S):
            await asyncio.sleep(0)  # the other venues are served
            await venue.listeners.have_room()
    return show_clock(venue)


def change_clock(venue: Venue, body: ClockChange) -> None:
    """Set the clock; what is due by then is still to fire.

    Raises:
        ValueError, Rejected: it may not be set so.
    """
    runtime = venue.runtime
    if body.time is None and body.stepMs is None and body.speed is None:
        raise ValueError(
            'this changes nothing: give {"time": ...} or {"stepMs": ...}, in ms, or '
            '{"speed": ...}; to follow the machine, DELETE /-/clock'
        )
    if body.time is not None and body.stepMs is not None:
        raise ValueError("time and stepMs contradict each other: give one of them")
    if body.stepMs is not None and not 0 <= body.stepMs <= STEP_MS_MAX:
        raise ValueError(
            f"a step is ahead, by up to {STEP_DAYS_MAX} days ({STEP_MS_MAX} ms): take several"
        )
    speed = body.speed
    if speed is not None and not (has_decimals(speed, 3) and 0 <= speed <= 1000):
        raise ValueError("speed is 0 to 1000, in thousandths: give such as 0, 1 or 60")
    now = runtime.advance()
    venue_time = body.time if body.stepMs is None else now + body.stepMs
    if venue_time is not None and venue_time < now:
        raise _in_the_past(venue, now, f"{instant(venue_time)}, {span(now - venue_time)} before")
    if runtime.state.timers and venue_time is not None and venue_time - now > STEP_MS_MAX:
        raise ValueError("something is due on the way: go a year at once, at most")
    runtime.execute(
        SetClock(
            real=runtime.machine_time(),
            venue=venue_time,
            speed_permille=None if speed is None else int(speed * 1000),
        )
    )


@door("DELETE /-/clock")
def follow_machine(venue: Venue) -> ClockView:
    """Let time be the machine's again; not while the venue is ahead of it."""
    runtime = venue.runtime
    now, machine = runtime.advance(), runtime.machine_time()
    if machine < now and runtime.state.clock is not None:
        seen = f"{instant(machine)} on the machine's clock, {span(now - machine)} behind"
        raise _in_the_past(venue, now, seen)
    runtime.execute(FollowMachine(real=machine))
    return show_clock(venue)


def _in_the_past(venue: Venue, now: int, seen: str) -> Rejected:
    reset = "utabox venue reset" if venue.name == DEFAULT else f"utabox venue reset {venue.name}"
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="The venue's time may stand still, run and jump ahead, but never go back.",
            expected=f"from {instant(now)}, the venue's time, on",
            seen=seen,
            hint=f"`{reset}` lets the venue be as it was when it was made, its time too.",
            details={"venue_time": str(now)},
        ),
        problem="time invalid",
    )
