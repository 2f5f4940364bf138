"""Connects to an address that it has from a file, and sends it a datagram, by Python's sockets."""

import contextlib
import socket
import sys

with contextlib.suppress(OSError):
    socket.create_connection((sys.argv[1], 443), timeout=5).close()
with contextlib.suppress(OSError):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"quic", (sys.argv[1], 53))
