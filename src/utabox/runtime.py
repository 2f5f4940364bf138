"""One venue's only writer: stamp, decide, apply, append, and release answers when durable.

    command -> stamp now -> decide -> apply -> append (in batches) -> release

While a batch is being made durable the next commands are decided on the state in memory, so no
command waits for another's flush. In return nothing that derives from entry n (a reply, a read,
a refusal) may leave the process before n is durable: whoever answers asks `settled` and, if it
is not, leaves the answer with `when_durable`.

All methods run on one thread, the event loop's; only `Journal.append` runs on another.
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import localcontext
from functools import partial
from time import monotonic

from utabox.clock import Clock
from utabox.engine.history import told
from utabox.engine.invariants import check_entry, require
from utabox.engine.rules import (
    MONEY,
    Command,
    Event,
    Rejected,
    apply,
    apply_exactly,
    decide,
)
from utabox.engine.state import State
from utabox.engine.timers import due_command
from utabox.engine.venue_clock import SetClock
from utabox.journal import Journal, Record, Snapshot
from utabox.journal.codec import decode_entry, decode_state, encode_entry, encode_state
from utabox.journal.history import History
from utabox.retcodes import SYSTEM_ERROR
from utabox.why import Why

log = logging.getLogger("utabox")

SNAPSHOT_ENTRIES_MIN = 50_000
"""A start replays at most about this many entries, or as many as there are accounts."""

ROOM_BYTES_MIN = 16 * 1024 * 1024
"""With less room than this on the disk, commands are refused before anything is written."""

SLOW_APPEND_S = 0.002
"""An append that takes longer is waited for by commands enough for a batch of their own."""

HISTORY_ENTRIES_MIN = 250
"""Entries that a history is given at once while serving: one by one, each would touch some pages of
its file alone. It shows those before, too, and what a crash takes from it the journal has."""

HISTORY_ROWS_MIN = 500
"""Rows after which it is given them before so many entries: an hour's interest is one entry."""

Watch = Callable[[int, Sequence[Event]], None]
"""`(now in ms, events of one entry)`, with the state as it is after them."""

HISTORY_AT_ONCE = 4_096
"""Entries whose rows are stored at once when a history is filled from the journal."""

Defer = Callable[[Callable[[], None]], object]
"""Runs a callback soon on the runtime's thread; safe to call from any thread."""


