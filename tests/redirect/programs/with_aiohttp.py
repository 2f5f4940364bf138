"""aiohttp, which asks c-ares by itself where aiodns is installed."""

import sys

import aiohttp
import loops

host, path = sys.argv[1:3]


async def main() -> None:
    async with aiohttp.ClientSession() as session, session.get(f"https://{host}{path}") as answer:
        print(await answer.text())


loops.run(main())
