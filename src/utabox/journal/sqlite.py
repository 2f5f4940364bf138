"""A journal in one SQLite file: the store of `--data`.

Every entry's checksum covers the checksum before it, so lost, reordered and damaged entries are
all seen; the head row, written with each batch, shows a lost tail. What no file can show of itself
is that its `-wal` lost its end: that looks as a power failure does, and whole batches are missing.

Opening and reading change no byte, so a refused journal stays as evidence; the first write does.
The file is made complete before it gets its name, so an empty file is never a journal that was
just begun, and is refused as a lost one.

apsw ties a connection to no thread. It forbids two threads at once, and so do we: the one that
opens and reads is done before the one that appends begins.
"""

import os
import shutil
import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Literal

import apsw

from utabox.journal import (
    JournalError,
    JournalInUse,
    Record,
    Snapshot,
    require_gapless,
    require_reached,
)
from utabox.journal.folder import place

Durability = Literal["disk", "process"]
"""What an entry survives once it is appended: the machine's crash, or only ours."""

FORMAT_VERSION = 1
_APPLICATION_ID = int.from_bytes(b"utab")

_SCHEMA = (
    "CREATE TABLE entries (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, "
    "payload BLOB NOT NULL, checksum BLOB NOT NULL)",
    "CREATE TABLE head (seq INTEGER NOT NULL, checksum BLOB NOT NULL, snapshot INTEGER NOT NULL)",
    "CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, payload BLOB NOT NULL, "
    "checksum BLOB NOT NULL)",
)
_DATABASE_BYTES_MIN = 512  # one page of the smallest size; SQLite takes less for a new file
_NO_SNAPSHOT = -1
_GENESIS = bytes(32)  # what the first entry's checksum covers in place of a predecessor's
_numbers = struct.Struct(">qq").pack


# Each statement gives the interpreter lock away and must wait to get it back from a busy event
# loop: one statement for many rows waits once.
ROWS_AT_ONCE = 128


@lru_cache(maxsize=ROWS_AT_ONCE)
def _insertion(rows: int) -> str:
    """The statement that stores so many entries."""
    return "INSERT INTO entries VALUES " + ",".join(["(?,?,?,?)"] * rows)


