"""A damaged, foreign or occupied journal is refused by name, and stays byte for byte as it was."""

import hashlib
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from utabox.journal import JournalError, JournalInUse, Record, Snapshot
from utabox.journal.sqlite import SqliteJournal, verify

LENGTH = 60
SNAPSHOT = Snapshot(40, random.Random(40).randbytes(10_000))


def entries(first: int, last: int) -> list[Record]:
    """Records `first` to `last`, of up to 600 bytes, the same on every call."""
    return [
        Record(seq, 1_700_000_000_000 + seq, random.Random(seq).randbytes(seq * 10))
        for seq in range(first, last + 1)
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of 60 entries and a snapshot, closed. It has used and freed pages."""
    path = tmp_path / "main.sqlite3"
    with closing(SqliteJournal(path, "process")) as journal:
        journal.append(entries(1, 30))
        journal.save_snapshot(Snapshot(30, bytes(30_000)))
        journal.append(entries(31, 50))
        journal.save_snapshot(SNAPSHOT)
        journal.append(entries(51, LENGTH))
    return path


def read_all(path: Path) -> tuple[Snapshot | None, list[Record]]:
    with closing(SqliteJournal(path, "process")) as journal:
        return journal.snapshot(), list(journal.read())


def files(folder: Path) -> dict[str, str]:
    """The hash of every file, the -wal too."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.iterdir()
        if file.is_file()
    }


@contextmanager
def refused(path: Path, pattern: str = "") -> Iterator[None]:
    """The block raises one sentence about `path` that has `pattern`, and changes nothing."""
    before = files(path.parent)
    with pytest.raises(JournalError, match=pattern) as caught:
        yield
    message = str(caught.value)
    assert str(path) in message
    assert message.endswith(".")
    assert "\n" not in message
    assert files(path.parent) == before


def by_sql(path: Path, script: str) -> None:
    """Change the journal as another program would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(script)


HEAD = """
import os, signal, sqlite3, sys
from pathlib import Path
from utabox.journal import Record
from utabox.journal.sqlite import SqliteJournal
path = Path(sys.argv[1])
"""


def run(script: str, path: Path) -> int:
    """Run `script` in another process, `path` being its journal's path; the exit status."""
    return subprocess.run([sys.executable, "-c", HEAD + script, path], check=False).returncode


DAMAGES = {
    "a row deleted in the middle": (
        "DELETE FROM entries WHERE seq = 30",
        "has no entry 30, the next one is 31",
    ),
    "the first row deleted": ("DELETE FROM entries WHERE seq = 1", "has no entry 1, "),
    "the tail deleted": ("DELETE FROM entries WHERE seq > 57", "truncated after entry 57 of 60"),
    "all rows deleted": (
        "DELETE FROM entries; DELETE FROM snapshots; UPDATE head SET snapshot = -1",
        "truncated after entry 0 of 60",
    ),
    "another payload": (
        "UPDATE entries SET payload = zeroblob(70) WHERE seq = 7",
        "damaged at entry 7:",
    ),
    "a payload of text": (
        "UPDATE entries SET payload = 'text' WHERE seq = 7",
        "damaged at entry 7:",
    ),
    "a payload of text that is none": (
        "UPDATE entries SET payload = CAST(x'ff' AS TEXT) WHERE seq = 7",
        "damaged at entry 7:",
    ),
    "another time": ("UPDATE entries SET time = time + 1 WHERE seq = 7", "damaged at entry 7:"),
    "a time of text": ("UPDATE entries SET time = 'now' WHERE seq = 7", "damaged at entry 7:"),
    "another checksum": (
        "UPDATE entries SET checksum = zeroblob(32) WHERE seq = 60",
        "damaged at entry 60:",
    ),
    "two entries exchanged": (
        "UPDATE entries SET seq = -8 WHERE seq = 8; UPDATE entries SET seq = 8 WHERE seq = 9;"
        "UPDATE entries SET seq = 9 WHERE seq = -8",
        "damaged at entry 8:",
    ),
    "all entries renumbered": (
        "UPDATE entries SET seq = seq + 1000; DELETE FROM snapshots; UPDATE head SET snapshot = -1",
        "has no entry 1, the next one is ",
    ),
    "an entry before the first": (
        "INSERT INTO entries SELECT 0, time, payload, checksum FROM entries WHERE seq = 1",
        "has no entry 1, the next one is 0",
    ),
    "an entry that nobody appended": (
        "INSERT INTO entries SELECT 61, time, payload, checksum FROM entries WHERE seq = 60",
        "damaged at entry 61:",
    ),
    "a head of earlier": ("UPDATE head SET seq = 59", "does not end at entry 60"),
    "a head of later": ("UPDATE head SET seq = 61", "truncated after entry 60 of 61"),
    "a head of another checksum": (
        "UPDATE head SET checksum = zeroblob(32)",
        "does not end at entry 60",
    ),
    "no head": ("DELETE FROM head", "damaged head"),
    "two heads": ("INSERT INTO head SELECT * FROM head", "damaged head"),
    "the snapshot deleted": ("DELETE FROM snapshots", "its snapshot of entry 40"),
    "the snapshot changed": (
        "UPDATE snapshots SET payload = zeroblob(10000)",
        "its snapshot of entry 40",
    ),
    "the snapshot of another entry": ("UPDATE snapshots SET seq = 41", "its snapshot of entry 40"),
    "a snapshot of another history": (
        "UPDATE snapshots SET seq = 41; UPDATE head SET snapshot = 41",
        "its snapshot of entry 41",
    ),
    "a snapshot beyond the head": (
        "UPDATE snapshots SET seq = 61; UPDATE head SET snapshot = 61",
        "ends before its snapshot of entry 61",
    ),
    "a newer format": ("PRAGMA user_version = 2", "has format version 2 and this utabox reads 1"),
    "no format": ("PRAGMA user_version = 0", "has format version 0"),
    "another application": ("PRAGMA application_id = 7", "database of another program"),
    "a guest's table": ("CREATE TABLE notes (text)", "changed by another program"),
    "a guest's trigger": (
        "CREATE TRIGGER quiet BEFORE INSERT ON entries BEGIN SELECT RAISE(IGNORE); END",
        "changed by another program",
    ),
    "another journal mode": ("PRAGMA journal_mode = DELETE", "changed by another program"),
}


