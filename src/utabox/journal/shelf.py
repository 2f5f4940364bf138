"""Where the journals of a server's venues are, and the copies of them that snapshots are.

A snapshot is the whole journal as it was, with the state at its end: putting it back gives the
past with it, and what came after it is gone.
"""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import islice, takewhile
from pathlib import Path
from typing import Protocol

from utabox.journal import Journal, JournalError, Record, Snapshot
from utabox.journal.folder import DataFolder, replace
from utabox.journal.history import History, history_path
from utabox.journal.memory import MemoryJournal
from utabox.journal.sqlite import Durability, SqliteJournal

SNAPSHOT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
COPIED_AT_ONCE = 4_096
_SUFFIX = ".snapshot"
_DROPPED = ".dropped"

log = logging.getLogger("utabox")

Save = Callable[[Journal], None]
"""Copies a journal that it is given; where it may block, on the thread that appends to it."""


class Shelf(Protocol):
    """The journals of some venues, by name. Names were checked by the caller."""

    kept: bool
    """Whether they are there after a restart; then its methods may wait for a disk."""

    def names(self) -> list[str]:
        """The venues that have a journal here."""

    def open(self, name: str) -> tuple[Journal, History]:
        """The journal of a venue, begun if it has none.

        Raises:
            JournalError: it is damaged or in use.
        """

    def saving(self, name: str, snapshot: str, state: Snapshot) -> Save:
        """What keeps the entries up to `state` as a snapshot of this name, over an older one."""

    def snapshots(self, name: str) -> list[str]:
        """The snapshots of a venue, by name."""

    def state(self, name: str, snapshot: str) -> Snapshot | None:
        """The state at the end of a snapshot.

        Raises:
            KeyError: there is none of this name.
        """

    def restore(self, name: str, snapshot: str) -> None:
        """Put a snapshot in place of the journal, which is closed.

        Raises:
            KeyError: there is none of this name. Nothing was changed.
            JournalError, OSError: the disk refused. The journal is as it was.
        """

    def discard(self, name: str, snapshot: str) -> None:
        """Forget a snapshot.

        Raises:
            KeyError: there is none of this name.
        """

    def drop(self, name: str) -> None:
        """Forget a venue, whose journal is closed, and its snapshots."""


class MemoryShelf:
    """Venues that end with the process. Entries are shared with snapshots, not copied."""

    kept = False

    def __init__(self) -> None:
        self._saved: dict[str, dict[str, tuple[list[Record], Snapshot]]] = {}
        self._restored: dict[str, tuple[list[Record], Snapshot]] = {}

    def names(self) -> list[str]:
        return []

    def open(self, name: str) -> tuple[Journal, History]:
        journal = MemoryJournal()
        if name in self._restored:
            entries, state = self._restored.pop(name)
            journal.append(entries)
            journal.save_snapshot(state)
        return journal, History()

    def saving(self, name: str, snapshot: str, state: Snapshot) -> Save:
        def save(journal: Journal) -> None:
            entries = list(islice(journal.read(), state.seq))
            self._saved.setdefault(name, {})[snapshot] = entries, state

        return save

    def snapshots(self, name: str) -> list[str]:
        return sorted(self._saved.get(name, {}))

    def state(self, name: str, snapshot: str) -> Snapshot | None:
        return self._saved.get(name, {})[snapshot][1]

    def restore(self, name: str, snapshot: str) -> None:
        self._restored[name] = self._saved.get(name, {})[snapshot]

    def discard(self, name: str, snapshot: str) -> None:
        del self._saved.get(name, {})[snapshot]

    def drop(self, name: str) -> None:
        self._saved.pop(name, None)
        self._restored.pop(name, None)


