"""The store of the past: pages by time and by word, and a file that may be lost at any time."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given, settings
from tests.cli.process import Cli, Serving
from tests.journal.faults import GatedJournal

from utabox.clock import ManualClock
from utabox.engine.account.funding import Fund
from utabox.engine.account.opening import CreateAccount
from utabox.engine.history import Book, Facet, Row
from utabox.engine.ledger import LogRow
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.state import FIRST_UID
from utabox.journal import Journal
from utabox.journal.history import ANY, History, Kept, history_path
from utabox.journal.sqlite import SqliteJournal
from utabox.runtime import Runtime

T0 = 1_748_312_640_123
FOREVER = 253_402_300_799_999  # ms, the end of the year 9999
ALICE, BOB = 1, 2


class Note(msgspec.Struct, frozen=True, array_like=True):
    """What a row of these tests says."""

    text: str


def note(
    text: str, uid: int = ALICE, book: Book = Book.UNIFIED, key: str = "", **words: str
) -> Row:
    return Row(book, uid, Note(text), Facet(**words), key)


def texts(
    history: History,
    uid: int = ALICE,
    book: Book = Book.UNIFIED,
    start: int = 0,
    end: int = FOREVER,
    limit: int = 1000,
    before: int = 0,
    of: Facet = ANY,
) -> list[str]:
    """What a page of rows says, newest first."""
    rows, _ = history.page(book, uid, Note, start=start, end=end, limit=limit, before=before, of=of)
    return [row.content.text for row in rows]


@pytest.fixture(params=["waiting", "half", "stored"])
def history(request: pytest.FixtureRequest) -> Iterator[History]:
    """Six rows of Alice a second apart, one of Bob, one of another book; stored or not."""
    history = History()
    history.add(1, T0, [note("a", coin="BTC", type="IN"), note("bob's", BOB, coin="BTC")])
    history.add(2, T0 + 1000, [note("b", coin="USDT", type="IN")])
    history.add(3, T0 + 2000, [note("c", coin="BTC", type="OUT"), note("other", book=Book.FUND)])
    history.land({"waiting": 0, "half": 3, "stored": 6}[request.param])
    history.add(4, T0 + 3000, [note("d", coin="USDT", type="OUT", category="linear")])
    history.add(5, T0 + 4000, [note("e", coin="BTC", type="IN", base_coin="BTC")])
    history.add(6, T0 + 5000, [note("f", coin="BTC", type="IN", sub_type="movePosition")])
    history.land({"waiting": 0, "half": 3, "stored": 6}[request.param])
    with closing(history):
        yield history


# --- pages ------------------------------------------------------------------------------------


def test_the_newest_come_first(history: History) -> None:
    """Stored or waiting, they are one list; nobody sees another's."""
    assert texts(history) == ["f", "e", "d", "c", "b", "a"]
    assert texts(history, BOB) == ["bob's"]
    assert texts(history, book=Book.FUND) == ["other"]
    assert texts(history, 3) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ({"coin": "BTC"}, "fe" + "ca"),
        ({"type": "OUT"}, "dc"),
        ({"coin": "USDT", "type": "OUT"}, "d"),
        ({"category": "linear"}, "d"),
        ({"base_coin": "BTC"}, "e"),
        ({"sub_type": "movePosition"}, "f"),
        ({"coin": "ETH"}, ""),
        ({"coin": "BTC", "category": "linear"}, ""),
    ],
)
def test_words_narrow_it_together(history: History, words: dict[str, str], found: str) -> None:
    assert texts(history, of=Facet(**words)) == list(found)


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (T0 + 1000, T0 + 3000, "dcb"),
        (T0 + 1001, T0 + 2999, "c"),
        (T0, T0, "a"),
        (T0 + 5001, FOREVER, ""),
        (0, T0 - 1, ""),
        (-5, T0, "a"),
        (FOREVER, FOREVER, ""),
        (9_999_999_999_999, 9_999_999_999_999, ""),
        (T0 + 5000, 10**18, "f"),
    ],
)
def test_both_ends_of_a_time_are_part_of_it(
    history: History, start: int, end: int, found: str
) -> None:
    """Times that no row can have are times without rows."""
    assert texts(history, start=start, end=end) == list(found)


