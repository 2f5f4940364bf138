"""What stands around the program of one run: a server, or the way to one, and the proxy."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import msgspec

from utabox.embedded import Server, new_event_loop
from utabox.redirect.authority import Trust
from utabox.redirect.folder import share
from utabox.redirect.hosts import HOSTS
from utabox.redirect.isolate import port_of
from utabox.redirect.relay import Streams, relay
from utabox.redirect.shims import make as make_shims
from utabox.redirect.surroundings import Places, without_a_run
from utabox.redirect.tunnel import Endpoint, Tunnel
from utabox.server.tls import bind

T = TypeVar("T")
Wait = Callable[[Coroutine[Any, Any, Any]], Any]

LOOPBACK = "127.0.0.1"
HERE = Path(__file__).parent
PYTHON, NODE = Path("python"), Path("node")


class Session:
    """Opens everything that `utabox run` needs, and closes it in order.

    Args:
        environment: The user's: where their authorities and their proxy are named.
        offline: See `Tunnel`.
    """

    places: Places
    tunnel: Tunnel

    def __init__(self, environment: Mapping[str, str], *, offline: bool = False) -> None:
        self._environment, self._offline = environment, offline
        self._stack = ExitStack()
        self.trust = self._stack.enter_context(Trust(HOSTS, environment))
        self.server: Server | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def start_server(self, options: Mapping[str, Any], secrets: Mapping[str, str]) -> Server:
        """Start a server of its own.

        Args:
            options: Its settings.
            secrets: Of keys that it is to know when they are first used, by key id.
        Raises:
            SettingsError, JournalError, SealError: see `utabox.embedded.Server`.
        """
        server = Server(tls=self.trust.context, **options)
        self.server = self._stack.enter_context(server)
        if secrets:
            server.call(lambda: _tell(server, secrets))
        secure = Endpoint(LOOPBACK, server.service.tls_port)
        plain = Endpoint(LOOPBACK, port_of(server.url))
        self._open(server.wait, server.url, server.token, secure, plain)
        return server

    def use_server(self, url: str, token: str, path: str = "") -> None:
        """Use a running server, by relays to it: one in TLS, one plain.

        Args:
            url: Its base URL, without a venue.
            path: Of the venue, such as `/venues/alice`; empty: the default one.
        """
        thread = LoopThread()
        self._stack.callback(thread.stop)
        where = urlsplit(url)
        context = ssl.create_default_context() if where.scheme == "https" else None

        async def connect() -> Streams:
            return await asyncio.open_connection(where.hostname, port_of(url), ssl=context)

        def relayed(tls: ssl.SSLContext | None) -> Endpoint:
            sock = bind(LOOPBACK)
            self._stack.callback(sock.close)
            close = thread.wait(relay(sock, tls, connect, path))
            self._stack.callback(lambda: thread.wait(_awaited(close)))
            return Endpoint(*sock.getsockname()[:2])

        secure, plain = relayed(self.trust.context), relayed(None)
        self._open(thread.wait, url + path, token, secure, plain)

    def _open(self, wait: Wait, url: str, token: str, secure: Endpoint, plain: Endpoint) -> None:
        self.tunnel = Tunnel(secure, plain, offline=self._offline, environment=self._environment)
        proxy = wait(self.tunnel.open())
        self._stack.callback(self._close_tunnel, wait)
        self.places = Places(
            url=url,
            token=token,
            tls=f"{secure.host}:{secure.port}",
            plain=f"{plain.host}:{plain.port}",
            proxy=f"http://{proxy.host}:{proxy.port}",
            ca=self.trust.ca,
            bundle=self.trust.bundle,
            bundles=self.trust.bundles,
            extra=self.trust.extra,
            python=self._preload(PYTHON),
            node=self._preload(NODE) / "preload.cjs",
            shims=self.trust.folder / "bin",
            offline=self._offline,
        )
        _tell_the_outer_run(secure.port, plain.port, proxy.port, port_of(url))
        make_shims(self.places, without_a_run(self._environment))
        share(self.trust.folder)

    def _preload(self, name: Path) -> Path:
        """A copy where the program can read it, whoever it runs as, by a path without a colon: the
        package may be in a user's home, closed to others."""
        copy = self.trust.folder / name
        shutil.copytree(
            HERE / name,
            copy,
            copy_function=shutil.copyfile,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        return copy

    def _close_tunnel(self, wait: Wait) -> None:
        if self.server is None or self.server.failure is None:  # else its loop has ended
            wait(self.tunnel.close())


class LoopThread:
    """An event loop on a thread of its own."""

    def __init__(self) -> None:
        self._loop = new_event_loop()
        self._thread = threading.Thread(target=self._run, name="utabox-run", daemon=True)
        self._thread.start()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` there and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def stop(self) -> None:
        """End what runs there."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.get_loop().run_forever()


async def _awaited(close: Callable[[], Awaitable[None]]) -> None:
    await close()


def _tell_the_outer_run(*ports: int) -> None:
    """If we run inside another `utabox run`, what it has loaded in us is to let us serve."""
    if outer := sys.modules.get("_utabox_run"):
        for port in ports:
            outer.of_a_utabox(port)


def _tell(server: Server, secrets: Mapping[str, str]) -> None:
    """Let the venue know secrets of keys that it does not have yet."""
    venue = server.venue
    gateway = msgspec.structs.replace(venue.options.gateway, secrets=dict(secrets))
    venue.options = msgspec.structs.replace(venue.options, gateway=gateway)
    venue.enter(venue.runtime)
