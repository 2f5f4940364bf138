"""websockets; the status with which the handshake was answered on stdout."""

import sys

import loops
import websockets

host, path = sys.argv[1:3]


async def main() -> None:
    try:
        await websockets.connect(f"wss://{host}{path}")
    except websockets.InvalidStatus as answered:
        print(answered.response.status_code)


loops.run(main())