def test_a_page_says_whether_there_is_another(history: History) -> None:
    """It begins behind the last row of the page before."""
    rows, more = history.page(Book.UNIFIED, ALICE, Note, start=0, end=FOREVER, limit=4)
    assert ([row.content.text for row in rows], more) == (["f", "e", "d", "c"], True)

    rows, more = history.page(
        Book.UNIFIED, ALICE, Note, start=0, end=FOREVER, limit=2, before=rows[-1].id
    )
    assert ([row.content.text for row in rows], more) == (["b", "a"], False)

    assert texts(history, before=rows[-1].id) == []


def test_new_rows_do_not_move_the_next_page(history: History) -> None:
    rows, _ = history.page(Book.UNIFIED, ALICE, Note, start=0, end=FOREVER, limit=2)
    history.add(7, T0 + 6000, [note("g", coin="BTC")])
    history.land(7)
    assert texts(history, before=rows[-1].id, limit=2) == ["d", "c"]


def test_each_row_has_its_time(history: History) -> None:
    rows, _ = history.page(Book.UNIFIED, ALICE, Note, start=0, end=FOREVER, limit=9)
    assert [row.time - T0 for row in rows] == [5000, 4000, 3000, 2000, 1000, 0]


@pytest.mark.parametrize("landed", [0, 1, 2])
def test_rows_of_one_millisecond_keep_their_order(landed: int) -> None:
    """3,000 in two entries of one millisecond, and one a millisecond later."""
    with closing(History()) as history:
        history.add(1, T0, [note(str(number)) for number in range(1000)])
        history.add(
            2, T0, [note(str(number), coin=f"C{number % 7}") for number in range(1000, 3000)]
        )
        history.land(landed)
        history.add(3, T0 + 1, [note("later")])

        assert texts(history, end=T0, limit=9999) == [str(n) for n in reversed(range(3000))]
        assert texts(history, start=T0 + 1) == ["later"]
        assert texts(history, of=Facet("C1"), limit=2) == ["2997", "2990"]
        rows, _ = history.page(Book.UNIFIED, ALICE, Note, start=T0, end=T0, limit=9999)
        assert {row.time for row in rows} == {T0}


def test_a_time_that_no_id_can_hold_stops_nothing(tmp_path: Path) -> None:
    """Ids end in the year 2248: what happens later keeps its order."""
    with closing(History(tmp_path / "x.history")) as history:
        history.add(1, T0, [note("now")])
        history.add(2, FOREVER, [note("late")])
        history.add(3, FOREVER, [note("later")])
        history.land(3)
        assert texts(history) == ["later", "late", "now"]


ROWS = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from([ALICE, BOB]), st.sampled_from(["", "BTC", "USDT"]),
        st.sampled_from(["", "IN", "OUT"]),
    ),
    max_size=30,
)  # fmt: skip


