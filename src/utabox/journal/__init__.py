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

    @property
    def length(self) -> int:
        """The `seq` of the last entry, 0 if there is none."""

    def room(self) -> int:
        """Bytes free where the entries go; how many must stay so is the caller's policy.

        Callable from any thread, also during an `append`.
        """

    def snapshot(self) -> Snapshot | None:
        """The newest snapshot, or None.

        Raises:
            JournalError: it is damaged, lost, or of a later entry than the last one.
        """

    def read(self, after: int = 0) -> Iterator[Record]:
        """The entries with `seq > after`, in order.

        The entries up to `after` are verified too: a damaged journal stops the start even if a
        newer snapshot exists. Exhaust the iterator before the next `append`.

        Raises:
            JournalError: an entry is damaged, missing or of a foreign origin.
        """

    def some(self, after: int, upto: int) -> list[Record]:
        """The entries with `after < seq <= upto`, as far as there are any, without the long way
        through all that came before; each is verified against its predecessor.

        Raises:
            JournalError: one of them is damaged or missing.
        """

    def append(self, records: Sequence[Record]) -> None:
        """Store all `records` or none, and return when they are durable.

        Raises:
            JournalError: the records do not follow the last entry; nothing was written.
            Exception: nothing is known of the records then; append nothing more and exit.
        """

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep `snapshot` in place of older ones, which stay if this fails.

        Raises:
            JournalError: it is of a later entry than the last one; nothing was written.
            Exception: as for `append`.
        """

    def close(self) -> None:
        """Release the store. Idempotent."""


def require_gapless(name: str, length: int, records: Sequence[Record]) -> None:
    """Refuse `records` unless they are numbered `length + 1`, `length + 2`, and so on.

    Raises:
        JournalError: one of them is not; the caller has a bug, the journal has none.
    """
    for expected, record in enumerate(records, length + 1):
        if record.seq != expected:
            raise JournalError(
                f"The journal {name} expects entry {expected} and was given entry {record.seq}, "
                "so nothing was stored: please report this as a bug of utabox."
            )


def require_reached(name: str, length: int, snapshot: Snapshot) -> None:
    """Refuse a snapshot of an entry that is not stored yet.

    Raises:
        JournalError: its `seq` is negative or beyond `length`.
    """
    if not 0 <= snapshot.seq <= length:
        raise JournalError(
            f"The journal {name} ends at entry {length} and was given a snapshot of entry "
            f"{snapshot.seq}, so it was not kept: please report this as a bug of utabox."
        )