class SqliteJournal:
    """The entries of one venue, in the file `path` and, while it is open, `path`-wal.

    Args:
        path: The file; created, mode 0600, if it does not exist. Its directory must.
        durability: Whether `append` waits for the disk.
        max_pages: The most pages of 4096 bytes the file may have. None: as many as the disk.
    Raises:
        JournalInUse: another process, or another object of this one, has it open.
        JournalError: it is no journal of ours, of a newer format, damaged or inaccessible.
    """

    blocking = True

    def __init__(self, path: Path, durability: Durability, *, max_pages: int | None = None) -> None:
        self.name = str(path)
        self._path, self._durability = path, durability
        self._wal = path.with_name(path.name + "-wal")
        self._made_wal = self._verified = self._writing = self._failed = self._closed = False
        with self._refusing():
            self._require_file()
            self._db = apsw.Connection(self.name, flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            with self._refusing():
                self._prepare(max_pages)
                self._length, self._checksum, self._snapshot_seq = self._head()
        except BaseException as error:
            self._made_wal &= not isinstance(error, JournalInUse)  # its owner may have made it
            self.close()
            raise

    def _require_file(self) -> None:
        if not self._path.exists():
            if self._wal.exists() and self._wal.stat().st_size:
                raise self._unusable("is missing but its -wal file is here")
            with suppress(FileExistsError):
                _create(self._path)
        if not self._path.is_file():
            raise self._unusable("is not a file")
        if (size := self._path.stat().st_size) < _DATABASE_BYTES_MIN:
            raise self._unusable(f"has only {size} bytes, so it holds no entries")
        # SQLite would roll it back into the file. No journal of ours ever has one.
        if self._path.with_name(self._path.name + "-journal").exists():
            raise self._unusable("was left in the middle of another program's change")

    def _prepare(self, max_pages: int | None) -> None:
        """Take the file for this process and check that it is ours, changing nothing."""
        if self._db.readonly("main"):
            raise self._inaccessible("attempt to write a readonly database")
        # Until the first write a close must not move the -wal's content into the file.
        self._db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        self._made_wal = not self._wal.exists()
        self._db.pragma("locking_mode", "EXCLUSIVE")  # before the first access: no -shm, no guests
        self._db.pragma("synchronous", "FULL" if self._durability == "disk" else "OFF")
        self._db.pragma("fullfsync", self._durability == "disk")  # macOS: past the drive's cache
        self._db.pragma("checkpoint_fullfsync", self._durability == "disk")
        if self._db.pragma("application_id") != _APPLICATION_ID:
            raise JournalError(
                f"{self.name} is a database of another program: choose another --data folder."
            )
        version = self._db.pragma("user_version")
        if version != FORMAT_VERSION:
            raise JournalError(
                f"The journal {self.name} has format version {version} and this utabox reads "
                f"{FORMAT_VERSION}: use the utabox version that wrote it."
            )
        schema = self._db.execute("SELECT sql FROM sqlite_schema ORDER BY name").fetchall()
        if self._db.pragma("journal_mode") != "wal" or schema != [(sql,) for sql in _SCHEMA]:
            raise self._unusable("was changed by another program")
        if self._db.readonly("main"):  # SQLite reads, but does not write, a format of its future
            raise self._unusable("is marked as of a newer SQLite")
        if max_pages is not None:
            self._db.pragma("max_page_count", max_pages)

    def _head(self) -> tuple[int, bytes, int]:
        """Number and checksum of the last entry, and the number of the newest snapshot."""
        match self._db.execute("SELECT seq, checksum, snapshot FROM head").fetchall():
            case [(int(seq), bytes(checksum), int(snapshot))]:
                return seq, checksum, snapshot
        raise self._unusable("has a damaged head")

    @property
    def length(self) -> int:
        """The `seq` of the last entry, 0 if there is none. Unverified until `read` is through."""
        return self._length

    def room(self) -> int:
        return shutil.disk_usage(self._path.parent).free

    def snapshot(self) -> Snapshot | None:
        with self._refusing():
            expected = self._snapshot_seq
            match self._db.execute("SELECT seq, payload, checksum FROM snapshots").fetchall():
                case [] if expected == _NO_SNAPSHOT:
                    return None
                case [(int(seq), bytes(payload), checksum)] if seq == expected:
                    if seq > self._length:
                        raise self._unusable(f"ends before its snapshot of entry {seq}")
                    if checksum == self._snapshot_checksum(seq, payload):
                        return Snapshot(seq, payload)
            raise self._unusable(f"has lost or damaged its snapshot of entry {expected}")

    def _snapshot_checksum(self, seq: int, payload: bytes) -> bytes:
        """Covers the checksum of entry `seq`: the snapshot of another history does not fit."""
        entry = self._db.execute("SELECT checksum FROM entries WHERE seq = ?", (seq,)).get
        return sha256((entry or _GENESIS) + _numbers(seq, len(payload)) + payload).digest()

    def read(self, after: int = 0) -> Iterator[Record]:
        with self._refusing():
            if not self._verified:
                self._require_sound_pages()
            yield from self._entries(after)
        self._verified = True

    def _require_sound_pages(self) -> None:
        """Damage that no entry shows, such as a page both free and in use, ruins later writes."""
        found = self._db.execute("PRAGMA quick_check(1)").get
        if found != "ok":
            raise self._unusable(f"is damaged ({' '.join(str(found).split())})")

    def _entries(self, after: int) -> Iterator[Record]:
        # One flat loop, because a start waits for it: about 2 microseconds an entry.
        checksum, last = _GENESIS, 0
        try:
            for seq, time, payload, stored in self._db.execute(
                "SELECT seq, time, payload, checksum FROM entries ORDER BY seq"
            ):
                if seq != last + 1:
                    raise self._unusable(f"has no entry {last + 1}, the next one is {seq}")
                checksum = sha256(checksum + _numbers(seq, time) + payload).digest()
                if stored != checksum:
                    raise self._unusable(f"is damaged at entry {seq}")
                last = seq
                if seq > after:
                    yield Record(seq, time, payload)
        # A damaged column may read as another type, as text that is none, or not at all.
        except (TypeError, ValueError, struct.error, apsw.CorruptError) as error:
            raise self._unusable(f"is damaged at entry {last + 1}") from error
        if last < self._length:
            raise self._unusable(f"is truncated after entry {last} of {self._length}")
        if (last, checksum) != (self._length, self._checksum):
            raise self._unusable(f"does not end at entry {last} as its head says")

    def some(self, after: int, upto: int) -> list[Record]:
        with self._refusing():
            before = self._db.execute("SELECT checksum FROM entries WHERE seq = ?", (after,)).get
            checksum = before or _GENESIS
            found: list[Record] = []
            for seq, time, payload, stored in self._db.execute(
                "SELECT seq, time, payload, checksum FROM entries "
                "WHERE seq > ? AND seq <= ? ORDER BY seq",
                (after, upto),
            ):
                checksum = sha256(checksum + _numbers(seq, time) + payload).digest()
                if stored != checksum or seq != after + len(found) + 1:
                    raise self._unusable(f"is damaged at entry {seq}")
                found.append(Record(seq, time, payload))
            if after + len(found) < min(upto, self._length):
                raise self._unusable(f"has no entry {after + len(found) + 1}")
        return found

    def append(self, records: Sequence[Record]) -> None:
        require_gapless(self.name, self._length, records)
        if not records:
            return
        checksum, rows = self._checksum, []
        for seq, time, payload in records:
            checksum = sha256(checksum + _numbers(seq, time) + payload).digest()
            rows.append((seq, time, payload, checksum))
        with self._transaction(f"entries {rows[0][0]} to {rows[-1][0]}"):
            for start in range(0, len(rows), ROWS_AT_ONCE):
                some = rows[start : start + ROWS_AT_ONCE]
                self._db.execute(_insertion(len(some)), list(chain.from_iterable(some)))
            self._db.execute("UPDATE head SET seq = ?, checksum = ?", (rows[-1][0], checksum))
        self._length, self._checksum = rows[-1][0], checksum

    def save_snapshot(self, snapshot: Snapshot) -> None:
        require_reached(self.name, self._length, snapshot)
        seq, payload = snapshot
        with self._transaction(f"the snapshot of entry {seq}"):
            row = seq, payload, self._snapshot_checksum(seq, payload)
            self._db.execute("DELETE FROM snapshots")
            self._db.execute("INSERT INTO snapshots VALUES (?, ?, ?)", row)
            self._db.execute("UPDATE head SET snapshot = ?", (seq,))
        self._snapshot_seq = seq

    @contextmanager
    def _transaction(self, what: str) -> Iterator[None]:
        """All of the block or nothing.

        A full disk is a clean "no", for SQLite takes the block back. After any other failure
        there is no further write.
        """
        self._begin_writing()
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            self._failed = not isinstance(error, apsw.FullError)
            with suppress(apsw.Error):
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
            if not isinstance(error, apsw.Error):
                raise
            raise JournalError(
                f"Storing {what} in the journal {self.name} failed ({error}): see that "
                "the disk has room and is sound, then restart."
            ) from error

    def _begin_writing(self) -> None:
        if self._failed:
            raise JournalError(
                f"The journal {self.name} takes no writes after one has failed: restart."
            )
        if not self._verified:  # whoever writes first without reading must not hide damage
            for _ in self.read(self._length):
                pass
        if not self._writing:
            self._db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
            self._writing = True

    def gather(self) -> None:
        """Have the file hold all entries when it is closed, also those that a process that was
        killed has left in the -wal.

        Raises:
            JournalError: it is damaged.
        """
        self._begin_writing()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._failed:
            # A disk that failed gets no checkpoint: the next start finds all in the -wal.
            self._db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        if self._made_wal and not self._writing:
            # SQLite made an empty -wal to read. While we hold the lock it is nobody else's;
            # Windows removes no open file, and there it stays.
            with suppress(OSError):
                if not self._wal.stat().st_size:
                    self._wal.unlink()
        self._db.close(True)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Say what SQLite and the system found as one sentence about this journal."""
        try:
            yield
        except (apsw.BusyError, apsw.LockedError) as error:
            raise JournalInUse(
                f"The journal {self.name} is in use by another process: stop that process, or "
                "choose another --data folder."
            ) from error
        except (OSError, apsw.CantOpenError, apsw.PermissionsError, apsw.ReadOnlyError) as error:
            raise self._inaccessible(str(error)) from error
        except apsw.NotADBError as error:
            raise self._unusable("is no database, or the start of it is damaged") from error
        except apsw.IOError as error:
            raise self._unusable(f"cannot be read ({error})") from error
        except (apsw.Error, TypeError, ValueError, struct.error) as error:
            raise self._unusable(f"is damaged ({error})") from error

    def _unusable(self, what: str) -> JournalError:
        return JournalError(
            f"The journal {self.name} {what}: restore it from a backup, or start with a new "
            "--data folder."
        )

    def _inaccessible(self, why: str) -> JournalError:
        return JournalError(
            f"The journal {self.name} cannot be opened ({why}): make it and its folder writable "
            "for this user."
        )


def verify(path: Path) -> int:
    """Read all entries and the snapshot of the journal `path`, changing nothing.

    Returns:
        The number of entries.
    Raises:
        JournalInUse, JournalError: as for `SqliteJournal`; also if there is no such file.
    """
    if not path.exists():
        raise JournalError(f"There is no journal {path}: check the --data option.")
    journal = SqliteJournal(path, "disk")
    try:
        journal.snapshot()
        for _ in journal.read(journal.length):
            pass
        return journal.length
    finally:
        journal.close()


def _create(path: Path) -> None:
    """Make an empty journal, whole before it is there under its name."""
    descriptor, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)  # mode 0600
    os.close(descriptor)
    temporary = Path(name)
    try:
        db = apsw.Connection(name)
        db.pragma("locking_mode", "EXCLUSIVE")
        db.pragma("application_id", _APPLICATION_ID)
        db.pragma("user_version", FORMAT_VERSION)
        for statement in _SCHEMA:
            db.execute(statement)
        db.execute("INSERT INTO head VALUES (0, ?, ?)", (_GENESIS, _NO_SNAPSHOT))
        db.pragma("journal_mode", "WAL")
        db.close()
        place(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
