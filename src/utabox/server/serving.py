"""A whole server: its folder, journal, runtime, gateway and socket, opened and closed in order."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import ExitStack
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, cast

import uvicorn

from utabox.clock import Clock, system_clock
from utabox.demo import Credentials, prepare
from utabox.engine.state import Switches
from utabox.engine.switches import SetSwitches
from utabox.journal import Journal
from utabox.journal.folder import DataFolder
from utabox.journal.history import History
from utabox.journal.shelf import FolderShelf, MemoryShelf, Shelf
from utabox.runtime import Runtime
from utabox.seal import Sealer
from utabox.secret import new_secret
from utabox.server.app import App
from utabox.server.door import Door, HttpLimits
from utabox.server.gateway import Gateway, GatewayOptions
from utabox.server.http import protocol_class
from utabox.server.streams import MESSAGE_BYTES_MAX, websocket_protocol
from utabox.server.switchboard import Switchboard
from utabox.server.tls import bind, listen
from utabox.server.turns import Turns
from utabox.settings import Settings, SettingsError, switches_of
from utabox.venues import DEFAULT, START, Venue, VenueOptions, Venues

if TYPE_CHECKING:
    from utabox.seed import Sown

TOKEN_LENGTH = 32
GRACE_S = 10.0
"""How long a stopping server waits for clients to take their answers."""

Failed = Callable[[BaseException], None]


class Service:
    """One server on one event loop.

    Args:
        loop: Where everything but the disk is done; `open` and `serve` run on it.
        clock: The venue's clock.
        on_failure: Called when the journal failed: the process must end (see `Runtime`).
        journal: Instead of what the settings name; the tests' way to inject faults.
        tls: Given, it is served on a second port as well, `tls_port`.
    """

    def __init__(
        self,
        settings: Settings,
        loop: asyncio.AbstractEventLoop,
        on_failure: Failed,
        clock: Clock = system_clock,
        journal: Journal | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.settings = settings
        self.token = settings.token or new_secret(TOKEN_LENGTH)
        self.credentials = Credentials("", None)
        self.sown: list[Sown] | None = None
        """What a seed has made; None: none was used."""
        self.venues: Venues
        self.url = ""
        self.tls_port = 0
        self._tls = tls
        self._secure: tuple[socket.socket, ssl.SSLContext] | None = None
        self._loop = loop
        self._on_failure = on_failure
        self._clock = clock
        self._journal = journal
        self._socket: socket.socket | None = None
        self._fresh = False
        self._stack = ExitStack()
        self._stopping = asyncio.Event()
        self._grace_s = GRACE_S

    def open(self) -> None:
        """Bind the port, open the store, replay it, and make the demo account if it is empty.

        Raises:
            SettingsError: the port is taken, or the credentials may not be used.
            JournalError: the store is in use or damaged. Nothing was changed.
        """
        try:
            self._socket = _bind(self.settings)
            self._stack.callback(self._socket.close)
            if self._tls is not None:
                self._secure = (bind(self.settings.host), self._tls)
                self._stack.callback(self._secure[0].close)
                self.tls_port = self._secure[0].getsockname()[1]
            shelf, sealer = self._shelf()
            self.venues = Venues(
                sealer,
                shelf,
                self._clock,
                self._loop.call_soon_threadsafe,
                self._on_failure,
                self._options(),
            )
            self._stack.callback(self.venues.close)
            self._open_venues(shelf)
            self.credentials, self.sown = prepare(self.venue, self.settings)
            self._switch(self.venue.runtime)
        except BaseException:
            self._stack.close()
            raise
        host, port = self._socket.getsockname()[:2]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def serve(self, ready: Callable[[], None]) -> None:
        """Answer requests until `stop`; then finish what is in flight and close everything.

        Args:
            ready: Called once requests are answered.
        """
        assert self._socket is not None, "open() comes first"
        try:
            server = _Server(self._config(), self._stopping, ready, lambda: self._grace_s)
            server.secure = self._secure
            if self._fresh:
                await self.venues.save(self.venue, START)
            await server.serve([self._socket])
        finally:
            self._stack.close()

    def stop(self, grace_s: float = GRACE_S) -> None:
        """Ask `serve` to end, waiting so long for answers in flight. Call it on the loop."""
        self._grace_s = grace_s
        self.venues.live.close()
        for venue in self.venues:
            venue.gateway.hasten()
            venue.stopping = True
        self._stopping.set()

    @property
    def venue(self) -> Venue:
        """The default venue."""
        return self.venues.default

    @property
    def gateway(self) -> Gateway:
        """The one of the default venue."""
        return self.venue.gateway

    def _options(self) -> VenueOptions:
        settings = self.settings
        limits = settings.rate_limits
        return VenueOptions(
            rate_limits=int(limits) if limits.isdigit() else "off" if limits == "off" else "real",
            requests_kept=settings.requests_kept,
            switches=switches_of(settings, Switches()),
            gateway=GatewayOptions(
                explain_header=settings.explain_header,
                ip_limit=settings.ip_limit,
                accept_any_key=settings.accept_any_key,
                environment=settings.profile,
                host=settings.host if settings.on_loopback else "",
            ),
        )

    def _shelf(self) -> tuple[Shelf | None, Sealer]:
        """Where venues are kept, if they are, and what opens their secrets."""
        if self.settings.memory or self._journal is not None:
            return None, Sealer.ephemeral()
        folder = DataFolder(self.settings.folder)
        self._stack.callback(folder.close)
        sealer = Sealer.from_file(folder.key_path, create=not folder.venues())
        shelf = FolderShelf(folder, self.settings.durability, DEFAULT)
        shelf.tidy(START)
        return shelf, sealer

    def _open_venues(self, shelf: Shelf | None) -> None:
        """The default venue, made if it is not there, and all others that are kept."""
        if self._journal is not None:
            self.venues.enter(DEFAULT, self._journal, History(), MemoryShelf())
        else:
            self.venues.open(DEFAULT)
        self._fresh = START not in self.venue.shelf.snapshots(DEFAULT)
        for name in shelf.names() if shelf is not None else ():
            if name != DEFAULT:
                self.venues.open(name)

    def _switch(self, runtime: Runtime) -> None:
        """The venue follows the flags that were given; it is journaled, for rules ask for it."""
        runtime.execute(SetSwitches(switches_of(self.settings, runtime.state.switches)))

    def _config(self) -> uvicorn.Config:
        limits = HttpLimits(connections=self.settings.connections)
        switchboard = Switchboard(self.venues)
        protocol = protocol_class(switchboard.handle, limits, switchboard.unread)
        self.venues.on_change = lambda: self._take_turns(protocol.door, switchboard)
        self._take_turns(protocol.door, switchboard)
        return uvicorn.Config(
            App(self.venues, self.settings, self.token),
            http=protocol,
            ws=cast(Any, websocket_protocol),
            ws_max_size=MESSAGE_BYTES_MAX,
            ws_ping_interval=None,  # the exchange sends none; see `server/streams.py`
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            interface="asgi3",
        )

    def _take_turns(self, door: Door, switchboard: Switchboard) -> None:
        """While there are several venues; what waits for its turn must not be overtaken."""
        if self.venues.many:
            door.turns = door.turns or Turns(self._loop, switchboard.venue_of)
        elif door.turns is not None and door.turns.idle:
            door.turns = None


class _Server(uvicorn.Server):
    """uvicorn's server, ended by an event within milliseconds instead of by polled signals."""

    def __init__(
        self,
        config: uvicorn.Config,
        stopping: asyncio.Event,
        ready: Callable[[], None],
        grace_s: Callable[[], float],
    ) -> None:
        super().__init__(config)
        self._grace_s = grace_s
        self._stopping = stopping
        self._ready = ready
        self.secure: tuple[socket.socket, ssl.SSLContext] | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await self._serve(sockets)  # signals belong to whoever called

    async def main_loop(self) -> None:
        if self.secure is not None:
            await listen(self, *self.secure)
        self._ready()
        while not self._stopping.is_set():
            date = formatdate(time.time(), usegmt=True).encode()
            self.server_state.default_headers = [(b"date", date)]
            try:
                await asyncio.wait_for(self._stopping.wait(), timeout=1)
            except TimeoutError:
                continue

    async def shutdown(  # the bound socket is closed by its owner
        self,
        sockets: list[socket.socket] | None = None,  # noqa: ARG002
    ) -> None:
        for listener in self.servers:
            listener.close()
        state, until = self.server_state, time.monotonic() + self._grace_s()
        for connection in list(state.connections):
            connection.shutdown()
        while (state.connections or state.tasks) and time.monotonic() < until:
            await asyncio.sleep(0.002)
        for connection in list(state.connections):
            connection.transport.abort()


def _bind(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, settings.port))
        bound.listen(2048)
    except OSError as error:
        bound.close()
        where = f"{settings.host}:{settings.port}"
        hint = "choose another --host, an address of this machine."
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            hint = "choose another with --port, or stop the program that has it."
        raise SettingsError(f"Cannot listen on {where} ({error.strerror}): {hint}") from error
    return bound