@settings(max_examples=60)
@given(
    rows=ROWS, landed=st.integers(0, 30), start=st.integers(0, 20), length=st.integers(0, 30),
    coin=st.sampled_from(["", "BTC"]), type_=st.sampled_from(["", "IN"]), limit=st.integers(1, 6),
)  # fmt: skip
def test_all_pages_together_are_the_list(
    rows: list[tuple[int, int, str, str]],
    landed: int,
    start: int,
    length: int,
    coin: str,
    type_: str,
    limit: int,
) -> None:
    """Whatever is asked, page behind page: what a plain list would say."""
    times = [T0 + passed for passed in accumulate(gap for gap, *_ in rows)]
    expected = [
        str(number)
        for number, (time, (_, uid, own_coin, own_type)) in enumerate(zip(times, rows, strict=True))
        if uid == ALICE
        and T0 + start <= time <= T0 + start + length
        and coin in ("", own_coin)
        and type_ in ("", own_type)
    ]
    with closing(History()) as history:
        for number, (time, (_, uid, own_coin, own_type)) in enumerate(
            zip(times, rows, strict=True)
        ):
            history.add(number + 1, time, [note(str(number), uid, coin=own_coin, type=own_type)])
            if number + 1 == landed:
                history.land(landed)
        found = list(pages(history, T0 + start, T0 + start + length, Facet(coin, type_), limit))
    assert found == expected[::-1]


def pages(history: History, start: int, end: int, of: Facet, limit: int) -> Iterator[str]:
    """Everything, a page at a time."""
    before, more = 0, True
    while more:
        rows, more = history.page(
            Book.UNIFIED, ALICE, Note, start=start, end=end, limit=limit, before=before, of=of
        )
        assert len(rows) <= limit
        yield from (row.content.text for row in rows)
        before = rows[-1].id if rows else 0


@pytest.mark.parametrize("landed", [0, 2, 4])
def test_a_row_is_found_by_its_key(landed: int) -> None:
    """Its owner's only, of one book; of several the newest first."""
    with closing(History()) as history:
        history.add(1, T0, [note("a", key="k"), note("bob's", BOB, key="k")])
        history.add(2, T0 + 1, [note("b", key="k", coin="BTC"), note("unnamed")])
        history.land(landed)
        history.add(3, T0 + 2, [note("fund", book=Book.FUND, key="k"), note("c", key="l")])
        history.add(4, T0 + 3, [note("d", key="k")])
        history.land(landed)

        assert [row.content.text for row in history.find(Book.UNIFIED, ALICE, Note, "k")] == [
            "d", "b", "a",
        ]  # fmt: skip
        assert [row.time for row in history.find(Book.UNIFIED, BOB, Note, "k")] == [T0]
        assert history.find(Book.UNIFIED, ALICE, Note, "m") == []
        assert history.find(Book.SPOT, ALICE, Note, "k") == []


# --- the file ---------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "main.history"


def test_what_is_durable_is_there_again(path: Path) -> None:
    """With the same ids: a cursor outlives the process."""
    with closing(History(path)) as history:
        history.add(1, T0, [note("a", key="k")])
        history.add(2, T0 + 7, [])
        history.land(2)
        before = everything(history)
        history.close(2)
    with closing(History(path)) as history:
        assert (history.seq, history.time) == (2, T0 + 7)
        assert everything(history) == before
        assert [row.content.text for row in history.find(Book.UNIFIED, ALICE, Note, "k")] == ["a"]


def everything(history: History) -> list[Kept[Note]]:
    return history.page(Book.UNIFIED, ALICE, Note, start=0, end=FOREVER, limit=10**6)[0]


def test_what_is_not_durable_is_not_stored(path: Path) -> None:
    """It can be read while the process lives, as the state can."""
    with closing(History(path)) as history:
        history.add(1, T0, [note("durable")])
        history.add(2, T0, [note("not yet")])
        history.land(1)
        assert texts(history) == ["not yet", "durable"]
    with closing(History(path)) as history:
        assert texts(history) == ["durable"]
        assert history.seq == 1


def test_files_are_for_their_owner_only(path: Path) -> None:
    """The -wal as the file."""
    with closing(History(path)) as history:
        history.add(1, T0, [note("a")])
        history.land(1)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"main.history": 0o600, "main.history-wal": 0o600}


