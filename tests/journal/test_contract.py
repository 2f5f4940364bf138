"""What every journal promises, whichever store is behind it."""

import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from utabox.journal import Journal, JournalError, Record, Snapshot
from utabox.journal.memory import MemoryJournal
from utabox.journal.sqlite import Durability, SqliteJournal

from .faults import DiskFailed, FaultyJournal, Moment, SlowJournal


class Store:
    """One kind of journal: how it is made, and how it comes back after its process ended."""

    def __init__(self, folder: Path, durability: Durability | None) -> None:
        self.folder, self.durability = folder, durability
        self.opened: list[Journal] = []

    def new(self) -> Journal:
        return self._open(self.folder / f"{len(self.opened)}.sqlite3")

    def reopen(self, journal: Journal) -> Journal:
        if self.durability is None:
            return journal
        journal.close()
        return self._open(Path(journal.name))

    def _open(self, path: Path) -> Journal:
        journal: Journal = (
            SqliteJournal(path, self.durability) if self.durability else MemoryJournal()
        )
        self.opened.append(journal)
        return journal


@pytest.fixture(params=[None, "process", "disk"], ids=["memory", "sqlite-process", "sqlite-disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path, request.param)
    yield store
    for journal in store.opened:
        journal.close()


@pytest.fixture
def journal(store: Store) -> Journal:
    return store.new()


def entries(first: int, last: int) -> list[Record]:
    """Records `first` to `last`, no two alike."""
    return [
        Record(seq, 1_700_000_000_000 + seq, b"entry %d" % seq) for seq in range(first, last + 1)
    ]


def test_a_new_journal_is_empty(journal: Journal) -> None:
    assert journal.length == 0
    assert list(journal.read()) == []
    assert journal.snapshot() is None


def test_what_was_appended_is_read_in_order(store: Store, journal: Journal) -> None:
    journal.append(entries(1, 3))
    journal.append(entries(4, 4))

    assert list(journal.read()) == entries(1, 4)
    assert journal.length == 4
    assert list(store.reopen(journal).read()) == entries(1, 4)


def test_some_entries_are_read_alone(journal: Journal) -> None:
    """As many as there are of those that are asked for."""
    journal.append(entries(1, 9))

    assert journal.some(0, 2) == entries(1, 2)
    assert journal.some(3, 6) == entries(4, 6)
    assert journal.some(7, 100) == entries(8, 9)
    assert journal.some(9, 100) == []
    assert journal.some(4, 4) == []


def test_reading_begins_after_the_entry_that_is_named(journal: Journal) -> None:
    journal.append(entries(1, 5))

    assert list(journal.read(after=3)) == entries(4, 5)
    assert list(journal.read(after=5)) == []


def test_an_empty_batch_is_stored_as_nothing(journal: Journal) -> None:
    journal.append([])

    assert journal.length == 0


@pytest.mark.parametrize("seqs", [[2], [0], [-1], [1, 3], [1, 1], [1, 2, 2], [2, 1]])
def test_a_batch_with_a_gap_or_a_repetition_is_refused_whole(
    journal: Journal, seqs: list[int]
) -> None:
    with pytest.raises(JournalError, match=r"expects entry \d+ and was given entry -?\d+"):
        journal.append([Record(seq, 0, b"") for seq in seqs])

    assert list(journal.read()) == []


def test_a_refused_batch_does_not_hinder_the_next(store: Store, journal: Journal) -> None:
    journal.append(entries(1, 2))
    with pytest.raises(JournalError):
        journal.append(entries(2, 3))

    journal.append(entries(3, 4))

    assert list(store.reopen(journal).read()) == entries(1, 4)


def test_only_the_newest_snapshot_is_kept(store: Store, journal: Journal) -> None:
    journal.append(entries(1, 9))
    journal.save_snapshot(Snapshot(4, b"four"))
    journal.save_snapshot(Snapshot(9, b"nine"))

    assert journal.snapshot() == Snapshot(9, b"nine")
    assert store.reopen(journal).snapshot() == Snapshot(9, b"nine")


def test_entries_continue_after_a_snapshot(store: Store, journal: Journal) -> None:
    journal.append(entries(1, 2))
    journal.save_snapshot(Snapshot(2, b"two"))
    journal.append(entries(3, 4))

    reopened = store.reopen(journal)

    assert reopened.snapshot() == Snapshot(2, b"two")
    assert list(reopened.read(after=2)) == entries(3, 4)


def test_a_snapshot_of_the_very_beginning_is_kept(store: Store, journal: Journal) -> None:
    journal.save_snapshot(Snapshot(0, b"genesis"))

    assert store.reopen(journal).snapshot() == Snapshot(0, b"genesis")


@pytest.mark.parametrize("seq", [4, -1])
def test_a_snapshot_of_an_entry_that_is_not_stored_is_refused(journal: Journal, seq: int) -> None:
    journal.append(entries(1, 3))
    journal.save_snapshot(Snapshot(2, b"two"))

    with pytest.raises(JournalError, match="ends at entry 3"):
        journal.save_snapshot(Snapshot(seq, b"?"))

    assert journal.snapshot() == Snapshot(2, b"two")


def test_appending_needs_no_reading_first(store: Store, journal: Journal) -> None:
    journal.append(entries(1, 2))
    reopened = store.reopen(journal)
    reopened.append(entries(3, 3))

    assert list(reopened.read()) == entries(1, 3)


def test_one_thread_opens_and_reads_and_another_appends(store: Store, journal: Journal) -> None:
    journal.append(entries(1, 2))
    reopened = store.reopen(journal)
    assert list(reopened.read()) == entries(1, 2)

    writer = threading.Thread(target=reopened.append, args=[entries(3, 500)])
    writer.start()
    writer.join()

    assert list(store.reopen(reopened).read()) == entries(1, 500)


def test_room_is_told_in_bytes(journal: Journal) -> None:
    assert journal.room() > 0


def test_closing_twice_is_closing_once(journal: Journal) -> None:
    journal.close()
    journal.close()


@given(
    payloads=st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.binary(max_size=9000))),
    cuts=st.lists(st.integers(0, 20)),
    after=st.integers(0, 20),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_batches_are_read_back_as_they_were(
    store: Store, payloads: list[tuple[int, bytes]], cuts: list[int], after: int
) -> None:
    """Empty payloads, payloads of several pages, the oldest and the last time there is."""
    records = [Record(seq, time, payload) for seq, (time, payload) in enumerate(payloads, 1)]
    journal = store.new()
    for begin, end in pairwise([0, *sorted(cuts), len(records)]):
        journal.append(records[begin:end])

    assert list(journal.read(after)) == records[after:]
    assert list(store.reopen(journal).read()) == records


@pytest.mark.parametrize(("moment", "stored"), [("before", 2), ("half", 3), ("after", 4)])
def test_a_faulty_journal_leaves_what_its_moment_says(
    store: Store, journal: Journal, moment: Moment, stored: int
) -> None:
    """The faults for other tests do what they say, on every store."""
    faulty = FaultyJournal(journal, fail_at=2, moment=moment)
    faulty.append(entries(1, 2))

    with pytest.raises(DiskFailed):
        faulty.append(entries(3, 4))

    assert list(store.reopen(journal).read()) == entries(1, stored)


def test_a_slow_journal_is_a_journal(store: Store, journal: Journal) -> None:
    SlowJournal(journal).append(entries(1, 2))

    assert list(store.reopen(journal).read()) == entries(1, 2)
