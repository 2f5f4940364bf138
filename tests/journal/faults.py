"""Journals that fail or dawdle on order, around a real one: for tests of those who append."""

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Literal

from utabox.journal import Journal, Record, Snapshot

Moment = Literal["before", "half", "after"]
"""What of the failing batch is stored: nothing, its first half, or all of it."""


class DiskFailed(Exception):
    """The fault that was ordered, and nothing else."""


class Wrapped:
    """A journal that passes everything on to `inner`, whose store and promises it has."""

    def __init__(self, inner: Journal) -> None:
        self.inner = inner
        self.name, self.blocking = inner.name, inner.blocking

    @property
    def length(self) -> int:
        return self.inner.length

    def room(self) -> int:
        return self.inner.room()

    def snapshot(self) -> Snapshot | None:
        return self.inner.snapshot()

    def read(self, after: int = 0) -> Iterator[Record]:
        return self.inner.read(after)

    def some(self, after: int, upto: int) -> list[Record]:
        return self.inner.some(after, upto)

    def append(self, records: Sequence[Record]) -> None:
        self.inner.append(records)

    def save_snapshot(self, snapshot: Snapshot) -> None:
        self.inner.save_snapshot(snapshot)

    def close(self) -> None:
        self.inner.close()


class FaultyJournal(Wrapped):
    """A journal whose append number `fail_at` (from 1) raises `DiskFailed`, that one only.

    Args:
        moment: What the failure leaves in `inner`: a caller cannot tell, and must not guess.
    """

    def __init__(self, inner: Journal, fail_at: int, moment: Moment = "before") -> None:
        super().__init__(inner)
        self.fail_at, self.moment = fail_at, moment
        self.appends = 0

    def append(self, records: Sequence[Record]) -> None:
        self.appends += 1
        if self.appends != self.fail_at:
            self.inner.append(records)
            return
        stored = {"before": 0, "half": len(records) // 2, "after": len(records)}[self.moment]
        self.inner.append(records[:stored])
        raise DiskFailed(f"append {self.appends}, {self.moment} the write")


class SlowJournal(Wrapped):
    """A journal whose every append takes `seconds` longer, as a disk's flush does."""

    def __init__(self, inner: Journal, seconds: float = 0.005) -> None:
        super().__init__(inner)
        self.blocking = True
        self.seconds = seconds

    def append(self, records: Sequence[Record]) -> None:
        time.sleep(self.seconds)
        self.inner.append(records)


class FullJournal(Wrapped):
    """A journal whose disk has `free` bytes left; the test moves it."""

    def __init__(self, inner: Journal, free: int = 0) -> None:
        super().__init__(inner)
        self.free = free

    def room(self) -> int:
        return self.free


class GatedJournal(Wrapped):
    """A disk whose flush ends when the test opens the gate."""

    def __init__(self, inner: Journal) -> None:
        super().__init__(inner)
        self.blocking = True
        self.gate = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)  # one for each flush that waits, or waited
        self.batches: list[int] = []

    def append(self, records: Sequence[Record]) -> None:
        self.begun.release()
        assert self.gate.acquire(timeout=10)
        self.inner.append(records)
        self.batches.append(len(records))
