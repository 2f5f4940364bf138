"""The rows that accounts can be told of their past, in SQLite: a view of the journal, not a part.

What the journal says is the truth; a history that is behind is filled from it, and one that is
ahead, damaged, of another journal or of another format is made anew. A process holds none of its
rows: only those of entries that are not durable yet wait in memory, so a history never knows more
than the journal.

A row's id is its time with a count behind it, so rows are in order by id, and a page of any time is
one range of it. Rows that can be asked for by the same words (coin, type, category) share a facet,
and a facet's rows are marked: a question that asks for words follows the marks of the facets that
fit, each from its newest. So every question costs about as much as its page, whatever it asks for.

    the journal NAME.sqlite3: NAME.history beside it
    a journal in memory, or a disk that takes no history: SQLite in memory
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from heapq import heapify, heappop, heapreplace, merge
from itertools import chain, islice, takewhile
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar
from zlib import crc32

import apsw
import msgspec

from utabox.engine.history import Book, Facet, Row

log = logging.getLogger("utabox")

FORMAT_VERSION = 1
"""Raised when rows are kept otherwise, or when old events leave other rows than they did."""

_APPLICATION_ID = int.from_bytes(b"utah")
_COUNT_BITS = 20  # rows of one millisecond: 1,048,576
_ID_MAX = (1 << 63) - 1
_TIME_MAX = _ID_MAX >> _COUNT_BITS  # ms, in the year 2248
_SCHEMA = (
    "CREATE TABLE facets (id INTEGER PRIMARY KEY, book INTEGER NOT NULL, uid INTEGER NOT NULL, "
    "coin TEXT NOT NULL, type TEXT NOT NULL, category TEXT NOT NULL, base_coin TEXT NOT NULL, "
    "sub_type TEXT NOT NULL, UNIQUE (book, uid, coin, type, category, base_coin, sub_type))",
    "CREATE TABLE head (seq INTEGER NOT NULL, time INTEGER NOT NULL, last INTEGER NOT NULL)",
    "CREATE TABLE keys (key TEXT NOT NULL, uid INTEGER NOT NULL, book INTEGER NOT NULL, "
    "id INTEGER NOT NULL, PRIMARY KEY (key, uid, book, id)) WITHOUT ROWID",
    "CREATE TABLE marks (facet INTEGER NOT NULL, id INTEGER NOT NULL, "
    "PRIMARY KEY (facet, id)) WITHOUT ROWID",
    "CREATE TABLE rows (uid INTEGER NOT NULL, book INTEGER NOT NULL, id INTEGER NOT NULL, "
    "content BLOB NOT NULL, PRIMARY KEY (uid, book, id)) WITHOUT ROWID",
)
_ROWS = "SELECT id, content FROM rows WHERE uid = ? AND book = ? AND id >= ? AND id < ?"
_NEWEST_MARK = "SELECT max(id) FROM marks WHERE facet = {} AND id >= ? AND id < ?"
_FITTING = (
    f"SELECT ({_NEWEST_MARK.format('facets.id')}) AS newest, id FROM facets "
    "WHERE uid = ? AND book = ? AND newest NOT NULL"
)
_FACETS_KEPT_MAX = 10_000
_WAL_PAGES = 8_192  # 32 MiB; with the usual 4 MiB many rows would wait for a flush
_UNSAID_MAX = 10_000
"""Entries without rows after which the head is moved all the same."""

_SLICE_ROWS = 2_000

ANY = Facet()

C = TypeVar("C", bound=msgspec.Struct)

_encode = msgspec.msgpack.Encoder().encode
_SEAL_BYTES = 4


class Kept(NamedTuple, Generic[C]):
    """One row as it was kept."""

    id: int
    time: int  # ms
    content: C


class _Waiting(NamedTuple):
    """A row whose entry is not durable yet."""

    seq: int
    id: int
    row: Row
    content: bytes


class History:
    """The rows of one venue. All methods run on the runtime's thread.

    Args:
        path: The file, or None: in memory.
    """

    seq: int
    """The last entry whose rows are stored, 0: none."""
    time: int
    """When that entry was made, ms. The one of another journal was made at another time."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._closed = False
        self._facets: dict[tuple[object, ...], int] = {}
        self._waiting: deque[_Waiting] = deque()
        self._heard: deque[tuple[int, int]] = deque()  # entries and their times, not landed yet
        self._enough = 1  # so many rows must wait before the disk is asked
        self._db = self._opened()
        self._begin()

    def _begin(self) -> None:
        self.seq, self.time, self._last = _head(self._db)
        self._landed = self.seq, self.time

    # --- writing ------------------------------------------------------------------------

    def add(self, seq: int, time: int, rows: Sequence[Row]) -> None:
        """Take the rows of entry `seq`; they can be read at once."""
        self._heard.append((seq, time))
        for row in rows:
            self._last = max(self._last + 1, min(time, _TIME_MAX) << _COUNT_BITS)
            self._waiting.append(_Waiting(seq, self._last, row, _sealed(row.content)))

    @property
    def waiting(self) -> int:
        """How many rows are in memory still."""
        return len(self._waiting)

    def land(self, seq: int) -> bool:
        """Store rows of the entries up to `seq`, which are durable now; true: call it again.

        Some thousands at once, and no part of an entry's, so that nobody waits long for it. A disk
        that refuses them is no loss: they stay in memory, readable, until it takes them.
        """
        upto = self._slice_end(seq)
        while self._heard and self._heard[0][0] <= upto:
            self._landed = self._heard.popleft()
        due = list(takewhile(lambda waiting: waiting.seq <= upto, self._waiting))
        if len(due) >= self._enough or (not due and seq - self.seq >= _UNSAID_MAX):
            return self._store(due) and upto < seq
        return False

    def _slice_end(self, seq: int) -> int:
        """The last entry of the next slice."""
        last = 0
        for number, waiting in enumerate(self._waiting):
            if waiting.seq > seq:
                break
            if number >= _SLICE_ROWS and waiting.seq != last:
                return last
            last = waiting.seq
        return seq

    def _store(self, due: Sequence[_Waiting]) -> bool:
        seq, time = self._landed
        try:
            with self._db:
                for waiting in due:
                    self._insert(waiting)
                last = due[-1].id if due else None
                self._db.execute(
                    "UPDATE head SET seq = ?, time = ?, last = ifnull(?, last)", (seq, time, last)
                )
        except apsw.Error:
            self._facets.clear()
            if self._enough == 1:  # said once, not for each entry
                log.exception("%d rows of history wait for the disk", len(due))
            self._enough = 2 * len(due) + 2  # asked less and less: what waits is tried again whole
            return False
        self._enough = 1
        self.seq, self.time = seq, time
        for _ in due:
            self._waiting.popleft()
        return True

    def _insert(self, waiting: _Waiting) -> None:
        _, id_, row, content = waiting
        place = row.uid, int(row.book), id_
        self._db.execute("INSERT INTO rows VALUES (?,?,?,?)", (*place, content))
        self._db.execute("INSERT INTO marks VALUES (?,?)", (self._facet(row), id_))
        if row.key:
            self._db.execute("INSERT INTO keys VALUES (?,?,?,?)", (row.key, *place))

    def restart(self) -> None:
        """Forget everything, to be filled again."""
        self._db.close(True)
        self._remove()
        self._facets.clear()
        self._waiting.clear()
        self._heard.clear()
        self._enough = 1
        self._db = self._opened()
        self._begin()

    def close(self, seq: int | None = None) -> None:
        """Release the file. Idempotent.

        Args:
            seq: The last entry, when all of them are durable; None: nobody knows.
        """
        if self._closed:
            return
        self._closed = True
        if seq is not None:
            while self.land(seq):
                pass
            if self.seq < seq:  # rows that the disk refused, or a head that lags behind
                self._store(list(self._waiting))
        self._db.close(True)

    # --- reading ------------------------------------------------------------------------

    def page(
        self,
        book: Book,
        uid: int,
        content: type[C],
        *,
        start: int,
        end: int,
        limit: int,
        before: int = 0,
        of: Facet = ANY,
    ) -> tuple[list[Kept[C]], bool]:
        """The newest rows of an account from `start` to `end` (ms, both inclusive), newest first.

        Args:
            before: Only rows with a smaller id; 0: all.
            of: Only rows that fit; an empty word asks for nothing.
        Returns:
            At most `limit` rows, and whether there are more.
        """
        low = min(start << _COUNT_BITS, _ID_MAX)
        high = min((end + 1) << _COUNT_BITS, before or _ID_MAX, _ID_MAX)
        waiting = (
            (id_, data)
            for _, id_, row, data in reversed(self._waiting)
            if (row.book, row.uid) == (book, uid) and low <= id_ < high and row.facet.fits(of)
        )
        where = uid, int(book), low, high
        stored = self._marked(*where, of) if any(of) else self._all(*where, limit + 1)
        newest = merge(waiting, stored, key=_newest_first)
        found = self._read(islice(newest, limit + 1), content)
        return found[:limit], len(found) > limit

    def find(self, book: Book, uid: int, content: type[C], key: str) -> list[Kept[C]]:
        """The rows of an account with this key, newest first."""
        waiting = [
            (id_, data)
            for _, id_, row, data in reversed(self._waiting)
            if (row.book, row.uid, row.key) == (book, uid, key)
        ]
        stored = self._db.execute(
            "SELECT id, content FROM keys JOIN rows USING (uid, book, id) "
            "WHERE key = ? AND uid = ? AND book = ? ORDER BY id DESC",
            (key, uid, int(book)),
        )
        return self._read(chain(waiting, stored), content)

    def _read(self, rows: Iterable[Any], content: type[C]) -> list[Kept[C]]:
        """The rows as they were told; a damaged one is not, and is mended by a restart."""
        try:
            return [_kept(row, content) for row in rows]
        except (ValueError, apsw.CorruptError, apsw.NotADBError):
            log.error("the history %s is damaged: restart, and it is made anew", self._path)
            with suppress(apsw.Error):
                self._db.pragma("user_version", 0)
            raise

    def _all(self, uid: int, book: int, low: int, high: int, most: int) -> Iterator[Any]:
        """The rows of any words, newest first."""
        newest = f"{_ROWS} ORDER BY id DESC LIMIT ?"
        yield from self._db.execute(newest, (uid, book, low, high, most))

    def _marked(self, uid: int, book: int, low: int, high: int, of: Facet) -> Iterator[Any]:
        """The rows that fit, newest first: always the newest of the marks that lie ahead."""
        asked = {name: word for name, word in of._asdict().items() if word}
        fitting = _FITTING + "".join(f" AND {name} = ?" for name in asked)
        found = self._db.execute(fitting, (low, high, uid, book, *asked.values()))
        ahead = [(-id_, facet) for id_, facet in found]
        heapify(ahead)
        while ahead:
            id_, facet = -ahead[0][0], ahead[0][1]
            yield from self._db.execute(_ROWS, (uid, book, id_, id_ + 1))
            behind = self._db.execute(_NEWEST_MARK.format("?"), (facet, low, id_)).get
            if behind is None:
                heappop(ahead)
            else:
                heapreplace(ahead, (-behind, facet))

    # --- the file -----------------------------------------------------------------------

    def _facet(self, row: Row) -> int:
        words = (int(row.book), row.uid, *row.facet)
        known = self._facets.get(words)
        if known is None:
            if len(self._facets) >= _FACETS_KEPT_MAX:
                self._facets.clear()
            columns = "(book, uid, coin, type, category, base_coin, sub_type)"
            values = "(?,?,?,?,?,?,?)"
            self._db.execute(f"INSERT OR IGNORE INTO facets {columns} VALUES {values}", words)
            found = self._db.execute(f"SELECT id FROM facets WHERE {columns} = {values}", words)
            known = self._facets[words] = int(found.get)
        return known

    def _opened(self) -> apsw.Connection:
        """The database, made anew if it is not a whole one of ours."""
        if self._path is None:
            return _created(apsw.Connection(":memory:"))
        try:
            return self._found(self._path) or self._made(self._path)
        except (apsw.Error, OSError) as error:
            log.warning("the history %s is in memory only: %s", self._path, error)
            return _created(apsw.Connection(":memory:"))

    def _found(self, path: Path) -> apsw.Connection | None:
        """The file that is there, if it can be used."""
        if not path.exists():
            return None
        try:
            db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
            try:
                wrong = _what_is_wrong(_tuned(db))
            except BaseException:
                db.close(True)
                raise
            if not wrong:
                return db
            db.close(True)
        except apsw.Error as error:
            wrong = str(error)
        log.warning("the history %s is made anew: %s", path, wrong)
        return None

    def _made(self, path: Path) -> apsw.Connection:
        self._remove()
        path.touch(mode=0o600)
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            return _created(_tuned(db))
        except BaseException:
            db.close(True)
            raise

    def _remove(self) -> None:
        if self._path is not None:
            for suffix in ("", "-wal", "-shm", "-journal"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)


