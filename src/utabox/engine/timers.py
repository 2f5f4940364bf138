"""Commands that time gives: kept in the state, fired by the runtime."""

from bisect import insort

from utabox.engine.rules import Command, command_tagged
from utabox.engine.state import State, Timer


def set_timer(state: State, timer: Timer) -> None:
    """Keep `timer`; of two that are due together the older fires first."""
    insort(state.timers, timer, key=lambda kept: kept.due)


def cancel_timer(state: State, tag: str, uid: int) -> None:
    """Forget the timers of `uid` that would give the command with `tag`."""
    state.timers = [kept for kept in state.timers if (kept.tag, kept.uid) != (tag, uid)]


def timed(state: State, tag: str, uid: int) -> bool:
    """Whether a timer of `uid` will give the command with `tag`."""
    return any((kept.tag, kept.uid) == (tag, uid) for kept in state.timers)


def due_command(state: State, now: int) -> tuple[int, Command] | None:
    """The next command that is due at `now` (ms), with the time at which it was due."""
    if not state.timers or state.timers[0].due > now:
        return None
    timer = state.timers[0]
    return timer.due, command_tagged(timer.tag)(uid=timer.uid)
