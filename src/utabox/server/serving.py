"""A whole server: its folder, journal, runtime, gateway and socket, opened and closed in order."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from email.utils import formatdate

import uvicorn

from utabox.clock import Clock, system_clock
from utabox.demo import Credentials, prepare
from utabox.engine.state import Switches
from utabox.engine.switches import SetSwitches
from utabox.journal import Journal
from utabox.journal.folder import DataFolder
from utabox.journal.history import History, history_path
from utabox.journal.memory import MemoryJournal
from utabox.journal.sqlite import SqliteJournal
from utabox.runtime import Runtime
from utabox.seal import Sealer
from utabox.secret import new_secret
from utabox.server.app import App
from utabox.server.auth import AuthOptions
from utabox.server.door import HttpLimits
from utabox.server.gateway import Gateway, GatewayOptions
from utabox.server.http import protocol_class
from utabox.server.limits import Mode, RateLimiter
from utabox.settings import Settings, SettingsError
from utabox.terms import Environment
from utabox.venues import Venue

VENUE = "default"
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
    """

    def __init__(
        self,
        settings: Settings,
        loop: asyncio.AbstractEventLoop,
        on_failure: Failed,
        clock: Clock = system_clock,
        journal: Journal | None = None,
    ) -> None:
        self.settings = settings
        self.token = settings.token or new_secret(TOKEN_LENGTH)
        self.credentials = Credentials("", None)
        self.venue: Venue
        self.gateway: Gateway
        self.url = ""
        self._loop = loop
        self._on_failure = on_failure
        self._clock = clock
        self._journal = journal
        self._socket: socket.socket | None = None
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
            journal, history, sealer = self._store()
            runtime = Runtime(
                journal, self._clock, self._loop.call_soon_threadsafe, self._on_failure, history
            )
            self._stack.callback(runtime.close)
            limits = self.settings.rate_limits
            mode: Mode = int(limits) if limits.isdigit() else "off" if limits == "off" else "real"
            self.venue = Venue(
                runtime,
                sealer,
                RateLimiter(mode),
                self.settings.requests_kept,
                self.settings.profile or Environment.MAINNET,
            )
            self.credentials = prepare(self.venue, self.settings)
            self._switch(runtime)
        except BaseException:
            self._stack.close()
            raise
        options = GatewayOptions(
            auth=AuthOptions(text_epoch=2023 if self.settings.text_epoch == "2023" else 2026),
            explain_header=self.settings.explain_header,
            ip_limit=self.settings.ip_limit,
            wire_exact=self.settings.wire_exact,
            environment=self.settings.profile,
        )
        self.gateway = Gateway(self.venue, options)
        host, port = self._socket.getsockname()[:2]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def serve(self, ready: Callable[[], None]) -> None:
        """Answer requests until `stop`; then finish what is in flight and close everything.

        Args:
            ready: Called once requests are answered.
        """
        assert self._socket is not None, "open() comes first"
        server = _Server(self._config(), self._stopping, ready, lambda: self._grace_s)
        try:
            await server.serve([self._socket])
        finally:
            self._stack.close()

    def stop(self, grace_s: float = GRACE_S) -> None:
        """Ask `serve` to end, waiting so long for answers in flight. Call it on the loop."""
        self._grace_s = grace_s
        self._stopping.set()

    def _store(self) -> tuple[Journal, History, Sealer]:
        if self._journal is not None:
            self._stack.callback(self._journal.close)
            return self._journal, History(), Sealer.ephemeral()
        if self.settings.memory:
            return MemoryJournal(), History(), Sealer.ephemeral()
        folder = DataFolder(self.settings.folder)
        self._stack.callback(folder.close)
        path = folder.venue_path(VENUE)
        fresh = not path.exists()
        sealer = Sealer.from_file(folder.key_path, create=fresh)
        journal = SqliteJournal(path, self.settings.durability)
        self._stack.callback(journal.close)
        history = History(history_path(path))
        self._stack.callback(history.close)
        return journal, history, sealer

    def _switch(self, runtime: Runtime) -> None:
        """The venue follows the flag; it is journaled, because decisions depend on it."""
        switches = runtime.state.switches
        if switches.upgrade_window_enforced != self.settings.upgrade_window:
            delay = switches.upgrade_delay_ms
            runtime.execute(SetSwitches(Switches(delay, self.settings.upgrade_window)))

    def _config(self) -> uvicorn.Config:
        limits = HttpLimits(connections=self.settings.connections)
        return uvicorn.Config(
            App(self.venue, self.settings, self.token),
            http=protocol_class(self.gateway.handle, limits, self.gateway.unread),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            interface="asgi3",
        )


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

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await self._serve(sockets)  # signals belong to whoever called

    async def main_loop(self) -> None:
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