class Runtime:
    """One venue: its state, its journal, and the only way to change either.

    Args:
        journal: Opened, owned by this process.
        clock: Wall clock, ms. Time never goes back, whatever it says.
        defer: See `Defer`; for an event loop, `loop.call_soon_threadsafe`.
        on_failure: Called once when an append failed. The runtime answers nothing more; the
            process is to end with the message.
        history: Where the rows go that accounts can be told; None: in memory.
    Raises:
        JournalError: The journal cannot be replayed. Nothing was changed.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        defer: Defer,
        on_failure: Callable[[BaseException], None],
        history: History | None = None,
    ) -> None:
        self.journal = journal
        self.history = history or History()
        self.failure: BaseException | None = None
        self.watch: Watch | None = None
        """Told of every entry as it is made. It must not raise, and tell nobody else before the
        entry is durable: see `when_durable`."""
        self._clock = clock
        self._defer = defer
        self._on_failure = on_failure
        # The loop appends, whoever writes takes; what must not come apart is one of its items.
        self._queue: deque[Sequence[Record]] = deque()
        self._flushing = False
        self._broken = False  # an append failed; written by whichever thread appends
        self._closed = False
        self._resting = False  # the history is told nothing more
        self._roomy = False  # there is room for the batch that is being collected
        self._held: deque[tuple[int, Callable[[], None]]] = deque()
        self._writer = ThreadPoolExecutor(1, "journal") if journal.blocking else None
        self.state, self._snapshot_seq = replay(journal, self.history)
        self.durable = self.state.seq
        self._history_due = self.durable + HISTORY_ENTRIES_MIN
        self._now = self.state.now

    # --- time and reading ---------------------------------------------------------------

    def now(self) -> int:
        """The venue's time, ms: the clock's, but never before a time that was told already."""
        now = self._clock()
        if self.state.clock is not None:
            now = self.state.clock.at(now)
        if now > self._now:
            self._now = now
        return self._now

    def machine_time(self) -> int:
        """What the machine's clock says, ms, however the venue's runs."""
        return self._clock()

    def advance(self) -> int:
        """Let every timer that is due fire, in order, each at its own time; return `now`.

        On a disk without room they stay due: reads go on, with what is known.
        """
        now = self.now()
        timers = self.state.timers
        if timers and timers[0].due <= now:
            while self._fire(now):
                pass
        return now

    def catch_up(self, seconds: float) -> bool:
        """Let timers fire that are due, for about so long; whether none is left.

        For whoever sets a clock far ahead: between two slices others can be served.
        """
        now, until = self.now(), monotonic() + seconds
        while self._fire(now):
            if monotonic() >= until:
                return False
        return True

    def _fire(self, now: int) -> bool:
        """Let the next timer fire; false: none is due, or the disk has no room."""
        due = due_command(self.state, now)
        if due is None:
            return False
        at, command = due
        try:
            events = self._commit(command, max(at, self.state.now))
        except Rejected:
            return False
        require(bool(events), f"the timer of {command} would fire for ever")
        return True

    def state_hash(self) -> str:
        """Equal for two venues that were given the same commands at the same times."""
        return hashlib.sha256(encode_state(self.state).payload).hexdigest()

    # --- writing ------------------------------------------------------------------------

    def execute(self, command: Command) -> list[Event]:
        """Decide `command` now and apply what follows. An entry is made only of a change.

        Raises:
            Rejected: The exchange refuses, or the disk has no room (10016). Nothing changed.
        """
        return self._commit(command, self.advance())

    def repeat(self, steps: Sequence[tuple[Command, int]]) -> None:
        """Do what was rehearsed on a copy of this state, each command at its time (ms): all of it
        is on the disk, or nothing.

        Raises:
            Rejected: The disk has no room (10016). Nothing changed.
        """
        require(self.failure is None, "a command after a failed append")
        self._refuse_without_room()
        records = []
        for command, now in steps:
            events = decide(self.state, command, now)
            require(bool(events), f"{command} was rehearsed and changes nothing")
            records.append(self._write_down(command, events, now))
            self._now = now  # also back: a venue that has nobody in it may begin in the past
        if records:  # a seed may find all as it says
            self._append(records)

    def _commit(self, command: Command, now: int) -> list[Event]:
        require(self.failure is None, "a command after a failed append")
        events = decide(self.state, command, now)
        if events:
            self._refuse_without_room()
            self._append([self._write_down(command, events, now)])
        return events

    def _write_down(self, command: Command, events: list[Event], now: int) -> Record:
        """Apply what was decided; the entry that is to be appended."""
        # Encoded first: what cannot be written down must not have happened.
        record = encode_entry(self.state.seq + 1, now, command, events)
        try:
            self.state.seq, self.state.now = record.seq, now
            apply(self.state, events)
            check_entry(self.state, events)
            self.history.add(record.seq, now, told(events))
        except BaseException as error:
            self._broken = True  # a broken invariant: the state is void, the journal is sound
            self._fail(error)
            raise
        if self.watch is not None:
            self.watch(now, events)
        return record

    def _refuse_without_room(self) -> None:
        """Look once for each batch, and while there is none, for each command."""
        if not self._roomy:
            try:
                room = self.journal.room()
            except OSError:
                room = 0  # the folder is gone, or not to be reached
            if room < ROOM_BYTES_MIN:
                raise Rejected(SYSTEM_ERROR, why=_no_room(self.journal.name, room))
            self._roomy = True

    def resume(self) -> None:
        """Let a clock that was set go on from the last entry: what passed since does not count."""
        clock, at = self.state.clock, self.state.now
        if clock is not None and clock.speed_permille:
            self._commit(SetClock(real=self._clock(), venue=at), at)

    # --- group commit -------------------------------------------------------------------

    @property
    def settled(self) -> bool:
        """Whether all that the state says is durable, so that an answer may leave at once."""
        return self.durable == self.state.seq and self.failure is None

    def when_durable(self, release: Callable[[], None]) -> None:
        """Call `release` when the state, as it is now, is durable; never, if that fails."""
        self._held.append((self.state.seq, release))

    def _append(self, records: Sequence[Record]) -> None:
        """Have them written, in one batch."""
        self._queue.append(records)
        if self._writer is None:
            self._flush()
        elif not self._flushing:
            # Soon, not now: the commands of one turn of the loop share the first flush.
            self._flushing = True
            self._defer(self._flush)

    def _flush(self) -> None:
        if self._writer is None:
            self._write(lambda landed: landed())
            return
        self._writer.submit(self._write, self._defer)
        if self.state.seq - self._snapshot_seq >= self._snapshot_interval():
            self._snapshot_seq = self.state.seq
            self._writer.submit(self._save, encode_state(self.state))

    def _write(self, report: Defer) -> None:
        """The only place of the runtime that may wait for a disk; off the loop, if it blocks.

        A disk that is slow gets the next batch at once: the way round through a busy loop would
        leave it idle. A fast one gets a larger batch that way.
        """
        slow = True
        while slow and not self._broken and (batch := self._collected()):
            began = monotonic()
            try:
                self.journal.append(batch)
            except BaseException as error:
                self._broken = True
                report(partial(self._fail, error))
            else:
                report(partial(self._land, batch[-1].seq))
            slow = self._writer is not None and monotonic() - began > SLOW_APPEND_S

    def _collected(self) -> list[Record]:
        """Take all that is queued, while the loop may be queueing more."""
        batch: list[Record] = []
        while self._queue:
            batch.extend(self._queue.popleft())
        self._roomy = False
        return batch

    def _save(self, snapshot: Snapshot) -> None:
        """Keep a snapshot; failing to is no loss, the older one and the entries stand."""
        if self._broken:
            return
        try:
            self.journal.save_snapshot(snapshot)
        except Exception:
            log.exception("no snapshot of %s at %d", self.journal.name, snapshot.seq)

    def _snapshot_interval(self) -> int:
        return max(SNAPSHOT_ENTRIES_MIN, len(self.state.accounts))

    def _land(self, seq: int) -> None:
        self.durable = max(seq, self.durable)
        if seq >= self._history_due or self.history.waiting >= HISTORY_ROWS_MIN:
            self._history_due = seq + HISTORY_ENTRIES_MIN
            self._tell_history()
        self._flushing = bool(self._queue)
        if self._flushing:
            self._flush()
        while self._held and self._held[0][0] <= seq:
            self._held.popleft()[1]()

    def _tell_history(self) -> None:
        """Hand a slice of the durable rows over, and, when there are more, the next one soon."""
        if not self._resting and self.history.land(self.durable):
            self._defer(self._tell_history)

    def _fail(self, error: BaseException) -> None:
        """An unknown, not a "no": the batch may be on the disk or not. Say nothing more."""
        if self.failure is None:
            self.failure = error
            self._held.clear()
            self._on_failure(error)

    def beside(self, use: Callable[[Journal], None]) -> Future[None]:
        """Let `use` read the journal between two appends, on the thread that appends."""
        if self._writer is not None:
            return self._writer.submit(use, self.journal)
        used: Future[None] = Future()
        try:
            use(self.journal)
            used.set_result(None)
        except Exception as error:
            used.set_exception(error)
        return used

    # --- ending -------------------------------------------------------------------------

    def rest(self) -> None:
        """Nothing will be written any more: `close` may come from another thread."""
        self._resting = True

    def close(self, *, snapshot: bool = True) -> None:
        """Flush what is queued, keep a snapshot, release the journal. Idempotent.

        Call it when the loop turns no more: what was held is released or dropped in here.
        """
        if self._closed:
            return
        self._closed = self._resting = True
        if self._writer is not None:
            self._writer.shutdown(wait=True)
            self._writer = None
        if self._queue and not self._broken:
            self._flush()
        if not self._broken:
            self._land(self.state.seq)
            if snapshot and self.state.seq > self._snapshot_seq:
                self._save(encode_state(self.state))
        self.history.close(None if self._broken else self.state.seq)
        self.journal.close()


def replay(journal: Journal, history: History | None = None) -> tuple[State, int]:
    """The state that `journal` tells, and the sequence number of the snapshot it began with.

    Args:
        history: Filled with the rows that it has not yet; it may be behind, or of nothing. One
            that is ahead, or tells of another journal, is made anew.
    Raises:
        JournalError: an entry or the snapshot is damaged, missing or from another version.
    """
    snapshot = journal.snapshot()
    state = decode_state(snapshot, journal.name) if snapshot else State()
    began = state.seq
    if history is not None and history.seq > journal.length:
        history.restart()  # the entries that it tells of were lost
    known = journal.length if history is None else history.seq
    if known < began:
        log.info("reading the history of %s again, from entry %d", journal.name, known + 1)
    read, foreign = min(began, known), False
    with localcontext(MONEY):
        # From one entry earlier: whether it is the one that the history ends with.
        for record in journal.read(after=max(0, read - 1)):
            if history is not None and record.seq == known:
                foreign = record.time != history.time
            if record.seq <= read:
                continue
            events = decode_entry(record, journal.name).events
            if record.seq > began:
                state.seq, state.now = record.seq, record.time
                apply_exactly(state, events)
            if history is not None and record.seq > known:
                history.add(record.seq, record.time, told(events))
                if record.seq % HISTORY_AT_ONCE == 0:
                    _land_all(history, record.seq)
    if history is not None and foreign:
        history.restart()
        return replay(journal, history)
    if history is not None:
        _land_all(history, journal.length)
    return state, began


def _land_all(history: History, seq: int) -> None:
    while history.land(seq):
        pass


def _no_room(name: str, room: int) -> Why:
    return Why(
        rule="Nothing is accepted that might not fit on the disk.",
        expected=f"{ROOM_BYTES_MIN} bytes free beside {name}",
        seen=f"{room} bytes",
        hint="Free some space: commands are accepted again at once. Reads are not affected.",
    )
