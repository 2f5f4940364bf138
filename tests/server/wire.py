"""A server on a real socket, and a client that sends raw bytes to it."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import uvicorn

from utabox.server.door import Door, HttpLimits
from utabox.server.http import protocol_class
from utabox.server.messages import Release, Reply, Request

TYPE = b"Content-Type: text/plain\r\n"
TIMEOUT = 5.0  # seconds; a test that waits this long has failed


class Answer(NamedTuple):
    """One reply, as a client reads it."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """A client's socket. Everything is as raw as the tests want it."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.seen = b""
        """What has arrived and is not part of an answer yet."""

    def send(self, *pieces: bytes) -> "Wire":
        """Send each piece, with a short pause between two so that they arrive as two."""
        for number, piece in enumerate(pieces):
            if number:
                time.sleep(0.01)
            self.socket.sendall(piece)
        return self

    def answer(self, *, to_head: bool = False) -> Answer:
        """Read one reply; of a reply to HEAD, no body."""
        while b"\r\n\r\n" not in self.seen:
            self.more()
        head, _, self.seen = self.seen.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        assert len(headers) == len(lines), f"a header was sent twice: {lines}"
        size = 0 if to_head else int(headers.get("content-length", "0"))
        while len(self.seen) < size:
            self.more()
        body, self.seen = self.seen[:size], self.seen[size:]
        return Answer(int(status.split(" ")[1]), headers, body)

    def rest(self) -> bytes:
        """Everything until the server closes; fails if it does not."""
        while piece := self.socket.recv(65536):
            self.seen += piece
        return self.seen

    def end(self) -> None:
        """Send no more; still read."""
        with suppress(OSError):  # refused and closed already
            self.socket.shutdown(socket.SHUT_WR)

    def is_silent(self) -> bool:
        """Whether nothing arrives for a moment, and the connection stays open."""
        self.socket.settimeout(0.05)
        try:
            self.seen += self.socket.recv(65536)
        except TimeoutError:
            return not self.seen
        finally:
            self.socket.settimeout(TIMEOUT)
        return False

    def more(self) -> None:
        """Read what comes next; fails if the server closes instead."""
        piece = self.socket.recv(65536)
        assert piece, f"closed by the server after {self.seen!r}"
        self.seen += piece

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


class TestServer:
    """A running uvicorn with a tiny handler and a tiny ASGI application, both echoing.

    `/v5/hold` waits for `release`, `/v5/big` is larger than any buffer, `/v5/crash` raises;
    `/-/hold` waits for `let_go`, `/-/early` answers without reading the body.
    """

    __test__ = False

    def __init__(self, limits: HttpLimits, ws: str) -> None:
        self.requests: list[Request] = []
        self.paths: list[str] = []
        """Of both doors, in the order in which the requests were started."""
        self.held: list[tuple[Request, Release]] = []
        self.may_go = threading.Event()
        self.disconnects = 0
        http = protocol_class(self._handle, limits)
        self.door: Door = http.door
        config = uvicorn.Config(
            self._app,
            http=http,
            ws=ws,
            interface="asgi3",
            loop="uvloop",
            lifespan="off",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            log_config=None,
        )
        listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = listener.getsockname()[1]
        self.server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self.server.run, args=([listener],))
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Return when connections are accepted."""
        self._thread.start()
        until(lambda: self.server.started)

    def begin_stop(self) -> None:
        """What SIGTERM does."""
        self.server.should_exit = True

    def stop(self) -> None:
        """Return when the server has ended."""
        self.may_go.set()
        self.begin_stop()
        self._thread.join(TIMEOUT)
        assert not self._thread.is_alive(), "the server did not stop"

    def connect(self) -> Wire:
        """A new connection."""
        return Wire(self.port)

    def exchange(self, *pieces: bytes) -> Answer:
        """One connection, one request, its answer."""
        with self.connect() as wire:
            return wire.send(*pieces).answer()

    def release(self, number: int, body: bytes = b"") -> None:
        """Let the held answer of that number leave; its body is the request's path."""
        until(lambda: len(self.held) > number)
        request, release = self.held[number]
        reply = Reply(200, TYPE, body or request.path.encode())
        assert self._loop is not None
        self._loop.call_soon_threadsafe(release, request, reply)

    def _handle(self, request: Request, release: Release) -> Reply | None:
        self._loop = asyncio.get_running_loop()
        self.requests.append(request)
        self.paths.append(request.path)
        if request.path == "/v5/crash":
            raise RuntimeError("a bug")
        if request.path == "/v5/big":
            return Reply(200, TYPE, b"x" * 1_000_000)
        if request.path.startswith("/v5/hold"):
            self.held.append((request, release))
            return None
        return Reply(200, TYPE, echo(request.method, request.path, request.query, request.body))

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        self.paths.append(scope["path"])
        if scope["type"] == "websocket":
            await self._greet(receive, send)
            return
        body = b""
        more = scope["path"] != "/-/early"
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.disconnects += 1
                return
            body += message["body"]
            more = message["more_body"]
        while scope["path"].startswith("/-/hold") and not self.may_go.is_set():
            await asyncio.sleep(0.005)
        text = echo(scope["method"], scope["path"], scope["query_string"], body)
        length = str(len(text)).encode()
        headers = [(b"Content-Type", b"text/plain"), (b"Content-Length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": text})

    async def _greet(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "hello"})
        await receive()


def echo(method: str, path: str, query: bytes = b"", body: bytes = b"") -> bytes:
    """What the test server answers to a request."""
    return b"%s %s ?%s [%s]" % (method.encode(), path.encode(), query, body)


def request(line: bytes = b"GET /v5/x", *headers: bytes, body: bytes = b"") -> bytes:
    """A well-formed HTTP/1.1 request with the given extra header lines."""
    lines = [line + b" HTTP/1.1", b"Host: utabox", *headers]
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body])


@contextmanager
def serving(limits: HttpLimits | None = None, ws: str = "none") -> Iterator[TestServer]:
    """A server that runs for the block, and in which nothing went wrong."""
    server = TestServer(limits or HttpLimits(), ws)
    server.start()
    try:
        yield server
    finally:
        server.stop()
    assert server.door.crashes == 0


def until(condition: Callable[[], Any]) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.002)


def crashes(server: TestServer) -> int:
    """Take the server's count of crashes, so that `serving` finds none."""
    count, server.door.crashes = server.door.crashes, 0
    return count
