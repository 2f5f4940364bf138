"""Bytes from one connection to another, both ways; and what stands before a server that is used."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from socket import socket
from typing import Any
from urllib.parse import urlsplit

import httptools

CHUNK = 65_536  # bytes
CONNECT_S = 10.0
HANDSHAKE_S = 10.0

BROKEN = (OSError, RuntimeError, httptools.HttpParserError)
"""Of a connection; RuntimeError is uvloop's word for a transport that is closed."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Streams]]
Rewrite = Callable[[bytes], bytes]


async def pipe(one: Streams, other: Streams, rewrite: Rewrite | None = None) -> None:
    """Carry what each sends to the other until both have ended, or one of them broke.

    A slow reader slows its writer; the end of one direction is told without ending the other. When
    it is cancelled it waits for nobody to read: a transport that is still to be written out when
    its loop is closed would hold that up for ever where warnings are errors.

    Args:
        rewrite: What becomes of that which `one` sends.
    """
    there = asyncio.ensure_future(_carry(one[0], other[1], rewrite))
    back = asyncio.ensure_future(_carry(other[0], one[1], None))
    try:
        await asyncio.gather(there, back)
    except BaseException as error:
        for _, writer in (one, other):
            writer.transport.abort()
        if not isinstance(error, BROKEN):
            raise
    finally:
        there.cancel()
        back.cancel()
        for _, writer in (one, other):
            writer.close()


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rewrite: Rewrite | None
) -> None:
    while data := await reader.read(CHUNK):
        writer.write(rewrite(data) if rewrite is not None else data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        writer.close()  # TLS knows no half-closed connection


class Connections:
    """The tasks of what is being served, to be ended before their loop is closed."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Serve one connection.

        Not as the coroutine that `asyncio.start_server` takes: Python 3.11 prints a traceback when
        such a one is ended.
        """
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """End all of them, and let their sockets close."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


class IntoVenue:
    """Rewrites what a client sends, so that it comes to one venue of a server.

    Args:
        path: What is put before each request's path, such as `/venues/alice`.
    """

    def __init__(self, path: str) -> None:
        self._path = path.encode()
        self._parser = httptools.HttpRequestParser(self)
        self._out = bytearray()
        self._url = b""
        self._head: list[bytes] = []
        self._chunked = False
        self._upgrade = b""
        self._framing = b""
        self._raw = False

    def __call__(self, data: bytes) -> bytes:
        """What is sent instead of `data`.

        Raises:
            httptools.HttpParserError: it is no HTTP/1.
        """
        if self._raw:
            return data
        while data:
            try:
                self._parser.feed_data(data)
                break
            except httptools.HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
            if self._upgrade == b"websocket" and self._parser.get_method() == b"GET":
                self._raw = True
                self._out += data
                break
            self._go_on()
        rewritten = bytes(self._out)
        self._out.clear()
        return rewritten

    def _go_on(self) -> None:
        """After a request to upgrade to what no server of ours takes, such as h2c: its body and the
        next request come as ever. The parser has ended with its head; a new one is told of that."""
        written, framing = len(self._out), bytes(self._framing)
        self._parser = httptools.HttpRequestParser(self)
        if framing:
            self._parser.feed_data(b"POST / HTTP/1.1\r\n" + framing + b"\r\n")
            del self._out[written:]

    def on_message_begin(self) -> None:
        """Called by the parser, as all of the following."""
        self._url = b""
        self._head = []
        self._chunked = False
        self._upgrade = b""
        self._framing = b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        field = name + b": " + value + b"\r\n"
        self._head.append(field)
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self._framing += field
        if name.lower() == b"transfer-encoding":
            self._chunked = True
        elif name.lower() == b"upgrade":
            self._upgrade = value.strip().lower()

    def on_headers_complete(self) -> None:
        url = self._url
        if not url.startswith(b"/"):
            parts = urlsplit(url)
            url = (parts.path or b"/") + (b"?" + parts.query if parts.query else b"")
        line = b"%s %s%s HTTP/%s\r\n" % (
            self._parser.get_method(),
            self._path,
            url,
            self._parser.get_http_version().encode(),
        )
        self._out += line + b"".join(self._head) + b"\r\n"
        self._head = []  # what comes now are trailers

    def on_body(self, body: bytes) -> None:
        self._out += b"%x\r\n%s\r\n" % (len(body), body) if self._chunked else body

    def on_message_complete(self) -> None:
        if self._chunked and not self._parser.should_upgrade():
            self._out += b"0\r\n\r\n"


async def relay(
    sock: socket, context: ssl.SSLContext | None, connect: Connect, path: str = ""
) -> Callable[[], Awaitable[None]]:
    """Take connections on `sock`, and carry what is in them to what `connect` connects to.

    Args:
        context: Of the TLS in which they are; None: they are plain.
        path: Of a venue, where each request is to go; empty: nothing is rewritten.
    Returns:
        What ends it.
    """
    served = Connections()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream = await asyncio.wait_for(connect(), CONNECT_S)
        except (OSError, TimeoutError):
            with suppress(OSError):
                writer.write(GONE)
                await writer.drain()
            writer.close()
            return
        await pipe((reader, writer), upstream, IntoVenue(path) if path else None)

    server = await asyncio.start_server(
        lambda reader, writer: served.start(serve(reader, writer)),
        sock=sock,
        ssl=context,
        ssl_handshake_timeout=HANDSHAKE_S if context is not None else None,
    )

    async def close() -> None:
        server.close()
        await served.end()

    return close


_SENTENCE = b"utabox: the server that `utabox run --url` was given does not answer any more.\n"
GONE = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_SENTENCE), _SENTENCE)
)
