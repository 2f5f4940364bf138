"""Venues: isolated exchanges, each with its accounts, keys, time, faults and journal.

One server has many. An API key belongs to one venue, so a signed request finds its own; a base URL
`/venues/<name>` finds any; what names neither comes to the default venue.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Container, Iterator
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import msgspec

from utabox.clock import Clock
from utabox.engine.rules import Rejected
from utabox.engine.state import Switches
from utabox.engine.switches import SetSwitches
from utabox.engine.venue_clock import SetClock
from utabox.engine.venue_environment import SetVenueEnvironment
from utabox.journal import Journal
from utabox.journal.codec import decode_state, encode_state
from utabox.journal.folder import VENUE_NAME
from utabox.journal.history import History
from utabox.journal.shelf import SNAPSHOT_NAME, MemoryShelf, Shelf
from utabox.retcodes import PARAMS_ERROR
from utabox.runtime import Defer, Runtime
from utabox.seal import Sealer
from utabox.secret import new_secret
from utabox.server.auth import Keyring
from utabox.server.events import Live
from utabox.server.gateway import Gateway, GatewayOptions
from utabox.server.limits import Mode, RateLimiter
from utabox.server.messages import Release, Request
from utabox.server.request_log import ENTRIES_MAX, RequestLog
from utabox.server.sessions import Sessions
from utabox.server.streams import Listeners
from utabox.terms import Environment
from utabox.why import Why

DEFAULT = "default"
START = "start"
"""The snapshot that `reset` restores: a venue as it was made."""
VENUES_MAX = 2_000
HOMES_MAX = 100_000
ENTRIES_AT_ONCE = 500
"""Of a venue in memory: more are read again beside the loop."""

T = TypeVar("T")


class VenueOptions(msgspec.Struct, frozen=True):
    """How a server's venues are, where a user may choose."""

    rate_limits: Mode = "real"
    requests_kept: int = ENTRIES_MAX
    gateway: GatewayOptions = GatewayOptions()
    switches: Switches = Switches()  # of a new venue


class Venue:
    """What a server needs to know of one venue; the exchange itself is in `runtime`."""

    runtime: Runtime
    limiter: RateLimiter
    gateway: Gateway

    def __init__(
        self,
        name: str,
        runtime: Runtime,
        sealer: Sealer,
        shelf: Shelf,
        options: VenueOptions | None = None,
    ) -> None:
        self.name = name
        self.sealer = sealer
        self.shelf = shelf
        self.options = options or VenueOptions()
        self.keyring = Keyring(sealer)
        self.log = RequestLog(
            self.options.requests_kept,
            keyring=self.keyring,
            knows=lambda name: name in self.runtime.state.keys,
        )
        self.elsewhere: Callable[[str], str] = lambda _: ""
        """The name of another venue that has this key, if one has it."""
        self.waiting: list[tuple[Request, Release]] | None = None
        """While the venue is being restored, or catches up: the requests that came meanwhile."""
        self.coming: Container[str] = ()
        """While the venue is being restored: the keys that it is about to have."""
        self.dropped = False
        self.stopping = False
        """Whether the server is about to stop: what takes long is left for the next start."""
        self.listeners = Listeners(self)
        self.changing = asyncio.Lock()
        """Held by who changes it as a whole, and by whoever must not be met by that."""
        self.enter(runtime)

    def enter(self, runtime: Runtime) -> None:
        """Go on with `runtime`, whatever went on before: what was counted or computed is void."""
        self.follow(runtime)
        self.listeners.dismiss()
        self.limiter = RateLimiter(self.options.rate_limits)
        crashes = 0
        if hasattr(self, "gateway"):
            crashes = self.gateway.crashes
            self.gateway.hasten()  # what it holds back is of the venue as it was
        ours = self.options.gateway
        profile = runtime.state.environment or ours.environment
        self.gateway = Gateway(self, msgspec.structs.replace(ours, environment=profile))
        self.gateway.crashes = crashes

    def follow(self, runtime: Runtime) -> None:
        """Tell those who listen what happens in `runtime`."""
        self.runtime = runtime
        runtime.watch = self.listeners.happened

    @property
    def environment(self) -> Environment:
        """Where accounts are made that name none."""
        return self.gateway.options.environment or Environment.MAINNET

    def become(self, environment: Environment | None) -> None:
        """Be one of the exchange's environments, whatever the server is."""
        self.runtime.execute(SetVenueEnvironment(environment))
        self.enter(self.runtime)

    @property
    def path(self) -> str:
        """What its base URL has behind the server's."""
        return "" if self.name == DEFAULT else f"/venues/{self.name}"

    def sealed(self, api_key: str, secret: str) -> bytes:
        """`secret` as the state of this venue holds it, for this key only."""
        return self.sealer.seal(secret.encode(), api_key.encode())

    def claim(
        self, api_key: str, hint: str = "Choose another id, or leave it out to get a random one."
    ) -> None:
        """See that no other venue has this key.

        Args:
            hint: What to do if one has it.
        Raises:
            Rejected: one has it.
        """
        if home := self.elsewhere(api_key):
            raise Rejected(
                PARAMS_ERROR,
                why=Why(
                    rule="An API key belongs to one venue: that is how a request finds it.",
                    expected="an id that no other venue of this server has",
                    seen=f"{api_key[:64]}, a key of the venue {home}",
                    hint=hint,
                ),
                problem="apiKey invalid",
            )

    async def settled(self) -> None:
        """Wait until all that its state says is durable."""
        if not self.runtime.settled:
            durable = asyncio.Event()
            self.runtime.when_durable(durable.set)
            await durable.wait()