@pytest.mark.parametrize(("script", "sentence"), DAMAGES.values(), ids=DAMAGES)
def test_what_another_program_changed_is_refused(path: Path, script: str, sentence: str) -> None:
    by_sql(path, script)

    with refused(path, sentence):
        read_all(path)
    with refused(path, sentence):
        verify(path)


@pytest.mark.parametrize("after", [0, 40, 60])
def test_damage_before_the_snapshot_stops_the_start(path: Path, after: int) -> None:
    """Entry 7 is not needed to start from the snapshot of entry 40, and still has to be whole."""
    by_sql(path, "UPDATE entries SET time = 0 WHERE seq = 7")

    with refused(path, "damaged at entry 7:"), closing(SqliteJournal(path, "disk")) as journal:
        list(journal.read(after))


def test_damage_stops_whoever_appends_without_reading(path: Path) -> None:
    by_sql(path, "UPDATE entries SET time = 0 WHERE seq = 7")

    with refused(path, "damaged at entry 7:"), closing(SqliteJournal(path, "disk")) as journal:
        journal.append(entries(61, 61))


def foreign_database(path: Path) -> None:
    by_sql(path, "CREATE TABLE t (x); INSERT INTO t VALUES (1)")


def foreign_database_with_wal(path: Path) -> None:
    by_sql(path, "PRAGMA journal_mode = WAL; CREATE TABLE t (x)")


def database_of_nothing(path: Path) -> None:
    by_sql(path, "CREATE TABLE t (x); DROP TABLE t; VACUUM")


STRANGERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a foreign database": (foreign_database, "database of another program"),
    "a foreign database with a -wal": (foreign_database_with_wal, "database of another program"),
    "an empty database": (database_of_nothing, "database of another program"),
    "an empty file": (Path.touch, "has only 0 bytes"),
    "one byte": (lambda path: path.write_bytes(b"S"), "has only 1 bytes"),
    "a text": (lambda path: path.write_text("dear diary\n" * 999), "is no database"),
    "noise": (lambda path: path.write_bytes(random.Random(1).randbytes(9999)), "is no database"),
    "a directory": (Path.mkdir, "is not a file"),
}


@pytest.mark.parametrize(("make", "sentence"), STRANGERS.values(), ids=STRANGERS)
def test_what_is_no_journal_is_refused(
    tmp_path: Path, make: Callable[[Path], object], sentence: str
) -> None:
    path = tmp_path / "main.sqlite3"
    make(path)

    with refused(path, sentence):
        read_all(path)


def test_a_wal_without_its_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "main.sqlite3"
    (tmp_path / "main.sqlite3-wal").write_bytes(b"entries")

    with refused(path, "is missing but its -wal file is here"):
        read_all(path)


