"""A network of its own in which the exchange's names lead to a fake exchange, which counts.

Run as a script: it leaves the machine's network for one with a loopback interface, gives that the
address 203.0.113.10, where the fake listens, and starts what stands around a program of `utabox
run`. Then it runs programs as lines of JSON on stdin ask, each answered by a line on stdout.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ADDRESS = "203.0.113.10"
PROXY = ("127.0.0.9", 7890)
"""Of the user: where the exchange is asked for, that counts as well."""
EXCHANGE = ("www.bybit.com", "bybit.com")
"""Names of the exchange beside the documented ones."""

SIOCSIFADDR = 0x8916


class Staged(NamedTuple):
    """What came of a program on the stage."""

    code: int
    out: str
    err: str
    received: int
    """Connections and datagrams that came to the fake exchange."""


class Stage:
    """The stage's process, as tests see it.

    Raises:
        NotIsolated: the kernel does not let this user have a network.
    """

    def __init__(self) -> None:
        root = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.redirect.stage"],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, mechanism: str, argv: list[str], **variables: str | None) -> Staged:
        """Run a command to its end.

        Args:
            mechanism: "none"; "run", as `utabox run` has it; "led", which is told of no proxy;
                "proxied", of only the proxy and the authorities; "isolated", as --isolate has it;
                "bare", which is isolated and told nothing.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"mechanism": mechanism, "argv": argv, "variables": variables}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Staged(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End it."""
        assert self._process.stdout is not None
        self._process.communicate(timeout=30)
        self._process.stdout.close()


class FakeExchange:
    """Listens where the names lead, ends each connection, answers each look-up with itself."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._received = 0
        self._hearing: list[threading.Thread] = []
        for port in (443, 80, 53):
            listening = socket.create_server((ADDRESS, port))
            listening.setblocking(False)
            self._selector.register(listening, selectors.EVENT_READ, self._accept)
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagrams.bind((ADDRESS, 53))
        datagrams.setblocking(False)
        self._selector.register(datagrams, selectors.EVENT_READ, self._resolve)
        proxy = socket.create_server(PROXY)
        proxy.setblocking(False)
        self._selector.register(proxy, selectors.EVENT_READ, self._proxy)
        threading.Thread(target=self._serve, daemon=True).start()

    def take(self) -> int:
        """How much has come since the last time. The kernel had it when the program ended."""
        with self._lock:
            self._turn(0)
        while self._hearing:
            self._hearing.pop().join()
        received, self._received = self._received, 0
        return received

    def _serve(self) -> None:
        waiting = selectors.DefaultSelector()
        for key in self._selector.get_map().values():
            waiting.register(key.fileobj, selectors.EVENT_READ)
        while True:
            waiting.select()
            with self._lock:
                self._turn(0)

    def _turn(self, timeout: float) -> None:
        while ready := self._selector.select(timeout):
            for key, _ in ready:
                key.data(key.fileobj)

    def _accept(self, listening: socket.socket) -> None:
        self._received += 1
        listening.accept()[0].close()

    def _proxy(self, listening: socket.socket) -> None:
        thread = threading.Thread(target=self._hear, args=(listening.accept()[0],), daemon=True)
        self._hearing.append(thread)
        thread.start()

    def _hear(self, connection: socket.socket) -> None:
        """Whether a proxy is asked for the exchange, in whatever form."""
        heard = b""
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            connection.sendall(b"\5\0")  # for SOCKS 5: go on
            while b"bybit.com" not in heard:
                data = connection.recv(65_536)
                if not data:
                    return
                heard += data
            self._received += 1

    def _resolve(self, datagrams: socket.socket) -> None:
        self._received += 1
        query, asker = datagrams.recvfrom(65_536)
        if len(query) < 17:
            return  # no look-up
        end = query.index(0, 12) + 5
        is_a = query[end - 4 : end - 2] == b"\0\1"
        answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(ADDRESS) if is_a else b""
        head = query[:2] + b"\x81\x80\0\1" + struct.pack(">H", is_a) + b"\0\0\0\0"
        datagrams.sendto(head + query[12:end] + answer, asker)


def main() -> None:
    """Set the stage and run what is asked, until stdin ends."""
    from utabox.redirect.isolate import Mount, cover, enter

    enter()  # while there is one thread
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        address = socket.inet_aton(ADDRESS)
        request = struct.pack("16sH2s4s8s", b"lo:1", socket.AF_INET, b"", address, b"")
        fcntl.ioctl(sock, SIOCSIFADDR, request)
    with tempfile.TemporaryDirectory() as folder:
        from utabox.redirect.hosts import HOSTS

        hosts, resolver = Path(folder) / "hosts", Path(folder) / "resolv.conf"
        lines = [f"{ADDRESS} {host}\n" for host in (*HOSTS, *EXCHANGE)]
        hosts.write_text("127.0.0.1 localhost\n" + "".join(lines))
        resolver.write_text(f"nameserver {ADDRESS}\n")
        cover([Mount(str(hosts), "/etc/hosts"), Mount(str(resolver), "/etc/resolv.conf")])
        _play(FakeExchange())


def _play(exchange: FakeExchange) -> None:
    from tests.redirect.inside import inside

    with inside() as within:
        exchange.take()
        for line in sys.stdin:
            asked = json.loads(line)
            with _surrounded(within, asked) as (argv, environment, fds):
                done = subprocess.run(
                    argv,
                    env=environment,
                    pass_fds=fds,
                    capture_output=True,
                    text=True,
                    timeout=60,
                    check=False,
                )
            staged = Staged(done.returncode, done.stdout, done.stderr, exchange.take())
            print(json.dumps(staged._asdict()), flush=True)


@contextlib.contextmanager
def _surrounded(
    within: Any, asked: Mapping[str, Any]
) -> Iterator[tuple[list[str], dict[str, str], tuple[int, ...]]]:
    """The command, the environment and the descriptors of a program."""
    from tests.redirect.inside import changed

    from utabox.redirect.hosts import HOSTS
    from utabox.redirect.isolate import Isolation
    from utabox.redirect.surroundings import PROXIES

    argv, variables = asked["argv"], asked["variables"]
    as_before = {name: within.base.get(name) for name in within.environment}
    cut = {
        "none": as_before,
        "bare": as_before,
        "run": {},
        "isolated": {},
        "led": dict.fromkeys(PROXIES),
        "proxied": dict.fromkeys(("PYTHONPATH", "NODE_OPTIONS")),
    }[asked["mechanism"]]
    environment = changed(within.environment, {**cut, **variables})
    if asked["mechanism"] not in ("isolated", "bare"):
        yield argv, environment, ()
        return
    with Isolation(within.session.places, HOSTS) as isolation:
        yield isolation.argv(argv), environment, isolation.fds
        isolation.check()


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    main()
