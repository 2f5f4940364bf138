"""uvloop's own connections, look-ups and datagrams, which no Python socket takes part in."""

import asyncio
import contextlib
import sys

import uvloop


async def main() -> None:
    loop = asyncio.get_running_loop()
    for host in (sys.argv[1], "www.bybit.com"):
        with contextlib.suppress(OSError):
            await loop.create_connection(asyncio.Protocol, host, 443)
        with contextlib.suppress(OSError):
            await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(host, 53))
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("0.0.0.0", 0)
    )
    with contextlib.suppress(OSError):
        transport.sendto(b"quic", (sys.argv[1], 53))
    transport.close()


uvloop.run(main())
