"""websocket-client; what comes on a stream, or the status that refuses it, on stdout."""

import sys

import streams  # type: ignore[import-not-found]  # beside it, as a program finds it
import websocket

host, path = sys.argv[1:3]
try:
    connection = websocket.create_connection(f"wss://{host}{path}", timeout=10)
except websocket.WebSocketBadStatusException as answered:
    print(answered.status_code)
else:
    for message in streams.messages():
        connection.send(message)
        print(connection.recv())
    streams.change(host)
    print(connection.recv())
    connection.close()