def test_another_programs_rollback_is_refused(path: Path) -> None:
    """SQLite would begin by writing it back into the file."""
    path.with_name("main.sqlite3-journal").write_bytes(b"before")

    with refused(path, "in the middle of another program's change"):
        read_all(path)


def test_a_file_of_nobody_is_not_made_by_verifying(tmp_path: Path) -> None:
    with refused(tmp_path / "main.sqlite3", "There is no journal"):
        verify(tmp_path / "main.sqlite3")


# --- bytes ------------------------------------------------------------------------------


def outcome(path: Path) -> str:
    """`refused`, `same`, or what went silently wrong, then or after the next write."""
    before = files(path.parent)
    try:
        if read_all(path) != (SNAPSHOT, entries(1, LENGTH)):
            return "read differently"
        if files(path.parent) != before:
            return "changed by reading"
        with closing(SqliteJournal(path, "process")) as journal:
            journal.append(entries(LENGTH + 1, LENGTH + 40))
        if read_all(path) != (SNAPSHOT, entries(1, LENGTH + 40)):
            return "harmed by writing"
    except JournalError:
        return "refused" if files(path.parent) == before else "changed by refusing"
    return "same"


def outcome_of(data: bytes, path: Path) -> str:
    """The outcome of a journal whose file holds `data`."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        copy = Path(folder) / "main.sqlite3"
        copy.write_bytes(data)
        return outcome(copy)


def flipped(data: bytes, offset: int, mask: int) -> bytes:
    return data[:offset] + bytes([data[offset] ^ mask]) + data[offset + 1 :]


def test_a_whole_journal_is_read_and_written(path: Path) -> None:
    assert outcome(path) == "same"


def test_a_file_that_sqlite_would_only_read_is_refused(path: Path) -> None:
    """Byte 18 is the format needed to write: refused at the start, not at the first append."""
    path.write_bytes(flipped(path.read_bytes(), 18, 128))

    with refused(path, "is marked as of a newer SQLite"):
        read_all(path)


@pytest.mark.parametrize("seed", range(5))
def test_a_flipped_byte_is_refused_or_harmless(path: Path, seed: int) -> None:
    """40 offsets per seed, half of them in the pages where SQLite keeps its own order."""
    chance, data = random.Random(seed), path.read_bytes()
    offsets = [chance.randrange(len(data)) for _ in range(20)]
    offsets += [chance.randrange(0, len(data), 4096) + chance.randrange(128) for _ in range(20)]

    outcomes = {
        offset: outcome_of(flipped(data, offset, chance.randrange(1, 256)), path)
        for offset in offsets
    }

    assert set(outcomes.values()) <= {"refused", "same"}, outcomes
    assert "refused" in outcomes.values()


def test_a_truncated_file_is_refused_at_any_size(path: Path) -> None:
    data, chance = path.read_bytes(), random.Random(0)
    sizes = [0, 1, 15, 16, 99, 100, 511, 512, *range(4096, len(data), 4096), len(data) - 1]
    sizes += [chance.randrange(len(data)) for _ in range(20)]

    outcomes = {size: outcome_of(data[:size], path) for size in sizes}

    assert set(outcomes.values()) == {"refused"}, outcomes


# --- processes that die or live ---------------------------------------------------------

DIE_AFTER_TWO_BATCHES = """
journal = SqliteJournal(path, "process")
for first in (61, 71):
    journal.append([Record(seq, seq, b"entry %d" % seq) for seq in range(first, first + 10)])