def test_entries_without_rows_move_the_head_seldom_and_at_the_end(path: Path) -> None:
    """So a start does not read them again."""
    with closing(History(path)) as history:
        for seq in range(1, 9_001):
            history.add(seq, T0 + seq, [])
            history.land(seq)
        assert history.seq == 0
        for seq in range(9_001, 10_003):
            history.add(seq, T0 + seq, [])
            history.land(seq)
        assert history.seq == 10_000
        history.close(10_002)
    with closing(History(path)) as history:
        assert (history.seq, history.time) == (10_002, T0 + 10_002)


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process grows, as on a disk without room."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_keeps_rows_in_memory(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """They are read as before, which is said once, and stored when there is room again."""
    with closing(History(path)) as history:
        history.add(1, T0, [note("a", coin="BTC")])
        history.land(1)
        with full_disk():
            for seq in range(2, 100):
                history.add(seq, T0 + seq, [note(str(seq), coin="USDT", key=str(seq))])
                history.land(seq)
            assert texts(history, limit=3) == ["99", "98", "97"]
            assert texts(history, of=Facet("BTC")) == ["a"]
            assert len(history.find(Book.UNIFIED, ALICE, Note, "50")) == 1
        assert history.seq == 1
        assert [record.getMessage() for record in caplog.records] == [
            "1 rows of history wait for the disk"
        ]
        history.close(99)
    with closing(History(path)) as history:
        assert history.seq == 99
        assert texts(history) == [*(str(seq) for seq in reversed(range(2, 100))), "a"]


def test_a_disk_that_has_room_again_takes_what_waits(path: Path) -> None:
    """Without a restart."""
    with closing(History(path)) as history:
        with full_disk():
            history.add(1, T0, [note("0")])
            history.land(1)
        for seq in range(2, 10):
            history.add(seq, T0, [note(str(seq))])
            history.land(seq)
        assert history.seq > 1
        assert texts(history) == ["9", "8", "7", "6", "5", "4", "3", "2", "0"]


def test_a_disk_that_stays_full_loses_nothing_that_was_stored(path: Path) -> None:
    """The end of the process finds no room either: what waits is in the journal."""
    history = History(path)
    history.add(1, T0, [note("a")])
    history.land(1)
    with full_disk():
        history.add(2, T0, [note("b")])
        history.close(2)
    with closing(History(path)) as again:
        assert (again.seq, texts(again)) == (1, ["a"])


def test_a_place_that_takes_no_file_is_no_reason_to_stop(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The rows are in memory then, and the log says why."""
    path.mkdir()
    with closing(History(path)) as history:
        history.add(1, T0, [note("a")])
        history.land(1)
        assert texts(history) == ["a"]
    assert f"the history {path} is in memory only" in caplog.text


def test_a_disk_that_is_full_at_the_start_is_no_reason_to_stop(path: Path) -> None:
    with full_disk(), closing(History(path)) as history:
        history.add(1, T0, [note("a")])
        history.land(1)
        assert texts(history) == ["a"]
    with closing(History(path)) as history:
        assert history.seq == 0


# --- the history of a journal -----------------------------------------------------------------


class Venue(NamedTuple):
    """A runtime over files, with a loop that turns when a test waits."""

    runtime: Runtime
    clock: ManualClock
    turns: SimpleQueue[Callable[[], None]]

    def fund(self, coin: str, *amounts: str) -> None:
        """One movement for each amount, a second apart, all of them durable."""
        for amount in amounts:
            self.clock.advance(1000)
            self.runtime.execute(Fund(FIRST_UID, coin, Decimal(amount)))
        self.settle()

    def settle(self) -> None:
        while not self.runtime.settled:
            self.turns.get(timeout=10)()

    @property
    def log(self) -> list[Kept[LogRow]]:
        """All that Alice's log says."""
        rows, _ = self.runtime.history.page(
            Book.UNIFIED, FIRST_UID, LogRow, start=0, end=FOREVER, limit=10**6
        )
        return rows


def no_failure(error: BaseException) -> None:
    raise AssertionError(f"the journal failed: {error}")


