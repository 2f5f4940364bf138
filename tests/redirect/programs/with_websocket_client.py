"""websocket-client; the status with which the handshake was answered on stdout."""

import sys

import websocket

host, path = sys.argv[1:3]
try:
    websocket.create_connection(f"wss://{host}{path}", timeout=10)
except websocket.WebSocketBadStatusException as answered:
    print(answered.status_code)
