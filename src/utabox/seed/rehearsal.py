"""A venue in which commands are tried: as the real one is now, and nobody's after that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from utabox.engine.rules import Command, Event
from utabox.engine.venue_clock import SetClock
from utabox.journal import Record, Snapshot
from utabox.journal.codec import encode_state
from utabox.journal.memory import MemoryJournal
from utabox.runtime import Runtime
from utabox.venues import Venue


class Rehearsal(Runtime):
    """A runtime that goes on from a copy of another's state, while time stands still.

    What it has done in `steps`, the other can repeat: the same commands at the same times on the
    same state are decided in the same way.
    """

    def __init__(self, of: Runtime) -> None:
        now, real = of.advance(), of.machine_time()
        self.steps: list[tuple[Command, int]] = []
        copy = _Copy(encode_state(of.state))
        super().__init__(copy, lambda: real, lambda call: call(), _raised)
        self._now = now

    def begin(self, at: int) -> None:
        """Let time begin at `at`, ms, and be it in the past: for a venue that has nobody in it."""
        self._now = at
        self._commit(SetClock(real=self.machine_time(), venue=at), at)

    def _write_down(self, command: Command, events: list[Event], now: int) -> Record:
        record = super()._write_down(command, events, now)
        self.steps.append((command, now))
        return record


def _raised(_: BaseException) -> None:
    """A broken invariant: whoever rehearses gets the exception itself."""


class _Copy(MemoryJournal):
    """A journal that begins with a state and keeps nothing."""

    name = "a rehearsal"

    def __init__(self, state: Snapshot) -> None:
        super().__init__()
        self._snapshot, self._length = state, state.seq

    @property
    def length(self) -> int:
        return self._length

    def append(self, records: Sequence[Record]) -> None:
        self._length = records[-1].seq


@contextmanager
def rehearsing(venue: Venue) -> Iterator[tuple[Venue, Rehearsal]]:
    """A venue like `venue` to try commands in, and its runtime."""
    runtime = Rehearsal(venue.runtime)
    stage = Venue(venue.name, runtime, venue.sealer, venue.shelf, venue.options)
    stage.elsewhere = venue.elsewhere
    try:
        yield stage, runtime
    finally:
        runtime.close(snapshot=False)