@contextmanager
def opened(folder: Path, now: int = T0, name: str = "main") -> Iterator[Venue]:
    """The venue of `folder`, which has an account and prices."""
    path = folder / f"{name}.sqlite3"
    with venue_of(SqliteJournal(path, "process"), History(history_path(path)), now) as venue:
        yield venue


@contextmanager
def venue_of(journal: Journal, history: History, now: int = T0) -> Iterator[Venue]:
    clock, turns = ManualClock(now), SimpleQueue[Callable[[], None]]()
    runtime = Runtime(journal, clock, turns.put, no_failure, history)
    venue = Venue(runtime, clock, turns)
    try:
        if not runtime.state.accounts:
            runtime.execute(SetIndexPrices({"BTC": Decimal(50_000), "USDT": Decimal(1)}))
            runtime.execute(CreateAccount())
            venue.settle()
        yield venue
    finally:
        runtime.close()


def copy(folder: Path, pattern: str, to: str) -> None:
    """Keep the files of one name under another."""
    for file in folder.glob(pattern):
        shutil.copy(file, file.with_name(file.name.replace(pattern.rstrip("*"), to)))


def by_sql(script: str) -> Callable[[Path], None]:
    """Change a history as another program would."""

    def change(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.executescript(script)

    return change


def overwritten(start: int, length: int) -> Callable[[Path], None]:
    """Zeros in place of some bytes."""

    def change(path: Path) -> None:
        with path.open("rb+") as file:
            file.seek(start)
            file.write(bytes(length))

    return change


def replaced(content: bytes) -> Callable[[Path], None]:
    """Something else under its name."""

    def change(path: Path) -> None:
        path.write_bytes(content)

    return change


DAMAGES: dict[str, Callable[[Path], None]] = {
    "missing": Path.unlink,
    "empty": replaced(b""),
    "text": replaced(b"no database at all\n" * 500),
    "its start is gone": overwritten(0, 100),
    "its second page is gone": overwritten(4096, 4096),
    "its last page is gone": lambda path: os.truncate(path, path.stat().st_size - 4096),
    "cut inside a page": lambda path: os.truncate(path, path.stat().st_size - 5000),
    "of another program": by_sql("PRAGMA application_id = 7"),
    "of another format": by_sql("PRAGMA user_version = 999"),
    "with another table": by_sql("CREATE TABLE mine (x)"),
    "without a table": by_sql("DROP TABLE keys"),
    "without a head": by_sql("DELETE FROM head"),
    "with two heads": by_sql("INSERT INTO head SELECT * FROM head"),
    "with a head of text": by_sql("UPDATE head SET seq = 'many'"),
    "ahead": by_sql("UPDATE head SET seq = seq + 1"),
    "far behind": by_sql(
        "DELETE FROM rows; DELETE FROM marks; DELETE FROM keys; DELETE FROM facets; "
        "UPDATE head SET seq = 0, time = 0, last = 0"
    ),
    "of another journal": by_sql("UPDATE head SET time = time + 1; DELETE FROM rows"),
}


@pytest.mark.parametrize("change", DAMAGES.values(), ids=DAMAGES)
def test_a_history_is_made_anew_from_the_journal(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    """Row by row as it was, for its owner only, and kept from then on."""
    path = tmp_path / "main.history"
    with opened(tmp_path) as venue:
        venue.fund("USDT", *["7.25"] * 300)
        venue.fund("BTC", "1", "-0.5")
        before = venue.log
    change(path)

    with opened(tmp_path, T0 + 10**6) as venue:
        assert venue.log == before
        assert venue.runtime.history.find(Book.UNIFIED, FIRST_UID, LogRow, "unknown") == []
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        venue.fund("BTC", "2")
        before = venue.log
    with closing(History(path)) as history:
        assert history.seq == 2 + 303
    with opened(tmp_path, T0 + 2 * 10**6) as venue:
        assert venue.log == before
        assert (len(before), before[0].content.balance) == (303, Decimal("2.5"))


@pytest.mark.parametrize("change", [DAMAGES["text"], DAMAGES["of another program"]])
def test_a_history_that_is_made_anew_is_told_of(
    tmp_path: Path, change: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """The file was in our place, but it may have been somebody's."""
    with opened(tmp_path) as venue:
        venue.fund("USDT", "1")
    assert caplog.text == ""
    change(tmp_path / "main.history")
    with opened(tmp_path):
        assert f"the history {tmp_path / 'main.history'} is made anew: " in caplog.text


def test_a_history_from_before_is_filled(tmp_path: Path) -> None:
    """A copy that is older than the journal gets what it lacks, and keeps what it has."""
    with opened(tmp_path) as venue:
        venue.fund("USDT", "1", "2")
    copy(tmp_path, "main.history*", "older")
    with opened(tmp_path, T0 + 10**6) as venue:
        venue.fund("BTC", "3", "4")
        venue.fund("USDT", "-1")
        before = venue.log
    copy(tmp_path, "older*", "main.history")

    with opened(tmp_path, T0 + 2 * 10**6) as venue:
        assert venue.log == before
    assert [row.content.change for row in before] == [-1, 4, 3, 2, 1]


def test_a_journal_from_before_has_its_own_history(tmp_path: Path) -> None:
    """What was undone is not told."""
    with opened(tmp_path) as venue:
        venue.fund("USDT", "1", "2")
        before = venue.log
    copy(tmp_path, "main.sqlite3*", "older")
    with opened(tmp_path, T0 + 10**6) as venue:
        venue.fund("BTC", "3", "4")
    copy(tmp_path, "older*", "main.sqlite3")

    with opened(tmp_path, T0 + 2 * 10**6) as venue:
        assert venue.log == before
        venue.fund("BTC", "5")
        assert [row.content.change for row in venue.log] == [5, 2, 1]


def test_a_journal_that_went_another_way_has_its_own_history(tmp_path: Path) -> None:
    """It is longer than what the history knows, but another: the times of its entries say so."""
    with opened(tmp_path) as venue:
        venue.fund("USDT", "1")
    copy(tmp_path, "main.sqlite3*", "older.sqlite3")
    with opened(tmp_path, T0 + 10**6) as venue:
        venue.fund("BTC", "3", "4")
    copy(tmp_path, "main.history*", "kept")
    copy(tmp_path, "older.sqlite3*", "main.sqlite3")
    with opened(tmp_path, T0 + 2 * 10**6) as venue:
        venue.fund("BTC", "5", "6", "7", "8")
        before = venue.log
    copy(tmp_path, "kept*", "main.history")

    with opened(tmp_path, T0 + 3 * 10**6) as venue:
        assert venue.log == before
    assert [row.content.change for row in before] == [8, 7, 6, 5, 1]


@pytest.mark.parametrize("left", ["main.history-wal", "main.history-journal", "main.history-shm"])
def test_what_is_left_of_a_lost_history_is_nobodys(tmp_path: Path, left: str) -> None:
    """A log file without its database is not taken for one of the new."""
    with opened(tmp_path) as venue:
        venue.fund("USDT", "1", "2")
        before = venue.log
        copy(tmp_path, "main.history-wal", "left")
    (tmp_path / "main.history").unlink()
    (tmp_path / "left").rename(tmp_path / left)

    with opened(tmp_path) as venue:
        assert venue.log == before


def test_a_snapshot_does_not_hide_the_entries_before_it(tmp_path: Path) -> None:
    """The state begins with the snapshot, a lost history with the first entry."""
    with opened(tmp_path) as venue:
        venue.fund("USDT", *["1"] * 50)  # its close keeps a snapshot
        before = venue.log
    (tmp_path / "main.history").unlink()

    with opened(tmp_path) as venue:
        assert venue.runtime.journal.snapshot() is not None
        assert venue.log == before


def test_rows_are_stored_no_earlier_than_their_entry(tmp_path: Path) -> None:
    """While the disk is writing the entry, its row is read, but is not in the history's file."""
    path = tmp_path / "main.sqlite3"
    gated = GatedJournal(SqliteJournal(path, "process"))
    for _ in range(2):
        gated.gate.release()
    with venue_of(gated, History(history_path(path))) as venue:
        venue.runtime.execute(Fund(FIRST_UID, "USDT", Decimal(5)))
        venue.turns.get(timeout=10)()  # the flush begins
        assert gated.begun.acquire(timeout=10)

        assert [row.content.change for row in venue.log] == [5]
        assert venue.runtime.history.seq == 0

        for _ in range(9):
            gated.gate.release()
        venue.settle()
    with closing(History(history_path(path))) as history:
        assert history.seq == 3


def fund(home: Path, server: Serving, *amounts: str) -> None:
    """Of USDT, to the demo account."""
    for amount in amounts:
        done = Cli(home, server.url)("account", "fund", str(FIRST_UID), "USDT", amount)
        assert done.exit_code == 0, done.output


def log(home: Path, server: Serving) -> list[dict[str, str]]:
    """What the demo account's log says."""
    answer = Cli(home, server.url)("get", "/v5/account/transaction-log", "limit=50", "--json")
    assert answer.exit_code == 0, answer.output
    lines: list[dict[str, str]] = json.loads(answer.stdout)["result"]["list"]
    return lines


def test_kill_9_loses_no_line_of_the_log(tmp_path: Path) -> None:
    """Of the whole server, twice, and once more with the history's file gone."""
    data = tmp_path / "data"
    with Serving(tmp_path, "--data", str(data)) as serving:
        fund(tmp_path, serving, "1000", "-30.5", "7")
        before = log(tmp_path, serving)
        assert [line["change"] for line in before[:3]] == ["7", "-30.5", "1000"]
    with Serving(tmp_path, "--data", str(data)) as serving:  # leaving the block killed it
        assert log(tmp_path, serving) == before
        fund(tmp_path, serving, "0.25")
        before = log(tmp_path, serving)
    for file in (data / "venues").glob("*.history*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        file.unlink()
    with Serving(tmp_path, "--data", str(data)) as serving:
        assert log(tmp_path, serving) == before
        assert serving.stop() == 0
    with Serving(tmp_path, "--data", str(data)) as serving:
        assert log(tmp_path, serving) == before
        assert serving.err.read_text() == ""


# --- slices, and a byte that changed -------------------------------------------------------------


def test_many_rows_are_stored_slice_by_slice(path: Path) -> None:
    """Whole entries, in order; what waits is read all the same, and the end is reached."""
    with closing(History(path)) as history:
        for entry in range(1, 6):
            history.add(entry, T0 + entry, [note(f"{entry}.{row}") for row in range(1500)])

        lefts, waiting = [], []
        while history.land(5):
            lefts.append(history.seq)
            waiting.append(history.waiting)

        assert lefts == [2, 4]
        assert waiting == [4500, 1500]
        assert (history.seq, history.waiting) == (5, 0)
        assert len(texts(history, limit=10_000)) == 7500


def test_a_row_whose_bytes_changed_is_not_told(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLite does not see it; the log says what to do, and the next start makes it anew."""
    with closing(History(path)) as history:
        history.add(1, T0, [note("one million")])
        history.land(1)
        history.close(1)
    content = path.read_bytes()
    assert content.count(b"one million") == 1
    path.write_bytes(content.replace(b"one million", b"two million"))

    with closing(History(path)) as history:
        with pytest.raises(ValueError, match="is damaged"):
            texts(history)
        assert "restart" in caplog.text
    with closing(History(path)) as history:
        assert (history.seq, texts(history)) == (0, [])
