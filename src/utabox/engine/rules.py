"""Commands ask, events tell: the registry that ties each to its rule.

A module in `engine/` declares a command with its `decide` and an event with its `apply`;
importing it is all the registration there is.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_DOWN, Context, getcontext, setcontext
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import msgspec

from utabox.retcodes import RetCode
from utabox.why import Why

if TYPE_CHECKING:
    from utabox.engine.state import State


class Command(msgspec.Struct, frozen=True):
    """A wish, in the imperative; the journal keeps it under its `tag`."""


class Event(msgspec.Struct, frozen=True):
    """A fact, in the past tense; the journal keeps it under its `tag`."""


class Rejected(Exception):
    """A refusal: no event, no change. For a broken invariant, assert and stop instead.

    Args:
        ret: The answer; its text may hold `{name}` fields filled from `values`.
        reasons: Further codes, where the exchange collects them.
        why: The explanation for the log; the caller of a refusing rule always has one.
    """

    def __init__(self, ret: RetCode, *reasons: RetCode, why: Why, **values: object) -> None:
        self.ret = ret
        self.reasons = reasons
        self.why = why
        self.ret_msg = ret.message.format(**values) if values else ret.message
        super().__init__(f"{ret.code}: {self.ret_msg}")


class NotFound(Rejected):
    """A refusal without words: on the wire HTTP 404 with an empty body; `ret` stays in the log."""


C = TypeVar("C", bound=Command)
E = TypeVar("E", bound=Event)
Decide = Callable[["State", C, int], list[Event]]
Apply = Callable[["State", E], None]

# Money never rounds by accident: 60 digits hold any balance with any price.
MONEY = Context(prec=60, rounding=ROUND_DOWN)

P = ParamSpec("P")
R = TypeVar("R")


def exact(rule: Callable[P, R]) -> Callable[P, R]:
    """Compute with the digits of money, whoever calls; a caller that does already pays little."""

    @wraps(rule)
    def computed(*args: P.args, **kwargs: P.kwargs) -> R:
        outer = getcontext()
        if outer is MONEY:
            return rule(*args, **kwargs)
        setcontext(MONEY)
        try:
            return rule(*args, **kwargs)
        finally:
            setcontext(outer)

    return computed


_decides: dict[type[Command], Decide[Any]] = {}
_applies: dict[type[Event], Apply[Any]] = {}


def decides(command: type[C]) -> Callable[[Decide[C]], Decide[C]]:
    """Declare the rule that decides `command`."""

    def register(rule: Decide[C]) -> Decide[C]:
        assert command not in _decides, f"{command.__name__} is decided twice"
        _decides[command] = rule
        return rule

    return register


def applies(event: type[E]) -> Callable[[Apply[E]], Apply[E]]:
    """Declare the only function that writes what `event` tells."""

    def register(rule: Apply[E]) -> Apply[E]:
        assert event not in _applies, f"{event.__name__} is applied twice"
        _applies[event] = rule
        return rule

    return register


@exact
def decide(state: State, command: Command, now: int) -> list[Event]:
    """What `command` causes at `now` (ms); the state is only read.

    Raises:
        Rejected: the exchange refuses.
    """
    return _decides[type(command)](state, command, now)


@exact
def apply(state: State, events: list[Event]) -> None:
    """Write `events` into `state`."""
    apply_exactly(state, events)


def apply_exactly(state: State, events: list[Event]) -> None:
    """The same for a caller that counts in `MONEY` already, as a replay does throughout."""
    for event in events:
        _applies[type(event)](state, event)


def command_tagged(tag: str) -> Callable[..., Command]:
    """The command with this `tag`."""
    return next(known for known in _decides if known.__struct_config__.tag == tag)


def command_types() -> tuple[type[Command], ...]:
    """Every declared command, for the codec."""
    return tuple(_decides)


def event_types() -> tuple[type[Event], ...]:
    """Every declared event, for the codec."""
    return tuple(_applies)
