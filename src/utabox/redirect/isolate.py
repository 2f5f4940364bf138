"""A program in a network of its own, from which no packet can leave: `utabox run --isolate`.

    with Isolation(places, HOSTS) as isolation:
        code = supervisor.run(isolation.argv(program), environment, isolation.fds)
        isolation.check()

The kernel promises it, not the program: in a network namespace that has a loopback interface and
nothing else there is no way to an exchange, for whatever library, language or child process. Names
of documented hosts stand in its /etc/hosts as 127.0.0.1, where the ports 443 and 80 lead to us; so
do our own ports, under their numbers. Other hosts (a chat, a database) are reached only through
the proxy of the run. The machine's CA bundle is covered by ours, so that a program needs to know
no variable. What is left are sockets in the file system, such as Docker's.

No privilege is needed, but a kernel that lets users make user namespaces. The program keeps its
user, folder, stdio, exit code and signals: this file, run as a script by `argv`, makes the
namespaces, hands their listening sockets to the parent, and becomes the program by exec.
"""

from __future__ import annotations

import array
import ctypes
import errno
import json
import os
import signal
import socket
import struct
import sys
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Self

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine, Sequence
    from types import TracebackType

    from utabox.redirect.surroundings import Places

Address = tuple[str, int]

LOOPBACK = "127.0.0.1"
BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # Alpine
)
NAME_SERVICES = ("/run/nscd", "/var/run/nscd")
"""Folders of daemons that look names up for a program, with the hosts file of their own."""

NOT_FOUND, NOT_EXECUTABLE, NOT_ISOLATED = 127, 126, 125
"""Exit codes of what was never started; `Isolation.check` says more."""

MESSAGE_MAX = 65_536  # bytes
PORTS_MAX = 64
CHUNK = 65_536  # bytes
CONNECT_S = 10.0


class NotIsolated(Exception):
    """The kernel refuses. One sentence that says what to do."""


class Isolation:
    """The parent's side: the command that isolates, and the way out of its ports.

    Args:
        places: Of the run. All its ports are on this machine's loopback interface; that of its URL
            is there inside on its own address, such as 127.0.0.2.
        hosts: Names that lead here.
        also: Further ports of the loopback interface that are to be there inside, under their
            numbers, such as a database's.
    """

    def __init__(self, places: Places, hosts: Sequence[str], also: Sequence[int] = ()) -> None:
        import asyncio
        import tempfile
        import threading

        tls, plain, proxy = (port_of(place) for place in (places.tls, places.plain, places.proxy))
        there = [(LOOPBACK, port) for port in (tls, plain, proxy, *also)]
        there.append(_answering(places.url))
        self._ways = {(LOOPBACK, 443): there[0], (LOOPBACK, 80): there[1]}
        self._ways |= {address: address for address in there}
        self._hosts, self._bundle = tuple(hosts), places.bundle
        self._folder = tempfile.TemporaryDirectory(prefix="isolated-", dir=places.bundle.parent)
        self._ours, self._inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ours.setblocking(False)
        self._report: dict[str, Any] = {}
        self._relays: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="utabox-isolated", daemon=True)

    def __enter__(self) -> Self:
        self._loop.add_reader(self._ours, self._read)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._ours.close()
        self._inside.close()
        self._folder.cleanup()

    @property
    def fds(self) -> tuple[int, ...]:
        """What the process of `argv` must inherit."""
        return (self._inside.fileno(),)

    def argv(self, program: Sequence[str]) -> list[str]:
        """The command that becomes `program`. Its environment, folder and stdio are the program's.

        Its exit code is the program's; if the program was not started, see `check`.
        """
        task = {
            "fd": self._inside.fileno(),
            "addresses": list(self._ways),
            "mounts": [
                [self._file("hosts", _hosts_file(self._hosts)), "/etc/hosts"],
                [self._file("resolv.conf", ""), "/etc/resolv.conf"],
                *[[str(self._bundle), path] for path in BUNDLES],
                *[[self._empty_folder(), path] for path in NAME_SERVICES],
            ],
        }
        # -I: the program's PYTHONPATH is not for us. -S: no package is needed.
        return [sys.executable, "-I", "-S", __file__, json.dumps(task), *program]

    def check(self) -> None:
        """Say why the program was not started, if so, once the process of `argv` has ended.

        Raises:
            NotIsolated: the kernel refused; the exit code was 125.
            OSError: there is no such program (127), or it is none (126).
        """
        import asyncio

        async def read() -> None:
            self._read()

        asyncio.run_coroutine_threadsafe(read(), self._loop).result()
        if "refused" in self._report:
            raise NotIsolated(self._report["refused"])
        if "errno" in self._report:
            raise OSError(self._report["errno"], os.strerror(self._report["errno"]))

    def _file(self, name: str, text: str) -> str:
        path = f"{self._folder.name}/{name}"
        with open(path, "w", encoding="ascii") as file:  # noqa: PTH123 - the script has no pathlib
            file.write(text)
        return path

    def _empty_folder(self) -> str:
        path = f"{self._folder.name}/empty"
        os.makedirs(path, exist_ok=True)  # noqa: PTH103
        return path

    def _run(self) -> None:
        import asyncio

        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.get_loop().run_forever()

    def _read(self) -> None:
        """Take what the process of `argv` has sent so far."""
        while True:
            try:
                message, sockets = _receive(self._ours)
            except BlockingIOError:
                return
            self._report |= message
            for (host, port), listening in zip(message.get("addresses", ()), sockets, strict=True):
                self._start(self._listen(listening, self._ways[host, port]))

    async def _listen(self, listening: socket.socket, address: Address) -> None:
        with listening:
            listening.setblocking(False)
            while True:
                taken, _ = await self._loop.sock_accept(listening)
                self._start(self._relay(taken, address))

    async def _relay(self, taken: socket.socket, address: Address) -> None:
        """Carry a connection from inside to an address of ours."""
        import asyncio

        with taken, socket.socket(_family(address), socket.SOCK_STREAM) as ours:
            ours.setblocking(False)
            try:
                async with asyncio.timeout(CONNECT_S):
                    await self._loop.sock_connect(ours, address)
                # A group, which waits for both: who was still reading when the sockets are closed
                # would wait on a number that the next connection gets.
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._carry(taken, ours))
                    both.create_task(self._carry(ours, taken))
            except* (OSError, TimeoutError):
                # A reset for the other side, too: what broke may not look like an end.
                taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        while data := await self._loop.sock_recv(source, CHUNK):
            await self._loop.sock_sendall(sink, data)
        sink.shutdown(socket.SHUT_WR)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._relays.add(task)
        task.add_done_callback(self._relays.discard)


