"""The same, by the C type beneath Python's sockets, in a thread; by address and by name."""

import _socket
import contextlib
import sys
import threading


def reach() -> None:
    for host in (sys.argv[1], "api.bybit.com", "www.bybit.com"):
        with contextlib.suppress(OSError):
            _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM).connect((host, 443))
        with contextlib.suppress(OSError):
            _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM).sendto(b"quic", (host, 53))


thread = threading.Thread(target=reach)
thread.start()
thread.join()
