"""aiohttp with c-ares as its resolver, said explicitly."""

import sys

import aiohttp
import loops

host, path = sys.argv[1:3]


async def main() -> None:
    connector = aiohttp.TCPConnector(resolver=aiohttp.AsyncResolver())
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(f"https://{host}{path}") as answer,
    ):
        print(await answer.text())


loops.run(main())