def why_not() -> str | None:
    """Why this machine cannot isolate, in a sentence; None: it can. Tried, in a process."""
    import subprocess

    command = [sys.executable, "-I", "-S", __file__, json.dumps(None)]
    tried = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return tried.stdout.strip() or None


def _answering(url: str) -> Address:
    """The address by which a server of this machine answers, whatever its URL calls it."""
    from contextlib import suppress
    from urllib.parse import urlsplit

    with suppress(OSError):
        host = urlsplit(url).hostname or LOOPBACK
        with socket.create_connection((host, port_of(url)), CONNECT_S) as connection:
            address: Address = connection.getpeername()[:2]
            return address
    return LOOPBACK, port_of(url)


def port_of(place: str) -> int:
    """Of a URL, or an address."""
    from urllib.parse import urlsplit

    parts = urlsplit(place if "//" in place else f"//{place}")
    return parts.port or (443 if parts.scheme == "https" else 80)


def _hosts_file(hosts: Sequence[str]) -> str:
    own = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"
    return own + f"127.0.1.1 {socket.gethostname()}\n" + "".join(f"127.0.0.1 {h}\n" for h in hosts)


def _receive(sock: socket.socket) -> tuple[dict[str, Any], list[socket.socket]]:
    room = socket.CMSG_LEN(PORTS_MAX * array.array("i").itemsize)
    data, ancillary, _, _ = sock.recvmsg(MESSAGE_MAX, room)
    fds = array.array("i")
    for _, _, passed in ancillary:
        fds.frombytes(passed)
    return json.loads(data), [socket.socket(fileno=fd) for fd in fds]


# From here on: inside. This part runs as a script, without any package of ours.

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x0002_0000, 0x1000_0000, 0x4000_0000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x4_0000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
PR_SET_PDEATHSIG, PR_GET_PDEATHSIG = 1, 2


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address[0] else socket.AF_INET


class Mount(NamedTuple):
    """One file or folder over another."""

    source: str
    target: str


