"""asyncio's streams."""

import asyncio
import sys

import loops

host, path = sys.argv[1:3]


async def main() -> None:
    reader, writer = await asyncio.open_connection(host, 443, ssl=True)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    print(answer.partition(b"\r\n\r\n")[2].decode())
    writer.close()


loops.run(main())