class FolderShelf:
    """Venues in a data folder: a file each, and beside it one for each of its snapshots.

    DIR/venues/<name>.sqlite3                 the journal
    DIR/venues/<name>/<snapshot>.snapshot     a journal, too, ending where it was saved
    """

    kept = True

    def __init__(self, folder: DataFolder, durability: Durability, eldest: str = "") -> None:
        self._folder, self._durability = folder, durability
        self._eldest = eldest
        """The venue that is there before any snapshot."""

    def names(self) -> list[str]:
        return self._folder.venues()

    def open(self, name: str) -> tuple[Journal, History]:
        path = self._folder.venue_path(name)
        journal = SqliteJournal(path, self._durability)
        try:
            return journal, History(history_path(path))
        except BaseException:
            journal.close()
            raise

    def saving(self, name: str, snapshot: str, state: Snapshot) -> Save:
        return lambda journal: self._save(self.path(name, snapshot), journal, state)

    def _save(self, path: Path, journal: Journal, state: Snapshot) -> None:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".saving-", dir=path.parent) as scratch:
            copy = Path(scratch) / path.name
            with closing(SqliteJournal(copy, self._durability)) as saved:
                upto = takewhile(lambda record: record.seq <= state.seq, journal.read())
                for some in _chunks(upto):
                    saved.append(some)
                saved.save_snapshot(state)
            replace(copy, path)

    def snapshots(self, name: str) -> list[str]:
        found = self.path(name, "any").parent.glob(f"*{_SUFFIX}")
        return sorted(path.name.removesuffix(_SUFFIX) for path in found)

    def state(self, name: str, snapshot: str) -> Snapshot | None:
        with closing(SqliteJournal(self._found(name, snapshot), self._durability)) as saved:
            return saved.snapshot()

    def restore(self, name: str, snapshot: str) -> None:
        kept, path = self._found(name, snapshot), self._folder.venue_path(name)
        if path.with_name(path.name + "-wal").exists():
            with closing(SqliteJournal(path, self._durability)) as left:
                left.gather()  # its process was killed, and nothing was written since
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=kept.parent) as scratch:
            copy = Path(scratch) / path.name
            with closing(SqliteJournal(kept, self._durability)) as saved:
                state = saved.snapshot()
                with closing(SqliteJournal(copy, self._durability)) as restored:
                    for some in _chunks(saved.read()):
                        restored.append(some)
                    if state is not None:
                        restored.save_snapshot(state)
            _remove(history_path(path))  # a view of entries that are to go
            replace(copy, path)

    def discard(self, name: str, snapshot: str) -> None:
        self._found(name, snapshot).unlink()

    def drop(self, name: str) -> None:
        saved = self.path(name, "any").parent
        if saved.is_dir():
            # Out of the way first: a venue without its start is one that was being dropped.
            gone = saved.with_name(f".{name}{_DROPPED}")
            shutil.rmtree(gone, ignore_errors=True)
            saved.rename(gone)
        path = self._folder.venue_path(name)
        for file in (history_path(path), path):
            _remove(file)
        if saved.is_dir() or path.exists():
            raise JournalError(f"{path} is still there after it was removed: remove it")
        shutil.rmtree(saved.with_name(f".{name}{_DROPPED}"), ignore_errors=True)

    def tidy(self, started: str) -> None:
        """Remove what a process left that was killed while it made, kept or dropped something.

        Args:
            started: The snapshot that every whole venue has, but for the default one of a store
                that is older than snapshots.
        """
        folder = self._folder.venue_path("any").parent
        for left in [*folder.glob(f".*{_DROPPED}"), *folder.glob("*/.[rs]*ing-*")]:
            shutil.rmtree(left, ignore_errors=True)
        for name in self.names():
            if started not in self.snapshots(name) and name != self._eldest:
                log.warning("the venue %s was not finished, or was being dropped: it is gone", name)
                self.drop(name)

    def path(self, name: str, snapshot: str) -> Path:
        """The file of a snapshot, whether it is there or not."""
        return self._folder.venue_path(name).with_suffix("") / f"{snapshot}{_SUFFIX}"

    def _found(self, name: str, snapshot: str) -> Path:
        path = self.path(name, snapshot)
        if not path.exists():
            raise KeyError(snapshot)
        return path


def _remove(file: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal", ""):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _chunks(records: Iterable[Record]) -> Iterator[list[Record]]:
    rest = iter(records)
    while some := list(islice(rest, COPIED_AT_ONCE)):
        yield some
