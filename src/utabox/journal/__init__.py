"""The append-only record of a venue: what happened, in order, so that it can happen again.

A journal stores opaque payloads (see `codec`) and knows nothing of their meaning. It promises:
entries are gapless from 1, checksummed, and durable when `append` returns, in the sense of the
durability level that it was opened with.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol


class Record(NamedTuple):
    """One entry: a command with its events, encoded."""

    seq: int
    time: int  # ms since the epoch, the venue's clock
    payload: bytes


class Snapshot(NamedTuple):
    """The whole state after entry `seq`, encoded."""

    seq: int
    payload: bytes


class JournalError(Exception):
    """The journal cannot be used. One sentence: file, sequence number, what to do."""


class JournalInUse(JournalError):
    """Another process owns this journal."""


class Journal(Protocol):
    """What every store promises; `tests/journal/` holds the contract."""

    name: str
    """The file, or `memory`, as error messages name it."""
    blocking: bool
    """Whether `append` may wait for a disk, so that it must run off the event loop."""

    def snapshot(self) -> Snapshot | None:
        """The newest snapshot, or None."""

    def read(self, after: int = 0) -> Iterator[Record]:
        """The entries with `seq > after`, in order.

        Raises:
            JournalError: an entry is damaged, missing or of a foreign origin.
        """

    def append(self, records: Sequence[Record]) -> None:
        """Store all `records` or none, and return when they are durable.

        Raises:
            Exception: nothing is known of the records then; append nothing more and exit.
        """

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep `snapshot` in place of older ones."""

    def close(self) -> None:
        """Release the store. Idempotent."""
