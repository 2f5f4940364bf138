"""Asks a name server by c-ares, and connects to what that says."""

import asyncio
import contextlib
import socket

import aiodns


async def main() -> None:
    resolver = aiodns.DNSResolver(timeout=1, tries=1)
    with contextlib.suppress(aiodns.error.DNSError, OSError):
        found = await resolver.getaddrinfo("api.bybit.com", family=socket.AF_INET, port=443)
        address = found.nodes[0].addr[0].decode()
        socket.create_connection((address, 443), timeout=5).close()


asyncio.run(main())
