"""A journal that lives as long as its process: `--memory`, and tests."""

import sys
from collections.abc import Iterator, Sequence
from itertools import islice

from utabox.journal import Record, Snapshot, require_gapless, require_reached


class MemoryJournal:
    """Durable for nobody, unbounded, and otherwise as strict as the others."""

    name = "memory"
    blocking = False

    def __init__(self) -> None:
        self.entries: list[Record] = []
        self._snapshot: Snapshot | None = None

    @property
    def length(self) -> int:
        return len(self.entries)

    def room(self) -> int:
        return sys.maxsize

    def snapshot(self) -> Snapshot | None:
        return self._snapshot

    def read(self, after: int = 0) -> Iterator[Record]:
        return islice(self.entries, after, None)

    def some(self, after: int, upto: int) -> list[Record]:
        return self.entries[after:upto]

    def append(self, records: Sequence[Record]) -> None:
        require_gapless(self.name, self.length, records)
        self.entries.extend(records)

    def save_snapshot(self, snapshot: Snapshot) -> None:
        require_reached(self.name, self.length, snapshot)
        self._snapshot = snapshot

    def close(self) -> None:
        """Nothing to release: the entries go with the object."""
