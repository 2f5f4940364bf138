"""A server inside a Python process, started and stopped in milliseconds: for tests.

with Server(rate_limits="off") as server:
    session = pybit.unified_trading.HTTP(...)  # with endpoint = server.url
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from utabox.clock import Clock, system_clock
from utabox.journal import Journal
from utabox.server.serving import Service
from utabox.settings import load
from utabox.venues import Venue, Venues

T = TypeVar("T")


class Server:
    """One server on a thread of its own, on a free port, keeping nothing, unless told otherwise.

    Args:
        clock: The venue's clock.
        journal: Instead of one that the options name.
        tls: Given, it is served on a second port as well, `service.tls_port`.
        options: Fields of `utabox.settings.Settings`, such as `rate_limits="off"` or
            `data="folder"`; neither the environment nor a file is read.
    Raises:
        SettingsError: an option does not fit; from `start`, the port is taken.
        JournalError: from `start`, the store is in use or damaged.
    """

    def __init__(
        self,
        *,
        clock: Clock = system_clock,
        journal: Journal | None = None,
        tls: ssl.SSLContext | None = None,
        **options: Any,
    ) -> None:
        kept = {"memory": "data" not in options}
        self.settings = load({"port": 0, **kept, **options}, environment={})
        self.failure: BaseException | None = None
        """What ended the server, when the journal failed."""
        self._clock = clock
        self._journal = journal
        self._tls = tls
        self._service: Service | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def service(self) -> Service:
        """The running service."""
        assert self._service is not None, "the server is not running: call start()"
        return self._service

    @property
    def url(self) -> str:
        """The base URL, such as `http://127.0.0.1:40123`."""
        return self.service.url

    @property
    def token(self) -> str:
        """The token of the control doors."""
        return self.service.token

    @property
    def api_key(self) -> str:
        """The demo account's key."""
        return self.service.credentials.api_key

    @property
    def api_secret(self) -> str:
        """Its secret."""
        secret = self.service.credentials.secret
        assert secret is not None, "this process does not know the secret: make a key with one"
        return secret

    @property
    def venue(self) -> Venue:
        """The default venue; touch it only inside `call`."""
        return self.service.venue

    @property
    def venues(self) -> Venues:
        """All venues; touch them only inside `call` and `wait`."""
        return self.service.venues

    def start(self) -> Self:
        """Return when requests are answered."""
        ready = threading.Event()
        errors: list[BaseException] = []
        self._thread = threading.Thread(
            target=self._run, args=(ready, errors), name="utabox", daemon=True
        )
        self._thread.start()
        ready.wait()
        if errors:
            self._thread.join()
            raise errors[0]
        return self

    def stop(self) -> None:
        """Return when everything is flushed and closed. Idempotent."""
        if self._thread is not None and self._loop is not None and self._service is not None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._service.stop)
            self._thread.join()
            self._thread = None

    def call(self, function: Callable[[], T]) -> T:
        """Run `function` on the server's thread and return what it returns."""

        async def run() -> T:
            return function()

        return self.wait(run())

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` on the server's loop and return what it returns."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _run(self, ready: threading.Event, errors: list[BaseException]) -> None:
        try:
            with asyncio.Runner(loop_factory=new_event_loop) as runner:
                runner.run(self._main(ready))
        except BaseException as error:
            errors.append(error)
        finally:
            ready.set()

    async def _main(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        service = Service(
            self.settings, self._loop, self._failed, self._clock, self._journal, self._tls
        )
        service.open()
        self._service = service
        await service.serve(ready.set)

    def _failed(self, error: BaseException) -> None:
        self.failure = error
        if self._service is not None:  # else it does not open, and says why
            self._service.stop(grace_s=0)  # nothing more may be said


def new_event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, where there is one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