os.kill(os.getpid(), signal.SIGKILL)
"""
DIE_AFTER_A_CHANGE = """
db = sqlite3.connect(path, isolation_level=None)
db.execute("UPDATE entries SET time = 0 WHERE seq = 7")
os.kill(os.getpid(), signal.SIGKILL)
"""
HOLD = """
journal = SqliteJournal(path, "disk")
print("open", flush=True)
sys.stdin.read()
"""


def test_a_killed_process_loses_nothing(path: Path) -> None:
    """Its -wal is read, left as it is until the next write, and then continued."""
    assert run(DIE_AFTER_TWO_BATCHES, path) == -signal.SIGKILL
    before = files(path.parent)

    assert verify(path) == 80
    assert files(path.parent) == before
    assert "main.sqlite3-wal" in before

    with closing(SqliteJournal(path, "disk")) as journal:
        journal.append([Record(81, 81, b"entry 81")])
    assert [record.seq for record in read_all(path)[1]] == list(range(1, 82))
    assert list(files(path.parent)) == ["main.sqlite3"]


def test_damage_in_the_wal_of_a_killed_process_is_refused(path: Path) -> None:
    assert run(DIE_AFTER_A_CHANGE, path) == -signal.SIGKILL

    with refused(path, "damaged at entry 7:"):
        read_all(path)


def test_a_wal_that_lost_its_end_is_read_to_a_whole_batch(path: Path) -> None:
    """As after a power failure: never half a batch, never another record, or refused."""
    assert run(DIE_AFTER_TWO_BATCHES, path) == -signal.SIGKILL
    wal = path.with_name("main.sqlite3-wal")
    data, whole, chance = wal.read_bytes(), read_all(path)[1], random.Random(0)

    lengths = set()
    for _ in range(40):
        wal.write_bytes(flipped(data, chance.randrange(len(data)), chance.randrange(1, 256)))
        records = read_all(path)[1]
        assert records == whole[: len(records)]
        lengths.add(len(records))

    assert lengths <= {60, 70, 80}
    assert len(lengths) > 1


def test_a_journal_in_use_by_another_process_is_refused(path: Path) -> None:
    """Its owner goes on undisturbed, and when it ends the journal is free."""
    with subprocess.Popen(
        [sys.executable, "-c", HEAD + HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"open\n"
        with pytest.raises(JournalInUse, match=r"in use by another process: stop that process"):
            SqliteJournal(path, "disk")
        with pytest.raises(JournalInUse):
            verify(path)
        owner.communicate(b"")
    assert verify(path) == LENGTH


def test_a_journal_is_opened_once_within_a_process(path: Path) -> None:
    with closing(SqliteJournal(path, "disk")) as journal:
        with pytest.raises(JournalInUse):
            SqliteJournal(path, "disk")
        journal.append(entries(61, 61))

    assert verify(path) == 61


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Root may read everything; the block is run by somebody who may not."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o000, 0o755), (0o444, 0o755), (0o666, 0)])
def test_a_journal_that_this_user_may_not_write_is_refused(
    path: Path, file_mode: int, folder_mode: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "main.sqlite3"
        shutil.copy(path, copy)
        copy.chmod(file_mode)
        Path(folder).chmod(folder_mode)
        with ordinary_user(), pytest.raises(JournalError, match="writable for this user"):
            read_all(copy)
        Path(folder).chmod(0o755)
        assert copy.read_bytes() == path.read_bytes()


# --- the disk ---------------------------------------------------------------------------


def test_a_full_disk_stores_nothing_of_the_batch(path: Path) -> None:
    """SQLite itself says full; what was there stays, and what is smaller still fits."""
    pages = path.stat().st_size // 4096
    with closing(SqliteJournal(path, "disk", max_pages=pages + 2)) as journal:
        with pytest.raises(JournalError, match=r"entries 61 to 90 .* full"):
            journal.append([Record(seq, 0, bytes(4000)) for seq in range(61, 91)])
        assert journal.length == LENGTH
        assert list(journal.read()) == entries(1, LENGTH)
        journal.append(entries(61, 61))

    assert read_all(path) == (SNAPSHOT, entries(1, 61))


def test_a_full_disk_keeps_the_older_snapshot(path: Path) -> None:
    pages = path.stat().st_size // 4096
    with closing(SqliteJournal(path, "disk", max_pages=pages)) as journal:
        with pytest.raises(JournalError, match=r"the snapshot of entry 60 .* full"):
            journal.save_snapshot(Snapshot(60, bytes(500_000)))
        assert journal.snapshot() == SNAPSHOT
        journal.append(entries(61, 61))

    assert read_all(path) == (SNAPSHOT, entries(1, 61))


def test_after_a_failed_write_nothing_more_is_written(path: Path) -> None:
    """The system refuses a write in the middle of a batch: an unknown, so the journal stops."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with closing(SqliteJournal(path, "disk")) as journal:
        journal.append(entries(61, 61))
        end = path.with_name("main.sqlite3-wal").stat().st_size + 5000
        resource.setrlimit(resource.RLIMIT_FSIZE, (end, limits[1]))
        try:
            with pytest.raises(JournalError, match=r"entries 62 to 99 .* failed"):
                journal.append(entries(62, 99))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        with pytest.raises(JournalError, match="takes no writes after one has failed: restart"):
            journal.append(entries(62, 62))

    assert read_all(path) == (SNAPSHOT, entries(1, 61))


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    with closing(SqliteJournal(tmp_path / "new.sqlite3", "disk")) as journal:
        journal.append(entries(1, 1))
        modes = {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()}

    assert modes == {"new.sqlite3": "0o600", "new.sqlite3-wal": "0o600"}
