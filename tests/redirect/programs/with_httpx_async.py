"""httpx, asynchronous."""

import sys

import httpx
import loops

host, path = sys.argv[1:3]


async def main() -> None:
    async with httpx.AsyncClient() as client:
        print((await client.get(f"https://{host}{path}")).text)


loops.run(main())
