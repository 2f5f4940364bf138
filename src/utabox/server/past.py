"""A venue as it was at any entry of its journal, made anew by doing again what the journal says.

The journal is read between two appends, some entries at once; what was read is applied on another
thread when it is much, so that calls go on being answered. One state is kept where the last reader
stood: the next one mostly wants to go on from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import localcontext
from typing import TypeVar
from weakref import WeakKeyDictionary

from utabox.engine.rules import MONEY, apply_exactly
from utabox.engine.state import State
from utabox.journal import Record
from utabox.journal.codec import decode_entry, decode_state
from utabox.runtime import Runtime

AT_ONCE = 1_024
"""Entries that are read from the journal at once."""
INLINE_MAX = 64
"""Entries that are applied on the loop's own thread: more would hold it up."""
KEPT_S = 60.0
"""How long a state is kept that nobody asks for."""
REPLAY_MAX = 250_000
"""Entries that one question may have done again."""

T = TypeVar("T")


class Past:
    """The past of one runtime's venue."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._state: State | None = None
        self._changing = asyncio.Lock()
        self._forgetting: asyncio.TimerHandle | None = None

    async def look(self, seq: int, see: Callable[[State], T]) -> T:
        """What `see` finds in the state after entry `seq`. It must keep nothing of it.

        Raises:
            ValueError: the journal does not go so far, or the way there is too long.
            JournalError: an entry on the way is damaged.
        """
        durable = self._runtime.durable
        if not 0 <= seq <= durable:
            raise ValueError(f"the journal has entries 1 to {durable}: seq {seq} is none of them")
        if self._forgetting is not None:
            self._forgetting.cancel()
        self._forgetting = asyncio.get_running_loop().call_later(KEPT_S, self._forget)
        async with self._changing:
            state = await self._near(seq)
            if seq - state.seq > REPLAY_MAX:
                raise ValueError(
                    f"entry {seq} is {seq - state.seq} entries behind the next known state, and "
                    f"{REPLAY_MAX} are done again at most: look at a later one"
                )
            await self._go(state, seq)
            return see(state)

    def _forget(self) -> None:
        if not self._changing.locked():
            self._state = None

    async def _near(self, seq: int) -> State:
        """A state at `seq` or before it: where the last one looked, the snapshot, or nothing."""
        kept = self._state
        if kept is not None and kept.seq <= seq:
            return kept
        journal = self._runtime.journal
        snapshot = await self._read(lambda: journal.snapshot())
        if snapshot is None or snapshot.seq > seq:
            self._state = State()
        else:
            self._state = await asyncio.to_thread(decode_state, snapshot, journal.name)
        return self._state

    async def _go(self, state: State, seq: int) -> None:
        journal = self._runtime.journal
        try:
            while state.seq < seq:
                after, upto = state.seq, min(seq, state.seq + AT_ONCE)
                records = await self._read(lambda a=after, u=upto: journal.some(a, u))  # type: ignore[misc]
                if len(records) > INLINE_MAX:
                    await asyncio.to_thread(do_again, state, records, journal.name)
                else:
                    do_again(state, records, journal.name)
        except BaseException:
            self._state = None  # perhaps half an entry was applied
            raise

    async def _read(self, read: Callable[[], T]) -> T:
        found: list[T] = []
        await asyncio.wrap_future(self._runtime.beside(lambda _: found.append(read())))
        return found[0]


def do_again(state: State, records: list[Record], name: str) -> None:
    """Apply what some entries say."""
    with localcontext(MONEY):
        for record in records:
            events = decode_entry(record, name).events
            state.seq, state.now = record.seq, record.time
            apply_exactly(state, events)


_known: WeakKeyDictionary[Runtime, Past] = WeakKeyDictionary()


def past_of(runtime: Runtime) -> Past:
    """The past of a runtime; a restored venue has another runtime, and another past."""
    if runtime not in _known:
        _known[runtime] = Past(runtime)
    return _known[runtime]
