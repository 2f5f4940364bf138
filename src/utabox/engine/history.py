"""What an account can be told of its past: rows that follow from events, and are no state.

A rule that books, lends or moves declares with `tells` which rows an event leaves. The runtime
hands them to a store; the engine never reads them back.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from utabox.engine.rules import Event


class Book(enum.IntEnum):
    """Which list a row belongs to. Kept: append, never renumber."""

    UNIFIED = 1
    CONTRACT = 2
    SPOT = 3
    FUND = 4
    INTEREST = 5
    INTER_TRANSFERS = 6
    UNIVERSAL_TRANSFERS = 7
    DELIVERIES = 8
    SETTLEMENTS = 9
    EXCHANGES = 10
    TRADES = 11
    LOAN_RATES = 12  # of nobody: UID 0


class Facet(NamedTuple):
    """What rows can be asked for by. Of a row an empty text is "none", of a question "any"."""

    coin: str = ""
    type: str = ""
    category: str = ""
    base_coin: str = ""
    sub_type: str = ""

    def fits(self, wanted: Facet) -> bool:
        """Whether a row of this facet is among those that `wanted` asks for."""
        return all(word in ("", own) for own, word in zip(self, wanted, strict=True))


class Row(NamedTuple):
    """One row of the past."""

    book: Book
    uid: int
    content: msgspec.Struct
    facet: Facet = Facet()
    key: str = ""  # the row's own name, such as a transferId


E = TypeVar("E", bound=Event)
Tells = Callable[[E], Iterable[Row]]

_tells: dict[type[Event], Tells[Any]] = {}


def tells(event: type[E]) -> Callable[[Tells[E]], Tells[E]]:
    """Declare which rows `event` leaves."""

    def register(rule: Tells[E]) -> Tells[E]:
        assert event not in _tells, f"{event.__name__} is told twice"
        _tells[event] = rule
        return rule

    return register


def told(events: Sequence[Event]) -> list[Row]:
    """Every row that `events` leave, in order."""
    found: list[Row] = []
    for event in events:
        rule = _tells.get(type(event))
        if rule is not None:
            found += rule(event)
    return found