def history_path(journal: Path) -> Path:
    """The history that belongs to a journal file."""
    return journal.with_suffix(".history")


def _sealed(content: msgspec.Struct) -> bytes:
    """A row's bytes behind their checksum: SQLite does not see that one of them has changed."""
    data = _encode(content)
    return crc32(data).to_bytes(_SEAL_BYTES) + data


def _kept(row: Any, content: type[C]) -> Kept[C]:
    id_, sealed = row
    data = sealed[_SEAL_BYTES:]
    if crc32(data).to_bytes(_SEAL_BYTES) != sealed[:_SEAL_BYTES]:
        raise ValueError(f"row {id_} of the history is damaged")
    return Kept(id_, id_ >> _COUNT_BITS, msgspec.msgpack.decode(data, type=content))


def _newest_first(row: Any) -> int:
    return -int(row[0])


def _head(db: apsw.Connection) -> tuple[int, int, int]:
    """The last entry, its time, and the id of the last row."""
    match db.execute("SELECT seq, time, last FROM head").fetchall():
        case [(int(seq), int(time), int(last))]:
            return seq, time, last
    raise ValueError("its head is damaged")


def _what_is_wrong(db: apsw.Connection) -> str:
    """Why this is no history that this program reads; empty: it is one, and whole."""
    if db.pragma("application_id") != _APPLICATION_ID:
        return "it is of another program"
    if db.pragma("user_version") != FORMAT_VERSION:
        return "it has another format"
    schema = db.execute("SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name").fetchall()
    if schema != [(sql,) for sql in _SCHEMA]:
        return "it was changed by another program"
    found = db.execute("PRAGMA quick_check(1)").get
    if found != "ok":
        return str(found)
    try:
        _head(db)
    except ValueError as error:
        return str(error)
    return ""


def _tuned(db: apsw.Connection) -> apsw.Connection:
    """For one process, whose rows need not be on the disk: the journal's are."""
    db.pragma("locking_mode", "EXCLUSIVE")
    db.pragma("journal_mode", "WAL")
    db.pragma("synchronous", "NORMAL")
    db.pragma("wal_autocheckpoint", _WAL_PAGES)
    return db


def _created(db: apsw.Connection) -> apsw.Connection:
    db.pragma("application_id", _APPLICATION_ID)
    with db:
        for statement in _SCHEMA:
            db.execute(statement)
        db.execute("INSERT INTO head VALUES (0, 0, 0)")
    db.pragma("user_version", FORMAT_VERSION)
    return db
