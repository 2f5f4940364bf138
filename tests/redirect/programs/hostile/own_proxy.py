"""Asks a proxy of its own on this machine for the exchange, in each form that a proxy takes."""

import asyncio
import contextlib
import http.client
import socket
import ssl
from collections.abc import Callable

PROXY = ("127.0.0.9", 7890)
HOST = b"api.bybit.com"
PORT = (443).to_bytes(2, "big")
SOCKS5 = b"\5\1\0\3" + bytes([len(HOST)]) + HOST + PORT


def say(*parts: bytes) -> None:
    with socket.create_connection(PROXY, timeout=5) as sock:
        for part in parts:
            sock.sendall(part)


def tunnel() -> None:
    connection = http.client.HTTPSConnection(*PROXY, timeout=5)
    connection.set_tunnel(HOST.decode(), 443)
    connection.connect()


def tls() -> None:
    with socket.create_connection(PROXY, timeout=5) as sock:
        ssl.create_default_context().wrap_socket(sock, server_hostname=HOST.decode())


async def of_asyncio() -> None:
    _, writer = await asyncio.open_connection(*PROXY)
    writer.write(b"CONNECT " + HOST + b":443 HTTP/1.1\r\n\r\n")
    await asyncio.sleep(0)
    writer.close()
    await asyncio.open_connection(*PROXY, ssl=True, server_hostname=HOST.decode())


WAYS: list[Callable[[], None]] = [
    tunnel,
    tls,
    lambda: say(b"CONN", b"ECT api.by", b"bit.com:443 HTTP/1.1\r\n\r\n"),
    lambda: say(b"GET http://api.bybit.com/ HTTP/1.1\r\n\r\n"),
    lambda: say(b"POST http://a.example/ HTTP/1.1\r\n\r\n", b"x=y", b"GET https://api.bybit.com/ "),
    lambda: say(b"\5\1\0", SOCKS5),
    lambda: say(b"\5\1\2", b"\1\1u\1p", SOCKS5),
    lambda: say(b"\4\1" + PORT + b"\0\0\0\1u\0" + HOST + b"\0"),
    lambda: asyncio.run(of_asyncio()),
]

for way in WAYS:
    with contextlib.suppress(OSError):
        way()