def enter() -> None:
    """Leave the machine's network and mounts for new ones, as the same user.

    Raises:
        NotIsolated: the kernel does not let this user.
    """
    uid, gid = os.geteuid(), os.getegid()
    try:
        _call("unshare", CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")
        _call("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)
        _loopback_up()
    except OSError as error:
        raise NotIsolated(_refusal(error)) from error


def cover(mounts: Sequence[Mount]) -> None:
    """Put each source over its target, where there is a target."""
    for mount in mounts:
        if os.path.exists(mount.target):  # noqa: PTH110 - the script has no pathlib
            _call("mount", mount.source.encode(), mount.target.encode(), None, MS_BIND, None)


def listen(addresses: Sequence[Address]) -> list[socket.socket]:
    """A listening socket for each address of the namespace's loopback interface."""
    sockets = []
    for address in addresses:
        sock = socket.socket(_family(address), socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(1024)
        sockets.append(sock)
    return sockets


def become(argv: Sequence[str]) -> NoReturn:
    """Exec, as if the program had been started by whoever started us.

    Raises:
        OSError: there is no such program, or it is none.
    """
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        if number != signal.SIGINT or signal.getsignal(number) is signal.default_int_handler:
            signal.signal(number, signal.SIG_DFL)  # which Python had changed
    os.execvp(argv[0], list(argv))


def _main(text: str, *program: str) -> None:
    task = json.loads(text)
    if task is None:
        print(_why_not_here())  # noqa: T201 - for `why_not`
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    with socket.socket(fileno=task["fd"]) as parent:
        os.set_inheritable(parent.fileno(), False)
        try:
            death = _death_signal()
            enter()
            cover([Mount(*mount) for mount in task["mounts"]])
            sockets = listen([(host, port) for host, port in task["addresses"]])
            passed = array.array("i", [sock.fileno() for sock in sockets])
            parent.sendmsg(
                [json.dumps({"addresses": task["addresses"]}).encode()],
                [(socket.SOL_SOCKET, socket.SCM_RIGHTS, passed)],
            )
            for sock in sockets:
                sock.close()
            _call("prctl", PR_SET_PDEATHSIG, death, 0, 0, 0)  # new rights take it away
        except (NotIsolated, OSError) as error:
            told = str(error) if isinstance(error, NotIsolated) else _refusal(error)
            _tell(parent, refused=told)
            sys.exit(NOT_ISOLATED)
        try:
            become(program)
        except OSError as error:
            _tell(parent, errno=error.errno)
            missing = isinstance(error, FileNotFoundError | NotADirectoryError)
            sys.exit(NOT_FOUND if missing else NOT_EXECUTABLE)


def _tell(parent: socket.socket, **what: Any) -> None:
    parent.send(json.dumps(what).encode())


def _why_not_here() -> str:
    try:
        enter()
        cover([Mount("/dev/null", "/etc/resolv.conf")])
    except (NotIsolated, OSError) as error:
        return str(error) if isinstance(error, NotIsolated) else _refusal(error)
    return ""


def _refusal(error: OSError) -> str:
    reason = (error.strerror or str(error)).lower()
    if error.errno not in (errno.EPERM, errno.EACCES, errno.ENOSPC, errno.EINVAL, errno.ENOSYS):
        return f"The program cannot be isolated here: {error.filename or 'a step'}: {reason}."
    return (
        f"The kernel does not let this user make a network namespace ({error.filename}: {reason}): "
        "in a container, start it with --security-opt seccomp=unconfined and apparmor=unconfined; "
        "on Ubuntu, `sysctl kernel.apparmor_restrict_unprivileged_userns=0`; elsewhere see that "
        "user.max_user_namespaces is above 0. Or run without --isolate."
    )


def _loopback_up() -> None:
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        found = fcntl.ioctl(sock, SIOCGIFFLAGS, struct.pack("16sH22x", b"lo", 0))
        flags = struct.unpack_from("16sH", found)[1] | IFF_UP
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags))


def _death_signal() -> int:
    number = ctypes.c_int()
    _call("prctl", PR_GET_PDEATHSIG, ctypes.byref(number), 0, 0, 0)
    return number.value


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error
    finally:
        os.close(descriptor)


def _call(name: str, *arguments: Any) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)


if __name__ == "__main__":
    _main(*sys.argv[1:])
