"""websockets; what comes on a stream, or the status that refuses it, on stdout."""

import asyncio
import sys

import loops
import streams  # type: ignore[import-not-found]  # beside it, as a program finds it
import websockets

host, path = sys.argv[1:3]


async def main() -> None:
    try:
        connection = await websockets.connect(f"wss://{host}{path}")
    except websockets.InvalidStatus as answered:
        print(answered.response.status_code)
        return
    for message in streams.messages():
        await connection.send(message)
        print(await asyncio.wait_for(connection.recv(), 10))
    await asyncio.to_thread(streams.change, host)
    print(await asyncio.wait_for(connection.recv(), 10))
    await connection.close()


loops.run(main())
