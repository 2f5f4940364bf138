"""Connects to an address whose first digit is written full-width, as Python reads it too."""

import contextlib
import socket
import sys

host = "\uff10x" + socket.inet_aton(sys.argv[1]).hex()
with contextlib.suppress(OSError), socket.socket() as sock:
    sock.settimeout(5)
    sock.connect((host, 443))
with contextlib.suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as sock:
    sock.sendto(b"quic", (host, 53))