class Venues:
    """The venues of one server. All methods run on its loop.

    Args:
        shelf: Where venues are kept; None: nowhere, all of them end with the server.
        clock, defer, on_failure: See `Runtime`.
    """

    default: Venue

    def __init__(
        self,
        sealer: Sealer,
        shelf: Shelf | None,
        clock: Clock,
        defer: Defer,
        on_failure: Callable[[BaseException], None],
        options: VenueOptions | None = None,
    ) -> None:
        self._sealer = sealer
        self._memory = MemoryShelf()
        self.shelf = shelf
        self._clock, self._defer, self._on_failure = clock, defer, on_failure
        self._options = options or VenueOptions()
        self._open: dict[str, Venue] = {}
        self._homes: dict[bytes, tuple[str, str]] = {}  # key as sent -> venue, key
        self._reserved: set[str] = set()
        """Names that a venue is being made under, or dropped from."""
        self.many = False
        """Whether there is another venue than the default one."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when a venue was made or dropped."""
        self.sessions = Sessions()
        self.live = Live()

    def __iter__(self) -> Iterator[Venue]:
        return iter(self._open.values())

    def __len__(self) -> int:
        return len(self._open)

    @property
    def crashes(self) -> int:
        """How often a bug was answered: tests want none."""
        return sum(venue.gateway.crashes for venue in self)

    # --- finding ------------------------------------------------------------------------

    def find(self, name: str) -> Venue | None:
        """The venue of this name."""
        return self._open.get(name)

    def get(self, name: str) -> Venue:
        """The venue of this name.

        Raises:
            KeyError: there is none; the sentence says which there are.
        """
        if name in self._open:
            return self._open[name]
        known = ", ".join(list(self._open)[:20])
        raise KeyError(f"there is no venue {name[:64]!r}: there are {known}")

    def home(self, api_key: bytes | None) -> Venue:
        """The venue that a key belongs to; the default one for a key that nobody knows."""
        if api_key is None:
            return self.default
        known = self._homes.get(api_key)
        if known is not None:
            home = self._open.get(known[0])
            if home is not None and known[1] in home.runtime.state.keys:
                return home
        name = api_key.decode("latin-1")
        venue = self._holder(name) or self.default
        if venue is not self.default:
            if len(self._homes) >= HOMES_MAX:
                self._homes.clear()
            self._homes[api_key] = venue.name, name
        return venue

    def holder(self, api_key: str) -> Venue:
        """The venue that a key belongs to.

        Raises:
            KeyError: no venue has it.
        """
        found = self._holder(api_key)
        if found is None:
            raise KeyError(f"no venue has the key {api_key[:64]!r}")
        return found

    def _holder(self, api_key: str) -> Venue | None:
        holding = (venue for venue in self if api_key in venue.runtime.state.keys)
        return next(holding, None)

    # --- making and dropping ------------------------------------------------------------

    def open(self, name: str) -> Venue:
        """Open a venue, or begin it; where it is kept, this waits for the disk.

        Raises:
            JournalError: its journal is damaged or in use.
        """
        shelf = self.shelf or self._memory
        return self.enter(name, *shelf.open(name), shelf)

    def enter(self, name: str, journal: Journal, history: History, shelf: Shelf) -> Venue:
        """Take in the venue that a journal tells of, and close the journal if that fails."""
        return self._entered(name, self._runtime(journal, history), shelf)

    def _runtime(self, journal: Journal, history: History) -> Runtime:
        try:
            return Runtime(journal, self._clock, self._defer, self._on_failure, history)
        except BaseException:
            history.close()
            journal.close()
            raise

    def _entered(self, name: str, runtime: Runtime, shelf: Shelf) -> Venue:
        venue = Venue(name, runtime, self._sealer, shelf, self._options)
        venue.elsewhere = lambda api_key: self._other_holder(venue, api_key)
        self._open[name] = venue
        if name == DEFAULT:
            self.default = venue
        self._changed()
        return venue

    def _other_holder(self, venue: Venue, api_key: str) -> str:
        others = (each for each in self if each is not venue)
        having = (e for e in others if api_key in e.runtime.state.keys or api_key in e.coming)
        return next((each.name for each in having), "")

    async def create(self, name: str | None, kept: bool, fill: Callable[[Venue], None]) -> Venue:
        """Make a venue and its start; all of it or nothing.

        Args:
            name: None: a random one.
            kept: Whether it is there after a restart.
            fill: Makes what is in it from the beginning; called before anybody can find it by
                name or key.
        Raises:
            ValueError: the name is none, or taken; there are too many; nothing is kept here.
            Exception: what `fill` raises.
        """
        name = self._free(name)
        if kept and self.shelf is None:
            raise ValueError("this server keeps nothing: start it with --data to keep a venue")
        shelf = self.shelf if kept and self.shelf is not None else self._memory
        self._reserved.add(name)
        try:
            runtime = await _beside(shelf, lambda: self._runtime(*shelf.open(name)))
            venue = self._entered(name, runtime, shelf)
        finally:
            self._reserved.discard(name)
        try:
            venue.runtime.execute(SetSwitches(self._options.switches))
            fill(venue)
            await self.save(venue, START)
        except BaseException:
            await self.drop(venue)
            raise
        return venue

    def _free(self, name: str | None) -> str:
        if name is None:
            name = f"v-{new_secret(10).lower()}"
        if not VENUE_NAME.fullmatch(name):
            raise ValueError(
                f"{name[:80]!r} names no venue: write 1 to 64 of a-z, 0-9, - and _, beginning "
                "with a letter or digit"
            )
        if name in self._open or name in self._reserved:
            other = "choose another name" + (", or drop it" if name != DEFAULT else "")
            raise ValueError(f"there is a venue {name} already: {other}")
        if len(self._open) + len(self._reserved) >= VENUES_MAX:
            raise ValueError(f"there are {VENUES_MAX} venues already: drop some")
        return name

    async def drop(self, venue: Venue) -> None:
        """Forget a venue with all that is in it; answers that it owes leave first.

        Raises:
            ValueError: it is the default one.
        """
        if venue is self.default:
            raise ValueError("the default venue stays: reset it, or stop the server")
        async with venue.changing:
            if venue.dropped:
                return
            venue.dropped = True
            del self._open[venue.name]
            self._reserved.add(venue.name)
            try:
                await venue.settled()
                venue.gateway.hasten()
                venue.listeners.dismiss()
                venue.runtime.rest()
                await _beside(venue.shelf, lambda: _dropped(venue))
            finally:
                self._reserved.discard(venue.name)
        self._changed()

    def _changed(self) -> None:
        self.many = len(self._open) > 1
        self.on_change()

    def close(self) -> None:
        """Flush and close all of them; the loop turns no more."""
        for venue in self:
            venue.runtime.close()

    # --- snapshots ----------------------------------------------------------------------

    async def save(self, venue: Venue, snapshot: str) -> None:
        """Keep the venue as it is now under a name, over an older snapshot of that name.

        Raises:
            ValueError: the name is none.
        """
        if not SNAPSHOT_NAME.fullmatch(snapshot):
            raise ValueError(
                f"{snapshot[:80]!r} names no snapshot: write 1 to 64 of a-z, 0-9, - and _, "
                "beginning with a letter or digit"
            )
        async with venue.changing:
            _must_be_there(venue)
            _note_the_time(venue.runtime)
            state = encode_state(venue.runtime.state)  # now, whatever is written meanwhile
            save = venue.shelf.saving(venue.name, snapshot, state)
            await venue.settled()
            await asyncio.wrap_future(venue.runtime.beside(save))

    async def restore(self, venue: Venue, snapshot: str) -> None:
        """Let the venue be as it was; requests that come meanwhile are answered afterwards.

        Time may go back: it is another past, with a request log of its own. A clock that follows
        the machine's follows it again; one that was set goes on from where it stood.

        Raises:
            ValueError: there is no such snapshot, or a key of it is in another venue by now.
        """
        async with venue.changing:
            _must_be_there(venue)
            if snapshot not in venue.shelf.snapshots(venue.name):
                known = ", ".join(venue.shelf.snapshots(venue.name)) or "none"
                raise ValueError(
                    f"{venue.name} has no snapshot {snapshot[:64]!r}: there is {known}"
                )
            try:
                await self._reserve_keys(venue, snapshot)
                async with paused(venue):
                    venue.listeners.dismiss()
                    await venue.settled()
                    venue.runtime.rest()
                    entries = venue.runtime.state.seq
                    runtime = await _beside(
                        venue.shelf, lambda: self._restored(venue, snapshot), entries
                    )
                    venue.enter(runtime)
                    venue.log.clear()  # it tells of another past
                    runtime.resume()
            finally:
                venue.coming = ()
            await venue.settled()

    async def _reserve_keys(self, venue: Venue, snapshot: str) -> None:
        """See that no other venue has, or gets, a key that this one is about to have."""
        if not self.many:
            return
        state = await _beside(venue.shelf, lambda: venue.shelf.state(venue.name, snapshot))
        if state is not None:
            keys = decode_state(state, snapshot).keys
            for api_key in keys:
                home = venue.elsewhere(api_key)
                drop = "" if home == DEFAULT else ", or drop that venue"
                delete = f"`utabox key delete {api_key} --venue {home}`"
                venue.claim(api_key, f"Delete that key, {delete}{drop}; then restore again.")
            venue.coming = keys

    @asynccontextmanager
    async def alone(self, venue: Venue) -> AsyncIterator[None]:
        """Not while the venue is changed as a whole.

        Raises:
            ValueError: it is gone.
        """
        async with venue.changing:
            _must_be_there(venue)
            yield

    def _restored(self, venue: Venue, snapshot: str) -> Runtime:
        shelf, name = venue.shelf, venue.name
        venue.runtime.close(snapshot=False)
        try:
            shelf.restore(name, snapshot)
        except Exception:
            venue.follow(self._runtime(*shelf.open(name)))  # as it was
            raise
        return self._runtime(*shelf.open(name))

    async def discard(self, venue: Venue, snapshot: str) -> None:
        """Forget a snapshot.

        Raises:
            ValueError: there is none of this name, or it is the start.
        """
        if snapshot == START:
            raise ValueError("the start stays: reset restores it")
        async with venue.changing:
            with suppress(KeyError):
                venue.shelf.discard(venue.name, snapshot)
                return
        raise ValueError(f"{venue.name} has no snapshot {snapshot[:64]!r}")


def _must_be_there(venue: Venue) -> None:
    if venue.dropped:
        raise ValueError(f"the venue {venue.name} was dropped meanwhile")


def _dropped(venue: Venue) -> None:
    venue.runtime.close(snapshot=False)
    venue.shelf.drop(venue.name)


def _note_the_time(runtime: Runtime) -> None:
    """Write down where a clock stands that was set and runs: that is where it is to go on."""
    clock = runtime.state.clock
    runtime.advance()
    if clock is not None and clock.speed_permille:
        runtime.execute(SetClock(real=runtime.machine_time()))


async def _beside(shelf: Shelf, work: Callable[[], T], entries: int = 0) -> T:
    """What may wait for a disk, or reads many entries, beside the loop; else at once."""
    long = shelf.kept or entries > ENTRIES_AT_ONCE
    return await asyncio.to_thread(work) if long else work()


@asynccontextmanager
async def paused(venue: Venue) -> AsyncIterator[None]:
    """Keep requests back; then answer them in their order."""
    venue.waiting = []
    try:
        yield
    finally:
        waiting, venue.waiting = venue.waiting, None
        for request, release in waiting:
            reply = venue.gateway.handle(request, release)
            if reply is not None:
                release(request, reply)
